"""OpenSim models: files written here, with figures known by hand."""

from __future__ import annotations

import pytest

from kinesis_env.errors import ConfigError
from kinesis_env.model.anatomy import read_anatomy
from kinesis_env.model.bodies import make_body
from kinesis_env.model.bodies.opensim import read_osim

ANATOMY = read_anatomy()
#: Where the joints of the default body are in OpenSim's axes, and what its bodies weigh.
PLACES = {
    "femur": ("pelvis", (-0.056276, -0.07849, 0.07726)),
    "tibia": ("femur", (-4.6e-07, -0.404425, -0.00126526)),
    "talus": ("tibia", (-0.01, -0.4, 0.0)),
    "calcn": ("talus", (-0.04877, -0.04195, 0.00792)),
    "toes": ("calcn", (0.1788, -0.002, 0.00108)),
}
MASSES = {"pelvis": 10.0, "torso": 30.0, "femur": 8.0, "tibia": 3.0, "talus": 0.1, "calcn": 1.0, "toes": 0.2}


def bodies(longer):
    """Yield name, mass, parent and place of each body; ``longer`` are factors of the distance that ends a segment."""
    yield "pelvis", MASSES["pelvis"], "ground", (0.0, 0.0, 0.0)
    for side, sign in (("r", 1.0), ("l", -1.0)):
        for name, (parent, place) in PLACES.items():
            factor = longer.get(name, 1.0)
            at = [factor * x for x in place]
            at[2] *= sign
            yield f"{name}_{side}", MASSES[name], parent if parent == "pelvis" else f"{parent}_{side}", at
    yield "torso", MASSES["torso"], "pelvis", (-0.1, 0.08, 0.0)


def version4(longer=None, scales=None):
    """Return a model as OpenSim 4 writes it."""
    parts, joints = [], []
    for name, mass, parent, place in bodies(longer or {}):
        mesh = (scales or {}).get(name.split("_")[0])
        shape = "" if mesh is None else (
            f"<attached_geometry><Mesh name='m'><scale_factors>{mesh}</scale_factors></Mesh></attached_geometry>"
        )  # fmt: skip
        parts.append(f"<Body name='{name}'>{shape}<mass>{mass}</mass><inertia>1 1 1 0 0 0</inertia></Body>")
        where = " ".join(str(x) for x in place)
        joints.append(
            f"<CustomJoint name='j_{name}'><socket_parent_frame>{parent}_offset</socket_parent_frame>"
            f"<socket_child_frame>{name}_offset</socket_child_frame><frames>"
            f"<PhysicalOffsetFrame name='{parent}_offset'><socket_parent>/bodyset/{parent}</socket_parent>"
            f"<translation>{where}</translation></PhysicalOffsetFrame>"
            f"<PhysicalOffsetFrame name='{name}_offset'><socket_parent>/bodyset/{name}</socket_parent>"
            f"<translation>0 0 0</translation></PhysicalOffsetFrame></frames></CustomJoint>"
        )
    return (
        "<?xml version='1.0' encoding='UTF-8' ?><OpenSimDocument Version='40000'><Model name='person'>"
        "<BodySet><objects>"
        f"{''.join(parts)}</objects></BodySet><JointSet><objects>{''.join(joints)}</objects></JointSet>"
        "</Model></OpenSimDocument>"
    )


def version3():
    """Return a model as OpenSim 3 writes it, whose knee is placed by functions as in the model of Delp 1990."""
    parts = []
    for name, mass, parent, place in bodies({}):
        moved, at = "", place
        if name.startswith("tibia"):
            axes = "".join(
                f"<TransformAxis name='translation{i + 1}'><axis>{axis}</axis><function><MultiplierFunction><function>"
                f"<SimmSpline><x>-1 0 1</x><y>9 {value} 9</y></SimmSpline></function><scale>1.1</scale>"
                "</MultiplierFunction></function></TransformAxis>"
                for i, (axis, value) in enumerate(zip(("1 0 0", "0 1 0", "0 0 1"), place, strict=True))
            )
            moved, at = f"<SpatialTransform>{axes}</SpatialTransform>", (0.0, 0.0, 0.0)
        where = " ".join(str(x) for x in at)
        joint = (
            f"<Joint><CustomJoint name='j_{name}'><parent_body>{parent}</parent_body>"
            f"<location_in_parent>{where}</location_in_parent>{moved}</CustomJoint></Joint>"
        )
        parts.append(f"<Body name='{name}'><mass>{mass}</mass>{joint}</Body>")
    return (
        "<OpenSimDocument Version='30000'><Model name='old'><BodySet><objects>"
        f"{''.join(parts)}</objects></BodySet></Model></OpenSimDocument>"
    )


def written(tmp_path, text):
    path = tmp_path / "model.osim"
    path.write_text(text, encoding="utf-8")
    return path


def test_lengths_and_masses_of_version_4(tmp_path):
    longer = {"tibia": 1.1, "talus": 0.95, "femur": 1.05, "toes": 1.2}
    found = read_osim(written(tmp_path, version4(longer)), ANATOMY)
    scales = found["scales"]
    assert scales["femur"] == pytest.approx([1.1] * 3)
    assert scales["tibia"] == pytest.approx([0.95] * 3)
    assert scales["foot"] == pytest.approx([1.2] * 3)
    assert scales["pelvis"][1] == pytest.approx(1.05)
    assert scales["torso"] == pytest.approx([1.025] * 3)  # as the legs
    assert found["masses"] == pytest.approx({"pelvis": 10.0, "torso": 30.0, "femur": 8.0, "tibia": 3.0, "foot": 1.3})
    assert found["mass"] == pytest.approx(64.6)
    body = make_body({"osim": str(tmp_path / "model.osim")})
    assert body.model.body_mass.sum() == pytest.approx(64.6, rel=1e-6)
    assert body.model.body("tibia_r").pos[2] == pytest.approx(-1.1 * 0.404425)


def test_width_and_depth_follow_the_meshes(tmp_path):
    """OpenSim's order is forward, up, right; this package's forward, left, up."""
    text = version4({}, {"femur": "1.3 1.0 0.9", "pelvis": "1.1 1.2 1.0", "torso": "1 1.1 1", "tibia": "1 1 1"})
    scales = read_osim(written(tmp_path, text), ANATOMY)["scales"]
    assert scales["femur"] == pytest.approx([1.3, 0.9, 1.0])
    assert scales["pelvis"] == pytest.approx([1.1, 1.0, 1.2])
    assert scales["torso"] == pytest.approx([1 / 1.1 * 1.1, 1.0, 1.1])


def test_version_3_with_a_knee_of_functions(tmp_path):
    scales = read_osim(written(tmp_path, version3()), ANATOMY)["scales"]
    assert scales["femur"] == pytest.approx([1.1] * 3)
    assert scales["tibia"] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not XML"),
        ("<a><b></a>", "not XML"),
        ("<html></html>", "not an OpenSim model: its root is <html>"),
        ("<OpenSimDocument><Model/></OpenSimDocument>", "no body pelvis, femur_r"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><OpenSimDocument/>", "entities are not allowed"),
        (version4().replace("<mass>8.0</mass>", "<mass>nan</mass>"), "finite numbers"),
        (version4().replace("<mass>8.0</mass>", "<mass>heavy</mass>"), "not a list of numbers"),
        (version4().replace("<mass>8.0</mass>", "<mass>0</mass>"), "every segment needs a mass"),
        (version4().replace("/bodyset/femur_r", "/bodyset/nothing"), "no joint for femur_r|the parent of"),
    ],
)
def test_files_that_are_no_models(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        read_osim(written(tmp_path, text), ANATOMY)


def test_other_files(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        make_body({"osim": str(tmp_path / "none.osim")})
    with pytest.raises(ConfigError, match="must be a path"):
        make_body({"osim": 3})
    with pytest.raises(ConfigError, match="remove height"):
        make_body({"osim": "a.osim", "height": 1.7})
    (tmp_path / "latin.osim").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_osim(tmp_path / "latin.osim", ANATOMY)
    too_long = version4({"tibia": 2.0})
    with pytest.raises(ConfigError, match=r"body\['scales'\]\['femur'\] must be from 0.6 to 1.6"):
        make_body({"osim": str(written(tmp_path, too_long))})
