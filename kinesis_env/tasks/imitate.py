"""Imitation: follow a reference motion, body by body, at its own pace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.tracking import ImitateConfig
from kinesis_env.errors import MotionError, ResetError, shown
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.load import load_motions
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.tracking import TrackingTask

__all__ = ["ImitateTask"]


class ImitateTask(TrackingTask):
    """N episodes of following clips of a library; arguments as for :class:`~kinesis_env.tasks.base.Task`.

    Attributes:
        library: the motions.
        clock: which of them each row follows, and where in it the row is.
    """

    config: ImitateConfig
    library: MotionLibrary
    options: ClassVar[tuple[str, ...]] = ("clip", *TrackingTask.options)

    def __init__(
        self, config: ImitateConfig, num: int, num_threads: int = 1, *, simulation_class: type[Simulation] = Simulation
    ) -> None:
        library = MotionLibrary(load_motions(config.motions, fps=config.control_rate))
        super().__init__(config, library, num, num_threads, simulation_class)
        self._check_library()
        self._names = np.array(self.library.names, dtype=object)
        self._lay_out()

    def _draw_clip(self, rng: np.random.Generator, requested: Mapping[str, Any]) -> int:
        name = requested.get("clip", self.config.clip)
        return self.library.sample_one(rng) if name == "random" else self._clip_of(name)

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
