"""Every setting of an environment: frozen dataclasses, their presets, and configuration files."""

from kinesis_env.config.files import Overrides, as_yaml, condition_names, make_config, parse_yaml, read_overrides
from kinesis_env.config.goals import DirectionConfig, ReachConfig, ReachGoalConfig
from kinesis_env.config.schema import from_mapping, to_mapping
from kinesis_env.config.text import TextConfig
from kinesis_env.config.tracking import BodyConfig, ImitateConfig, load_preset

__all__ = [
    "BodyConfig",
    "DirectionConfig",
    "ImitateConfig",
    "Overrides",
    "ReachConfig",
    "ReachGoalConfig",
    "TextConfig",
    "as_yaml",
    "condition_names",
    "from_mapping",
    "load_preset",
    "make_config",
    "parse_yaml",
    "read_overrides",
    "to_mapping",
]
