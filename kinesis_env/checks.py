"""Checks of user input: each message names the argument, the given value and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kinesis_env.errors import ConfigError, KinesisError, shown
from kinesis_env.typing import Array

__all__ = [
    "check_amount",
    "check_array",
    "check_at_most_one",
    "check_choice",
    "check_integer",
    "check_number",
    "is_finite",
]

#: Rounding error allowed at a limit.
_TOLERANCE = 1e-9


def check_number(
    name: str,
    value: Any,
    least: float = -math.inf,
    most: float = math.inf,
    *,
    above: float | None = None,
    error: type[KinesisError] = ConfigError,
) -> float:
    """Return a finite number as a float.

    Args:
        name: name of the value in the message.
        value: a Python or NumPy number.
        least: the smallest allowed value.
        most: the largest allowed value.
        above: a limit that the value must exceed, in place of ``least``.
        error: the class of the error.

    Raises:
        KinesisError: it is not a number, not finite, or beyond the limits.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise error(f"{name} must be a number, given {shown(value)} ({type(value).__name__})")
    low = least if above is None else above
    inside = value > low if above is not None else value >= low - _TOLERANCE
    if not is_finite(value) or not inside or value > most + _TOLERANCE:
        raise error(f"{name} must be {_limits(low, most, strict=above is not None)}, given {shown(value)}")
    return float(value)


def is_finite(value: Any) -> bool:
    """Return whether a number is finite as a float: a whole number can be too large."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def check_integer(
    name: str, value: Any, least: int, most: float = math.inf, *, error: type[KinesisError] = ConfigError
) -> int:
    """Return a whole number as an int; arguments and errors as for :func:`check_number`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise error(f"{name} must be a whole number, given {shown(value)} ({type(value).__name__})")
    if not least <= value <= most:
        raise error(f"{name} must be a whole number {_limits(least, most)}, given {shown(value)}")
    return int(value)


def check_choice(
    name: str, value: object, allowed: Sequence[Any], more: str = "", *, error: type[KinesisError] = ConfigError
) -> None:
    """Raise an error unless ``value`` is one of ``allowed``; ``more`` describes other allowed values."""
    if not any(value is choice or (isinstance(value, str) and value == choice) for choice in allowed):
        choices = " ".join(filter(None, (", ".join(repr(choice) for choice in allowed), more)))
        raise error(f"{name} must be one of {choices}, given {shown(value)}")


def check_amount(name: str, value: float | Sequence[float], least: float, most: float) -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` unless a number or range is within ``least`` and ``most``."""
    ends = (value, value) if isinstance(value, int | float) else tuple(value)
    if len(ends) != 2 or not least <= ends[0] <= ends[1] <= most:
        given = value if isinstance(value, int | float) else list(value)
        raise ConfigError(f"{name} must be a number, or a range [low, high], {_limits(least, most)}, given {given}")


def check_at_most_one(owner: str, error: type[KinesisError], **values: object) -> None:
    """Raise an error if more than one of ``values`` is not None."""
    given = [f"{name}={value!r}" for name, value in values.items() if value is not None]
    if len(given) > 1:
        raise error(f"{owner} takes at most one of {', '.join(values)}, given {', '.join(given)}")


def check_array(name: str, value: object, shape: tuple[int, ...], *, error: type[KinesisError]) -> Array:
    """Return a copy of an array of finite numbers.

    Raises:
        KinesisError: not an array of numbers, another shape, or not finite; the message names the first frame.
    """
    try:
        array = np.array(value, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError) as problem:
        raise error(f"{name} must be an array of numbers ({problem})") from problem
    if array.shape != shape:
        raise error(f"{name} must have shape {shape}, given {array.shape}")
    bad = ~np.isfinite(array.reshape(shape[0], -1)).all(axis=1)
    if bad.any():
        raise error(f"{name} must be finite, but {bad.sum()} frames are not, the first is frame {bad.argmax()}")
    return array


def _limits(least: float, most: float, *, strict: bool = False) -> str:
    if math.isinf(most):
        return "finite" if math.isinf(least) else f"{'above' if strict else 'at least'} {least:.6g}"
    if math.isinf(least):
        return f"at most {most:.6g}"
    return f"above {least:.6g} and at most {most:.6g}" if strict else f"from {least:.6g} to {most:.6g}"
