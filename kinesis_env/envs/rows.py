"""What the vector environments of all backends share: attributes, and seeds, masks and options of rows."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from kinesis_env.envs.definition import action_space
from kinesis_env.errors import ConfigError, OptionalDependencyError, ResetError, shown
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.options import number_of_axes
from kinesis_env.typing import Mask, Rows

__all__ = [
    "BACKENDS",
    "MOST_ENVS",
    "SharedAttributes",
    "autoreset_mode_of",
    "is_per_row",
    "mask_of_reset",
    "on_device",
    "option_of_all_rows",
    "seeds_of_rows",
]

#: What steps the bodies: MuJoCo's thread pool; MuJoCo Warp, with everything on the device; or MuJoCo Warp, with everything
#: else on the host, to compare the two.
BACKENDS = ("mujoco", "warp", "warp-host")
#: Maximum number of rows: more are a typing error, and would fill the memory.
MOST_ENVS = 100_000


class SharedAttributes:
    """What Gymnasium wants to know of a vector environment whose bodies share everything."""

    num_envs: int
    autoreset_mode: AutoresetMode
    metadata: dict[str, Any]

    def _describe(self, observation_space: spaces.Space[Any], control_step: float) -> None:
        """Set the metadata and the spaces, from the space of one observation and the seconds per control step."""
        about = {"render_fps": round(1.0 / control_step), "autoreset_mode": self.autoreset_mode}
        self.metadata = {**self.metadata, **about}
        self.single_observation_space, self.single_action_space = observation_space, action_space()
        self.observation_space = batch_space(observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Return the result of a method, or an attribute, once per body, like ``SyncVectorEnv``.

        Args:
            name: name of the method or attribute; ``render`` returns a frame for each body.
            *args: arguments of the method.
            **kwargs: keyword arguments of the method.
        """
        found = getattr(self, name)
        value = found(*args, **kwargs) if callable(found) else found
        one_each = name == "render" and isinstance(value, tuple)
        return value if one_each else (value,) * self.num_envs

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute, once per body."""
        return (getattr(self, name),) * self.num_envs

    def set_attr(self, name: str, values: Any) -> None:
        """Set an attribute, which all bodies share.

        Args:
            name: name of the attribute.
            values: its value, or one per body, all equal.

        Raises:
            ConfigError: values that differ.
        """
        each = list(values) if isinstance(values, list | tuple) else [values]
        if any(value != each[0] for value in each):
            raise ConfigError(
                f"all bodies share the attribute {name!r}, so that its values must be equal, given {shown(values)}"
            )
        setattr(self, name, each[0])


def on_device(name: str) -> Any:
    """Return a module that needs MuJoCo Warp and PyTorch.

    Raises:
        OptionalDependencyError: they are not installed.
    """
    try:
        return import_module(f"kinesis_env.{name}")
    except ImportError as error:
        raise OptionalDependencyError(
            f"this backend needs MuJoCo Warp and PyTorch ({error}): pip install 'kinesis-env[warp]'"
        ) from error


def autoreset_mode_of(mode: str | AutoresetMode) -> AutoresetMode:
    """Return Gymnasium's enum of a mode.

    Raises:
        ConfigError: there is no such mode.
    """
    try:
        return AutoresetMode(mode)
    except ValueError as error:
        allowed = ", ".join(repr(known.value) for known in AutoresetMode)
        raise ConfigError(f"autoreset_mode must be one of {allowed}, given {shown(mode)}") from error


def mask_of_reset(mask: object, num: int) -> Mask:
    """Return the mask of the rows to reset, bool (num,); None is all.

    Raises:
        ResetError: it is no such mask, or selects no row.
    """
    if mask is None:
        return np.ones(num, dtype=np.bool_)
    array = np.asarray(mask)
    if array.shape != (num,) or array.dtype != np.bool_ or not array.any():
        raise ResetError(
            f"reset_mask must be a bool array of shape ({num},) with at least one True, given {array.dtype} "
            f"{array.shape} with {int(np.count_nonzero(array))} True"
        )
    return array


def seeds_of_rows(seed: int | Sequence[int | None] | None, num: int) -> list[int | None]:
    """Return the seed of each of ``num`` rows: ``seed + i``, or those of a sequence.

    Raises:
        ResetError: something else.
    """
    if seed is None:
        return [None] * num
    if isinstance(seed, int | np.integer):
        seeds: list[Any] = [int(seed) + i if seed >= 0 else -1 for i in range(num)]
    else:
        seeds = list(seed) if isinstance(seed, list | tuple | np.ndarray) else [-1]
    if any(s is not None and (not isinstance(s, int | np.integer) or s < 0) for s in seeds):
        raise ResetError(
            f"seed must be a whole number from 0, or a list of one (or None) for each row, given {shown(seed)}"
        )
    if len(seeds) != num:
        raise ResetError(f"seed must have one number for each of {num} environments, given {len(seeds)}")
    return [None if own is None else int(own) for own in seeds]


def option_of_all_rows(task: Task, key: Any, value: Any, rows: Rows, mask: Mask) -> Any:
    """Return an option with one value for each row, or one for all; rows (k,) of a mask (n,) are those that start.

    Raises:
        ResetError: a sequence of another length.
    """
    if not is_per_row(task, key, value, len(mask), rows) or len(value) == len(mask):
        return value
    places = np.maximum(np.cumsum(mask) - 1, 0)
    return [value[place] for place in places.tolist()]


def is_per_row(task: Task, key: Any, value: Any, num: int, rows: Rows) -> bool:
    """Return whether an option is a sequence for ``num`` rows, or for the rows that start.

    Raises:
        ResetError: a sequence of another length.
    """
    if len(rows) == num or isinstance(value, str) or key not in task.options:
        return False
    if number_of_axes(key, value) <= task.option_axes(key):
        return False
    if len(value) not in (num, len(rows)):
        raise ResetError(
            f"option {key!r} must be one value, one for each of {num} environments, or one for each of the {len(rows)} "
            f"that reset_mask selects, given {len(value)}"
        )
    return True
