"""Reward terms, each (n,) on a natural scale from 0 to 1; the weights are in the configuration.

The formulas and scales are from the published KINESIS environment (arXiv 2503.14637). Arrays may be NumPy's,
PyTorch's or JAX's; see :func:`kinesis_env.arrays.array_namespace`.
"""

from __future__ import annotations

from kinesis_env.arrays import array_namespace
from kinesis_env.typing import Array

__all__ = ["energy", "position", "upright", "velocity"]


def position(body_pos: Array, reference_pos: Array, *, scale: float = 200.0) -> Array:
    """Return ``exp(-scale * mean squared difference)`` of body positions.

    Args:
        body_pos: positions [m], (n, k, 3).
        reference_pos: positions of the reference [m], (n, k, 3).
        scale: [1/m^2].
    """
    return _closeness(body_pos, reference_pos, scale)


def velocity(body_vel: Array, reference_vel: Array, *, scale: float = 5.0) -> Array:
    """Return ``exp(-scale * mean squared difference)`` of linear body velocities.

    Args:
        body_vel: velocities [m/s], (n, k, 3).
        reference_vel: velocities of the reference [m/s], (n, k, 3).
        scale: [s^2/m^2].
    """
    return _closeness(body_vel, reference_vel, scale)


def upright(roll: Array, pitch: Array, *, scale: float = 3.0) -> Array:
    """Return ``exp(-scale * (roll^2 + pitch^2))`` of the pelvis; angles [rad], (n,)."""
    xp = array_namespace(roll)
    closeness: Array = xp.exp(-scale * (roll * roll + pitch * pitch))
    return closeness


def energy(excitation: Array, *, scale: float = 0.05) -> Array:
    """Return the mean over physics steps of ``exp(-scale * (|u|_1 + |u|_2))``.

    Args:
        excitation: excitations u in [0, 1], (n, physics steps, muscles).
        scale: per unit of the summed norms.
    """
    xp = array_namespace(excitation)
    norms = abs(excitation).sum(-1) + xp.sqrt((excitation * excitation).sum(-1))
    mean: Array = xp.exp(-scale * norms).sum(-1) / norms.shape[-1]
    return mean


def _closeness(actual: Array, reference: Array, scale: float) -> Array:
    xp = array_namespace(actual)
    difference = (actual - reference).reshape(len(actual), -1)
    closeness: Array = xp.exp(-scale / difference.shape[1] * (difference * difference).sum(-1))
    return closeness
