"""Evaluating a policy: every clip from its start, one attempt per seed, measured.

    from kinesis_env.evaluation import evaluate

    evaluation = evaluate(policy, motions="split:test", protocol="kinesis")
    print(evaluation.table())
    evaluation.save("result.json")
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import gymnasium
import mujoco
import numpy as np
import scipy

import kinesis_env
from kinesis_env.config import to_mapping
from kinesis_env.envs.vector import KinesisVectorEnv
from kinesis_env.errors import ConfigError, EvaluationError
from kinesis_env.evaluation.cases import Case, cases_of, checked_seeds
from kinesis_env.evaluation.episodes import Episode, Journal
from kinesis_env.evaluation.policy import Actor, Policy, fingerprint_of
from kinesis_env.evaluation.policy_files import load_policy
from kinesis_env.evaluation.recorder import Recorder
from kinesis_env.evaluation.result import Evaluation
from kinesis_env.evaluation.rollout import run_cases
from kinesis_env.model.names import LOWER_BODY

__all__ = ["PROTOCOLS", "evaluate", "make_envs"]

#: The most episodes that run side by side unless said otherwise.
ROWS = 64

#: The arguments that a protocol fixes, by id; protocols have one attempt.
PROTOCOLS: Mapping[str, Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        # arXiv 2503.14637: a clip is lost when the tracked bodies are more than 0.5 m away in the mean.
        "kinesis": {
            "Kinesis-Imitate-v0": {"termination": "mean", "termination_distance": 0.5, "random_heading": False},
            # Within 0.1 m of the goal after 150 steps; the fall is that of the id.
            "Kinesis-Reach-v0": {"time_limit": 150, "radius": 0.1, "success": "timeout", "goals": 1},
        }
    }
)


def evaluate(
    policy: Policy | str | os.PathLike[str],
    env_id: str = "Kinesis-Imitate-v0",
    *,
    motions: str | Sequence[str] | None = None,
    seeds: int | Sequence[int] = 1,
    protocol: str | None = None,
    config: Mapping[str, Any] | None = None,
    rows: int = ROWS,
    num_threads: int = 0,
    exact: bool = True,
    folder: str | os.PathLike[str] | None = None,
    record: str | os.PathLike[str] | None = None,
    fingerprint: str | None = None,
    trust: bool = False,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Evaluation:
    """Run a policy over motions (or seeds, for a task without), and measure it.

    The outcome depends on the policy, the id, its configuration, the motions and the seeds, and not on ``rows``,
    ``num_threads`` or the order in which episodes happen to end.

    Args:
        policy: a function of observations (n, k) that returns actions (n, 80); an object with ``act``, see
            :class:`~kinesis_env.evaluation.policy.RowPolicy`; or what :func:`~kinesis_env.evaluation.policy_files.
            load_policy` takes: "zero", "module:factory", a file.
        env_id: the id.
        motions: the clips, as the id takes them; by default those of the configuration.
        seeds: how many attempts each clip gets, seeded 0, 1, ...; or their seeds.
        protocol: a preset of :data:`PROTOCOLS`.
        config: further keyword arguments of the id.
        rows: how many episodes run side by side at most.
        num_threads: for the physics; 0 means one per processor.
        exact: ask the policy row by row, so that the rounding of its products of matrices is always the same. Without,
            it is asked about all rows at once, which is faster for a large network.
        folder: keep finished episodes here, and take those that are kept.
        record: write a file of each episode here, see :mod:`kinesis_env.evaluation.recorder`.
        fingerprint: names a policy that cannot be told from another by itself, for ``folder``: change it with the policy.
        trust: allow a model of Stable-Baselines3 to be unpickled, which can run any code.
        on_progress: called with the number of finished episodes, of all, and the name of the last.

    Raises:
        PolicyError: the policy cannot be loaded, raised, or returned something that is no action; clip and step are named.
        ConfigError: an unknown id or protocol, or an impossible argument.
        EvaluationError: impossible seeds, or a ``folder`` for a policy without a fingerprint.
        MotionError: motions that cannot be found or read.
    """
    wanted = checked_seeds(seeds)
    arguments = _arguments(env_id, motions, wanted, protocol, config or {})
    acting: Policy = load_policy(policy, trust=trust) if isinstance(policy, str | os.PathLike) else policy
    actor = Actor(acting, exact=exact)
    known = _identity(acting, fingerprint)
    with closing(make_envs(env_id, 1, arguments)) as first:
        cases = cases_of(first.task, wanted)
        effective = to_mapping(cast(Any, first.task).config)
    if arguments.get("max_episode_steps") is not None:
        effective["max_episode_steps"] = arguments["max_episode_steps"]
    about = {
        "env_id": env_id,
        "protocol": protocol or "",
        "policy": known,
        "exact": exact,
        "config": effective,
        "model_sha256": hashlib.sha256(LOWER_BODY.read_bytes()).hexdigest(),
        "versions": _versions(),
    }
    source = _source_digest()
    if folder is not None and known.get("kind") == "callable":
        raise EvaluationError(
            "finished episodes can be kept only for a policy that can be told from another: give it a fingerprint= "
            "(or the attribute `fingerprint`, a dict), and change that with the policy"
        )
    # Where the motions lie is no matter: each case has the digest of its own.
    settings = {**about, "config": {**effective, "motions": None}, "source": source}
    journal = None if folder is None else Journal(folder, settings)
    recorder = None if record is None else Recorder(record, env_id, arguments, settings)
    done: dict[Case, Episode] = {}
    for case in cases:
        kept = journal.find(case) if journal is not None else None
        if kept is not None and (recorder is None or recorder.has(case)):
            done[case] = kept
    waiting = [case for case in cases if case not in done]

    def finish(case: Case, episode: Episode) -> None:
        if journal is not None:
            journal.keep(case, episode)
        done[case] = episode
        if on_progress is not None:
            on_progress(len(done), len(cases), case.clip or f"seed {case.seed}")

    if done and on_progress is not None:
        on_progress(len(done), len(cases), "kept from before")
    if waiting:
        count = min(rows, len(waiting))
        with closing(make_envs(env_id, count, arguments, num_threads=num_threads)) as envs:
            if recorder is not None:
                recorder.attach(envs)
            run_cases(envs, actor, waiting, finish, recorder)
    return Evaluation(
        env_id=env_id,
        protocol=protocol or "",
        policy=known,
        exact=exact,
        seeds=wanted,
        config=effective,
        model_sha256=str(about["model_sha256"]),
        versions=_versions(),
        motions=tuple(_motions(cases)),
        episodes=tuple(done[case] for case in cases),
    )


def make_envs(env_id: str, rows: int, arguments: Mapping[str, Any], **more: Any) -> KinesisVectorEnv:
    """Return the vector environment of an id of this package, with autoreset disabled.

    Raises:
        ConfigError: an unknown id, an impossible number of rows or argument.
    """
    if env_id not in kinesis_env.ENV_IDS and env_id not in gymnasium.registry:
        raise ConfigError(f"unknown id {env_id!r}; the ids are {', '.join(kinesis_env.ENV_IDS)}")
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ConfigError(f"rows must be a whole number, at least 1, given {rows!r}")
    envs = gymnasium.make_vec(env_id, num_envs=rows, autoreset_mode="Disabled", **arguments, **more).unwrapped
    if not isinstance(envs, KinesisVectorEnv):
        raise ConfigError(f"{env_id} is not an id of this package; those are {', '.join(kinesis_env.ENV_IDS)}")
    return envs


def _arguments(
    env_id: str, motions: Any, seeds: tuple[int, ...], protocol: str | None, config: Mapping[str, Any]
) -> dict[str, Any]:
    arguments = dict(config)
    if motions is not None:
        arguments["motions"] = motions if isinstance(motions, str) else list(motions)
    if protocol is None:
        return arguments
    if protocol not in PROTOCOLS:
        raise ConfigError(f"unknown protocol {protocol!r}; allowed is {', '.join(map(repr, PROTOCOLS))}")
    fixed = PROTOCOLS[protocol].get(env_id)
    if fixed is None:
        raise ConfigError(f"the protocol {protocol!r} is for {', '.join(PROTOCOLS[protocol])}; given {env_id}")
    for key, value in fixed.items():
        if key in config and config[key] != value:
            raise ConfigError(f"the protocol {protocol!r} fixes {key}={value!r}, given {config[key]!r}")
    if "motions" not in arguments and env_id == "Kinesis-Imitate-v0":
        arguments["motions"] = "split:test"
    if len(seeds) > 1 and env_id == "Kinesis-Imitate-v0":
        raise ConfigError(f"the protocol {protocol!r} counts the first attempt at a clip; given {len(seeds)} seeds")
    return {**arguments, **fixed}


def _identity(policy: Any, fingerprint: str | None) -> dict[str, Any]:
    known = fingerprint_of(policy)
    if fingerprint is not None:
        return {**(known or {"kind": "named"}), "name": fingerprint}
    if known is not None:
        return known
    return {"kind": "callable", "name": getattr(policy, "__qualname__", type(policy).__qualname__)}


def _motions(cases: Sequence[Case]) -> list[dict[str, Any]]:
    clips = {case.clip: case for case in cases if case.clip}
    return [
        {"name": case.clip, "skill": case.skill, "seconds": case.seconds, "digest": case.digest}
        for case in clips.values()
    ]


def _versions() -> dict[str, str]:
    return {
        "kinesis_env": kinesis_env.__version__,
        "mujoco": mujoco.__version__,
        "gymnasium": version("gymnasium"),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


@cache
def _source_digest() -> str:
    """Return the SHA-256 of the package's own code: what was kept by other code is not taken."""
    root = Path(str(resources.files("kinesis_env")))
    total = hashlib.sha256()
    for path in sorted((*root.rglob("*.py"), *root.rglob("presets/*.yaml"))):
        total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return total.hexdigest()
