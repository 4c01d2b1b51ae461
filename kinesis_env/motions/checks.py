"""Checks of what a user gives, with errors that name the field, what was given and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kinesis_env.errors import MotionError

__all__ = ["check_choice", "check_count", "check_number", "check_one_of"]

#: Rounding that a limit forgives.
_TOLERANCE = 1e-9


def check_number(owner: str, field: str, value: Any, low: float, high: float) -> None:
    """Raise a MotionError unless ``value`` is a finite number from ``low`` to ``high``."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low - _TOLERANCE <= value <= high + _TOLERANCE:
        raise MotionError(f"{owner}: {field} is {value!r}; allowed is a number from {low:.4g} to {high:.4g}")


def check_count(owner: str, field: str, value: Any, low: int, high: int) -> None:
    """Raise a MotionError unless ``value`` is an integer from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise MotionError(f"{owner}: {field} is {value!r}; allowed is an integer from {low} to {high}")


def check_choice(owner: str, field: str, value: Any, allowed: Sequence[Any]) -> None:
    """Raise a MotionError unless ``value`` is one of ``allowed``."""
    if not any(value is choice or (isinstance(value, str) and value == choice) for choice in allowed):
        choices = ", ".join(repr(choice) for choice in allowed)
        raise MotionError(f"{owner}: {field} is {value!r}; allowed are {choices}")


def check_one_of(owner: str, **values: Any) -> None:
    """Raise a MotionError if more than one of ``values`` is given."""
    given = [f"{field}={value!r}" for field, value in values.items() if value is not None]
    if len(given) > 1:
        raise MotionError(f"{owner}: given are {', '.join(given)}; allowed is at most one of {', '.join(values)}")
