"""What every task has in common.

A :class:`Task` runs N episodes side by side on one :class:`~kinesis_env.simulation.Simulation`. Both environment
classes drive it with the same three calls: :meth:`Task.reset` for some rows, :meth:`Task.step` for some rows, and
:meth:`Task.observe` for all. Everything it returns is a fresh array with a leading axis of rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import ActionError, ResetError
from kinesis_env.model.names import NU
from kinesis_env.motions.library import Frames
from kinesis_env.simulation import Simulation

__all__ = ["Outcome", "Task", "checked_action"]

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What a step did to each row: reward, terminated and truncated, (n,) each; rows that did not step have zeros."""

    reward: Array
    terminated: Mask
    truncated: Mask


class Task(ABC):
    """N episodes on one simulation.

    Attributes:
        simulation: the bodies.
        layout: where each observation term stands in an observation, in order.
    """

    #: The keys that ``reset(options=...)`` may have.
    options: ClassVar[tuple[str, ...]] = ()

    simulation: Simulation
    layout: Mapping[str, slice]

    @property
    def observation_size(self) -> int:
        """How many numbers an observation has."""
        return max(int(part.stop) for part in self.layout.values())

    @abstractmethod
    def reset(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        """Start new episodes.

        Args:
            rows: which rows, (k,), sorted.
            rngs: their random generators, k.
            options: the user's wishes; a value is for all of these rows, or a sequence of one each.

        Raises:
            ResetError: an unknown option or an impossible value.
        """

    @abstractmethod
    def set_state(self, rows: Rows, qpos: Array, qvel: Array) -> None:
        """Put rows (k,) into states (k, 21) and (k, 20), with no activation; their clocks go on."""

    @abstractmethod
    def step(self, action: Array, rows: Mask | None = None) -> Outcome:
        """Advance some rows, by default all, by one checked action (n, 80)."""

    @abstractmethod
    def observe(self) -> NDArray[np.float32]:
        """Return the observations, (n, observation_size)."""

    @abstractmethod
    def info(self) -> dict[str, NDArray[Any]]:
        """Return what else is known, the same keys after every call, (n,) each."""

    @abstractmethod
    def reference(self) -> Frames | None:
        """Return the reference at each row's time, (n, ...), or None for a task without one."""

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise a :class:`~kinesis_env.errors.ResetError` for an option this task does not know."""
        unknown = sorted(set(options) - set(self.options))
        if unknown:
            raise ResetError(f"unknown reset options {', '.join(unknown)}; allowed are {', '.join(self.options)}")


def checked_action(action: Any, shape: tuple[int, ...]) -> Array:
    """Return an action as (n, 80) floats.

    Args:
        action: what the user gave.
        shape: the shape it must have, (80,) or (n, 80).

    Raises:
        ActionError: another shape, or a value that is not finite. Values outside [-1, 1] are clipped later.
    """
    try:
        array = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ActionError(f"an action must be an array of numbers of shape {shape}, given {action!r}") from error
    if array.shape != shape:
        raise ActionError(f"an action must have shape {shape}, given {array.shape}")
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0]
        raise ActionError(f"an action must be finite, given {array[tuple(where)]} at index {where.tolist()}")
    return array.reshape(-1, NU)
