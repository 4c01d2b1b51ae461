"""The sizes of a body from a scaled OpenSim model: the positions of its joints, and the masses of its bodies.

Only numbers and names are read, from files of OpenSim 3 and 4; OpenSim is not needed. The length of a segment is the
distance between its joints, relative to the default body's. Its width and depth relative to its length come from the
scale factors of its bones' meshes, if the file has them: the scaling of the model is then kept whichever generic model
it comes from. Left and right are averaged, as this package's bodies are symmetric.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

import numpy as np

from kinesis_env.errors import ConfigError
from kinesis_env.files import open_regular
from kinesis_env.model.anatomy import Anatomy
from kinesis_env.model.bodies.proportions import total_mass
from kinesis_env.model.bodies.scaling import SEGMENTS
from kinesis_env.typing import Array

__all__ = ["read_osim"]

#: Maximum size of a model file [bytes]; the largest published ones have 3 MB.
_MOST_BYTES = 64 * 2**20
#: Body of the model whose bones' meshes give the scale of a segment, and the axis of its length there (x forward, y up,
#: z to the right).
_BONES = {
    "pelvis": ("pelvis", 2),
    "torso": ("torso", 1),
    "femur": ("femur", 1),
    "tibia": ("tibia", 1),
    "foot": ("calcn", 0),
}
#: The joint that ends a segment, by its child, in the body that starts it.
_ENDS = {"pelvis": "femur", "femur": "tibia", "tibia": "talus", "foot": "toes"}
_STARTS = {"pelvis": "pelvis", "femur": "femur", "tibia": "tibia", "foot": "calcn"}
#: Bodies that add to the mass of a segment, besides the anatomy's own.
_MORE = {"tibia": ("patella",)}
#: OpenSim's axes in this package's order: forward, left, up.
_ORDER = [0, 2, 1]


@dataclass(frozen=True)
class _Model:
    """Data of an OpenSim model: the mass of each body [kg], the factors of its meshes, and its joints.

    Attributes:
        masses: by the name of the body.
        meshes: factors (3,), by the name of the body.
        joints: by the name of the child: the parent, and the position of the joint in it [m], (3,).
    """

    masses: Mapping[str, float]
    meshes: Mapping[str, Array]
    joints: Mapping[str, tuple[str, Array]]


def read_osim(path: str | os.PathLike[str], anatomy: Anatomy) -> dict[str, Any]:
    """Return the description of an OpenSim model's body, for :func:`~kinesis_env.model.bodies.make_body`.

    Args:
        path: the ``.osim`` file.
        anatomy: anatomy of the default body.

    Raises:
        ConfigError: no such file, not an OpenSim model, or one without the bodies and joints of both legs.
    """
    where = os.fspath(path)
    model = _parsed(_root(Path(path), where), where)
    missing = [f"{body}_{side}" for body in ("femur", "tibia", "talus", "calcn", "toes") for side in "rl"]
    missing = [body for body in ("pelvis", *missing) if body not in model.masses]
    if missing:
        raise ConfigError(
            f"{where}: the model has no body {', '.join(missing)}; the bodies are {', '.join(model.masses)}"
        )
    default = {body.name: body.pos for body in anatomy.leg}
    long = {}
    for segment, child in _ENDS.items():
        sides = [_length(model, segment, f"{child}_{side}", where) for side in "rl"]
        usual = 2.0 * abs(float(default["femur"][1])) if segment == "pelvis" else float(np.linalg.norm(default[child]))
        long[segment] = float(np.mean(sides)) / usual
    shapes = {segment: _shape(model, segment) for segment in SEGMENTS}
    long["torso"] = _torso(model, long)
    scales = {segment: [float(long[segment] * factor) for factor in shapes[segment][_ORDER]] for segment in SEGMENTS}
    masses = _masses(model)
    if not all(mass > 0 for mass in masses.values()):
        raise ConfigError(f"{where}: every segment needs a mass, given {masses}")
    return {"mass": total_mass(masses), "scales": scales, "masses": masses}


def _root(path: Path, where: str) -> Element:
    with open_regular(path, _MOST_BYTES, ConfigError) as stream:
        raw = stream.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: not UTF-8 text ({error.reason})") from error
    # Entities could stand for other files, or for more text than fits in memory; OpenSim writes none.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ConfigError(f"{where}: document types and entities are not allowed; an OpenSim model has none")
    try:
        root = fromstring(text)  # noqa: S314  (no entities, and limited size)
    except (ParseError, ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: not XML ({error})") from error
    if root.tag != "OpenSimDocument" or root.find("Model") is None:
        raise ConfigError(f"{where}: not an OpenSim model: its root is <{root.tag[:40]}>")
    return root


def _parsed(root: Element, where: str) -> _Model:
    masses, meshes = {}, {}
    joints: dict[str, tuple[str, Array]] = {}
    for body in root.iter("Body"):
        name = body.get("name", "")
        mass = body.find("mass")
        if mass is None or not name:
            continue
        masses[name] = float(_numbers(mass, 1, where)[0])
        whole = body.findall("VisibleObject/scale_factors")  # OpenSim 3 has one for all of a body's bones
        factors = [_numbers(found, 3, where) for found in whole or body.iter("scale_factors")]
        if factors:
            meshes[name] = np.median(factors, axis=0)
        for parent, place in _joint_of_body(body, where):  # OpenSim 3 keeps a joint in its child
            joints[name] = parent, place
    for joint in root.iter():
        found = _joint_of_set(joint, where)
        if found is not None:
            joints[found[0]] = found[1:]
    return _Model(masses, meshes, joints)


def _joint_of_body(body: Element, where: str) -> Iterator[tuple[str, Array]]:
    for holder in body.findall("Joint"):
        for joint in holder:
            parent, place = joint.find("parent_body"), joint.find("location_in_parent")
            if parent is not None and place is not None:
                yield (parent.text or "").strip(), _numbers(place, 3, where) + _translation(joint, where)


def _joint_of_set(joint: Element, where: str) -> tuple[str, str, Array] | None:
    """Return child, parent and position of a joint of OpenSim 4, None for another element."""
    parent, child = joint.find("socket_parent_frame"), joint.find("socket_child_frame")
    if parent is None or child is None:
        return None
    frames = {frame.get("name", ""): frame for frame in joint.iter("PhysicalOffsetFrame")}
    bodies, places = [], []
    for end in (parent, child):
        name = (end.text or "").strip().rsplit("/", 1)[-1]
        place = np.zeros(3)
        if name in frames:
            inner = frames[name].find("socket_parent")
            offset = frames[name].find("translation")
            place = np.zeros(3) if offset is None else _numbers(offset, 3, where)
            name = "" if inner is None else (inner.text or "").strip().rsplit("/", 1)[-1]
        bodies.append(name)
        places.append(place)
    # Position of the child's origin in the parent, for frames that are not rotated relative to each other.
    return bodies[1], bodies[0], places[0] - places[1] + _translation(joint, where)


def _translation(joint: Element, where: str) -> Array:
    """Return the translation of the child by a joint with functions when all coordinates are zero [m], (3,)."""
    out = np.zeros(3)
    for axis in joint.iter("TransformAxis"):
        name = axis.get("name", "")
        if name in ("translation1", "translation2", "translation3"):
            direction = axis.find("axis")
            along = np.eye(3)[int(name[-1]) - 1] if direction is None else _numbers(direction, 3, where)
            out += along * _at_zero(axis, where)
    return out


def _at_zero(element: Element, where: str) -> float:
    """Return the value of the function in an element, at zero."""
    for inner in element:
        if inner.tag == "MultiplierFunction":
            scale = inner.find("scale")
            return (1.0 if scale is None else float(_numbers(scale, 1, where)[0])) * _at_zero(inner, where)
        if inner.tag == "function":
            return _at_zero(inner, where)
        if inner.tag == "Constant" and (value := inner.find("value")) is not None:
            return float(_numbers(value, 1, where)[0])
        if inner.tag == "LinearFunction" and (value := inner.find("coefficients")) is not None:
            return float(_numbers(value, 2, where)[1])
        x, y = inner.find("x"), inner.find("y")
        if x is not None and y is not None:
            knots, values = _numbers(x, None, where), _numbers(y, None, where)
            if len(knots) != len(values) or not len(knots):
                raise ConfigError(
                    f"{where}: a function must have as many x as y values, given {len(knots)} and {len(values)}"
                )
            return float(np.interp(0.0, knots, values))
    return 0.0


def _numbers(element: Element, count: int | None, where: str) -> Array:
    try:
        found = np.array([float(word) for word in (element.text or "").split()])
    except ValueError as error:
        raise ConfigError(f"{where}: <{element.tag}> is not a list of numbers") from error
    if (count is not None and len(found) != count) or not np.isfinite(found).all():
        raise ConfigError(f"{where}: <{element.tag}> must be {count or 'some'} finite numbers, given {found.tolist()}")
    return found


def _length(model: _Model, segment: str, child: str, where: str) -> float:
    if child not in model.joints:
        raise ConfigError(f"{where}: the model has no joint for {child}")
    parent, place = model.joints[child]
    if not parent.startswith(_STARTS[segment]):
        raise ConfigError(f"{where}: the parent of {child} must be {_STARTS[segment]}, given {parent}")
    return 2.0 * abs(float(place[2])) if segment == "pelvis" else float(np.linalg.norm(place))


def _mesh(model: _Model, segment: str) -> Array | None:
    body, _ = _BONES[segment]
    found = [model.meshes[name] for name in (body, f"{body}_r", f"{body}_l") if name in model.meshes]
    mean: Array | None = np.mean(found, axis=0) if found else None
    return None if mean is None or not (mean > 0).all() else mean


def _shape(model: _Model, segment: str) -> Array:
    """Return the factors of a segment along OpenSim's axes relative to its length factor, (3,)."""
    mesh = _mesh(model, segment)
    return np.ones(3) if mesh is None else mesh / mesh[_BONES[segment][1]]


def _torso(model: _Model, long: Mapping[str, float]) -> float:
    """Return the factor of the trunk's length: no joint ends it, so it comes from its mesh relative to the legs'."""
    legs = [long["femur"], long["tibia"]]
    meshes = [_mesh(model, segment) for segment in ("torso", "femur", "tibia")]
    if any(mesh is None for mesh in meshes):
        return float(np.mean(legs))
    trunk, *bones = (float(mesh[1]) for mesh in meshes if mesh is not None)
    return float(np.mean(legs)) * trunk / float(np.mean(bones))


def _masses(model: _Model) -> dict[str, float]:
    masses = {"pelvis": model.masses["pelvis"]}
    for segment in ("femur", "tibia", "foot"):
        bodies = (*SEGMENTS[segment], *_MORE.get(segment, ()))
        masses[segment] = 0.5 * sum(model.masses.get(f"{body}_{side}", 0.0) for body in bodies for side in "rl")
    legs = 2.0 * (masses["femur"] + masses["tibia"] + masses["foot"])
    masses["torso"] = sum(model.masses.values()) - masses["pelvis"] - legs
    return {segment: masses[segment] for segment in SEGMENTS}
