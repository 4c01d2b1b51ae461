"""The environment classes of every id: one body, or many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.envs.direction import DirectionEnv, DirectionVectorEnv
    from kinesis_env.envs.imitate import ImitateEnv, ImitateVectorEnv
    from kinesis_env.envs.reach import ReachEnv, ReachGoalEnv, ReachGoalVectorEnv, ReachVectorEnv
    from kinesis_env.envs.single import KinesisEnv
    from kinesis_env.envs.text import TextEnv, TextVectorEnv
    from kinesis_env.envs.vector import KinesisVectorEnv

__all__ = [
    "DirectionEnv",
    "DirectionVectorEnv",
    "ImitateEnv",
    "ImitateVectorEnv",
    "KinesisEnv",
    "KinesisVectorEnv",
    "ReachEnv",
    "ReachGoalEnv",
    "ReachGoalVectorEnv",
    "ReachVectorEnv",
    "TextEnv",
    "TextVectorEnv",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "direction": "DirectionEnv DirectionVectorEnv",
        "imitate": "ImitateEnv ImitateVectorEnv",
        "reach": "ReachEnv ReachGoalEnv ReachGoalVectorEnv ReachVectorEnv",
        "single": "KinesisEnv",
        "text": "TextEnv TextVectorEnv",
        "vector": "KinesisVectorEnv",
    },
)
