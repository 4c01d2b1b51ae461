"""Doing what prompts say, on a device.

All motions of the prompts are made before the first episode. What a body did is judged on the host, when somebody reads
``info["semantic_success"]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from kinesis_env.config.text import TextConfig
from kinesis_env.errors import ConfigError, ResetError, shown
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.tasks.base import Ending
from kinesis_env.tasks.holding import HoldingActivations
from kinesis_env.tasks.text import KEPT, TextTask, judged
from kinesis_env.text.semantics import ANKLES
from kinesis_env.warp.options import values_of_rows
from kinesis_env.warp.task import DeviceOutcome
from kinesis_env.warp.tracking import DeviceTrackingTask
from kinesis_env.warp.words import Words

__all__ = ["DeviceTextTask", "Judgment"]


class DeviceTextTask(DeviceTrackingTask):
    """N episodes of doing what prompts say; arguments as for :class:`~kinesis_env.warp.task.DeviceTask`.

    Raises:
        ConfigError: more prompts and variants than ``capacity``.
    """

    host: TextTask
    config: TextConfig

    def __init__(self, host: TextTask, num: int, device: str | None = None) -> None:
        pool, config = host.pool, host.config
        wanted = [(prompt, variant) for prompt in pool.prompts for variant in range(config.variants)]
        if len(wanted) > config.capacity:
            raise ConfigError(
                f"on a device the motions of all prompts are kept: {len(pool.prompts)} prompts with {config.variants} "
                f"variants need capacity={len(wanted)}, given {config.capacity}"
            )
        pool.prepare()
        slots = [pool.slot(*key) for key in wanted]
        motions = [pool.motions[slot] for slot in slots]
        holding = None
        if config.start_activation == "hold":
            renamed = [motion.replace(name=f"{number}") for number, motion in enumerate(motions)]
            holding = HoldingActivations(MotionLibrary(renamed))
        super().__init__(host, motions, holding, num, device)
        self.entries = [pool.entry(slot) for slot in slots]
        self._motion_names = [motion.name for motion in motions]
        self._numbers = {key: number for number, key in enumerate(wanted)}
        self._vectors = self.simulation.tensor([pool.vector(slot) for slot in slots])
        longest = max(len(motion) / motion.fps for motion in motions) / self.simulation.control_step
        #: What the pelvis and the ankles did in the last two episodes of each row: this one, and the one before.
        self.tracks = torch.zeros((2, num, int(longest) + 2, KEPT), device=self.device)
        self.episode = torch.zeros(num, dtype=torch.int64, device=self.device)
        self._over = torch.zeros(num, dtype=torch.bool, device=self.device)
        self._ankles = torch.tensor(ANKLES, device=self.device)
        self._index = torch.arange(num, device=self.device)

    def reset(self, rows: torch.Tensor, options: Mapping[str, Any]) -> None:
        """Start episodes at the start of the motions of prompts; options as for the host's task."""
        super().reset(rows, options)
        self.episode = self.episode + rows

    def refresh(self) -> None:
        """Gather the state of the bodies, the reference, and what is kept of this step."""
        super().refresh()
        body, qpos = self._body, self.simulation.qpos
        cosine, sine = body.heading
        ankles = body.tracked_position[:, self._ankles, 2]
        seen = torch.cat((qpos[:, :2], torch.atan2(sine, cosine)[:, None], ankles), dim=1)
        place = torch.clamp(self.clock.elapsed, max=self.tracks.shape[2] - 1)
        self.tracks[self.episode % 2, self._index, place] = seen

    def step(self, action: torch.Tensor, idle: torch.Tensor | None = None) -> DeviceOutcome:
        """Advance all rows but the idle ones by one action (n, 80)."""
        outcome = super().step(action, idle)
        self._over = outcome.terminated | outcome.truncated
        return outcome

    def info(self) -> dict[str, Any]:
        """Return the info of imitation, the prompts, what was understood of them, and whether bodies did it."""
        clip, entries = self.clock.clip, self.entries
        return super().info() | {
            "prompt": Words(clip, [entry.prompt for entry in entries]),
            "understood": Words(clip, [entry.understood for entry in entries]),
            "semantic_success": Judgment(self, self._over & (self._reason != int(Ending.DIVERGED))),
        }

    def _ahead(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        return super()._ahead() if self.config.observe_reference else None

    def _task_terms(self) -> dict[str, torch.Tensor]:
        return {"prompt": self._vectors[self.clock.clip]} if self._vectors.shape[1] else {}

    def _draw_clips(self, rows: torch.Tensor, options: Mapping[str, Any]) -> torch.Tensor:
        variants, prompts = self.config.variants, len(self.entries) // self.config.variants
        drawn = self.draws.uniform(2, rows)
        prompt = torch.clamp((drawn[:, 0] * prompts).to(torch.int64), max=prompts - 1)
        variant = torch.clamp((drawn[:, 1] * variants).to(torch.int64), max=variants - 1)
        if "prompt" in options:
            found = [self._number(one) for one in values_of_rows("prompt", options["prompt"], len(rows))]
            prompt = torch.tensor(found, device=rows.device)
        if "variant" in options:
            asked = values_of_rows("variant", options["variant"], len(rows))
            for one in asked:
                if not isinstance(one, int | np.integer) or isinstance(one, bool) or not 0 <= one < variants:
                    raise ResetError(
                        f"option 'variant' must be a whole number from 0, on a device below variants={variants}; "
                        f"given {one!r}"
                    )
            variant = torch.tensor([int(one) for one in asked], device=rows.device)
        return prompt * variants + variant

    def _number(self, prompt: Any) -> int:
        try:
            return self._numbers[prompt, 0] // self.config.variants
        except (KeyError, TypeError) as error:
            raise ResetError(
                f"option 'prompt' must be one of the environment's prompts on a device, given {shown(prompt)}; "
                "make the environment with prompts=[...]"
            ) from error

    def _clip_names(self) -> Words:
        return Words(self.clock.clip, self._motion_names)

    def show(self, row: int) -> None:
        """Give the host's clock the row's motion, time and place."""
        entry = self.entries[int(self.clock.clip[row])]
        super().show(row)
        self.host.clock.clip[0] = self.host.pool.slot(entry.prompt, entry.variant)
        self.host.clock.relocate()


class Judgment:
    """Whether bodies did what their prompts say, where an episode just ended; ``np.asarray`` judges, bool (n,).

    It can be read until the row's next episode has ended as well.

    Args:
        task: the task.
        over: the rows whose episodes ended, bool (n,).
    """

    def __init__(self, task: DeviceTextTask, over: torch.Tensor) -> None:
        clock = task.clock
        self._task, self._over = task, over
        self._state = task.episode, clock.clip, clock.elapsed, clock.start_time
        self._made: np.ndarray[Any, Any] | None = None

    def __len__(self) -> int:
        return len(self._over)

    def __getitem__(self, row: int) -> bool:
        return bool(np.asarray(self)[row])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """Return the judgment, bool (n,).

        Raises:
            ResetError: it is too late: the row has ended its next episode, too.
        """
        if self._made is None:
            self._made = self._judge()
        return self._made if dtype is None else self._made.astype(dtype)

    def _judge(self) -> np.ndarray[Any, Any]:
        task = self._task
        met = np.zeros(len(self), dtype=np.bool_)
        rows = torch.nonzero(self._over).flatten()
        if not len(rows):
            return met
        episode, clip, elapsed, start = (part[rows] for part in self._state)
        if bool((task.episode[rows] > episode + 1).any()):
            raise ResetError("semantic_success must be read before the row's next episode ends")
        tracks = task.tracks[episode % 2, rows].cpu().double().numpy()
        last = np.minimum(elapsed.cpu().numpy(), tracks.shape[1] - 1)
        starts = (start / task.clock.motions.durations[clip]).cpu().numpy()
        entries = [task.entries[number] for number in clip.tolist()]
        met[rows.cpu().numpy()] = judged(tracks, last, entries, starts, task.simulation.control_step)
        return met
