"""Build the model from the anatomy tables, as MJCF text.

The text is written number by number rather than through ``MjSpec.to_xml``, so that its bytes depend only on the tables
and not on the MuJoCo version. This lets a test compare the shipped file, and a digest identify a body.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import mujoco
import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.model.anatomy import Anatomy, Body, Bone, Muscle, Standing, Vector, read_anatomy, read_standing

__all__ = ["build_xml", "mean_scale"]

#: Reflection in the sagittal plane of a position, and of an axis of rotation.
MIRROR = np.array([1.0, -1.0, 1.0])
MIRROR_AXIS = -MIRROR

#: Right and left: side suffix -> factor of positions.
SIDES = {"r": np.ones(3), "l": MIRROR}

PHYSICS_RATE = 150
#: Smallest low end of an operating range [optimal fiber lengths].
LEAST_FIBER = 0.01
#: The geom group of the contact shapes; viewers hide it.
CONTACT_GROUP = 3
#: Contact shapes of one leg that collide with the other leg's.
LEG_CONTACTS = (("thigh",), ("shank", "foot_medial", "foot_lateral"))
TRUNK_CONTACTS = ("pelvis", "torso")
FOOT = ("calcn", "toes")
#: Boxes that sense the ground [m]: name -> body, center, half sizes (figures of the foot and toe touch areas).
TOUCH_SITES = {
    "foot": ("calcn", (0.09, 0.0, -0.01), (0.1, 0.055, 0.012)),
    "toes": ("toes", (0.0275, 0.0, -0.01), (0.045, 0.0675, 0.012)),
}


def build_xml(anatomy: Anatomy | None = None, standing: Standing | None = None) -> str:
    """Return the MJCF text of the model.

    Args:
        anatomy: the tables; by default the package's.
        standing: the pose of the keyframe; by default from the package's table.
    """
    anatomy = read_anatomy() if anatomy is None else anatomy
    root, pelvis = _model(anatomy)
    height = _standing_height(_to_text(root))
    pelvis.set("pos", _format((0, 0, height)))
    _keyframe(root, read_standing(anatomy) if standing is None else standing)
    return _to_text(root)


def _model(anatomy: Anatomy) -> tuple[Element, Element]:
    root = Element("mujoco", model="kinesis_lower_body")
    SubElement(root, "compiler", angle="radian", inertiafromgeom="false", autolimits="true")
    option = SubElement(root, "option", timestep=repr(1 / PHYSICS_RATE), integrator="implicitfast")
    SubElement(option, "flag", island="disable")
    _visual(root)
    _defaults(root)
    _assets(root)
    world = SubElement(root, "worldbody")
    SubElement(world, "light", pos="0 0 4", dir="0 0 -1", type="directional", diffuse="0.5 0.5 0.5")
    SubElement(
        world,
        "geom",
        {"name": "floor", "type": "plane", "size": "0 0 0.5", "material": "floor", "contype": "0"},
        conaffinity="0",
    )
    pelvis = _trunk(world, anatomy)
    bodies = _legs(pelvis, anatomy)
    _torso(pelvis, anatomy)
    bodies["pelvis"] = pelvis
    _pairs(root, anatomy)
    tendons = SubElement(root, "tendon")
    actuators = SubElement(root, "actuator")
    for side in SIDES:
        for muscle in anatomy.muscles:
            _muscle(muscle, side, bodies, tendons, actuators)
    sensors = SubElement(root, "sensor")
    for side in SIDES:
        for part in TOUCH_SITES:
            SubElement(sensors, "touch", name=f"{part}_touch_{side}", site=f"{part}_touch_{side}")
    return root, pelvis


def _visual(root: Element) -> None:
    visual = SubElement(root, "visual")
    SubElement(visual, "headlight", ambient="0.35 0.35 0.35", diffuse="0.45 0.45 0.45", specular="0.1 0.1 0.1")
    SubElement(visual, "map", znear="0.01")
    SubElement(visual, "global", offwidth="1280", offheight="960")
    SubElement(visual, "quality", shadowsize="4096")
    colors = {
        "actuator": "0.4 0.42 0.62 1",
        "actuatornegative": "0.4 0.42 0.62 1",
        "actuatorpositive": "0.95 0.12 0.08 1",
    }
    SubElement(visual, "rgba", colors, haze="0.92 0.94 0.97 1")
    SubElement(root, "statistic", center="0 0 0.9", extent="2", meansize="0.05")


def _defaults(root: Element) -> None:
    default = SubElement(root, "default")
    SubElement(default, "joint", limited="true")
    SubElement(default, "tendon", width="0.005", rgba="0.75 0.2 0.2 1")
    SubElement(default, "site", group="4", size="0.004", rgba="0.8 0.3 0.3 1")
    for name, attributes in {
        "bone": {"group": "1", "contype": "0", "conaffinity": "0", "material": "bone"},
        "contact": {"group": str(CONTACT_GROUP), "contype": "0", "conaffinity": "0", "rgba": "0.8 0.7 0.5 0.3"},
        "wrap": {"group": "4", "contype": "0", "conaffinity": "0", "rgba": "0.5 0.5 0.9 0.4"},
    }.items():
        SubElement(SubElement(default, "default", {"class": name}), "geom", attributes)
    touch = SubElement(default, "default", {"class": "touch"})
    SubElement(touch, "site", type="box", group="4", rgba="0.8 0.2 0.2 0.3")


def _assets(root: Element) -> None:
    asset = SubElement(root, "asset")
    sky = {"name": "sky", "type": "skybox", "builtin": "gradient", "width": "256", "height": "256"}
    SubElement(asset, "texture", sky, rgb1="0.92 0.94 0.97", rgb2="0.65 0.72 0.8")
    checker = {"name": "floor", "type": "2d", "builtin": "checker", "width": "256", "height": "256"}
    SubElement(asset, "texture", checker, rgb1="0.82 0.84 0.86", rgb2="0.74 0.77 0.8")
    SubElement(asset, "material", name="floor", texture="floor", texrepeat="1 1", texuniform="true")
    SubElement(asset, "material", name="bone", rgba="0.91 0.87 0.77 1", specular="0.15", shininess="0.2")


def _trunk(world: Element, anatomy: Anatomy) -> Element:
    pelvis = _body(world, anatomy.pelvis, "pelvis", np.ones(3))
    pelvis.insert(0, Element("freejoint", name="root"))
    for name, pos, axes in (
        ("side", (0.2, -3.2, 0.15), (1, 0, 0, 0, 0.05, 1)),
        ("front", (3.2, -0.4, 0.15), (0.12, 1, 0, -0.05, 0, 1)),
        ("angle", (2.0, -2.6, 0.45), (0.79, 0.61, 0, -0.1, 0.13, 1)),
    ):
        camera = {"name": name, "mode": "track", "pos": _format(pos), "xyaxes": _format(axes), "fovy": "40"}
        SubElement(pelvis, "camera", camera)
    _bones(pelvis, [bone for bone in anatomy.bones if bone.body == "pelvis"], np.ones(3))
    _bones(pelvis, [bone for bone in anatomy.bones if bone.body == "pelvis"], MIRROR)
    size = anatomy.scale("pelvis")
    _capsule(pelvis, "pelvis", 0.11 * mean_scale(size), np.tile(size, 2) * (-0.08, -0.07, -0.02, -0.08, 0.07, -0.02))
    return pelvis


def _torso(pelvis: Element, anatomy: Anatomy) -> None:
    """Fix the lumped trunk to the pelvis, after the legs, so that the moving bodies come first."""
    torso = _body(pelvis, _lump("torso", anatomy.trunk), "torso", np.ones(3))
    _bones(torso, [bone for bone in anatomy.bones if bone.body == "torso"], np.ones(3))
    size = anatomy.scale("torso")
    _capsule(torso, "torso", 0.12 * mean_scale(size), np.tile(size, 2) * (-0.085, 0.0, 0.2, -0.085, 0.0, 0.66))


def _legs(pelvis: Element, anatomy: Anatomy) -> dict[str, Element]:
    elements: dict[str, Element] = {}
    for side, flip in SIDES.items():
        for body in anatomy.leg:
            parent = elements[f"{body.parent}_{side}"] if body.parent != "pelvis" else pelvis
            element = _body(parent, body, f"{body.name}_{side}", flip)
            elements[f"{body.name}_{side}"] = element
            for joint in (joint for joint in anatomy.joints if joint.body == body.name):
                attributes = {"name": f"{joint.name}_{side}", "pos": _format(flip * joint.anchor)}
                attributes["axis"] = _format(joint.axis if side == "r" else MIRROR_AXIS * joint.axis)
                attributes["range"] = _format(joint.range)
                attributes |= {"damping": _format((joint.damping,)), "armature": _format((joint.armature,))}
                SubElement(element, "joint", attributes)
            _bones(element, [bone for bone in anatomy.bones if bone.body == body.name], flip)
            for contact in (contact for contact in anatomy.contacts if contact.body == body.name):
                ends = np.concatenate([flip * end for end in contact.ends])
                capsule = _capsule(element, f"{contact.name}_{side}", contact.radius, ends)
                if body.name in FOOT:
                    capsule.set("contype", "1")
            for part, (owner, center, size) in TOUCH_SITES.items():
                if owner == body.name:
                    scale = anatomy.scale(body.name)
                    site = {"class": "touch", "name": f"{part}_touch_{side}", "size": _format(scale * size)}
                    SubElement(element, "site", site, pos=_format(flip * scale * center))
    return elements


def mean_scale(scale: Vector) -> float:
    """Return the factor of a radius for factors along x, y and z: their geometric mean."""
    return float(np.exp(np.log(scale).mean()))


def _body(parent: Element, body: Body, name: str, flip: Vector) -> Element:
    element = SubElement(parent, "body", name=name, pos=_format(flip * body.pos))
    tensor = body.inertia * np.outer(flip, flip)
    entries = (*np.diag(tensor), tensor[0, 1], tensor[0, 2], tensor[1, 2])
    inertial = {"pos": _format(flip * body.com), "mass": _format((body.mass,))}
    SubElement(element, "inertial", inertial, fullinertia=_format(entries))
    return element


def _lump(name: str, bodies: Sequence[Body]) -> Body:
    """Return one rigid body for several whose centers and inertias are given in the same axes."""
    masses = np.array([body.mass for body in bodies])
    mass = float(masses.sum())
    com = np.average([body.com for body in bodies], axis=0, weights=masses)
    inertia = np.zeros((3, 3))
    for body in bodies:
        arm = body.com - com
        inertia += body.inertia + body.mass * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    return Body(name, "pelvis", np.zeros(3), mass, com, inertia)


def _bones(element: Element, bones: Iterable[Bone], flip: Vector) -> None:
    for bone in bones:
        attributes = {"class": "bone", "type": bone.type, "size": _format(bone.size)}
        points = np.concatenate([flip * point for point in bone.points])
        SubElement(element, "geom", attributes | {"fromto" if len(points) == 6 else "pos": _format(points)})


def _pairs(root: Element, anatomy: Anatomy) -> None:
    """List the contact pairs: everything with the ground, and one leg with the other.

    With collision masks MuJoCo would sort all bodies in space at every step, which takes longer than the list. Only the
    feet have a mask, so that they stand on anything a user adds to the world.
    """
    contact = SubElement(root, "contact")
    legs = [f"{shape.name}_{side}" for side in SIDES for shape in anatomy.contacts]
    for name in (*TRUNK_CONTACTS, *legs):
        SubElement(contact, "pair", geom1="floor", geom2=name, condim="3", friction="1 1 0.005 0.0001 0.0001")
    for group in LEG_CONTACTS:
        for right, left in product(group, group):
            SubElement(contact, "pair", geom1=f"{right}_r", geom2=f"{left}_l", condim="1")


def _capsule(element: Element, name: str, radius: float, ends: Vector) -> Element:
    attributes = {"class": "contact", "name": name, "type": "capsule", "size": _format((radius,))}
    return SubElement(element, "geom", attributes, fromto=_format(ends))


def _muscle(muscle: Muscle, side: str, bodies: dict[str, Element], tendons: Element, actuators: Element) -> None:
    name, flip = f"{muscle.name}_{side}", SIDES[side]
    tendon = SubElement(tendons, "spatial", name=name)
    for order, point in enumerate(muscle.path):
        body = bodies["pelvis" if point.body == "pelvis" else f"{point.body}_{side}"]
        label = f"{name}_{order}"
        if point.kind == "site":
            SubElement(body, "site", name=label, pos=_format(flip * point.pos))
            SubElement(tendon, "site", site=label)
            continue
        assert point.radius is not None
        assert point.side is not None
        wrap = {"class": "wrap", "name": label, "type": point.kind, "pos": _format(flip * point.pos)}
        if point.axis is None:
            wrap["size"] = _format((point.radius,))
        else:
            wrap |= {"size": _format((point.radius, 0.05)), "zaxis": _format(flip * point.axis)}
        SubElement(body, "geom", wrap)
        SubElement(body, "site", name=f"{label}_side", pos=_format(flip * point.side))
        SubElement(tendon, "geom", geom=label, sidesite=f"{label}_side")
    lengths, operating = _ranges(muscle)
    attributes = {
        "name": name,
        "tendon": name,
        "lengthrange": _format(lengths),
        "range": _format(operating),
        "force": _format((muscle.max_force,)),
        "timeconst": _format((muscle.tau_act, muscle.tau_deact)),
    }
    attributes |= {key: _format((getattr(muscle, key),)) for key in ("lmin", "lmax", "vmax", "fpmax", "fvmax")}
    SubElement(actuators, "muscle", attributes)


def _ranges(muscle: Muscle) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return length range [m] and operating range, with a positive low end.

    MuJoCo treats a negative operating range as missing. If a muscle has no fiber length left at the low end of its
    length range, another low end gives the same optimal and slack lengths, which are all that MuJoCo uses both ranges
    for.
    """
    low, high = muscle.operating_range
    if low >= LEAST_FIBER:
        return muscle.length_range, muscle.operating_range
    shortest = muscle.tendon_slack_length + LEAST_FIBER * muscle.optimal_fiber_length
    return (shortest, muscle.length_range[1]), (LEAST_FIBER, high)


def _keyframe(root: Element, standing: Standing) -> None:
    quat = rotations.from_rotvec([0.0, standing.pitch, 0.0])
    activation = _format(np.tile(standing.activation, 2))
    key = {"name": "stand", "qpos": _format((0, 0, standing.height, *quat, *np.tile(standing.angles, 2)))}
    SubElement(SubElement(root, "keyframe"), "key", key, act=activation, ctrl=activation)


def _standing_height(xml: str) -> float:
    """Return the height of the pelvis [m] at which the lowest point of the feet touches the ground in the zero pose."""
    model = mujoco.MjModel.from_xml_string(xml)
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    feet = [i for i in range(model.ngeom) if model.geom_group[i] == CONTACT_GROUP]
    drop = np.abs(data.geom_xmat[feet, 8]) * model.geom_size[feet, 1] + model.geom_size[feet, 0]
    return round(float(np.max(drop - data.geom_xpos[feet, 2])), 6)


def _format(numbers: Iterable[float] | NDArray[np.float64]) -> str:
    """Format numbers with seven significant digits, without negative zero."""
    return " ".join(f"{float(f'{number:.7g}') + 0.0:.7g}" for number in numbers)


def _to_text(root: Element) -> str:
    indent(root)
    return tostring(root, encoding="unicode") + "\n"
