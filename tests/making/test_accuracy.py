"""Lengths and moment arms against the reference, jumps, and the fit that made them."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from kinesis_env.making import accuracy
from kinesis_env.making.accuracy import REFERENCE, compare, read_reference, worst_step
from kinesis_env.making.knee_fit import (
    KNEE_LIMIT,
    QUADRICEPS,
    body_frames,
    crowding,
    fit_knee,
    fit_muscle,
    roomy_poses,
    start,
)
from kinesis_env.model import LOWER_BODY
from kinesis_env.model.anatomy import read_anatomy
from kinesis_env.model.mjcf import build_xml


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_path(str(LOWER_BODY))


@pytest.fixture(scope="module")
def reference():
    return read_reference()


@pytest.fixture(scope="module")
def residuals(model, reference):
    return compare(model, read_anatomy(), reference, knee_limit=KNEE_LIMIT)


def crosses_knee(residual):
    return any(joint.startswith("knee") for joint in residual.arm_rms)


def test_reference_is_small_and_holds_no_objects():
    assert REFERENCE.stat().st_size < 400_000
    with np.load(REFERENCE, allow_pickle=False) as file:
        assert all(file[key].dtype != object for key in file.files)


def test_reference_covers_the_model(model, reference):
    assert reference.muscles == tuple(model.actuator(i).name for i in range(80))
    assert reference.joints == tuple(model.joint(i).name for i in range(1, 15))
    assert len(reference.angles) == 200
    low, high = model.jnt_range[1:].T
    assert np.all(reference.angles >= low - 1e-4)
    assert np.all(reference.angles <= high + 1e-4)


def test_muscles_that_do_not_cross_the_knee_are_exact(residuals):
    others = [residual for residual in residuals if not crosses_knee(residual)]
    assert len(others) == 54
    for residual in others:
        assert max(residual.arm_p99.values()) < 0.0005, residual.muscle
        assert residual.fiber_rms < 1e-3, residual.muscle


def test_muscles_that_cross_the_knee_are_close(residuals):
    for residual in filter(crosses_knee, residuals):
        for joint, rms in residual.arm_rms.items():
            quadriceps = residual.muscle[:-2] in QUADRICEPS and joint.startswith("knee")
            assert rms <= (0.004 if quadriceps else 0.003), (residual.muscle, joint)


def test_lengths_are_close(residuals):
    for residual in residuals:
        assert residual.fiber_rms <= 0.03, residual.muscle


def test_no_moment_arm_where_the_reference_has_none(residuals):
    assert max(residual.stray for residual in residuals) < 1e-6


def test_no_length_jumps_along_any_joint(model):
    low, high = model.jnt_range[1:].T
    for joint in range(14):
        start_, stop = np.zeros(14), np.zeros(14)
        start_[joint], stop[joint] = low[joint], high[joint]
        assert worst_step(model, start_, stop).max() < 1e-5, joint


def test_no_length_jumps_along_random_lines(model):
    low, high = model.jnt_range[1:].T
    for ends in np.random.default_rng(2).uniform(low, high, (20, 2, 14)):
        assert worst_step(model, *ends).max() < 1e-5


def test_a_jump_is_noticed(model):
    broken = mujoco.MjModel.from_xml_path(str(LOWER_BODY))
    geom, side = broken.geom("vasint_r_2").id, broken.site("vasint_r_2_side").id
    broken.geom_size[geom, 0] = 0.07  # so wide that the point on the tibia is inside in extension, outside in flexion
    broken.site_pos[side] = broken.geom_pos[geom] + [0.1, 0, -0.08]
    start_, stop = np.zeros(14), np.zeros(14)
    stop[3] = broken.jnt_range[4, 1]
    assert worst_step(broken, start_, stop).max() > 0.01
    assert worst_step(model, start_, stop).max() < 1e-5


def test_knee_extensors_stay_extensors_beyond_the_reference(model):
    angles = np.zeros((25, 14))
    angles[:, 3] = np.deg2rad(np.linspace(0, 120, 25))
    _, arms = accuracy.lengths_and_moment_arms(model, angles)
    for name in QUADRICEPS:
        arm = -arms[:, model.actuator(f"{name}_r").id, 3]
        assert np.all(arm > 0.01)
        assert np.all(arm < 0.05)
        assert np.all(np.diff(arm[14:]) < 0)  # beyond 70 degrees it only falls


def test_path_points_stay_clear_of_fitted_surfaces():
    anatomy = read_anatomy()
    frames = body_frames(anatomy, roomy_poses(anatomy, 300))
    for muscle in anatomy.muscles:
        if muscle.name in QUADRICEPS:
            assert not crowding(muscle.path, frames).any(), muscle.name


def test_shipped_knee_is_the_fitted_one(reference):
    published = next(joint for joint in read_anatomy(fitted=False).joints if joint.name == "knee_angle")
    shipped = next(joint for joint in read_anatomy().joints if joint.name == "knee_angle")
    fitted = fit_knee(published, reference)
    np.testing.assert_allclose(fitted.axis, shipped.axis, atol=1e-5)
    np.testing.assert_allclose(fitted.anchor, shipped.anchor, atol=1e-5)


def test_knee_keeps_the_tibia_where_the_reference_has_it(model, reference):
    data = mujoco.MjData(model)
    data.qpos[3] = 1
    axes = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    for angle, pos in zip(reference.knee_angles, reference.tibia_pos, strict=True):
        if angle > KNEE_LIMIT + 1e-6:
            continue
        data.joint("knee_angle_r").qpos = angle
        mujoco.mj_kinematics(model, data)
        femur = data.body("femur_r")
        there = femur.xmat.reshape(3, 3).T @ (data.body("tibia_r").xpos - femur.xpos)
        assert np.linalg.norm(there - axes @ pos) < 0.004


@pytest.mark.parametrize("name", ["sart", "vaslat"])
def test_shipped_paths_are_the_fitted_ones(reference, name):
    published, shipped = read_anatomy(fitted=False), read_anatomy()
    before = next(muscle for muscle in published.muscles if muscle.name == name)
    after = next(muscle for muscle in shipped.muscles if muscle.name == name)
    problem = start(replace(published, joints=shipped.joints), before)
    fitted = fit_muscle(problem, reference, np.arange(len(reference.angles)) % 4 != 0)
    for element, expected in zip(fitted.path, after.path, strict=True):
        np.testing.assert_allclose(element.pos, expected.pos, atol=2e-4)


def test_published_paths_without_a_fit_are_worse(reference):
    anatomy = read_anatomy(fitted=False)
    model = mujoco.MjModel.from_xml_string(build_xml(anatomy))
    worst = {residual.muscle: max(residual.arm_rms.values()) for residual in compare(model, anatomy, reference)}
    assert worst["vasint_r"] > 0.02
    assert worst["soleus_r"] < 0.0005
