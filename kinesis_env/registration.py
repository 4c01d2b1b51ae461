"""The table of environment ids."""

from __future__ import annotations

import gymnasium

__all__ = ["ENTRY_POINTS", "ENV_IDS", "register_envs"]

#: The single and the vector class of each id.
ENTRY_POINTS = {
    "Kinesis-Imitate-v0": ("kinesis_env.envs.imitate:ImitateEnv", "kinesis_env.envs.imitate:ImitateVectorEnv"),
    "Kinesis-Reach-v0": ("kinesis_env.envs.reach:ReachEnv", "kinesis_env.envs.reach:ReachVectorEnv"),
    "Kinesis-ReachGoal-v0": ("kinesis_env.envs.reach:ReachGoalEnv", "kinesis_env.envs.reach:ReachGoalVectorEnv"),
    "Kinesis-Direction-v0": (
        "kinesis_env.envs.direction:DirectionEnv",
        "kinesis_env.envs.direction:DirectionVectorEnv",
    ),
    "Kinesis-Text-v0": ("kinesis_env.envs.text:TextEnv", "kinesis_env.envs.text:TextVectorEnv"),
}

#: The registered ids.
ENV_IDS = tuple(ENTRY_POINTS)


def register_envs() -> None:
    """Register every id with Gymnasium; calling it again changes nothing."""
    for env_id, (entry_point, vector_entry_point) in ENTRY_POINTS.items():
        if env_id not in gymnasium.registry:
            gymnasium.register(env_id, entry_point=entry_point, vector_entry_point=vector_entry_point)
