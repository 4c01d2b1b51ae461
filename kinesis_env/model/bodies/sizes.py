"""The size of a body: from a user's description to factors and masses of its segments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from kinesis_env.checks import check_choice, check_number
from kinesis_env.config.schema import known_keys
from kinesis_env.errors import ConfigError, shown
from kinesis_env.model.anatomy import Anatomy
from kinesis_env.model.bodies.proportions import knee_of, segment_masses, total_mass
from kinesis_env.model.bodies.scaling import SEGMENTS, masses_of

__all__ = ["FILES", "HEIGHT", "KEYS", "LENGTHS", "NARROWEST", "Sizes", "default_lengths", "read_sizes"]

#: Stature [m] of the default body, from the model of A. Rajagopal et al., IEEE Trans. Biomed. Eng. 63, 2016.
HEIGHT = 1.70
#: Keys of a description.
FILES = ("osim", "markers")
KEYS = ("height", "mass", "sex", "lengths", "scales", "masses", *FILES)
SEXES = ("f", "m")
#: The lengths that can be given: segment -> what is measured.
LENGTHS: Mapping[str, str] = MappingProxyType(
    {
        "pelvis": "distance between the hip joint centers",
        "torso": "from the middle of the hip joint centers to the top of the head",
        "femur": "from the hip to the knee joint center",
        "tibia": "from the knee to the ankle joint center",
        "foot": "from the back of the heel to the tip of the toes",
    }
)
#: Allowed heights [m], masses [kg], masses over height squared [kg/m^2], and factors of segments.
HEIGHTS, MASSES, INDICES, FACTORS = (1.2, 2.3), (25.0, 250.0), (11.0, 70.0), (0.6, 1.6)
_AXES = 3
#: Smallest factor of the hips' width relative to the thighs' factor: with less, the thighs of a standing body would
#: touch.
NARROWEST = 0.86
#: Factors along x, y and z.
Factors: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True)
class Sizes:
    """The sizes of a body.

    Attributes:
        height: stature [m].
        mass: total mass [kg].
        sex: "f", "m", or "" if not given.
        scales: factors of each segment along x (forward), y (left) and z (up) relative to the default body.
        masses: mass of each segment [kg]; leg segments count once.
    """

    height: float
    mass: float
    sex: str = ""
    scales: Mapping[str, Factors] = field(default_factory=dict)
    masses: Mapping[str, float] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, Any]:
        """Return the sizes as a description from which :func:`read_sizes` gives equal sizes."""
        said: dict[str, Any] = {"height": self.height, "mass": self.mass}
        if self.sex:
            said["sex"] = self.sex
        scales = {segment: list(factors) for segment, factors in self.scales.items()}
        return {**said, "scales": scales, "masses": dict(self.masses)}


def read_sizes(body: Mapping[str, Any], anatomy: Anatomy) -> Sizes:
    """Return the sizes of a described body.

    Args:
        body: known properties: ``height`` [m]; ``mass`` [kg]; ``sex``, "f" or "m", for the proportions of women or men;
            ``lengths`` of segments [m], see :data:`LENGTHS`; or ``scales`` and ``masses`` of all segments, as from
            :meth:`Sizes.as_mapping`. The rest is derived: lengths from the height, the height from the lengths of the
            legs, the mass from the height at an equal body mass index.
        anatomy: anatomy of the default body.

    Raises:
        ConfigError: an unknown key or segment, an impossible number, or keys that contradict each other.
    """
    known_keys("body", body, [*KEYS])
    for key in FILES:
        if key in body:
            raise ConfigError(f"body[{key!r}] is a file: read it with make_body (osim) or kinesis_env.motions.body_of")
    if "sex" in body:
        check_choice("body['sex']", body["sex"], SEXES)
    for key, (least, most) in {"height": HEIGHTS, "mass": MASSES}.items():
        if key in body:
            check_number(f"body[{key!r}]", body[key], least, most)
    sex = str(body.get("sex", ""))
    if "scales" in body:
        return _as_told(body, sex, anatomy)
    if "masses" in body:
        raise ConfigError("body['masses'] needs body['scales'] for all segments; give height, mass and lengths instead")
    scales = _factors(body, anatomy)
    height = float(body["height"]) if "height" in body else HEIGHT * _tallness(scales, anatomy)
    _check_hips(scales, default_lengths(anatomy))
    mass = float(body["mass"]) if "mass" in body else total_mass(masses_of(anatomy)) * (height / HEIGHT) ** 2
    check_number("body: height", height, *HEIGHTS)
    _check_index(height, mass)
    masses = segment_masses(sex, mass, anatomy)
    return Sizes(height, mass, sex, scales, masses)


def default_lengths(anatomy: Anatomy) -> dict[str, float]:
    """Return the lengths of :data:`LENGTHS` of the default body [m]."""
    bodies = {body.name: body for body in anatomy.leg}
    knee, toes = knee_of(anatomy), bodies["toes"].pos[0]
    heel = min(contact.ends[0][0] - contact.radius for contact in anatomy.contacts if contact.body == "calcn")
    tip = max(bone.points[-1][0] + bone.size[0] for bone in anatomy.bones if bone.body == "toes")
    return {
        "pelvis": 2.0 * abs(float(bodies["femur"].pos[1])),
        "torso": HEIGHT - sum(_drops(anatomy)),
        "femur": float(np.linalg.norm(bodies["tibia"].pos + knee)),
        "tibia": float(np.linalg.norm(bodies["talus"].pos - knee)),
        "foot": float(toes + tip - heel),
    }


def _drops(anatomy: Anatomy) -> tuple[float, float, float]:
    """Return the vertical distances between hip, knee, ankle and sole of a body that stands straight [m]."""
    bodies = {body.name: body for body in anatomy.leg}
    sole = min(min(end[2] for end in c.ends) - c.radius for c in anatomy.contacts if c.body == "calcn")
    return -float(bodies["tibia"].pos[2]), -float(bodies["talus"].pos[2]), -float(bodies["calcn"].pos[2] + sole)


def _factors(body: Mapping[str, Any], anatomy: Anatomy) -> dict[str, Factors]:
    lengths = body.get("lengths", {})
    if not isinstance(lengths, Mapping):
        raise ConfigError(f"body['lengths'] must map segments to meters, given {shown(lengths)}")
    known_keys("body['lengths']", lengths, [*LENGTHS])
    default = default_lengths(anatomy)
    told = {}
    for segment, length in lengths.items():
        least, most = (factor * default[segment] for factor in FACTORS)
        told[segment] = check_number(f"body['lengths'][{segment!r}] ({LENGTHS[segment]})", length, least, most)
    ratios = {segment: length / default[segment] for segment, length in told.items()}
    if "height" in body or not told:
        height = float(body.get("height", HEIGHT))
    else:
        tall = [ratios[segment] for segment in ("femur", "tibia", "torso") if segment in ratios]
        height = HEIGHT * float(np.mean(tall or [1.0]))
    usual = height / HEIGHT
    scales = {segment: (ratios.get(segment, usual),) * _AXES for segment in SEGMENTS}
    scales["pelvis"] = usual, ratios.get("pelvis", usual), usual  # wider hips do not make it taller
    return scales  # type: ignore[return-value]


def _tallness(scales: Mapping[str, Factors], anatomy: Anatomy) -> float:
    """Return the height of a body relative to the default one, from the lengths of its segments."""
    thigh, shank, foot = _drops(anatomy)
    parts = {"femur": thigh, "tibia": shank, "foot": foot, "torso": HEIGHT - thigh - shank - foot}
    return sum(scales[segment][2] * length for segment, length in parts.items()) / HEIGHT


def _as_told(body: Mapping[str, Any], sex: str, anatomy: Anatomy) -> Sizes:
    if "lengths" in body:
        raise ConfigError("body: 'lengths' and 'scales' contradict each other; give one of them")
    scales: dict[str, Factors] = {}
    for key in ("scales", "masses"):
        table = body.get(key)
        if not isinstance(table, Mapping) or sorted(table) != sorted(SEGMENTS):
            raise ConfigError(
                f"body[{key!r}] must have a value for each of {', '.join(SEGMENTS)}, given {shown(table)}"
            )
    for segment in SEGMENTS:
        three = body["scales"][segment]
        if not isinstance(three, list | tuple) or len(three) != _AXES:
            raise ConfigError(
                f"body['scales'][{segment!r}] must be three factors, along x, y and z, given {shown(three)}"
            )
        x, y, z = (check_number(f"body['scales'][{segment!r}]", factor, *FACTORS) for factor in three)
        scales[segment] = x, y, z
    masses = {
        segment: check_number(f"body['masses'][{segment!r}]", body["masses"][segment], 0.1, MASSES[1])
        for segment in SEGMENTS
    }
    mass = total_mass(masses)
    if "mass" in body and not math.isclose(mass, float(body["mass"]), rel_tol=1e-6):
        raise ConfigError(f"body: the masses of the segments sum to {mass:.6g} kg, but mass is {body['mass']}")
    height = float(body.get("height", HEIGHT * _tallness(scales, anatomy)))
    _check_hips(scales, default_lengths(anatomy))
    check_number("body: height", height, *HEIGHTS)
    check_number("body: mass", mass, *MASSES)
    _check_index(height, mass)
    return Sizes(height, float(body.get("mass", mass)), sex, scales, masses)


def _check_hips(scales: Mapping[str, Factors], default: Mapping[str, float]) -> None:
    least = NARROWEST * scales["femur"][1]
    if scales["pelvis"][1] < least:
        raise ConfigError(
            f"body: the hips must be at least {least * default['pelvis']:.4g} m apart, or the thighs touch, given "
            f"{scales['pelvis'][1] * default['pelvis']:.4g} m"
        )


def _check_index(height: float, mass: float) -> None:
    least, most = INDICES
    if not least <= mass / height**2 <= most:
        raise ConfigError(
            f"body: {mass:.4g} kg at {height:.4g} m is {mass / height**2:.3g} kg/m^2; {least:g} to {most:g} are allowed"
        )
