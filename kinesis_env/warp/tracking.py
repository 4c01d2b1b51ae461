"""Tasks that follow a reference motion, on a device: the base class, and imitation of clips."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from kinesis_env.config.tracking import ImitateConfig, TrackingConfig
from kinesis_env.errors import MotionError, ResetError, shown
from kinesis_env.model.frames import Frames
from kinesis_env.motions.motion import Motion
from kinesis_env.tasks.base import Ending
from kinesis_env.tasks.clips import PARTS
from kinesis_env.tasks.holding import HoldingActivations
from kinesis_env.tasks.imitate import ImitateTask
from kinesis_env.tasks.options import finite_number
from kinesis_env.tasks.tracking import TrackingTask
from kinesis_env.terms import rewards, terminations
from kinesis_env.warp.options import numbers_of_rows, values_of_rows
from kinesis_env.warp.reference import DeviceClock, DeviceMotions
from kinesis_env.warp.residual import HeldFrames, MotionServo
from kinesis_env.warp.task import DeviceOutcome, DeviceTask
from kinesis_env.warp.words import Words

__all__ = ["DeviceImitateTask", "DeviceTrackingTask"]

_PI = float(np.pi)


class DeviceTrackingTask(DeviceTask):
    """N episodes of following a reference.

    Args:
        host: the same task with one row on the host.
        motions: the motions that episodes may follow.
        holding: their activations, if episodes need them.
        num: the number of episodes.
        device: as for :class:`~kinesis_env.warp.physics.Physics`.

    Attributes:
        clock: the motion of each row and the row's time in it.
    """

    host: TrackingTask
    config: TrackingConfig

    def __init__(
        self,
        host: TrackingTask,
        motions: Sequence[Motion],
        holding: HoldingActivations | None,
        num: int,
        device: str | None = None,
    ) -> None:
        super().__init__(host, num, device)
        config = host.config
        self.clock = DeviceClock(
            DeviceMotions(motions, self.device), num, self.simulation.control_step, config.lookahead,
            config.lookahead_stride,
        )  # fmt: skip
        residual = config.action_mode == "residual"
        self._held = HeldFrames.of(motions, self.simulation, holding) if residual or holding else None
        alone = host.holding is None
        self._servo = MotionServo(self.simulation, self.clock, self._held, alone) if residual and self._held else None
        self._finished = torch.zeros(num, dtype=torch.bool, device=self.device)
        self._error, self._error_sum = (torch.zeros(num, device=self.device) for _ in range(2))

    @abstractmethod
    def _draw_clips(self, rows: torch.Tensor, options: Mapping[str, Any]) -> torch.Tensor:
        """Return the clips of new episodes, (n,); the values of other rows mean nothing."""

    @abstractmethod
    def _clip_names(self) -> Words:
        """Return the name of each row's clip."""

    def _start_shares(self, clips: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Return the relative start times in clips (n,), from 0 to 1, for uniform random numbers (n,)."""
        return shares

    def reset(self, rows: torch.Tensor, options: Mapping[str, Any]) -> None:
        """Start episodes in a state of the reference; options as for the host's task."""
        clips = self._draw_clips(rows, options)
        times = self._draw_times(rows, clips, options)
        headings = torch.full_like(times, torch.nan)
        if "heading" in options:
            headings = numbers_of_rows("heading", options["heading"], rows)
        elif self.config.random_heading:
            headings = _PI * (2.0 * self.draws.uniform(1, rows)[:, 0] - 1.0)
        start = self.clock.start(rows, clips, times, headings)
        if self.config.start_activation == "hold" and self._held is not None:
            act = self._held.activation(*self.clock.motions.places(self.clock.clip, self.clock.start_time))
        else:
            act = torch.zeros_like(self.simulation.physics.act)
        self._place(rows, options, start.qpos, start.qvel, act)
        self._finished &= ~rows
        self._error = self._error.masked_fill(rows, 0.0)
        self._error_sum = self._error_sum.masked_fill(rows, 0.0)

    def step(self, action: torch.Tensor, idle: torch.Tensor | None = None) -> DeviceOutcome:
        """Advance all rows but the idle ones by one action (n, 80)."""
        simulation, clock = self.simulation, self.clock
        simulation.step(action if self._servo is None else self._servo.moved(action), idle)
        moved = self._everyone if idle is None else ~idle
        clock.elapsed = clock.elapsed + moved
        self.refresh()
        body, scales = self._body, self._scales
        reference_pos, reference_vel = self._reference_pos[:, 0], self._reference_vel[:, 0]
        values = torch.stack(
            (
                rewards.position(body.tracked_position, reference_pos, scale=scales["position"]),
                rewards.velocity(body.tracked_velocity, reference_vel, scale=scales["velocity"]),
                rewards.upright(*body.angles, scale=scales["upright"]),
                rewards.energy(simulation.excitation, scale=scales["energy"]),
            )
        )
        distance: torch.Tensor = terminations.distances(body.tracked_position, reference_pos)
        error, limit, mode = distance.mean(dim=1), self.config.termination_distance, self.config.termination
        if mode == "relative":
            lost = terminations.relative_lost(body.tracked_position, reference_pos, limit=limit)
        else:
            lost = terminations.tracking_lost(error, distance.amax(dim=1), limit=limit, mode=mode)
        diverged = simulation.diverged
        reason = torch.where(lost, int(Ending.TRACKING_LOST), int(Ending.NONE))
        reason = torch.where(diverged, int(Ending.DIVERGED), reason)
        values, reason = self._with_own_terms(values, reason)
        reason = reason * moved
        self._reward = values * self._weights * (moved & ~diverged)
        self._error, self._reason = error * moved, reason
        self._error_sum = self._error_sum + self._error
        terminated = reason != int(Ending.NONE)
        self._finished = (clock.elapsed >= clock.length) & moved & ~terminated
        return DeviceOutcome(self._total_reward(), terminated, self._finished.clone())

    def info(self) -> dict[str, Any]:
        """Return the info of each row, as the host's task."""
        clock = self.clock
        elapsed = clock.elapsed.to(torch.float32)
        return self._reward_info() | {
            "clip": self._clip_names(),
            "time": clock.time,
            "tracking_error": self._error.clone(),
            "mpjpe": 1000.0 * self._error_sum / torch.clamp(elapsed, min=1.0),
            "frame_coverage": torch.clamp(elapsed / clock.length, max=1.0),
            "is_success": self._finished.clone(),
            "termination_reason": self._words(),
            **self.body_info(),
        }

    def refresh(self) -> None:
        """Gather the state of the bodies, and the reference."""
        super().refresh()
        self._reference_pos, self._reference_vel = self.clock.window()

    def show(self, row: int) -> None:
        """Give the host's clock the row's motion, time and place."""
        clock = self.clock
        self.host.clock.place_at(
            clip=int(clock.clip[row]), start_time=float(clock.start_time[row]), elapsed=int(clock.elapsed[row]),
            turn=float(clock.turn[row]), pivot=clock.pivot[row].cpu().double().numpy(),
        )  # fmt: skip

    def _context_of_task(self) -> tuple[Frames, None, None, torch.Tensor]:
        return self.clock.now(), None, None, self.clock.elapsed

    def _ahead(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        return self._reference_pos[:, 1:], self._reference_vel[:, 1:]

    def _draw_times(self, rows: torch.Tensor, clips: torch.Tensor, options: Mapping[str, Any]) -> torch.Tensor:
        """Return start times [s], float64 (n,)."""
        latest = torch.clamp(self.clock.motions.durations[clips] - self.simulation.control_step, min=0.0)
        drawn = latest * self._start_shares(clips, self.draws.uniform(1, rows)[:, 0])
        if "start_time" not in options:
            given = self.config.start_time
            return drawn if given == "random" else torch.clamp(latest, max=float(given))
        asked = values_of_rows("start_time", options["start_time"], len(rows))
        numbers = [np.nan if one == "random" else finite_number("start_time", one) for one in asked]
        times = torch.tensor(numbers, dtype=torch.float64, device=rows.device)
        times = torch.where(torch.isnan(times), drawn, times)
        impossible = rows & ((times < 0.0) | (times > latest + 1e-9))
        if bool(impossible.any()):
            row = int(impossible.to(torch.int64).argmax())
            raise ResetError(
                f"start_time must leave at least one step of the clip: 0 to {float(latest[row]):.6g} s, "
                f"given {float(times[row])} in row {row}"
            )
        return times


class DeviceImitateTask(DeviceTrackingTask):
    """N episodes of following clips of a library; arguments as for :class:`~kinesis_env.warp.task.DeviceTask`."""

    host: ImitateTask
    config: ImitateConfig

    def __init__(self, host: ImitateTask, num: int, device: str | None = None) -> None:
        super().__init__(host, tuple(host.library), host.holding, num, device)
        count = len(host.library)
        self._episodes, self._coverage = (torch.zeros(count, dtype=torch.float64, device=self.device) for _ in range(2))
        self._failures = torch.zeros(count * PARTS, dtype=torch.float64, device=self.device)
        self.update_clips()

    def update_clips(self) -> None:
        """Take over the weights and start times of clips from the host's task."""
        cumulative, starts = self.host.clips.tables()
        self._cumulative = torch.as_tensor(cumulative, device=self.device)
        self._starts = None if starts is None else torch.as_tensor(starts, device=self.device)

    def count_clips(self) -> None:
        """Give the host's task the statistics of finished episodes."""
        counts = (part.cpu().numpy() for part in (self._episodes, self._coverage, self._failures))
        self.host.clips.take_counts(*counts)

    def step(self, action: torch.Tensor, idle: torch.Tensor | None = None) -> DeviceOutcome:
        """Advance all rows but the idle ones by one action (n, 80), and count finished episodes."""
        outcome = super().step(action, idle)
        clock = self.clock
        over = (outcome.terminated | outcome.truncated).to(torch.float64)
        coverage = torch.clamp(clock.elapsed / clock.length, max=1.0)
        place = torch.clamp(clock.time / clock.motions.durations[clock.clip], max=1.0)
        part = torch.clamp((place * PARTS).to(torch.int64), max=PARTS - 1)
        self._episodes.index_add_(0, clock.clip, over)
        self._coverage.index_add_(0, clock.clip, over * coverage)
        self._failures.index_add_(0, clock.clip * PARTS + part, over * outcome.terminated)
        return outcome

    def _draw_clips(self, rows: torch.Tensor, options: Mapping[str, Any]) -> torch.Tensor:
        drawn = self._drawn(rows)
        if "clip" not in options:
            given = self.config.clip
            return drawn if given == "random" else torch.full_like(drawn, self._index(given))
        names = values_of_rows("clip", options["clip"], len(rows))
        known = [-1 if name == "random" else self._index(name) for name in names]
        clips = torch.tensor(known, dtype=torch.int64, device=rows.device)
        return torch.where(clips < 0, drawn, clips)

    def _drawn(self, rows: torch.Tensor) -> torch.Tensor:
        share = self.draws.uniform(1, rows)[:, 0] * self._cumulative[-1]
        clips = torch.searchsorted(self._cumulative, share, right=True)
        return torch.clamp(clips, max=len(self._cumulative) - 1)

    def _start_shares(self, clips: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        if self._starts is None:
            return shares
        known = self._starts[clips]
        parts = torch.isfinite(known).sum(dim=1) - 1
        after = torch.minimum(torch.clamp((known <= shares[:, None]).sum(dim=1), min=1), parts)
        low, high = known.gather(1, after[:, None] - 1)[:, 0], known.gather(1, after[:, None])[:, 0]
        return (after - 1 + (shares - low) / torch.clamp(high - low, min=1e-12)) / parts

    def _clip_names(self) -> Words:
        return Words(self.clock.clip, self.host.library.names)

    def _index(self, name: Any) -> int:
        if not isinstance(name, str):
            raise ResetError(f"option 'clip' must be a name, given {shown(name)}")
        try:
            return self.host.library.index(name)
        except MotionError as error:
            raise ResetError(str(error)) from error
