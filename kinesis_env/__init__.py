"""Gymnasium environments for muscle-driven human locomotion in MuJoCo.

Importing the package registers its environments without loading anything heavy:

    import gymnasium, kinesis_env

    env = gymnasium.make("Kinesis-Imitate-v0")
"""

from kinesis_env.registration import ENV_IDS, register_envs
from kinesis_env.version import __version__

__all__ = ["ENV_IDS", "__version__", "register_envs"]

register_envs()
