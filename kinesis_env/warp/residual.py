"""The servo that actions are added to in the action mode "residual", on a device.

:mod:`kinesis_env.tasks.residual` has the rule. The muscle-tendon lengths, the curves and the activations of the frames
of all motions are tables, made once on the host; between frames they are interpolated linearly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from kinesis_env.motions.motion import Motion
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.holding import HoldingActivations
from kinesis_env.tasks.residual import GAIN, GAIN_ALONE, LEAD
from kinesis_env.typing import Array
from kinesis_env.warp.reference import DeviceClock
from kinesis_env.warp.simulation import WarpSimulation

__all__ = ["HeldFrames", "MotionServo", "StandingServo"]

#: Frames whose muscle lengths are computed together.
_BLOCK = 1024


class HeldFrames:
    """What muscles do in the frames of motions, (frames, 80) each.

    Args:
        length: muscle-tendon lengths [m].
        resting: target lengths at which the servo wants the tension of muscles at rest [m].
        pulled: change of these per activation [m].
        activation: activations that carry the motion, or None if unknown.
    """

    def __init__(
        self, length: torch.Tensor, resting: torch.Tensor, pulled: torch.Tensor, activation: torch.Tensor | None
    ) -> None:
        self.length, self.resting, self.pulled, self._activation = length, resting, pulled, activation

    @classmethod
    def of(
        cls, motions: Sequence[Motion], simulation: WarpSimulation, holding: HoldingActivations | None
    ) -> HeldFrames:
        """Compute the tables of motions, whose activations are optimized on first use, a second or two each."""
        qpos, qvel = (np.concatenate([getattr(motion, name) for motion in motions]) for name in ("qpos", "qvel"))
        parts = [
            muscle_tables(simulation, qpos[start : start + _BLOCK], qvel[start : start + _BLOCK])
            for start in range(0, len(qpos), _BLOCK)
        ]
        length, resting, pulled = (simulation.tensor(np.concatenate(part)) for part in zip(*parts, strict=True))
        activation = None
        if holding is not None:
            holding.prepare(np.arange(len(motions)))
            activation = simulation.tensor(holding.frames)
        return cls(length, resting, pulled, activation)

    def activation(self, before: torch.Tensor, fraction: torch.Tensor) -> torch.Tensor:
        """Return the activations between frames, (n, 80); arguments as for :func:`between`."""
        assert self._activation is not None
        return torch.clamp(between(self._activation, before, fraction), 0.0, 1.0)


class MotionServo:
    """Adds actions to target lengths for the next pose of each row's motion.

    Args:
        simulation: the bodies.
        clock: the motion of each row, and the time.
        held: what muscles do in the motions.
        alone: whether activations are not used, and the gain is larger instead.
    """

    def __init__(self, simulation: WarpSimulation, clock: DeviceClock, held: HeldFrames, alone: bool) -> None:
        self._simulation, self._clock, self._held, self._alone = simulation, clock, held, alone
        self._greatest = simulation.tensor(simulation.muscles.curves.length_max)

    def moved(self, action: torch.Tensor) -> torch.Tensor:
        """Return length-mode actions (n, 80)."""
        clock, held, simulation = self._clock, self._held, self._simulation
        pose = clock.motions.places(clock.clip, clock.time + simulation.control_step)
        length = between(held.length, *pose)
        error = length - simulation.physics.length
        if self._alone:
            target = length + GAIN_ALONE * error
        else:
            activation = held.activation(*clock.motions.places(clock.clip, clock.time + LEAD))
            activation = simulation.conditions.compensated(activation).to(torch.float32)
            target = between(held.resting, *pose) + between(held.pulled, *pose) * activation + GAIN * error
        return _as_action(target, self._greatest) + torch.clamp(action, -1.0, 1.0)


class StandingServo:
    """Adds actions to target lengths for the standing pose.

    Args:
        simulation: the bodies.
    """

    def __init__(self, simulation: WarpSimulation) -> None:
        self._simulation = simulation
        model = simulation.model
        tables = muscle_tables(simulation, model.key_qpos[:1], np.zeros((1, model.nv)))
        self._length, self._resting, self._pulled = (simulation.tensor(table) for table in tables)
        self._activation = simulation.tensor(model.key_act[:1])
        self._greatest = simulation.tensor(simulation.muscles.curves.length_max)

    def moved(self, action: torch.Tensor) -> torch.Tensor:
        """Return length-mode actions (n, 80)."""
        simulation = self._simulation
        activation = simulation.conditions.compensated(self._activation).to(torch.float32)
        target = self._resting + self._pulled * activation + GAIN * (self._length - simulation.physics.length)
        return _as_action(target, self._greatest) + torch.clamp(action, -1.0, 1.0)


def muscle_tables(simulation: WarpSimulation, qpos: Array, qvel: Array) -> tuple[Array, Array, Array]:
    """Return what muscles do in poses: lengths, targets at rest, and change per activation, (k, 80) each."""
    bodies = Simulation(simulation.body, len(qpos))
    bodies.set_state(np.arange(len(qpos)), qpos, qvel)
    length, velocity, curves = bodies.muscle_length.copy(), bodies.muscle_velocity.copy(), bodies.muscles.curves
    resting = curves.servo_target(np.zeros_like(length), length, velocity)
    pulled = curves.servo_target(np.ones_like(length), length, velocity) - resting
    return length, resting, pulled


def between(table: torch.Tensor, before: torch.Tensor, fraction: torch.Tensor) -> torch.Tensor:
    """Return the values of a table (frames, 80) that follow frames (n,) by fractions (n,) of a frame."""
    low, high = table[before], table[torch.clamp(before + 1, max=len(table) - 1)]
    return low + (high - low) * fraction[:, None].to(table.dtype)


def _as_action(target: torch.Tensor, greatest: torch.Tensor) -> torch.Tensor:
    return torch.clamp(2.0 * target / greatest - 1.0, -1.0, 1.0)
