"""Accelerations, support, generalized forces and the best ground force, against cases with known answers."""

import mujoco
import numpy as np
import pytest
from scipy.optimize import lsq_linear

from kinesis_env import rotations
from kinesis_env.dynamics import (
    GRAVITY,
    MEASURED,
    ROOT_ONLY,
    accelerations,
    center_of_mass,
    estimate_ground_force,
    generalized_forces,
)
from kinesis_env.dynamics import needed_support as support
from kinesis_env.dynamics.belt import belt_velocity
from kinesis_env.dynamics.ground_force import FRICTION, _point_costs
from kinesis_env.dynamics.muscle_costs import activation_weights
from kinesis_env.dynamics.probe import Probe
from kinesis_env.errors import MotionError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.sole import sole_jacobians, sole_points
from kinesis_env.model.names import load_model
from tests.dynamics.courses import course, standing, swaying
from tests.support import make_wandering_qpos


@pytest.fixture(scope="module")
def model():
    return load_model()


def test_center_of_mass_is_mujocos(model):
    data = mujoco.MjData(model)
    qpos = make_wandering_qpos(20)
    found = center_of_mass(qpos)
    for row, pose in zip(found, qpos, strict=True):
        data.qpos[:] = pose
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        np.testing.assert_allclose(row, data.subtree_com[0], atol=1e-9)


@pytest.mark.parametrize("fps", [30.0, 60.0, 240.0])
def test_a_fall_needs_no_support_and_a_hovering_body_its_weight(fps):
    times = np.arange(round(fps * 0.4)) / fps
    fall = standing(len(times), fps).qpos.copy()
    fall[:, 2] += 1.0 - 0.5 * GRAVITY * times**2
    np.testing.assert_allclose(support(course(fall, fps)), 0.0, atol=1e-6)
    np.testing.assert_allclose(support(standing(len(times), fps)), 1.0, atol=1e-9)


def test_accelerations_do_not_depend_on_the_frame_rate():
    def swinging(fps):
        times = np.arange(round(2 * fps) + 1) / fps
        qpos = standing(len(times), fps).qpos.copy()
        qpos[:, 2] += 0.03 * np.sin(2 * np.pi * 2 * times)
        return accelerations(course(qpos, fps))[:, 2]

    slow, fast = swinging(30.0), swinging(240.0)
    np.testing.assert_allclose(fast[::8][1:-1], slow[1:-1], atol=1e-9)
    expected = -0.03 * (4 * np.pi) ** 2 * np.sin(4 * np.pi * np.arange(61) / 30)
    np.testing.assert_allclose(slow[1:-1], expected[1:-1], atol=0.03 * np.abs(expected).max())


def test_a_standing_body_is_carried_by_the_ground(model):
    found = estimate_ground_force(standing())
    weight = model.body_mass.sum() * GRAVITY
    np.testing.assert_allclose(found.force[..., 2].sum(axis=1), weight, rtol=1e-3)
    np.testing.assert_allclose(found.root_residual, 0.0, atol=0.5)
    assert np.isfinite(found.center_of_pressure).all()


def test_on_one_leg_the_ground_acts_below_the_center_of_mass():
    qpos = standing().qpos.copy()
    qpos[:, 17] += 1.2  # the left knee
    middle, foot = center_of_mass(qpos)[0], sole_points(skeleton().poses(qpos))[0, :8].mean(axis=0)
    lean = np.arctan2(foot[1] - middle[1], middle[2] - foot[2])  # turns the body until its mass is over the right foot
    turn = np.array([np.cos(0.5 * lean), np.sin(-0.5 * lean), 0.0, 0.0])
    qpos[:, :3] -= foot
    qpos[:, :3] = rotations.rotate(turn, qpos[:, :3])
    qpos[:, 3:7] = rotations.multiply(turn, qpos[:, 3:7])
    qpos[:, 8] += lean  # hip adduction keeps the foot nearly flat
    qpos[:, 2] -= sole_points(skeleton().poses(qpos))[0, :8, 2].min()
    found = estimate_ground_force(course(qpos, 30.0), costs=ROOT_ONLY)
    assert np.abs(found.force[:, 1]).max() < 1.0
    over = center_of_mass(qpos)[0, :2]
    missing = np.linalg.norm(found.center_of_pressure[0, 0, :2] - over)
    np.testing.assert_allclose(np.linalg.norm(found.root_residual[0, 3:]), 735.0 * missing, atol=20.0)


def test_a_hovering_body_lacks_its_weight(model):
    high = standing().qpos.copy()
    high[:, 2] += 0.3
    found = estimate_ground_force(course(high, 30.0))
    weight = model.body_mass.sum() * GRAVITY
    assert (found.root_residual[:, 2] > 0.8 * weight).all()


def test_forces_and_residual_add_up_to_the_generalized_forces(model):
    trajectory = standing()
    qpos = trajectory.qpos.copy()
    qpos[:, 1] += 0.02 * np.sin(np.arange(20))
    moved = course(qpos, 30.0)
    found = estimate_ground_force(moved)
    total = generalized_forces(moved)
    data = mujoco.MjData(model)
    bodies = [capsule.body for side in (0, 1) for capsule in skeleton().feet[side] for _ in range(2)]
    jacobian = np.zeros((3, 20))
    for frame in (3, 11):
        data.qpos[:] = qpos[frame]
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        applied = np.zeros(20)
        for point, body, force in zip(found.points[frame], bodies, found.point_force[frame], strict=True):
            mujoco.mj_jac(model, data, jacobian, None, point, body)
            applied += jacobian.T @ force
        applied[:6] += found.root_residual[frame]
        applied[6:] += found.joint_moment[frame]
        np.testing.assert_allclose(applied, total[frame], atol=1e-6)
    up = found.point_force[..., 2]
    assert (up >= -1e-9).all()
    assert (np.abs(found.point_force[..., :2]).sum(axis=-1) <= FRICTION * up + 1e-6).all()


def test_too_short_a_motion_is_an_error():
    with pytest.raises(MotionError, match="three frames"):
        accelerations(course(standing(2).qpos, 30.0))


def walking_in_place(speed):
    """Soles of a foot that stands on a belt, half of the time each, and a body that stays."""
    times = np.arange(200) / 100.0
    points = np.zeros((200, 16, 3))
    for foot, shift in ((0, 0.0), (1, 0.5)):
        at = (times + shift) % 1.0
        points[:, 8 * foot : 8 * foot + 8, 0] = np.where(at < 0.5, -speed * at, -speed * (1.0 - at))[:, None]
        points[:, 8 * foot : 8 * foot + 8, 2] = np.where(at < 0.5, 0.0, 0.1 * np.sin(2 * np.pi * (at - 0.5)))[:, None]
    return points, np.zeros((200, 3))


def test_a_belt_is_found_where_the_body_stays_and_the_soles_move():
    points, body = walking_in_place(1.2)
    np.testing.assert_allclose(belt_velocity(points, body, 100.0), [-1.2, 0, 0], atol=0.01)
    away = 1.2 * np.arange(200)[:, None] / 100.0 * np.array([1.0, 0.0, 0.0])
    assert not belt_velocity(points + away[:, None], body + away, 100.0).any()
    assert not belt_velocity(points[:50], body[:50], 100.0).any()  # too short to tell


def test_a_foot_that_slides_carries_nothing_but_on_a_belt_of_that_speed():
    carried = standing(40, 100.0)
    qpos = carried.qpos.copy()
    qpos[:, 0] -= 0.01 * np.arange(40)  # 1 m/s
    slides = course(qpos, 100.0)
    weight = 74.9 * GRAVITY
    on_belt = estimate_ground_force(slides, [-1.0, 0.0, 0.0])
    np.testing.assert_allclose(on_belt.force[5:-5, :, 2].sum(axis=1), weight, rtol=0.01)
    assert estimate_ground_force(slides, np.zeros(3), costs=ROOT_ONLY).force[..., 2].max() < 0.6 * weight
    assert estimate_ground_force(slides, np.zeros(3), costs=ROOT_ONLY).root_residual[:, 2].min() > 100.0


def test_muscles_tell_how_two_feet_share_the_load():
    """One way to hold a body on two feet is cheapest for the muscles: moments are smaller than without them."""
    sway = swaying(60)
    with_muscles, without = (estimate_ground_force(sway, costs=costs).joint_moment for costs in (MEASURED, ROOT_ONLY))
    assert np.square(with_muscles).mean() < 0.8 * np.square(without).mean()


def test_with_muscles_it_is_the_least_squares_solution(model):
    """Against another solver, and the problem written out: residuals, joints, cost of activations and of contacts."""
    sway = swaying(60)
    qpos = sway.qpos.copy()
    qpos[:, [7, 10, 14, 17]] += [0.3, 0.8, 0.3, 0.8]  # a crouch, in which passive muscles pull
    qpos[:, 2] -= np.median(sole_points(skeleton().poses(qpos))[..., 2].min(axis=1))
    crouch = course(qpos, sway.fps)
    found = estimate_ground_force(crouch, np.zeros(3))
    row = 30
    muscles = Probe(model, 1).look(crouch.qpos[row : row + 1], crouch.qvel[row : row + 1])
    assert np.abs(muscles.passive_moment()).max() > 3.0
    jacobian = sole_jacobians(skeleton().poses(crouch.qpos[row : row + 1]), found.points[row : row + 1])[0]
    edges = np.array([[FRICTION, 0, 1], [-FRICTION, 0, 1], [0, FRICTION, 1], [0, -FRICTION, 1]])
    contact = np.concatenate([(edges @ point).T for point in jacobian], axis=1)  # (20, 64)
    active = np.concatenate((np.zeros((6, 80)), muscles.levers[0] * muscles.capacity[0]))
    scale = 1.0 / np.repeat([1.0, 0.3, 1.0], (3, 3, 14))
    speed = np.linalg.norm(np.gradient(found.points, axis=0)[row] * crouch.fps, axis=-1)
    height = np.maximum(found.points[row, :, 2], 0.0)
    beyond = np.maximum(height / 0.02 - 1.0, 0.0) + np.cbrt(np.maximum(speed / 0.07 - 1.0, 0.0))
    cost = np.concatenate((np.repeat(0.0005 + 0.05 * beyond**3, 4), 10.0 * np.sqrt(activation_weights())))
    system = np.concatenate((scale[:, None] * np.concatenate((contact, active), axis=1), np.diag(cost)))
    wanted = generalized_forces(crouch)[row] - np.concatenate((np.zeros(6), muscles.passive_moment()[0]))
    right = np.concatenate((scale * wanted, np.zeros(144)))
    exact = lsq_linear(system, right, (0.0, np.inf), method="bvls", tol=1e-13).x[:64].reshape(16, 4) @ edges
    np.testing.assert_allclose(found.point_force[row], exact, atol=0.05)


def test_a_contact_costs_more_above_the_ground_and_sliding():
    points = np.zeros((5, 2, 3))
    points[:, 0, 2] = 0.06  # twice the height beyond which it costs more
    points[:, 1, 0] = 0.07 * 9 * np.arange(5)  # eight times the speed
    costs = [_point_costs(points, 1.0, np.zeros(3), sliding) for sliding in (1, 3)]
    np.testing.assert_allclose(costs[0], 0.0005 + 0.05 * np.array([[8.0, 8.0]] * 5))
    np.testing.assert_allclose(costs[1], 0.0005 + 0.05 * np.array([[8.0, 512.0]] * 5))


def test_uphill_the_ground_pushes_forward_with_the_weight_along_the_slope():
    motion = standing()
    level, uphill = (generalized_forces(motion, slope=slope) for slope in (0.0, 5.0))
    weight = load_model().body_mass.sum() * 9.81
    angle = np.radians(5.0)
    more = weight * np.array([np.sin(angle), 0.0, np.cos(angle) - 1.0])
    np.testing.assert_allclose((uphill - level)[:, :3], np.broadcast_to(more, (len(level), 3)), atol=1e-9)
    found = [estimate_ground_force(motion, np.zeros(3), costs=ROOT_ONLY, slope=slope) for slope in (0.0, 5.0)]
    force = [each.force.sum(axis=1).mean(axis=0) for each in found]
    np.testing.assert_allclose(force[1] - force[0], more, atol=0.02 * weight)
