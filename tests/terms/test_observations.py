from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env import rotations
from kinesis_env.model import JOINTS, load_model
from kinesis_env.simulation import Simulation
from kinesis_env.terms import BodyState, observations


@pytest.fixture(scope="module")
def simulation():
    return Simulation(load_model(), 2)


def pose(simulation, yaw=0.0, seed=0):
    """A random pose and velocity, the same for both rows but for the heading of the second."""
    rng = np.random.default_rng(seed)
    qpos = np.zeros(21)
    qpos[:3] = rng.normal(size=3)
    qpos[3:7] = rotations.from_rotvec(rng.normal(size=3) * 0.3)
    lo, hi = simulation.model.jnt_range[1:].T
    qpos[7:] = rng.uniform(lo, hi)
    qvel = rng.normal(size=20)
    turned, turned_vel = qpos.copy(), qvel.copy()
    turn = rotations.from_yaw(yaw)
    turned[3:7] = rotations.multiply(turn, qpos[3:7])
    turned[:3] = rotations.rotate(turn, qpos[:3]) + [5.0, -3.0, 0.0]
    turned_vel[:3] = rotations.rotate(turn, qvel[:3])
    simulation.set_state(np.arange(2), np.stack((qpos, turned)), np.stack((qvel, turned_vel)))
    return qpos, qvel


TERMS = [
    observations.root_tilt,
    observations.body_positions,
    observations.body_rotations,
    observations.body_velocities,
    observations.body_angular_velocities,
]


@settings(max_examples=20, deadline=None)
@given(yaw=st.floats(-math.pi, math.pi), seed=st.integers(0, 1000))
def test_proprioception_does_not_depend_on_place_and_heading(simulation, yaw, seed):
    pose(simulation, yaw, seed)
    state = BodyState.of(simulation)
    for term in TERMS:
        first, second = term(state)
        np.testing.assert_allclose(first, second, atol=1e-9, err_msg=term.__name__)


def test_velocities_are_those_of_mujoco(simulation):
    qpos, qvel = pose(simulation)
    data = mujoco.MjData(simulation.model)
    data.qpos, data.qvel = qpos, qvel
    mujoco.mj_forward(simulation.model, data)
    linear, angular = simulation.body_velocity(simulation.names.body_ids)
    for row, body in enumerate(simulation.names.body_ids):
        six = np.zeros(6)
        mujoco.mj_objectVelocity(simulation.model, data, mujoco.mjtObj.mjOBJ_XBODY, body, six, 0)
        np.testing.assert_allclose(angular[0, row], six[:3], atol=1e-9)
        np.testing.assert_allclose(linear[0, row], six[3:], atol=1e-9)


def test_angles_do_not_depend_on_where_memory_is(simulation):
    # See BodyState: one bit of the upright reward once depended on which block of memory came next.
    pose(simulation)
    tilt = BodyState.of(simulation).tilt
    assert tilt.shape == (2, 2, 2)
    assert tilt.flags.c_contiguous


def test_upright_body_by_hand(simulation):
    qpos = np.zeros(21)
    qpos[2], qpos[3] = 0.95, 1.0
    qpos[7 + JOINTS.index("knee_angle_l")] = math.pi / 2
    qvel = np.zeros(20)
    qvel[0] = 1.5  # forward
    simulation.set_state(np.arange(2), np.stack((qpos, qpos)), np.stack((qvel, qvel)))
    state = BodyState.of(simulation)
    assert observations.root_tilt(state)[0].tolist() == [1.0, 0.0, 1.0, 0.0]
    positions = observations.body_positions(state)[0].reshape(10, 3)
    bodies = simulation.names.bodies[1:]
    # the right hip is 7.7 cm to the right of the middle and 7.8 cm below the pelvis; the left one mirrors it
    np.testing.assert_allclose(positions[bodies.index("femur_r")], [-0.056276, -0.07726, -0.07849], atol=1e-6)
    np.testing.assert_allclose(positions[bodies.index("femur_l")], [-0.056276, 0.07726, -0.07849], atol=1e-6)
    # a bent knee puts the foot behind the knee, a straight one below it
    assert positions[bodies.index("talus_l")][0] < positions[bodies.index("tibia_l")][0] - 0.3
    assert abs(positions[bodies.index("talus_r")][0] - positions[bodies.index("tibia_r")][0]) < 0.05
    np.testing.assert_allclose(
        observations.body_velocities(state)[0].reshape(11, 3), np.tile([1.5, 0.0, 0.0], (11, 1)), atol=1e-12
    )
    six = observations.body_rotations(state)[0].reshape(11, 2, 3)
    np.testing.assert_allclose(six[0], [[1, 0, 0], [0, 1, 0]], atol=1e-12)


def test_standing_weight_is_on_the_feet():
    simulation = Simulation(load_model(), 1, action_mode="excitation")
    simulation.set_state(np.arange(1), simulation.model.key_qpos[:1], np.zeros((1, 20)))
    weights = []
    for _ in range(4):
        simulation.step(np.full((1, 80), -0.8))
        weights.append(observations.foot_contacts(simulation.foot_force, simulation.body_weight)[0].sum())
    assert 0.3 < np.mean(weights) < 2.0
