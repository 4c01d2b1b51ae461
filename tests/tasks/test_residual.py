"""The action mode "residual": action 0 takes a pose, others move it."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from kinesis_env.control import Pilot
from kinesis_env.errors import ControlError, PolicyError
from kinesis_env.evaluation import load_policy

TILL_THE_END = {"termination_distance": float("inf"), "start_time": 0.0, "random_heading": False}


def steps(env: gymnasium.Env, action: np.ndarray) -> int:
    count = 0
    while True:
        _, _, terminated, truncated, _ = env.step(action)
        count += 1
        if terminated or truncated:
            return count


def test_zero_stands_where_half_of_every_length_falls() -> None:
    lasted = {}
    for mode in ("length", "residual"):
        env = gymnasium.make("Kinesis-Reach-v0", action_mode=mode, time_limit=240)
        env.reset(seed=0)
        lasted[mode] = steps(env, np.zeros(80))
    assert lasted["residual"] > 200 > 60 > lasted["length"]


def test_zero_is_the_servo_to_the_reference() -> None:
    policy = load_policy("servo")
    envs = [gymnasium.make("Kinesis-Imitate-v0", action_mode=mode, **TILL_THE_END) for mode in ("length", "residual")]
    by_length, residual = envs
    for env in envs:
        env.reset(seed=3)
    policy.prepare(by_length.unwrapped.task)
    for _ in range(15):
        observation, reward, *_ = by_length.step(policy.act(None, np.arange(1))[0])
        same, equal, *_ = residual.step(np.zeros(80))
        np.testing.assert_array_equal(observation, same)
        assert reward == equal


def test_an_action_moves_the_target_by_its_share_of_half_the_greatest_length() -> None:
    env = gymnasium.make("Kinesis-Imitate-v0", action_mode="residual")
    env.reset(seed=0)
    task = env.unwrapped.task
    muscles, servo = task.simulation.muscles, task._servo
    aimed = muscles.command(muscles.action_for_length(servo.targets()))
    moved = muscles.command(servo.moved(np.full((1, 80), -0.1)))
    free = moved > 1e-9
    assert free.mean() > 0.9
    np.testing.assert_allclose((aimed - moved)[free], 0.05 * np.tile(muscles.curves.length_max, (1, 1))[free])
    np.testing.assert_array_equal(servo.moved(np.full((1, 80), 9.0)), servo.moved(np.ones((1, 80))))


def test_rows_are_single_environments() -> None:
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", 3, action_mode="residual")
    single = gymnasium.make("Kinesis-Imitate-v0", action_mode="residual")
    many, _ = envs.reset(seed=5)
    one, _ = single.reset(seed=7)
    np.testing.assert_array_equal(many[2], one)
    action = np.random.default_rng(0).uniform(-0.2, 0.2, (3, 80)).astype(np.float32)
    many, _, _, _, _ = envs.step(action)
    one, *_ = single.step(action[2])
    np.testing.assert_array_equal(many[2], one)


def test_what_cannot_act_on_top_of_a_servo_says_so() -> None:
    task = gymnasium.make("Kinesis-Imitate-v0", action_mode="residual").unwrapped.task
    with pytest.raises(ControlError, match="on top of a servo"):
        Pilot(task)
    with pytest.raises(PolicyError, match="passive"):
        load_policy("passive").prepare(task)
