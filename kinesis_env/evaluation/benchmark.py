"""Evaluating a policy: every clip from its start, one attempt per seed, measured.

from kinesis_env.evaluation import evaluate

evaluation = evaluate(policy, motions="split:test", protocol="kinesis")
print(evaluation.table())
evaluation.save("result.json")
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cache
from importlib import import_module, resources
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, cast

from kinesis_env.checks import check_choice
from kinesis_env.config.files import Overrides, read_overrides
from kinesis_env.config.schema import as_json, to_mapping
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation.cases import Case, cases_of
from kinesis_env.evaluation.dependencies import source_of
from kinesis_env.evaluation.episodes import Episode, Journal
from kinesis_env.evaluation.policy import Actor, Policy, fingerprint_of, settings_of
from kinesis_env.evaluation.policy_files import load_policy
from kinesis_env.evaluation.protocols import (
    PROTOCOLS,
    ROWS,
    SEEDS,
    arguments_of,
    checked_attempts,
    checked_rows,
    make_envs,
    protocol_name,
)
from kinesis_env.evaluation.recorder import Recorder
from kinesis_env.evaluation.result import BACKEND, Evaluation
from kinesis_env.evaluation.rollout import run_cases
from kinesis_env.installation import installed_versions
from kinesis_env.terms.own import find_term

__all__ = ["BACKENDS", "PROTOCOLS", "Job", "evaluate"]

#: Whose physics an evaluation can run on.
BACKENDS = ("mujoco", "warp")


def evaluate(
    policy: Policy | str | os.PathLike[str],
    env_id: str = "Kinesis-Imitate-v0",
    *,
    motions: str | Sequence[str] | None = None,
    seeds: int | Sequence[int] | None = None,
    protocol: str | None = None,
    config: Overrides | None = None,
    rows: int = ROWS,
    num_threads: int = 0,
    exact: bool = True,
    backend: str = "mujoco",
    folder: str | os.PathLike[str] | None = None,
    fresh: bool = False,
    record: str | os.PathLike[str] | None = None,
    record_physics: bool = False,
    fingerprint: str | None = None,
    trust: bool = False,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Evaluation:
    """Run a policy over motions (or seeds, for a task without motions), and measure it.

    The outcome depends on the policy, the id, its configuration, the motions and the seeds, but not on ``rows``,
    ``num_threads`` or the order in which episodes end.

    Args:
        policy: a function of observations (n, k) that returns actions (n, 80); an object with ``act``, see
            :class:`~kinesis_env.evaluation.policy.RowPolicy`; or what
            :func:`~kinesis_env.evaluation.policy_files.load_policy` takes: "zero", "module:factory", a file.
        env_id: the id.
        motions: the clips, in the form that the id takes; by default from the configuration.
        seeds: number of attempts per clip, seeded 0, 1, ...; or their seeds. By default one per clip or prompt, and 100
            for a task without.
        protocol: a preset of :data:`PROTOCOLS`.
        config: further arguments of the id, a mapping or a YAML file.
        rows: largest number of episodes that run in parallel.
        num_threads: threads for the physics; 0 means one per processor.
        exact: call the policy row by row, so that the rounding of its matrix products is always the same. Otherwise it
            is called with all rows at once, which a network on a GPU needs to be fast.
        backend: ``"mujoco"``, or ``"warp"``: the physics of MuJoCo Warp in single precision, on a GPU if there is one.
            It says how far figures hold there; it is not fast, as everything else stays on the host.
        folder: cache finished episodes here, and reuse cached ones.
        fresh: do not reuse cached episodes.
        record: write a file of each episode here, see :mod:`kinesis_env.evaluation.recorder`.
        record_physics: record the forces of every physics step too, not only their means over control steps.
        fingerprint: identifies a policy without its own fingerprint, for ``folder``; change it with the policy.
        trust: allow a model of Stable-Baselines3 to be unpickled, which can run any code.
        on_progress: called with the number of finished episodes, the number of all episodes, and the name of the last.

    Raises:
        PolicyError: the policy cannot be loaded, raised, or returned something that is not an action; the message names
            clip and step.
        ConfigError: an unknown id or protocol, or an impossible argument.
        EvaluationError: impossible seeds, or a ``folder`` for a policy without a fingerprint.
        MotionError: motions that cannot be found or read.
    """
    job = Job(
        load_policy(policy, trust=trust) if isinstance(policy, str | os.PathLike) else policy,
        env_id,
        motions=motions,
        seeds=seeds,
        protocol=protocol,
        config=config,
        rows=rows,
        num_threads=num_threads,
        exact=exact,
        backend=backend,
        fingerprint=fingerprint,
    )
    return job.run(folder=folder, fresh=fresh, record=record, record_physics=record_physics, on_progress=on_progress)


class Job:
    """An evaluation that can be run; arguments as for :func:`evaluate`.

    Attributes:
        cases: every attempt, in order.
    """

    def __init__(
        self,
        policy: Policy,
        env_id: str,
        *,
        motions: str | Sequence[str] | None = None,
        seeds: int | Sequence[int] | None = None,
        protocol: str | None = None,
        config: Overrides | None = None,
        rows: int = ROWS,
        num_threads: int = 0,
        exact: bool = True,
        backend: str = "mujoco",
        fingerprint: str | None = None,
    ) -> None:
        check_choice("backend", backend, BACKENDS)
        self._actor = Actor(policy, exact=exact)
        self._env_id = env_id
        asked = {} if config is None else read_overrides(config)
        self._arguments = arguments_of(env_id, motions, protocol, {**settings_of(policy), **asked})
        versions = installed_versions()
        if backend == "warp":
            self._arguments["backend"] = "warp-host"
            versions[BACKEND] = f"mujoco_warp {package_version('mujoco_warp')}"
        self._rows, self._threads = checked_rows(rows), num_threads
        with closing(make_envs(env_id, 1, self._arguments)) as first:
            several = {"clip", "prompt"} & set(first.task.options)
            self._seeds = checked_attempts((1 if several else SEEDS) if seeds is None else seeds, protocol, env_id)
            self.cases = tuple(cases_of(first.task, self._seeds))
            effective = cast(Any, first.task).config
            body = first.task.body
            # The body's sizes rather than the file they were read from.
            settings = as_json({**to_mapping(effective), "body": body.description or None})
            content = {**first.task.content(), **_digests_of_terms(effective)}
            if not type(first).__module__.startswith("kinesis_env."):
                content["environment"] = source_of(type(first))
        protocol = protocol_name(env_id, protocol, effective, self._arguments)
        if self._arguments.get("max_episode_steps") is not None:
            settings["max_episode_steps"] = self._arguments["max_episode_steps"]
        self._about: dict[str, Any] = {
            "env_id": env_id,
            "protocol": protocol,
            "policy": _identity(policy, fingerprint),
            "exact": exact,
            "config": settings,
            "model_sha256": body.digest,
            "versions": versions,
            "content": content,
        }
        # The paths of motions do not matter: each case has its digest, and "content" has the digest of the starts.
        self._key = {**self._about, "config": {**settings, "motions": None, "start": None}, "source": _source_digest()}
        if settings.get("start") == "stand":
            self._key["config"]["start"] = "stand"

    def run(
        self,
        *,
        folder: str | os.PathLike[str] | None = None,
        fresh: bool = False,
        record: str | os.PathLike[str] | None = None,
        record_physics: bool = False,
        on_progress: Callable[[int, int, str], None] | None = None,
    ) -> Evaluation:
        """Run the unfinished cases and return the whole evaluation; arguments and errors as for :func:`evaluate`."""
        if folder is not None and self._about["policy"]["kind"] == "callable":
            raise EvaluationError(
                "finished episodes can be cached only if the policy can be identified: give it a fingerprint= (or the "
                "attribute `fingerprint`, a dict), and change it whenever the policy changes"
            )
        journal = None if folder is None else Journal(folder, self._key)
        recorder = None if record is None else self._recorder(record, physics=record_physics)
        done: dict[Case, Episode] = {}
        for case in self.cases if not fresh else ():
            kept = journal.find(case) if journal is not None else None
            if kept is not None and (recorder is None or recorder.has(case)):
                done[case] = kept

        def finish(case: Case, episode: Episode) -> None:
            if journal is not None:
                journal.keep(case, episode)
            done[case] = episode
            if on_progress is not None:
                on_progress(len(done), len(self.cases), case.unit)

        if done and on_progress is not None:
            on_progress(len(done), len(self.cases), "kept from before")
        waiting = [case for case in self.cases if case not in done]
        if waiting:
            count = min(self._rows, len(waiting))
            with closing(make_envs(self._env_id, count, self._arguments, num_threads=self._threads)) as envs:
                if recorder is not None:
                    recorder.attach(envs)
                run_cases(envs, self._actor, waiting, finish, recorder)
        return self._evaluation(done)

    def recorded(self, record: str | os.PathLike[str], case: Case) -> Path:
        """Return the file of a case in a folder of recorded episodes."""
        return self._recorder(record).path(case)

    def film(self, episode: Episode) -> bytes:
        """Run an episode again, and return a film of it; see :func:`kinesis_env.evaluation.film.film`."""
        case = next(case for case in self.cases if (case.unit, case.seed) == (episode.unit, episode.seed))
        film: bytes = import_module("kinesis_env.evaluation.film").film(
            self._actor, self._env_id, self._arguments, case
        )
        return film

    def _recorder(self, record: str | os.PathLike[str], *, physics: bool = False) -> Recorder:
        return Recorder(record, self._env_id, self._arguments, self._key, physics=physics)

    def _evaluation(self, done: Mapping[Case, Episode]) -> Evaluation:
        return Evaluation(
            **self._about,
            seeds=self._seeds,
            motions=tuple(_motions(self.cases)),
            episodes=tuple(done[case] for case in self.cases),
        )


def _identity(policy: Any, fingerprint: str | None) -> dict[str, Any]:
    known = fingerprint_of(policy)
    if fingerprint is not None:
        return {**(known or {"kind": "named"}), "name": fingerprint}
    if known is not None:
        return known
    return {"kind": "callable", "name": getattr(policy, "__qualname__", type(policy).__qualname__)}


def _digests_of_terms(config: BodyConfig) -> dict[str, str]:
    """Return the digests of the source of the user's own terms, see :func:`source_of`."""
    own = {
        "rewards": config.own_rewards,
        "observations": config.extra_observations,
        "terminations": config.extra_terminations,
    }
    digests = {}
    for kind, terms in own.items():
        for name, where in terms.items():
            digests[f"{kind}: {where}"] = source_of(find_term(kind, name, where), where.partition(":")[0])
    return digests


def _motions(cases: Sequence[Case]) -> list[dict[str, Any]]:
    named = {case.clip or case.prompt: case for case in cases if case.clip or case.digest}
    return [
        {"name": name, "skill": case.skill, "seconds": case.seconds, "digest": case.digest}
        for name, case in named.items()
    ]


@cache
def _source_digest() -> str:
    """Return the SHA-256 of the package's code: episodes cached by other code are not reused."""
    root = Path(str(resources.files("kinesis_env")))
    total = hashlib.sha256()
    for path in sorted((*root.rglob("*.py"), *root.glob("presets/**/*.yaml"), *root.glob("assets/**/*.*"))):
        total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return total.hexdigest()
