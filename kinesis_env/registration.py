"""The table of environment ids."""

from __future__ import annotations

import gymnasium

__all__ = ["ENV_IDS", "register_envs"]

_ENTRY_POINTS = {
    "Kinesis-Imitate-v0": ("kinesis_env.envs.imitate:ImitateEnv", "kinesis_env.envs.imitate:ImitateVectorEnv"),
}

#: The registered ids.
ENV_IDS = tuple(_ENTRY_POINTS)


def register_envs() -> None:
    """Register every id with Gymnasium; calling it again changes nothing."""
    for env_id, (entry_point, vector_entry_point) in _ENTRY_POINTS.items():
        if env_id not in gymnasium.registry:
            gymnasium.register(env_id, entry_point=entry_point, vector_entry_point=vector_entry_point)
