"""Thousands of bodies on a GPU as a ``gymnasium.vector.VectorEnv``, with MuJoCo Warp: ``backend="warp"``.

    envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=4096, backend="warp")
    observation, info = envs.reset(seed=0)              # PyTorch tensors on the GPU
    observation, reward, terminated, truncated, info = envs.step(policy(observation))

Tasks, terms and settings are those of the other vector environments, in single precision. Nothing is copied to the host
in a step: what needs it, words in ``info`` and errors in actions, waits until it is read or until the next step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias, cast

import numpy as np
import torch
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv

from kinesis_env.checks import check_choice, check_integer
from kinesis_env.envs.arguments import VIEW_ARGUMENTS
from kinesis_env.envs.definition import Definition, HasTask, View, observation_space
from kinesis_env.envs.rendering import RENDER_MODES
from kinesis_env.envs.rows import (
    MOST_ENVS,
    SharedAttributes,
    autoreset_mode_of,
    mask_of_reset,
    option_of_all_rows,
    seeds_of_rows,
)
from kinesis_env.errors import ActionError, ResetError, shown
from kinesis_env.tasks.base import Task
from kinesis_env.warp.output import OUTPUTS, array_of_user, for_user
from kinesis_env.warp.task import DeviceOutcome, DeviceTask

__all__ = ["DeviceVectorEnv"]

Info: TypeAlias = dict[str, Any]
AnyDeviceEnv: TypeAlias = VectorEnv[Any, Any, Any]

#: Steps between two looks at whether bodies had too many contacts.
_LOOK_EVERY = 64


class DeviceVectorEnv(SharedAttributes, AnyDeviceEnv, HasTask[Task]):
    """Many bodies on a device; the base class of the environments of ``backend="warp"``.

    Args:
        num_envs: the number of bodies.
        max_episode_steps: truncate episodes after this many control steps; None never truncates.
        autoreset_mode: ``"NextStep"`` (the fastest), ``"SameStep"`` or ``"Disabled"``, or Gymnasium's enum.
        num_threads: has no effect here.
        device: ``"cuda"``, ``"cuda:1"``, ... or ``"cpu"``, Warp's CPU device, which is slow and meant for tests; None is
            the GPU if there is one.
        output: what observations, rewards and infos are: ``"torch"`` (the default, on the device), ``"jax"`` or ``"warp"``
            (the same memory), or ``"numpy"`` (copied to the host). Actions may be any of these.
        render_rows: the rows that are rendered, through MuJoCo on the host; by default the first, which is also the one
            of ``render_mode="human"``.
        **own: the arguments of views, ``config``, and the task's own, as for
            :class:`~kinesis_env.envs.vector.KinesisVectorEnv`.

    Attributes:
        device_task: the episodes on the device.

    Raises:
        ConfigError: an unknown keyword, an impossible value, or a file that cannot be read.
        DeviceError: the device has too little memory.
        MotionError: a motion that cannot be found or read.
    """

    definition: ClassVar[Definition]
    device_class: ClassVar[type[DeviceTask]]
    _view: View | None = None
    metadata: dict[str, Any] = {  # noqa: RUF012 (Gymnasium's)
        "render_modes": list(RENDER_MODES),
        "render_fps": 30,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        num_threads: int = 0,  # noqa: ARG002  (of the other backends)
        device: str | None = None,
        output: str | None = None,
        render_rows: Sequence[int] | None = None,
        **own: Any,
    ) -> None:
        self._arguments = {
            "num_envs": num_envs, "max_episode_steps": max_episode_steps, "autoreset_mode": autoreset_mode,
            "device": device, "output": output, "render_rows": render_rows, **own,
        }  # fmt: skip
        view = {name: own.pop(name, default) for name, (_, default, _) in VIEW_ARGUMENTS.items() if name != "config"}
        render_mode = view.pop("render_mode")
        check_integer("num_envs", num_envs, 1, MOST_ENVS)
        output, render_rows = output or OUTPUTS[0], (0,) if render_rows is None else render_rows
        check_choice("output", output, OUTPUTS)
        if max_episode_steps is not None:
            check_integer("max_episode_steps (or None)", max_episode_steps, 1)
        for row in render_rows:
            check_integer("a row of render_rows", row, 0, num_envs - 1)
        self.num_envs, self.render_mode, self.closed = num_envs, render_mode, False
        self._output, self._rows = output, tuple(render_rows)
        self._task = self.definition.make_task(own, 1, 1)
        self.device_task = self.device_class(self._task, num_envs, device)
        self.device = self.device_task.device
        self._view = View(self._task, render_mode, **view)
        self.autoreset_mode = autoreset_mode_of(autoreset_mode)
        self._limit = max_episode_steps
        self._elapsed = torch.zeros(num_envs, dtype=torch.int64, device=self.device)
        self._over, self._parked = (torch.zeros(num_envs, dtype=torch.bool, device=self.device) for _ in range(2))
        self._ready = np.zeros(num_envs, dtype=np.bool_)
        self._seeded = np.zeros(num_envs, dtype=np.bool_)
        self._everyone = torch.ones(num_envs, dtype=torch.bool, device=self.device)
        self._strange = torch.zeros(1, dtype=torch.bool, device=self.device)
        self._steps = 0
        self._describe(self._observation_space(), self._task.simulation.control_step)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, Info]:
        """Start episodes.

        Args:
            seed: row i gets ``seed + i``, or a sequence gives one seed per row; None goes on with the rows' random numbers.
                A row's numbers depend on its seed alone, not on the number of rows.
            options: as for the other vector environments, ``reset_mask`` among them.

        Raises:
            ResetError: an unknown option or an impossible value.
        """
        if options is not None and not isinstance(options, Mapping):
            raise ResetError(f"reset options must be a dict, given {shown(options)}")
        self._look(now=True)
        requested = dict(options or {})
        mask = requested.pop("reset_mask", None)
        mask = mask_of_reset(mask.cpu().numpy() if isinstance(mask, torch.Tensor) else mask, self.num_envs)
        self._task.check_options(requested)
        rows = np.flatnonzero(mask)
        requested = {key: option_of_all_rows(self._task, key, value, rows, mask) for key, value in requested.items()}
        self._seed(seed, mask)
        where = torch.as_tensor(mask, device=self.device)
        self._restart(where, requested)
        self._place(where)
        self._ready |= mask
        if self.render_mode == "human":
            self.render()
        return self._observe(), self._info(where)

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, Info]:
        """Advance every body by one control step.

        Args:
            actions: (num_envs, 80), clipped to [-1, 1]: an array of PyTorch, JAX, Warp or NumPy.

        Raises:
            ActionError: actions of another shape, or of NumPy with a value that is not finite; or those of an earlier step
                had one on the device, and these rows diverged.
            DeviceError: a body had more contacts than memory is reserved for.
            ResetError: the environment was never reset.
        """
        if not self._ready.all():
            missing = np.flatnonzero(~self._ready).tolist()
            raise ResetError(f"call reset() for rows {missing[:8]} before the first step()")
        self._look()
        action = self._checked(actions)
        disabled = self.autoreset_mode is AutoresetMode.DISABLED
        idle = None
        if self.autoreset_mode is AutoresetMode.NEXT_STEP:
            idle = self._over
            self._restart(idle, {})
        elif disabled:
            idle = self._parked = self._parked | self._over
        outcome = self.device_task.step(action, idle)
        moved = self._everyone if idle is None else ~idle
        self._elapsed = self._elapsed + moved
        if self._limit is not None:
            outcome.truncated = outcome.truncated | ((self._elapsed >= self._limit) & moved)
        self._over = outcome.terminated | outcome.truncated
        final = self._finish(outcome) if self.autoreset_mode is AutoresetMode.SAME_STEP else {}
        if self.render_mode == "human":
            self.render()
        flags = for_user((outcome.reward, outcome.terminated, outcome.truncated), self._output)
        return self._observe(), *flags, self._info(self._everyone) | final

    def park(self, rows: Any) -> None:
        """Park the bodies of a mask, bool (num_envs,), until they are reset; steps do not move them.

        Raises:
            ResetError: autoreset is not disabled, or an invalid mask.
        """
        if self.autoreset_mode is not AutoresetMode.DISABLED:
            raise ResetError(f"park() needs autoreset_mode='Disabled', given {self.autoreset_mode.value!r}")
        mask = mask_of_reset(rows.cpu().numpy() if isinstance(rows, torch.Tensor) else rows, self.num_envs)
        self._parked |= torch.as_tensor(mask, device=self.device)

    def render(self) -> tuple[np.ndarray[Any, Any], ...] | None:
        """Return a frame of each of ``render_rows``, or show the first in human mode.

        Raises:
            RenderingError: rendering is not possible; the message says what to install.
        """
        if self.render_mode is None or self._view is None:
            return None
        rows = self._rows[:1] if self.render_mode == "human" else self._rows
        frames = []
        for row in rows:
            self.device_task.mirror(row)
            frames += self._view.frames(1)
        return tuple(frames) or None

    def close_extras(self, **kwargs: Any) -> None:  # noqa: ARG002 (Gymnasium's signature)
        """Close windows and free graphics memory."""
        if self._view is not None:
            self._view.close()

    def _restart(self, rows: torch.Tensor, options: Info) -> None:
        self.device_task.reset(rows, options)
        self._elapsed = self._elapsed.masked_fill(rows, 0)
        self._over, self._parked = self._over & ~rows, self._parked & ~rows

    def _place(self, rows: torch.Tensor) -> None:
        self.device_task.simulation.place(rows)
        self.device_task.refresh()

    def _finish(self, outcome: DeviceOutcome) -> Info:
        """Return what Gymnasium wants of ended episodes, and start the next ones."""
        over = outcome.terminated | outcome.truncated
        final = {"final_obs": self._observe(), "final_info": self._info(over)}
        self._restart(over, {})
        self._place(over)
        mask = for_user((over,), self._output)[0]
        return final | {"_final_obs": mask, "_final_info": mask}

    def _seed(self, seed: int | Sequence[int | None] | None, mask: np.ndarray[Any, Any]) -> None:
        seeds = seeds_of_rows(seed, self.num_envs)
        if isinstance(seed, int | np.integer):
            self._np_random, self._np_random_seed = seeding.np_random(int(seed))
        rows = [row for row in np.flatnonzero(mask).tolist() if seeds[row] is not None or not self._seeded[row]]
        if any(seeds[row] is None for row in rows):
            random = np.random.SeedSequence().generate_state(self.num_envs, np.uint64)
            seeds = [int(random[row]) if own is None else own for row, own in enumerate(seeds)]
        if rows:
            self.device_task.draws.seed(rows, [cast(int, seeds[row]) for row in rows])
            self._seeded[rows] = True

    def _checked(self, actions: Any) -> torch.Tensor:
        shape = self.action_space.shape or ()
        action = array_of_user(actions, self.device)
        if tuple(action.shape) != shape:
            raise ActionError(f"an action must have shape {shape}, given {tuple(action.shape)}")
        if isinstance(actions, np.ndarray) and not np.isfinite(actions).all():
            row, muscle = np.argwhere(~np.isfinite(actions))[0].tolist()
            raise ActionError(f"an action must be finite, given {actions[row, muscle]} in row {row}, muscle {muscle}")
        self._strange |= ~torch.isfinite(action).all()
        return action

    def _look(self, *, now: bool = False) -> None:
        """Look whether something was wrong in earlier steps; with a GPU, only sometimes, as it waits for the device."""
        self._steps += 1
        if not now and self.device.type == "cuda" and self._steps % _LOOK_EVERY:
            return
        self.device_task.simulation.physics.check_overflow()
        if bool(self._strange):
            self._strange.zero_()
            raise ActionError("an action must be finite; some of an earlier step were not, and their bodies diverged")

    def _observation_space(self) -> Any:
        return observation_space(self._task)

    def _observe(self) -> Any:
        return for_user((self.device_task.observe(),), self._output)[0]

    def _info(self, mask: torch.Tensor) -> Info:
        """Return infos in Gymnasium's vector layout: each key with its mask, ``_key``."""
        info = self.device_task.info()
        values = for_user((*info.values(), mask), self._output)
        out: Info = {}
        for key, value in zip(info, values[:-1], strict=True):
            out[key], out[f"_{key}"] = value, values[-1]
        return out
