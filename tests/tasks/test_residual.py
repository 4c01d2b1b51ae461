"""The action mode "residual": action 0 takes a pose, others move it."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from kinesis_env.control import Pilot
from kinesis_env.dynamics import static_optimization
from kinesis_env.errors import ControlError, PolicyError
from kinesis_env.evaluation import load_policy
from kinesis_env.tasks.residual import GAIN_ALONE, LEAD


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


def test_zero_follows_the_reference_for_longer_than_the_servo() -> None:
    lasted = {}
    for name, mode in (("servo", "length"), ("zero", "residual")):
        env = gymnasium.make("Kinesis-Imitate-v0", action_mode=mode, start_time=3.0, random_heading=False)
        env.reset(seed=0)
        policy = load_policy(name)
        policy.prepare(env.unwrapped.task)
        count, over = 0, False
        while not over:
            _, _, terminated, truncated, _ = env.step(policy.act(None, np.arange(1))[0])
            count, over = count + 1, terminated or truncated
        lasted[name] = count
    assert lasted["zero"] >= 1.5 * lasted["servo"]


def test_in_the_pose_the_muscles_pull_as_in_the_static_optimization() -> None:
    env = gymnasium.make("Kinesis-Imitate-v0", action_mode="residual", start_time=2.0, random_heading=False)
    env.reset(seed=0)
    task = env.unwrapped.task
    servo, muscles, clock = task._servo, task.simulation.muscles, task.clock
    ahead = clock.ahead(np.array([task.simulation.control_step]))
    task.set_state(np.arange(1), ahead.qpos[:, 0], ahead.qvel[:, 0])
    length, velocity = task.simulation.muscle_length, task.simulation.muscle_velocity
    excitation = muscles.excitation(servo.targets(), length, velocity)
    wanted = static_optimization(task.library[0]).activation
    at = (clock.time[0] + LEAD) * 30.0
    near = np.abs(excitation[0] - wanted[round(at)]) < 2e-3
    assert near.sum() >= 79  # but for one that lengthens fast, which would pull with more than its peak force


def test_prompts_have_a_servo_without_a_static_optimization() -> None:
    env = gymnasium.make("Kinesis-Text-v0", action_mode="residual", start_time=0.0)
    env.reset(seed=0)
    servo = env.unwrapped.task._servo
    actual = env.unwrapped.task.simulation.muscle_length.copy()
    wanted = servo.targets()
    np.testing.assert_allclose((wanted - actual) / (1.0 + GAIN_ALONE), servo._bodies.muscle_length - actual, atol=1e-9)


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
    with pytest.raises(ControlError, match="given 'residual'"):
        Pilot(task)
    for name in ("passive", "servo"):
        with pytest.raises(PolicyError, match="residual"):
            load_policy(name).prepare(task)
