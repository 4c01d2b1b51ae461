"""Reaching: bring the pelvis to a point on the ground, or to several in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from kinesis_env import rotations
from kinesis_env.config.goals import ReachConfig
from kinesis_env.errors import ResetError, shown
from kinesis_env.model.bounds import FARTHEST
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.goal import GoalTask
from kinesis_env.tasks.markers import Marker
from kinesis_env.terms import goals
from kinesis_env.typing import Array, Mask, RowInfo, Rows

__all__ = ["ReachGoalTask", "ReachTask"]


GOAL_COLOR = (0.15, 0.65, 0.25, 0.6)
NEXT_COLOR = (0.15, 0.65, 0.25, 0.2)


class ReachTask(GoalTask):
    """N episodes of reaching; arguments as for :class:`~kinesis_env.tasks.base.Task`."""

    config: ReachConfig
    options: ClassVar[tuple[str, ...]] = ("goal", *GoalTask.options)

    def __init__(
        self, config: ReachConfig, num: int, num_threads: int = 1, *, simulation_class: type[Simulation] = Simulation
    ) -> None:
        super().__init__(config, num, num_threads, simulation_class=simulation_class)
        self.ends_when_reached = config.success == "touch"
        self._goals: Array = np.zeros((num, config.goals, 2))
        self._index: Rows = np.zeros(num, dtype=np.int64)
        self._away: Array = np.zeros(num)
        self._count: Rows = np.zeros(num, dtype=np.int64)
        self._lay_out()

    def achieved(self) -> Array:
        """Return the position of the pelvis in the start frame [m], (n, 2)."""
        return self._to_start(self.simulation.qpos[:, :2] - self._origin)

    def desired(self) -> Array:
        """Return the goal in the start frame [m], (n, 2)."""
        goal: Array = self._goals[self._rows, self._index]
        return goal

    def goal_world(self) -> Array:
        """Return the goal in the world [m], (n, 2)."""
        return self._origin + self._to_world(self.desired())

    def markers(self, row: int) -> list[Marker]:
        """Return the goal as a disc of its radius with a pole, and later goals as discs."""
        radius = self.config.radius
        shown = []
        for index in range(int(self._index[row]), self.config.goals):
            x, y = self._goals[row, index]
            spot = self._origin[row] + rotations.turned(x, y, self._start_cos[row], self._start_sin[row])
            color = GOAL_COLOR if index == self._index[row] else NEXT_COLOR
            shown.append(Marker("cylinder", (*spot, 0.005), (radius, radius, 0.005), color))
            if index == self._index[row]:
                shown.append(Marker("cylinder", (*spot, 0.5), (0.012, 0.012, 0.5), color))
                shown.append(Marker("sphere", (*spot, 1.0), (0.05, 0.05, 0.05), color))
        return shown

    def place_goals(self, origin: Array, cos: Array, sin: Array, goals: Array, index: Array) -> None:
        """Give the first row the start (2,), goals (goals, 2) and current goal of a row elsewhere."""
        self._place_start(0, origin, float(cos), float(sin))
        self._goals[0], self._index[0] = goals, int(index)

    def option_axes(self, key: str) -> int:
        """Return the number of axes of a reset option's value for one episode."""
        return {"goal": 1 if self.config.goals == 1 else 2}.get(key, 0)

    def _draw_goals(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        if "goal" in options:
            self._goals[rows] = self.given_goals(options["goal"], len(rows))
        else:
            self._goals[rows] = [self._drawn_goals(rng) for rng in rngs]
        self._index[rows] = 0
        self._count[rows] = 0

    def _drawn_goals(self, rng: np.random.Generator) -> Array:
        """Return goals (goals, 2), each drawn around the one before, the first around the start."""
        spread, least = self.config.goal_range, self.config.min_distance
        steps: list[Array] = []
        while len(steps) < self.config.goals:
            step = rng.uniform(-spread, spread, 2)
            if np.hypot(*step) >= least:
                steps.append(step)
        return np.cumsum(steps, axis=0)

    def given_goals(self, value: object, count: int) -> Array:
        """Return the goals of an option, (1 or count, goals, 2).

        Raises:
            ResetError: something else.
        """
        number = self.config.goals
        try:
            given = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise ResetError(f"option 'goal' must be numbers, given {shown(value)}") from error
        single = (2,) if number == 1 else (number, 2)
        if given.shape not in (single, (count, *single)) or not (np.abs(given) <= FARTHEST).all():
            raise ResetError(
                f"option 'goal' must be finite, of shape {single} or {(count, *single)} (meters forward and left of "
                f"the start) and at most {FARTHEST:g}, given {shown(value)}"
            )
        return given.reshape(-1, number, 2)

    def _begin(self, rows: Rows) -> None:
        self._away[rows] = goals.distance(self.achieved(), self.desired())[rows]

    def _evaluate(self, alive: Mask) -> tuple[Array, Mask]:
        config = self.config
        before, self._away = self._away, goals.distance(self.achieved(), self.desired())
        values = self._values(before, self._away)
        there = alive & (self._away < config.radius)
        arrived = there & (self._index == config.goals - 1)
        passed = there & ~arrived
        self._index += passed
        self._count = self._index + arrived
        if passed.any():
            self._away = goals.distance(self.achieved(), self.desired())
        return values, arrived

    def _values(self, before: Array, after: Array) -> Array:
        config = self.config
        if config.reward == "sparse":
            return goals.sparse(after, radius=config.radius)[None]
        values = np.empty((4, len(after)))
        values[0] = goals.progress(before, after, scale=self.reward_scales["progress"])
        values[1:3] = self._carriage()
        values[3] = goals.reached(after, radius=config.radius)
        return values

    def _goal_term(self) -> tuple[str, Array]:
        return "goal", goals.target_in_heading(self._body, self.goal_world() - self._body.root[:, :2])

    def _pelvis_reference(self, ahead: Array) -> tuple[Array, Array]:
        position = np.repeat(self.goal_world()[:, None], len(ahead), axis=1)
        return position, np.zeros_like(position)

    def _context_of_task(self) -> tuple[Array, None, Rows]:
        return self.goal_world(), None, self._elapsed

    def _goal_info(self) -> RowInfo:
        return {"distance": self._away.copy(), "goals_reached": self._count.copy()}


class ReachGoalTask(ReachTask):
    """Reaching with the goal-env API: the reward is a function of two positions.

    The observation does not contain the goal, but the heading in the start frame, in which both positions are given, so
    that nothing is lost. Positions are rounded as observed, so that :meth:`reward_of` reproduces a step's reward.
    """

    def achieved(self) -> Array:
        """Return the position of the pelvis in the start frame [m], (n, 2)."""
        return _as_observed(super().achieved())

    def _draw_goals(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        super()._draw_goals(rows, rngs, options)
        self._goals[rows] = _as_observed(self._goals[rows])

    def reward_of(self, achieved: Array, desired: Array) -> Array:
        """Return the reward (...) for being at positions (..., 2) with goals (..., 2) [m]."""
        away = goals.distance(achieved, desired)
        return goals.sparse(away, radius=self.config.radius) if self.config.reward == "sparse" else -away

    def _values(self, before: Array, after: Array) -> Array:  # noqa: ARG002  (this reward does not look back)
        return goals.sparse(after, radius=self.config.radius)[None] if self.config.reward == "sparse" else -after[None]

    def _goal_term(self) -> tuple[str, Array]:
        body, heading = self._body, np.empty((len(self._rows), 2))
        heading[:, 0], heading[:, 1] = rotations.turned(body.cos, body.sin, self._start_cos, -self._start_sin)
        return "heading", heading


def _as_observed(places: Array) -> Array:
    """Return places rounded to the precision of observations."""
    return places.astype(np.float32).astype(np.float64)
