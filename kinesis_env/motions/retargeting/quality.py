"""How well a motion fits this body: foot contact, joint limits and speeds, and distance from the recording.

Motions that this body cannot perform are flagged.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.retargeting.contact import ON_GROUND, runs
from kinesis_env.motions.retargeting.ground import soles
from kinesis_env.motions.retargeting.physics import Physics, measure_physics

__all__ = ["FitReport", "inspect"]

#: Support that the ground can give [body weights]: it cannot pull, although filters and frame rates blur a landing; and
#: people who land from a height of half a meter reach 4 to 5 (McNair and Prapavessis 1999, J. Sci. Med. Sport 2:86).
_SUPPORT = (-0.3, 5.0)
#: Support in flight [body weights] and difference from the file [deg] beyond which a motion is flagged.
_HOVERS, _OFF = 0.5, 20.0
#: Figures that are measured when a recording is retargeted.
_OF_THE_RECORDING = (
    "error_mean",
    "error_worst",
    "direction_error",
    "ground_range",
    "angle_worst",
    "angle_median",
    "speed_ratio",
)
#: Top speed of people [m/s] (U. Bolt, 2009: 12.4).
_FASTEST = 12.5
#: Longest jump [s].
_JUMP = 0.8


@dataclass(frozen=True)
class FitReport:
    """Figures of one motion.

    Attributes:
        frames: number of frames.
        duration: [s].
        speed: horizontal path of the pelvis per second, over a one-second window [m/s].
        stance_slip: median speed of the lowest sole point of each foot while it is on the ground [m/s].
        stance_slip_p95: its 95th percentile [m/s].
        penetration: 99th percentile over frames of the depth of the deepest sole point [mm].
        floating: 99th percentile of the height of the lower foot, frames of flight included [mm].
        flight: fraction of frames with both feet more than 2 cm up.
        peak_joint_speed: fastest hinge [rad/s].
        at_limit: fraction of hinge angles within 0.001 rad of a limit of their joint that was reached by clipping.
        physics: what the motion demands of a body; None for fewer than five frames.
        error_mean: mean distance of the tracked bodies from the recorded person scaled to this body [mm]; like the
            following ones, None for a motion not made from a recording.
        error_worst: largest such distance [mm].
        direction_error: mean angle between the limbs of both [deg].
        ground_range: range of the height of the ground below the feet in the recording [m].
        angle_worst: largest difference of a leg angle, toes excepted, from the file in any frame [deg]; like the next
            two, None if positions were recorded.
        angle_median: median of those differences [deg].
        speed_ratio: speed of the fastest of these joints divided by that of the fastest in the file.
        flags: reasons why this body cannot perform the motion, one sentence each; empty if it can.
    """

    frames: int
    duration: float
    speed: float
    stance_slip: float
    stance_slip_p95: float
    penetration: float
    floating: float
    flight: float
    peak_joint_speed: float
    at_limit: float
    physics: Physics | None = None
    error_mean: float | None = None
    error_worst: float | None = None
    direction_error: float | None = None
    ground_range: float | None = None
    angle_worst: float | None = None
    angle_median: float | None = None
    speed_ratio: float | None = None
    flags: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return all figures by name, including those of ``physics``, in a flat dictionary."""
        figures = asdict(self)
        physics = figures.pop("physics") or dict.fromkeys(field.name for field in fields(Physics))
        return {**figures, **physics, "flags": list(self.flags)}


@of_its_body
def inspect(motion: Motion) -> FitReport:
    """Measure a motion."""
    under = soles(motion.qpos)
    half = under.bottom.shape[1] // 2
    speeds = []
    for side in (slice(0, half), slice(half, None)):
        bottom = np.maximum(under.bottom[1:, side], under.bottom[:-1, side])
        lowest = bottom.argmin(axis=1)
        moved = np.linalg.norm(np.diff(under.points[:, side, :2], axis=0), axis=-1) * motion.fps
        on_ground = bottom.min(axis=1) < ON_GROUND
        speeds.append(moved[np.arange(len(lowest)), lowest][on_ground])
    slip = np.concatenate(speeds)
    slip = slip if slip.size else np.array([0.0])
    low = under.lowest.min(axis=1)
    hinges = motion.qpos[:, 7:]
    near, far = skeleton().ranges.T
    report = FitReport(
        frames=len(motion),
        duration=motion.duration,
        speed=_path_speed(motion),
        stance_slip=float(np.median(slip)),
        stance_slip_p95=float(np.percentile(slip, 95)),
        penetration=float(np.percentile(np.maximum(-low, 0), 99) * 1000),
        floating=float(np.percentile(low, 99) * 1000),
        flight=float((low > 0.02).mean()),
        peak_joint_speed=float(np.abs(motion.qvel[:, 6:]).max()),
        at_limit=float(((hinges < near + 1e-3) | (hinges > far - 1e-3)).mean()),
        physics=measure_physics(motion),
    )
    known: dict[str, Any] = {figure: motion.fit[figure] for figure in _OF_THE_RECORDING if figure in motion.fit}
    report = replace(report, **known)
    return replace(report, flags=_flags(motion, report, low))


def _flags(motion: Motion, report: FitReport, low: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the reasons why this body cannot perform the motion.

    Args:
        motion: the motion.
        report: its figures.
        low: height of the lower foot (T,) [m].
    """
    upright = 1.0 - 2.0 * (motion.qpos[:, 4] ** 2 + motion.qpos[:, 5] ** 2)
    height = motion.qpos[:, 2] - np.minimum(low, 0.0)
    physics = report.physics
    support = (physics.support_low, physics.support_high, physics.support_flight or 0.0) if physics else (1.0, 1.0, 0.0)
    found = {
        "lying: the pelvis is tilted by more than 60 degrees": (upright < 0.5).mean() > 0.1,
        "sitting or kneeling: the pelvis is often below 0.6 m": ((height < 0.6) & (upright >= 0.5)).mean() > 0.25,
        "flying: both feet are off the ground for longer than a jump": _longest(low > 0.05) > _JUMP * motion.fps,
        "stairs or slopes: the ground rises or falls by more than 0.12 m": (report.ground_range or 0.0) > 0.12,
        "sliding: stance feet move faster than 0.35 m/s": report.stance_slip > 0.35,
        f"racing: the pelvis is faster than {_FASTEST:g} m/s, the top speed of a runner": report.speed > _FASTEST,
        "too fast: a joint exceeds 25 rad/s": report.peak_joint_speed > 25.0,
        "sunk: the soles are more than 20 mm below the ground": report.penetration > 20.0,
        f"falling upward: it needs less than {_SUPPORT[0]:g} body weights of support": support[0] < _SUPPORT[0],
        f"thrown: it needs more than {_SUPPORT[1]:g} body weights of support": support[1] > _SUPPORT[1],
        f"hovering: in flight it needs more than {_HOVERS:g} body weights of support": support[2] > _HOVERS,
        f"far from the file: an angle differs by more than {_OFF:g} degrees": (report.angle_worst or 0.0) > _OFF,
        "far from the recording: 60 mm or 15 degrees on average": (report.error_mean or 0.0) > 60.0
        or (report.direction_error or 0.0) > 15.0,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _longest(mask: NDArray[np.bool_]) -> int:
    return max((stop - first for first, stop in runs(mask)), default=0)


def _path_speed(motion: Motion) -> float:
    """Return the mean speed of the pelvis over one-second chords, which omit its sway."""
    chord = min(len(motion) - 1, max(1, round(motion.fps)))
    moved = np.linalg.norm(motion.qpos[chord:, :2] - motion.qpos[:-chord, :2], axis=1)
    return float(moved.mean() * motion.fps / chord)
