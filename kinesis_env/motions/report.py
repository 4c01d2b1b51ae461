"""How well a motion fits this body: what its feet do on the ground, and how hard its joints work."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from kinesis_env.motions.ground import soles
from kinesis_env.motions.kinematics import skeleton
from kinesis_env.motions.motion import Motion

__all__ = ["FitReport", "inspect"]

#: A foot is on the ground when its lowest spot is at most this high [m].
_ON_GROUND = 0.008


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

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def inspect(motion: Motion) -> FitReport:
    """Measure a motion."""
    under = soles(motion.qpos)
    half = under.bottom.shape[1] // 2
    speeds = []
    for side in (slice(0, half), slice(half, None)):
        bottom = np.maximum(under.bottom[1:, side], under.bottom[:-1, side])
        lowest = bottom.argmin(axis=1)
        moved = np.linalg.norm(np.diff(under.points[:, side, :2], axis=0), axis=-1) * motion.fps
        on_ground = bottom.min(axis=1) < _ON_GROUND
        speeds.append(moved[np.arange(len(lowest)), lowest][on_ground])
    slip = np.concatenate(speeds)
    slip = slip if slip.size else np.array([0.0])
    low = under.lowest.min(axis=1)
    hinges = motion.qpos[:, 7:]
    near, far = skeleton().ranges.T
    return FitReport(
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
    )


def _path_speed(motion: Motion) -> float:
    """Return the mean speed of the pelvis without its sway: over chords of one second."""
    chord = min(len(motion) - 1, max(1, round(motion.fps)))
    moved = np.linalg.norm(motion.qpos[chord:, :2] - motion.qpos[:-chord, :2], axis=1)
    return float(moved.mean() * motion.fps / chord)
