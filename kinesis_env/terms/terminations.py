"""Termination terms, each bool (n,), and the distances that they judge.

Arrays may be NumPy's, PyTorch's or JAX's; see :func:`kinesis_env.arrays.array_namespace`.
"""

from __future__ import annotations

from kinesis_env.arrays import array_namespace
from kinesis_env.typing import Array, Mask

__all__ = ["TRACKING_MODES", "distances", "tracking_lost"]

#: How the distances of the tracked bodies make one number: the greatest of them, or their mean.
TRACKING_MODES = ("any", "mean")


def distances(body_pos: Array, reference_pos: Array) -> Array:
    """Return the distance of each body to its reference [m], (n, k), from positions (n, k, 3)."""
    xp = array_namespace(body_pos)
    difference = body_pos - reference_pos
    distance: Array = xp.sqrt((difference * difference).sum(-1))
    return distance


def tracking_lost(mean: Array, greatest: Array, *, limit: float = 0.15, mode: str = "any") -> Mask:
    """Return whether the body is too far from its reference.

    Args:
        mean: the mean of the :func:`distances` of a row [m], (n,).
        greatest: the greatest of them [m], (n,).
        limit: the greatest allowed distance [m].
        mode: ``"any"``: one body beyond the limit is enough (0.15 m in the published training); ``"mean"``: the mean of
            the bodies is beyond it (0.5 m in the published evaluation).
    """
    return (mean if mode == "mean" else greatest) > limit
