"""Reward terms, each (n,) in its natural scale from 0 to 1; the weights live in the configuration.

The formulas and scales are those of the published KINESIS environment (arXiv 2503.14637).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinesis_env.loops import average, closeness
from kinesis_env.loops.compiled import compiled
from kinesis_env.typing import Array

__all__ = ["carriage", "energy", "imitation", "position", "upright", "velocity"]


#: Up to so many numbers NumPy adds as the compiled loops do; it splits longer sums first.
_LONGEST_SUM = 128


def position(body_pos: Array, reference_pos: Array, *, scale: float = 200.0) -> Array:
    """Return ``exp(-scale * mean squared difference)`` of body positions.

    Args:
        body_pos: positions [m], (n, k, 3).
        reference_pos: where the reference is [m], (n, k, 3).
        scale: [1/m^2].
    """
    return _closeness(body_pos, reference_pos, scale)


def velocity(body_vel: Array, reference_vel: Array, *, scale: float = 5.0) -> Array:
    """Return ``exp(-scale * mean squared difference)`` of linear body velocities.

    Args:
        body_vel: velocities [m/s], (n, k, 3).
        reference_vel: those of the reference [m/s], (n, k, 3).
        scale: [s^2/m^2].
    """
    return _closeness(body_vel, reference_vel, scale)


def upright(roll: Array, pitch: Array, *, scale: float = 3.0) -> Array:
    """Return ``exp(-scale * (roll^2 + pitch^2))`` of the pelvis; angles [rad], (n,)."""
    return np.exp(-scale * (roll * roll + pitch * pitch))


def energy(excitation: Array, *, scale: float = 0.05) -> Array:
    """Return the mean over physics steps of ``exp(-scale * (|u|_1 + |u|_2))``.

    Args:
        excitation: excitations u in [0, 1], (n, physics steps, muscles).
        scale: per unit of the summed norms.
    """
    # Steps lie side by side for any number of bodies: NumPy's order of additions follows the layout.
    norms: Array = np.ascontiguousarray(np.add.reduce(np.abs(excitation), axis=-1))
    squares = np.ascontiguousarray(np.add.reduce(excitation * excitation, axis=-1))
    norms += np.sqrt(squares, out=squares)
    norms *= -scale
    mean: Array = np.add.reduce(np.exp(norms, out=norms), axis=-1) / norms.shape[-1]
    return mean


def imitation(
    body_pos: Array,
    reference_pos: Array,
    body_vel: Array,
    reference_vel: Array,
    *,
    angles: Array,
    excitation: Array,
    scales: Mapping[str, float],
) -> Array:
    """Return :func:`position`, :func:`velocity`, :func:`upright` and :func:`energy`, (4, n), faster where it can be.

    Args:
        body_pos: positions [m], (n, k, 3).
        reference_pos: those of the reference, (n, k, 3).
        body_vel: velocities [m/s], (n, k, 3).
        reference_vel: those of the reference, (n, k, 3).
        angles: roll and pitch of the pelvis [rad], (2, n).
        excitation: (n, physics steps, muscles).
        scales: of the four, by name.
    """
    factors = scales["position"], scales["velocity"], scales["upright"], scales["energy"]
    quick = _compiled((body_pos, reference_pos, body_vel, reference_vel), angles, excitation, factors)
    if quick is not None:
        return quick
    terms = np.empty((4, len(body_pos)))
    terms[0] = position(body_pos, reference_pos, scale=scales["position"])
    terms[1] = velocity(body_vel, reference_vel, scale=scales["velocity"])
    terms[2:] = carriage(angles=angles, excitation=excitation, scales=scales)
    return terms


def carriage(*, angles: Array, excitation: Array, scales: Mapping[str, float]) -> Array:
    """Return :func:`upright` and :func:`energy`, (2, n), faster where it can be; arguments as for :func:`imitation`."""
    none = np.empty((angles.shape[1], 0, 3))
    quick = _compiled((none,) * 4, angles, excitation, (0.0, 0.0, scales["upright"], scales["energy"]))
    if quick is not None:
        return quick[2:]
    terms = np.empty((2, angles.shape[1]))
    terms[0] = upright(*angles, scale=scales["upright"])
    terms[1] = energy(excitation, scale=scales["energy"])
    return terms


def _compiled(
    vectors: tuple[Array, ...], angles: Array, excitation: Array, scales: tuple[float, float, float, float]
) -> Array | None:
    """What :func:`imitation` returns, where Numba is; else None."""
    steps = excitation.shape[1]
    quick, mean = compiled(closeness), compiled(average)
    if quick is None or mean is None or steps > _LONGEST_SUM:
        return None
    num = len(excitation)
    exponents, terms = np.empty((num, 3 + steps)), np.empty((4, num))
    quick(*vectors, angles, excitation, scales, exponents)
    mean(np.exp(exponents, out=exponents), terms)
    return terms


def _closeness(actual: Array, reference: Array, scale: float) -> Array:
    difference = actual - reference
    difference *= difference
    size = difference.shape[-2] * difference.shape[-1]
    squares: Array = np.add.reduce(difference.reshape(*difference.shape[:-2], size), axis=-1)
    squares *= -scale / size
    return np.exp(squares, out=squares)
