"""Scaling of the anatomy: every segment by its own factors, with muscle paths, wrapping surfaces and contact shapes.

Muscles lie on bones: a point of a path keeps its relative position in its segment, and a wrapping surface scales with
its segment. A radius scales by the geometric mean of the factors across it. Masses are given; a segment's inertia is
that of its stretched shape: with the second moments S of its mass about its center, and the factors D, they become D S
D times the ratio of masses, which is exact for any shape and gives a physically valid tensor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kinesis_env.model.anatomy import Anatomy, Body, Bone, Contact, Joint, Muscle, PathElement, Vector
from kinesis_env.model.mjcf import mean_scale

__all__ = ["SEGMENTS", "masses_of", "scale_anatomy", "segment_of"]

#: The segments, and the bodies of the anatomy in each; for a leg, the bodies of one leg.
SEGMENTS: Mapping[str, tuple[str, ...]] = {
    "pelvis": ("pelvis",),
    "torso": ("torso",),
    "femur": ("femur",),
    "tibia": ("tibia",),
    "foot": ("talus", "calcn", "toes"),
}


def segment_of(body: str) -> str:
    """Return the segment of a body of the anatomy."""
    return next(segment for segment, bodies in SEGMENTS.items() if body in bodies)


def masses_of(anatomy: Anatomy) -> dict[str, float]:
    """Return the mass of each segment [kg]; a leg's segments are counted once."""
    masses = dict.fromkeys(SEGMENTS, 0.0)
    masses["pelvis"] = anatomy.pelvis.mass
    masses["torso"] = sum(body.mass for body in anatomy.trunk)
    for body in anatomy.leg:
        masses[segment_of(body.name)] += body.mass
    return masses


def scale_anatomy(anatomy: Anatomy, scales: Mapping[str, Sequence[float]], masses: Mapping[str, float]) -> Anatomy:
    """Return the anatomy of a body of another size.

    Args:
        anatomy: anatomy of the default body.
        scales: factors of each segment along x (forward), y (left) and z (up), (3,).
        masses: mass of each segment [kg]; leg segments count once.
    """
    before = masses_of(anatomy)
    of_body = {body: np.asarray(scales[segment]) for segment, bodies in SEGMENTS.items() for body in bodies}
    heavier = {body: masses[segment] / before[segment] for segment, bodies in SEGMENTS.items() for body in bodies}

    def scaled(body: Body, name: str) -> Body:
        size = of_body[name]
        at = body.pos * of_body[body.parent] if body.parent else body.pos
        inertia = _stretched(body.inertia, size) * heavier[name]
        return replace(body, pos=at, mass=body.mass * heavier[name], com=body.com * size, inertia=inertia)

    return replace(
        anatomy,
        pelvis=scaled(anatomy.pelvis, "pelvis"),
        trunk=tuple(scaled(body, "torso") for body in anatomy.trunk),
        leg=tuple(scaled(body, body.name) for body in anatomy.leg),
        joints=tuple(_joint(joint, of_body[joint.body]) for joint in anatomy.joints),
        muscles=tuple(_muscle(muscle, of_body) for muscle in anatomy.muscles),
        contacts=tuple(_contact(contact, of_body[contact.body]) for contact in anatomy.contacts),
        bones=tuple(_bone(bone, of_body[bone.body]) for bone in anatomy.bones),
        scales=of_body,
    )


def _stretched(inertia: Vector, scale: Vector) -> Vector:
    moments = 0.5 * np.trace(inertia) * np.eye(3) - inertia
    moments = moments * np.outer(scale, scale)
    out: Vector = np.trace(moments) * np.eye(3) - moments
    return out


def _joint(joint: Joint, scale: Vector) -> Joint:
    return replace(joint, anchor=joint.anchor * scale)


def _muscle(muscle: Muscle, scales: Mapping[str, Vector]) -> Muscle:
    return replace(muscle, path=tuple(_path_element(point, scales[point.body]) for point in muscle.path))


def _path_element(point: PathElement, scale: Vector) -> PathElement:
    moved = replace(point, pos=point.pos * scale)
    if point.radius is None:
        return moved
    assert point.side is not None
    across = scale
    axis = point.axis
    if axis is not None:
        # A circle across the axis becomes an ellipse; take the factors along its two directions.
        weight = 1.0 - (axis / np.linalg.norm(axis)) ** 2
        across = np.array([np.exp(np.log(scale) @ weight / weight.sum())])
        axis = axis * scale
        axis = axis / np.linalg.norm(axis)
    return replace(moved, axis=axis, radius=point.radius * mean_scale(across), side=point.side * scale)


def _contact(contact: Contact, scale: Vector) -> Contact:
    ends = contact.ends[0] * scale, contact.ends[1] * scale
    return replace(contact, radius=contact.radius * mean_scale(scale), ends=ends)


def _bone(bone: Bone, scale: Vector) -> Bone:
    size = bone.size
    grown = tuple((np.array(size) * scale).tolist()) if len(size) == len(scale) else (size[0] * mean_scale(scale),)
    return replace(bone, size=grown, points=tuple(point * scale for point in bone.points))
