"""Models of Stable-Baselines3 and sb3-contrib as policies."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import logging
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.errors import PolicyError
from kinesis_env.evaluation.file_policy import FilePolicy, library, version_of
from kinesis_env.model.names import NU
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Rows

__all__ = ["StableBaselines3Policy"]

_log = logging.getLogger(__name__)

#: Parts of an off-policy model that an evaluation does not need: its replay buffer; a hindsight buffer needs an
#: environment.
_NO_REPLAY: Mapping[str, Any] = {"replay_buffer_class": None, "replay_buffer_kwargs": {}, "buffer_size": 1}


class StableBaselines3Policy(FilePolicy):
    """A model of Stable-Baselines3 or sb3-contrib; its actions are the deterministic ones.

    Recurrent models keep a state for each episode.

    Args:
        path: the file; **it is unpickled**.
        algorithm: name of its class, such as ``"PPO"``.
        statistics: the ``VecNormalize`` file it was trained with, if any; **it is unpickled** too.

    Raises:
        OptionalDependencyError: the library is not installed.
        PolicyError: an unknown algorithm, not a file of it, or not a ``VecNormalize`` file.
    """

    kind = "stable-baselines3"

    def __init__(self, path: Path, algorithm: str, statistics: Path | None = None) -> None:
        found = getattr(library("stable_baselines3", "sb3", path), algorithm, None)
        if found is None and importlib.util.find_spec("sb3_contrib") is not None:
            found = getattr(importlib.import_module("sb3_contrib"), algorithm, None)
        if found is None or not hasattr(found, "load"):
            raise PolicyError(f"neither stable_baselines3 nor sb3_contrib has an algorithm {algorithm!r}")
        super().__init__(path, "stable_baselines3")
        self._fingerprint["algorithm"] = algorithm
        self._fingerprint["library"] += f", torch {version_of('torch')}"
        try:
            self._model: Any = found.load(str(path), device="cpu", custom_objects=_NO_REPLAY)
        except Exception as error:
            raise PolicyError(
                f"{path}: not a model of {algorithm} ({type(error).__name__}: {error}); the algorithm is the class "
                "that saved it"
            ) from error
        self._normalize = None if statistics is None else self._read_statistics(statistics)
        if statistics is None:
            _tell_of_statistics(path)
        self._recurrent = hasattr(self._model.policy, "lstm_actor")
        self._states: dict[int, Any] = {}

    def prepare(self, task: Task) -> None:
        """Check that the model was trained for the task's observations and actions.

        Raises:
            PolicyError: it was not.
        """
        space, actions = self._model.observation_space, self._model.action_space
        if space.shape is not None and space.shape != (task.observation_size,):
            raise PolicyError(
                f"{self._path}: the model expects observations of shape {space.shape}, the environment gives "
                f"({task.observation_size},); configure the environment as in training (lookahead, "
                "muscle_observations, observation)"
            )
        if actions.shape != (NU,):
            raise PolicyError(
                f"{self._path}: the model must return actions of shape ({NU},), but returned {actions.shape}"
            )

    def _read_statistics(self, path: Path) -> Any:
        """Return the function that normalizes observations as in training, and note the file in the fingerprint."""
        normalizer = importlib.import_module("stable_baselines3.common.vec_env").VecNormalize
        content = path.read_bytes()
        try:
            found = pickle.loads(content)  # noqa: S301  (trusted by the user, like the model)
        except Exception as error:
            raise PolicyError(f"{path}: not a VecNormalize file ({type(error).__name__}: {error})") from error
        if not isinstance(found, normalizer):
            raise PolicyError(f"{path}: must be a file written by VecNormalize.save, given {type(found).__name__}")
        self._fingerprint["normalize"] = hashlib.sha256(content).hexdigest()
        return found.normalize_obs

    def reset(self, rows: Rows, cases: Any) -> None:  # noqa: ARG002
        """Reset the states of rows."""
        for row in rows.tolist():
            self._states.pop(row, None)

    def act(self, observation: Any, rows: Rows) -> Any:
        """Return the model's deterministic actions."""
        if self._normalize is not None:
            observation = self._normalize(observation)
        if not self._recurrent:
            return self._model.predict(observation, deterministic=True)[0]
        return np.concatenate([self._step(observation, i, row) for i, row in enumerate(rows.tolist())])

    def _step(self, observation: Any, index: int, row: int) -> Any:
        own: Any = (
            {key: part[index : index + 1] for key, part in observation.items()}
            if isinstance(observation, Mapping)
            else observation[index : index + 1]
        )
        state = self._states.get(row)
        action, self._states[row] = self._model.predict(
            own, state=state, episode_start=np.array([state is None]), deterministic=True
        )
        return action


def _tell_of_statistics(path: Path) -> None:
    """Warn about an unused ``VecNormalize`` file beside a model."""
    beside = [other.name for other in sorted(path.parent.glob("*.pkl")) if "normalize" in other.name.lower()]
    if beside:
        _log.warning(
            "%s is used without the statistics next to it (%s); if it was trained with VecNormalize, pass --normalize",
            path.name,
            ", ".join(beside),
        )
