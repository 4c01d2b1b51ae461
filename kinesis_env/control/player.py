"""Play solutions: their actions while the states are identical, and the tracker after the first difference."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.pilot import Pilot
from kinesis_env.control.solution import Solution
from kinesis_env.errors import ControlError
from kinesis_env.tasks.tracking import TrackingTask
from kinesis_env.typing import Array, Rows

__all__ = ["SolutionPlayer"]


_log = logging.getLogger(__name__)


class SolutionPlayer:
    """Plays solutions in the episodes of an imitation task.

    Args:
        task: the imitation task.
        solutions: solutions of its motions, by motion digest.
        pilot: takes over after a difference; created when needed by default.

    Attributes:
        exact: rows whose states have been identical to the solution so far, (n,).
    """

    def __init__(self, task: TrackingTask, solutions: dict[str, Solution], pilot: Pilot | None = None) -> None:
        self._task, self._solutions, self._pilot = task, solutions, pilot
        num = task.simulation.num
        self._own: list[Solution | None] = [None] * num
        self._step: NDArray[np.int64] = np.zeros(num, dtype=np.int64)
        self.exact: NDArray[np.bool_] = np.zeros(num, dtype=np.bool_)

    def begin(self, rows: Rows) -> None:
        """Start new episodes in rows (k,).

        Raises:
            ControlError: a motion has no solution, or its solution is for another action mode or other rates.
        """
        simulation = self._task.simulation
        control_rate = 1.0 / simulation.control_step
        here = simulation.muscles.mode, simulation.substeps * control_rate, control_rate
        for row in rows.tolist():
            motion = self._task.motion(row)
            solution = self._solutions.get(motion.digest)
            if solution is None:
                known = ", ".join(sorted({known.motion for known in self._solutions.values()}))
                raise ControlError(f"no solution of the motion {motion.name!r}; the solutions are of {known}")
            if not solution.fits(motion.digest, *here):
                raise ControlError(
                    f"the solution of {motion.name!r} is for action_mode={solution.action_mode!r}, physics_rate="
                    f"{solution.physics_rate:g} and control_rate={solution.control_rate:g}; the task has {here[0]!r}, "
                    f"{here[1]:g} and {here[2]:g}"
                )
            self._own[row], self._step[row], self.exact[row] = solution, 0, True

    def act(self, rows: Rows) -> Array:
        """Return the next actions of rows (k,), (k, 80)."""
        out = np.empty((len(rows), self._task.simulation.model.nu))
        live = []
        for place, row in enumerate(rows.tolist()):
            solution, step = self._own[row], int(self._step[row])
            assert solution is not None
            if self.exact[row] and not self._same(row, solution, step):
                self._leave(row, solution, step)
            if self.exact[row]:
                out[place] = solution.actions[step]
            else:
                live.append(place)
            self._step[row] += 1
        if live and self._pilot is not None:
            out[live] = self._pilot.act(rows[live])
        return out

    def _same(self, row: int, solution: Solution, step: int) -> bool:
        simulation = self._task.simulation
        if step >= len(solution.actions):
            return False
        kept = (solution.qpos, simulation.qpos), (solution.qvel, simulation.qvel), (solution.activation, simulation.act)
        return all(np.array_equal(then[step], now[row]) for then, now in kept)

    def _leave(self, row: int, solution: Solution, step: int) -> None:
        """Continue with the tracker, with the solution's moments as its feed-forward."""
        why = "" if solution.exact else "; it was made with other versions or on another machine"
        _log.warning(
            "the episode differs from the solution of %s at step %d%s; the tracker continues from there",
            solution.motion,
            step,
            why,
        )
        self.exact[row] = False
        if self._pilot is None:
            self._pilot = Pilot(self._task)
        self._pilot.begin(np.array([row]), moments=solution.moments[step:])
