"""Imitation: follow a reference motion, body by body, at the motion's own pace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.tracking import ImitateConfig
from kinesis_env.errors import MotionError, ResetError, shown
from kinesis_env.motions.bodies import body_of_config
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.load import load_motions
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.base import Outcome
from kinesis_env.tasks.clips import Clips
from kinesis_env.tasks.tracking import TrackingTask
from kinesis_env.typing import Array, Mask

__all__ = ["ImitateTask"]


class ImitateTask(TrackingTask):
    """N episodes of following clips of a library; arguments as for :class:`~kinesis_env.tasks.base.Task`.

    Attributes:
        library: the motions.
        clock: the motion of each row and the row's time in it.
        clips: sampling weights and statistics of the motions.
    """

    config: ImitateConfig
    library: MotionLibrary
    options: ClassVar[tuple[str, ...]] = ("clip", *TrackingTask.options)

    def __init__(
        self, config: ImitateConfig, num: int, num_threads: int = 1, *, simulation_class: type[Simulation] = Simulation
    ) -> None:
        library = MotionLibrary(load_motions(config.motions, fps=config.control_rate, body=body_of_config(config)))
        super().__init__(config, library, num, num_threads, simulation_class)
        self._check_library()
        self._names = np.array(self.library.names, dtype=object)
        self.clips = Clips(self.library.names, len(self.library) * self.library.weights)
        self.clips.set_weights(config.motion_weights)
        self._lay_out()

    def _draw_clip(self, rng: np.random.Generator, requested: Mapping[str, Any]) -> int:
        name = requested.get("clip", self.config.clip)
        return self.clips.draw(rng) if name == "random" else self._clip_of(name)

    def _start_share(self, clip: int, share: float) -> float:
        return self.clips.start(clip, share)

    def step(self, action: Array, rows: Mask | None = None) -> Outcome:
        """Advance some rows, by default all, by one checked action (n, 80), and count finished episodes."""
        outcome = super().step(action, rows)
        if np.count_nonzero(outcome.terminated) or np.count_nonzero(outcome.truncated):
            over = np.flatnonzero(outcome.terminated | outcome.truncated)
            clock = self.clock
            coverage = np.minimum(clock.elapsed[over] / clock.length[over], 1.0)
            place = np.minimum(clock.time[over] / self.library.durations[clock.clip[over]], 1.0)
            self.clips.count(clock.clip[over], coverage, outcome.terminated[over], place)
        return outcome

    def _clip_names(self) -> NDArray[Any]:
        return np.asarray(self._names[self.clock.clip])

    def _clip_of(self, name: Any) -> int:
        if not isinstance(name, str):
            raise ResetError(f"option 'clip' must be a name, given {shown(name)}")
        try:
            return self.library.index(name)
        except MotionError as error:
            raise ResetError(str(error)) from error

    def _check_library(self) -> None:
        if self.config.clip != "random":
            self.library.index(self.config.clip)
        step = self.simulation.control_step
        short = [motion.name for motion in self.library if motion.duration < step - 1e-9]
        if short:
            raise MotionError(f"motions shorter than one control step ({step:.4g} s): {', '.join(short)}")
