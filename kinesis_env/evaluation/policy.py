"""The interface of a policy, and checks of its actions.

The simplest policy is a function of observations (n, k), float32, that returns actions (n, 80). A policy with a memory,
or one that needs the task, is an object with ``act`` and ``reset``, ideally a :class:`RowPolicy`:

    class Remembers(RowPolicy):
        def reset(self, rows, cases):
            self.memory[rows] = 0.0

        def act(self, observation, rows):
            self.memory[rows] = update(self.memory[rows], observation)
            return actions(self.memory[rows])

Matrix products are rounded differently for different n. So that no figure depends on the number of parallel episodes, a
policy is called row by row (n = 1), unless it declares its rows independent to the last bit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

import numpy as np

from kinesis_env.errors import PolicyError
from kinesis_env.evaluation.cases import Case
from kinesis_env.model.names import NU
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Actions, Rows

__all__ = ["Actor", "Policy", "RowPolicy", "fingerprint_of", "settings_of"]

#: Observations (n, k), or in a goal env a dict of them.
Observation: TypeAlias = Any


class RowPolicy(ABC):
    """A policy that is told which episode each observation is from.

    Any object with ``act``, and optionally ``prepare`` and ``reset``, is accepted as well.
    """

    #: Settings of the id that the policy was made for, such as its action mode; the user's settings take precedence.
    settings: Mapping[str, Any] = MappingProxyType({})
    #: Whether a row's action is the same to the last bit whatever other rows are in the batch.
    row_independent: ClassVar[bool] = False

    @property
    def fingerprint(self) -> Mapping[str, Any] | None:
        """Identifies this policy, as JSON types; None if nothing does."""
        return None

    def prepare(self, task: Task) -> None:  # noqa: B027  (optional)
        """Take the task (simulation, clock, reference) before the first episode; it is read-only."""

    def reset(self, rows: Rows, cases: Sequence[Case]) -> None:  # noqa: B027  (optional)
        """Reset the memory of rows (k,), where new episodes have just begun.

        Args:
            rows: the rows.
            cases: their k episodes.
        """

    @abstractmethod
    def act(self, observation: Observation, rows: Rows) -> Any:
        """Return the actions (n, 80) of rows (n,) for their observations (n, k)."""


Policy: TypeAlias = Callable[[Any], Any] | RowPolicy


def settings_of(policy: Policy) -> Mapping[str, Any]:
    """Return the settings of the id that a policy was made for; empty if it is not a :class:`RowPolicy`."""
    return policy.settings if isinstance(policy, RowPolicy) else {}


class Actor:
    """Calls a policy and checks its actions.

    Args:
        policy: the policy.
        exact: call it row by row, unless its rows are independent.

    Raises:
        PolicyError: not a policy.
    """

    def __init__(self, policy: Policy, *, exact: bool = True) -> None:
        self._act = None if isinstance(policy, type) else getattr(policy, "act", None)
        self._reset = getattr(policy, "reset", None) if callable(self._act) else None
        self._prepare = getattr(policy, "prepare", None) if callable(self._act) else None
        self._call: Any = policy
        if not callable(self._act) and (not callable(policy) or isinstance(policy, type)):
            raise PolicyError(
                "a policy must be a function of observations (n, k) that returns actions (n, 80), or an object with "
                f"act(observation, rows), given {policy!r}"
            )
        self._single = exact and not getattr(policy, "row_independent", False)

    def prepare(self, task: Task) -> None:
        """Pass the task to a policy that has ``prepare``.

        Raises:
            PolicyError: it does not fit the task.
        """
        if callable(self._prepare):
            try:
                self._prepare(task)
            except PolicyError:
                raise
            except (Exception, SystemExit) as error:
                raise PolicyError(f"the policy raised before the first episode: {_described(error)}") from error

    def reset(self, rows: Rows, cases: Sequence[Case]) -> None:
        """Tell a policy that has ``reset`` that episodes have begun.

        Raises:
            PolicyError: it raised.
        """
        if callable(self._reset):
            try:
                self._reset(rows, cases)
            except (Exception, SystemExit) as error:
                raise PolicyError(f"the policy raised in reset() at {_named(cases)}: {_described(error)}") from error

    def actions(self, observation: Observation, rows: Rows, cases: Sequence[Case], steps: Sequence[int]) -> Actions:
        """Return the actions (k, 80) of rows.

        Args:
            observation: observations of all rows.
            rows: the rows that act, (k,).
            cases: their k episodes.
            steps: the number of the step that each is about to take, from 1, k.

        Raises:
            PolicyError: the policy raised, or did not return (k, 80) finite numbers; the message names clip and step.
        """
        if not self._single:
            return self._ask(_rows_of(observation, rows), rows, cases, steps)
        answers = [
            self._ask(_rows_of(observation, rows[i : i + 1]), rows[i : i + 1], cases[i : i + 1], steps[i : i + 1])
            for i in range(len(rows))
        ]
        return np.concatenate(answers)

    def _ask(self, observation: Observation, rows: Rows, cases: Sequence[Case], steps: Sequence[int]) -> Actions:
        try:
            answer = self._act(observation, rows) if callable(self._act) else self._call(observation)
        except (Exception, SystemExit) as error:
            raise PolicyError(f"the policy raised at {_named(cases, steps)}: {_described(error)}") from error
        try:
            given = np.asarray(answer)
            if given.dtype.kind == "c":
                raise TypeError("complex numbers")
            actions = given.astype(np.float32, copy=False)
        except Exception as error:
            raise PolicyError(
                f"the policy returned {type(answer).__name__}, not numbers, at {_named(cases, steps)}"
            ) from error
        if actions.shape != (len(rows), NU):
            raise PolicyError(
                f"the policy returned shape {actions.shape} at {_named(cases, steps)}; for {len(rows)} rows of "
                f"observations it must be {(len(rows), NU)}"
            )
        wrong = np.argwhere(~np.isfinite(actions))
        if len(wrong):
            row, muscle = wrong[0].tolist()
            raise PolicyError(
                f"the policy returned {actions[row, muscle]} for muscle {muscle} at "
                f"{_named(cases[row : row + 1], steps[row : row + 1])}; actions must be finite and in [-1, 1]"
            )
        return actions


def fingerprint_of(policy: Any) -> dict[str, Any] | None:
    """Return what identifies a policy, or None if unknown."""
    known = getattr(policy, "fingerprint", None)
    return dict(known) if isinstance(known, Mapping) else None


def _rows_of(observation: Observation, rows: Rows) -> Observation:
    if isinstance(observation, Mapping):
        return {key: value[rows] for key, value in observation.items()}
    return observation[rows]


def _named(cases: Sequence[Case], steps: Sequence[int] = ()) -> str:
    """Return the name of the first of some episodes, and its step."""
    step = f", step {steps[0]}" if steps else ""
    more = f" (and {len(cases) - 1} more episodes that it was asked about at once)" if len(cases) > 1 else ""
    return f"{cases[0].label}{step}{more}"


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
