"""The goal tasks on a device: reaching points on the ground, and following commands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from kinesis_env import rotations
from kinesis_env.config.goals import DirectionConfig, GoalConfig, ReachConfig
from kinesis_env.tasks.base import Ending
from kinesis_env.tasks.direction import DirectionTask, given_command
from kinesis_env.tasks.goal import GoalTask
from kinesis_env.tasks.reach import ReachGoalTask, ReachTask
from kinesis_env.terms import goals, rewards
from kinesis_env.warp.options import numbers_of_rows
from kinesis_env.warp.reference import DeviceMotions, heading, yawed
from kinesis_env.warp.residual import StandingServo
from kinesis_env.warp.task import DeviceOutcome, DeviceTask

__all__ = ["DeviceDirectionTask", "DeviceGoalTask", "DeviceReachGoalTask", "DeviceReachTask"]

#: Points of which the first that is far enough becomes a goal: of 24 uniform ones, by default all are too near in
#: 1 of 1e31 draws; then the last is moved outward.
_CANDIDATES = 24


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
        self._reward = torch.where(alive, self._weights * values, 0.0)
        fallen = goals.fallen(self._body.root[:, 2], limit=self.host.fall_height) & alive
        going = alive & ~fallen
        aim = aim & going
        reason = torch.where(moved & simulation.diverged, int(Ending.DIVERGED), int(Ending.NONE))
        reason = torch.where(fallen, int(Ending.FALLEN), reason)
        if self.host.ends_when_reached:
            reason = torch.where(aim, int(Ending.REACHED), reason)
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


class DeviceReachTask(DeviceGoalTask):
    """N episodes of reaching; arguments as for :class:`~kinesis_env.warp.task.DeviceTask`."""

    host: ReachTask
    config: ReachConfig

    def __init__(self, host: ReachTask, num: int, device: str | None = None) -> None:
        super().__init__(host, num, device)
        self._goals = torch.zeros((num, host.config.goals, 2), device=self.device)
        self._now, self._count = (torch.zeros(num, dtype=torch.int64, device=self.device) for _ in range(2))
        self._away = torch.zeros(num, device=self.device)

    def achieved(self) -> torch.Tensor:
        """Return the position of the pelvis in the start frame [m], (n, 2)."""
        return self._to_start(self.simulation.qpos[:, :2] - self._origin)

    def desired(self) -> torch.Tensor:
        """Return the goal in the start frame [m], (n, 2)."""
        return self._goals[self._index, self._now]

    def goal_world(self) -> torch.Tensor:
        """Return the goal in the world [m], (n, 2)."""
        return self._origin + self._to_world(self.desired())

    def show(self, row: int) -> None:
        """Give the host's task the row's goals."""
        place = self._origin[row], self._cos[row], self._sin[row], self._goals[row], self._now[row]
        self.host.place_goals(*(part.cpu().double().numpy() for part in place))

    def _draw_goals(self, rows: torch.Tensor, options: Mapping[str, Any]) -> None:
        config = self.config
        if "goal" in options:
            given = options["goal"]
            given = given.cpu().numpy() if isinstance(given, torch.Tensor) else given
            made = self.simulation.tensor(self.host.given_goals(given, self.num)).expand(self.num, -1, -1)
        else:
            drawn = self.draws.uniform(config.goals * _CANDIDATES * 2, rows).to(torch.float32)
            steps = config.goal_range * (2.0 * drawn.reshape(self.num, config.goals, _CANDIDATES, 2) - 1.0)
            away = torch.hypot(steps[..., 0], steps[..., 1])
            far = away >= config.min_distance
            chosen = torch.where(far.any(dim=2), far.to(torch.int64).argmax(dim=2), _CANDIDATES - 1)
            where = chosen[..., None, None].expand(-1, -1, 1, 2)
            step = steps.gather(2, where)[:, :, 0]
            least = torch.clamp(config.min_distance / away.gather(2, chosen[..., None]), min=1.0)
            made = torch.cumsum(step * least, dim=1)
        self._goals = torch.where(rows[:, None, None], made, self._goals)
        self._now, self._count = self._now.masked_fill(rows, 0), self._count.masked_fill(rows, 0)

    def _begin(self, rows: torch.Tensor) -> None:
        self._away = torch.where(rows, goals.distance(self.achieved(), self.desired()), self._away)

    def _evaluate(self, alive: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        config = self.config
        before, self._away = self._away, goals.distance(self.achieved(), self.desired())
        values = self._values(before, self._away)
        there = alive & (self._away < config.radius)
        arrived = there & (self._now == config.goals - 1)
        self._now = self._now + (there & ~arrived)
        self._count = self._now + arrived
        if config.goals > 1:
            self._away = goals.distance(self.achieved(), self.desired())
        return values, arrived

    def _values(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        config = self.config
        if config.reward == "sparse":
            return goals.sparse(after, radius=config.radius)[None]
        progress = goals.progress(before, after, scale=self._scales["progress"])
        return torch.stack([progress, *self._carriage(), goals.reached(after, radius=config.radius)])

    def _goal_term(self) -> tuple[str, torch.Tensor]:
        return "goal", goals.target_in_heading(self._body, self.goal_world() - self._body.root[:, :2])

    def _pelvis_reference(self, ahead: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        position = self.goal_world()[:, None].expand(-1, len(ahead), -1)
        return position, torch.zeros_like(position)

    def _goal_info(self) -> dict[str, torch.Tensor]:
        return {"distance": self._away.clone(), "goals_reached": self._count.clone()}


class DeviceReachGoalTask(DeviceReachTask):
    """Reaching with the goal-env API; arguments as for :class:`~kinesis_env.warp.task.DeviceTask`."""

    host: ReachGoalTask

    def _values(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        config = self.config
        return goals.sparse(after, radius=config.radius)[None] if config.reward == "sparse" else -after[None]

    def _goal_term(self) -> tuple[str, torch.Tensor]:
        body, c, s = self._body, self._cos, self._sin
        return "heading", torch.stack((c * body.cos + s * body.sin, c * body.sin - s * body.cos), dim=1)


class DeviceDirectionTask(DeviceGoalTask):
    """N episodes of following a command; arguments as for :class:`~kinesis_env.warp.task.DeviceTask`."""

    host: DirectionTask
    config: DirectionConfig

    def __init__(self, host: DirectionTask, num: int, device: str | None = None) -> None:
        super().__init__(host, num, device)
        commands = host.commands
        self._headings, self._speeds = (torch.zeros((num, commands), device=self.device) for _ in range(2))
        self._changes = torch.zeros((num, commands), dtype=torch.int64, device=self.device)
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
        config, count = self.config, self._headings.shape[1]
        changes = torch.zeros_like(self._changes)
        if "command" in options:
            given = options["command"]
            command = given_command(given.cpu().numpy() if isinstance(given, torch.Tensor) else given, self.num)
            self.host.check_command(command[:, 0], command[:, 1])
            angles, speeds = (self.simulation.tensor(part)[:, None].expand(-1, count) for part in command.T)
        else:
            drawn = self.draws.uniform(3 * count, rows).reshape(self.num, 3, count)
            low, high = (torch.tensor(end, dtype=torch.float64, device=self.device)[:, None] for end in zip(
                config.heading_range, config.speed_range, config.command_time, strict=True))  # fmt: skip
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

    def _goal_info(self) -> dict[str, torch.Tensor]:
        angle, speed = self.command
        return {
            "command_heading": angle,
            "command_speed": speed,
            "velocity_error": self._error.clone(),
            "mean_velocity_error": self._mean_error(),
        }
