"""Conversion between plain values, as in YAML and JSON, and frozen dataclasses.

Unknown keys, wrong types and impossible values are :class:`~kinesis_env.errors.ConfigError`, with a message that names
the key, what was given and what is allowed.
"""

from __future__ import annotations

import dataclasses
import difflib
import html
import math
import os
import sys
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np

from kinesis_env.errors import ConfigError, UnknownArgumentError, shown

__all__ = [
    "Amount",
    "MotionLike",
    "Motions",
    "as_json",
    "description_of",
    "from_mapping",
    "html_table",
    "known_keys",
    "merged",
    "setting",
    "to_mapping",
    "type_of",
]

Config = TypeVar("Config")

#: A number, or a range (low, high) from which every episode draws.
Amount: TypeAlias = float | tuple[float, ...]


@runtime_checkable
class MotionLike(Protocol):
    """A motion itself, in place of its name."""

    qpos: Any
    fps: float


#: One motion or several: names, patterns, paths, or the motions themselves.
Motions: TypeAlias = str | MotionLike | tuple[str | MotionLike, ...]

_SIMPLE: Mapping[Any, str] = {
    str: "a string",
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    type(None): "null",
    MotionLike: "a Motion",
}


def setting(description: str, unit: str = "") -> Any:
    """Return a field of a configuration with its description; its default is in the preset of each id."""
    return dataclasses.field(metadata={"description": description, "unit": unit})


def description_of(cls: type[Any], name: str) -> str:
    """Return the description of a field of a configuration, with its unit."""
    found = next(field.metadata for field in dataclasses.fields(cls) if field.name == name)
    unit = f" [{found['unit']}]" if found["unit"] else ""
    return f"{found['description']}{unit}"


def html_table(config: Any) -> str:
    """Return a table of the settings of a configuration: name, value and description."""
    rows = "".join(
        f"<tr><td><code>{name}</code></td><td><code>{html.escape(str(value))}</code></td>"
        f"<td>{html.escape(description_of(type(config), name))}</td></tr>"
        for name, value in to_mapping(config).items()
    )
    head = "<tr><th>Setting</th><th>Value</th><th>Meaning</th></tr>"
    return f"<table><caption>{type(config).__name__}</caption>{head}{rows}</table>"


def type_of(cls: type[Any], name: str) -> str:
    """Return the type of a field of a configuration, in words."""
    hint = typing.get_type_hints(cls)[name]
    return " or ".join(_describe(option) for option in _options(hint))


def from_mapping(cls: type[Config], defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Config:
    """Build a configuration from default values and a user's overrides.

    Args:
        cls: the dataclass.
        defaults: a value for every field.
        overrides: the user's values; a mapping (such as ``rewards``) may name only some of its keys.

    Raises:
        ConfigError: an unknown key, a value of the wrong type, or an impossible one.
    """
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    for key in overrides:
        if key not in names:
            raise UnknownArgumentError(
                f"{cls.__name__}: got an unexpected keyword argument {key!r}{_suggestion(key, names)}; "
                f"the keyword arguments are {', '.join(names)}"
            )
    values = {}
    for name in names:
        value = overrides.get(name, defaults.get(name))
        if name in overrides:
            value = merged(defaults.get(name), value)
        values[name] = _convert(name, value, hints[name])
    return cls(**values)


def merged(defaults: Any, overrides: Any) -> Any:
    """Return overrides on top of defaults: mappings key by key, at every depth; anything else is replaced."""
    if not (isinstance(defaults, Mapping) and isinstance(overrides, Mapping)):
        return overrides
    return {**defaults, **{key: merged(defaults.get(key), value) for key, value in overrides.items()}}


def to_mapping(config: Any) -> dict[str, Any]:
    """Return a configuration as plain values for JSON and YAML."""
    return {field.name: _plain(getattr(config, field.name)) for field in dataclasses.fields(config)}


def as_json(value: object) -> Any:
    """Return plain values for strict JSON: an infinite number becomes "inf", which is read back as infinite."""
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: object) -> Any:
    if isinstance(value, MotionLike):
        raise ConfigError("a Motion object is not plain data; save it, and give the file name")
    if dataclasses.is_dataclass(value):
        return {key: item for key, item in vars(value).items() if item is not None}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def known_keys(owner: str, given: Collection[str], known: Sequence[str]) -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` for an unknown key."""
    for key in given:
        if key not in known:
            raise ConfigError(f"{owner}: unknown key {key!r}{_suggestion(key, known)}; the keys are {', '.join(known)}")


def _suggestion(key: object, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(str(key), known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _convert(name: str, value: object, hint: Any) -> Any:
    """Return ``value`` as the hinted type, or raise.

    NumPy numbers and arrays become Python's, paths become strings, sequences tuples, and integers floats.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    elif isinstance(value, os.PathLike):
        value = os.fspath(value)
    options = _options(hint)
    for option in options:
        matched, converted = _match(name, value, option)
        if matched:
            return converted
    allowed = " or ".join(_describe(option) for option in options)
    raise ConfigError(f"{name} must be {allowed}, given {shown(value)} ({type(value).__name__})")


def _options(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)


def _match(name: str, value: object, hint: Any) -> tuple[bool, Any]:
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return isinstance(value, Mapping), _nested(name, value, hint) if isinstance(value, Mapping) else None
    if origin is tuple and isinstance(value, Sequence) and not isinstance(value, str | bytes):
        item = typing.get_args(hint)[0]
        return True, tuple(_convert(f"{name}[{i}]", one, item) for i, one in enumerate(value))
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, Mapping):
        item = typing.get_args(hint)[1]
        for key in value:
            if not isinstance(key, str):
                raise ConfigError(f"{name}: its keys must be strings, given {key!r} ({type(key).__name__})")
        return True, types.MappingProxyType({key: _convert(f"{name}[{key!r}]", v, item) for key, v in value.items()})
    if origin is not None or (isinstance(value, bool) and hint is not bool):
        return False, None
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        raise ConfigError(f"{name} must be at most 1.8e308 in size, given a whole number of {value.bit_length()} bits")
    if hint is float and (isinstance(value, int | float) or value == "inf"):  # as as_json writes it
        return True, float(value)
    return isinstance(value, hint), value


def _nested(name: str, value: Mapping[str, Any], cls: Any) -> Any:
    hints = typing.get_type_hints(cls)
    known_keys(name, value, list(hints))
    return cls(**{key: _convert(f"{name}[{key!r}]", item, hints[key]) for key, item in value.items()})


def _describe(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin is tuple:
        item = typing.get_args(hint)[0]
        return "a list of two numbers" if item is float else f"a list of {'strings' if item is str else 'these'}"
    if origin is not None:
        item = typing.get_args(hint)[1]
        return f"a mapping of names to {'strings' if item is str else _fields(item) or 'numbers'}"
    return _fields(hint) or _SIMPLE.get(hint, str(hint))


def _fields(hint: Any) -> str:
    """Return how a nested dataclass is written, or an empty string for another type."""
    return f"{{{', '.join(typing.get_type_hints(hint))}}}" if dataclasses.is_dataclass(hint) else ""
