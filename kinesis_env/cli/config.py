"""The command config."""

from __future__ import annotations

import argparse
import json
from typing import Any

import yaml

from kinesis_env.cli.bodies import with_body
from kinesis_env.config.files import as_yaml, make_config, parse_yaml, read_overrides
from kinesis_env.config.schema import as_json, merged, to_mapping
from kinesis_env.envs.definition import definition_of
from kinesis_env.errors import ConfigError
from kinesis_env.motions.bodies import body_of

__all__ = ["overrides", "run_config"]


def run_config(arguments: argparse.Namespace) -> int:
    """Print the effective configuration of an id."""
    definition = definition_of(arguments.id)
    config = make_config(
        definition.env_id, definition.config, with_body(overrides(arguments.config, arguments.set), arguments)
    )
    body_of(config.body)  # an impossible body is an error here too
    if arguments.json:
        print(json.dumps(as_json(to_mapping(config)), indent=2, allow_nan=False))
    else:
        print(as_yaml(definition.env_id, config).rstrip())
    return 0


def overrides(file: str | None, assignments: list[str]) -> dict[str, Any]:
    """Return the settings in a configuration file and ``KEY=VALUE`` arguments; keys may have dots, values are YAML.

    Raises:
        ConfigError: a file that cannot be read, or an argument that is not an assignment.
    """
    values: dict[str, Any] = dict(read_overrides(file)) if file is not None else {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        keys = path.strip().split(".")
        if not equals or not all(keys):
            raise ConfigError(f"--set must be KEY=VALUE, such as rewards.energy.weight=0, given {assignment!r}")
        try:
            value: Any = parse_yaml(text)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            raise ConfigError(f"--set {assignment!r}: the value is not YAML: {' '.join(str(error).split())}") from error
        for key in reversed(keys):
            value = {key: value}
        values = merged(values, value)
    return values
