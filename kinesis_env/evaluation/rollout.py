"""Running a policy over cases on the vector environment.

Every row takes the next case as soon as its episode is over; a row without one is parked. An episode depends only on
its case and the policy: each has its own generator, and a policy is called row by row, see
:mod:`kinesis_env.evaluation.policy`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.envs.vector import KinesisVectorEnv
from kinesis_env.evaluation.cases import Case
from kinesis_env.evaluation.episodes import Episode
from kinesis_env.evaluation.measures import Measures
from kinesis_env.evaluation.policy import Actor
from kinesis_env.model.names import NU
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Mask, Rows

__all__ = ["Observer", "Stepped", "run_cases"]

Info: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Stepped:
    """The results of a step.

    Attributes:
        active: the rows that stepped, (k,).
        observation: observations of all rows.
        actions: actions of all rows, (n, 80).
        reward: (n,).
        terminated: (n,).
        truncated: (n,).
    """

    active: Rows
    observation: Any
    actions: NDArray[np.float32]
    reward: NDArray[np.float64]
    terminated: Mask
    truncated: Mask


class Observer(Protocol):
    """Is notified of every step and episode."""

    def begin(self, rows: Rows, cases: Sequence[Case], observation: Any) -> None:
        """Episodes have begun in rows (k,)."""

    def step(self, stepped: Stepped) -> None:
        """Rows have stepped."""

    def end(self, row: int, episode: Episode) -> None:
        """The episode of a row is over."""


def run_cases(
    envs: KinesisVectorEnv[Task],
    actor: Actor,
    cases: Sequence[Case],
    on_episode: Callable[[Case, Episode], None],
    observer: Observer | None = None,
) -> None:
    """Run every case, and pass on each episode as soon as it is over.

    Args:
        envs: the environments, with autoreset disabled and no more rows than cases.
        actor: calls the policy.
        cases: cases to run; they begin in this order.
        on_episode: called with a case and its outcome.
        observer: notified of every step.

    Raises:
        PolicyError: the policy raised, or returned something that is not an action.
    """
    if cases:
        _Run(envs, actor, cases, on_episode, observer).run()


class _Run:
    def __init__(
        self,
        envs: KinesisVectorEnv[Task],
        actor: Actor,
        cases: Sequence[Case],
        on_episode: Callable[[Case, Episode], None],
        observer: Observer | None,
    ) -> None:
        self._envs, self._actor, self._on_episode, self._observer = envs, actor, on_episode, observer
        self._waiting = deque(cases)
        self._current: list[Case | None] = [None] * envs.num_envs
        self._measures = Measures(envs.task)
        self._observation: Any = None

    def run(self) -> None:
        self._actor.prepare(self._envs.task)
        self._start(np.arange(self._envs.num_envs))
        while (active := self._active()).size:
            self._step(active)

    def _active(self) -> Rows:
        return np.flatnonzero([case is not None for case in self._current])

    def _start(self, free: Rows) -> None:
        """Give free rows (k,) their next cases; rows without one are parked."""
        rows = free[: len(self._waiting)]
        idle = self._mask(free[len(rows) :])
        if idle.any():
            self._envs.park(idle)
        if not rows.size:
            return
        cases = [self._waiting.popleft() for _ in rows]
        seeds: list[int | None] = [None] * self._envs.num_envs
        for row, case in zip(rows, cases, strict=True):
            self._current[row] = case
            seeds[row] = case.seed
        self._observation, _ = self._envs.reset(seed=seeds, options=self._options(rows, cases))
        self._measures.begin(rows)
        self._actor.reset(rows, cases)
        if self._observer is not None:
            self._observer.begin(rows, cases, self._observation)

    def _options(self, rows: Rows, cases: Sequence[Case]) -> Info:
        known = self._envs.task.options
        options: Info = {"reset_mask": self._mask(rows)}
        for key in ("clip", "prompt"):
            if all(getattr(case, key) for case in cases):
                options[key] = [getattr(case, key) for case in cases]
        if "start_time" in known:
            options["start_time"] = 0.0
        return options

    def _step(self, active: Rows) -> None:
        running = [case for case in self._current if case is not None]
        steps = (self._measures.steps[active] + 1).tolist()
        actions = np.zeros((self._envs.num_envs, NU), dtype=np.float32)
        actions[active] = self._actor.actions(self._observation, active, running, steps)
        self._observation, reward, terminated, truncated, info = self._envs.step(actions)
        self._measures.add(self._mask(active), reward, info)
        if self._observer is not None:
            self._observer.step(Stepped(active, self._observation, actions, reward, terminated, truncated))
        over = active[(terminated | truncated)[active]]
        for row in over.tolist():
            self._finish(row, info)
        if over.size:
            self._start(over)
            self._measures.forget(self._active())

    def _finish(self, row: int, info: Info) -> None:
        case = self._current[row]
        assert case is not None
        episode = Episode(
            clip=case.clip,
            seed=case.seed,
            skill=case.skill,
            steps=int(self._measures.steps[row]),
            termination_reason=str(info["termination_reason"][row]),
            metrics=self._measures.result(row, info),
            series=tuple(self._measures.series(row)),
            prompt=case.prompt,
        )
        self._current[row] = None
        if self._observer is not None:
            self._observer.end(row, episode)
        self._on_episode(case, episode)

    def _mask(self, rows: Rows) -> Mask:
        mask = np.zeros(self._envs.num_envs, dtype=np.bool_)
        mask[rows] = True
        return mask
