"""A policy in place of the tracker, as the controller of a demonstration."""

from __future__ import annotations

from kinesis_env.evaluation.cases import Case
from kinesis_env.evaluation.policy import Actor, Policy
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Array, Rows

__all__ = ["PolicyController"]


class PolicyController:
    """Computes the actions of a policy from the observations of a task's rows.

    Args:
        task: the episodes.
        policy: the policy.

    Raises:
        PolicyError: the policy does not fit the task.
    """

    def __init__(self, task: Task, policy: Policy) -> None:
        self._task, self._actor, self._steps = task, Actor(policy), 0
        self._actor.prepare(task)

    def begin(self, rows: Rows) -> None:
        """Start new episodes in rows (k,)."""
        self._actor.reset(rows, self._cases(rows))
        self._steps = 0

    def act(self, rows: Rows) -> Array:
        """Return the next actions of rows (k,), (k, 80).

        Raises:
            PolicyError: the policy raised, or returned an invalid action.
        """
        self._steps += 1
        actions: Array = self._actor.actions(
            self._task.observe(), rows, self._cases(rows), [self._steps] * len(rows)
        ).astype(float)
        return actions

    def _cases(self, rows: Rows) -> list[Case]:
        names = self._task.info().get("clip")
        return [Case("" if names is None else str(names[row]), seed=0) for row in rows.tolist()]
