"""The loops for Numba do what the expressions of NumPy do; here they run as plain Python."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_env import compiled, loops
from kinesis_env.model.muscles import MuscleCurves, Muscles
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.load import load_motions
from kinesis_env.tasks.base import load_model
from kinesis_env.tasks.reference import ReferenceClock
from kinesis_env.terms import observations, rewards, terminations
from tests.support import make_env


@pytest.fixture(autouse=True)
def without_numba(monkeypatch):
    monkeypatch.setenv("KINESIS_COMPILED", "0")
    compiled.compiled.cache_clear()
    yield
    compiled.compiled.cache_clear()


@pytest.fixture
def state():
    env = make_env()
    env.reset(seed=4)
    for _ in range(3):
        env.step(env.action_space.sample())
    return env.unwrapped.task.simulation, observations.BodyState.of(env.unwrapped.task.simulation)


def test_servo_is_the_same_to_the_last_bit():
    model = load_model()
    curves, rng = MuscleCurves(model), np.random.default_rng(0)
    low, high = model.actuator_lengthrange.T
    length = rng.uniform(0.6 * low, 1.5 * high, (60, 80))
    velocity = rng.normal(0.0, 2.0, (60, 80))
    target = rng.uniform(0.0, high, (60, 80))
    expected = curves.servo_excitation(target, length, velocity)
    out, ctrl = np.empty_like(expected), np.empty_like(expected)
    with np.errstate(all="ignore"):
        loops.servo(target, length, velocity, curves.table, out, ctrl)
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(ctrl, expected)
    assert ((out > 0) & (out < 1)).mean() > 0.1  # the curves, not only their ends


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_command_is_the_same_to_the_last_bit(mode):
    muscles = Muscles(load_model(), mode)
    action = np.random.default_rng(1).uniform(-1.3, 1.3, (9, 80))
    out = np.empty_like(action)
    loops.command(action, muscles._greatest, out)
    np.testing.assert_array_equal(out, muscles.command(action))


def test_trouble_is_found_wherever_it_is():
    warnings, qpos, qvel = np.zeros((3, 7), dtype=np.int64), np.zeros((3, 21)), np.zeros((3, 20))
    assert not loops.troubled(warnings, qpos, qvel)
    for array, value in ((warnings, 1), (qpos, np.nan), (qpos, np.inf), (qvel, -np.inf)):
        array[2, -1] = value
        assert loops.troubled(warnings, qpos, qvel)
        array[2, -1] = 0


def test_servo_keeps_nan():
    curves = MuscleCurves(load_model())
    length = np.full((1, 80), 0.3)
    length[0, 7] = np.nan
    out = np.zeros((1, 80))
    loops.servo(length, length, np.zeros((1, 80)), curves.table, out, out)
    assert np.isnan(out[0, 7])
    assert np.isfinite(np.delete(out, 7)).all()


def test_body_state_is_the_same_to_the_last_bit(state):
    simulation, _ = state
    expected = simulation.body_state()
    out = tuple(np.empty_like(array) for array in expected)
    spots = simulation._xpos, simulation._xmat, simulation._cvel, simulation._com
    loops.body_state(*spots, simulation.names.moving.start, *out)
    for got, wanted in zip(out, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_posture_is_the_same_to_the_last_bit(state):
    simulation, body = state
    tracked = np.asarray(simulation.names.tracked_among_moving, dtype=np.int64)
    made = np.empty((1, 7, 3)), np.empty((1, 7, 3)), np.empty((4, 1)), np.empty((2, 1))
    loops.posture(body.position, body.matrix, body.motion, tracked, *made, 1e-12)
    wanted = body.tracked_position, body.tracked_velocity, body.tilt.T, np.stack((body.cos, body.sin))
    for got, expected in zip(made, wanted, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_window_is_the_same_to_the_last_bit():
    library = MotionLibrary(load_motions("walk", fps=30.0))
    clock = ReferenceClock(library, 9, 1 / 30, 4)
    rng = np.random.default_rng(1)
    duration = float(library.durations[0])
    clock.start(np.arange(9), np.zeros(9, dtype=np.int64), rng.uniform(0, duration, 9), np.full(9, np.nan))
    clock.elapsed += rng.integers(0, 20, 9)
    out = np.empty((2, 9, 5, 7, 3))
    clips = clock._rate, clock._first, clock._last, clock._end
    loops.window(library.bodies, clock.start_time, clock.elapsed, 1 / 30, clock._ahead, *clips, out)
    np.testing.assert_array_equal(out, clock.window())


@pytest.mark.parametrize(("bodies", "muscles", "steps"), [(7, 80, 5), (2, 5, 1), (8, 83, 16)])
def test_closeness_is_the_same_to_the_last_bit(bodies, muscles, steps):
    rng = np.random.default_rng(5)
    vectors = rng.normal(0.0, 0.1, (4, 6, bodies, 3))
    tilt = rng.normal(0.0, 0.3, (2, 6))
    excitation = rng.uniform(0.0, 1.0, (steps, 6, muscles)).swapaxes(0, 1)
    scales = {"position": 200.0, "velocity": 5.0, "upright": 3.0, "energy": 0.05}
    expected = rewards.imitation(*vectors, roll=tilt[0], pitch=tilt[1], excitation=excitation, scales=scales)
    exponents = np.empty((6, 3 + steps))
    loops.closeness(*vectors, *tilt, excitation, tuple(scales.values()), exponents)
    terms = np.exp(exponents)
    np.testing.assert_array_equal(terms[:, :3].T, expected[:3])
    np.testing.assert_array_equal(np.add.reduce(terms[:, 3:], axis=1) / steps, expected[3])


def test_misfit_is_the_same_to_the_last_bit():
    body_pos, reference_pos = np.random.default_rng(6).normal(0.0, 0.1, (2, 9, 7, 3))
    out = np.empty((2, 9))
    loops.misfit(body_pos, reference_pos, out)
    np.testing.assert_array_equal(out, terminations.misfit(body_pos, reference_pos))


def test_vectors_are_the_same_to_the_rounding_of_an_observation(state):
    _, body = state
    expected = observations._body_vectors(body)
    out = np.empty((1, 54, 3))
    loops.body_vectors(body.position, body.matrix, body.motion, body.cos, body.sin, out)
    np.testing.assert_allclose(out.ravel(), np.concatenate(list(expected.values()), axis=1)[0], rtol=0, atol=1e-13)


def test_tracking_is_the_same_to_the_rounding_of_an_observation(state):
    _, body = state
    rng = np.random.default_rng(2)
    ahead_pos, ahead_vel = rng.normal(size=(2, 1, 4, 7, 3))
    expected = observations.tracking(body, ahead_pos, ahead_vel)
    out = np.empty((1, 4, 3, 7, 3))
    now = body.tracked_position, body.tracked_velocity, body.root
    loops.tracking_vectors(ahead_pos, ahead_vel, *now, body.cos, body.sin, out)
    np.testing.assert_allclose(out.ravel(), expected[0], rtol=0, atol=1e-13)


def test_it_can_be_left_out():
    assert compiled.compiled(loops.servo) is None
