"""Termination terms, each bool (n,)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["TRACKING_MODES", "distances", "tracking_lost"]

Array: TypeAlias = NDArray[np.float64]

#: How the distances of the tracked bodies make one number: the greatest of them, or their mean.
TRACKING_MODES = ("any", "mean")


def distances(body_pos: Array, reference_pos: Array) -> Array:
    """Return the distance of each body to its reference [m], (n, k), from positions (n, k, 3)."""
    difference = body_pos - reference_pos
    difference *= difference
    distance: Array = np.add.reduce(difference, axis=-1)
    return np.sqrt(distance, out=distance)


def tracking_lost(distance: Array, *, limit: float = 0.15, mode: str = "any") -> NDArray[np.bool_]:
    """Return whether the body is too far from its reference.

    Args:
        distance: of each tracked body [m], (n, k).
        limit: the greatest allowed distance [m].
        mode: ``"any"``: one body beyond the limit is enough (0.15 m in the published training); ``"mean"``: the mean of
            the bodies is beyond it (0.5 m in the published evaluation).
    """
    error: Array = distance.mean(axis=-1) if mode == "mean" else np.maximum.reduce(distance, axis=-1)
    return error > limit
