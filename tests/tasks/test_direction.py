from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.config import DirectionConfig, from_mapping, load_preset
from kinesis_env.errors import ConfigError, ResetError
from kinesis_env.making.standing import holding_action
from kinesis_env.tasks import DirectionTask
from kinesis_env.terms import observations, rewards
from tests.support import make_task, random_actions

TERMS = ("velocity", "upright", "energy")


def make(num=1, **overrides):
    return DirectionTask(from_mapping(DirectionConfig, load_preset("Kinesis-Direction-v0"), overrides), num)


def reset(task, seed=0, **options):
    num = task.simulation.num
    task.reset(np.arange(num), [np.random.default_rng(seed + i) for i in range(num)], options)


def test_command_in_the_heading_frame():
    task = make()
    assert task.layout["command"] == slice(171, 174)
    reset(task, command=[math.pi / 2, 2.0], heading=1.1)
    np.testing.assert_allclose(task.observe()[0, 171:], [0.0, 2.0, 2.0], atol=1e-6)
    # relative to the start: when the body turns, the command does not turn with it
    qpos = task.simulation.qpos.copy()
    qpos[:, 3:7] = math.cos(1.6 / 2), 0.0, 0.0, math.sin(1.6 / 2)
    task.set_state(np.arange(1), qpos, task.simulation.qvel.copy())
    angle = math.pi / 2 + 1.1 - 1.6
    np.testing.assert_allclose(task.observe()[0, 171:], [2 * math.cos(angle), 2 * math.sin(angle), 2.0], atol=1e-6)


def test_commands_change_and_cover_their_ranges():
    task = make(100, fall_height=0.0, speed_range=[0.5, 1.5], command_time=[0.2, 0.4], time_limit=30)
    reset(task)
    hold = holding_action(task.simulation)
    speeds, headings = [], []
    for _ in range(30):
        heading, speed = task.command
        speeds.append(speed)
        headings.append(heading)
        task.step(hold)
    speeds, headings = np.array(speeds), np.array(headings)
    changes = (np.diff(headings, axis=0) != 0).sum(axis=0)
    assert changes.min() >= 2
    assert changes.max() <= 5
    # nobody's command lasts longer than 0.4 s or less than 0.2 s
    for row in range(100):
        at = np.flatnonzero(np.diff(headings[:, row]))
        assert np.all((np.diff(at) >= 6) & (np.diff(at) <= 12))
    assert 0.5 <= speeds.min() < 0.6
    assert 1.4 < speeds.max() <= 1.5
    assert headings.min() < -3
    assert headings.max() > 3


def test_reward_by_hand():
    task = make(2)
    reset(task, command=[0.5, 1.2], heading=-0.4)
    command = 1.2 * np.array([math.cos(0.1), math.sin(0.1)])
    for action in random_actions(3, 6, 2).astype(np.float64):
        outcome = task.step(action)
        state, info = observations.BodyState.of(task.simulation), task.info()
        error = np.linalg.norm(state.velocity[:, 0, :2] - command, axis=1)
        np.testing.assert_allclose(info["reward_velocity"], 0.8 * np.exp(-2 * error**2), rtol=1e-9)
        np.testing.assert_allclose(info["reward_upright"], 0.1 * rewards.upright(*state.angles), rtol=1e-12)
        np.testing.assert_allclose(info["velocity_error"], error, rtol=1e-9)
        assert np.array_equal(sum(info[f"reward_{name}"] for name in TERMS), outcome.reward)


def test_the_reward_is_for_the_command_that_was_observed():
    task = make(fall_height=0.0, command_time=[1 / 30, 1 / 30], time_limit=10)
    reset(task)
    for _ in range(5):
        before = task.velocity_world()[0].copy()
        task.step(holding_action(task.simulation))
        velocity = observations.BodyState.of(task.simulation).velocity[0, 0, :2]
        assert task.info()["velocity_error"][0] == pytest.approx(np.linalg.norm(velocity - before))
        assert not np.array_equal(task.velocity_world()[0], before)


def test_set_command_holds_until_the_end():
    task = make(2, command_time=[0.1, 0.1], fall_height=0.0)
    reset(task)
    task.set_command(1.0, 2.5)
    for _ in range(10):
        task.step(holding_action(task.simulation))
        assert task.info()["command_heading"].tolist() == [1.0, 1.0]
        assert task.info()["command_speed"].tolist() == [2.5, 2.5]
    task.set_command([0.5], [0.0], [1])
    assert task.info()["command_speed"].tolist() == [2.5, 0.0]
    reset(task)
    assert task.info()["command_speed"][0] != 2.5


def test_arrow_keys():
    task = make()
    reset(task, command=[0.0, 1.0])
    for key in (265, 265, 263, 65):
        task.press_key(key)
    assert task.command[1][0] == pytest.approx(1.5)
    assert task.command[0][0] == pytest.approx(math.pi / 12)
    for _ in range(20):
        task.press_key(264)
    task.press_key(262)
    assert task.command[1][0] == 0.0
    assert task.command[0][0] == pytest.approx(0.0)


def test_success_is_a_small_mean_error_over_the_whole_episode():
    task = make(2, time_limit=3)
    reset(task, command=[[0.0, 0.0], [0.0, 3.0]])
    for _ in range(3):
        outcome = task.step(holding_action(task.simulation))
    assert outcome.truncated.all()
    assert task.info()["is_success"].tolist() == [True, False]
    assert task.info()["mean_velocity_error"][1] == pytest.approx(3.0, abs=0.2)


def test_markers():
    task = make()
    reset(task, command=[0.0, 2.0], heading=math.pi / 2)
    (arrow,) = task.markers(0)
    assert arrow.shape == "arrow"
    np.testing.assert_allclose(arrow.axis, [0.0, 1.0, 0.0], atol=1e-9)
    longer = arrow.size[2]
    task.set_command(0.0, 1.0)
    assert task.markers(0)[0].size[2] == pytest.approx(longer / 2)
    task.set_command(0.0, 0.0)
    assert task.markers(0)[0].shape == "cylinder"


def test_layout_of_the_imitation_task(motions):
    imitation, task = make_task(motions=motions, lookahead=2), make(observation="imitation", lookahead=2)
    assert task.layout == imitation.layout
    assert task.observation_size == imitation.observation_size
    reset(task, command=[0.0, 1.5])
    frames = task.observe()[0][task.layout["tracking"]].reshape(2, 3, 7, 3)
    for ahead, frame in enumerate(frames, start=1):
        np.testing.assert_allclose(frame[0, 0], [1.5 * ahead / 30, 0.0, 0.0], atol=1e-6)
        np.testing.assert_allclose(frame[1, 0], [1.5, 0.0, 0.0], atol=1e-6)
        assert not frame[:2, 1:].any()


@pytest.mark.parametrize("command", [(0.0, 3.1), (0.0, -0.1), (math.nan, 1.0), (0.0, math.nan)])
def test_impossible_commands(command):
    task = make(2)
    with pytest.raises(ResetError, match="speed from 0 to 3"):
        reset(task, command=list(command))
    with pytest.raises(ResetError, match="speed from 0 to 3"):
        task.set_command(*command)


def test_a_command_of_another_shape():
    with pytest.raises(ResetError, match=r"\[heading, speed\], or 2 of these"):
        reset(make(2), command=[1.0])
    with pytest.raises(ResetError, match="numbers, given 'left'"):
        reset(make(2), command="left")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"speed_range": [0.0, 4.0]}, r"speed_range must be \[low, high\] from 0 to 3, given \[0.0, 4.0\]"),
        ({"speed_range": [2.0, 1.0]}, "speed_range"),
        ({"command_time": [0.0, 1.0]}, "command_time"),
        ({"heading_range": [0.0]}, "heading_range"),
        ({"heading_range": 1.0}, "a list of two numbers"),
        ({"success_error": 0.0}, "success_error"),
    ],
)
def test_impossible_configurations(overrides, message):
    with pytest.raises(ConfigError, match=message):
        make(**overrides)
