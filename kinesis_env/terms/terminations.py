"""Termination terms, each bool (n,), and the distances they use.

Arrays may be NumPy's, PyTorch's or JAX's; see :func:`kinesis_env.arrays.array_namespace`.
"""

from __future__ import annotations

from kinesis_env.arrays import array_namespace
from kinesis_env.typing import Array, Mask

__all__ = ["FARTHEST_PELVIS", "TRACKING_MODES", "distances", "relative_lost", "tracking_lost"]

#: How the distances of the tracked bodies are reduced to one number: the greatest, or the mean. The third mode,
#: "relative" to the pelvis, is :func:`relative_lost`.
TRACKING_MODES = ("any", "mean")
#: Distance of the pelvis from its reference that ends an episode in the mode "relative" [m]: arXiv 2603.25544.
FARTHEST_PELVIS = 0.5


def distances(body_pos: Array, reference_pos: Array) -> Array:
    """Return the distance of each body to its reference [m], (n, k), from positions (n, k, 3)."""
    xp = array_namespace(body_pos)
    difference = body_pos - reference_pos
    distance: Array = xp.sqrt((difference * difference).sum(-1))
    return distance


def relative_lost(
    body_pos: Array, reference_pos: Array, *, limit: float = 0.3, farthest_pelvis: float = FARTHEST_PELVIS
) -> Mask:
    """Return whether the body is too far from its reference, relative to the pelvis (arXiv 2603.25544), (n,).

    Args:
        body_pos: positions of the tracked bodies, the pelvis first [m], (n, k, 3).
        reference_pos: reference positions [m], (n, k, 3).
        limit: the greatest allowed mean distance of the others, with both pelvises at the same position [m].
        farthest_pelvis: the greatest allowed distance of the pelvis itself [m].
    """
    apart = distances(body_pos[:, 1:] - body_pos[:, :1], reference_pos[:, 1:] - reference_pos[:, :1])
    pelvis = distances(body_pos[:, :1], reference_pos[:, :1])[:, 0]
    lost: Mask = (apart.sum(-1) / apart.shape[-1] > limit) | (pelvis > farthest_pelvis)
    return lost


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
