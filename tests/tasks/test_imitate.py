from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.errors import ConfigError, MotionError, ResetError
from kinesis_env.terms import observations, rewards
from tests.support import make_task, random_actions

TERMS = ("position", "velocity", "upright", "energy")


def generators(num, seed=0):
    return [np.random.default_rng(seed + i) for i in range(num)]


def reset(task, seed=0, **options):
    num = task.simulation.num
    task.reset(np.arange(num), generators(num, seed), options)


def test_layout(motions):
    task = make_task(motions=motions)
    assert task.layout == {
        "root_height": slice(0, 1),
        "root_tilt": slice(1, 5),
        "body_positions": slice(5, 35),
        "body_rotations": slice(35, 101),
        "body_velocities": slice(101, 134),
        "body_angular_velocities": slice(134, 167),
        "foot_contacts": slice(167, 171),
        "tracking": slice(171, 234),
    }
    wide = make_task(motions=motions, lookahead=3, muscle_observations=["activation", "length"])
    assert wide.observation_size == 171 + 2 * 80 + 3 * 63
    assert list(wide.layout)[7:] == ["muscle_activation", "muscle_length", "tracking"]
    reset(wide)
    assert wide.observe().shape == (1, wide.observation_size)


def test_the_start_is_the_references_state(motions):
    task = make_task(4, motions=motions, random_heading=True)
    reset(task)
    reference = task.reference()
    assert np.array_equal(task.simulation.qpos, reference.qpos)
    assert np.array_equal(task.simulation.qvel, reference.qvel)
    assert np.abs(task.simulation.qvel[:, 6:]).max() > 0.1  # the joints move
    assert not task.simulation.act.any()


def test_tracking_part_by_hand(motions):
    task = make_task(motions=motions, lookahead=2)
    reset(task, clip="amble", start_time=1.0, heading=0.7)
    task.step(random_actions(0, 1).astype(np.float64))
    tracking = task.observe()[0][task.layout["tracking"]].reshape(2, 3, 7, 3)
    simulation = task.simulation
    state = observations.BodyState.of(simulation)
    c, s = state.cos[0], state.sin[0]
    to_heading = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    for ahead in range(2):
        frame = task.clock.ahead(np.array([(1 + ahead) / 30]))
        expected = [
            frame.body_pos[0, 0] - state.tracked_position[0],
            frame.body_vel[0, 0] - state.tracked_velocity[0],
            frame.body_pos[0, 0] - simulation.qpos[0, :3],
        ]
        for part in range(3):
            np.testing.assert_allclose(tracking[ahead, part], expected[part] @ to_heading.T, atol=1e-6)


def test_reward_is_the_weighted_sum_of_its_terms(motions):
    weights = {"position": 0.5, "velocity": 0.3, "upright": 0.15, "energy": 0.05}
    task = make_task(
        3,
        motions=motions,
        rewards={name: {"weight": weight} for name, weight in weights.items()},
        termination_distance=math.inf,
    )
    reset(task)
    for action in random_actions(1, 5, 3).astype(np.float64):
        outcome = task.step(action)
        state, reference = observations.BodyState.of(task.simulation), task.reference()
        values = {
            "position": rewards.position(state.tracked_position, reference.body_pos),
            "velocity": rewards.velocity(state.tracked_velocity, reference.body_vel),
            "upright": rewards.upright(*state.angles),
            "energy": rewards.energy(task.simulation.excitation),
        }
        info = task.info()
        for name in TERMS:
            np.testing.assert_allclose(info[f"reward_{name}"], weights[name] * values[name], rtol=1e-12)
        total = sum(info[f"reward_{name}"] for name in TERMS)
        assert np.array_equal(total, outcome.reward)


def test_a_body_on_its_reference_earns_everything_but_energy(motions):
    task = make_task(motions=motions)
    reset(task, clip="amble", start_time=0.0)
    task.step(np.zeros((1, 80)))
    reference = task.reference()
    task.set_state(np.arange(1), reference.qpos, reference.qvel)
    state = observations.BodyState.of(task.simulation)
    assert rewards.position(state.tracked_position, reference.body_pos)[0] > 0.9999
    assert rewards.velocity(state.tracked_velocity, reference.body_vel)[0] > 0.999


def test_tracking_lost_ends_the_episode(motions):
    task = make_task(2, motions=motions, start_time=0.0)
    reset(task)
    far = task.simulation.qpos.copy()
    far[0, 1] += 0.16  # sideways: every tracked body of the first row is 16 cm off
    far[1, 1] += 0.12
    task.set_state(np.arange(2), far, task.simulation.qvel.copy())
    outcome = task.step(np.zeros((2, 80)))
    info = task.info()
    assert outcome.terminated.tolist() == [True, False]
    assert not outcome.truncated.any()
    assert info["termination_reason"].tolist() == ["tracking_lost", ""]
    assert info["is_success"].tolist() == [False, False]
    assert info["tracking_error"][0] == pytest.approx(0.16, abs=0.02)


def test_evaluation_looks_at_the_mean(motions):
    task = make_task(motions=motions, start_time=0.0, termination="mean", termination_distance=0.5)
    reset(task)
    far = task.simulation.qpos.copy()
    far[0, 1] += 0.4
    task.set_state(np.arange(1), far, task.simulation.qvel.copy())
    assert not task.step(np.zeros((1, 80))).terminated[0]


def test_the_end_of_the_clip_truncates_and_succeeds(motions):
    task = make_task(motions=motions, clip="amble", start_time=2.9, termination_distance=math.inf)
    reset(task)
    results = []
    for _ in range(3):
        outcome = task.step(np.zeros((1, 80)))
        info = task.info()
        results.append((bool(outcome.terminated[0]), bool(outcome.truncated[0]), bool(info["is_success"][0])))
    assert results == [(False, False, False), (False, False, False), (False, True, True)]
    assert info["frame_coverage"][0] == 1.0
    assert info["time"][0] == pytest.approx(3.0)


def test_metrics_of_an_episode_by_hand(motions):
    task = make_task(motions=motions, clip="amble", start_time=0.0, termination_distance=math.inf)
    reset(task)
    errors = []
    for action in random_actions(2, 9, 1).astype(np.float64):
        task.step(action)
        reference, bodies = task.reference(), task.simulation.body_position(task.simulation.names.tracked)
        errors.append(np.linalg.norm(bodies[0] - reference.body_pos[0], axis=1).mean())
        assert task.info()["tracking_error"][0] == pytest.approx(errors[-1], abs=1e-12)
    info = task.info()
    assert info["mpjpe"][0] == pytest.approx(1000 * np.mean(errors), abs=1e-9)
    assert info["frame_coverage"][0] == pytest.approx(9 / 90)


def test_divergence_ends_only_its_own_episode(motions, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to MUJOCO_LOG.TXT
    task = make_task(3, motions=motions, start_time=0.0)
    reset(task)
    task.simulation.qvel[1, 7] = np.nan
    outcome = task.step(np.zeros((3, 80)))
    info = task.info()
    assert outcome.terminated.tolist() == [False, True, False]
    assert info["termination_reason"].tolist() == ["", "diverged", ""]
    assert outcome.reward[1] == 0
    assert np.isfinite(task.observe()).all()
    assert all(np.isfinite(value).all() for value in info.values() if value.dtype != object)


def test_options(motions):
    task = make_task(2, motions=motions)
    reset(task, clip=["sway", "amble"], start_time=[0.25, 0.5], heading=1.0)
    info = task.info()
    assert info["clip"].tolist() == ["sway", "amble"]
    assert info["time"].tolist() == [0.25, 0.5]
    state = observations.BodyState.of(task.simulation)
    np.testing.assert_allclose(np.arctan2(state.sin, state.cos), 1.0, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"motion": "amble"}, "unknown reset options motion; the options are clip, start_time, heading"),
        ({"clip": "ample"}, "unknown motion 'ample'.*amble"),
        ({"start_time": 99.0}, "at least one step"),
        ({"start_time": -0.1}, "at least one step"),
        ({"start_time": "soon"}, "finite number, given 'soon'"),
        ({"heading": math.nan}, "finite number, given nan"),
        ({"start_time": [0.0, 0.0, 0.0]}, "one for each of 2 environments, given 3"),
    ],
)
def test_impossible_options(motions, options, message):
    task = make_task(2, motions=motions)
    with pytest.raises(ResetError, match=message):
        reset(task, **options)


def test_random_starts_cover_the_clips_and_headings(motions):
    task = make_task(200, motions=motions, random_heading=True)
    reset(task)
    assert set(task.info()["clip"]) == {"amble", "sway"}
    times = task.clock.start_time[task.clock.clip == 0]
    assert times.min() < 0.3
    assert times.max() > 2.6
    assert times.max() <= 3 - 1 / 30
    headings = np.arctan2(
        observations.BodyState.of(task.simulation).sin, observations.BodyState.of(task.simulation).cos
    )
    assert np.abs(np.mean(np.exp(1j * headings))) < 0.2
    task = make_task(50, motions=motions, start_time=0.5, clip="sway")
    reset(task)
    assert set(task.clock.start_time) == {0.5}
    assert set(task.info()["clip"]) == {"sway"}


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"motion": "x"}, ConfigError, "unexpected keyword argument 'motion' .did you mean 'motions'"),
        ({"termination": "all"}, ConfigError, "termination must be one of 'any', 'mean', 'relative', given 'all'"),
        ({"termination_distance": 0.0}, ConfigError, "above 0 m"),
        ({"lookahead": 0}, ConfigError, "must be from 1 to 1000"),
        ({"lookahead": 1.5}, ConfigError, "lookahead must be a whole number, given 1.5"),
        ({"random_heading": 1}, ConfigError, "true or false"),
        ({"rewards": {"pose": {"weight": 1.0}}}, ConfigError, "unknown key 'pose'.*position"),
        ({"rewards": {"position": {"weight": "much"}}}, ConfigError, "must be a number"),
        ({"muscle_observations": ["tension"]}, ConfigError, "muscle_observations must be one of 'length'"),
        ({"muscle_observations": ["force", "force"]}, ConfigError, "twice"),
        ({"start_time": "now"}, ConfigError, "'random' or a number of seconds"),
        ({"clip": "jump"}, MotionError, "unknown motion 'jump'"),
        ({"physics_rate": 100}, ConfigError, "whole multiple"),
    ],
)
def test_impossible_configurations(motions, overrides, error, message):
    with pytest.raises(error, match=message):
        make_task(**{"motions": motions, **overrides})
