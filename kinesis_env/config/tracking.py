"""Every setting of an environment: frozen dataclasses, with values from YAML.

The dataclass has the schema: names, types, descriptions and allowed values. The YAML file of an id in ``presets/`` has
the values. :mod:`kinesis_env.config.schema` converts between them, and the tables of arguments on the environments'
pages are generated from both.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

import yaml

from kinesis_env.checks import check_amount, check_choice, check_number
from kinesis_env.config.schema import Amount, Motions, html_table, known_keys, setting
from kinesis_env.errors import ConfigError

__all__ = [
    "ANATOMIES",
    "PEOPLE",
    "STRENGTH_DIRECTIONS",
    "BodyConfig",
    "ImitateConfig",
    "RewardTerm",
    "TrackingConfig",
    "load_preset",
]

#: People with a published strength: sex and age.
PEOPLE: Mapping[str, tuple[str, str]] = types.MappingProxyType(
    {
        "published": ("men", "18-25"),
        "young-women": ("women", "18-25"),
        "middle-men": ("men", "55-65"),
        "middle-women": ("women", "55-65"),
        "old-men": ("men", "over 65"),
        "old-women": ("women", "over 65"),
    }
)
#: Muscle parameters that a body can have.
ANATOMIES = ("default", "rajagopal")
#: Directions with published strength.
STRENGTH_DIRECTIONS = (
    "hip_extension",
    "hip_flexion",
    "knee_extension",
    "knee_flexion",
    "ankle_plantarflexion",
    "ankle_dorsiflexion",
)
MUSCLE_QUANTITIES = ("length", "velocity", "force", "activation", "fatigue")


@dataclass(frozen=True)
class RewardTerm:
    """A row of the table of rewards.

    Attributes:
        weight: factor of the term.
        scale: the scale inside the term, if it has one.
        term: location of the function of a user's term; None for the package's terms.
    """

    weight: float | None = None
    scale: float | None = None
    term: str | None = None


#: A value in the description of a body: a number, a word or a path, or one or three numbers per segment.
BodyValue: TypeAlias = float | str | Mapping[str, float | tuple[float, ...]]

#: Limits beyond which a number is a typing error and would exhaust memory: frames ahead, physics steps per second.
MOST_FRAMES, MOST_STEPS = 1000, 100_000.0
#: The same for times [s].
MOST_SECONDS = 1e6
#: The same for physics and control rates [Hz], physics steps per action, weights and scales, and distances [m].
LEAST_RATE, MOST_SUBSTEPS, MOST_WEIGHT, MOST_METERS = 0.1, 10_000, 1e6, 1e4
#: The steepest slope [degrees], and the largest push [N s]: a body of 80 kg that runs into something at 12 m/s.
MOST_SLOPE, MOST_IMPULSE = 30.0, 1000.0
#: Smallest and largest isometric torque [N m].
STRENGTH_LIMITS = 0.5, 2000.0


@dataclass(frozen=True, repr=False)
class BodyConfig:
    """Settings of every id: its bodies, muscles and rewards."""

    action_mode: str = setting(
        'meaning of actions: `"length"`, target lengths of the muscles; `"excitation"`, excitations; or `"residual"`, '
        "offsets from the target lengths for the next pose of the reference, or for standing"
    )
    body: Mapping[str, BodyValue] | None = setting(
        'the body: null for the default body; any of `height` [m], `mass` [kg], `sex` ("f" or "m") and segment '
        '`lengths` [m]; or a file, `{"osim": "scaled.osim"}` or `{"markers": "static.trc"}`; see `docs/bodies.md`'
    )
    anatomy: str = setting(
        'lengths and peak forces of the muscles: `"default"`, or `"rajagopal"` for those of the published model that '
        "the default body descends from, with measured passive joint moments; see `docs/strength.md`"
    )
    physics_rate: float = setting("physics steps per second, a whole multiple of `control_rate`", "Hz")
    control_rate: float = setting("actions per second", "Hz")
    muscle_observations: tuple[str, ...] = setting(
        'muscle quantities to observe: any of `"length"`, `"velocity"`, `"force"`, `"activation"`, `"fatigue"`'
    )
    fatigue: bool = setting(
        "whether muscles fatigue (three-compartment model 3CC-r, see `kinesis_env.model.conditions`)"
    )
    initial_fatigue: Amount = setting(
        "fatigued fraction at the start of an episode; a range gives each muscle its own value; "
        '`options={"fatigue": ...}` takes precedence'
    )
    weakness: Mapping[str, Amount] = setting(
        "maps patterns of muscle names to the fraction of peak active force that remains: "
        '`{"soleus_r": 0.5, "tibant_*": 0.0}`'
    )
    strength: str | Mapping[str, float] = setting(
        'strength of the muscles: `"model"`, unchanged; `"published"`, that of young men by joint and direction '
        '(Anderson 2007); `"young-women"`, `"middle-men"`, `"middle-women"`, `"old-men"` or `"old-women"`, that of '
        'these groups; or maximum isometric torques: `{"ankle_plantarflexion": 60.0}`',
        "N m",
    )
    excitation_noise: Amount = setting(
        "standard deviation of the noise on an excitation, as a fraction of it; drawn at each control step"
    )
    activation_delay: Amount = setting(
        "time until an excitation reaches its muscle, rounded to whole physics steps", "s"
    )
    mass_scale: Amount = setting("factor for all masses and inertias")
    start_noise: tuple[float, ...] = setting(
        "maximum deviation of the start, drawn uniformly: of the pelvis on the ground, and of each hinge joint",
        "m, rad",
    )
    slope: Amount = setting(
        "angle of the ground, uphill along the world's x axis, the usual direction of motions; the z axis stays normal "
        "to the ground, heights are measured from the ground, and gravity tilts",
        "deg",
    )
    push: Amount = setting(
        "impulse of each push on the pelvis; a range gives each push its own value; 0 means no pushes, and the other "
        "`push_` settings have no effect",
        "N s",
    )
    push_times: tuple[float, ...] = setting(
        "times at which pushes begin, from the start of the episode; empty for random times", "s"
    )
    push_interval: Amount = setting(
        "time from the start to the first random push, and from one to the next; a range gives each push its own value",
        "s",
    )
    push_direction: Amount = setting(
        "direction of a push relative to the way the body faces: 0 is forward, 90 left, 180 backward; a range gives "
        "each push its own value",
        "deg",
    )
    push_duration: float = setting("duration of a push, rounded to whole control steps, at least one", "s")
    extra_observations: Mapping[str, str] = setting(
        'your own observations: maps names to `"module:function"` or an entry point'
    )
    extra_terminations: Mapping[str, str] = setting(
        'your own terminations: maps names to `"module:function"` or an entry point'
    )
    rewards: Mapping[str, RewardTerm] = setting(
        "weight and scale of each term; those that you omit keep their defaults; a term of your own has a weight and a "
        '`term`, `"module:function"` or an entry point'
    )

    #: The package's own reward terms, and whether each has a scale.
    REWARDS: typing.ClassVar[Mapping[str, bool]] = {}

    def __post_init__(self) -> None:
        self._check_rewards()
        check_choice("action_mode", self.action_mode, ("length", "excitation", "residual"))
        for quantity in self.muscle_observations:
            check_choice("muscle_observations", quantity, MUSCLE_QUANTITIES)
        if len(set(self.muscle_observations)) < len(self.muscle_observations):
            raise ConfigError(f"muscle_observations names a quantity twice: {list(self.muscle_observations)}")
        if "fatigue" in self.muscle_observations and not self.fatigue:
            raise ConfigError("muscle_observations names 'fatigue', which needs fatigue=True")
        check_number("physics_rate", self.physics_rate, LEAST_RATE, MOST_STEPS)
        check_number("control_rate", self.control_rate, LEAST_RATE, MOST_STEPS)
        check_number("physics_rate / control_rate", self.physics_rate / self.control_rate, most=MOST_SUBSTEPS)
        check_amount("initial_fatigue", self.initial_fatigue, 0.0, 1.0)
        for glob, left in self.weakness.items():
            check_amount(f"weakness[{glob!r}]", left, 0.0, 10.0)
        check_amount("excitation_noise", self.excitation_noise, 0.0, 10.0)
        check_amount("activation_delay", self.activation_delay, 0.0, 1.0)
        check_amount("mass_scale", self.mass_scale, 0.1, 10.0)
        check_choice("anatomy", self.anatomy, ANATOMIES)
        self._check_strength()
        self._check_perturbations()
        if len(self.start_noise) != 2 or not all(0.0 <= noise <= 1.0 for noise in self.start_noise):
            raise ConfigError(f"start_noise must be [meters, radians] from 0 to 1, given {list(self.start_noise)}")

    def __repr__(self) -> str:
        fields = dataclasses.fields(self)
        source = next((field.name for field in fields if field.name in ("motions", "prompts", "start")), None)
        told = [f"{name}={getattr(self, name)!r}" for name in (source, "action_mode") if name is not None]
        return f"<{type(self).__name__}: {', '.join(told)}, {len(fields)} settings>"

    def _repr_html_(self) -> str:
        """Return the settings as HTML for notebooks."""
        return html_table(self)

    @property
    def has_conditions(self) -> bool:
        """Whether any muscle condition is on."""
        off = (self.excitation_noise, self.activation_delay, self.mass_scale) == (0.0, 0.0, 1.0)
        return self.fatigue or bool(self.weakness) or self.strength != "model" or not off

    @property
    def has_pushes(self) -> bool:
        """Whether there are pushes."""
        return self.push != 0.0

    @property
    def has_perturbations(self) -> bool:
        """Whether there are a slope or pushes."""
        return self.slope != 0.0 or self.has_pushes

    @property
    def terms(self) -> tuple[str, ...]:
        """The reward terms in force."""
        return tuple(self.REWARDS)

    @property
    def own_rewards(self) -> dict[str, str]:
        """The user's own reward terms, and the locations of their functions."""
        return {name: term.term for name, term in self.rewards.items() if term.term is not None}

    def _check_strength(self) -> None:
        if isinstance(self.strength, str):
            check_choice("strength", self.strength, ("model", *PEOPLE), "or a mapping of directions to torques [N m]")
            return
        known_keys("strength", self.strength, STRENGTH_DIRECTIONS)
        for direction, torque in self.strength.items():
            check_number(f"strength[{direction!r}] [N m]", torque, *STRENGTH_LIMITS)

    def _check_perturbations(self) -> None:
        check_amount("slope", self.slope, -MOST_SLOPE, MOST_SLOPE)
        check_amount("push", self.push, 0.0, MOST_IMPULSE)
        for time in self.push_times:
            check_number("push_times", time, 0.0, MOST_SECONDS)
        check_amount("push_interval", self.push_interval, 0.0, MOST_SECONDS)
        check_amount("push_direction", self.push_direction, -360.0, 360.0)
        check_number("push_duration", self.push_duration, 0.0, 10.0)

    def _check_rewards(self) -> None:
        for name, term in self.rewards.items():
            place = f"rewards[{name!r}]"
            if term.weight is None or not math.isfinite(term.weight):
                raise ConfigError(f"{place}: weight must be a finite number, given {term.weight}")
            if abs(term.weight) > MOST_WEIGHT:
                raise ConfigError(f"{place}: weight must be at most {MOST_WEIGHT:g} in size, given {term.weight}")
            if name not in self.REWARDS:
                if term.term is None:
                    known_keys("rewards (a term of your own needs term: 'module:function')", [name], [*self.REWARDS])
                if term.scale is not None:
                    raise ConfigError(f"{place}: a term of your own has no scale, given {term.scale}")
            elif term.term is not None:
                raise ConfigError(f"{place} is a term of the package; choose another name than {name!r}")
            elif self.REWARDS[name] and (term.scale is None or not 0.0 <= term.scale < math.inf):
                raise ConfigError(f"{place}: scale must be a finite number from 0, given {term.scale}")
            elif not self.REWARDS[name] and term.scale is not None:
                raise ConfigError(f"{place} has no scale, given {term.scale}")


@dataclass(frozen=True, repr=False)
class TrackingConfig(BodyConfig):
    """Settings of every id that follows a reference motion, in addition to :class:`BodyConfig`."""

    start_time: str | float = setting('time in the motion at which an episode starts, or `"random"`', "s")
    start_activation: str = setting(
        'activations at the start: `"rest"` for zero, or `"hold"` for those that carry the reference (static '
        "optimization, which takes a second or two at the first start in each clip)"
    )
    random_heading: bool = setting("whether to turn each episode's reference by a random angle about the vertical")
    lookahead: int = setting("number of future frames of the reference to observe")
    lookahead_stride: int = setting("control steps between these frames, and before the first")
    termination: str = setting(
        'the distance from the reference that ends an episode: that of `"any"` tracked body; the `"mean"` over the '
        'tracked bodies; or `"relative"`, their mean relative to the pelvis, which itself may be 0.5 m away'
    )
    termination_distance: float = setting(
        "maximum allowed distance; the published evaluation uses the mean and 0.5",
        "m",
    )

    REWARDS: typing.ClassVar[Mapping[str, bool]] = {
        "position": True,
        "velocity": True,
        "upright": True,
        "energy": True,
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("termination", self.termination, ("any", "mean", "relative"))
        check_choice("start_activation", self.start_activation, ("rest", "hold"))
        if isinstance(self.start_time, str):
            check_choice("start_time", self.start_time, ("random",), "or a number of seconds")
        else:
            check_number("start_time", self.start_time, 0.0, MOST_SECONDS)
        check_number("lookahead", self.lookahead, 1, MOST_FRAMES)
        check_number("lookahead_stride", self.lookahead_stride, 1, MOST_FRAMES)
        if not self.termination_distance > 0:
            raise ConfigError(f"termination_distance must be above 0 m, given {self.termination_distance}")


@dataclass(frozen=True, repr=False)
class ImitateConfig(TrackingConfig):
    """Settings of ``Kinesis-Imitate-v0``: the keyword arguments of ``gymnasium.make``."""

    motions: Motions = setting(
        'motions to follow: shipped names or patterns (`"walk*"`), files, folders, `Motion` objects, a '
        "`MotionLibrary`, or a list of these"
    )
    motion_weights: Mapping[str, float] = setting(
        'sampling weights: maps names or patterns of motions to weights, `{"run*": 3.0}`; all others have weight 1'
    )
    clip: str = setting('the motion of each episode: `"random"` (by weight), or a name')


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
        raise ConfigError(f"unknown preset {env_id!r}; the presets are {', '.join(known)}")
    return types.MappingProxyType(yaml.safe_load(file.read_text(encoding="utf-8")))
