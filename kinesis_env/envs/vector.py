"""Many bodies as a ``gymnasium.vector.VectorEnv``: a task of N rows on a thread pool.

Row ``i`` of a vector environment seeded ``s`` gives the same numbers as the single environment seeded ``s + i``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

from kinesis_env.checks import check_choice, check_integer
from kinesis_env.config.files import Overrides
from kinesis_env.envs.definition import HasTask, TaskT, View, observation_space
from kinesis_env.envs.rendering import RENDER_MODES
from kinesis_env.envs.rows import (
    BACKENDS,
    MOST_ENVS,
    SharedAttributes,
    autoreset_mode_of,
    is_per_row,
    mask_of_reset,
    on_device,
    seeds_of_rows,
)
from kinesis_env.errors import ConfigError, ResetError, shown
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.options import checked_action
from kinesis_env.typing import Mask, RowInfo, Rows

__all__ = ["AnyVectorEnv", "KinesisVectorEnv"]

#: An array, or a dict of arrays in a goal env.
Observation: TypeAlias = Any
Info: TypeAlias = dict[str, Any]
#: Gymnasium's class with the types of this package. The class of each id repeats it as a direct base, where some
#: libraries (skrl) look for it.
AnyVectorEnv: TypeAlias = VectorEnv[Observation, NDArray[np.float32], NDArray[Any]]


class KinesisVectorEnv(SharedAttributes, AnyVectorEnv, HasTask[TaskT]):
    """Many bodies; the base class of every vector environment of this package.

    Args:
        num_envs: the number of bodies.
        max_episode_steps: truncate episodes after this many control steps; None never truncates.
        autoreset_mode: ``"NextStep"``, ``"SameStep"`` or ``"Disabled"``, or Gymnasium's enum.
        num_threads: physics threads; 0 means one per processor. They change the speed, never the numbers.
        render_mode: None, ``"human"`` (the first body), ``"rgb_array"`` or ``"depth_array"``.
        width: width of a frame in pixels.
        height: height of a frame in pixels.
        camera: ``"side"``, ``"front"`` or ``"angle"``; all follow the body.
        show_reference: whether to draw the reference as a translucent ghost.
        backend: ``"mujoco"``; ``"warp"``, which creates a :class:`~kinesis_env.envs.device.DeviceVectorEnv`; or
            ``"warp-host"``, the physics of MuJoCo Warp with everything else as for MuJoCo (slow).
        device: the device; only for ``backend="warp"``, like the next two.
        output: the kind of arrays.
        render_rows: the rows to render.
        config: a YAML file with the task's own arguments, or a mapping; `kinesis-env config ID` prints such a file.
        **own: the task's own keyword arguments, documented by the class of the id; they take precedence over ``config``.

    Raises:
        ConfigError: an unknown keyword, an impossible value, or a file that cannot be read.
        MotionError: a motion that cannot be found or read.
    """

    _view: View | None = None  # Gymnasium closes a garbage-collected environment even if its __init__ failed
    metadata: dict[str, Any] = {  # noqa: RUF012 (Gymnasium's)
        "render_modes": list(RENDER_MODES),
        "render_fps": 30,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __new__(cls, *args: Any, backend: str = "mujoco", **keywords: Any) -> Any:
        """Return an environment of this class, or for ``backend="warp"`` one on a device."""
        if backend != "warp":
            return super().__new__(cls)
        return on_device("envs.device_ids").DEVICE_ENVS[cls.definition.env_id](*args, **keywords)

    def __init__(
        self,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        num_threads: int = 0,
        render_mode: str | None = None,
        width: int = 640,
        height: int = 480,
        camera: str = "angle",
        show_reference: bool = True,
        config: Overrides | None = None,
        backend: str = "mujoco",
        device: str | None = None,
        output: str | None = None,
        render_rows: Sequence[int] | None = None,
        **own: Any,
    ) -> None:
        check_choice("backend", backend, BACKENDS)
        for name, value in (("device", device), ("output", output), ("render_rows", render_rows)):
            if value is not None:
                raise ConfigError(f'{name} needs backend="warp", given backend={backend!r}')
        runner = {"max_episode_steps": max_episode_steps, "autoreset_mode": autoreset_mode, "num_threads": num_threads}
        view: dict[str, Any] = {"width": width, "height": height, "camera": camera, "show_reference": show_reference}
        given = {"render_mode": render_mode, **view, "config": config, "backend": backend, **own}
        self._arguments = {"num_envs": num_envs, **runner, **given}
        check_integer("num_envs", num_envs, 1, MOST_ENVS)
        if max_episode_steps is not None:
            check_integer("max_episode_steps (or None)", max_episode_steps, 1)
        self.num_envs = num_envs
        self.render_mode = render_mode
        self.closed = False
        simulation = Simulation if backend == "mujoco" else on_device("warp.batch").HostWarpSimulation
        made = self.definition.make_task({"config": config, **own}, num_envs, num_threads, simulation)
        self._task = cast(TaskT, made)
        self._view = View(self._task, render_mode, **view)
        self.autoreset_mode = autoreset_mode_of(autoreset_mode)
        self._limit = max_episode_steps
        self._rngs: list[np.random.Generator | None] = [None] * num_envs
        self._elapsed: Rows = np.zeros(num_envs, dtype=np.int64)
        self._over: Mask = np.ones(num_envs, dtype=np.bool_)
        self._parked: Mask = np.zeros(num_envs, dtype=np.bool_)
        self._ready: Mask = np.zeros(num_envs, dtype=np.bool_)
        self._all_ready = False
        self._describe(self._observation_space(), self._task.simulation.control_step)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Info]:
        """Start episodes.

        Args:
            seed: row i gets ``seed + i``, or a sequence gives one seed per row; None keeps the generators.
            options: as for the single environment; each is one value for all rows, or a sequence with one per row. With
                ``reset_mask``, bool (num_envs,), only these rows restart, and only their generators are seeded; a
                sequence then has one value per row, or one per restarted row.

        Raises:
            ResetError: an unknown option or an impossible value.
        """
        if options is not None and not isinstance(options, Mapping):
            raise ResetError(f"reset options must be a dict, given {shown(options)}")
        requested = dict(options or {})
        mask = mask_of_reset(requested.pop("reset_mask", None), self.num_envs)
        rows = np.flatnonzero(mask)
        requested = {key: self._of_rows(key, value, rows) for key, value in requested.items()}
        self._seed(seed, mask)
        self._reset_rows(rows, requested)
        self._ready |= mask
        if self.render_mode == "human":
            self.render()
        return self._observe(), self._masked(self._task.info(), mask)

    def step(self, actions: NDArray[np.float32]) -> tuple[Observation, NDArray[np.float64], Mask, Mask, Info]:
        """Advance every body by one control step.

        Args:
            actions: (num_envs, 80), clipped to [-1, 1].

        Raises:
            ActionError: actions of another shape, or with a value that is not finite.
            ResetError: the environment was never reset, or an episode is over and autoreset is disabled.
        """
        if not self._all_ready:
            self._check_ready()
        action = checked_action(actions, self.action_space.shape or ())
        renewed = self._renew()
        idle = self._parked if self.autoreset_mode is AutoresetMode.DISABLED and self._parked.any() else renewed
        outcome = self._task.step(action, None if idle is None else ~idle)
        self._elapsed += 1 if idle is None else ~idle
        truncated = outcome.truncated
        if self._limit is not None:
            late = self._elapsed >= self._limit
            truncated = truncated | (late if idle is None else late & ~idle)
        self._over = outcome.terminated | truncated
        final: Info = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP and self._over.any():
            final = self._final()
            self._reset_rows(np.flatnonzero(self._over), {})
        if self.render_mode == "human":
            self.render()
        info = self._masked(self._task.info()) | final
        return self._observe(), outcome.reward, outcome.terminated, truncated, info

    def park(self, rows: Mask) -> None:
        """Park bodies until they are reset; steps skip them. Only with autoreset disabled.

        Use it if episodes end at different times and no others follow: the remaining rows give the same numbers, and
        steps are cheaper.

        Args:
            rows: mask of the bodies, bool (num_envs,).

        Raises:
            ResetError: autoreset is not disabled, or an invalid mask.
        """
        if self.autoreset_mode is not AutoresetMode.DISABLED:
            raise ResetError(f"park() needs autoreset_mode='Disabled', given {self.autoreset_mode.value!r}")
        mask = mask_of_reset(rows, self.num_envs)
        self._parked |= mask
        self._over &= ~mask

    def render(self) -> tuple[NDArray[Any], ...] | None:
        """Return a frame of each body, or show the first in human mode.

        Raises:
            RenderingError: rendering is not possible; the message says which package to install.
        """
        if self.render_mode is None or self._view is None:
            return None
        return tuple(self._view.frames(self.num_envs)) or None

    def close_extras(self, **kwargs: Any) -> None:  # noqa: ARG002 (Gymnasium's signature)
        """Close windows and free graphics memory."""
        if self._view is not None:
            self._view.close()

    def _check_ready(self) -> None:
        if not self._ready.any():
            raise ResetError("call reset() before the first step()")
        if not self._ready.all():
            raise ResetError(f"call reset() for rows {np.flatnonzero(~self._ready).tolist()} before the first step()")
        self._all_ready = True

    def _of_rows(self, key: Any, value: Any, rows: Rows) -> Any:
        """Return an option for the rows that start; from a sequence with one value per row, select theirs."""
        if not is_per_row(self._task, key, value, self.num_envs, rows) or len(value) == len(rows):
            return value
        return [value[row] for row in rows.tolist()]

    def _seed(self, seed: int | Sequence[int | None] | None, mask: Mask) -> None:
        seeds = seeds_of_rows(seed, self.num_envs)
        if isinstance(seed, int | np.integer):
            self._np_random, self._np_random_seed = seeding.np_random(int(seed))
        for row in np.flatnonzero(mask).tolist():
            if seeds[row] is not None or self._rngs[row] is None:
                own = seeds[row]
                self._rngs[row] = seeding.np_random(None if own is None else int(own))[0]

    def _renew(self) -> Mask | None:
        """Start the episodes that are due before a step; return their mask, or None."""
        if self.autoreset_mode is AutoresetMode.SAME_STEP or not self._over.any():
            return None
        if self.autoreset_mode is AutoresetMode.DISABLED:
            rows = np.flatnonzero(self._over).tolist()
            raise ResetError(
                f"the episodes of rows {rows} are over; call reset(options={{'reset_mask': ...}}) before the next step()"
            )
        renewed = self._over.copy()
        self._reset_rows(np.flatnonzero(renewed), {})
        return renewed

    def _reset_rows(self, rows: Rows, options: Info) -> None:
        rngs = [cast(np.random.Generator, self._rngs[row]) for row in rows.tolist()]
        self._task.reset(rows, rngs, options)
        self._elapsed[rows] = 0
        self._over[rows] = self._parked[rows] = False

    def _observation_space(self) -> Any:
        return observation_space(self._task)

    def _observe(self) -> Observation:
        return self._task.observe()

    def _of_row(self, observations: Observation, row: int) -> Observation:
        return observations[row]

    def _final(self) -> Info:
        observations = self._observe()
        final = np.empty(self.num_envs, dtype=object)
        for row in np.flatnonzero(self._over).tolist():
            final[row] = self._of_row(observations, row)
        over = self._over.copy()
        info = self._masked(self._task.info(), over)
        return {"final_obs": final, "_final_obs": over, "final_info": info, "_final_info": over.copy()}

    def _masked(self, info: RowInfo, mask: Mask | None = None) -> Info:
        """Return infos in Gymnasium's vector layout: each key with its mask, ``_key``; by default for all rows."""
        out: Info = {}
        absent = None if mask is None else ~mask
        masks = np.empty((len(info), self.num_envs), dtype=np.bool_)
        masks[:] = True if mask is None else mask
        for own, (key, value) in zip(masks, info.items(), strict=True):
            if absent is not None:
                value[absent] = None if value.dtype == object else 0
            out[key] = value
            out[f"_{key}"] = own
        return out
