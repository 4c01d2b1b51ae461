"""Every tunable of an environment, as frozen dataclasses with YAML values.

The dataclass owns the schema: names, types and what is allowed. The YAML file of an id in ``presets/`` owns the values.
Unknown keys, wrong types and impossible values are :class:`~kinesis_env.errors.ConfigError`, with a message that names
the key, what was given and what is allowed.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeAlias, TypeVar

import yaml

from kinesis_env.errors import ConfigError

__all__ = [
    "Amount",
    "BodyConfig",
    "ImitateConfig",
    "above",
    "amount",
    "at_least",
    "from_mapping",
    "known_keys",
    "load_preset",
    "one_of",
    "to_mapping",
]

Config = TypeVar("Config")

#: A number, or a range (low, high) from which every episode draws.
Amount: TypeAlias = float | tuple[float, ...]

MUSCLE_QUANTITIES = ("length", "velocity", "force", "activation", "fatigue")


@dataclass(frozen=True)
class BodyConfig:
    """What every id can be told about its bodies.

    Attributes:
        action_mode: ``"length"`` or ``"excitation"``.
        physics_rate: physics steps per second [Hz].
        control_rate: actions per second [Hz].
        muscle_observations: which of length, velocity, force, activation, fatigue of the muscles are observed.
        fatigue: whether muscles tire, see :mod:`kinesis_env.model.conditions`.
        initial_fatigue: fatigued fraction of the muscles at the start; a range is drawn from muscle by muscle.
        weakness: fraction of its peak active force that a muscle has left, by glob; the last glob that matches counts.
        excitation_noise: standard deviation of an excitation, in proportion to it.
        activation_delay: until an excitation reaches its muscle [s], in whole physics steps.
        mass_scale: factor of all masses and inertias.
    """

    action_mode: str
    physics_rate: float
    control_rate: float
    muscle_observations: tuple[str, ...]
    fatigue: bool
    initial_fatigue: Amount
    weakness: Mapping[str, Amount]
    excitation_noise: Amount
    activation_delay: Amount
    mass_scale: Amount

    def __post_init__(self) -> None:
        one_of("action_mode", self.action_mode, ("length", "excitation"))
        for quantity in self.muscle_observations:
            one_of("muscle_observations", quantity, MUSCLE_QUANTITIES)
        if len(set(self.muscle_observations)) < len(self.muscle_observations):
            raise ConfigError(f"muscle_observations names a quantity twice: {list(self.muscle_observations)}")
        if "fatigue" in self.muscle_observations and not self.fatigue:
            raise ConfigError("muscle_observations names 'fatigue', which needs fatigue: true")
        above("physics_rate", self.physics_rate, 0.0)
        above("control_rate", self.control_rate, 0.0)
        amount("initial_fatigue", self.initial_fatigue, 0.0, 1.0)
        for glob, left in self.weakness.items():
            amount(f"weakness[{glob!r}]", left, 0.0, 10.0)
        amount("excitation_noise", self.excitation_noise, 0.0, 10.0)
        amount("activation_delay", self.activation_delay, 0.0, 1.0)
        amount("mass_scale", self.mass_scale, 0.1, 10.0)

    @property
    def has_conditions(self) -> bool:
        """Whether any muscle condition is on."""
        off = (self.excitation_noise, self.activation_delay, self.mass_scale) == (0.0, 0.0, 1.0)
        return self.fatigue or bool(self.weakness) or not off


@dataclass(frozen=True)
class ImitateConfig(BodyConfig):
    """What ``Kinesis-Imitate-v0`` can be told; the fields are the keyword arguments of ``gymnasium.make``.

    Beside those of :class:`BodyConfig`:

    Attributes:
        motions: which motions: shipped names or patterns, files, folders, or a list of those.
        clip: the motion of an episode: ``"random"`` (by weight) or a name.
        start_time: where in the clip an episode starts [s]: ``"random"`` or a number.
        random_heading: whether an episode's reference is turned by a random angle about the vertical.
        lookahead: how many future frames of the reference are observed.
        termination: ``"any"`` tracked body too far ends an episode, or their ``"mean"``.
        termination_distance: how far is too far [m]; ``.inf`` never ends an episode.
        reward_weights: weight of each reward term.
        reward_scales: scale inside each term's exponential.
    """

    motions: str | tuple[str, ...]
    clip: str
    start_time: str | float
    random_heading: bool
    lookahead: int
    termination: str
    termination_distance: float
    reward_weights: Mapping[str, float]
    reward_scales: Mapping[str, float]

    REWARDS: typing.ClassVar[tuple[str, ...]] = ("position", "velocity", "upright", "energy")

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("termination", self.termination, ("any", "mean"))
        if isinstance(self.start_time, str):
            one_of("start_time", self.start_time, ("random",), "or a number of seconds")
        else:
            at_least("start_time", self.start_time, 0.0)
        at_least("lookahead", self.lookahead, 1)
        if not self.termination_distance > 0:
            raise ConfigError(f"termination_distance must be above 0 m, given {self.termination_distance}")
        for name in ("reward_weights", "reward_scales"):
            values = getattr(self, name)
            known_keys(name, values, self.REWARDS)
            for key in self.REWARDS:
                if key not in values or not math.isfinite(values[key]):
                    raise ConfigError(f"{name}[{key!r}] must be a finite number, given {values.get(key)}")


def from_mapping(cls: type[Config], defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Config:
    """Build a configuration from default values and a user's overrides.

    Args:
        cls: the dataclass.
        defaults: a value for every field.
        overrides: the user's values; a mapping (such as ``reward_weights``) may name only some of its keys.

    Raises:
        ConfigError: an unknown key, a value of the wrong type, or an impossible one.
    """
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    known_keys(cls.__name__, {**defaults, **overrides}, names)
    values = {}
    for name in names:
        value = overrides.get(name, defaults.get(name))
        if name in overrides and isinstance(value, Mapping) and isinstance(defaults.get(name), Mapping):
            value = {**defaults[name], **value}
        values[name] = _convert(name, value, hints[name])
    return cls(**values)


def to_mapping(config: Any) -> dict[str, Any]:
    """Return a configuration as plain values that JSON and YAML can hold."""
    return {field.name: _plain(getattr(config, field.name)) for field in dataclasses.fields(config)}


@cache
def load_preset(env_id: str) -> Mapping[str, Any]:
    """Return the preset values of a registered id, read-only.

    Raises:
        ConfigError: there is no such preset; the message lists them.
    """
    folder = resources.files("kinesis_env") / "presets"
    file = folder / f"{env_id}.yaml"
    if not file.is_file():
        known = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
        raise ConfigError(f"no preset {env_id!r}; there are {', '.join(known)}")
    return types.MappingProxyType(yaml.safe_load(file.read_text(encoding="utf-8")))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def known_keys(owner: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` for a key that is not known."""
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise ConfigError(f"{owner}: unknown key {key!r}{hint}; the keys are {', '.join(known)}")


def _convert(name: str, value: Any, hint: Any) -> Any:
    """Return ``value`` as the hinted type, or raise; lists become tuples and integers floats."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        matched, converted = _match(name, value, option)
        if matched:
            return converted
    allowed = " or ".join(_describe(option) for option in options)
    raise ConfigError(f"{name} must be {allowed}, given {value!r} ({type(value).__name__})")


def _match(name: str, value: Any, hint: Any) -> tuple[bool, Any]:
    origin = typing.get_origin(hint)
    if origin is tuple and isinstance(value, list | tuple):
        return True, tuple(_convert(name, item, typing.get_args(hint)[0]) for item in value)
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, Mapping):
        item = typing.get_args(hint)[1]
        return True, types.MappingProxyType({key: _convert(f"{name}[{key!r}]", v, item) for key, v in value.items()})
    if origin is not None or (isinstance(value, bool) and hint is not bool):
        return False, None
    if hint is float and isinstance(value, int | float):
        return True, float(value)
    return isinstance(value, hint), value


def _describe(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin is tuple:
        return "a list of strings" if typing.get_args(hint)[0] is str else "a list of two numbers"
    if origin is not None:
        return "a mapping of names to numbers"
    return {str: "a string", float: "a number", int: "a whole number", bool: "true or false"}.get(hint, str(hint))


def one_of(name: str, value: str, allowed: Sequence[str], more: str = "") -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` unless the value is one of those allowed."""
    if value not in allowed:
        choices = " ".join(filter(None, (", ".join(repr(choice) for choice in allowed), more)))
        raise ConfigError(f"{name} must be one of {choices}, given {value!r}")


def at_least(name: str, value: float, least: float) -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` unless ``least <= value < inf``."""
    if not value >= least or math.isinf(value):
        raise ConfigError(f"{name} must be at least {least}, given {value}")


def amount(name: str, value: Amount, least: float, most: float) -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` unless a number or range is within ``least`` and ``most``."""
    ends = value if isinstance(value, tuple) else (value, value)
    if len(ends) != 2 or not least <= ends[0] <= ends[1] <= most:
        raise ConfigError(
            f"{name} must be a number, or a range [low, high], from {least:g} to {most:g}, "
            f"given {list(value) if isinstance(value, tuple) else value}"
        )


def above(name: str, value: float, bound: float) -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` unless ``bound < value < inf``."""
    if not value > bound or math.isinf(value):
        raise ConfigError(f"{name} must be above {bound}, given {value}")
