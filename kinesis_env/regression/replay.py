"""A simulation that replays recorded steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.simulation import Simulation
from kinesis_env.typing import Array, Mask, Rows

__all__ = ["Replay"]


class Replay(Simulation):
    """Uses recorded states in place of physics steps, so that rewards, references and terminations run on them.

    Arguments as for :class:`~kinesis_env.simulation.Simulation`.

    Attributes:
        states: recorded states after each step, by name, (T, num, ...) each.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.states: Mapping[str, Array] = {}
        self._done = 0
        self._live_force, self.muscle_force = self.muscle_force, self.muscle_force.copy()
        self._recorded_foot_force: Array | None = None

    @property
    def foot_force(self) -> Array:
        """Force on heel-and-ball and toes, right then left [N], as recorded, (num, 4)."""
        return super().foot_force if self._recorded_foot_force is None else self._recorded_foot_force.copy()

    def set_state(self, rows: Rows, qpos: ArrayLike, qvel: ArrayLike, act: ArrayLike = 0.0) -> None:
        """Set simulations to a state; see :meth:`~kinesis_env.simulation.Simulation.set_state`."""
        super().set_state(rows, qpos, qvel, act)
        self.muscle_force[rows] = self._live_force[rows]

    def step(self, action: Array, rows: Mask | None = None) -> None:  # noqa: ARG002  (as recorded)
        """Set the states after the next step of the recording."""
        now = {key: value[self._done] for key, value in self.states.items()}
        self._done += 1
        ids = np.arange(self.num) if rows is None else np.flatnonzero(rows)
        self.set_state(ids, now["qpos"][ids], now["qvel"][ids], now["act"][ids])
        self.excitation[ids] = now["excitation"][ids]
        self.muscle_force[:], self._recorded_foot_force = now["muscle_force"], now["foot_force"]
        self.diverged[:] = now["diverged"] > 0
        self.any_diverged = bool(self.diverged.any())
