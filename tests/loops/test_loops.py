"""The loops for Numba do what the expressions of NumPy do; here they run as plain Python."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kinesis_env import loops
from kinesis_env.model import MuscleCurves, Muscles
from kinesis_env.motions import MotionLibrary, load_motions
from kinesis_env.tasks import ReferenceClock
from kinesis_env.tasks.base import load_model
from kinesis_env.terms import observations, rewards, terminations
from tests.support import make_env, make_vec


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


def test_gathering_is_the_same_to_the_last_bit(state):
    simulation, body = state
    names = simulation.names
    wanted = [getattr(body, field.name) for field in dataclasses.fields(body)]
    made = [np.full_like(array, np.nan) for array in wanted]
    loops.gather(*simulation.kinematics, names.moving.start, names.tracked_among_moving, 1e-12, *made)
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


def test_frames_between_are_the_same_to_the_last_bit():
    library = MotionLibrary(load_motions("skill:turn", fps=30.0))
    rng = np.random.default_rng(2)
    clips = rng.integers(0, len(library), 200)
    length = library.durations[clips]
    times = rng.uniform(-0.1, 1.1, 200) * length
    times[:60] = rng.integers(0, 40, 60) / 30  # at stored frames
    expected = library.at(clips, times)
    around, fraction, angles = np.empty((2, 200), dtype=np.int64), np.empty(200), np.empty((3, 200))
    clip_table = library.fps, library._last, library.first_frames, library._arcs
    loops.place(clips, times, *clip_table, 1e-7, around, fraction, angles)
    rows = np.empty((200, library._rows.shape[1]))
    loops.blend(library._rows, around, fraction, np.sin(angles), rows)
    np.testing.assert_array_equal(rows[:, :21], expected.qpos)
    np.testing.assert_array_equal(rows[:, 21:41], expected.qvel)
    np.testing.assert_array_equal(rows[:, 41:62], expected.body_pos.reshape(200, 21))
    np.testing.assert_array_equal(rows[:, 62:], expected.body_vel.reshape(200, 21))


@pytest.mark.parametrize(("bodies", "muscles", "steps"), [(7, 80, 5), (2, 5, 1), (8, 83, 16)])
def test_closeness_is_the_same_to_the_last_bit(bodies, muscles, steps):
    rng = np.random.default_rng(5)
    vectors = rng.normal(0.0, 0.1, (4, 6, bodies, 3))
    tilt = rng.normal(0.0, 0.3, (2, 6))
    excitation = rng.uniform(0.0, 1.0, (steps, 6, muscles)).swapaxes(0, 1)
    scales = {"position": 200.0, "velocity": 5.0, "upright": 3.0, "energy": 0.05}
    expected = rewards.imitation(*vectors, angles=tilt, excitation=excitation, scales=scales)
    exponents, terms = np.empty((6, 3 + steps)), np.empty((4, 6))
    loops.closeness(*vectors, tilt, excitation, tuple(scales.values()), exponents)
    loops.average(np.exp(exponents), terms)
    np.testing.assert_array_equal(terms, expected)


@pytest.mark.parametrize("steps", [1, 7, 8, 9, 83, 128])
def test_average_is_the_same_to_the_last_bit(steps):
    exponentials = np.random.default_rng(3).uniform(0.0, 1.0, (30, 3 + steps))
    out = np.empty((4, 30))
    loops.average(exponentials, out)
    effort = np.ascontiguousarray(exponentials[:, 3:])
    np.testing.assert_array_equal(out, [*exponentials[:, :3].T, np.add.reduce(effort, axis=-1) / steps])


def test_progress_is_the_same_to_the_last_bit():
    env = make_env(motions="walk")
    env.reset(seed=1)
    task, out = env.unwrapped.task, np.empty((3, 1))
    for _ in range(3):
        clock = task.clock
        loops.progress(clock.start_time, clock.elapsed, clock.length, task._error_sum, 1 / 30, out)
        np.testing.assert_array_equal(out, task._progress())
        env.step(env.action_space.sample())


def test_misfit_is_the_same_to_the_last_bit():
    body_pos, reference_pos = np.random.default_rng(6).normal(0.0, 0.1, (2, 9, 7, 3))
    out = np.empty((2, 9))
    loops.misfit(body_pos, reference_pos, out)
    np.testing.assert_array_equal(out, terminations.misfit(body_pos, reference_pos))


@pytest.mark.parametrize("options", [{}, {"lookahead": 4, "muscle_observations": ["length"]}])
def test_observation_is_the_same_to_the_rounding_of_a_matrix_product(options):
    envs = make_vec(3, autoreset_mode="SameStep", **options)
    envs.reset(seed=4)
    for _ in range(3):
        envs.step(envs.action_space.sample())
    task = envs.unwrapped.task
    ahead_pos, ahead_vel = task._ahead()
    body = [getattr(task._body, field.name) for field in dataclasses.fields(task._body)]
    out = np.full((3, task.observation_size), np.nan)  # a task gives float32
    place = task.layout["tracking"].start
    loops.observation(*body, observations.foot_contacts(task.simulation), ahead_pos, ahead_vel, place, out)
    for name, term in task._terms().items():
        written = out[:, task.layout[name]]
        if name.startswith("muscle_"):
            assert np.isnan(written).all()
        else:
            np.testing.assert_allclose(written, term, rtol=0, atol=1e-13, err_msg=name)


def test_without_a_reference_an_observation_ends_with_the_feet(state):
    simulation, body = state
    fields = [getattr(body, field.name) for field in dataclasses.fields(body)]
    out, nothing = np.full((1, 173), np.nan), np.empty((1, 0, 0, 3))
    loops.observation(*fields, observations.foot_contacts(simulation), nothing, nothing, 0, out)
    expected = np.concatenate(list(observations.body_terms(simulation, body).values()), axis=1)
    np.testing.assert_allclose(out[:, :171], expected, rtol=0, atol=1e-13)
    assert np.isnan(out[:, 171:]).all()
