"""Termination terms, each bool (n,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinesis_env import loops
from kinesis_env.loops.compiled import compiled
from kinesis_env.typing import Array

__all__ = ["TRACKING_MODES", "distances", "misfit", "tracking_lost"]


#: How the distances of the tracked bodies make one number: the greatest of them, or their mean.
TRACKING_MODES = ("any", "mean")


def distances(body_pos: Array, reference_pos: Array) -> Array:
    """Return the distance of each body to its reference [m], (n, k), from positions (n, k, 3)."""
    difference = body_pos - reference_pos
    difference *= difference
    distance: Array = np.add.reduce(difference, axis=-1)
    return np.sqrt(distance, out=distance)


def misfit(body_pos: Array, reference_pos: Array) -> tuple[Array, Array]:
    """Return the mean of the :func:`distances` of each row and the greatest of them [m], (n,) each."""
    quick = compiled(loops.misfit)
    if quick is not None:
        both = np.empty((2, len(body_pos)))
        quick(body_pos, reference_pos, both)
        return both[0], both[1]
    distance = distances(body_pos, reference_pos)
    return np.add.reduce(distance, axis=1) / distance.shape[1], np.maximum.reduce(distance, axis=1)


def tracking_lost(mean: Array, greatest: Array, *, limit: float = 0.15, mode: str = "any") -> NDArray[np.bool_]:
    """Return whether the body is too far from its reference.

    Args:
        mean: of the distances of the tracked bodies [m], (n,).
        greatest: of them [m], (n,).
        limit: the greatest allowed distance [m].
        mode: ``"any"``: one body beyond the limit is enough (0.15 m in the published training); ``"mean"``: the mean of
            the bodies is beyond it (0.5 m in the published evaluation).
    """
    return (mean if mode == "mean" else greatest) > limit
