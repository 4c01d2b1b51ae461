"""Masses, centers of mass and inertias of body segments, for women and men.

The figures are from R. Dumas, L. Cheze and J.-P. Verriest, "Adjustments to McConville et al. and Young et al. body
segment inertial parameters", J. Biomech. 40, 2007, doi:10.1016/j.jbiomech.2006.02.013: masses in percent of body mass,
centers and radii of gyration in percent of segment length. They are used for thigh and shank; a foot has the published
mass and the default body's shape. Pelvis and trunk share the rest, including arms and head, as in the default body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from kinesis_env.model.anatomy import AXES, Anatomy, Body, Vector, read_table
from kinesis_env.model.bodies.scaling import masses_of

__all__ = ["knee_of", "segment_masses", "total_mass", "with_inertias"]

_TRUNK = ("pelvis", "torso")


def total_mass(masses: Mapping[str, float]) -> float:
    """Return the mass of a body [kg] from the masses of its segments; leg segments count twice."""
    return sum(mass * (1 if segment in _TRUNK else 2) for segment, mass in masses.items())


def segment_masses(sex: str, mass: float, anatomy: Anatomy) -> dict[str, float]:
    """Return the masses of the segments [kg], which sum to ``mass`` over the body.

    Args:
        sex: "f", "m", or "" for the proportions of the default body.
        mass: mass of the body [kg].
        anatomy: anatomy of the default body.
    """
    before = masses_of(anatomy)
    if not sex:
        whole = total_mass(before)
        return {segment: part * mass / whole for segment, part in before.items()}
    legs = {row["segment"]: 0.01 * mass * float(row["mass"]) for row in _rows() if row["sex"] == sex}
    rest = mass - 2.0 * sum(legs.values())
    trunk = sum(before[segment] for segment in _TRUNK)
    return {segment: rest * before[segment] / trunk if segment in _TRUNK else legs[segment] for segment in before}


def with_inertias(anatomy: Anatomy, sex: str) -> Anatomy:
    """Return a scaled anatomy whose thighs and shanks have the centers and inertias for a sex.

    Args:
        anatomy: anatomy of any size; its masses are kept.
        sex: "f", "m", or "" to keep all.
    """
    if not sex:
        return anatomy
    bodies = {body.name: body for body in anatomy.leg}
    knee = knee_of(anatomy)
    lines = {
        "femur": (np.zeros(3), bodies["tibia"].pos + knee),
        "tibia": (knee, bodies["talus"].pos),
    }
    table = {row["segment"]: row for row in _rows() if row["sex"] == sex}
    leg = tuple(
        _distributed(body, *lines[body.name], table[body.name]) if body.name in lines else body for body in anatomy.leg
    )
    return replace(anatomy, leg=leg)


def knee_of(anatomy: Anatomy) -> Vector:
    """Return the position of the knee's hinge in the tibia [m], (3,)."""
    return next(joint.anchor for joint in anatomy.joints if joint.name == "knee_angle")


def _distributed(body: Body, start: Vector, end: Vector, row: Mapping[str, str]) -> Body:
    """Return a body with the published center and inertia, relative to the line between its joints."""
    length = float(np.linalg.norm(end - start))
    up = (start - end) / length
    left = np.cross(up, [1.0, 0.0, 0.0])
    left /= np.linalg.norm(left)
    frame = np.stack((np.cross(left, up), left, up), axis=1)
    center, radii = (0.01 * np.array([float(row[f"{key}_{axis}"]) for axis in "xyz"]) for key in ("com", "gyration"))
    inertia = body.mass * length**2 * np.diag(np.abs(AXES) @ radii**2)
    return replace(body, com=start + frame @ (AXES @ center) * length, inertia=frame @ inertia @ frame.T)


@cache
def _rows() -> list[dict[str, str]]:
    return read_table("segments")
