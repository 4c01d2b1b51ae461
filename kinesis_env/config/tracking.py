"""Every tunable of an environment, as frozen dataclasses with YAML values.

The dataclass owns the schema: names, types and what is allowed. The YAML file of an id in ``presets/`` owns the values,
and the words that explain them. :mod:`kinesis_env.config.schema` turns one into the other.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from kinesis_env.config.schema import Amount, above, amount, at_least, known_keys, one_of
from kinesis_env.errors import ConfigError

__all__ = ["BodyConfig", "ImitateConfig", "RewardTerm", "TrackingConfig", "load_preset", "preset_text"]

MUSCLE_QUANTITIES = ("length", "velocity", "force", "activation", "fatigue")


@dataclass(frozen=True)
class RewardTerm:
    """A row of the table of rewards.

    Attributes:
        weight: what the term is multiplied with.
        scale: the scale inside it, for those that have one.
        term: where the function of a term of one's own is; None for the package's.
    """

    weight: float | None = None
    scale: float | None = None
    term: str | None = None


#: Where a number is a slip rather than a wish, and would fill the memory: frames ahead, physics steps per second.
MOST_FRAMES, MOST_STEPS = 1000, 100_000.0


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
        extra_observations: further observations: name to "module:function" or an entry point, see Context.
        extra_terminations: further ends of an episode: name to "module:function" or an entry point.
        rewards: term to weight and scale; a term of one's own to weight and term: "module:function" or an entry point.
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
    extra_observations: Mapping[str, str]
    extra_terminations: Mapping[str, str]
    rewards: Mapping[str, RewardTerm]

    #: The package's own reward terms, and whether each has a scale.
    REWARDS: typing.ClassVar[Mapping[str, bool]] = {}

    def __post_init__(self) -> None:
        self._check_rewards()
        one_of("action_mode", self.action_mode, ("length", "excitation"))
        for quantity in self.muscle_observations:
            one_of("muscle_observations", quantity, MUSCLE_QUANTITIES)
        if len(set(self.muscle_observations)) < len(self.muscle_observations):
            raise ConfigError(f"muscle_observations names a quantity twice: {list(self.muscle_observations)}")
        if "fatigue" in self.muscle_observations and not self.fatigue:
            raise ConfigError("muscle_observations names 'fatigue', which needs fatigue: true")
        above("physics_rate", self.physics_rate, 0.0, MOST_STEPS)
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

    @property
    def own_rewards(self) -> dict[str, str]:
        """The reward terms that the user brought, and where they are."""
        return {name: term.term for name, term in self.rewards.items() if term.term is not None}

    def _check_rewards(self) -> None:
        for name, term in self.rewards.items():
            place = f"rewards[{name!r}]"
            if term.weight is None or not math.isfinite(term.weight):
                raise ConfigError(f"{place}: weight must be a finite number, given {term.weight}")
            if name not in self.REWARDS:
                if term.term is None:
                    known_keys("rewards (a term of your own needs term: 'module:function')", [name], [*self.REWARDS])
                if term.scale is not None:
                    raise ConfigError(f"{place}: a term of your own has no scale, given {term.scale}")
            elif term.term is not None:
                raise ConfigError(f"{place} is a term of the package; give yours another name than {name!r}")
            elif self.REWARDS[name] and (term.scale is None or not 0.0 <= term.scale < math.inf):
                raise ConfigError(f"{place}: scale must be a finite number from 0, given {term.scale}")
            elif not self.REWARDS[name] and term.scale is not None:
                raise ConfigError(f"{place} has no scale, given {term.scale}")


@dataclass(frozen=True)
class TrackingConfig(BodyConfig):
    """What every id can be told that follows a reference motion, beside the fields of :class:`BodyConfig`.

    Attributes:
        start_time: where in the clip an episode starts [s]: ``"random"`` or a number.
        random_heading: whether an episode's reference is turned by a random angle about the vertical.
        lookahead: how many future frames of the reference are observed.
        termination: ``"any"`` tracked body too far ends an episode, or their ``"mean"``.
        termination_distance: how far is too far [m]; ``.inf`` never ends an episode.
    """

    start_time: str | float
    random_heading: bool
    lookahead: int
    termination: str
    termination_distance: float

    REWARDS: typing.ClassVar[Mapping[str, bool]] = {
        "position": True,
        "velocity": True,
        "upright": True,
        "energy": True,
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("termination", self.termination, ("any", "mean"))
        if isinstance(self.start_time, str):
            one_of("start_time", self.start_time, ("random",), "or a number of seconds")
        else:
            at_least("start_time", self.start_time, 0.0)
        at_least("lookahead", self.lookahead, 1, MOST_FRAMES)
        if not self.termination_distance > 0:
            raise ConfigError(f"termination_distance must be above 0 m, given {self.termination_distance}")


@dataclass(frozen=True)
class ImitateConfig(TrackingConfig):
    """What ``Kinesis-Imitate-v0`` can be told; the fields are the keyword arguments of ``gymnasium.make``.

    Beside those of :class:`TrackingConfig`:

    Attributes:
        motions: which motions: shipped names or patterns, files, folders, or a list of those.
        clip: the motion of an episode: ``"random"`` (by weight) or a name.
    """

    motions: str | tuple[str, ...]
    clip: str


@cache
def load_preset(env_id: str) -> Mapping[str, Any]:
    """Return the preset values of a registered id, read-only.

    Raises:
        ConfigError: there is no such preset; the message lists them.
    """
    return types.MappingProxyType(yaml.safe_load(preset_text(env_id)))


def preset_text(env_id: str) -> str:
    """Return the preset of a registered id as it stands in its file, with its comments.

    Raises:
        ConfigError: there is no such preset; the message lists them.
    """
    folder = resources.files("kinesis_env") / "presets"
    file = folder / f"{env_id}.yaml"
    if not file.is_file():
        known = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
        raise ConfigError(f"no preset {env_id!r}; there are {', '.join(known)}")
    return file.read_text(encoding="utf-8")
