"""Muscle allocation: the tensions that produce given joint moments.

The tensions of each leg solve a small convex problem. They minimize the sum of squared tensions (in units of peak
isometric force, or others that weigh the muscles; relative to a small co-contraction) while producing the moments at
the seven hinges of the leg as closely as possible, within bounds. Without the bounds the problem would be linear. The
dual has seven unknowns and is solved by Newton's method for all legs of all bodies at once. The criterion is from R.
Crowninshield and R. Brand, J. Biomech. 14, 1981, with exponent 2.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.typing import Array

__all__ = ["CO_CONTRACTION", "allocate"]


#: Tension of a muscle when no moment is required, in units of peak isometric force.
CO_CONTRACTION = 0.01
#: Moment error of each hinge of a leg that costs as much as one muscle at its peak force [N m].
TOLERANCE: Array = np.array([0.5, 0.5, 0.4, 0.5, 0.4, 0.3, 0.6])
_ITERATIONS = 40
_PRECISION = 1e-9
#: Rates of tension below this count as zero.
_STILL = 1e-14


def allocate(
    moment: Array,
    levers: Array,
    *,
    low: Array,
    high: Array,
    start: Array | None = None,
    rest: float = CO_CONTRACTION,
    tolerance: Array = TOLERANCE,
) -> tuple[Array, Array]:
    """Return the tensions that produce joint moments with least effort.

    Args:
        moment: required about each hinge [N m], (n, 14).
        levers: moment about each hinge per peak isometric force of each muscle [N m], (n, 14, 80).
        low: lower bound of each tension, in units of peak isometric force, (n, 80).
        high: upper bound, (n, 80).
        start: multipliers of a similar problem to start from, (n, 14).
        rest: tension when no moment is required.
        tolerance: moment error of each hinge of a leg that costs as much as one muscle at its peak force [N m], (7,).

    Returns:
        Tensions in units of peak isometric force (n, 80), and multipliers (n, 14).
    """
    count = len(moment)
    legs, hinges, muscles = 2 * count, moment.shape[1] // 2, low.shape[1] // 2
    # The muscles of one leg have no moment arm about the hinges of the other.
    own = np.empty((count, 2, hinges, muscles))
    own[:, 0] = levers[:, :hinges, :muscles]
    own[:, 1] = levers[:, hinges:, muscles:]
    own = own.reshape(legs, hinges, muscles)
    wanted, low, high = moment.reshape(legs, hinges), low.reshape(legs, muscles), high.reshape(legs, muscles)
    slack = tolerance**2
    multiplier = np.zeros((legs, hinges)) if start is None else start.reshape(legs, hinges).copy()

    def tension(multipliers: Array) -> Array:
        pull = rest + (multipliers[..., None, :] @ own)[..., 0, :]
        return np.minimum(np.maximum(pull, low), high)

    diagonal = np.arange(hinges)
    # A leg that has converged is not changed while others continue, so that results do not depend on the batch.
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
        pull = rest + (multiplier[..., None, :] @ own)[..., 0, :]
        rate = (step[..., None, :] @ own)[..., 0, :]
        bend = slack * step * step
        rise = (step * (wanted - slack * multiplier)).sum(axis=-1)
        part = _summit(pull, rate, (low, high), rise, bend.sum(axis=-1))
        multiplier = np.where(going[:, None], multiplier + part[:, None] * step, multiplier)
    return tension(multiplier).reshape(count, -1), multiplier.reshape(count, -1)


def _summit(pull: Array, rate: Array, bounds: tuple[Array, Array], rise: Array, bend: Array) -> Array:
    """Return the step length that maximizes the dual along a direction, (n,).

    The slope of the dual at step length t is rise - bend t - rate clip(pull + rate t, low, high): it decreases and is
    piecewise linear, with a break where a muscle meets a bound.

    Args:
        pull: unbounded tensions at t = 0, (n, 40).
        rate: their derivative by t, (n, 40).
        bounds: lower and upper bounds of the tensions, (n, 40) each.
        rise: slope at t = 0 without the muscles, (n,).
        bend: decrease of that slope per unit of t, (n,).
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
