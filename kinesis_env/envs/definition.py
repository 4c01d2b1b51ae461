"""Code shared by the single and the vector environment of an id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

import mujoco
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec, load_env_creator
from numpy.typing import NDArray

from kinesis_env.config.files import make_config
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.envs.page import page
from kinesis_env.envs.rendering import RENDER_MODES, OffscreenRenderer, Viewer, check_view
from kinesis_env.errors import ConfigError, shown
from kinesis_env.model.names import NU
from kinesis_env.registration import ENTRY_POINTS
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.markers import Marker
from kinesis_env.typing import Actions, Array

__all__ = ["Definition", "HasTask", "TaskT", "View", "definition_of"]


TaskT = TypeVar("TaskT", bound=Task)


@dataclass(frozen=True)
class Definition:
    """An id: its preset, the schema of its keyword arguments, and its task."""

    env_id: str
    config: type[Any]
    task: Callable[..., Task]

    def make_task(
        self,
        overrides: Mapping[str, Any],
        num: int,
        num_threads: int,
        simulation_class: type[Simulation] = Simulation,
    ) -> Task:
        """Return the task for a user's keyword arguments, ``config`` among them.

        Raises:
            ConfigError: an unknown keyword or an impossible value.
        """
        config = make_config(self.env_id, self.config, overrides)
        return self.task(config, num, num_threads, simulation_class=simulation_class)


def definition_of(env_id: str) -> Definition:
    """Return the definition of a registered id.

    Raises:
        ConfigError: there is no such id; the message lists them.
    """
    entry_points = ENTRY_POINTS.get(env_id)
    if entry_points is None:
        raise ConfigError(f"unknown environment {env_id!r}; the ids are {', '.join(ENTRY_POINTS)}")
    found: Definition = cast(Any, load_env_creator(entry_points[0])).definition
    return found


def observation_space(task: Task) -> spaces.Box:
    """Return the space of one observation."""
    return spaces.Box(-np.inf, np.inf, (task.observation_size,), np.float32)


def action_space() -> spaces.Space[Actions]:
    """Return the space of one action: 80 muscles in [-1, 1]."""
    return spaces.Box(-1.0, 1.0, (NU,), np.float32)


class HasTask(Generic[TaskT]):
    """Shared by the single and the vector class: the id, the task, and pickling."""

    definition: ClassVar[Definition]
    _task: TaskT
    _arguments: dict[str, Any]
    spec: EnvSpec | None

    def __init_subclass__(cls, definition: Definition | None = None) -> None:
        """Set the id of a class, and complete its docstring, which is its page."""
        super().__init_subclass__()
        if definition is not None:
            cls.definition = definition
            cls.__doc__ = page(cls.__doc__, definition.env_id, definition.config)

    @property
    def task(self) -> TaskT:
        """The logic of episodes: rows, clocks, and the layout of observations."""
        return self._task

    @property
    def config(self) -> BodyConfig:
        """The configuration."""
        return self._task.config

    @property
    def model(self) -> mujoco.MjModel:
        """The simulated ``mujoco.MjModel``."""
        return self._task.simulation.model

    def __getstate__(self) -> dict[str, Any]:
        """Pickle only the arguments: an unpickled environment is a new one, and needs a reset."""
        return {"arguments": self._arguments, "spec": self.spec}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state["arguments"])  # type: ignore[misc]
        self.spec = state["spec"]


class View:
    """Renders a task's rows according to ``render_mode``.

    Raises:
        ConfigError: an unknown render mode or camera, or an impossible size.
    """

    def __init__(
        self, task: Task, render_mode: str | None, *, width: int, height: int, camera: str, show_reference: bool
    ) -> None:
        if render_mode is not None and (not isinstance(render_mode, str) or render_mode not in RENDER_MODES):
            raise ConfigError(
                f"render_mode must be None or one of {', '.join(map(repr, RENDER_MODES))}, given {shown(render_mode)}"
            )
        check_view(task.simulation.model, width, height, camera)
        self._task = task
        self._mode = render_mode
        self._size = width, height
        self._camera = camera
        self._show_reference = show_reference
        self._offscreen: OffscreenRenderer | None = None
        self._viewer: Viewer | None = None

    def frames(self, count: int) -> list[NDArray[Any]]:
        """Return frames of the first ``count`` rows; in human mode, show the first row and return none."""
        simulation, ghosts = self._task.simulation, self._ghosts()
        if self._mode == "human":
            if self._viewer is None:
                self._viewer = Viewer(simulation.model, self._camera, simulation.control_step, self._task.press_key)
            self._viewer.show(simulation, 0, None if ghosts is None else ghosts[0], self._markers(0))
            return []
        if self._offscreen is None:
            self._offscreen = OffscreenRenderer(simulation.model, *self._size, self._camera)
        depth = self._mode == "depth_array"
        return [
            self._offscreen.draw(
                simulation, row, None if ghosts is None else ghosts[row], self._markers(row), depth=depth
            )
            for row in range(count)
        ]

    def close(self) -> None:
        """Close all renderers; calling it again does nothing."""
        for opened in (self._offscreen, self._viewer):
            if opened is not None:
                opened.close()
        self._offscreen = self._viewer = None

    def _markers(self, row: int) -> Sequence[Marker]:
        return self._task.markers(row) if self._show_reference else ()

    def _ghosts(self) -> Array | None:
        if not self._show_reference:
            return None
        reference = self._task.reference()
        return None if reference is None else reference.qpos
