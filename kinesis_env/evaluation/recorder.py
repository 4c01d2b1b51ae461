"""Files of whole episodes, for analysis and for learning from them: one ``.npz`` of plain arrays each.

    episode = read_episode("episodes/walk-seed0.npz")
    episode.arrays["joint_moment"]       # (T + 1, 14) [N m]
    episode.metadata["names"]["joints"]  # what the columns are

Every array has the leading axis of its kind: T + 1 instants (the start, then after each control step), or T steps. At
an instant, forces are means over the control step that ends there: contact forces change within milliseconds, and
instantaneous forces do not give the impulse. At the start they are instantaneous.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.dynamics.instruments import FORCES, SIDES, Instruments, mean_forces
from kinesis_env.envs.vector import KinesisVectorEnv
from kinesis_env.errors import EvaluationError, MotionFormatError
from kinesis_env.evaluation.cases import Case
from kinesis_env.evaluation.episodes import Episode, digest_of
from kinesis_env.evaluation.rollout import Stepped
from kinesis_env.files import whole_file
from kinesis_env.model.names import JOINTS, TRACKED_BODIES
from kinesis_env.motions import archive
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Array, Rows

__all__ = ["UNITS", "RecordedEpisode", "Recorder", "read_episode"]


#: Current format. In files of format 1, which can be read too, forces are instantaneous.
FORMAT = 2
#: Every array but the observations, with its unit ("" for none).
UNITS: Mapping[str, str] = {
    "time": "s",
    "qpos": "m, quaternion wxyz, rad",
    "qvel": "m/s, rad/s",
    "activation": "",
    "muscle_force": "N",
    "muscle_length": "m",
    "muscle_velocity": "m/s",
    "joint_moment": "N m",
    "ground_force": "N",
    "center_of_pressure": "m",
    "free_moment": "N m",
    "reference_qpos": "m, quaternion wxyz, rad",
    "reference_body_pos": "m",
    "body_pos": "m",
    "action": "",
    "excitation": "",
    "reward": "",
    "push_force": "N",
}
_STEPS = ("action", "excitation", "reward", "push_force")
#: Forces at every physics step, if they are recorded, (T, k, ...) each.
_PHYSICS = "physics."
_OBSERVATION, _TERM = "observation", "reward_"
_METADATA = "metadata"
#: Maximum size of a decompressed episode [bytes], about one hour.
_MAX_BYTES = 2**31


@dataclass(frozen=True)
class RecordedEpisode:
    """An episode from a file.

    Attributes:
        metadata: clip, seed, ending, names of columns, units, and recording settings.
        arrays: by name, see :data:`UNITS`; observations are ``observation``, or ``observation.<key>`` in a goal env,
            and the terms of the reward ``reward_<term>``, as in ``info``.
    """

    metadata: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


class Recorder:
    """Writes a file for each episode of an evaluation; an :class:`~kinesis_env.evaluation.rollout.Observer`.

    Args:
        folder: output folder.
        env_id: the id.
        arguments: keyword arguments of the id, JSON-able.
        settings: settings of the evaluation; a file recorded with other settings is overwritten.
        physics: record the forces at every physics step too.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        env_id: str,
        arguments: Mapping[str, Any],
        settings: Mapping[str, Any],
        *,
        physics: bool = False,
    ) -> None:
        self._folder = Path(folder)
        self._physics = physics
        self._about = {
            "format": FORMAT,
            "env_id": env_id,
            "arguments": dict(arguments),
            "settings": digest_of({**settings, "forces": "physics" if physics else "means"}),
        }
        self._tapes: dict[int, _Tape] = {}
        self._envs: KinesisVectorEnv[Task] | None = None

    def attach(self, envs: KinesisVectorEnv[Task]) -> None:
        """Attach to the environment that will run."""
        self._envs = envs
        self._tapes = {}
        self._plain = Instruments(envs.task.simulation.model)

    def path(self, case: Case) -> Path:
        """Return the file of a case."""
        wanted = case.clip or case.prompt
        name = re.sub(r"[^\w.-]+", "-", wanted)[:80].strip(".-")
        if wanted and name != wanted:
            name += f"-{digest_of(wanted)[:8]}"
        return self._folder / (f"{name}-seed{case.seed}.npz" if name else f"seed{case.seed}.npz")

    def has(self, case: Case) -> bool:
        """Whether a case is recorded already, with the same settings."""
        path = self.path(case)
        if not path.is_file():
            return False
        try:
            metadata = read_episode(path, only=()).metadata
        except EvaluationError:
            return False
        return metadata.get("settings") == self._about["settings"] and metadata.get("motion_digest") == case.digest

    def begin(self, rows: Rows, cases: Sequence[Case], observation: Any) -> None:
        """Start tapes in rows (k,)."""
        assert self._envs is not None
        simulation = self._envs.task.simulation
        for row, case in zip(rows.tolist(), cases, strict=True):
            alike = simulation.conditions is None and simulation.perturbations is None
            own = self._plain if alike else Instruments(simulation.model_of(row))
            self._tapes[row] = _Tape(case, own, self._envs, physics=self._physics)
            self._tapes[row].add(row, observation)

    def step(self, stepped: Stepped) -> None:
        """Add a step to the tapes; a step that diverged has no state to record."""
        assert self._envs is not None
        diverged = self._envs.task.simulation.diverged
        for row in stepped.active.tolist():
            tape = self._tapes[row]
            tape.ended = bool(stepped.terminated[row]), bool(stepped.truncated[row])
            if not diverged[row]:
                tape.add(row, stepped.observation, stepped.actions[row], float(stepped.reward[row]))

    def end(self, row: int, episode: Episode) -> None:
        """Write the tape of a row."""
        tape = self._tapes.pop(row)
        tape.write(self.path(tape.case), self._about, episode)


class _Tape:
    """One episode while it runs."""

    def __init__(self, case: Case, instruments: Instruments, envs: KinesisVectorEnv[Task], *, physics: bool) -> None:
        self.case = case
        self._physics = physics
        self._state: tuple[Array, Array, Array]
        self.ended = (False, False)
        self._instruments = instruments
        self._task = envs.task
        self._columns: dict[str, list[Any]] = {}

    def add(self, row: int, observation: Any, action: Any = None, reward: float = 0.0) -> None:
        simulation = self._task.simulation
        time = len(self._columns.get("time", ())) * simulation.control_step
        state = [array[row].copy() for array in (simulation.qpos, simulation.qvel, simulation.act, simulation.ctrl)]
        values: dict[str, Any] = {"time": time, **dict(zip(("qpos", "qvel", "activation"), state, strict=False))}
        values |= self._instruments.measure(*state)
        if action is not None:
            push = None if simulation.perturbations is None else simulation.perturbations.force[row].copy()
            forces = self._instruments.over_steps(
                *self._state, simulation.excitation[row], 0.0 if push is None else push
            )
            if push is not None:
                values["push_force"] = push
            values |= mean_forces(forces)
            if self._physics:
                values |= {f"{_PHYSICS}{key}": forces[key] for key in FORCES}
        self._state = (state[0], state[1], state[2])
        values["body_pos"] = simulation.body_position(simulation.names.tracked)[row].copy()
        reference = self._task.reference()
        if reference is not None:
            values["reference_qpos"] = reference.qpos[row].copy()
            values["reference_body_pos"] = reference.body_pos[row].copy()
        if isinstance(observation, Mapping):
            values |= {f"{_OBSERVATION}.{key}": part[row].copy() for key, part in observation.items()}
        else:
            values[_OBSERVATION] = observation[row].copy()
        if action is not None:
            values |= {"action": action.copy(), "excitation": simulation.excitation[row].copy(), "reward": reward}
            values |= {key: float(part[row]) for key, part in self._task.info().items() if key.startswith(_TERM)}
        for key, value in values.items():
            self._columns.setdefault(key, []).append(value)

    def write(self, path: Path, about: Mapping[str, Any], episode: Episode) -> None:
        simulation = self._task.simulation
        terminated, truncated = self.ended
        arrays: dict[str, Any] = {key: np.array(column) for key, column in self._columns.items()}
        empty = {
            "action": np.zeros((0, simulation.model.nu), np.float32),
            "excitation": np.zeros((0, *simulation.excitation.shape[1:])),
            "reward": np.zeros(0),
        }
        arrays = {**empty, **arrays}
        metadata = {
            **about,
            "clip": self.case.clip,
            "prompt": self.case.prompt,
            "seed": self.case.seed,
            "skill": self.case.skill,
            "motion_digest": self.case.digest,
            "terminated": terminated,
            "truncated": truncated,
            "termination_reason": episode.termination_reason,
            "metrics": dict(episode.metrics),
            "control_step": simulation.control_step,
            "body": simulation.body.description,
            "physics_steps": simulation.substeps,
            "names": {
                "joints": list(JOINTS),
                "muscles": list(simulation.names.muscles),
                "bodies": list(TRACKED_BODIES),
                "sides": list(SIDES),
            },
            "units": {key: UNITS.get(key.removeprefix(_PHYSICS), "") for key in arrays},
            "per_step": [key for key in arrays if key in _STEPS or key.startswith((_PHYSICS, _TERM))],
        }
        text = np.frombuffer(json.dumps(metadata, sort_keys=True).encode(), dtype=np.uint8)
        with whole_file(path) as temporary:  # every array is of numbers: nothing is pickled
            np.savez_compressed(temporary, metadata=text, **arrays)


def read_episode(path: str | os.PathLike[str], *, only: Sequence[str] | None = None) -> RecordedEpisode:
    """Read a recorded episode; nothing in it is unpickled.

    Args:
        path: the file.
        only: the arrays to read; by default all.

    Raises:
        EvaluationError: no such file, or not a recorded episode.
    """
    where = os.fspath(path)
    try:
        names = archive.member_names(path)
        keys = [key for key in names if key != _METADATA] if only is None else list(only)
        arrays = archive.read_some(path, [_METADATA, *keys], max_bytes=_MAX_BYTES)
        metadata = json.loads(arrays.pop(_METADATA).tobytes().decode())
    except KeyError as error:
        raise EvaluationError(f"{where}: not a recorded episode: no array {error}") from error
    except (MotionFormatError, ValueError, RecursionError) as error:
        raise EvaluationError(f"{where}: not a recorded episode: {error}") from error
    missing = [key for key in keys if key not in arrays]
    if missing:
        raise EvaluationError(f"{where}: no array {missing[0]!r}; the arrays are {', '.join(names)}")
    if not isinstance(metadata, dict) or metadata.get("format") not in (1, FORMAT):
        raise EvaluationError(f"{where}: not a recorded episode of this version")
    return RecordedEpisode(metadata, {key: array.copy() for key, array in arrays.items()})
