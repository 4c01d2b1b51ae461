"""The built model: names, size, mirror symmetry, masses, contacts and the standing pose."""

from __future__ import annotations

import re

import mujoco
import numpy as np
import pytest

from kinesis_env.making.accuracy import lengths_and_moment_arms
from kinesis_env.making.model import main
from kinesis_env.model import LOWER_BODY
from kinesis_env.model.anatomy import read_anatomy
from kinesis_env.model.mjcf import build_xml

JOINTS = ["hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle", "mtp_angle"]
MUSCLES = [
    "addbrev",
    "addlong",
    "addmagDist",
    "addmagIsch",
    "addmagMid",
    "addmagProx",
    "bflh",
    "bfsh",
    "edl",
    "ehl",
    "fdl",
    "fhl",
    "gaslat",
    "gasmed",
    "glmax1",
    "glmax2",
    "glmax3",
    "glmed1",
    "glmed2",
    "glmed3",
    "glmin1",
    "glmin2",
    "glmin3",
    "grac",
    "iliacus",
    "perbrev",
    "perlong",
    "piri",
    "psoas",
    "recfem",
    "sart",
    "semimem",
    "semiten",
    "soleus",
    "tfl",
    "tibant",
    "tibpost",
    "vasint",
    "vaslat",
    "vasmed",
]
MIRROR = np.array([1.0, -1.0, 1.0])


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_path(str(LOWER_BODY))


@pytest.fixture
def standing(model):
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    mujoco.mj_forward(model, data)
    return data


def swap(angles):
    """Exchange right and left; the joints' signs are the same on both sides."""
    return np.concatenate([angles[..., 7:], angles[..., :7]], axis=-1)


def test_shipped_file_is_what_the_tables_build():
    assert LOWER_BODY.read_text(encoding="utf-8") == build_xml()


def test_check_notices_a_stale_file(tmp_path, capsys):
    out = tmp_path / "model.xml"
    assert main(["--out", str(out), "--check"]) == 1
    assert main(["--out", str(out)]) == 0
    assert main(["--out", str(out), "--check"]) == 0
    out.write_text(out.read_text().replace("0.5", "0.6", 1))
    assert main(["--out", str(out), "--check"]) == 1
    assert "out of date" in capsys.readouterr().out


def test_names_and_size(model):
    assert (model.nq, model.nv, model.nu, model.neq) == (21, 20, 80, 0)
    assert [model.joint(i).name for i in range(15)] == ["root"] + [f"{name}_{side}" for side in "rl" for name in JOINTS]
    assert [model.actuator(i).name for i in range(80)] == [f"{name}_{side}" for side in "rl" for name in MUSCLES]
    assert [model.tendon(i).name for i in range(80)] == [model.actuator(i).name for i in range(80)]
    assert model.opt.timestep == pytest.approx(1 / 150, rel=1e-15)
    assert model.nsensor == 4
    assert {model.cam(i).name for i in range(model.ncam)} == {"side", "front", "angle"}


def test_needs_no_other_file():
    assert not re.search(r"\bfile\s*=|<include", LOWER_BODY.read_text(encoding="utf-8"))


def test_identity_root_faces_forward_and_stands_upright(standing):
    toes, heel = standing.body("toes_r").xpos, standing.body("calcn_r").xpos
    assert toes[0] - heel[0] > 0.15
    assert standing.body("femur_l").xpos[1] > 0.05 > -0.05 > standing.body("femur_r").xpos[1]
    assert standing.body("pelvis").xpos[2] > standing.body("tibia_r").xpos[2] > heel[2] > 0


def test_left_leg_mirrors_right(model):
    rng = np.random.default_rng(0)
    low, high = model.jnt_range[1:].T
    angles = rng.uniform(low, high, (50, 14))
    lengths, arms = lengths_and_moment_arms(model, angles)
    other_lengths, other_arms = lengths_and_moment_arms(model, swap(angles))
    np.testing.assert_allclose(lengths[:, :40], other_lengths[:, 40:], atol=1e-12)
    np.testing.assert_allclose(arms[:, :40], swap(other_arms[:, 40:]), atol=1e-12)


def test_left_leg_mirrors_right_in_mass_and_strength(model):
    for name in ("femur", "tibia", "talus", "calcn", "toes"):
        right, left = model.body(f"{name}_r"), model.body(f"{name}_l")
        np.testing.assert_array_equal(right.mass, left.mass)
        np.testing.assert_allclose(right.ipos, MIRROR * left.ipos, atol=1e-15)
        np.testing.assert_allclose(right.inertia, left.inertia, rtol=1e-9)
    np.testing.assert_array_equal(model.actuator_gainprm[:40], model.actuator_gainprm[40:])
    np.testing.assert_array_equal(model.actuator_lengthrange[:40], model.actuator_lengthrange[40:])
    np.testing.assert_array_equal(model.dof_damping[6:13], model.dof_damping[13:])


def test_mass(model):
    assert model.body_mass.sum() == pytest.approx(75.0, rel=0.01)


def test_trunk_is_lumped_by_the_parallel_axis_theorem(model):
    parts = read_anatomy().trunk
    torso = model.body("torso")
    mass = sum(part.mass for part in parts)
    center = sum(part.mass * part.com for part in parts) / mass
    np.testing.assert_allclose(torso.mass, mass, rtol=1e-6)
    np.testing.assert_allclose(torso.ipos, center, atol=1e-7)
    expected = np.zeros((3, 3))
    for part in parts:
        x, y, z = part.com - center
        shift = np.array(
            [[y * y + z * z, -x * y, -x * z], [-x * y, x * x + z * z, -y * z], [-x * z, -y * z, x * x + y * y]]
        )
        expected += part.inertia + part.mass * shift
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, torso.iquat)
    turn = turn.reshape(3, 3)
    np.testing.assert_allclose(turn @ np.diag(torso.inertia) @ turn.T, expected, atol=1e-6)


def test_stands_on_the_ground(model, standing):
    assert standing.ncon >= 4
    assert all(contact.dist > -2e-3 for contact in standing.contact)  # the soles give by a millimeter under the weight
    floor = model.geom("floor").id
    touching = {model.geom(contact.geom[1]).name for contact in standing.contact if contact.geom[0] == floor}
    parts = ("foot_medial", "foot_lateral", "toes_front", "toes_back")
    assert touching == {f"{part}_{side}" for part in parts for side in "rl"}
    heels = [contact.pos for contact in standing.contact if contact.pos[0] < standing.body("talus_r").xpos[0]]
    assert len(heels) == 4
    assert min(contact.dist for contact in standing.contact) < 1e-5


def test_feet_feel_the_ground(model, standing):
    felt = []
    for _ in range(30):
        mujoco.mj_step(model, standing)
        felt.append(standing.sensordata.copy())
    assert np.all(np.max(felt, axis=0) > 0)
    assert 0.2 < np.sum(np.mean(felt, axis=0)) / (model.body_mass.sum() * 9.81) < 2


def test_legs_touch_each_other(model):
    data = mujoco.MjData(model)
    data.qpos[2] = 2.0
    pairs = set()
    for angle in (0.05, 0.1, 0.4):
        data.joint("hip_adduction_r").qpos = data.joint("hip_adduction_l").qpos = angle
        mujoco.mj_forward(model, data)
        pairs |= {frozenset(model.geom(i).name for i in contact.geom) for contact in data.contact}
    assert {frozenset({"shank_r", "shank_l"}), frozenset({"thigh_r", "thigh_l"})} <= pairs
    assert frozenset({"foot_medial_r", "foot_medial_l"}) in pairs


def test_feet_stand_on_what_is_added_to_the_world():
    spec = mujoco.MjSpec.from_file(str(LOWER_BODY))
    spec.worldbody.add_geom(name="step", type=mujoco.mjtGeom.mjGEOM_BOX, size=[1, 1, 0.1], pos=[0, 0, 0.1])
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    data.qpos[2] += 0.19
    mujoco.mj_forward(model, data)
    assert {model.geom(i).name for contact in data.contact for i in contact.geom} >= {
        "step",
        "foot_medial_r",
        "toes_front_l",
    }


def test_drawn_shapes_touch_nothing(model):
    drawn = model.geom_group == 1
    assert drawn.sum() > 30
    assert not model.geom_contype[drawn].any()
    assert not model.geom_conaffinity[drawn].any()
    paired = {*model.pair_geom1, *model.pair_geom2}
    assert not paired & set(np.flatnonzero(drawn))


#: Muscle and joint whose angle it raises, or lowers.
RAISES = [
    "recfem:hip_flexion",
    "semiten:knee_angle",
    "psoas:hip_flexion",
    "addlong:hip_adduction",
    "gasmed:knee_angle",
    "tibant:ankle_angle",
    "tibpost:subtalar_angle",
]
LOWERS = [
    "vasint:knee_angle",
    "recfem:knee_angle",
    "bflh:hip_flexion",
    "glmax2:hip_flexion",
    "glmed1:hip_adduction",
    "soleus:ankle_angle",
    "gasmed:ankle_angle",
    "perlong:subtalar_angle",
]


@pytest.mark.parametrize(("pair", "sign"), [*((pair, 1) for pair in RAISES), *((pair, -1) for pair in LOWERS)])
@pytest.mark.parametrize("side", ["r", "l"])
def test_muscles_pull_the_way_they_should(model, side, pair, sign):
    muscle, joint = pair.split(":")
    angles = np.zeros((3, 14))
    angles[:, [3, 10]] = np.deg2rad([5, 30, 60])[:, None]
    _, arms = lengths_and_moment_arms(model, angles)
    column = model.joint(f"{joint}_{side}").id - 1
    assert np.all(sign * arms[:, model.actuator(f"{muscle}_{side}").id, column] > 0.002)


def test_survives_random_excitations(model):
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    rng = np.random.default_rng(0)
    for _ in range(300):
        data.ctrl[:] = rng.uniform(0, 1, 80)
        mujoco.mj_step(model, data, 5)
    assert np.isfinite(data.qpos).all()
    assert not any(warning.number for warning in data.warning)
    assert np.abs(data.qvel).max() < 40
