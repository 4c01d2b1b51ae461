"""Stable-Baselines3 on many bodies at once: a ``VecEnv`` over the vector environments of this package.

Stable-Baselines3 does not accept Gymnasium's vector environments, and its own step one body after another. This one
steps all of them together::

    from stable_baselines3 import PPO
    from kinesis_env.sb3 import make_vec_env

    model = PPO("MlpPolicy", make_vec_env("Kinesis-Imitate-v0", 64, motions="walk*"))

It needs the extra ``sb3``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from kinesis_env.envs.vector import KinesisVectorEnv
from kinesis_env.errors import ConfigError, OptionalDependencyError

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError as error:
    raise OptionalDependencyError("kinesis_env.sb3 needs Stable-Baselines3: pip install 'kinesis-env[sb3]'") from error

__all__ = ["KinesisVecEnv", "make_vec_env"]


def make_vec_env(env_id: str, n_envs: int = 1, *, seed: int | None = None, **kwargs: Any) -> KinesisVecEnv:
    """Return ``n_envs`` bodies of an id as a ``VecEnv``.

    Body i equals the single environment with the seed ``seed + i``, to the last bit.

    Args:
        env_id: the id.
        n_envs: the number of bodies.
        seed: seed of the first reset.
        **kwargs: keyword arguments of the id's vector class, such as ``motions``, ``num_threads``, ``render_mode`` or
            ``max_episode_steps``.

    Raises:
        ConfigError: an unknown id or keyword, an impossible value, or an ``autoreset_mode``, which cannot be chosen
            here.
    """
    if "autoreset_mode" in kwargs:
        raise ConfigError(
            "autoreset_mode cannot be set here: Stable-Baselines3 requires that a new episode starts in the same step"
        )
    envs = gymnasium.make_vec(env_id, n_envs, autoreset_mode="SameStep", **kwargs)
    made = KinesisVecEnv(envs.unwrapped)  # type: ignore[arg-type]
    if seed is not None:
        made.seed(seed)
    return made


class KinesisVecEnv(VecEnv):  # type: ignore[misc]
    """A ``VecEnv`` of Stable-Baselines3 over a vector environment of this package.

    ``infos`` have the contents of the single environment's ``info``; at the end of an episode also
    ``terminal_observation``, ``TimeLimit.truncated`` and ``episode`` (return ``"r"``, length ``"l"``, seconds so far
    ``"t"``), as written by the ``Monitor`` of Stable-Baselines3.

    Args:
        envs: the vector environment, with ``autoreset_mode="SameStep"``.
    """

    def __init__(self, envs: KinesisVectorEnv[Any]) -> None:
        self.envs = envs
        super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)
        self._began = time.perf_counter()
        self._actions: NDArray[np.float32] | None = None
        self._returns = np.zeros(envs.num_envs)
        self._lengths = np.zeros(envs.num_envs, dtype=np.int64)

    def reset(self) -> Any:
        """Start an episode in every row, and return the observations."""
        seeds = None if all(seed is None for seed in self._seeds) else list(self._seeds)
        observation, info = self.envs.reset(seed=seeds, options=_merged(self._options))
        self.reset_infos = _rows(info, self.num_envs)
        self._returns[:], self._lengths[:] = 0.0, 0
        self._reset_seeds()
        self._reset_options()
        return observation

    def step_async(self, actions: NDArray[np.float32]) -> None:
        """Keep the actions (n, 80) for :meth:`step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Step, and return observations, rewards (n,), dones (n,), and infos."""
        assert self._actions is not None
        observation, reward, terminated, truncated, info = self.envs.step(self._actions)
        self._actions = None
        done = terminated | truncated
        self._returns += reward
        self._lengths += 1
        ended: dict[str, Any] = {key: info.pop(key) for key in ("final_obs", "final_info") if key in info}
        infos = _rows(info, self.num_envs)
        if ended:
            self._end(np.flatnonzero(done), ended, infos, truncated & ~terminated)
        return observation, reward.astype(np.float32), done, infos

    def _end(self, rows: NDArray[Any], ended: dict[str, Any], infos: list[dict[str, Any]], late: NDArray[Any]) -> None:
        last = _rows(ended["final_info"], self.num_envs)
        for row in rows.tolist():
            # The row has restarted: the info of the finished episode is in the final info.
            self.reset_infos[row] = infos[row]
            infos[row] = last[row] | {
                "terminal_observation": ended["final_obs"][row],
                "TimeLimit.truncated": bool(late[row]),
                "episode": {
                    "r": round(float(self._returns[row]), 6),
                    "l": int(self._lengths[row]),
                    "t": round(time.perf_counter() - self._began, 6),
                },
            }
        self._returns[rows], self._lengths[rows] = 0.0, 0

    def close(self) -> None:
        """Close windows and free graphics memory."""
        self.envs.close()

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return a frame of each body, (height, width, 3) each."""
        return list(self.envs.render() or [None] * self.num_envs)

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the vector environment, once per index."""
        return [getattr(self.envs, attr_name)] * len(self._indices(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the vector environment, which all bodies share."""
        if len(self._indices(indices)) != self.num_envs:
            raise ConfigError(f"all bodies share the attribute {attr_name!r}; set it for all of them")
        setattr(self.envs, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Call a method of the vector environment once, and return the result once per index."""
        return [getattr(self.envs, method_name)(*args, **kwargs)] * len(self._indices(indices))

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:  # noqa: ARG002 (its interface)
        """Return whether the bodies are wrapped: none is."""
        return [False] * len(self._indices(indices))

    def _indices(self, indices: Any) -> list[int]:
        if indices is None:
            return list(range(self.num_envs))
        return list(indices) if isinstance(indices, Iterable) else [int(indices)]


def _rows(info: dict[str, Any], num: int) -> list[dict[str, Any]]:
    """Return the infos of each row, without the masks of Gymnasium's layout."""
    keys = [key for key in info if not key.startswith("_")]
    columns = [info[key].tolist() for key in keys]
    return [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)] or [{} for _ in range(num)]


def _merged(options: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Merge the options of all bodies into options of the vector environment.

    Raises:
        ConfigError: not all bodies have the same keys.
    """
    first = options[0]
    if any(other.keys() != first.keys() for other in options):
        raise ConfigError("the options of all bodies must have the same keys")
    return {key: [other[key] for other in options] for key in first} or None
