"""Derivatives of the twin's steps by finite differences.

If a foot touches the ground only with the perturbation, the velocity of its toes changes by radians per second, and the
difference quotient is not a derivative. Such a column is computed with a perturbation of the opposite sign, and limited
if that one is too large as well.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.control.twin import NM, NS, NX, Twin, difference, retract
from kinesis_env.model.names import NV
from kinesis_env.typing import Array, Rows

__all__ = ["COLUMNS", "differentiate"]


#: Columns of a derivative: changes of a state, then of the motors.
COLUMNS = NX + NM
#: Size of the perturbation in each column.
_SIZES = np.concatenate((np.full(2 * NV, 1e-4), np.full(2 * NM, 1e-2)))
#: Entries above this come from a contact that begins or ends; for a standing foot they reach about 200.
_JUMP = 300.0


def differentiate(
    twin: Twin, before: Array, motors: Array, damping: Array, *, after: Array, features: Array
) -> tuple[Array, Array]:
    """Return the derivatives of steps with respect to the states before them (54) and the motors (14).

    Args:
        twin: the model that is stepped.
        before: states (..., 75).
        motors: controls of the motors, (..., 14).
        damping: damping by the muscles about each hinge [N m s/rad], (..., 14).
        after: the states after the steps, (..., 75).
        features: features of the states after the steps, (..., 84).

    Returns:
        Derivatives of the states after the steps (..., 54, 68), and of their features (..., 84, 68).
    """
    lead = before.shape[:-1]
    flat = [part.reshape(-1, part.shape[-1]) for part in (before, motors, damping, after, features)]
    count = len(flat[0])
    size = np.tile(_SIZES, (count, 1))
    # Motors at their upper limit are perturbed downward.
    size[:, NX:] *= np.where(flat[1] + _SIZES[NX:] > twin.motor_range[1], -1.0, 1.0)
    step, column = np.divmod(np.arange(count * COLUMNS), COLUMNS)
    moved, shown = _columns(twin, flat, step, column, size[step, column])
    jumped = np.flatnonzero(_greatest(moved) > _JUMP)
    if jumped.size:
        at = step[jumped], column[jumped]
        other_moved, other_shown = _columns(twin, flat, *at, -size[at])
        less = _greatest(other_moved) < _greatest(moved[jumped])
        moved[jumped[less]], shown[jumped[less]] = other_moved[less], other_shown[less]
        limit = _JUMP / np.maximum(_greatest(moved[jumped]), _JUMP)[:, None]
        moved[jumped] *= limit
        shown[jumped] *= limit
    return (
        moved.reshape(*lead, COLUMNS, NX).swapaxes(-1, -2),
        shown.reshape(*lead, COLUMNS, features.shape[-1]).swapaxes(-1, -2),
    )


def _columns(twin: Twin, about: list[Array], step: Rows, column: Rows, size: Array) -> tuple[Array, Array]:
    """Return columns (m, 54) and (m, 84) of steps (m,)."""
    before, motors, damping, after, features = about
    state = np.empty((len(step), NS))
    changes, told = np.zeros((len(step), NX)), motors[step]
    of_motor = column >= NX
    changes[~of_motor, column[~of_motor]] = size[~of_motor]
    told[of_motor, column[of_motor] - NX] += size[of_motor]
    state = retract(before[step], changes)
    moved, shown = twin.advance(state, told, damping[step])
    out = difference(after[step], moved) / size[:, None], (shown - features[step]) / size[:, None]
    return np.nan_to_num(out[0]), np.nan_to_num(out[1])


def _greatest(columns: Array) -> Array:
    greatest: Array = np.abs(columns).max(axis=1)
    return greatest
