"""One body as a ``gymnasium.Env``: a task of one row."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar, cast

import gymnasium
import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinesis_env.checks import check_array
from kinesis_env.config.files import Overrides
from kinesis_env.envs.definition import HasTask, TaskT, View, action_space, observation_space
from kinesis_env.envs.rendering import RENDER_MODES
from kinesis_env.errors import ResetError, UnknownArgumentError
from kinesis_env.model.bounds import beyond
from kinesis_env.model.frames import Frames
from kinesis_env.model.names import NQ, NV
from kinesis_env.motions.motion import Motion
from kinesis_env.tasks.options import checked_action
from kinesis_env.tasks.tracking import TrackingTask

__all__ = ["KinesisEnv", "MotionEnv"]

#: An array, or a dict of arrays in a goal env.
Observation: TypeAlias = Any
Action: TypeAlias = NDArray[np.float32]
TrackingTaskT = TypeVar("TrackingTaskT", bound=TrackingTask)

_FIRST_ROW = np.zeros(1, dtype=np.int64)


class KinesisEnv(gymnasium.Env[Observation, Action], HasTask[TaskT]):
    """One body; the base class of every single environment of this package.

    Args:
        render_mode: None, ``"human"``, ``"rgb_array"`` or ``"depth_array"``.
        width: width of a frame in pixels.
        height: height of a frame in pixels.
        camera: ``"side"``, ``"front"`` or ``"angle"``; all follow the body.
        show_reference: whether to draw the reference as a translucent ghost.
        config: a YAML file with the task's own arguments, or a mapping; `kinesis-env config ID` prints such a file.
        **own: the task's own keyword arguments, documented by the class of the id; they take precedence over ``config``.

    Raises:
        ConfigError: an unknown keyword, an impossible value, or a file that cannot be read.
        MotionError: a motion that cannot be found or read.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 30}  # noqa: RUF012 (Gymnasium's)

    def __init__(
        self,
        *,
        render_mode: str | None = None,
        width: int = 640,
        height: int = 480,
        camera: str = "angle",
        show_reference: bool = True,
        config: Overrides | None = None,
        **own: Any,
    ) -> None:
        if "num_envs" in own:
            raise UnknownArgumentError(
                f"{type(self).__name__} got an unexpected keyword argument 'num_envs': it is a single environment. For "
                "several, call gymnasium.make_vec(ID, num_envs=...); so must a creator function for VECTOR_ENTRY_POINT, "
                "such as RLlib's"
            )
        view: dict[str, Any] = {"width": width, "height": height, "camera": camera, "show_reference": show_reference}
        self._arguments = {"render_mode": render_mode, **view, "config": config, **own}
        self.render_mode = render_mode
        self._task = cast(TaskT, self.definition.make_task({"config": config, **own}, 1, 1))
        self._view = View(self._task, render_mode, **view)
        self._data: mujoco.MjData | None = None
        self._ready = False
        self.metadata = {**self.metadata, "render_fps": round(1.0 / self._task.simulation.control_step)}
        self.observation_space = self._observation_space()
        self.action_space = action_space()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: seed of the environment's own random number generator; None keeps the generator.
            options: documented by the class of the id; an unknown key is an error.

        Raises:
            ResetError: an unknown option or an impossible value.
        """
        super().reset(seed=seed)
        self._task.reset(_FIRST_ROW, [self.np_random], {} if options is None else options)
        self._ready = True
        if self.render_mode == "human":
            self.render()
        return self._observe(), self._info()

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Advance by one control step.

        Args:
            action: (80,), clipped to [-1, 1].

        Raises:
            ActionError: an action of another shape, or one that is not finite.
            ResetError: the environment was never reset.
        """
        if not self._ready:
            raise ResetError("call reset() before the first step()")
        outcome = self._task.step(checked_action(action, self.action_space.shape or ()))
        if self.render_mode == "human":
            self.render()
        return (
            self._observe(),
            float(outcome.reward[0]),
            bool(outcome.terminated[0]),
            bool(outcome.truncated[0]),
            self._info(),
        )

    def render(self) -> NDArray[Any] | None:
        """Return a frame (height, width, 3) uint8 or (height, width) float32 [m], or show it in human mode.

        Raises:
            RenderingError: rendering is not possible; the message says which package to install.
        """
        if self.render_mode is None:
            gymnasium.logger.warn("render() without a render_mode does nothing; pass one to gymnasium.make()")
            return None
        frames = self._view.frames(1)
        return frames[0] if frames else None

    def close(self) -> None:
        """Close windows and free graphics memory; calling it again does nothing."""
        self._view.close()

    @property
    def data(self) -> mujoco.MjData:
        """The current state as an ``mujoco.MjData``: a copy, made at each access. :meth:`set_state` changes the state."""
        self._data = self._task.simulation.data(0, self._data)
        return self._data

    @property
    def reference(self) -> Frames | None:
        """The current reference: qpos (21,), qvel (20,), body_pos and body_vel (7, 3)."""
        frames = self._task.reference()
        if frames is None:
            return None
        return Frames(frames.qpos[0], frames.qvel[0], frames.body_pos[0], frames.body_vel[0])

    def set_state(self, qpos: ArrayLike, qvel: ArrayLike) -> None:
        """Set the body to a state, with zero activation; the episode's clock continues.

        Args:
            qpos: (21,).
            qvel: (20,).

        Raises:
            ResetError: other shapes, or a state out of reach of a body.
        """
        positions = check_array("qpos", [qpos], (1, NQ), error=ResetError)
        speeds = check_array("qvel", [qvel], (1, NV), error=ResetError)
        turned = np.abs(positions[0, 3:7]).max()
        if beyond(positions, speeds).any() or not 0.1 < turned < 10.0:
            raise ResetError(
                "set_state: the quaternion is not a rotation, the pelvis is too far away, or a velocity is too large; for "
                "the limits, see kinesis_env.model.bounds"
            )
        self._task.set_state(_FIRST_ROW, positions, speeds)

    def _observation_space(self) -> Any:
        return observation_space(self._task)

    def _observe(self) -> Observation:
        return self._task.observe()[0]

    def _info(self) -> dict[str, Any]:
        # A NumPy float is also a Python float, and has the dtype that some libraries need.
        return {key: value[0] if value.dtype.kind == "f" else value.item() for key, value in self._task.info().items()}


class MotionEnv(KinesisEnv[TrackingTaskT]):
    """One body that follows motions; arguments as for :class:`KinesisEnv`."""

    @property
    def motion(self) -> Motion:
        """The motion of this episode: a clip, or the motion of the prompt."""
        return self.task.motion(0)
