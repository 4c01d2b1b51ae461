"""Foot strikes and toe-offs: from ground forces where measured, from the motion elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinesis_env import rotations
from kinesis_env.dynamics.instruments import SIDES
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import AnalysisError
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import TRACKED_BODIES
from kinesis_env.typing import Array, Ints

__all__ = ["FootEvents", "FootForces", "foot_events"]

#: Vertical force above which a foot stands [N], as in gait laboratories; shorter contacts and gaps are ignored [s].
CONTACT, _SHORTEST = 20.0, 0.1
#: Largest time between an event in the force and the same event in the motion [s]: for measured forces, and for
#: estimated ones, which begin early if a foot comes down slowly.
MEASURED, ESTIMATED = 0.12, 0.05
#: A step lasts at least this long [s], and moves the foot at least this far relative to the pelvis [m].
_STEP, _REACH = 0.25, 0.08


class FootForces(Protocol):
    """Ground forces over time: loads, or joint moments."""

    @property
    def times(self) -> Array:
        """Times (n,) [s]."""


@dataclass(frozen=True, eq=False)
class FootEvents:
    """Landings and take-offs of both feet.

    Attributes:
        strikes: times of the landings [s], of the right and the left foot.
        offs: times of the take-offs [s].
        missed: number of landings of each foot, within the measured time, that the forces do not show.
        measured: source of the events: "force", "motion" or "force and motion".
    """

    strikes: tuple[Array, Array]
    offs: tuple[Array, Array]
    missed: tuple[int, int] = (0, 0)
    measured: str = "force"


def foot_events(
    forces: FootForces | None = None, motion: Trajectory | None = None, *, within: float = MEASURED
) -> FootEvents:
    """Return when feet land and leave the ground.

    With both forces and motion, events come from the motion, at the time of the force's event if there is one nearby.
    Thus a plate that catches the other foot, or that a foot misses, neither adds nor loses a step.

    Args:
        forces: with ``times`` (n,) and ``force`` or ``ground_force`` (n, 2, 3) [N], right foot first.
        motion: a motion, or another object with qpos, qvel and fps.
        within: largest distance between them [s]; 0.05 suits estimated forces.

    Raises:
        AnalysisError: neither, or arrays of the wrong shape.
    """
    if forces is None and motion is None:
        raise AnalysisError("gait events need ground forces, a motion, or both, given neither")
    measured = None if forces is None else _force_events(forces)
    if motion is None:
        assert measured is not None
        return measured
    seen = _motion_events(motion)
    if measured is None or forces is None:
        return seen
    first, last = float(forces.times[0]), float(forces.times[-1])
    strikes, offs, missed = [], [], []
    for side in range(2):
        landed, lost = _joined(seen.strikes[side], measured.strikes[side], (first, last), within)
        left, _ = _joined(seen.offs[side], measured.offs[side], (first, last), within)
        strikes.append(landed)
        offs.append(left)
        missed.append(lost)
    return FootEvents((strikes[0], strikes[1]), (offs[0], offs[1]), (missed[0], missed[1]), "force and motion")


def _joined(seen: Array, measured: Array, span: tuple[float, float], within: float) -> tuple[Array, int]:
    """Return the motion's events, each at the time of its force event if there is one, and the number without one."""
    inside = (seen > span[0] + within) & (seen < span[1] - within)
    if not len(measured) or not len(seen):
        return seen, int(inside.sum())
    nearest = measured[np.abs(seen[:, None] - measured).argmin(axis=1)]
    same = np.abs(nearest - seen) <= within
    # A motion's events are all early or late by about the same time, also those without a force.
    shift = float(np.median(nearest[same] - seen[same])) if same.any() else 0.0
    return np.where(same, nearest, seen + shift), int((inside & ~same).sum())


def _force_events(forces: FootForces) -> FootEvents:
    force = np.asarray(getattr(forces, "force", getattr(forces, "ground_force", None)), dtype=np.float64)
    times = np.asarray(forces.times, dtype=np.float64)
    if force.shape != (len(times), len(SIDES), 3):
        raise AnalysisError(f"forces must have shape ({len(times)}, 2, 3), right foot first, given {force.shape}")
    both = [_crossings(times, force[:, side, 2]) for side in range(2)]
    return FootEvents((both[0][0], both[1][0]), (both[0][1], both[1][1]))


def _crossings(times: Array, vertical: Array) -> tuple[Array, Array]:
    """Return when a force rises above :data:`CONTACT`, and when it falls below, between samples by interpolation."""
    over = np.where(np.isfinite(vertical), vertical, 0.0) - CONTACT
    at = np.flatnonzero(np.diff(over > 0))
    share = over[at] / (over[at] - over[at + 1])
    when = times[at] + share * (times[at + 1] - times[at])
    up = over[at + 1] > 0
    while len(when) > 1 and (np.diff(when) < _SHORTEST).any():
        first = int((np.diff(when) < _SHORTEST).argmax())
        when, up = np.delete(when, (first, first + 1)), np.delete(up, (first, first + 1))
    return when[up], when[~up]


@of_its_body
def _motion_events(motion: Trajectory) -> FootEvents:
    """Find landings and take-offs of a motion from the path of the feet relative to the pelvis.

    A foot lands when its heel, and leaves the ground when its toes, reverse direction relative to the pelvis (J. Zeni,
    J. Richards, J. Higginson, "Two simple methods for determining gait events", Gait & Posture 27, 2008,
    doi:10.1016/j.gaitpost.2007.07.007), both over ground and on a treadmill.
    """
    from scipy.signal import find_peaks  # noqa: PLC0415  (slow to load)

    qpos = np.asarray(motion.qpos, dtype=np.float64)
    times = times_of(motion)
    place, _ = skeleton().tracked_bodies(qpos, np.asarray(motion.qvel, dtype=np.float64))
    heading = rotations.heading(qpos[:, 3:7])
    ahead = np.stack((np.cos(heading), np.sin(heading)), axis=1)
    reach = np.einsum("tbi,ti->tb", place[:, :, :2] - place[:, :1, :2], ahead)
    apart = max(1, round(_STEP * float(motion.fps)))

    def turns(body: str, sign: float) -> Array:
        way = sign * reach[:, TRACKED_BODIES.index(body)]
        peaks, _ = find_peaks(way, distance=apart, prominence=_REACH)
        return _between(times, way, np.asarray(peaks, dtype=np.int64))

    strikes, offs = (
        tuple(turns(f"{body}_{side}", sign) for side in "rl") for body, sign in (("talus", 1), ("toes", -1))
    )
    return FootEvents((strikes[0], strikes[1]), (offs[0], offs[1]), measured="motion")


def _between(times: Array, way: Array, peaks: Ints) -> Array:
    """Return the times of peaks, between frames: the top of the parabola through the three nearest."""
    before, top, after = way[peaks - 1], way[peaks], way[peaks + 1]
    bend = before - 2 * top + after
    shift = np.where(np.abs(bend) > 1e-12, 0.5 * (before - after) / np.where(bend == 0, 1.0, bend), 0.0)
    out: Array = times[peaks] + np.clip(shift, -0.5, 0.5) * (times[1] - times[0])
    return out
