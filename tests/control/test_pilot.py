from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from kinesis_env.cli import main as cli
from kinesis_env.control import Pilot
from kinesis_env.control.play import play, what_to_play
from kinesis_env.control.steering import DirectionPlanner, ReachPlanner
from kinesis_env.envs.definition import definition_of
from kinesis_env.errors import ControlError, MotionError


def make(env_id, **overrides):
    task = definition_of(env_id).make_task({"action_mode": "excitation", **overrides}, 2, 1)
    task.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)], {"heading": 0.7})
    return task


@pytest.mark.parametrize("seed", range(4))
def test_the_way_to_a_goal_ends_there_in_time_and_standing(seed):
    task = make("Kinesis-Reach-v0")
    task.reset(np.array([1]), [np.random.default_rng(seed)], {})
    route = ReachPlanner(task).start(1)
    frames = task.config.time_limit
    assert np.abs(route.qpos[frames, :2] - task.goal_world()[1]).max() < 0.03
    assert np.abs(route.qvel[frames - 5 : frames]).max() < 1e-6
    assert np.abs(route.qpos[0, :2] - task.simulation.qpos[1, :2]).max() < 0.01
    turn = 2 * np.arccos(min(1.0, abs(float(route.qpos[0, 3:7] @ task.simulation.qpos[1, 3:7]))))
    assert np.degrees(turn) < 5.0
    assert np.abs(np.diff(route.qpos, axis=0)).max() < 0.5


def test_a_new_goal_goes_on_from_the_last_one():
    task = make("Kinesis-Reach-v0", goals=2, time_limit=300, success="touch")
    planner = ReachPlanner(task)
    first = planner.start(0)
    assert planner.update(0) is None
    task._index[0] = 1  # as if it were there
    onward = planner.update(0)
    assert onward is not None
    assert np.abs(onward.qpos[0] - first.qpos[2]).max() < 1e-12
    assert np.abs(onward.qpos[-1, :2] - task.goal_world()[0]).max() < 0.03
    assert np.abs(np.diff(onward.qpos, axis=0)).max() < 0.5


def test_a_command_is_followed_and_a_new_one_taken_up():
    task = make("Kinesis-Direction-v0")
    planner = DirectionPlanner(task)
    task.set_command(0.5, 1.2, [0])
    route = planner.start(0)
    assert route.qvel[90, :2] == pytest.approx(task.velocity_world()[0], abs=0.25)
    for _ in range(60):
        assert planner.update(0) is None
    task.set_command(-0.6, 0.9, [0])
    onward = planner.update(0)
    assert onward is not None
    assert np.abs(onward.qpos[0, :3] - route.qpos[61, :3]).max() < 0.05
    assert onward.qvel[90, :2] == pytest.approx(task.velocity_world()[0], abs=0.25)


def test_a_body_sets_out_for_its_goal():
    task = make("Kinesis-Reach-v0")
    task.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)], {"goal": [1.0, 0.0]})
    before = task.info()["distance"].copy()
    pilot = Pilot(task)
    pilot.begin(np.arange(2))
    for _ in range(24):
        task.step(pilot.act(np.arange(2)))
    assert (task.info()["distance"] < before - 0.05).all()
    assert (task.simulation.qpos[:, 2] > 0.85).all()


def test_space_pushes():
    task = make("Kinesis-Direction-v0")
    before = task.simulation.qvel[0].copy()
    task.press_key(32)
    pushed = task.simulation.qvel[0] - before
    mass = float(task.simulation.model.body_mass.sum())
    assert mass * np.linalg.norm(pushed[:3]) == pytest.approx(20.0)
    assert not pushed[3:].any()


def test_what_a_word_means():
    assert what_to_play("Kinesis-Direction-v0") == ("Kinesis-Direction-v0", {})
    assert what_to_play("walk")[1]["motions"] == "walk"
    assert what_to_play("walk forward")[1]["prompts"] == ["walk forward"]
    with pytest.raises(MotionError, match="moonwalk"):
        what_to_play("moonwalk")
    with pytest.raises(ControlError, match="nothing to play: name a motion"):
        what_to_play(" ")


@pytest.mark.skipif(sys.platform != "linux", reason="only there a window needs a display server")
def test_play_without_a_window_says_what_is_missing():
    # in a process of its own: GLFW keeps the display that an earlier test may have found
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    command = [sys.executable, "-m", "kinesis_env", "play", "walk"]
    run = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert run.returncode == 2
    assert "cannot open a window" in run.stderr


def test_play_tells_how_it_ended():
    ends = play("stand still", render_mode="rgb_array", max_episode_steps=3)
    assert len(ends) == 1
    assert ends[0]["tracking_error"] < 0.05


def test_a_data_set_needs_a_place_or_a_name(capsys):
    assert cli.main(["track", "walk"]) == 2
    assert "--out" in capsys.readouterr().err
