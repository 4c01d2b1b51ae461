"""Sharing moments out among muscles.

Each leg's muscles are found by a small convex problem: least squared tensions (in peak isometric forces, about a little
co-contraction) that give the moments of the leg's seven hinges as nearly as the muscles can, within bounds. Without the
bounds it would be linear; its dual has seven unknowns and is solved by Newton's method, all legs of all bodies at once
(the criterion is that of R. Crowninshield and R. Brand, J. Biomech. 14, 1981, with the exponent 2).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["CO_CONTRACTION", "allocate"]

Array: TypeAlias = NDArray[np.float64]

#: Tension that a muscle has where nothing is asked of it, in peak isometric forces.
CO_CONTRACTION = 0.01
#: What is as bad as one muscle at its peak force: moments that are missed [N m], hinge by hinge of a leg.
TOLERANCE: Array = np.array([0.5, 0.5, 0.4, 0.5, 0.4, 0.3, 0.6])
_ITERATIONS = 60
_PRECISION = 1e-9
#: Parts of a Newton step that are tried.
_PARTS = (0.5 ** np.arange(0.0, 16.0, 1.0))[:, None, None]


def allocate(
    moment: Array, levers: Array, *, low: Array, high: Array, start: Array | None = None
) -> tuple[Array, Array]:
    """Return the tensions that give moments with least effort.

    Args:
        moment: wanted about each hinge [N m], (n, 14).
        levers: moment about each hinge per peak isometric force of each muscle [N m], (n, 14, 80).
        low: least tension of each muscle, in peak isometric forces, (n, 80).
        high: greatest, (n, 80).
        start: the multipliers of a problem like this one, (n, 14).

    Returns:
        Tensions in peak isometric forces (n, 80), and multipliers (n, 14).
    """
    count = len(moment)
    legs, hinges, muscles = 2 * count, moment.shape[1] // 2, low.shape[1] // 2
    # Muscles of one leg have no lever on the other.
    own = np.empty((count, 2, hinges, muscles))
    own[:, 0] = levers[:, :hinges, :muscles]
    own[:, 1] = levers[:, hinges:, muscles:]
    own = own.reshape(legs, hinges, muscles)
    wanted, low, high = moment.reshape(legs, hinges), low.reshape(legs, muscles), high.reshape(legs, muscles)
    slack = TOLERANCE**2
    multiplier = np.zeros((legs, hinges)) if start is None else start.reshape(legs, hinges).copy()

    def tension(multipliers: Array) -> Array:
        pull = CO_CONTRACTION + (multipliers[..., None, :] @ own)[..., 0, :]
        return np.minimum(np.maximum(pull, low), high)

    def value(multipliers: Array) -> Array:
        x = tension(multipliers)
        away = x - CO_CONTRACTION
        given = (own @ x[..., None])[..., 0]
        inner = 0.5 * (away * away).sum(axis=-1) + (multipliers * (wanted - given)).sum(axis=-1)
        return inner - 0.5 * (slack * multipliers * multipliers).sum(axis=-1)

    diagonal = np.arange(hinges)
    best = value(multiplier)
    # A leg that is done stays as it is, whatever the others still need.
    going = np.ones(legs, dtype=np.bool_)
    for _ in range(_ITERATIONS):
        x = tension(multiplier)
        slope = wanted - (own @ x[..., None])[..., 0] - slack * multiplier
        going &= (np.abs(slope) > _PRECISION * (1.0 + np.abs(wanted))).any(axis=1)
        if not going.any():
            break
        free = own * ((x > low) & (x < high))[:, None, :]
        curvature = free @ own.swapaxes(-1, -2)
        curvature[:, diagonal, diagonal] += slack
        step = np.linalg.solve(curvature, slope[..., None])[..., 0]
        tried = multiplier + _PARTS * step
        values = value(tried)
        pick, rows = values.argmax(axis=0), np.arange(legs)
        going &= values[pick, rows] > best
        multiplier = np.where(going[:, None], tried[pick, rows], multiplier)
        best = np.where(going, values[pick, rows], best)
    return tension(multiplier).reshape(count, -1), multiplier.reshape(count, -1)
