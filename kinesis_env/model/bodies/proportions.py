"""How long and heavy the segments of a body are for its height, mass and sex."""

from __future__ import annotations

from collections.abc import Mapping

from kinesis_env.model.anatomy import Anatomy
from kinesis_env.model.bodies.scaling import masses_of

__all__ = ["segment_lengths", "segment_masses"]

_DEFAULT_HEIGHT = 1.70


def segment_lengths(sex: str, height: float, default: Mapping[str, float]) -> dict[str, float]:
    """Return the lengths of the segments [m]: those of the default body in proportion to the height."""
    return {segment: length * height / _DEFAULT_HEIGHT for segment, length in default.items()}


def segment_masses(sex: str, mass: float, factors: Mapping[str, float], anatomy: Anatomy) -> dict[str, float]:
    """Return the masses of the segments [kg], which are ``mass`` together."""
    before = masses_of(anatomy)
    total = sum(part * (1 if segment in ("pelvis", "torso") else 2) for segment, part in before.items())
    return {segment: part * mass / total for segment, part in before.items()}
