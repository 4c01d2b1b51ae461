"""Whatever is given, observations and rewards stay sane, and errors are the package's own."""

from __future__ import annotations

import os

import gymnasium
import numpy as np
import pytest

from kinesis_env.errors import ActionError, ConfigError, KinesisError, MotionError, ResetError
from kinesis_env.model.bounds import FASTEST, beyond
from kinesis_env.motions import Motion, load_motions

IMITATE, REACH = "Kinesis-Imitate-v0", "Kinesis-Reach-v0"
HUGE = 10**400


def make(env_id=IMITATE, **kwargs):
    return gymnasium.make(env_id, disable_env_checker=True, **kwargs).unwrapped


def make_vec(env_id=IMITATE, num=4, **kwargs):
    return gymnasium.make_vec(env_id, num_envs=num, vectorization_mode="vector_entry_point", **kwargs)


@pytest.mark.parametrize(
    ("env_id", "kwargs"),
    [
        (REACH, {"physics_rate": 60, "fall_height": 0.0}),
        (REACH, {"mass_scale": 0.1, "weakness": {"*": 10}, "fall_height": 0.0}),
        (IMITATE, {"physics_rate": 60, "termination_distance": 100.0}),
        (IMITATE, {"mass_scale": 0.1, "weakness": {"*": 10}, "termination_distance": 100.0}),
        ("Kinesis-Direction-v0", {"weakness": {"*": 10}, "fall_height": 0.0, "excitation_noise": 1.0}),
    ],
)
@pytest.mark.parametrize("action_mode", ["excitation", "length"])
def test_a_simulation_that_blows_up_has_diverged(env_id, kwargs, action_mode):
    envs = make_vec(env_id, 32, action_mode=action_mode, **kwargs)
    observation, _ = envs.reset(seed=1)
    rng = np.random.default_rng(1)
    diverged = 0
    for step in range(60):
        if step % 10 == 0:
            actions = rng.choice([-1.0, 1.0], (32, 80)).astype(np.float32)
        observation, reward, _, _, info = envs.step(actions)
        assert np.abs(observation).max() < 1000
        assert np.abs(reward).max() < 1000
        assert not beyond(envs.unwrapped.task.simulation.qpos, envs.unwrapped.task.simulation.qvel).any()
        diverged += np.count_nonzero(info["termination_reason"] == "diverged")
    if action_mode == "excitation" and "weakness" in kwargs and env_id == REACH:
        assert diverged > 10


def test_no_ordinary_body_is_beyond_the_bounds():
    for action_mode in ("excitation", "length"):
        envs = make_vec(REACH, 32, action_mode=action_mode, fall_height=0.0)
        envs.reset(seed=0)
        rng, fastest = np.random.default_rng(0), np.zeros(20)
        for step in range(60):
            if step % 10 == 0:
                actions = rng.choice([-1.0, 1.0], (32, 80)).astype(np.float32)
            info = envs.step(actions)[4]
            assert not np.any(info["termination_reason"] == "diverged")
            fastest = np.maximum(fastest, np.abs(envs.unwrapped.task.simulation.qvel).max(axis=0))
        assert (fastest < 0.5 * FASTEST).all()


def test_divergence_is_seen_in_every_row():
    for row in range(3):
        envs = make_vec(REACH, 3)
        envs.reset(seed=0)
        envs.unwrapped.task.simulation.qvel[row, 8] = np.nan
        info = envs.step(np.zeros((3, 80), np.float32))[4]
        assert (info["termination_reason"] == "diverged").tolist() == [row == i for i in range(3)]


def test_warnings_of_mujoco_are_logged(tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.chdir(tmp_path)
    caplog.set_level("INFO", "kinesis_env.mujoco")
    envs = make_vec(REACH, 3)
    envs.reset(seed=0)
    envs.unwrapped.task.simulation.qvel[:] = 1e12
    envs.step(np.zeros((3, 80), np.float32))
    assert list(tmp_path.iterdir()) == []
    assert "WARNING" not in capfd.readouterr().err
    assert "unstable" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"body_pos": 1e300}, "body_pos contradicts qpos"),
        ({"body_pos": 1.1}, "body_pos contradicts qpos"),
        ({"body_vel": 1e300}, "body_vel contradicts qpos and qvel"),
        ({"qvel": 1e300}, "a root is higher|the root is higher|something is faster"),
    ],
)
def test_a_motion_that_contradicts_itself_is_refused(tmp_path, change, message):
    walk = load_motions("walk")[0]
    (key, factor), *_ = change.items()
    with pytest.raises(MotionError, match=message):
        Motion.load(walk.replace(**{key: getattr(walk, key) * factor}).save(tmp_path / "m.npz"))


def test_hinges_that_no_body_bends(tmp_path):
    walk = load_motions("walk")[0]
    qpos = walk.qpos.copy()
    qpos[5, 9] = 50.0
    with pytest.raises(MotionError, match=r"a hinge is more than 0\.7 rad .* in 1 frames, first in frame 5"):
        Motion.from_qpos(qpos, 30.0, name="bent")


@pytest.mark.parametrize(
    "options",
    [
        5, [1], {1: 2}, {"clip": 5}, {"clip": None}, {"clip": "x" * 5000}, {"start_time": HUGE},
        {"start_time": 10**5000}, {"start_time": [[1], [1, 2]]}, {"heading": 1j}, {"fatigue": 0.5},
    ],
)  # fmt: skip
def test_impossible_options(options):
    for env in (make(), make_vec()):
        with pytest.raises(ResetError) as caught:
            env.reset(seed=0, options=options)
        assert len(str(caught.value)) <= 800


@pytest.mark.parametrize("goal", [[1e300, 1], HUGE, "a", None, [1 + 1j, 2], [np.nan, 1]])
def test_impossible_goals(goal):
    with pytest.raises(ResetError, match="goal"):
        make(REACH).reset(options={"goal": goal})


@pytest.mark.parametrize(
    ("env_id", "kwargs"),
    [
        (IMITATE, {"control_rate": 1e-9}),
        (IMITATE, {"motions": "~nobody_such"}),
        (IMITATE, {"motions": "x" * 5000}),
        (IMITATE, {"lookahead": 10**30}),
        (IMITATE, {"width": 10**9}),
        (IMITATE, {"rewards": {"position": {"weight": 1e300}}}),
        (REACH, {"time_limit": 1e29}),
        (REACH, {"goal_range": 1e39}),
        ("Kinesis-Direction-v0", {"time_limit": 10**9, "command_time": [0.04, 0.04]}),
        ("Kinesis-Text-v0", {"capacity": 10**29}),
    ],
)
def test_impossible_settings(env_id, kwargs):
    with pytest.raises((ConfigError, MotionError)) as caught:
        make(env_id, **kwargs)
    assert len(str(caught.value)) <= 800


@pytest.mark.parametrize("num", ["a", 1.5, 10**9, 0, True, None])
def test_impossible_numbers_of_environments(num):
    with pytest.raises(ConfigError, match="num_envs must be a whole number"):
        make_vec(num=num)


@pytest.mark.parametrize("action", [np.zeros(80) * 1j, "a", None, [None] * 80, np.zeros(80, "U3")])
def test_impossible_actions(action):
    env = make()
    env.reset(seed=0)
    with pytest.raises(ActionError):
        env.step(action)


@pytest.mark.parametrize("qpos", [np.full(21, 1e300), np.zeros(21), np.full(21, np.nan), np.zeros(5), "a"])
def test_impossible_states(qpos):
    env = make()
    env.reset(seed=0)
    with pytest.raises(ResetError):
        env.set_state(qpos, np.zeros(20))


def test_an_environment_from_before_a_fork_says_so():
    envs = make_vec(REACH, 4, num_threads=2)
    envs.reset(seed=0)
    child = os.fork()
    if child == 0:
        try:
            envs.step(np.zeros((4, 80), np.float32))
            os._exit(1)
        except KinesisError as error:
            os._exit(0 if "forked" in str(error) else 2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    envs.step(np.zeros((4, 80), np.float32))
