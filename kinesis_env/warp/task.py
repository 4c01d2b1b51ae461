"""The base class of all tasks on a device, the counterpart of :class:`kinesis_env.tasks.base.Task`.

A task on a device has a task of one row on the host beside it, which reads the configuration and the motions, lays out
observations, checks options, and is drawn when a row is rendered. Every method here works on all rows at once, with
masks instead of indices, so that nothing waits for the device.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kinesis_env.model.frames import Frames
from kinesis_env.tasks.base import Ending, Task
from kinesis_env.terms import observations
from kinesis_env.terms.observations import BodyState
from kinesis_env.terms.own import Context
from kinesis_env.warp.draws import Draws
from kinesis_env.warp.options import fatigue_of_rows
from kinesis_env.warp.own import DeviceOwnTerms
from kinesis_env.warp.simulation import WarpSimulation
from kinesis_env.warp.words import Words

__all__ = ["DeviceOutcome", "DeviceTask"]


_FIRST_ROW = np.zeros(1, dtype=np.int64)


@dataclass(slots=True, eq=False)
class DeviceOutcome:
    """The outcome of a step: reward, terminated and truncated, (n,) each; idle rows have zeros."""

    reward: torch.Tensor
    terminated: torch.Tensor
    truncated: torch.Tensor


class DeviceTask(ABC):
    """N episodes on a device.

    Args:
        host: the same task with one row on the host.
        num: the number of episodes.
        device: as for :class:`~kinesis_env.warp.physics.Physics`.

    Attributes:
        host: the task on the host.
        simulation: the bodies.
        draws: the random numbers of the rows.

    Raises:
        ConfigError: no such device, or an impossible setting.
        DeviceError: the device has too little memory.
    """

    def __init__(self, host: Task, num: int, device: str | None = None) -> None:
        self.host, self.config, self.num = host, host.config, num
        self.simulation = WarpSimulation(host.body, num, host.config, device)
        self.device = self.simulation.device
        self.draws = Draws(num, self.device)
        self._own = DeviceOwnTerms(host.own_terms, self.device)
        self._scales = host.reward_scales
        self._weights = self.simulation.tensor(host.reward_weights)
        self._reward = torch.zeros((len(self._weights), num), device=self.device)
        self._reason = torch.zeros(num, dtype=torch.int64, device=self.device)
        self._tracked: Any = torch.as_tensor(self.simulation.names.tracked_among_moving, device=self.device)
        self._everyone = torch.ones(num, dtype=torch.bool, device=self.device)
        self._limits = self.simulation.tensor(self.simulation.model.jnt_range[1:].T)

    @abstractmethod
    def reset(self, rows: torch.Tensor, options: Mapping[str, Any]) -> None:
        """Start new episodes in the rows of a mask, bool (n,); the states that follow are :meth:`refresh`'s.

        Options are those of the host's task: one value for all rows, or one for each of n rows.
        """

    @abstractmethod
    def step(self, action: torch.Tensor, idle: torch.Tensor | None = None) -> DeviceOutcome:
        """Advance all rows but the idle ones by one action (n, 80)."""

    @abstractmethod
    def info(self) -> dict[str, Any]:
        """Return the info of each row, tensors or :class:`~kinesis_env.warp.words.Words`, (n,) each."""

    @abstractmethod
    def show(self, row: int) -> None:
        """Give the host's task what is drawn of a row besides the body."""

    def observe(self) -> torch.Tensor:
        """Return the observations, float32 (n, size)."""
        return torch.cat([term.to(torch.float32) for term in self._terms().values()], dim=1)

    def refresh(self) -> None:
        """Gather the state of the bodies."""
        physics, names = self.simulation.physics, self.simulation.names
        self._body = BodyState.from_arrays(
            physics.xpos,
            physics.xmat,
            physics.cvel,
            physics.com[:, names.root],
            bodies=names.moving,
            tracked=self._tracked,
        )

    def mirror(self, row: int) -> Task:
        """Return the host's task in the state of a row, to be drawn."""
        physics = self.simulation.physics
        state = (live[row : row + 1].cpu().double().numpy() for live in (physics.qpos, physics.qvel, physics.act))
        self.host.simulation.set_state(_FIRST_ROW, *state)
        self.show(row)
        return self.host

    def _place(self, rows: torch.Tensor, options: Mapping[str, Any], *states: torch.Tensor) -> None:
        """Draw conditions and noise, and set bodies to qpos, qvel and act, (n, ...), as ``start_bodies`` does."""
        simulation, (away, turned) = self.simulation, self.config.start_noise
        qpos, qvel, act = states
        simulation.renew(rows, self.draws, fatigue_of_rows(options, self.host, rows))
        if away or turned:
            noise = (2.0 * self.draws.uniform(2 + qpos.shape[1] - 7, rows) - 1.0).to(qpos.dtype)
            hinges = torch.clamp(qpos[:, 7:] + turned * noise[:, 2:], self._limits[0], self._limits[1])
            qpos = torch.cat((qpos[:, :2] + away * noise[:, :2], qpos[:, 2:7], hinges), dim=1)
        simulation.set_state(rows, qpos, qvel, simulation.conditions.compensated(act))
        self._reward = self._reward.masked_fill(rows, 0.0)
        self._reason = self._reason.masked_fill(rows, int(Ending.NONE))

    def context(self) -> Context:
        """Return the context for the user's own terms."""
        reference, goal, command, elapsed = self._context_of_task()
        step = self.simulation.control_step
        simulation: Any = self.simulation
        return Context(simulation, reference, goal, command, elapsed * step, step)

    @abstractmethod
    def _context_of_task(self) -> tuple[Frames | None, Any, Any, torch.Tensor]:
        """Return reference, goal [m] and commanded velocity [m/s] in the world, or None, and the steps so far, (n,)."""

    def _with_own_terms(self, values: torch.Tensor, reason: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the user's rewards to values (terms, n), and terminations to reasons (n,) where nothing else ends."""
        if not self._own.after_step:
            return values, reason
        context = self.context()
        own = self._own.terminated(context)
        values = torch.cat((values, self._own.reward(context)))
        return values, torch.where((reason == int(Ending.NONE)) & (own > 0), own + max(Ending), reason)

    def _total_reward(self) -> torch.Tensor:
        """Return the sum of the reward terms, (n,), added in order."""
        total = self._reward[0]
        for term in self._reward[1:]:
            total = total + term
        return total

    def _reward_info(self) -> dict[str, Any]:
        return dict(zip(self.host.reward_keys, self._reward.unbind(0), strict=True))

    def _words(self) -> Words:
        return Words(self._reason, self.host.words.tolist())

    def body_info(self) -> dict[str, Any]:
        """Return the conditions, perturbations, strength and body in force, (n,) each, if any."""
        info: dict[str, Any] = self.simulation.conditions.info() | self.simulation.perturbations.info()
        nothing = torch.zeros(self.num, dtype=torch.int64, device=self.device)
        return info | {key: Words(nothing, [word]) for key, word in self.host.called.items()}

    def _terms(self) -> dict[str, torch.Tensor]:
        """Return the observation terms, (n, k) each, in the order of the host's layout."""
        simulation = self.simulation
        contacts = observations.foot_contacts(simulation.foot_force, simulation.body_weight)
        terms: dict[str, Any] = observations.body_terms(self._body, contacts)
        for quantity in self.config.muscle_observations:
            terms[f"muscle_{quantity}"] = simulation.muscle_state(quantity)
        ahead = self._ahead()
        if ahead is not None:
            terms["tracking"] = observations.tracking(self._body, *ahead)
        terms |= self._task_terms()
        return terms | self._own.observe(self.context()) if self.config.extra_observations else terms

    def _ahead(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return the observed reference positions and velocities, (n, frames, 7, 3) each, or None."""
        return None

    def _task_terms(self) -> dict[str, torch.Tensor]:
        """Return the task's observation terms besides the body and the reference, (n, k) each."""
        return {}
