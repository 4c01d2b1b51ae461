"""Recording a trace, and running its episodes again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import gymnasium
import numpy as np

from kinesis_env.checks import check_integer
from kinesis_env.envs.vector import KinesisVectorEnv
from kinesis_env.errors import ResetError, TraceError
from kinesis_env.installation import installed_versions
from kinesis_env.motions.pool import MotionPool
from kinesis_env.regression.playback import Rollout, play, simulate
from kinesis_env.regression.replay import Replay
from kinesis_env.regression.reward_trace import FORMAT_VERSION, RewardTrace, kept
from kinesis_env.regression.scenarios import ROWS, STEPS, Episode, actions_of, episodes, parts
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Array

__all__ = ["Again", "record", "run_again"]

#: Replayed and simulated rollouts of each part.
Again: TypeAlias = tuple[list[Rollout], list[Rollout]]

_LONGEST = 600


def record(
    env_id: str,
    *,
    seed: int = 0,
    steps: int = STEPS,
    on_part: Callable[[int, int, str], None] | None = None,
    **keywords: Any,
) -> RewardTrace:
    """Run the episodes that pin an environment's rewards, and return their trace.

    Args:
        env_id: a registered id.
        seed: seed of the episodes and their actions.
        steps: control steps of each episode, 1 to 600.
        on_part: called with the number of finished parts, the number of all parts, and the id.
        **keywords: keyword arguments of ``gymnasium.make``, as JSON types.

    Raises:
        TraceError: an id of another package, keywords that are not JSON types, or an impossible number of steps.
        ConfigError: impossible keywords.
    """
    check_integer("steps of a trace", steps, 1, _LONGEST, error=TraceError)
    check_integer("seed of a trace", seed, 0, 2**63 - 1, error=TraceError)
    try:
        keywords = json.loads(json.dumps(keywords))
    except (TypeError, ValueError) as error:
        raise TraceError(f"the keyword arguments of a trace must be JSON values: {error}") from error
    plain = _task(env_id, keywords)
    changes = parts(plain.config, steps)
    played, simulated, actions = [], [], []
    told: list[Episode] = []
    for change in changes:
        task = _task(env_id, {**keywords, **change})
        told = episodes(task)
        rngs = [np.random.default_rng([seed, row]) for row in range(ROWS)]
        driven = np.stack([actions_of(told[row], rngs[row], steps) for row in range(ROWS)], axis=1)
        actions.append(driven)
        simulated.append(simulate(task, told, driven, seed))
        played.append(play(_replayed(env_id, {**keywords, **change}), told, kept(simulated[-1].states), seed))
        if on_part is not None:
            on_part(len(played), len(changes), env_id)
    names = list(simulated[0].figures)
    meta = {
        "format_version": FORMAT_VERSION,
        "env_id": env_id,
        "keywords": keywords,
        "seed": seed,
        "steps": steps,
        "parts": changes,
        "episodes": [
            {"name": e.name, "actions": e.actions, "options": dict(e.options), "event": e.event} for e in told
        ],
        "figures": names,
        "reasons": list(simulated[0].reasons),
        "texts": [rollout.texts for rollout in simulated],
        "motions": _motions_digest(plain),
        "versions": installed_versions(),
    }
    return RewardTrace(
        meta=meta,
        actions=np.array(actions),
        lived=np.array([rollout.lived for rollout in simulated]),
        start=np.array([rollout.start for rollout in simulated]),
        states={key: np.array([rollout.states[key] for rollout in simulated]) for key in simulated[0].states},
        played=_figures(played, names),
        simulated=_figures(simulated, names),
    )


def run_again(trace: RewardTrace, keywords: Mapping[str, Any], *, physics: bool = True) -> tuple[Again, str]:
    """Run the episodes of a trace with other, or the same, keyword arguments.

    Args:
        trace: the trace.
        keywords: keyword arguments of ``gymnasium.make``.
        physics: whether to simulate too; otherwise there are no simulated rollouts.

    Returns:
        The rollouts, and a digest of the motions.

    Raises:
        TraceError: a trace of another kind of environment, or one whose episodes it cannot run.
    """
    meta = trace.meta
    played, simulated = [], []
    try:
        told = [Episode(**episode) for episode in meta["episodes"]]
        for number, change in enumerate(meta["parts"]):
            states = kept({key: value[number] for key, value in trace.states.items()})
            played.append(play(_replayed(meta["env_id"], {**keywords, **change}), told, states, meta["seed"]))
            if physics:
                task = _task(meta["env_id"], {**keywords, **change})
                simulated.append(simulate(task, told, trace.actions[number], meta["seed"]))
    except (TypeError, ResetError) as error:
        raise TraceError(f"the episodes of the trace cannot be run here: {error}") from error
    return (played, simulated), _motions_digest(_task(meta["env_id"], keywords))


def _task(env_id: str, keywords: Mapping[str, Any]) -> Task:
    return _vector_env(env_id, keywords).task


def _replayed(env_id: str, keywords: Mapping[str, Any]) -> Task:
    env = _vector_env(env_id, keywords)
    return env.definition.task(env.config, ROWS, simulation_class=Replay)


def _vector_env(env_id: str, keywords: Mapping[str, Any]) -> KinesisVectorEnv[Task]:
    try:
        env = gymnasium.make_vec(env_id, num_envs=ROWS, vectorization_mode="vector_entry_point", **keywords).unwrapped
    except gymnasium.error.Error as error:
        raise TraceError(f"the environment {env_id!r} cannot be created: {error}") from error
    if not isinstance(env, KinesisVectorEnv):
        raise TraceError(f"a trace needs an environment of this package; {env_id!r} is a {type(env).__name__}")
    return env


def _motions_digest(task: Task) -> str:
    library = task.library
    if library is None:
        return ""
    total = hashlib.sha256()
    for motion in library:
        # Motions generated while an environment runs may differ in their last bits between machines; their names
        # identify them.
        total.update((motion.name if isinstance(library, MotionPool) else motion.digest).encode())
    return total.hexdigest()


def _figures(rollouts: Sequence[Rollout], names: Sequence[str]) -> Array:
    return np.array([[rollout.figures[name] for name in names] for rollout in rollouts])
