"""Following commands of heading and speed, on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from kinesis_env.config.goals import DirectionConfig
from kinesis_env.tasks.direction import INFO, DirectionTask, given_command
from kinesis_env.terms import goals
from kinesis_env.warp.goals import DeviceGoalTask

__all__ = ["DeviceDirectionTask"]


class DeviceDirectionTask(DeviceGoalTask):
    """N episodes of following a command; arguments as for :class:`~kinesis_env.warp.task.DeviceTask`."""

    host: DirectionTask
    config: DirectionConfig

    def __init__(self, host: DirectionTask, num: int, *device: str | None) -> None:
        super().__init__(host, num, *device)
        commands = host.commands
        self._headings, self._speeds = (torch.zeros((num, commands), device=self.device) for _ in range(2))
        self._changes = torch.zeros((num, commands), dtype=torch.int64, device=self.device)
        ranges = zip(host.config.heading_range, host.config.speed_range, host.config.command_time, strict=True)
        self._low, self._high = (torch.tensor(end, dtype=torch.float64, device=self.device)[:, None] for end in ranges)
        self._now = torch.zeros(num, dtype=torch.int64, device=self.device)
        self._error, self._error_sum = (torch.zeros(num, device=self.device) for _ in range(2))

    @property
    def command(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The commanded heading [rad], relative to the initial heading, and speed [m/s], (n,)."""
        return self._headings[self._index, self._now], self._speeds[self._index, self._now]

    def set_command(self, heading: Any, speed: Any, rows: Any = slice(None)) -> None:
        """Command headings [rad] and speeds [m/s] until the end of the episode; see ``DirectionTask.set_command``."""
        angles, speeds = (self.simulation.tensor(part)[..., None] for part in self.host.check_command(heading, speed))
        self._headings[rows], self._speeds[rows] = angles, speeds

    def velocity_world(self) -> torch.Tensor:
        """Return the commanded velocity in the world [m/s], (n, 2)."""
        angle, speed = self.command
        return self._to_world(torch.stack((speed * torch.cos(angle), speed * torch.sin(angle)), dim=1))

    def show(self, row: int) -> None:
        """Give the host's task the row's command."""
        angle, speed = (float(part[row]) for part in self.command)
        self.host.place_command(angle, speed, float(self._cos[row]), float(self._sin[row]))

    def _draw_goals(self, rows: torch.Tensor, options: Mapping[str, Any]) -> None:
        count = self._headings.shape[1]
        changes = torch.zeros_like(self._changes)
        if "command" in options:
            given = options["command"]
            command = given_command(given.cpu().numpy() if isinstance(given, torch.Tensor) else given, self.num)
            self.host.check_command(command[:, 0], command[:, 1])
            angles, speeds = (self.simulation.tensor(part)[:, None].expand(-1, count) for part in command.T)
        else:
            drawn = self.draws.uniform(3 * count, rows).reshape(self.num, 3, count)
            low, high = self._low, self._high
            drawn = low + (high - low) * drawn
            angles, speeds = drawn[:, 0].to(torch.float32), drawn[:, 1].to(torch.float32)
            times = torch.cumsum(drawn[:, 2, : count - 1], dim=1)
            changes[:, 1:] = torch.round(times / self.simulation.control_step).to(torch.int64)
        here = rows[:, None]
        self._headings = torch.where(here, angles, self._headings)
        self._speeds = torch.where(here, speeds, self._speeds)
        self._changes = torch.where(here, changes, self._changes)
        self._error, self._error_sum = self._error.masked_fill(rows, 0.0), self._error_sum.masked_fill(rows, 0.0)

    def _begin(self, rows: torch.Tensor) -> None:  # noqa: ARG002
        self._look_up()

    def _evaluate(self, alive: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        velocity, command = self._body.velocity[:, 0, :2], self.velocity_world()  # the observed one
        self._look_up()
        along = goals.velocity_along(velocity, command, scale=self._scales["velocity"])
        error = torch.hypot(velocity[:, 0] - command[:, 0], velocity[:, 1] - command[:, 1])
        self._error = torch.where(alive, error, self._error)
        self._error_sum = self._error_sum + torch.where(alive, error, 0.0)
        return torch.stack([along, *self._carriage()]), self._mean_error() < self.config.success_error

    def _mean_error(self) -> torch.Tensor:
        return self._error_sum / torch.clamp(self._elapsed, min=1)

    def _look_up(self) -> None:
        """Look up which command of each row is in force."""
        begun = (self._changes <= self._elapsed[:, None]).sum(dim=1)
        self._now = torch.clamp(begun - 1, min=0)

    def _goal_term(self) -> tuple[str, torch.Tensor]:
        return "command", goals.target_in_heading(self._body, self.velocity_world())

    def _pelvis_reference(self, ahead: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        velocity = self.velocity_world()[:, None].expand(-1, len(ahead), -1)
        return self._body.root[:, None, :2] + velocity * ahead[:, None], velocity

    def _context_of_task(self) -> tuple[None, Any, Any, torch.Tensor]:
        return None, None, self.velocity_world(), self._elapsed

    def _goal_info(self) -> dict[str, torch.Tensor]:
        return dict(zip(INFO, (*self.command, self._error.clone(), self._mean_error()), strict=True))
