"""Recorded episodes as a Minari data set, for offline learning; needs minari (the extra ``minari``)."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from kinesis_env.errors import EvaluationError, OptionalDependencyError
from kinesis_env.evaluation.recorder import RecordedEpisode, read_episode
from kinesis_env.evaluation.result import Evaluation
from kinesis_env.version import __version__

__all__ = ["check_minari", "mean_return", "write_minari"]

#: Packages, and the modules they are found by.
_NEEDED = {"minari": "minari", "h5py": "h5py", "pillow": "PIL"}
#: Where Minari keeps its data sets.
_ROOT = "MINARI_DATASETS_PATH"


def check_minari(name: str) -> Any:
    """Return the library, or raise a clear error before any work is done.

    Raises:
        OptionalDependencyError: minari is not installed.
        EvaluationError: an invalid or existing name of a data set.
    """
    missing = [package for package, module in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise OptionalDependencyError(
            f"a Minari data set needs {', '.join(missing)}: pip install 'kinesis-env[minari]'"
        )
    minari = import_module("minari")
    try:
        taken = name in minari.list_local_datasets()
        import_module("minari.dataset.minari_dataset").parse_dataset_id(name)
    except ValueError as error:
        raise EvaluationError(
            f"{name!r} is not a name of a Minari data set, such as 'kinesis/walk/servo-v0': {error}"
        ) from error
    if taken:
        raise EvaluationError(
            f"the Minari data set {name!r} exists; delete it (minari delete {name}) or use another name"
        )
    return minari


def write_minari(
    files: Sequence[Path], name: str, *, policy: str = "", author: str = "", scores: tuple[float, float] | None = None
) -> Path:
    """Create a data set of recorded episodes, whole or not at all, and return its folder.

    Args:
        files: files of the episodes, all with the same id and arguments.
        name: such as ``"kinesis/walk/servo-v0"``; Minari decides where to store it (``MINARI_DATASETS_PATH``).
        policy: name of the policy, for the data set's description.
        author: author, for the description.
        scores: reference scores: mean returns of a poor policy and of a good one.

    Raises:
        OptionalDependencyError: minari is not installed.
        EvaluationError: an existing name, no file, or files of several ids.
    """
    minari = check_minari(name)
    if not files:
        raise EvaluationError("a data set needs at least one recorded episode, given none")
    about = [read_episode(path, only=()).metadata for path in files]
    if any((m["env_id"], m["arguments"]) != (about[0]["env_id"], about[0]["arguments"]) for m in about):
        raise EvaluationError("the recorded episodes must all be of one id with the same arguments")
    env = _env(about[0]["env_id"], about[0]["arguments"])
    low, high = (None, None) if scores is None else scores
    try:
        with _aside(name) as target, warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="minari")  # it asks for an author, and a link to code
            minari.create_dataset_from_buffers(
                name,
                list(_buffers(files)),
                env=env,
                algorithm_name=policy or None,
                author=author or None,
                ref_min_score=low,
                ref_max_score=high,
                description=f"Episodes of {about[0]['env_id']}, recorded by kinesis-env evaluate.",
                requirements=[f"kinesis-env=={__version__}"],
            )
    finally:
        env.close()
    return target


def mean_return(evaluation: Evaluation) -> float:
    """Return the mean sum of rewards of the episodes of an evaluation."""
    return float(np.mean([episode.steps * (episode.metrics["mean_reward"] or 0.0) for episode in evaluation.episodes]))


@contextmanager
def _aside(name: str) -> Iterator[Path]:
    """Let Minari write to a temporary folder, and move the data set into place if the block ends without an error."""
    place = import_module("minari.storage.datasets_root_dir").get_dataset_path
    root, target = Path(str(place())), Path(str(place(name)))
    before = os.environ.get(_ROOT)
    with tempfile.TemporaryDirectory(dir=root, prefix=".kinesis-") as aside:
        try:
            os.environ[_ROOT] = aside
            yield target
        finally:
            os.environ.pop(_ROOT)
            if before is not None:
                os.environ[_ROOT] = before
        namespace, known = name.rpartition("/")[0], import_module("minari.namespace")
        if namespace and namespace not in known.list_local_namespaces():
            known.create_namespace(namespace)
        (Path(aside) / name).replace(target)


def _buffers(files: Sequence[Path]) -> Iterator[Any]:
    buffer = import_module("minari.data_collector").EpisodeBuffer
    for number, path in enumerate(files):
        episode = read_episode(path)
        rewards = episode.arrays["reward"]
        ends = np.zeros((2, len(rewards)), dtype=np.bool_)
        if len(rewards):
            # A step that diverged is not recorded: the episode ends with the step before it.
            ends[0, -1] = episode.metadata["terminated"]
            ends[1, -1] = episode.metadata["truncated"] and not episode.metadata["terminated"]
        yield buffer(
            id=number,
            seed=int(episode.metadata["seed"]),
            options=_options(episode.metadata),
            observations=_observations(episode),
            actions=episode.arrays["action"],
            rewards=rewards.tolist(),
            terminations=ends[0].tolist(),
            truncations=ends[1].tolist(),
            infos=_infos(episode),
        )


def _env(env_id: str, arguments: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    """Return the environment of an id, whose spec has the maximum number of steps."""
    with contextlib.closing(gymnasium.make(env_id, **arguments)) as env:
        task = env.unwrapped.task  # type: ignore[attr-defined]
        if task.library is None:
            steps = int(task.config.time_limit)
        else:
            steps = math.floor(float(np.max(task.library.durations)) / task.simulation.control_step + 1e-6)
    return gymnasium.make(env_id, max_episode_steps=max(steps, 1), **arguments)


def _infos(episode: RecordedEpisode) -> dict[str, Any]:
    """Return the contents of ``info`` after the reset and each step: the reward terms, and the clip or prompt."""
    terms = {key: np.append(0.0, part) for key, part in episode.arrays.items() if key.startswith("reward_")}
    count = len(episode.arrays["reward"]) + 1
    return {**terms, **{key: [word] * count for key in ("clip", "prompt") if (word := episode.metadata[key])}}


def _observations(episode: RecordedEpisode) -> Any:
    parts = {key.partition(".")[2]: array for key, array in episode.arrays.items() if key.startswith("observation.")}
    return parts or episode.arrays["observation"]


def _options(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    options = {key: metadata[key] for key in ("clip", "prompt") if metadata[key]}
    return {**options, "start_time": 0.0} if options else None
