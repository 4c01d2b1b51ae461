"""Slopes and pushes of many bodies on a device, as :mod:`kinesis_env.model.perturbations` describes them."""

from __future__ import annotations

import numpy as np
import torch

from kinesis_env.config.schema import Amount
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.warp.conditions import drawn
from kinesis_env.warp.draws import Draws, uniform
from kinesis_env.warp.physics import Physics

__all__ = ["DevicePushes"]

#: Random numbers of a push: its impulse, its direction, and the time to the next.
_IMPULSE, _DIRECTION, _WAIT, _NUMBERS = range(4)
_NEVER = 2**62


class DevicePushes:
    """The slope under bodies, and the pushes on them.

    Args:
        config: the perturbations and their amounts.
        physics: the bodies.
        control_step: seconds per control step.
        root: id of the pelvis.
    """

    def __init__(self, config: BodyConfig, physics: Physics, control_step: float, root: int) -> None:
        self._config, self._physics, self._step, self._root = config, physics, control_step, root
        num, device = physics.num, physics.device
        self._gravity = float(np.linalg.norm(physics.model.opt.gravity.numpy()[0]))
        self.slope = torch.zeros(num, dtype=torch.float64, device=device) if config.slope != 0.0 else None
        self.pushes = config.has_pushes
        self._steps = max(1, round(config.push_duration / control_step))
        self.push, self.direction = (torch.zeros(num, dtype=torch.float64, device=device) for _ in range(2))
        self.count, self._elapsed, self._next, self._left = (
            torch.zeros(num, dtype=torch.int64, device=device) for _ in range(4)
        )
        steps = [*(round(time / control_step) for time in sorted(config.push_times)), _NEVER]
        self._times = torch.tensor(steps, dtype=torch.int64, device=device)
        self._keys = torch.zeros(num, dtype=torch.int64, device=device)
        if self.slope is not None:
            physics.gravity()

    def renew(self, rows: torch.Tensor, draws: Draws) -> None:
        """Draw the slopes and pushes of new episodes in the rows of a mask (num,)."""
        if self.slope is not None:
            self.slope = torch.where(rows, drawn(self._config.slope, draws, rows), self.slope)
            angle = torch.deg2rad(self.slope)
            live = self._physics.gravity()
            live[:, 0], live[:, 2] = -self._gravity * torch.sin(angle), -self._gravity * torch.cos(angle)
        if self.pushes:
            self._keys = torch.where(rows, draws.words(rows), self._keys)
            for part in (self.push, self.direction, self.count, self._elapsed, self._left):
                part.masked_fill_(rows, 0)
            self._next = torch.where(rows, self._when(), self._next)

    def begin_step(self, moving: torch.Tensor | None) -> None:
        """Set the forces of the next control step, of all rows or those of a mask (num,)."""
        if not self.pushes:
            return
        config = self._config
        stepped = torch.ones_like(self.count, dtype=torch.bool) if moving is None else moving
        due = stepped & (self._elapsed >= self._next)
        share = uniform(self._keys, self.count * _NUMBERS, _NUMBERS)
        qpos = self._physics.qpos.to(torch.float64)
        w, x, y, z = qpos[:, 3], qpos[:, 4], qpos[:, 5], qpos[:, 6]
        heading = torch.atan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (y * y + z * z))
        self.push = torch.where(due, _spread(config.push, share[:, _IMPULSE]), self.push)
        away = torch.rad2deg(heading) + _spread(config.push_direction, share[:, _DIRECTION])
        self.direction = torch.where(due, away, self.direction)
        self.count += due
        self._left = torch.where(due, self._steps, self._left)
        soon = torch.maximum(self._when(), self._elapsed + self._steps)
        self._next = torch.where(due, soon, self._next)
        over = stepped & (self._left == 0)
        self.push.masked_fill_(over, 0.0)
        self.direction.masked_fill_(over, 0.0)
        angle = torch.deg2rad(self.direction)
        size = self.push / (self._steps * self._step)
        force = self._physics.xfrc[:, self._root]
        force[:, 0], force[:, 1] = size * torch.cos(angle), size * torch.sin(angle)
        self._left -= (stepped & (self._left > 0)).to(torch.int64)
        self._elapsed += stepped

    def info(self) -> dict[str, torch.Tensor]:
        """Return slope and pushes, (num,) each, as ``Perturbations.info``."""
        info = {} if self.slope is None else {"slope": self.slope.clone()}
        if self.pushes:
            wrapped = torch.remainder(self.direction + 180.0, 360.0) - 180.0
            info |= {"push": self.push.clone(), "push_direction": wrapped, "pushes": self.count.to(torch.float64)}
        return info

    def _when(self) -> torch.Tensor:
        """Return the control step in which the next push of each row begins, (num,)."""
        times = self._config.push_times
        if times:
            return self._times[torch.clamp(self.count, max=len(times))]
        share = uniform(self._keys, self.count * _NUMBERS, _NUMBERS)[:, _WAIT]
        wait = torch.round(_spread(self._config.push_interval, share) / self._step).to(torch.int64)
        return self._elapsed + torch.clamp(wait, min=1)


def _spread(amount: Amount, share: torch.Tensor) -> torch.Tensor:
    low, high = amount if isinstance(amount, tuple) else (amount, amount)
    return low + (high - low) * share
