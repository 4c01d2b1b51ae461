"""What an action is added to in the action mode ``"residual"``: a servo of the muscles to a pose.

With a reference motion, the pose is that of its next control step, and the target of each muscle is its length there,
moved by :data:`GAIN` times what is missing, as the length servo alone is too soft for a leg that carries a body.
Without one, the pose is the standing one, and the targets are shorter by what it takes to carry the body's weight.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.model.muscles import STIFFNESS
from kinesis_env.model.names import load_model
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.reference import ReferenceClock
from kinesis_env.typing import Array

__all__ = ["GAIN", "STANDING_GAIN", "PoseServo"]

#: Of the error in length, with a reference. Of 0 to 100, it ends most training clips (``benchmarks/evaluation.py``).
GAIN = 5.0
#: The same in the standing pose: of 0 to 20, the body stands longest, 7.5 s.
STANDING_GAIN = 2.0


class PoseServo:
    """Target lengths of the muscles with which bodies take a pose.

    Args:
        simulation: the bodies; it is only read.
        clock: where their reference is, or None for the standing pose.
        gain: of the error in length; by default :data:`GAIN` or :data:`STANDING_GAIN`.
    """

    def __init__(self, simulation: Simulation, clock: ReferenceClock | None, gain: float | None = None) -> None:
        self._simulation, self._clock = simulation, clock
        self._gain = gain if gain is not None else STANDING_GAIN if clock is None else GAIN
        # The lengths in a pose are looked up on bodies of its own.
        self._rows = np.arange(simulation.num)
        threads = simulation.num_threads
        self._bodies = Simulation(load_model(), simulation.num if clock is not None else 1, num_threads=threads)
        self._tone: Array = np.zeros(simulation.model.nu)
        if clock is None:
            model, curves = self._bodies.model, simulation.muscles.curves
            self._bodies.set_state(self._rows[:1], model.key_qpos[:1], np.zeros((1, model.nv)))
            length = self._bodies.muscle_length
            force = curves.gain(length, np.zeros_like(length)) * model.key_act[:1] + curves.passive_force(length)
            self._tone = force[0] / (STIFFNESS * curves.peak_force)

    def targets(self) -> Array:
        """Return target lengths for the next control step [m], (n, 80)."""
        clock, actual = self._clock, self._simulation.muscle_length
        if clock is None:
            wanted: Array = self._bodies.muscle_length
            return wanted + self._tone + self._gain * (wanted - actual)
        ahead = clock.ahead(np.array([self._simulation.control_step]))
        self._bodies.set_state(self._rows, ahead.qpos[:, 0], ahead.qvel[:, 0])
        wanted = self._bodies.muscle_length
        return wanted + self._gain * (wanted - actual)

    def moved(self, action: Array) -> Array:
        """Return actions (n, 80) of the length mode: the targets, moved by other actions of the same unit."""
        targets: Array = self._simulation.muscles.action_for_length(self.targets())
        return targets + np.minimum(np.maximum(action, -1.0), 1.0)
