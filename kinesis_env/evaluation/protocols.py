"""Protocol presets and environments for evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator

import kinesis_env
from kinesis_env.config.files import make_config
from kinesis_env.config.schema import to_mapping
from kinesis_env.envs.vector import KinesisVectorEnv
from kinesis_env.errors import ConfigError, shown
from kinesis_env.evaluation.cases import checked_seeds
from kinesis_env.tasks.base import Task

__all__ = [
    "OF_THE_POLICY",
    "PROTOCOLS",
    "ROWS",
    "SEEDS",
    "arguments_of",
    "checked_attempts",
    "checked_rows",
    "make_envs",
    "protocol_name",
]

#: Default maximum number of parallel episodes.
ROWS = 64
#: Default number of attempts at a task without clips.
SEEDS = 100

#: Pushes under the protocol "pushed": 20 N s, in any direction, every 2 to 4 s.
_PUSHED = {
    "push": 20.0,
    "push_times": [],
    "push_interval": [2.0, 4.0],
    "push_direction": [-180.0, 180.0],
    "push_duration": 0.1,
}
_FOLLOWED = {"termination": "mean", "termination_distance": 0.5, "random_heading": False}

#: The arguments that a protocol fixes, by id; protocols allow one attempt.
PROTOCOLS: Mapping[str, Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        # arXiv 2503.14637: a clip is lost when the tracked bodies are more than 0.5 m away on average.
        "kinesis": {
            "Kinesis-Imitate-v0": _FOLLOWED,
            "Kinesis-Text-v0": _FOLLOWED,
            # Within 0.1 m of the goal after 150 steps; a fall is defined by the id.
            "Kinesis-Reach-v0": {"time_limit": 150, "radius": 0.1, "success": "timeout", "goals": 1},
        },
        # arXiv 2603.25544: 100 actions and 500 physics steps per second; lost when the bodies, relative to the pelvis,
        # are more than 0.3 m away on average, or the pelvis more than 0.5 m.
        "musclemimic": {
            "Kinesis-Imitate-v0": {
                "termination": "relative",
                "termination_distance": 0.3,
                "random_heading": False,
                "control_rate": 100.0,
                "physics_rate": 500.0,
            },
        },
        # This package's own: the rules of "kinesis", and pushes.
        "pushed": {
            "Kinesis-Imitate-v0": {**_FOLLOWED, **_PUSHED},
            "Kinesis-Text-v0": {**_FOLLOWED, **_PUSHED},
            "Kinesis-Reach-v0": {"time_limit": 150, "radius": 0.1, "success": "timeout", "goals": 1, **_PUSHED},
            "Kinesis-Direction-v0": _PUSHED,
        },
    }
)

#: Settings that may differ between policies at one task: observations, action mode and rewards belong to the policy.
OF_THE_POLICY = (
    "action_mode",
    "extra_observations",
    "lookahead",
    "lookahead_stride",
    "motions",
    "muscle_observations",
    "observation",
    "reward",
    "rewards",
)
#: Other settings that a protocol leaves open: shown in the result, or without effect on any figure.
_CHOSEN = ("capacity", "clip", "embedding", "num_prompts", "observe_reference", "prompts", "start_time", "variants")

#: Ids for which a protocol counts the first attempt.
_FIRST_ATTEMPT = ("Kinesis-Imitate-v0", "Kinesis-Text-v0")


def make_envs(env_id: str, rows: int, arguments: Mapping[str, Any], **more: Any) -> KinesisVectorEnv[Task]:
    """Return the vector environment of an id of this package, with autoreset disabled.

    Raises:
        ConfigError: an unknown id, or an impossible argument.
    """
    if env_id not in kinesis_env.ENV_IDS and env_id not in gymnasium.registry:
        raise ConfigError(f"unknown id {env_id!r}; the ids are {', '.join(kinesis_env.ENV_IDS)}")
    maker = gymnasium.spec(env_id).vector_entry_point
    made: Any = load_env_creator(maker) if isinstance(maker, str) else maker
    if not (isinstance(made, type) and issubclass(made, KinesisVectorEnv)):
        raise ConfigError(f"{env_id} is not an id of this package; the ids are {', '.join(kinesis_env.ENV_IDS)}")
    envs = gymnasium.make_vec(env_id, num_envs=rows, **{**arguments, **more, "autoreset_mode": "Disabled"}).unwrapped
    assert isinstance(envs, KinesisVectorEnv)
    return envs


def arguments_of(
    env_id: str, motions: str | Sequence[str] | None, protocol: str | None, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the keyword arguments of an id under a protocol.

    Raises:
        ConfigError: an unknown protocol, one that is not for this id, or an argument that it fixes.
    """
    arguments = dict(config)
    if motions is not None:
        arguments["motions"] = motions if isinstance(motions, str) else list(motions)
    if protocol is None:
        return arguments
    if protocol not in PROTOCOLS:
        raise ConfigError(f"unknown protocol {protocol!r}; the protocols are {', '.join(map(repr, PROTOCOLS))}")
    fixed = PROTOCOLS[protocol].get(env_id)
    if fixed is None:
        raise ConfigError(f"the protocol {protocol!r} is for {', '.join(PROTOCOLS[protocol])}, given {env_id}")
    for key, value in fixed.items():
        if key in config and config[key] != value:
            raise ConfigError(f"the protocol {protocol!r} fixes {key}={value!r}, given {config[key]!r}")
    if "motions" not in arguments and env_id == "Kinesis-Imitate-v0":
        arguments["motions"] = "split:test"
    return {**arguments, **fixed}


def protocol_name(env_id: str, protocol: str | None, config: Any, arguments: Mapping[str, Any]) -> str:
    """Return the name of a result: the protocol, with any settings that differ from what it pins.

    A protocol pins every setting of the id except those that belong to the policy, and the motions or prompts.

    Args:
        env_id: the id.
        protocol: its name, or None.
        config: the configuration in force.
        arguments: keyword arguments of the id.
    """
    if protocol is None:
        return ""
    pinned = to_mapping(make_config(env_id, type(config), PROTOCOLS[protocol][env_id]))
    changed = {
        key: value
        for key, value in to_mapping(config).items()
        if key not in (*OF_THE_POLICY, *_CHOSEN) and value != pinned[key]
    }
    if arguments.get("max_episode_steps") is not None:
        changed["max_episode_steps"] = arguments["max_episode_steps"]
    if not changed:
        return protocol
    return f"{protocol}, modified: {', '.join(f'{key}={shown(value)}' for key, value in sorted(changed.items()))}"


def checked_attempts(seeds: int | Sequence[int], protocol: str | None, env_id: str) -> tuple[int, ...]:
    """Return the seeds of the attempts.

    Raises:
        EvaluationError: impossible seeds.
        ConfigError: more than one attempt under a protocol that counts the first.
    """
    wanted = checked_seeds(seeds)
    if protocol is not None and env_id in _FIRST_ATTEMPT and len(wanted) > 1:
        raise ConfigError(f"the protocol {protocol!r} allows one seed per clip, given {len(wanted)} seeds")
    return wanted


def checked_rows(rows: int) -> int:
    """Return a checked number of rows.

    Raises:
        ConfigError: not a whole number of at least 1.
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ConfigError(f"rows must be a whole number, at least 1, given {rows!r}")
    return rows
