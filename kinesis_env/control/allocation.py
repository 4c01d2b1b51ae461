"""Sharing moments out among muscles.

Each leg's muscles are found by a small convex problem: least squared tensions (in peak isometric forces, about a little
co-contraction) that give the moments of the leg's seven hinges as nearly as the muscles can, within bounds. Without the
bounds it would be linear; its dual has seven unknowns and is solved by Newton's method, all legs of all bodies at once
(the criterion is that of R. Crowninshield and R. Brand, J. Biomech. 14, 1981, with the exponent 2).
"""

from __future__ import annotations

import numpy as np

from kinesis_env.typing import Array

__all__ = ["CO_CONTRACTION", "allocate"]


#: Tension that a muscle has where nothing is asked of it, in peak isometric forces.
CO_CONTRACTION = 0.01
#: What is as bad as one muscle at its peak force: moments that are missed [N m], hinge by hinge of a leg.
TOLERANCE: Array = np.array([0.5, 0.5, 0.4, 0.5, 0.4, 0.3, 0.6])
_ITERATIONS = 40
_PRECISION = 1e-9
#: What counts as no change of a tension.
_STILL = 1e-14


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

    diagonal = np.arange(hinges)
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
        pull = CO_CONTRACTION + (multiplier[..., None, :] @ own)[..., 0, :]
        rate = (step[..., None, :] @ own)[..., 0, :]
        bend = slack * step * step
        rise = (step * (wanted - slack * multiplier)).sum(axis=-1)
        part = _summit(pull, rate, (low, high), rise, bend.sum(axis=-1))
        multiplier = np.where(going[:, None], multiplier + part[:, None] * step, multiplier)
    return tension(multiplier).reshape(count, -1), multiplier.reshape(count, -1)


def _summit(pull: Array, rate: Array, bounds: tuple[Array, Array], rise: Array, bend: Array) -> Array:
    """Return where the dual is highest along a direction, (n,).

    Its slope along the way t falls on straight lines between the places where a muscle meets a bound:
    rise - bend t - rate clip(pull + rate t, low, high).

    Args:
        pull: tensions without bounds at the start, (n, 40).
        rate: their change along the way, (n, 40).
        bounds: least and greatest tensions, (n, 40) each.
        rise: slope at the start without the muscles, (n,).
        bend: how it falls without them, (n,).
    """
    low, high = bounds
    moving = np.abs(rate) > _STILL
    safe = np.where(moving, rate, 1.0)
    meetings = np.concatenate(((low - pull) / safe, (high - pull) / safe), axis=1)
    meetings = np.where(np.concatenate((moving, moving), axis=1), np.maximum(meetings, 0.0), 0.0)
    places = np.sort(np.concatenate((np.zeros((len(pull), 1)), meetings), axis=1), axis=1)
    tension = np.minimum(np.maximum(pull[:, None] + rate[:, None] * places[..., None], low[:, None]), high[:, None])
    slope = rise[:, None] - bend[:, None] * places - (tension @ rate[..., None])[..., 0]
    rows = np.arange(len(pull))
    last = np.maximum((slope > 0.0).sum(axis=1) - 1, 0)
    following = np.minimum(last + 1, places.shape[1] - 1)
    begin, end = slope[rows, last], slope[rows, following]
    drop = begin - end
    inside = places[rows, last] + np.where(drop > 0.0, begin / np.where(drop > 0.0, drop, 1.0), 0.0) * (
        places[rows, following] - places[rows, last]
    )
    beyond = places[:, -1] + begin / np.maximum(bend, _STILL)
    found: Array = np.where(last == following, beyond, inside)
    return np.maximum(found, 0.0)
