"""When a foot stands, and what it may do: the one rule of made gaits, of recorded angles and of recorded positions.

A foot stands while a part of it is low, by the measure of that foot, and slow. A recording of angles shows all points
of both soles; one of positions shows ankles and toes, at which the same is asked. A made gait plans its stands. All of
them clear the ground by the same height in swing, and are on it by the same measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.motions.retargeting.ground import Soles
from kinesis_env.motions.retargeting.signals import smooth
from kinesis_env.typing import Array, Mask

__all__ = [
    "CLEARANCE",
    "ON_GROUND",
    "Contacts",
    "Stands",
    "detect_contacts",
    "find_stands",
    "ground_level",
    "in_air",
    "runs",
]


#: A foot is on the ground when its lowest spot is at most this high [m]; soles of shoes give by as much.
ON_GROUND = 0.008
#: Least height of a sole in the midst of a swing [m]; published minima are 10 to 20 mm (Winter 1992, Phys. Ther.).
CLEARANCE = 0.01
#: The ground is the lowest that a foot comes within this time before and after [s]: longer than a flight.
_GROUND_WINDOW = 0.8
#: A point this low above its usual height on the ground, and slower than this, may touch it: [m], [m/s].
_LOW = {"toe": 0.022, "ankle": 0.022}
_SLOW = {"toe": 0.45, "ankle": 0.55}
#: Who goes fast lands fast: a part of the pace [m/s] counts as slow too.
_SHARE = 0.3
#: Shortest contact, and shortest pause between two that are told apart [s].
_SHORTEST, _PAUSE = 0.1, 0.07
#: A point of a sole at rest is slower than this; a foot stands one of whose points is so low above where its points
#: rest, and so slow: [m/s], [m], [m/s].
_RESTS, _FOOT_LOW, _FOOT_SLOW = 0.15, 0.03, 0.4
#: So many points at rest tell how high a foot rests.
_ENOUGH = 3
#: How much one end of a flat foot is above the other [m].
_FLAT = 0.025
#: How long before and after a stand a foot need not be so high as in the midst of a swing [s].
_NEAR = 0.07


@dataclass(frozen=True, eq=False)
class Contacts:
    """What touches the ground, right foot first.

    Attributes:
        toe: whether the ball of the foot does (T, 2).
        heel: whether the heel does (T, 2).
    """

    toe: Mask
    heel: Mask

    @property
    def foot(self) -> Mask:
        """Whether any part of the foot does (T, 2)."""
        return self.toe | self.heel


def ground_level(ankles: Array, toes: Array, fps: float) -> Array:
    """Return the height (T,) [m] of the ground below ankles (T, 2, 3) and toes (T, 2, 3), as the toes touch it.

    It may rise and fall slowly: floors of recordings from video do, and stairs.
    """
    lowest = np.minimum(toes[..., 2].min(axis=1), ankles[..., 2].min(axis=1))
    window = min(len(lowest), 2 * round(_GROUND_WINDOW * fps) + 1)
    from scipy.ndimage import minimum_filter1d  # noqa: PLC0415  (only recordings need SciPy)

    level = minimum_filter1d(lowest, window, mode="nearest")
    out: Array = smooth(level[:, None], np.ones(len(level)), (_GROUND_WINDOW * fps / 3) ** 4)[:, 0]
    return out


def detect_contacts(ankles: Array, toes: Array, pace: Array, fps: float) -> Contacts:
    """Return the contacts of a person's feet.

    Args:
        ankles: (T, 2, 3) [m], heights above the ground level.
        toes: (T, 2, 3) [m].
        pace: how fast the person goes (T,) [m/s].
        fps: frames per second.
    """
    return Contacts(toe=_touching(toes, pace, fps, "toe"), heel=_touching(ankles, pace, fps, "ankle"))


def _touching(points: Array, pace: Array, fps: float, part: str) -> Mask:
    """Return when points (T, 2, 3) touch: low and slow."""
    height = points[..., 2]
    speed = np.linalg.norm(np.gradient(points[..., :2], axis=0), axis=-1) * fps
    slow = speed < np.maximum(_SLOW[part], _SHARE * pace)[:, None]
    # Where it usually is when it does not move: an ankle stays a hand above the ground.
    still = height[slow & (speed < 0.5 * _SLOW[part])] if (speed < 0.5 * _SLOW[part]).any() else height
    usual = np.percentile(still, 10)
    low = height < max(usual, 0.0) + _LOW[part]
    return np.stack([_settled(low[:, side] & slow[:, side], fps) for side in range(2)], axis=1)


def _settled(touching: Mask, fps: float) -> Mask:
    """Return contacts without short pauses and without short contacts."""
    out = touching.copy()
    for first, stop in runs(~out):
        if first > 0 and stop < len(out) and stop - first <= _PAUSE * fps:
            out[first:stop] = True
    for first, stop in runs(out):
        if first > 0 and stop < len(out) and stop - first < _SHORTEST * fps:
            out[first:stop] = False
    return out


def in_air(under: Soles, fps: float) -> Mask:
    """Return the frames (T,) in which neither foot is on the ground, nor so low and slow that it might as well be."""
    half = under.bottom.shape[1] // 2
    out = np.ones(len(under.bottom), dtype=np.bool_)
    for part in (slice(0, half), slice(half, None)):
        bottom = under.bottom[:, part]
        speed = np.linalg.norm(np.gradient(under.points[:, part], axis=0), axis=-1) * fps
        out &= (bottom > ON_GROUND).all(axis=1) & ~((bottom < _FOOT_LOW) & (speed < _FOOT_SLOW)).any(axis=1)
    return out


@dataclass(frozen=True, eq=False)
class Stands:
    """Which feet stand, right first.

    Attributes:
        firm: how surely each foot is on the ground (T, 2), from 0 to 1.
        still: how surely it does not slide there (T, 2).
        flat: the same times how flat it is (T, 2).
        clearance: how high the lowest point of each foot must at least be (T, 2) [m].
    """

    firm: Array
    still: Array
    flat: Array
    clearance: Array


def find_stands(under: Soles, fps: float, *, low: float = _FOOT_LOW, always: bool = False) -> Stands:
    """Return which feet stand: some point of the sole is low, by the measure of that foot, and slow.

    Args:
        under: the points of both soles, in the world.
        fps: frames per second.
        low: how high above where it rests a point may be [m].
        always: one foot is on the ground at any time; where none stands, it is the slower one, and it slides.
    """
    half = under.bottom.shape[1] // 2
    parts = (slice(0, half), slice(half, None))
    speeds = [np.linalg.norm(np.gradient(under.points[:, part], axis=0), axis=-1) * fps for part in parts]
    stands = np.stack(
        [_stands(under.bottom[:, part], speed, fps, low) for part, speed in zip(parts, speeds, strict=True)], axis=1
    )
    still = _firm(stands, fps)
    if always:
        slower = np.stack([np.median(speed, axis=1) for speed in speeds], axis=1).argmin(axis=1)
        none = np.flatnonzero(~stands.any(axis=1))
        stands[none, slower[none]] = True
    firm = _firm(stands, fps)
    tilted = np.stack([np.ptp(under.bottom[:, part][:, : half // 2], axis=1) for part in parts], axis=1)
    swings = np.stack([_around_stands(stands[:, side], fps) for side in (0, 1)], axis=1)
    return Stands(firm, still, firm * np.exp(-((tilted / _FLAT) ** 2)), CLEARANCE * swings)


def _firm(stands: Mask, fps: float) -> Array:
    eased = smooth(stands.astype(np.float64), np.ones(len(stands)), 0.1 * (fps / 30) ** 4)
    out: Array = np.clip(eased, 0.0, 1.0) * stands
    return out


def _stands(bottom: Array, speed: Array, fps: float, low: float) -> Mask:
    """Return when a foot whose points are so high [m] and fast [m/s] stands (T,)."""
    resting = bottom[speed < _RESTS]
    usual = float(np.median(resting)) if resting.size > _ENOUGH else float(np.percentile(bottom.min(axis=1), 20))
    touches: Mask = np.asarray(((bottom < usual + low) & (speed < _FOOT_SLOW)).any(axis=1))
    return _settled(touches, fps)


def _around_stands(stands: Mask, fps: float) -> Array:
    """Return 0 where a foot stands and close to that in time, 1 in the midst of a swing, with a ramp between (T,)."""
    index = np.arange(len(stands), dtype=np.float64)
    last = np.maximum.accumulate(np.where(stands, index, 0.0))
    following = np.minimum.accumulate(np.where(stands, index, index[-1])[::-1])[::-1]
    away = np.minimum(index - last, following - index) / fps
    x = np.clip((away - _NEAR) / _NEAR, 0.0, 1.0)
    out: Array = x * x * (3 - 2 * x)
    return out


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Return first and one past the last index of each run of true values (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]
