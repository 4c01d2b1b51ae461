"""Reward terms, each (n,) in its natural scale from 0 to 1; the weights live in the configuration.

The formulas and scales are those of the published KINESIS environment (arXiv 2503.14637).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["energy", "position", "upright", "velocity"]

Array: TypeAlias = NDArray[np.float64]


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
    norms = np.add.reduce(np.abs(excitation), axis=-1)
    norms += np.sqrt(np.einsum("...i,...i->...", excitation, excitation))
    norms *= -scale
    mean: Array = np.add.reduce(np.exp(norms, out=norms), axis=-1) / norms.shape[-1]
    return mean


def _closeness(actual: Array, reference: Array, scale: float) -> Array:
    difference = actual - reference
    squares = np.einsum("...ij,...ij->...", difference, difference)
    closeness: Array = np.exp(squares * (-scale / (difference.shape[-2] * difference.shape[-1])))
    return closeness
