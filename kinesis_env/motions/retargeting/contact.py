"""When the feet of a recorded person are on the ground, from the positions of ankles and toes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Return first and one past the last index of each run of true values (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]
