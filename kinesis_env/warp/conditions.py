"""Muscle conditions of many bodies on a device: :class:`DeviceConditions`.

The formulas are those of :mod:`kinesis_env.model.conditions`. They are applied by one kernel between the halves of a
physics step; strength and mass are fields of the model of which each body has its own.
"""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
import torch

from kinesis_env.config.schema import Amount
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.model.conditions import LEAST_STRENGTH, fatigue_rates, select_muscles
from kinesis_env.model.names import ModelNames
from kinesis_env.model.strength import strength_factors
from kinesis_env.warp import kernels
from kinesis_env.warp.draws import Draws, standard_normal
from kinesis_env.warp.physics import MASS_FIELDS, STRENGTH_FIELDS, Physics

__all__ = ["DeviceConditions", "drawn"]

_PEAK_FORCE = 2


class DeviceConditions:
    """The muscle conditions of ``num`` bodies; :meth:`attach` them to the bodies before anything else.

    Args:
        config: the conditions and their amounts.
        model: the ``mujoco.MjModel``.
        num: the number of bodies.

    Attributes:
        fields: fields of the model of which each body needs its own values.
        body_weight: weight [N], a number, or (num, 1).
        tired: fatigued fraction of each muscle, an array of Warp (num, 80), or of no rows if muscles do not fatigue.

    Raises:
        ConfigError: a pattern that matches no muscle, or an impossible strength.
    """

    def __init__(self, config: BodyConfig, model: mujoco.MjModel, num: int) -> None:
        self._config, self._model, self._num = config, model, num
        self._muscles = ModelNames.of(model).muscles
        base = strength_factors(model, config.strength)
        self._base = np.ones(model.nu) if base is None else base
        self._weak = {glob: select_muscles(glob, self._muscles) for glob in config.weakness}
        self._has_strength = bool(config.weakness) or base is not None
        self._has_mass = config.mass_scale != 1.0
        self.fields = STRENGTH_FIELDS * self._has_strength + MASS_FIELDS * self._has_mass
        self.body_weight: torch.Tensor | float = float(model.body_mass.sum() * np.linalg.norm(model.opt.gravity))

    def attach(self, physics: Physics) -> None:
        """Reserve memory beside the bodies."""
        config, num, device, count = self._config, self._num, physics.device, len(self._muscles)
        self._physics = physics
        self._whole, self._peak = (
            torch.as_tensor(values, device=device)
            for values in (self._base, self._model.actuator_gainprm[:, _PEAK_FORCE])
        )
        self._chosen = {
            glob: torch.as_tensor(np.isin(np.arange(count), chosen), device=device)
            for glob, chosen in self._weak.items()
        }
        self._masses = {
            name: torch.as_tensor(getattr(self._model, name), device=device) for name in ("body_mass", "body_inertia")
        }
        self.left = {glob: torch.ones(num, dtype=torch.float64, device=device) for glob in self._weak}
        self.strength = torch.ones((num, count), dtype=torch.float64, device=device) if self._has_strength else None
        self.mass_scale = torch.ones(num, dtype=torch.float64, device=device) if self._has_mass else None
        self.noise = torch.zeros(num, dtype=torch.float64, device=device) if config.excitation_noise != 0.0 else None
        self.delay = torch.zeros(num, dtype=torch.int64, device=device) if config.activation_delay != 0.0 else None
        none = 0, 0
        timestep = self._model.opt.timestep
        rates = fatigue_rates(self._muscles) * np.array([[timestep], [timestep], [1.0]])
        self._rates = physics.array(rates)
        self.tired = physics.zeros(*((num, count) if config.fatigue else none))
        self._gain = physics.zeros(*((num, count) if self.noise is not None else none))
        amount = config.activation_delay
        longest = round((amount[-1] if isinstance(amount, tuple) else amount) / timestep) + 1
        self._pipe = physics.zeros(*((num, longest, count) if self.delay is not None else (0, 0, 0)))
        self._head, self._late = physics.zeros(num, dtype=int), physics.zeros(num, dtype=int)
        self._keys = torch.zeros(num, dtype=torch.int64, device=device)
        self._turns = torch.zeros(num, dtype=torch.int64, device=device)

    @property
    def changes_excitations(self) -> bool:
        """Whether an excitation changes on its way to the muscle."""
        return self._config.fatigue or self.noise is not None or self.delay is not None

    def renew(self, rows: torch.Tensor, draws: Draws, fatigue: torch.Tensor | None) -> None:
        """Draw the conditions of new episodes.

        Args:
            rows: mask of the rows, bool (num,).
            draws: the random numbers of all rows.
            fatigue: fatigued fractions at the start, (num, 80); None draws them.
        """
        config = self._config
        for glob, amount in config.weakness.items():
            _put(self.left[glob], rows, drawn(amount, draws, rows))
        if self.strength is not None:
            strength = self._whole.repeat(self._num, 1)
            for glob, chosen in self._chosen.items():
                strength = torch.where(chosen, self._whole * self.left[glob][:, None], strength)
            _put(self.strength, rows, strength)
            self._physics.field("actuator_gainprm")[..., _PEAK_FORCE].copy_(self.strength * self._peak)
        if self.noise is not None:
            _put(self.noise, rows, drawn(config.excitation_noise, draws, rows))
            _put(self._keys, rows, draws.words(rows))
            self._turns.masked_fill_(rows, 0)
        if self.delay is not None:
            steps = torch.round(drawn(config.activation_delay, draws, rows) / self._model.opt.timestep)
            _put(self.delay, rows, steps.to(torch.int64))
            self._late.tensor.copy_(self.delay)
        if self.mass_scale is not None:
            _put(self.mass_scale, rows, drawn(config.mass_scale, draws, rows))
            self._apply_masses()
        if self.tired.tensor.shape[0]:
            first = drawn(config.initial_fatigue, draws, rows, len(self._muscles)) if fatigue is None else fatigue
            tired = self.tired.tensor
            torch.where(rows[:, None], first.to(tired.dtype), tired, out=tired)

    def _apply_masses(self) -> None:
        assert self.mass_scale is not None
        model, physics = self._model, self._physics
        for name, full in self._masses.items():
            live = physics.field(name)
            live.copy_(self.mass_scale.reshape(-1, *(1,) * (live.ndim - 1)) * full)
        physics.masses_changed()
        weight = float(model.body_mass.sum() * np.linalg.norm(model.opt.gravity))
        self.body_weight = (self.mass_scale[:, None] * weight).to(torch.float32)

    def compensated(self, activation: torch.Tensor) -> torch.Tensor:
        """Return activations that give the forces of ``activation`` (num, 80) at full strength, at most 1."""
        if self.strength is None:
            return activation
        return torch.clamp(activation / torch.clamp(self.strength, min=LEAST_STRENGTH), max=1.0)

    def start(self, rows: torch.Tensor, activation: torch.Tensor) -> None:
        """Fill the delay line with the activations (num, 80), in the rows of a mask."""
        if self.delay is not None:
            pipe = self._pipe.tensor
            torch.where(rows[:, None, None], activation[:, None].expand_as(pipe), pipe, out=pipe)

    def begin_step(self, moving: torch.Tensor | None) -> None:
        """Draw the noise of the next control step, of all rows or those of a mask."""
        if self.noise is not None:
            count = len(self._muscles)
            normal = standard_normal(self._keys, self._turns * count, count)
            self._gain.tensor.copy_(1.0 + self.noise[:, None] * normal)
            self._turns += 1 if moving is None else moving

    def deliver(self, idle: Any, substep: int) -> None:
        """Launch what happens to the excitations on their way, in one physics step."""
        if self.changes_excitations:
            data = self._physics.data
            self._physics.launch(
                kernels.deliver, (self._num, len(self._muscles)), idle, self._gain, self._pipe, self._head, self._late,
                substep, data.act, self._rates, self.tired, data.ctrl,
            )  # fmt: skip

    def end_step(self, moving: torch.Tensor | None, substeps: int) -> None:
        """Move the delay line's head on after a control step."""
        if self.delay is not None:
            head = self._head.tensor
            head += substeps if moving is None else substeps * moving
            head %= self._pipe.tensor.shape[1]

    def fatigue_now(self) -> torch.Tensor:
        """Return the fatigued fraction of every muscle, (num, 80)."""
        if self.tired.tensor.shape[0]:
            return self.tired.tensor.clone()
        return torch.zeros((self._num, len(self._muscles)), device=self._physics.device)

    def info(self) -> dict[str, torch.Tensor]:
        """Return the amount of each condition in force, (num,) each, as ``Conditions.info``."""
        info = {f"weakness_{glob}": left.clone() for glob, left in self.left.items()}
        if self.noise is not None:
            info["excitation_noise"] = self.noise.clone()
        if self.delay is not None:
            info["activation_delay"] = self._model.opt.timestep * self.delay.to(torch.float64)
        if self.mass_scale is not None:
            info["mass_scale"] = self.mass_scale.clone()
        if self.tired.tensor.shape[0]:
            info["fatigue"] = self.tired.tensor.mean(dim=1)
        return info


def drawn(amount: Amount, draws: Draws, rows: torch.Tensor, count: int | None = None) -> torch.Tensor:
    """Return amounts, float64 (num,) or (num, count): the number itself, or uniform draws from its range."""
    size = (len(rows),) if count is None else (len(rows), count)
    if not isinstance(amount, tuple):
        return torch.full(size, amount, dtype=torch.float64, device=rows.device)
    share = draws.uniform(1 if count is None else count, rows).reshape(size)
    return amount[0] + (amount[1] - amount[0]) * share


def _put(live: torch.Tensor, rows: torch.Tensor, values: torch.Tensor) -> None:
    torch.where(rows.reshape(-1, *(1,) * (live.ndim - 1)), values, live, out=live)
