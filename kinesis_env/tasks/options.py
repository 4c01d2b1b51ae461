"""Checks of the arguments of ``reset`` and ``step``, and splitting into rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kinesis_env.checks import is_finite
from kinesis_env.errors import ActionError, ResetError, shown
from kinesis_env.model.names import NU
from kinesis_env.typing import Array

__all__ = ["checked_action", "finite_number", "number_of_axes", "option_of_row"]

_REAL = (int, float, np.integer, np.floating)


def option_of_row(key: str, value: Any, position: int, count: int) -> Any:
    """Return the option of one of ``count`` rows, from a value for all rows or a sequence.

    Raises:
        ResetError: a sequence of another length.
    """
    if isinstance(value, str) or number_of_axes(key, value) == 0:
        return value
    if len(value) != count:
        raise ResetError(
            f"option {key!r} must be one value, or one for each of {count} environments, given {len(value)}"
        )
    return value[position]


def number_of_axes(key: str, value: Any) -> int:
    """Return the nesting depth of lists or arrays in an option.

    Raises:
        ResetError: lists of different lengths.
    """
    try:
        axes = np.ndim(value)
    except ValueError as error:
        raise ResetError(f"option {key!r} must be numbers, or lists of one length, given {shown(value)}") from error
    return axes


def finite_number(key: str, value: object) -> float:
    """Return an option as a float.

    Raises:
        ResetError: it is not a finite number.
    """
    if isinstance(value, bool | str) or not isinstance(value, _REAL) or not is_finite(value):
        raise ResetError(f"option {key!r} must be a finite number, given {shown(value)}")
    return float(value)


def checked_action(action: object, shape: tuple[int, ...]) -> Array:
    """Return an action as (n, 80) floats.

    Args:
        action: the user's action.
        shape: the required shape, (80,) or (n, 80).

    Raises:
        ActionError: the wrong shape, or a value that is not finite. Values outside [-1, 1] are clipped later.
    """
    try:
        array = np.asarray(action)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{array.dtype} is not a real number")
        array = array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise ActionError(f"an action must be an array of numbers of shape {shape}, given {shown(action)}") from error
    if array.shape != shape:
        raise ActionError(f"an action must have shape {shape}, given {array.shape}")
    # The sum of squares is finite only if every number is, so one check is enough in the usual case.
    flat = array.reshape(-1)
    if not math.isfinite(flat.dot(flat)) and not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0]
        raise ActionError(f"an action must be finite, given {array[tuple(where)]} at index {where.tolist()}")
    return array.reshape(-1, NU)
