"""A user's configuration: read from a YAML file or a dict, and written in full, with a comment on each field.

config = make_config("Kinesis-Imitate-v0", ImitateConfig, {"config": "mine.yaml", "lookahead": 3})
print(as_yaml("Kinesis-Imitate-v0", config))
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml

from kinesis_env.config.schema import description_of, from_mapping, merged, to_mapping
from kinesis_env.config.tracking import load_preset
from kinesis_env.errors import ConfigError
from kinesis_env.files import read_text

__all__ = ["Overrides", "as_yaml", "condition_names", "make_config", "parse_yaml", "read_overrides"]

Config = TypeVar("Config")

#: A YAML file, or its content.
Overrides: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]

_CONDITIONS = resources.files("kinesis_env") / "presets" / "conditions"
#: Maximum size of a configuration [bytes], and maximum number of values.
_MAX_BYTES, _MAX_VALUES = 2**20, 50_000
_TEXT, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
#: Column of comments.
_COLUMN = 27


def make_config(env_id: str, schema: type[Config], keywords: Mapping[str, Any]) -> Config:
    """Return the configuration of an id for the keyword arguments of ``gymnasium.make``.

    Args:
        env_id: the id; its preset has the values that the user does not give.
        schema: the dataclass of the id.
        keywords: fields of the dataclass; and ``config``, a YAML file or a mapping of such fields, over which the other
            keywords take precedence.

    Raises:
        ConfigError: a file that cannot be read, an unknown key, a wrong type, or an impossible value.
    """
    own = dict(keywords)
    config = own.pop("config", None)
    if config is not None:
        own = merged(read_overrides(config), own)
    return from_mapping(schema, load_preset(env_id), own)


def read_overrides(config: Overrides) -> Mapping[str, Any]:
    """Return the fields set by a file, a mapping, or one of :func:`condition_names`.

    Raises:
        ConfigError: it cannot be read, is not a mapping, or repeats a key.
    """
    if isinstance(config, Mapping):
        return config
    if not isinstance(config, str | os.PathLike):
        raise ConfigError(f"config must be a YAML file or a mapping, given {config!r} ({type(config).__name__})")
    try:
        known = config in condition_names() and not Path(config).exists()
        content = parse_yaml(_condition(str(config)) if known else read_text(config, _MAX_BYTES))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        known_names = "" if Path(config).exists() else f"; conditions known by name are {', '.join(condition_names())}"
        said = " ".join(str(error).split())
        raise ConfigError(f"config {os.fspath(config)!r} cannot be read: {said}{known_names}") from error
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise ConfigError(f"config {os.fspath(config)!r} must contain keys and values, given {type(content).__name__}")
    return content


@cache
def condition_names() -> tuple[str, ...]:
    """Return the clinical conditions that ``config`` accepts by name, such as ``"hemiparesis"``."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in _CONDITIONS.iterdir()))


def _condition(name: str) -> str:
    return (_CONDITIONS / f"{name}.yaml").read_text(encoding="utf-8")


def parse_yaml(text: str) -> Any:
    """Return the content of a YAML text: plain values only.

    Raises:
        YAMLError: not YAML, or a repeated key.
        ValueError: a number that Python cannot read.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506  (a safe loader)


def as_yaml(env_id: str, config: Any) -> str:
    """Return a complete configuration as YAML, which gives the same configuration when read.

    Args:
        env_id: the id; its preset gives the order.
        config: the configuration.
    """
    values = to_mapping(config)
    lines = [f"# {env_id}"]
    for key in load_preset(env_id):
        nested = isinstance(values[key], dict) and any(isinstance(item, dict) for item in values[key].values())
        text = f"{key}:" if nested else f"{key}: {_flow(values[key])}"
        lines.append(f"{text:<{_COLUMN - 1}} # {description_of(type(config), key).replace('`', '')}")
        if nested:
            lines += [f"  {_flow(name)}: {_flow(item)}" for name, item in values[key].items()]
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=float("inf"))
    return text.strip().removesuffix("...").strip()


class _Loader(yaml.SafeLoader):
    """Plain values only, without repeated keys."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        keys = [key for key, _ in node.value]
        # Malicious numbers can make a dict take hours; strings cannot.
        wrong = [key for key in keys if key.tag not in (_TEXT, _MERGE)]
        if wrong:
            raise _problem(f"keys must be names, given {_written(wrong[0])}", wrong[0])
        twice = sorted(key for key, count in Counter(key.value for key in keys).items() if count > 1)
        if twice:
            raise _problem(f"given twice: {', '.join(twice[:5])}", node)
        return node

    def get_single_node(self) -> Any:
        node = super().get_single_node()
        if node is not None:
            _check_size(node, {})
        return node


def _check_size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Return the number of values of a node with aliases expanded: ten lines of aliases can make a billion."""
    if id(node) in sizes:
        if not sizes[id(node)]:
            raise _problem("an alias that contains itself", node)
        return sizes[id(node)]
    sizes[id(node)] = 0  # until it is known
    children: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        children = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        children = node.value
    size = 1 + sum(_check_size(child, sizes) for child in children)
    if size > _MAX_VALUES:
        raise _problem(f"more than {_MAX_VALUES} values, counting aliases", node)
    sizes[id(node)] = size
    return size


def _problem(text: str, node: yaml.Node) -> yaml.YAMLError:
    error: yaml.YAMLError = yaml.constructor.ConstructorError(None, None, text, node.start_mark)
    return error


def _written(node: yaml.Node) -> str:
    return repr(str(node.value)[:40]) if isinstance(node, yaml.ScalarNode) else "a list or a mapping"


class _Dumper(yaml.SafeDumper):
    """Writes YAML for :class:`_Loader`."""


for _kind in (_Loader, _Dumper):  # 1e-3 is a number, as in JSON and YAML 1.2; PyYAML wants 1.0e-3
    _kind.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
    )
