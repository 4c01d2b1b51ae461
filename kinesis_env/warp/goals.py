"""The base class of the goal tasks on a device."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from kinesis_env import rotations
from kinesis_env.config.goals import GoalConfig
from kinesis_env.tasks.base import Ending
from kinesis_env.tasks.goal import GoalTask
from kinesis_env.terms import goals, rewards
from kinesis_env.warp.options import numbers_of_rows
from kinesis_env.warp.reference import DeviceMotions, heading, yawed
from kinesis_env.warp.residual import StandingServo
from kinesis_env.warp.task import DeviceOutcome, DeviceTask

__all__ = ["DeviceGoalTask"]


class DeviceGoalTask(DeviceTask):
    """N episodes of a goal task; arguments as for :class:`~kinesis_env.warp.task.DeviceTask`."""

    host: GoalTask
    config: GoalConfig

    def __init__(self, host: GoalTask, num: int, device: str | None = None) -> None:
        super().__init__(host, num, device)
        simulation, model = self.simulation, self.simulation.model
        self._servo = StandingServo(simulation) if host.config.action_mode == "residual" else None
        self._motions: DeviceMotions | None = None
        if host.starts is not None:
            self._motions = DeviceMotions(tuple(host.starts), self.device)
            self._cumulative = torch.as_tensor(np.cumsum(host.starts.weights), device=self.device)
        self._standing = simulation.tensor(model.key_qpos), simulation.tensor(np.zeros((1, model.nv)))
        self._standing_act = simulation.tensor(model.key_act)
        self._elapsed = torch.zeros(num, dtype=torch.int64, device=self.device)
        self._success = torch.zeros(num, dtype=torch.bool, device=self.device)
        self._origin = torch.zeros((num, 2), device=self.device)
        self._cos, self._sin = torch.ones(num, device=self.device), torch.zeros(num, device=self.device)
        self._index = torch.arange(num, device=self.device)
        #: Rows that start with the next :meth:`refresh`, which measures the baseline of their first step.
        self._begun = torch.zeros(num, dtype=torch.bool, device=self.device)

    def reset(self, rows: torch.Tensor, options: Mapping[str, Any]) -> None:
        """Start episodes standing, or in a random frame of a motion; options as for the host's task."""
        qpos, qvel, act = self._start_states(rows)
        if "heading" in options:
            turn = (numbers_of_rows("heading", options["heading"], rows) - heading(qpos[:, 3:7])).to(qpos.dtype)
            x, y = rotations.turned(qvel[:, 0], qvel[:, 1], torch.cos(turn), torch.sin(turn))
            qpos = torch.cat((qpos[:, :3], yawed(qpos[:, 3:7], turn), qpos[:, 7:]), dim=1)
            qvel = torch.cat((x[:, None], y[:, None], qvel[:, 2:]), dim=1)
        self._place(rows, options, qpos, qvel, act)
        facing = heading(qpos[:, 3:7])
        self._origin = torch.where(rows[:, None], self.simulation.qpos[:, :2], self._origin)
        self._cos = torch.where(rows, torch.cos(facing), self._cos)
        self._sin = torch.where(rows, torch.sin(facing), self._sin)
        self._elapsed = self._elapsed.masked_fill(rows, 0)
        self._success &= ~rows
        self._draw_goals(rows, options)
        self._begun |= rows

    def refresh(self) -> None:
        """Gather the state of the bodies, and what new episodes are measured against."""
        super().refresh()
        self._begin(self._begun)
        self._begun = torch.zeros_like(self._begun)

    def step(self, action: torch.Tensor, idle: torch.Tensor | None = None) -> DeviceOutcome:
        """Advance all rows but the idle ones by one action (n, 80)."""
        simulation = self.simulation
        simulation.step(action if self._servo is None else self._servo.moved(action), idle)
        moved = self._everyone if idle is None else ~idle
        self._elapsed = self._elapsed + moved
        super().refresh()
        alive = moved & ~simulation.diverged
        values, aim = self._evaluate(alive)
        fallen = goals.fallen(self._body.root[:, 2], limit=self.host.fall_height) & alive
        going = alive & ~fallen
        aim = aim & going
        reason = torch.where(moved & simulation.diverged, int(Ending.DIVERGED), int(Ending.NONE))
        reason = torch.where(fallen, int(Ending.FALLEN), reason)
        if self.host.ends_when_reached:
            reason = torch.where(aim, int(Ending.REACHED), reason)
        values, reason = self._with_own_terms(values, reason)
        self._reward, reason = torch.where(alive, self._weights * values, 0.0), reason * moved
        terminated = reason != int(Ending.NONE)
        truncated = (self._elapsed >= self.config.time_limit) & moved & ~terminated
        self._success = aim if self.host.ends_when_reached else aim & truncated
        self._reason = reason
        self._begin(self._begun)
        self._begun = torch.zeros_like(self._begun)
        return DeviceOutcome(self._total_reward(), terminated, truncated)

    def info(self) -> dict[str, Any]:
        """Return the info of each row, as the host's task."""
        return self._reward_info() | {
            "time": self._elapsed * self.simulation.control_step,
            **self._goal_info(),
            "is_success": self._success.clone(),
            "termination_reason": self._words(),
            **self.body_info(),
        }

    @abstractmethod
    def _draw_goals(self, rows: torch.Tensor, options: Mapping[str, Any]) -> None:
        """Draw the goals of new episodes in the rows of a mask."""

    def _begin(self, rows: torch.Tensor) -> None:
        """Measure the baseline for the first step of the rows of a mask, which have been placed."""

    @abstractmethod
    def _evaluate(self, alive: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the values of the reward terms, (terms, n), and whether the goal is reached, (n,)."""

    @abstractmethod
    def _goal_term(self) -> tuple[str, torch.Tensor]:
        """Return the name and the value of the goal's observation term, (n, k)."""

    @abstractmethod
    def _pelvis_reference(self, ahead: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return target positions and velocities of the pelvis at times from now, (n, frames, 2) each."""

    @abstractmethod
    def _goal_info(self) -> dict[str, torch.Tensor]:
        """Return the info about the goal, (n,) each."""

    def _context_of_task(self) -> tuple[None, Any, Any, torch.Tensor]:
        return None, None, None, self._elapsed

    def _task_terms(self) -> dict[str, torch.Tensor]:
        return dict([self._goal_term()]) if self.config.observation == "goal" else {}

    def _ahead(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        config = self.config
        if config.observation == "goal":
            return None
        ahead = self.simulation.control_step * torch.arange(1.0, config.lookahead + 1.0, device=self.device)
        position, velocity = self._pelvis_reference(ahead)
        height = torch.full_like(position[..., :1], float(self.simulation.model.key_qpos[0, 2]))
        return goals.pelvis_reference(
            self._body, torch.cat((position, height), dim=2), torch.cat((velocity, 0.0 * height), dim=2)
        )

    def _carriage(self) -> list[torch.Tensor]:
        """Return the reward terms for an upright pelvis and for low effort, (n,) each."""
        upright = rewards.upright(*self._body.angles, scale=self._scales["upright"])
        return [upright, rewards.energy(self.simulation.excitation, scale=self._scales["energy"])]

    def _to_world(self, vectors: torch.Tensor) -> torch.Tensor:
        """Rotate vectors (n, 2) from the start frames to the world."""
        return torch.stack(rotations.turned(vectors[:, 0], vectors[:, 1], self._cos, self._sin), dim=1)

    def _to_start(self, vectors: torch.Tensor) -> torch.Tensor:
        """Rotate vectors (n, 2) from the world to the start frames."""
        return torch.stack(rotations.turned(vectors[:, 0], vectors[:, 1], self._cos, -self._sin), dim=1)

    def _start_states(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the initial qpos, qvel and activations, (n, ...)."""
        if self._motions is None:
            qpos, qvel = (part.expand(self.num, -1) for part in self._standing)
            return qpos, qvel, self._standing_act.expand(self.num, -1)
        drawn = self.draws.uniform(2, rows)
        clips = torch.searchsorted(self._cumulative, drawn[:, 0] * self._cumulative[-1], right=True)
        clips = torch.clamp(clips, max=len(self._cumulative) - 1)
        frames = self._motions.at(clips, drawn[:, 1] * self._motions.durations[clips])
        return frames.qpos, frames.qvel, torch.zeros((self.num, self._standing_act.shape[1]), device=self.device)
