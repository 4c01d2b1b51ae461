"""Reaching points on the ground, on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from kinesis_env.config.goals import ReachConfig
from kinesis_env.tasks.reach import ReachGoalTask, ReachTask
from kinesis_env.terms import goals
from kinesis_env.warp.goals import DeviceGoalTask

__all__ = ["DeviceReachGoalTask", "DeviceReachTask"]

#: Points of which the first that is far enough becomes a goal: of 24 uniform ones, by default all are too near in
#: 1 of 1e31 draws; then the last is moved outward.
_CANDIDATES = 24


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

    def _context_of_task(self) -> tuple[None, Any, Any, torch.Tensor]:
        return None, self.goal_world(), None, self._elapsed

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
