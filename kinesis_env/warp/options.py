"""Reset options on a device: a value for all rows, or one per row, as a tensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from kinesis_env.errors import ResetError
from kinesis_env.model.conditions import NO_FATIGUE
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.options import finite_number, option_of_row

__all__ = ["fatigue_of_rows", "numbers_of_rows", "values_of_rows"]


def values_of_rows(key: str, value: Any, count: int) -> list[Any]:
    """Return an option of each of ``count`` rows.

    Raises:
        ResetError: a sequence of another length.
    """
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    return [option_of_row(key, value, i, count) for i in range(count)]


def numbers_of_rows(key: str, value: Any, rows: torch.Tensor) -> torch.Tensor:
    """Return a number for each row, float64 (n,) on the device.

    Raises:
        ResetError: something that is not a finite number, or a sequence of another length.
    """
    found = [finite_number(key, one) for one in values_of_rows(key, value, len(rows))]
    return torch.tensor(found, dtype=torch.float64, device=rows.device)


def fatigue_of_rows(options: Mapping[str, Any], host: Task, rows: torch.Tensor) -> torch.Tensor | None:
    """Return the fatigued fractions that the option ``fatigue`` gives, (n, 80), or None.

    Raises:
        ResetError: an impossible fatigue, or muscles that do not fatigue.
    """
    if "fatigue" not in options:
        return None
    conditions = host.simulation.conditions
    if conditions is None:
        raise ResetError(NO_FATIGUE)
    found = [conditions.given_fatigue(one) for one in values_of_rows("fatigue", options["fatigue"], len(rows))]
    return torch.as_tensor(np.array(found), device=rows.device)
