"""Joint moments from measured loads: against forces that are known, and bodies of another mass, size and place."""

import dataclasses
import re

import mujoco
import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.dynamics import (
    GRAVITY,
    Loads,
    RecordedMotion,
    estimate_ground_force,
    generalized_forces,
    inverse_dynamics,
)
from kinesis_env.dynamics.inverse import _free_model
from kinesis_env.errors import MotionError
from kinesis_env.model.names import JOINTS, shared_model
from kinesis_env.motions.retargeting.recorded import lumbar_angles
from tests.dynamics.courses import course, standing, swaying

MASS = shared_model().body_mass.sum()


def loads_of(found, times, mass=None):
    """Return the loads that a ground force amounts to."""
    feet = found.point_force.reshape(len(times), 2, 8, 3)
    moment = np.cross(found.points.reshape(feet.shape), feet).sum(axis=2)
    force = feet.sum(axis=2)
    up = np.maximum(force[..., 2], 1e-9)
    point = np.stack((-moment[..., 1] / up, moment[..., 0] / up, np.zeros_like(up)), axis=-1)
    return Loads(times, force, point, moment - np.cross(point, force), mass)


def recorded(sway, **changes):
    """Return a recording of a course of this body."""
    fields = {"name": "sway", "start": 0.0, "lumbar": None, "scale": 1.0, "offset": np.zeros(3)}
    return RecordedMotion(sway.qpos, sway.qvel, sway.fps, **{**fields, **changes})


@pytest.fixture(scope="module")
def sway():
    return swaying()


@pytest.fixture(scope="module")
def found(sway):
    return estimate_ground_force(sway, np.zeros(3))


@pytest.fixture(scope="module")
def times(sway):
    return np.arange(len(sway.qpos)) / sway.fps


def close(moments, found, most):
    inner = slice(15, -15)  # the filter of the loads needs some frames to settle
    return np.abs(moments.moments - found.joint_moment)[inner].max() < most


def test_loads_that_are_the_ground_force_leave_its_moments(sway, found, times):
    moments = inverse_dynamics(sway, loads_of(found, times))
    assert moments.names == JOINTS
    assert close(moments, found, 1.5)
    assert np.abs(moments.residual - found.root_residual)[15:-15].max() < 2.0
    assert moments.covered.all()
    np.testing.assert_allclose(moments.powers, moments.moments * sway.qvel[:, 6:])
    assert any("74.9 kg" in note for note in moments.notes)


def test_loads_of_another_person_are_scaled_to_this_body(sway, found, times):
    """Of someone half as heavy and a fifth taller, on another clock and in another place of the laboratory."""
    own = loads_of(found, times)
    offset = np.array([3.0, -1.0, 0.0])
    moved = sway.qpos.copy()
    moved[:, :3] += offset
    motion = recorded(course(moved, sway.fps), start=7.0, scale=1 / 1.2, offset=offset)
    other = Loads(times + 7.0, 0.5 * own.force, 1.2 * own.point, 0.6 * own.torque)
    moments = inverse_dynamics(motion, other)
    assert close(moments, found, 3.0)
    assert any(f"person of {0.5 * MASS:.1f} kg" in note for note in moments.notes)
    assert moments.times[0] == pytest.approx(7.0)


@pytest.mark.parametrize("shift", [(0.02, 0.0, 0.0), (-0.02, 0.0, 0.0), (0.01, 0.02, -0.015), (0.0, 0.01, 0.01)])
def test_loads_of_other_proportions_are_moved_until_the_body_is_balanced(sway, found, times, shift):
    """Both feet forward, and each to its side; not of a body's own loads."""
    own = loads_of(found, times)
    forward, right, left = shift
    moved = dataclasses.replace(own, point=own.point + [[forward, right, 0], [forward, left, 0]])
    moments = inverse_dynamics(recorded(sway), moved)
    assert close(moments, found, 3.0)
    note = next(note for note in moments.notes if "moved forward" in note)
    assert [float(number) for number in re.findall(r"(-?\d+) mm", note)] == pytest.approx(
        [-1000 * part for part in shift], abs=3
    )
    assert not close(inverse_dynamics(sway, moved), found, 3.0)


def test_loads_are_not_moved_farther_than_proportions_explain(sway, found, times):
    own = loads_of(found, times)
    far = dataclasses.replace(own, point=own.point + [0.1, 0, 0])
    assert any("forward by -30 mm" in note for note in inverse_dynamics(recorded(sway), far).notes)


def test_without_loads_it_takes_the_ground_force_that_explains_the_motion(sway, found):
    moments = inverse_dynamics(sway, belt=np.zeros(3))
    assert close(moments, found, 1.5)
    assert moments.covered is None
    assert any("estimated" in note for note in moments.notes)


def test_frames_in_which_a_foot_stands_beside_the_plates_are_told(sway, found, times):
    own = loads_of(found, times)
    force = own.force.copy()
    force[60:, 1] = 0.0
    moments = inverse_dynamics(sway, dataclasses.replace(own, force=force, torque=np.zeros_like(force)))
    assert moments.covered[:45].all()
    assert not moments.covered[75:].any()
    assert any("beside the plates" in note for note in moments.notes)


def test_frames_in_which_a_foot_stands_on_the_plate_of_the_other_are_told(sway, found, times):
    own = loads_of(found, times)
    force, moment = own.force.copy(), np.cross(own.point, own.force) + own.torque
    for array in (force, moment):
        array[50:70, 0] += array[50:70, 1]
        array[50:70, 1] = 0.0
    point = np.stack((-moment[..., 1], moment[..., 0], 0.0 * moment[..., 0]), axis=-1)
    point /= np.maximum(force[..., 2:], 1e-9)
    moments = inverse_dynamics(sway, Loads(times, force, point, moment - np.cross(point, force)))
    assert not moments.covered[52:68].any()
    assert moments.covered[:30].all()
    assert moments.covered[90:].all()
    assert any("not, or not only, its own" in note for note in moments.notes)


def test_loads_of_exchanged_sides_are_told(sway, found, times):
    own = loads_of(found, times)
    apart = own.point * [1, 4, 1]  # feet that stand farther apart than the legs of this body
    swapped = dataclasses.replace(own, force=own.force[:, ::-1], point=apart[:, ::-1], torque=own.torque[:, ::-1])
    notes = inverse_dynamics(sway, swapped).notes
    assert sum("are the sides exchanged?" in note for note in notes) == 2


def test_loads_of_another_trial_are_errors(sway, found, times):
    own = loads_of(found, times)
    with pytest.raises(MotionError, match=r"loads are from 50.00 to .* do not overlap"):
        inverse_dynamics(sway, dataclasses.replace(own, times=times + 50.0))
    with pytest.raises(MotionError, match="newtons"):
        inverse_dynamics(sway, dataclasses.replace(own, force=1e-3 * own.force))
    with pytest.raises(MotionError, match=r"loads must be a result of read_loads.*'trial.mot'"):
        inverse_dynamics(sway, "trial.mot")
    with pytest.raises(MotionError, match="belt"):
        inverse_dynamics(sway, belt=[1.0, 2.0])
    with pytest.raises(MotionError, match="trunk"):
        inverse_dynamics(sway, own, "bent")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"force": np.zeros((120, 3))}, r"force .*\(120, 2, 3\)"),
        ({"torque": np.full((120, 2, 3), np.nan)}, "torque"),
        ({"times": np.zeros(120)}, "increase"),
        ({"mass": -3.0}, "mass"),
    ],
)
def test_impossible_loads_are_errors(found, times, changes, message):
    with pytest.raises(MotionError, match=message):
        dataclasses.replace(loads_of(found, times), **changes)


def test_standing_on_one_leg_takes_the_moment_of_the_weight_about_its_joints():
    """The weight straight under the right hip center, without torque: the hip then needs only what the leg weighs."""
    stand = standing()
    model = shared_model()
    data = mujoco.MjData(model)
    data.qpos[:] = stand.qpos[0]
    mujoco.mj_forward(model, data)
    force, point = np.zeros((20, 2, 3)), np.zeros((20, 2, 3))
    force[:, 0, 2] = MASS * GRAVITY
    point[:, 0] = data.xpos[model.body("femur_r").id] * [1, 1, 0]
    loads = Loads(np.arange(20) / 30.0, force, point, np.zeros_like(force), MASS)
    moments = inverse_dynamics(stand, loads)
    column = JOINTS.index("hip_adduction_r")
    leg = [model.body(f"{name}_r").id for name in ("femur", "tibia", "talus", "calcn", "toes")]
    arm = data.xipos[leg] - data.xpos[leg[0]]
    weight = -GRAVITY * model.body_mass[leg]
    about = np.cross(arm, weight[:, None] * [0, 0, 1]).sum(axis=0)
    axis = data.xaxis[model.joint("hip_adduction_r").id]
    # What gravity does about the hip must be taken by the muscles, the other way.
    np.testing.assert_allclose(moments.moments[:, column], -axis @ about, atol=0.5)


def test_a_trunk_that_turns_takes_its_own_lumbar_moment(sway):
    """With lumbar hinges at zero nothing changes; with a trunk that sways, the whole body still needs its weight."""
    frames = len(sway.qpos)
    still = recorded(sway, lumbar=np.zeros((frames, 3)))
    np.testing.assert_allclose(generalized_forces(still), generalized_forces(sway), atol=1e-9)
    bent = recorded(sway, lumbar=np.tile([-0.2, 0.0, 0.0], (frames, 1)))
    turned, rigid = generalized_forces(bent), generalized_forces(bent, trunk="rigid")
    np.testing.assert_allclose(rigid, generalized_forces(sway), atol=1e-9)
    assert turned[:, 2].mean() == pytest.approx(MASS * GRAVITY, rel=0.01)
    # Bent forward, the center of mass of the trunk (37.1 kg) moves by 34 mm: 0.029 m ahead of the joint, 0.175 m above.
    np.testing.assert_allclose((turned - rigid)[:, 4], -37.14 * GRAVITY * 0.0343, atol=0.5)


def test_lumbar_angles_put_the_trunk_where_it_was_recorded():
    rng = np.random.default_rng(0)
    pelvis, trunk = (rotations.from_rotvec(0.4 * rng.standard_normal((20, 3))) for _ in range(2))
    lumbar = lumbar_angles(pelvis, trunk)
    model = _free_model(lumbar=True)
    data = mujoco.MjData(model)
    for row in range(20):
        data.qpos[:] = 0.0
        data.qpos[3:7], data.qpos[-3:] = pelvis[row], lumbar[row]
        mujoco.mj_kinematics(model, data)
        turn = rotations.to_matrix(trunk[row])
        np.testing.assert_allclose(data.xmat[model.body("torso").id].reshape(3, 3), turn, atol=1e-9)
