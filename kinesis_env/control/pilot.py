"""Drives tasks with the tracker: it follows the task's reference motion, or a motion planned for the task's goal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.steering import Route, planner_for
from kinesis_env.control.tracker import Tracker
from kinesis_env.errors import ControlError
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Array, Rows

__all__ = ["Pilot"]


class Pilot:
    """Provides the actions of the tracker for the episodes of a task.

    Args:
        task: an imitation, text, reach or direction task.
        tracker: keyword arguments of :class:`~kinesis_env.control.tracker.Tracker`.

    Raises:
        ControlError: a task with neither a reference motion nor a supported goal, or in the action mode "residual".
    """

    def __init__(self, task: Task, **tracker: Any) -> None:
        if task.config.action_mode == "residual":
            raise ControlError("the tracker needs action_mode='excitation' or 'length', given 'residual'")
        self._clock = task.clock
        self._planner = planner_for(task) if self._clock is None else None
        if self._clock is None and self._planner is None:
            raise ControlError(
                "the tracker needs a task with a reference motion, or a goal or command of this package; "
                f"{type(task).__name__} has neither"
            )
        self._task = task
        self.tracker = Tracker(task.simulation, **tracker)
        self._begun: NDArray[np.bool_] = np.zeros(task.simulation.num, dtype=np.bool_)

    def begin(self, rows: Rows, moments: Array | None = None) -> None:
        """Start new episodes in rows (k,), or take over running ones.

        Args:
            rows: indices of the rows, (k,).
            moments: muscle moments of an earlier solution of this motion, see
                :meth:`~kinesis_env.control.tracker.Tracker.follow`.
        """
        for row in rows.tolist():
            if self._planner is not None:
                with self._task.body.in_use():
                    route = self._planner.start(row)
                self._follow(row, route)
            else:
                self._follow(row, self._reference(row), moments)
        self._begun[rows] = True

    def act(self, rows: Rows) -> Array:
        """Return the next actions of rows (k,), (k, 80)."""
        if self._planner is not None:
            for row in rows[~self._begun[rows]].tolist():
                with self._task.body.in_use():
                    route = self._planner.update(row)
                if route is not None:
                    self.tracker.follow(row, route.qpos, route.qvel, fresh=False)
        self._begun[rows] = False
        return self.tracker.act(rows)

    def _follow(self, row: int, route: Route, moments: Array | None = None) -> None:
        self.tracker.follow(row, route.qpos, route.qvel, moments=moments)

    def _reference(self, row: int) -> Route:
        clock = self._clock
        assert clock is not None
        left = max(int(clock.length[row] - clock.elapsed[row]), 3)
        seconds: Array = self._task.simulation.control_step * np.arange(left + 1.0)
        frames = clock.ahead(seconds)
        return Route(frames.qpos[row], frames.qvel[row])
