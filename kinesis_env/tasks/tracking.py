"""The base class of tasks that follow a reference motion, body by body, at the motion's own pace."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.tracking import TrackingConfig
from kinesis_env.errors import MotionError, ResetError
from kinesis_env.model.frames import Frames
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pool import MotionPool
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.base import (
    BODY_OPTIONS,
    Ending,
    Outcome,
    Task,
)
from kinesis_env.tasks.holding import HoldingActivations, held_at
from kinesis_env.tasks.options import finite_number, option_of_row
from kinesis_env.tasks.reference import ReferenceClock
from kinesis_env.tasks.residual import PoseServo
from kinesis_env.tasks.starts import start_bodies
from kinesis_env.terms import imitation, terminations
from kinesis_env.typing import Array, Mask, RowInfo, Rows

__all__ = ["TrackingTask"]

# As plain numbers: arrays are slow to compare with members of an enum.
_NONE, _TRACKING_LOST = int(Ending.NONE), int(Ending.TRACKING_LOST)
# 0-d arrays: NumPy converts a Python number anew in every operation.
_ONE, _MILLIMETERS = np.array(1.0), np.array(1000.0)


class TrackingTask(Task):
    """N episodes of following a reference; arguments as for :class:`~kinesis_env.tasks.base.Task`.

    Attributes:
        library: the motions.
        clock: the motion of each row and the row's time in it.
    """

    config: TrackingConfig
    library: MotionLibrary | MotionPool
    clock: ReferenceClock
    endings: ClassVar[tuple[Ending, ...]] = (Ending.TRACKING_LOST, Ending.DIVERGED)
    options: ClassVar[tuple[str, ...]] = ("start_time", "heading", *BODY_OPTIONS)

    def __init__(
        self,
        config: TrackingConfig,
        library: MotionLibrary | MotionPool,
        num: int,
        num_threads: int = 1,
        simulation_class: type[Simulation] = Simulation,
    ) -> None:
        super().__init__(config, num, num_threads, simulation_class)
        if isinstance(library, MotionLibrary) and library.body.shape != self.body.shape:
            raise MotionError(f"the motions are of {library.body}, but the task has {self.body}: load them with body=")
        self.library = library
        self.clock = ReferenceClock(
            library, num, self.simulation.control_step, config.lookahead, config.lookahead_stride
        )
        # The clips of a library are reused; the motions of a pool are made for one episode.
        needed = config.start_activation == "hold" or config.action_mode == "residual"
        self._holding = HoldingActivations(library) if needed and isinstance(library, MotionLibrary) else None
        self._finished: Mask = np.zeros(num, dtype=np.bool_)
        self._error: Array = np.zeros(num)
        self._error_sum: Array = np.zeros(num)

    @property
    def holding(self) -> HoldingActivations | None:
        """Activations that carry the motions of a library, if episodes need them."""
        return self._holding

    @abstractmethod
    def _draw_clip(self, rng: np.random.Generator, requested: Mapping[str, Any]) -> int:
        """Return the clip of one episode, by its number in the library."""

    def _start_share(self, clip: int, share: float) -> float:  # noqa: ARG002  (a task that may prefer some times)
        """Return the relative start time in a clip, from 0 to 1, for a uniform random number from 0 to 1."""
        return share

    @abstractmethod
    def _clip_names(self) -> NDArray[Any]:
        """Return the name of each row's clip, objects (n,)."""

    def motion(self, row: int) -> Motion:
        """Return the clip that a row follows."""
        return self.library[int(self.clock.clip[row])]

    def reference(self) -> Frames:
        """Return the reference at each row's time, rotated as in the episode, (n, ...)."""
        return self.clock.now()

    def reset(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        """Start episodes in a state of the reference, with all muscles at rest.

        Options: ``start_time`` [s] and ``heading`` [rad], the initial heading, and the task's own.
        """
        self.check_options(options)
        start = self.clock.start(rows, *self._draw_starts(rngs, options))
        if self._holding is not None:
            self._holding.prepare(self.clock.clip[rows])
        act = self._held(rows) if self.config.start_activation == "hold" else 0.0
        start_bodies(self.simulation, self.config, rows, rngs, options, qpos=start.qpos, qvel=start.qvel, act=act)
        self._clear(rows)
        self._finished[rows] = False
        self._error[rows] = 0.0
        self._error_sum[rows] = 0.0
        self._stale = True

    def _held(self, rows: Rows) -> Array:
        """Return the activations that carry the reference where rows (k,) start, (k, 80)."""
        times = self.clock.start_time[rows]
        if self._holding is not None:
            return self._holding.at(self.clock.clip[rows], times)
        return np.stack(
            [held_at(self.motion(row), time) for row, time in zip(rows.tolist(), times.tolist(), strict=True)]
        )

    def _pose_servo(self) -> PoseServo:
        return PoseServo(self.simulation, self.clock, self._holding)

    def step(self, action: Array, rows: Mask | None = None) -> Outcome:
        """Advance some rows, by default all, by one checked action (n, 80)."""
        self.simulation.step(self._moved(action), rows)
        self.clock.elapsed += 1 if rows is None else rows
        self._refresh()
        reference_pos, reference_vel = self._reference_pos[:, 0], self._reference_vel[:, 0]
        excitation = self.simulation.excitation
        values, error, greatest = imitation.compare(
            self._body, reference_pos, reference_vel, excitation, self.reward_scales
        )
        limit, mode = self.config.termination_distance, self.config.termination
        if mode == "relative":
            lost = terminations.relative_lost(self._body.tracked_position, reference_pos, limit=limit)
        else:
            lost = terminations.tracking_lost(error, greatest, limit=limit, mode=mode)
        reason = lost * _TRACKING_LOST
        if self.simulation.any_diverged:
            reason[self.simulation.diverged] = Ending.DIVERGED
        if self.own_terms.after_step:
            context = self.context()
            values = np.concatenate((values, self.own_terms.reward(context)))
            reason = self._with_own_terminations(reason, context)
        values *= self.reward_weights
        if self.simulation.any_diverged:
            values[:, self.simulation.diverged] = 0.0
        at_end = self.clock.elapsed >= self.clock.length
        if rows is not None:
            values[:, ~rows] = 0.0
            reason[~rows] = Ending.NONE
            error[~rows] = 0.0
            at_end &= rows
        self._reward, self._error, self._reason = values, error, reason
        self._error_sum += error
        terminated = reason != _NONE
        self._finished = at_end & ~terminated
        return Outcome(self._total_reward(), terminated, self._finished.copy())

    def info(self) -> RowInfo:
        """Return the reward terms (which sum to the reward), the time in the clip, and how well it is tracked."""
        info = self._reward_info()
        elapsed = self.clock.elapsed.astype(np.float64)
        info["clip"] = self._clip_names()
        info["time"] = self.clock.time
        info["tracking_error"] = self._error.copy()
        info["mpjpe"] = _MILLIMETERS * self._error_sum / np.maximum(elapsed, _ONE)
        info["frame_coverage"] = np.minimum(elapsed / self.clock.length, _ONE)
        info["is_success"] = self._finished.copy()
        info["termination_reason"] = self.words[self._reason]
        return info | self.body_info()

    def _refresh(self) -> None:
        super()._refresh()
        self._reference_pos, self._reference_vel = self.clock.window()

    def _ahead(self) -> tuple[Array, Array] | None:
        return self._reference_pos[:, 1:], self._reference_vel[:, 1:]

    def _context_of_task(self) -> tuple[None, None, Rows]:
        return None, None, self.clock.elapsed

    def _draw_starts(
        self, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]
    ) -> tuple[Rows, Array, Array | None]:
        """Return clips, start times [s] and headings [rad] (NaN: as in the clip; None: all are) of k episodes."""
        count, random_heading, start_time = len(rngs), self.config.random_heading, self.config.start_time
        drawn, draw, begins_anywhere = [0] * count, self._draw_clip, start_time == "random"
        shares, times = np.zeros(count), np.full(count, math.nan)
        headings = np.full(count, math.nan) if random_heading or "heading" in options else None
        requested: Mapping[str, Any] = {}
        for i, rng in enumerate(rngs):
            if options:
                requested = {key: option_of_row(key, value, i, count) for key, value in options.items()}
                start_time = requested.get("start_time", self.config.start_time)
                begins_anywhere = start_time == "random"
            drawn[i] = draw(rng, requested)
            if begins_anywhere:
                shares[i] = self._start_share(drawn[i], rng.random())
            else:
                times[i] = finite_number("start_time", start_time)
            if headings is not None:
                asked = "heading" in requested
                headings[i] = (
                    finite_number("heading", requested["heading"]) if asked else rng.uniform(-math.pi, math.pi)
                )
        clips: Rows = np.array(drawn, dtype=np.int64)
        latest = np.maximum(self.library.durations[clips] - self.simulation.control_step, 0.0)
        times = np.where(np.isnan(times), latest * shares, times)
        impossible = (times < 0.0) | (times > latest + 1e-9)
        if impossible.any():
            i = int(impossible.argmax())
            raise ResetError(
                f"start_time must leave at least one step of clip {self.library.names[clips[i]]!r}: "
                f"0 to {latest[i]:.6g} s, given {times[i]}"
            )
        return clips, times, headings
