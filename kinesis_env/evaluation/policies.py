"""Policies that learn nothing: the floor for any comparison.

``zero``, ``random`` and ``passive`` use no information. ``servo`` and ``tracker`` use the reference itself, not the
observation; they are not agents, and their figures are not a baseline for learning from observations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from kinesis_env.control.pilot import Pilot
from kinesis_env.control.player import SolutionPlayer
from kinesis_env.control.solutions import read_solutions
from kinesis_env.errors import ControlError, PolicyError
from kinesis_env.evaluation.cases import Case
from kinesis_env.evaluation.policy import RowPolicy
from kinesis_env.model.names import NU
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.residual import GAIN_ALONE, PoseServo
from kinesis_env.tasks.tracking import TrackingTask
from kinesis_env.typing import Array, Rows

__all__ = ["REFERENCE_POLICIES", "Passive", "Played", "Random", "Servo", "Tracking", "Zero", "reference_policy"]


class _Reference(RowPolicy):
    """A policy of this module."""

    row_independent: ClassVar[bool] = True
    name: ClassVar[str]

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """Its name; its behavior is part of the package, whose version is recorded separately."""
        return {"kind": "reference", "name": self.name}


class Zero(_Reference):
    """Action 0: half the maximum length as the target of every muscle, or an excitation of one half."""

    name = "zero"

    def act(self, observation: Any, rows: Rows) -> Array:  # noqa: ARG002
        """Return zeros, (n, 80)."""
        return np.zeros((len(rows), NU))


class Random(_Reference):
    """Actions drawn uniformly from [-1, 1], with a separate generator for each episode."""

    name = "random"
    _BLOCK: ClassVar[int] = 64

    def prepare(self, task: Task) -> None:
        """Create the generators of all rows."""
        num = task.simulation.num
        self._generators: list[np.random.Generator | None] = [None] * num
        self._draws: Array = np.zeros((num, self._BLOCK, NU))
        self._used: Rows = np.zeros(num, dtype=np.int64)

    def reset(self, rows: Rows, cases: Sequence[Case]) -> None:
        """Seed the generators of rows by clip and seed."""
        for row, case in zip(rows.tolist(), cases, strict=True):
            clip = int.from_bytes(hashlib.sha256((case.clip or case.prompt).encode()).digest()[:8], "little")
            self._generators[row] = np.random.default_rng((case.seed, clip))
        self._used[rows] = self._BLOCK

    def act(self, observation: Any, rows: Rows) -> Array:  # noqa: ARG002
        """Return the next draw of each row, (n, 80)."""
        for row in rows[self._used[rows] == self._BLOCK].tolist():
            generator = self._generators[row]
            assert generator is not None
            self._draws[row] = generator.uniform(-1.0, 1.0, (self._BLOCK, NU))
            self._used[row] = 0
        actions = self._draws[rows, self._used[rows]]
        self._used[rows] += 1
        return actions


class Passive(_Reference):
    """No excitation: only gravity and passive forces act.

    In the length mode every muscle's target is its maximum length, at which the servo pulls only against a muscle that
    lengthens fast close to it.
    """

    name = "passive"

    def prepare(self, task: Task) -> None:
        """Find the action without excitation.

        Raises:
            PolicyError: there is no such action.
        """
        if task.config.action_mode == "residual":
            raise PolicyError(
                "the policy 'passive' has no action in action_mode='residual', where every action drives a servo"
            )
        self._nothing = 1.0 if task.simulation.muscles.closed_loop else -1.0

    def act(self, observation: Any, rows: Rows) -> Array:  # noqa: ARG002
        """Return the action of rest, (n, 80)."""
        return np.full((len(rows), NU), self._nothing)


class Servo(_Reference):
    """Servos every muscle to its length in the next frame of the reference.

    The servo of the length mode pulls with five times the peak force per meter, which is far too soft for a leg that
    carries a body; the target is therefore moved beyond the wanted length by a multiple of the error
    (:mod:`kinesis_env.tasks.residual`). In the excitation mode the servo's law is computed here, once per control step.
    """

    name = "servo"
    gain: ClassVar[float] = GAIN_ALONE

    def prepare(self, task: Task) -> None:
        """Take the reference, and a second simulation to compute its muscle lengths.

        Raises:
            PolicyError: the task has no reference motion, or actions are added to a servo.
        """
        if task.clock is None:
            raise PolicyError("the policy 'servo' follows a reference motion, which this task does not have")
        if task.config.action_mode == "residual":
            raise PolicyError("in action_mode='residual', action 0 is already a servo: evaluate the policy 'zero'")
        self._task = task
        self._servo = PoseServo(task.simulation, task.clock, gain=self.gain)

    def act(self, observation: Any, rows: Rows) -> Array:  # noqa: ARG002
        """Return actions (n, 80) whose targets are the lengths in the next frame."""
        actual, muscles = self._task.simulation, self._task.simulation.muscles
        target = self._servo.targets()[rows]
        if muscles.closed_loop:
            return muscles.action_for_length(target)
        length, velocity = actual.muscle_length[rows], actual.muscle_velocity[rows]
        return 2.0 * muscles.curves.servo_excitation(target, length, velocity) - 1.0


class Tracking(_Reference):
    """The tracker, see :mod:`kinesis_env.control.tracker`: it plans with the simulation itself."""

    name = "tracker"

    def prepare(self, task: Task) -> None:
        """Take the task.

        Raises:
            PolicyError: it has nothing for the tracker to follow.
        """
        try:
            self._pilot = Pilot(task, num_threads=0)
        except ControlError as error:
            raise PolicyError(str(error)) from error

    def reset(self, rows: Rows, cases: Sequence[Case]) -> None:  # noqa: ARG002
        """Prepare to follow the references of the new episodes."""
        self._pilot.begin(rows)

    def act(self, observation: Any, rows: Rows) -> Array:  # noqa: ARG002
        """Return the actions of the tracker, (n, 80)."""
        return self._pilot.act(rows)


class Played(RowPolicy):
    """Solutions, played as long as the episode is identical to them, then tracked with their moments as feed-forward.

    Args:
        path: a file or folder written by ``kinesis-env track``.

    Raises:
        PolicyError: there is no such file or folder.
    """

    row_independent: ClassVar[bool] = True

    def __init__(self, path: str) -> None:
        try:
            self._solutions = read_solutions(path)
        except ControlError as error:
            raise PolicyError(str(error)) from error
        total = hashlib.sha256()
        for solution in self._solutions.values():
            total.update(solution.digest.encode())
            for array in vars(solution).values():
                total.update(array.tobytes() if isinstance(array, np.ndarray) else str(array).encode())
        self._digest = total.hexdigest()

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The hash of motions and actions."""
        return {"kind": "solution", "name": "solution", "sha256": self._digest}

    def prepare(self, task: Task) -> None:
        """Take the task.

        Raises:
            PolicyError: it has no clips.
        """
        if not isinstance(task, TrackingTask):
            raise PolicyError("a solution follows a motion: it needs an id whose bodies follow one")
        self._player = SolutionPlayer(task, self._solutions)

    def reset(self, rows: Rows, cases: Sequence[Case]) -> None:  # noqa: ARG002
        """Find the solutions of the new episodes."""
        self._player.begin(rows)

    def act(self, observation: Any, rows: Rows) -> Array:  # noqa: ARG002
        """Return their next actions, (n, 80)."""
        return self._player.act(rows)


REFERENCE_POLICIES: Mapping[str, Callable[[], _Reference]] = {
    policy.name: policy for policy in (Zero, Random, Passive, Servo, Tracking)
}


def reference_policy(name: str) -> RowPolicy:
    """Return a policy of this module by its name.

    Raises:
        PolicyError: there is no such policy.
    """
    if name not in REFERENCE_POLICIES:
        raise PolicyError(f"unknown policy {name!r}; the reference policies are {', '.join(REFERENCE_POLICIES)}")
    return REFERENCE_POLICIES[name]()
