"""The loops for Numba do what array code does; here they run as plain Python."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kinesis_env import loops
from kinesis_env.model import MuscleCurves, load_model
from kinesis_env.motions import MotionLibrary, load_motions
from kinesis_env.tasks import ReferenceClock
from kinesis_env.terms import imitation, observations
from tests.support import make_env, make_vec


@pytest.fixture
def state():
    env = make_env()
    env.reset(seed=4)
    for _ in range(3):
        env.step(env.action_space.sample())
    return env.unwrapped.task.simulation, observations.BodyState.of(env.unwrapped.task.simulation)


def test_servo():
    model = load_model()
    curves, rng = MuscleCurves(model), np.random.default_rng(0)
    low, high = model.actuator_lengthrange.T
    length = rng.uniform(0.6 * low, 1.5 * high, (60, 80))
    velocity = rng.normal(0.0, 2.0, (60, 80))
    target = rng.uniform(0.0, high, (60, 80))
    expected = curves.servo_excitation(target, length, velocity)
    out, ctrl = np.empty_like(expected), np.empty_like(expected)
    with np.errstate(all="ignore"):
        loops.servo(target, length, velocity, curves.constants, out, ctrl)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(ctrl, out)
    assert ((out > 0) & (out < 1)).mean() > 0.1  # the curves, not only their ends


def test_servo_keeps_nan():
    curves = MuscleCurves(load_model())
    length = np.full((1, 80), 0.3)
    length[0, 7] = np.nan
    out = np.zeros((1, 80))
    loops.servo(length, length, np.zeros((1, 80)), curves.constants, out, out)
    assert np.isnan(out[0, 7])
    assert np.isfinite(np.delete(out, 7)).all()


def test_gathering(state):
    simulation, body = state
    names = simulation.names
    wanted = [getattr(body, field.name) for field in dataclasses.fields(body) if field.init]
    made = [np.full_like(array, np.nan) for array in wanted]
    loops.gather(*simulation.kinematics, names.moving.start, names.tracked_among_moving, 1e-12, *made)
    for got, expected in zip(made, wanted, strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13)


def random_state(rng, rows):
    angles = rng.normal(0.0, 0.3, (2, rows))
    nothing, tracked = np.zeros((rows, 0)), rng.normal(0.0, 0.1, (2, rows, 7, 3))
    tilt = np.stack((np.cos(angles), np.sin(angles)))
    return observations.BodyState(nothing, nothing, nothing, tracked, tilt, nothing)


@pytest.mark.parametrize(("muscles", "steps"), [(80, 5), (5, 1), (83, 16)])
def test_comparison(muscles, steps):
    rng = np.random.default_rng(5)
    state, reference = random_state(rng, 6), rng.normal(0.0, 0.1, (2, 6, 7, 3))
    excitation = rng.uniform(0.0, 1.0, (6, steps, muscles))
    scales = {"position": 200.0, "velocity": 5.0, "upright": 3.0, "energy": 0.05}
    expected = imitation.compare(state, *reference, excitation, scales)
    out = np.empty((6, 6))
    vectors = state.tracked_position, reference[0], state.tracked_velocity, reference[1]
    loops.comparison(*vectors, state.tilt, excitation, *scales.values(), out)
    np.testing.assert_allclose(out[:4], expected.rewards, rtol=1e-13)
    np.testing.assert_allclose(out[4:], [expected.mean, expected.greatest], rtol=1e-13)


def test_comparison_without_bodies():
    rng = np.random.default_rng(6)
    state, excitation = random_state(rng, 3), rng.uniform(0.0, 1.0, (3, 5, 80))
    out, nothing = np.empty((6, 3)), np.empty((3, 0, 3))
    loops.comparison(nothing, nothing, nothing, nothing, state.tilt, excitation, 200.0, 5.0, 3.0, 0.05, out)
    expected = imitation.carriage(state, excitation, {"upright": 3.0, "energy": 0.05})
    np.testing.assert_allclose(out[2:4], expected, rtol=1e-13)
    assert (out[:2] == 1).all()
    assert (out[4:] == 0).all()


def test_window():
    library = MotionLibrary(load_motions("skill:turn", fps=30.0))
    clock, rng = ReferenceClock(library, 40, 1 / 30, 4), np.random.default_rng(1)
    clips = rng.integers(0, len(library), 40)
    clock.start(np.arange(40), clips, rng.uniform(0, 1, 40) * library.durations[clips])
    clock.elapsed += rng.integers(0, 40, 40)  # some are past their ends
    out = np.empty((2, 40, 5, 7, 3))
    loops.window(
        library.bodies, clock._ahead_frames, clock.elapsed, clock._frames_per_step, clock._last, clock._first, out
    )
    np.testing.assert_allclose(out, clock.window(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"lookahead": 4, "muscle_observations": ["length"]}])
def test_observation(options):
    envs = make_vec(3, autoreset_mode="SameStep", **options)
    envs.reset(seed=4)
    for _ in range(3):
        envs.step(envs.action_space.sample())
    task = envs.unwrapped.task
    ahead_pos, ahead_vel = task._ahead()
    body = [getattr(task._body, field.name) for field in dataclasses.fields(task._body) if field.init]
    out = np.full((3, task.observation_size), np.nan)  # a task gives float32
    place = task.layout["tracking"].start
    loops.observation(*body, task._contacts(), ahead_pos, ahead_vel, place, out)
    for name, term in task._terms().items():
        written = out[:, task.layout[name]]
        if name.startswith("muscle_"):
            assert np.isnan(written).all()
        else:
            np.testing.assert_allclose(written, term, rtol=0, atol=1e-13, err_msg=name)


def test_without_a_reference_an_observation_ends_with_the_feet(state):
    simulation, body = state
    fields = [getattr(body, field.name) for field in dataclasses.fields(body) if field.init]
    out, nothing = np.full((1, 173), np.nan), np.empty((1, 0, 0, 3))
    contacts = observations.foot_contacts(simulation.foot_force, simulation.body_weight)
    loops.observation(*fields, contacts, nothing, nothing, 0, out)
    expected = np.concatenate(list(observations.body_terms(body, contacts).values()), axis=1)
    np.testing.assert_allclose(out[:, :171], expected, rtol=0, atol=1e-13)
    assert np.isnan(out[:, 171:]).all()
