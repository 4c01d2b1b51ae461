from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.model import load_model
from kinesis_env.simulation import Simulation
from kinesis_env.terms import BodyState, goals
from kinesis_env.terms.observations import tracking


def test_progress_by_hand():
    # 5 cm nearer in a step: 20 * 0.05 = 1; the weight of 0.8 is the configuration's
    assert goals.progress(np.array([1.0]), np.array([0.95]))[0] == pytest.approx(1.0)
    assert goals.progress(np.array([0.5]), np.array([0.6]), scale=10.0)[0] == pytest.approx(-1.0)


def test_distance_is_over_the_ground():
    assert goals.distance(np.zeros((1, 2)), np.array([[3.0, -4.0]])).tolist() == [5.0]
    assert goals.distance(np.zeros(2), np.array([0.3, 0.4])) == pytest.approx(0.5)


def test_there_is_nearer_than_the_radius():
    away = np.array([0.0999, 0.1, 0.2])
    assert goals.reached(away).tolist() == [1.0, 0.0, 0.0]
    assert goals.sparse(away).tolist() == [0.0, -1.0, -1.0]
    assert goals.sparse(away, radius=0.15).tolist() == [0.0, 0.0, -1.0]


def test_velocity_along_by_hand():
    command = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    velocity = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(goals.velocity_along(velocity, command), [1.0, math.exp(-2 * 2), 1.0], rtol=1e-15)


def test_fallen_is_below_the_published_height():
    assert goals.fallen(np.array([0.69999, 0.7, 0.94])).tolist() == [True, False, False]


@pytest.fixture
def state():
    simulation = Simulation(load_model(), 1)
    qpos = simulation.model.key_qpos[:1].copy()
    qpos[0, :2] = 1.0, 2.0
    qpos[0, 3:7] = math.cos(math.pi / 4), 0.0, 0.0, math.sin(math.pi / 4)  # facing left, along y
    simulation.set_state(np.arange(1), qpos, np.zeros((1, 20)))
    return BodyState.of(simulation)


def test_target_in_the_heading_frame(state):
    # the body faces along y: what is 3 m further along y is straight ahead, what is 4 m along x is to its right
    np.testing.assert_allclose(goals.target_in_heading(state, np.array([[4.0, 3.0]])), [[3.0, -4.0, 5.0]], atol=1e-6)


def test_pelvis_reference_by_hand(state):
    position, velocity = np.array([[[1.0, 3.5, 0.9]] * 2]), np.array([[[0.0, 1.2, 0.0]] * 2])
    parts = tracking(state, *goals.pelvis_reference(state, position, velocity)).reshape(2, 3, 7, 3)
    for frame in parts:
        np.testing.assert_allclose(frame[0, 0], [1.5, 0.0, 0.9 - state.root[0, 2]], atol=1e-6)
        np.testing.assert_allclose(frame[1, 0], [1.2, 0.0, 0.0], atol=1e-6)
        np.testing.assert_allclose(frame[2, 0], frame[0, 0], atol=1e-12)
        assert not frame[:2, 1:].any()  # the other bodies are their own reference
        assert np.abs(frame[2, 1:]).max() > 0.5
