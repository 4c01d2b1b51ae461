"""Many bodies on a device: :class:`WarpSimulation`, the counterpart of :class:`kinesis_env.simulation.Simulation`.

A control step is one graph: the physics steps with the length servo and the muscle conditions between their
halves, then a check of the states. Rows that start an episode in this step are computed along with the others and given
their state back at the end; what the first physics step computed of it, the forces on the feet above all, is kept.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch

from kinesis_env.checks import check_integer
from kinesis_env.config.rates import substeps_of
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.model.bodies import Body
from kinesis_env.model.bounds import FARTHEST, FASTEST, HIGHEST
from kinesis_env.model.muscles import Muscles
from kinesis_env.model.names import ModelNames
from kinesis_env.warp import kernels
from kinesis_env.warp.conditions import DeviceConditions
from kinesis_env.warp.draws import Draws
from kinesis_env.warp.physics import Physics
from kinesis_env.warp.pushes import DevicePushes

__all__ = ["WarpSimulation"]


class WarpSimulation:
    """``num`` independent bodies of one model on a device.

    Args:
        body: the kind of body.
        num: the number of bodies.
        config: the settings: rates, action mode, conditions and perturbations.
        device: as for :class:`~kinesis_env.warp.physics.Physics`.

    Attributes:
        model: the ``mujoco.MjModel``.
        names: its names.
        muscles: the action mode and the muscle curves, on the host.
        physics: the bodies.
        conditions, perturbations: what changes muscles and bodies.
        qpos, qvel, act, muscle_force: the state, (num, 21), (num, 20), (num, 80), and MuJoCo's ``actuator_force`` [N],
            (num, 80), live.
        num, substeps, control_step: as in :class:`~kinesis_env.simulation.Simulation`.
        excitation: excitations that reached the muscles in the last action's physics steps, (num, substeps, 80), live.
        diverged: whether each body diverged in the last step, bool (num,).

    Raises:
        ConfigError: an impossible setting, or no such device.
        DeviceError: the device has too little memory.
    """

    def __init__(self, body: Body, num: int, config: BodyConfig, device: str | None = None) -> None:
        check_integer("the number of simulations", num, 1)
        self.num, self.body = num, body
        self.substeps = substeps_of(config.physics_rate, config.control_rate)
        self.control_step = 1.0 / config.control_rate
        model = copy.copy(body.load())
        model.opt.timestep = 1.0 / config.physics_rate
        self.model = model
        self.names = ModelNames.of(model)
        self.muscles = Muscles(model, "excitation" if config.action_mode == "excitation" else "length")
        self.conditions = DeviceConditions(config, model, num)
        physics = self.physics = Physics(model, num, device, own=self.conditions.fields)
        self.device = physics.device
        self.qpos, self.qvel, self.act, self.muscle_force = physics.qpos, physics.qvel, physics.act, physics.force
        self.conditions.attach(physics)
        self.perturbations = DevicePushes(config, physics, self.control_step, self.names.root)
        self._table = physics.array(_table(self.muscles))
        self._command = physics.zeros(num, model.nu)
        self._excitation = physics.zeros(num, self.substeps, model.nu)
        self._idle = physics.zeros(num, dtype=int)
        self._failed = physics.zeros(num, dtype=int)
        self._diverged = physics.zeros(num, dtype=int)
        self._started = physics.zeros(num, dtype=int)
        self._saved = physics.zeros(num, model.nq + model.nv + model.na)
        self._standing = physics.array([np.concatenate((model.key_qpos[0], np.zeros(model.nv), model.key_act[0]))])
        self._fastest = physics.array(FASTEST)
        curves = self.muscles.curves
        self._half_greatest = self.tensor(0.5 * (curves.length_max if self.muscles.closed_loop else np.ones(model.nu)))
        self._slack, self._optimal, self._peak = (
            self.tensor(values) for values in (curves.slack_length, curves.optimal_length, curves.peak_force)
        )
        self.excitation = self._excitation.tensor
        self.diverged = torch.zeros(num, dtype=torch.bool, device=self.device)
        physics.run(self._forward)

    def tensor(self, values: Any, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Return values as a tensor on the device."""
        return torch.as_tensor(np.array(values), dtype=dtype, device=self.device)

    def body_position(self, bodies: Any) -> torch.Tensor:
        """World positions of the origins of bodies [m], (num, len(bodies), 3)."""
        return self.physics.xpos[:, bodies]

    def body_matrix(self, bodies: Any) -> torch.Tensor:
        """World orientations of bodies as matrices, (num, len(bodies), 3, 3)."""
        return self.physics.xmat[:, bodies]

    def body_velocity(self, bodies: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Linear velocities of the origins of bodies [m/s] and angular velocities [rad/s], (num, len(bodies), 3)."""
        spatial = self.physics.cvel[:, bodies]
        arm = self.physics.xpos[:, bodies] - self.physics.com[:, None, self.names.root]
        return spatial[..., 3:] + torch.linalg.cross(spatial[..., :3], arm), spatial[..., :3]

    @property
    def foot_force(self) -> torch.Tensor:
        """Force on heel-and-ball and toes, right then left [N], (num, 4)."""
        return self.physics.sensors[:, self.names.feet]

    @property
    def body_weight(self) -> torch.Tensor | float:
        """Weight [N], a number, or (num, 1) if bodies differ in mass."""
        return self.conditions.body_weight

    def muscle_state(self, quantity: str) -> torch.Tensor:
        """Return an observed quantity of the muscles, (num, 80), see ``Simulation.muscle_state``."""
        physics = self.physics
        if quantity == "length":
            return (physics.length - self._slack) / self._optimal
        if quantity == "velocity":
            return physics.velocity / self._optimal
        if quantity == "force":
            return -physics.force / self._peak
        if quantity == "activation":
            return physics.act.clone()
        return self.conditions.fatigue_now()

    def renew(self, rows: torch.Tensor, draws: Draws, fatigue: torch.Tensor | None = None) -> None:
        """Draw conditions and perturbations of the rows of a mask (num,); see ``Simulation.renew``."""
        self.conditions.renew(rows, draws, fatigue)
        self.perturbations.renew(rows, draws)

    def set_state(self, rows: torch.Tensor, qpos: torch.Tensor, qvel: torch.Tensor, act: torch.Tensor) -> None:
        """Set the rows of a mask to states; what follows from these is computed by the next step, or by :meth:`place`.

        Args:
            rows: bool (num,).
            qpos: (num, 21).
            qvel: (num, 20).
            act: activations, (num, 80).
        """
        physics = self.physics
        here = rows[:, None]
        for live, wanted in ((physics.qpos, qpos), (physics.qvel, qvel), (physics.act, act)):
            torch.where(here, wanted.to(live.dtype), live, out=live)
        for live in (physics.ctrl, physics.warmstart):
            live.masked_fill_(here, 0.0)
        physics.time.masked_fill_(rows, 0.0)
        self.excitation.masked_fill_(rows[:, None, None], 0.0)
        self.diverged &= ~rows
        self.conditions.start(rows, physics.act)

    def place(self, rows: torch.Tensor) -> None:
        """Compute everything that the states of the rows of a mask determine; the others stay as they are."""
        self._started.tensor.copy_(rows)
        self.physics.run(self._forward)

    def step(self, action: torch.Tensor, idle: torch.Tensor | None = None) -> None:
        """Advance by one action.

        Args:
            action: (num, 80) in [-1, 1]; values outside are clipped. A row with one that is not finite diverges.
            idle: mask of the rows that do not step, bool (num,); what their states determine is computed.
        """
        command = self._command.tensor
        self._failed.tensor.copy_(~torch.isfinite(action).all(dim=1))
        torch.clamp(torch.nan_to_num(action), -1.0, 1.0, out=command)
        command.add_(1.0).mul_(self._half_greatest)
        flags = self._idle.tensor
        flags.zero_() if idle is None else flags.copy_(idle)
        moving = None if idle is None else ~idle
        self.perturbations.begin_step(moving)
        self.conditions.begin_step(moving)
        self.physics.run(self._control_step)
        self.conditions.end_step(moving, self.substeps)
        self.diverged.copy_(self._diverged.tensor)

    def _control_step(self) -> None:
        physics, data = self.physics, self.physics.data
        muscles = self.num, self.model.nu
        state, wide = (data.qpos, data.qvel, data.act), self._saved.tensor.shape
        physics.launch(kernels.gather, wide, *state, self._saved)
        for substep in range(self.substeps):
            physics.before_control()
            physics.launch(
                kernels.drive, muscles, self._table, int(self.muscles.closed_loop), self._command,
                data.actuator_length, data.actuator_velocity, data.ctrl,
            )  # fmt: skip
            self.conditions.deliver(self._idle, substep)
            physics.launch(kernels.record, muscles, substep, data.ctrl, self._excitation)
            physics.after_control()
            if substep == 0:
                physics.keep()
        physics.launch(
            kernels.check, (self.num,), self._idle, self._failed, self._fastest, float(FARTHEST), float(HIGHEST),
            data.qpos, data.qvel, data.act, self._diverged,
        )  # fmt: skip
        physics.launch(kernels.scatter, wide, self._idle, 1, self._saved, *state)
        physics.launch(kernels.scatter, wide, self._diverged, 1, self._standing, *state)
        physics.give_back(self._idle, 1)
        physics.launch(
            kernels.calm, muscles, self._diverged, data.sensordata, data.qacc_warmstart, data.actuator_force,
            self._excitation, self.conditions.tired,
        )  # fmt: skip
        physics.kinematics()

    def _forward(self) -> None:
        self.physics.keep()
        self.physics.forward()
        self.physics.give_back(self._started, 0)


def _table(muscles: Muscles) -> np.ndarray[Any, Any]:
    """Return the constants of the servo's curves, a row each, in the order of the kernel's."""
    record = muscles.curves.constants[0]
    return np.stack([record[name] for name in record.dtype.names])
