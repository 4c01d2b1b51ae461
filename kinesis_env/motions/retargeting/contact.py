"""Foot contact: the one rule for generated gaits, recorded angles and recorded positions.

A foot is in stance while some part of it is both slow and low, relative to the height at which that foot rests.
Recorded angles give all points of both soles; recorded positions give ankles and toes, to which the same test is
applied. Generated gaits plan their stances. All three use the same ground clearance in swing and the same threshold for
being on the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.motions.retargeting.ground import Soles
from kinesis_env.signals import smooth
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


#: A foot is on the ground when its lowest point is at most this high [m]; the soles of shoes compress by as much.
ON_GROUND = 0.008
#: Minimum height of a sole in mid-swing [m]; published minima are 10 to 20 mm (Winter 1992, Phys. Ther.).
CLEARANCE = 0.01
#: Ground level is the lowest height of a foot within this time before and after [s]: longer than a flight phase.
_GROUND_WINDOW = 0.8
#: A point this close to its usual height on the ground, and slower than this, may be in contact: [m], [m/s].
_LOW = {"toe": 0.022, "ankle": 0.022}
_SLOW = {"toe": 0.45, "ankle": 0.55}
#: Feet land faster at higher speeds: this fraction of the walking speed also counts as slow.
_SHARE = 0.3
#: Shortest contact, and shortest gap that separates two contacts [s].
_SHORTEST, _PAUSE = 0.1, 0.07
#: A sole point slower than this is at rest; a foot is in stance if one of its points is within this height of where its
#: points rest, and this slow: [m/s], [m], [m/s].
_RESTS, _FOOT_LOW, _FOOT_SLOW = 0.15, 0.03, 0.4
#: Samples at rest needed to determine the height at which a foot rests.
_ENOUGH = 3
#: Height difference between the ends of a foot at which it no longer counts as flat [m].
_FLAT = 0.025
#: Time before and after a stance during which a foot need not have its mid-swing clearance [s].
_NEAR = 0.07


@dataclass(frozen=True, eq=False)
class Contacts:
    """Contacts of parts of the feet with the ground, right foot first.

    Attributes:
        toe: whether the ball of the foot touches (T, 2).
        heel: whether the heel touches (T, 2).
    """

    toe: Mask
    heel: Mask

    @property
    def foot(self) -> Mask:
        """Whether any part of the foot touches (T, 2)."""
        return self.toe | self.heel


def ground_level(ankles: Array, toes: Array, fps: float) -> Array:
    """Return the height (T,) [m] of the ground below ankles (T, 2, 3) and toes (T, 2, 3), as the toes touch it.

    It may vary slowly, as on stairs and as the floor does in recordings from video.
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
        pace: speed of the person (T,) [m/s].
        fps: frames per second.
    """
    return Contacts(toe=_touching(toes, pace, fps, "toe"), heel=_touching(ankles, pace, fps, "ankle"))


def _touching(points: Array, pace: Array, fps: float, part: str) -> Mask:
    """Return when points (T, 2, 3) touch: low and slow."""
    height = points[..., 2]
    speed = np.linalg.norm(np.gradient(points[..., :2], axis=0), axis=-1) * fps
    slow = speed < np.maximum(_SLOW[part], _SHARE * pace)[:, None]
    # Its usual height at rest: an ankle never touches the ground.
    still = height[slow & (speed < 0.5 * _SLOW[part])] if (speed < 0.5 * _SLOW[part]).any() else height
    usual = np.percentile(still, 10)
    low = height < max(usual, 0.0) + _LOW[part]
    return np.stack([_settled(low[:, side] & slow[:, side], fps) for side in range(2)], axis=1)


def _settled(touching: Mask, fps: float) -> Mask:
    """Return contacts with short gaps closed and short contacts removed."""
    out = touching.copy()
    for first, stop in runs(~out):
        if first > 0 and stop < len(out) and stop - first <= _PAUSE * fps:
            out[first:stop] = True
    for first, stop in runs(out):
        if first > 0 and stop < len(out) and stop - first < _SHORTEST * fps:
            out[first:stop] = False
    return out


def in_air(under: Soles, fps: float) -> Mask:
    """Return the frames (T,) in which neither foot is on the ground, or low and slow enough to count as such."""
    half = under.bottom.shape[1] // 2
    out = np.ones(len(under.bottom), dtype=np.bool_)
    for part in (slice(0, half), slice(half, None)):
        bottom = under.bottom[:, part]
        speed = np.linalg.norm(np.gradient(under.points[:, part], axis=0), axis=-1) * fps
        out &= (bottom > ON_GROUND).all(axis=1) & ~((bottom < _FOOT_LOW) & (speed < _FOOT_SLOW)).any(axis=1)
    return out


@dataclass(frozen=True, eq=False)
class Stands:
    """Which feet are in stance, right first.

    Attributes:
        firm: confidence that each foot is on the ground (T, 2), 0 to 1.
        still: confidence that it does not slide (T, 2), 0 to 1.
        flat: ``firm`` times the flatness of the foot (T, 2), 0 to 1.
        clearance: minimum height of the lowest point of each foot (T, 2) [m].
    """

    firm: Array
    still: Array
    flat: Array
    clearance: Array


def find_stands(under: Soles, fps: float, *, low: float = _FOOT_LOW, always: bool = False) -> Stands:
    """Return which feet are in stance: some point of the sole is slow, and low relative to where that foot rests.

    Args:
        under: the points of both soles, in the world.
        fps: frames per second.
        low: maximum height of a point above where the foot rests [m].
        always: assume that one foot is always on the ground; where none is in stance, the slower one is, and it slides.
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
    """Return when a foot is in stance (T,), given heights [m] and speeds [m/s] of its points."""
    resting = bottom[speed < _RESTS]
    usual = float(np.median(resting)) if resting.size > _ENOUGH else float(np.percentile(bottom.min(axis=1), 20))
    touches: Mask = np.asarray(((bottom < usual + low) & (speed < _FOOT_SLOW)).any(axis=1))
    return _settled(touches, fps)


def _around_stands(stands: Mask, fps: float) -> Array:
    """Return 0 in and close to stance, 1 in mid-swing, with a smooth ramp in between (T,)."""
    index = np.arange(len(stands), dtype=np.float64)
    last = np.maximum.accumulate(np.where(stands, index, 0.0))
    following = np.minimum.accumulate(np.where(stands, index, index[-1])[::-1])[::-1]
    away = np.minimum(index - last, following - index) / fps
    x = np.clip((away - _NEAR) / _NEAR, 0.0, 1.0)
    out: Array = x * x * (3 - 2 * x)
    return out


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Return the first index of each run of true values (T,), and one past its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]
