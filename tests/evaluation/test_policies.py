from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.errors import PolicyError
from kinesis_env.evaluation import Passive, Random, Servo, evaluate, reference_policy
from kinesis_env.evaluation.cases import Case
from kinesis_env.motions import load_motions, trim
from tests.support import make_task


def drawn(cases, steps=70, num=None):
    task = make_task(num or len(cases))
    policy = Random()
    policy.prepare(task)
    policy.reset(np.arange(len(cases)), cases)
    return np.array([policy.act(None, np.arange(len(cases))) for _ in range(steps)])


def test_random_draws_depend_on_clip_and_seed_alone():
    alone = drawn([Case("walk", 3)])
    among = drawn([Case("run", 3), Case("walk", 4), Case("walk", 3)])
    assert np.array_equal(alone[:, 0], among[:, 2])  # beyond the block that is drawn at once, too
    assert not np.array_equal(among[:, 0], among[:, 2])
    assert not np.array_equal(among[:, 1], among[:, 2])
    assert -1.0 <= alone.min() < -0.99
    assert 0.99 < alone.max() <= 1.0
    assert abs(alone.mean()) < 0.02


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_passive_excites_nothing(mode, motions):
    found = evaluate("passive", motions=motions, config={"action_mode": mode, "termination_distance": math.inf})
    assert found.summary()["excitation"].mean < 0.003
    if mode == "excitation":
        assert found.summary()["activation"].mean == 0.0


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_servo_bends_the_joints_better_than_doing_nothing(mode):
    config = {"action_mode": mode}
    wanted = {"motions": ["walk", "walk-slow", "run"], "protocol": "kinesis", "config": config}
    servo, passive = evaluate("servo", **wanted).summary(), evaluate("passive", **wanted).summary()
    assert servo["joint_angle_error"].mean < 0.6 * passive["joint_angle_error"].mean
    assert servo["mpjpe"].mean < passive["mpjpe"].mean


def test_servo_targets_are_the_lengths_of_the_next_frame(motions):
    task = make_task(2, motions=motions)
    task.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)], {"clip": "amble", "start_time": 0.5})
    policy = Servo()
    policy.prepare(task)
    other = make_task(2, motions=motions)
    other.reset(np.arange(2), [np.random.default_rng(0)] * 2, {"clip": "amble", "start_time": 0.5 + 1 / 30})
    wanted, length = other.simulation.muscle_length, task.simulation.muscle_length
    target = wanted + Servo.gain * (wanted - length)
    expected = np.clip(2 * target / task.simulation.muscles.curves.length_max - 1, -1, 1)
    assert policy.act(None, np.arange(2)) == pytest.approx(expected, abs=1e-12)
    assert policy.act(None, np.array([1])) == pytest.approx(expected[1:], abs=1e-12)


def test_what_needs_a_reference_says_so():
    with pytest.raises(PolicyError, match="'servo' follows a reference motion"):
        evaluate("servo", "Kinesis-Reach-v0", seeds=1)
    with pytest.raises(PolicyError, match="unknown policy 'best'; the reference policies are zero, random"):
        reference_policy("best")


def test_the_tracker_follows_each_row_as_it_would_alone(tmp_path):
    for name in ("walk", "slalom"):
        trim(load_motions(name)[0], 0.5, 0.9).save(tmp_path / f"{name}.npz")
    wanted = {"motions": str(tmp_path), "config": {"action_mode": "excitation", "random_heading": True}}
    alone = evaluate("tracker", rows=1, **wanted)
    assert evaluate("tracker", rows=2, num_threads=1, **wanted).episodes == alone.episodes
    assert alone.summary()["mpjpe"].mean < 40.0
    assert alone.summary()["success"].mean == 1.0


def test_goal_tasks_know_rest_too():
    assert evaluate(Passive(), "Kinesis-Direction-v0", seeds=2).endings == {"fallen": 2}
