"""The tracker at the tasks: it follows what a task gives to follow, or a motion that is planned for the task's goal."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.tracker import Tracker
from kinesis_env.errors import ControlError
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.reference import ReferenceClock

__all__ = ["Pilot"]

Array: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.integer[Any]]


class Pilot:
    """Plays the episodes of a task.

    Args:
        task: an imitation, text, reach or direction task.
        tracker: what :class:`~kinesis_env.control.tracker.Tracker` takes.

    Raises:
        ControlError: a task with neither a reference motion nor a goal that is known here.
    """

    def __init__(self, task: Task, **tracker: Any) -> None:
        clock = getattr(task, "clock", None)
        if not isinstance(clock, ReferenceClock):
            raise ControlError(f"the tracker follows reference motions, which {type(task).__name__} does not have")
        self._clock, self._task = clock, task
        self.tracker = Tracker(task.simulation, **tracker)

    def begin(self, rows: Rows, moments: Array | None = None) -> None:
        """Take note of new episodes in rows (k,), or of old ones that are followed from now on.

        Args:
            rows: which rows.
            moments: that the muscles had when this was followed before, see
                :meth:`~kinesis_env.control.tracker.Tracker.follow`.
        """
        step = self._task.simulation.control_step
        for row in rows.tolist():
            left = max(int(self._clock.length[row] - self._clock.elapsed[row]), 3)
            seconds: Array = step * np.arange(left + 1.0)
            frames = self._clock.ahead(seconds)
            self.tracker.follow(row, frames.qpos[row], frames.qvel[row], moments=moments)

    def act(self, rows: Rows) -> Array:
        """Return the next actions of rows (k,), (k, 80)."""
        return self.tracker.act(rows)
