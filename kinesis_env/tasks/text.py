"""Text: do what a prompt says, by following a motion generated from it, or from its words alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.text import TextConfig
from kinesis_env.errors import ResetError
from kinesis_env.motions.bodies import body_of_config
from kinesis_env.motions.pool import MotionPool
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.base import Ending, Outcome
from kinesis_env.tasks.prompt_pool import Entry, PromptPool
from kinesis_env.tasks.tracking import TrackingTask
from kinesis_env.text.semantics import ANKLES, behaviors
from kinesis_env.text.words import checked_prompt
from kinesis_env.typing import Array, Mask, RowInfo, Rows

__all__ = ["KEPT", "TextTask", "judged"]


#: Data kept of each step for the goal: position and heading of the pelvis, heights of both ankles.
KEPT = 5


class TextTask(TrackingTask):
    """N episodes of doing what prompts say; arguments as for :class:`~kinesis_env.tasks.base.Task`.

    Attributes:
        pool: the prompts and their motions.
        clock: the motion of each row and the row's time in it.
    """

    config: TextConfig
    library: MotionPool
    options: ClassVar[tuple[str, ...]] = ("prompt", "variant", *TrackingTask.options)

    def __init__(
        self, config: TextConfig, num: int, num_threads: int = 1, *, simulation_class: type[Simulation] = Simulation
    ) -> None:
        self.pool = PromptPool(config, body_of_config(config))
        super().__init__(config, self.pool.motions, num, num_threads, simulation_class)
        if num > 1:
            self.pool.prepare()
        self._claimed: set[int] = set()
        self._prompts: NDArray[Any] = np.full(num, "", dtype=object)
        self._understood: NDArray[Any] = np.full(num, "", dtype=object)
        self._embedding = np.zeros((num, self.pool.embedding_size), dtype=np.float32)
        self._semantic: Mask = np.zeros(num, dtype=np.bool_)
        self._track: Array = np.zeros((num, 2, KEPT))
        self._rows = np.arange(num)
        self.clock.clip[:] = self.pool.slot(self.pool.prompts[0], 0)
        self.clock.relocate()
        self._lay_out()

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts that episodes draw from."""
        return self.pool.prompts

    def reset(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        """Start episodes at the start of the motions of prompts, all muscles at rest.

        Options: ``prompt`` (words), ``variant`` (of its motion), ``start_time`` [s] and ``heading`` [rad], the initial
        heading.
        """
        self._claimed = set(np.delete(self.clock.clip, rows).tolist())
        super().reset(rows, rngs, options)
        for row in rows:
            slot = int(self.clock.clip[row])
            entry = self.pool.entry(slot)
            self._prompts[row], self._understood[row] = entry.prompt, entry.understood
            self._embedding[row] = self.pool.vector(slot)
        self._semantic[rows] = False
        self._make_room(int(self.clock.length.max()) + 1)
        self._track[rows, 0] = self._seen()[rows]

    def step(self, action: Array, rows: Mask | None = None) -> Outcome:
        """Advance some rows, by default all, by one checked action (n, 80)."""
        outcome = super().step(action, rows)
        self._track[self._rows, np.minimum(self.clock.elapsed, self._track.shape[1] - 1)] = self._seen()
        over = outcome.terminated | outcome.truncated
        if over.any():
            self._judge(np.flatnonzero(over))
        return outcome

    def info(self) -> RowInfo:
        """Return the info of imitation, the prompt, what was understood of it, and whether the body did it."""
        info = super().info()
        info["prompt"] = self._prompts.copy()
        info["understood"] = self._understood.copy()
        info["semantic_success"] = self._semantic.copy()
        return info

    def _make_room(self, moments: int) -> None:
        """Resize the track to hold the given number of steps of each episode, with some room."""
        have = self._track.shape[1]
        if moments <= have <= 4 * moments:
            return
        track = np.zeros((len(self._track), moments + moments // 4, KEPT))
        kept = min(track.shape[1], have)
        track[:, :kept] = self._track[:, :kept]
        self._track = track

    def _seen(self) -> Array:
        """Return the data kept of the current step (n, 5)."""
        if self._stale:
            self._refresh()
        cosine, sine = self._body.heading
        seen = np.empty((len(cosine), KEPT))
        seen[:, :2] = self.simulation.qpos[:, :2]
        seen[:, 2] = np.arctan2(sine, cosine)
        self._body.tracked_position[:, :, 2].take(ANKLES, axis=1, out=seen[:, 3:])
        return seen

    def _judge(self, rows: Rows) -> None:
        """Record which of the finished rows did what their prompts say."""
        clock = self.clock
        last = np.minimum(clock.elapsed[rows], self._track.shape[1] - 1)
        clips = clock.clip[rows]
        starts = clock.start_time[rows] / self.library.durations[clips]
        entries = [self.pool.entry(clip) for clip in clips.tolist()]
        done = judged(self._track[rows], last, entries, starts, self.simulation.control_step)
        self._semantic[rows] = done & (self._reason[rows] != Ending.DIVERGED)

    def _ahead(self) -> tuple[Array, Array] | None:
        return super()._ahead() if self.config.observe_reference else None

    def _task_terms(self) -> dict[str, Array]:
        return {"prompt": self._embedding.astype(np.float64)} if self._embedding.size else {}

    def _draw_clip(self, rng: np.random.Generator, requested: Mapping[str, Any]) -> int:
        prompt = checked_prompt(requested["prompt"]) if "prompt" in requested else self.pool.draw(rng)
        variant = requested.get("variant")
        if variant is None:
            variant = self.pool.draw_variant(rng)
        if not isinstance(variant, int | np.integer) or isinstance(variant, bool) or variant < 0:
            raise ResetError(f"option 'variant' must be a whole number from 0, given {variant!r}")
        slot = self.pool.slot(prompt, int(variant), self._claimed)
        self._claimed.add(slot)
        return slot

    def _clip_names(self) -> NDArray[Any]:
        return np.array(self.library.names, dtype=object)[self.clock.clip]


def judged(tracks: Array, last: Rows, entries: Sequence[Entry], starts: Array, step: float) -> Mask:
    """Return whether bodies did what their prompts say, (k,).

    Args:
        tracks: position and heading of the pelvis and heights of both ankles at each control step, (k, T, 5).
        last: the last control step of each, (k,).
        entries: their prompts.
        starts: how far into its motion each began, from 0 to 1, (k,).
        step: seconds per control step.
    """
    moments = np.minimum(np.arange(int(last.max()) + 1), last[:, None])
    track: Array = tracks[np.arange(len(last))[:, None], moments]
    done = behaviors(track[..., :2], track[..., 2], track[..., 3:], 1.0 / step)
    met = np.zeros(len(last), dtype=np.bool_)
    for i, (entry, start) in enumerate(zip(entries, starts.tolist(), strict=True)):
        goal = entry.goal if start == 0 else entry.goal_from(start)
        met[i] = goal is not None and goal.met(done.row(i), float(last[i]) * step)
    return met
