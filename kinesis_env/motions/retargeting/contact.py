"""When the feet of a recorded person are on the ground, from the positions of ankles and toes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.motions.retargeting.ground import Soles
from kinesis_env.motions.retargeting.signals import smooth
from kinesis_env.typing import Array, Mask

__all__ = ["Contacts", "detect_contacts", "ground_level", "runs"]


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
#: How much one end of a flat foot is above the other [m].
_FLAT = 0.025
#: Least height of a swinging sole [m]; published minima are 10 to 20 mm (Winter 1992, Phys. Ther.); and how long
#: before and after a stand it need not be so high [s].
_CLEARANCE, _NEAR = 0.01, 0.07


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


@dataclass(frozen=True, eq=False)
class Stands:
    """Which feet stand, right first.

    Attributes:
        firm: how surely each foot does (T, 2), from 0 to 1.
        flat: the same times how flat it is (T, 2).
        clearance: how high the lowest point of each foot must at least be (T, 2) [m].
    """

    firm: Array
    flat: Array
    clearance: Array


def find_stands(under: Soles, fps: float, *, low: float = _FOOT_LOW) -> Stands:
    """Return which feet stand: some point of the sole is low, by the measure of that foot, and slow.

    Args:
        under: the points of both soles, in the world.
        fps: frames per second.
        low: how high above where it rests a point may be [m].
    """
    half = under.bottom.shape[1] // 2
    firm, flat, clear = [], [], []
    for side in (0, 1):
        part = slice(side * half, (side + 1) * half)
        bottom = under.bottom[:, part]
        speed = np.linalg.norm(np.gradient(under.points[:, part], axis=0), axis=-1) * fps
        resting = bottom[speed < _RESTS]
        usual = float(np.median(resting)) if resting.size > 3 else float(np.percentile(bottom.min(axis=1), 20))
        stands = _settled(((bottom < usual + low) & (speed < _FOOT_SLOW)).any(axis=1), fps)
        firm.append(
            np.clip(smooth(stands.astype(np.float64)[:, None], np.ones(len(bottom)), 0.1 * (fps / 30) ** 4)[:, 0], 0, 1)
            * stands
        )
        flat.append(firm[-1] * np.exp(-((np.ptp(bottom[:, : half // 2], axis=1) / _FLAT) ** 2)))
        away = _around_stands(stands, fps)
        clear.append(_CLEARANCE * away)
    return Stands(*(np.stack(rows, axis=1) for rows in (firm, flat, clear)))


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
