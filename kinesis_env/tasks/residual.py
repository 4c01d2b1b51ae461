"""The servo that actions are added to in the action mode ``"residual"``: it drives the muscles to a pose.

The target of a muscle is its length in the pose, moved by :data:`GAIN` times the error, as the length servo alone is
too soft for a leg that carries a body; it is also shortened by the amount needed to pull as in the pose. With a
reference motion, the pose is the one at the next control step, and the pull comes from static optimization slightly
later, as muscles take time. Without one it is the standing pose. Motions of prompts are generated anew in each episode;
they have no static optimization, and a larger gain instead.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.simulation import Simulation
from kinesis_env.tasks.holding import HoldingActivations
from kinesis_env.tasks.reference import ReferenceClock
from kinesis_env.typing import Array

__all__ = ["GAIN", "GAIN_ALONE", "PoseServo"]

#: Gain of the error in length: of 0 to 20, the body stands longest with it, 7.2 s, and lasts longest in ``walk``, 0.6 s
#: (``benchmarks/residual.py``).
GAIN = 2.0
#: The same without the pull: of 0 to 100, it completes the most training clips (``benchmarks/evaluation.py``).
GAIN_ALONE = 5.0
#: Lead of the pull relative to the pose [s]; of 0, 1/30 and 2/30 s, the best (the same benchmark).
LEAD = 2.0 / 30.0


class PoseServo:
    """Target muscle lengths with which bodies take a pose.

    Args:
        simulation: the bodies; it is only read.
        clock: the clock of their reference, or None for the standing pose.
        holding: the activations of the reference's motions, if known.
        gain: gain of the error in length; by default :data:`GAIN`, or :data:`GAIN_ALONE` if activations are unknown.
        lead: lead of the reference activations [s].
    """

    def __init__(
        self,
        simulation: Simulation,
        clock: ReferenceClock | None,
        holding: HoldingActivations | None = None,
        gain: float | None = None,
        lead: float = LEAD,
    ) -> None:
        self._simulation, self._clock, self._holding = simulation, clock, holding
        self._lead = lead
        alone = clock is not None and holding is None
        self._gain = gain if gain is not None else GAIN_ALONE if alone else GAIN
        # Lengths in a pose are computed on separate bodies.
        self._rows = np.arange(simulation.num if clock is not None else 1)
        self._bodies = Simulation(simulation.body, len(self._rows), num_threads=simulation.num_threads)
        model = self._bodies.model
        self._standing: Array = model.key_act[:1]
        if clock is None:
            self._bodies.set_state(self._rows, model.key_qpos[:1], np.zeros((1, model.nv)))

    def targets(self) -> Array:
        """Return target lengths for the next control step [m], (n, 80)."""
        clock, bodies = self._clock, self._bodies
        activation: Array | None = self._standing
        if clock is not None:
            ahead = clock.ahead(np.array([self._simulation.control_step]))
            bodies.set_state(self._rows, ahead.qpos[:, 0], ahead.qvel[:, 0])
            activation = None if self._holding is None else self._holding.at(clock.clip, clock.time + self._lead)
        length = bodies.muscle_length
        missing = self._gain * (length - self._simulation.muscle_length)
        if activation is None:
            return length + missing
        if self._simulation.conditions is not None:
            activation = self._simulation.conditions.compensated(activation)
        curves = self._simulation.muscles.curves
        return curves.servo_target(activation, length, bodies.muscle_velocity) + missing

    def moved(self, action: Array) -> Array:
        """Return length-mode actions (n, 80): the targets, moved by other actions in the same unit."""
        targets: Array = self._simulation.muscles.action_for_length(self.targets())
        return targets + np.minimum(np.maximum(action, -1.0), 1.0)
