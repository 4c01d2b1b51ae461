"""What every goal environment promises, as the imitation environment does."""

from __future__ import annotations

import contextlib
import json
import pickle
import warnings

import gymnasium
import mujoco
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

import kinesis_env
from kinesis_env.envs import DirectionEnv, ReachEnv, ReachGoalEnv, rendering
from kinesis_env.errors import ConfigError, RenderingError, ResetError
from tests.envs.support import HEADINGS, assert_rows_are_single_environments, headings_of
from tests.envs.test_single import EXPECTED_WARNINGS
from tests.support import CONDITIONS, has_display, random_actions

IDS = [env_id for env_id in kinesis_env.ENV_IDS if env_id not in ("Kinesis-Imitate-v0", "Kinesis-Text-v0")]
GOAL = "Kinesis-ReachGoal-v0"
N = 3


def flat(observation):
    if isinstance(observation, dict):
        return np.concatenate([observation[key].reshape(*observation[key].shape) for key in sorted(observation)], -1)
    return observation


def rollout(env, seed, steps=12):
    rows = [flat(env.reset(seed=seed)[0])]
    for action in random_actions(seed, steps, scale=0.3):
        observation, reward, terminated, truncated, _ = env.step(action)
        rows.append(np.append(flat(observation), reward))
        if terminated or truncated:
            rows.append(flat(env.reset()[0]))
    return np.concatenate(rows)


@pytest.mark.parametrize("env_id", IDS)
def test_gymnasium_finds_nothing_to_complain_about(env_id):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(gymnasium.make(env_id).unwrapped, skip_render_check=not has_display())
    unexpected = [str(w.message) for w in caught if not any(known in str(w.message) for known in EXPECTED_WARNINGS)]
    assert not unexpected


@pytest.mark.parametrize("env_id", IDS)
def test_what_step_returns(env_id):
    env = gymnasium.make(env_id)
    first, reset_info = env.reset(seed=0)
    kept = flat(first).copy()
    second, reward, terminated, truncated, info = env.step(env.action_space.sample())
    assert flat(first).dtype == flat(second).dtype == np.float32
    assert np.array_equal(flat(first), kept)
    assert (type(reward), type(terminated), type(truncated)) == (float, bool, bool)
    assert list(reset_info) == list(info)
    assert {type(value) for value in info.values()} <= {np.float64, bool, str, int}
    assert json.loads(json.dumps(info)) == info
    assert sum(value for key, value in info.items() if key.startswith("reward_")) == reward
    assert info["is_success"] is False


@pytest.mark.parametrize("env_id", IDS)
def test_the_episode_ends_at_the_tasks_own_time_limit(env_id):
    env = gymnasium.make(env_id, time_limit=3)
    env.reset(seed=0)
    ends = [env.step(np.zeros(80, np.float32))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]


SETTINGS = [
    {},
    {"time_limit": 5, "action_mode": "excitation", "muscle_observations": ["force", "activation"]},
    {"time_limit": 9, "muscle_observations": ["fatigue"], **CONDITIONS},
]


@pytest.mark.parametrize("kwargs", SETTINGS, ids=["default", "excitation", "conditions"])
@pytest.mark.parametrize("env_id", kinesis_env.ENV_IDS)
def test_row_i_is_the_single_environment_seeded_s_plus_i(env_id, kwargs, motions):
    kwargs = dict(kwargs, motions=motions) if env_id == "Kinesis-Imitate-v0" else kwargs
    if env_id in ("Kinesis-Imitate-v0", "Kinesis-Text-v0"):
        kwargs = {key: value for key, value in kwargs.items() if key != "time_limit"}
    vector = gymnasium.make_vec(env_id, num_envs=N, num_threads=2, **kwargs)
    envs = [gymnasium.make(env_id, **kwargs) for _ in range(N)]
    ends = assert_rows_are_single_environments(vector, envs, seed=11)
    assert ends >= 3


@pytest.mark.parametrize("env_id", IDS)
def test_same_step_autoreset(env_id):
    vector = gymnasium.make_vec(env_id, num_envs=N, autoreset_mode="SameStep", time_limit=4)
    theirs = gymnasium.make_vec(
        env_id,
        num_envs=N,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": "SameStep"},
        time_limit=4,
    )
    assert np.array_equal(flat(vector.reset(seed=2)[0]), flat(theirs.reset(seed=2)[0]))
    for actions in random_actions(3, 5, N, scale=0.5):
        mine, reference = vector.step(actions), theirs.step(actions)
        assert np.array_equal(flat(mine[0]), flat(reference[0]))
        for a, b in zip(mine[1:4], reference[1:4], strict=True):
            assert np.array_equal(a, b)
        if "final_obs" in reference[4]:
            for row in np.flatnonzero(reference[4]["_final_obs"]):
                assert np.array_equal(flat(mine[4]["final_obs"][row]), flat(reference[4]["final_obs"][row]))


@pytest.mark.parametrize("env_id", IDS)
def test_pickle_and_spec_give_the_same_environment(env_id):
    env = gymnasium.make(env_id, weakness={"glmax*": [0.5, 1.0]}, excitation_noise=0.1, time_limit=40)
    rebuilt = EnvSpec.from_json(env.spec.to_json())
    for other in (pickle.loads(pickle.dumps(env)), gymnasium.make(env.spec), gymnasium.make(rebuilt)):
        assert other.spec.kwargs == env.spec.kwargs
        assert np.array_equal(rollout(env, 5), rollout(other, 5))
    vector = gymnasium.make_vec(env_id, num_envs=2, num_threads=1)
    other = pickle.loads(pickle.dumps(vector))
    assert np.array_equal(flat(vector.reset(seed=1)[0]), flat(other.reset(seed=1)[0]))
    json.dumps(env.spec.kwargs)


@pytest.mark.parametrize("env_id", IDS)
def test_every_render_mode_draws_the_goal(env_id):
    pictures = {}
    for shown in (True, False):
        for mode in ("rgb_array", "depth_array"):
            env = gymnasium.make(env_id, render_mode=mode, width=160, height=120, show_reference=shown)
            env.reset(seed=0, options={"command": [0.5, 2.0]} if "Direction" in env_id else {"goal": [1.0, 0.3]})
            try:
                pictures[mode, shown] = env.render()
            except RenderingError as error:
                pytest.skip(f"no OpenGL here: {error}")
            env.close()
            env.close()
    colors, without = (pictures["rgb_array", shown].astype(int) for shown in (True, False))
    assert colors.shape == (120, 160, 3)
    changed = np.abs(colors - without).max(axis=-1) > 40
    assert 0.0005 < changed.mean() < 0.05
    assert pictures["depth_array", True].shape == (120, 160)


@pytest.mark.parametrize("env_id", IDS)
def test_human_mode_opens_a_window_or_says_why_not(env_id):
    env = gymnasium.make(env_id, render_mode="human")
    if has_display():
        env.reset(seed=0)
        env.step(np.zeros(80, np.float32))
    else:
        with pytest.raises(RenderingError, match="rgb_array"):
            env.reset(seed=0)
    env.close()


def test_keys_of_the_window_set_the_command(monkeypatch):
    """The window hands keys to the task; opening one needs a display, so a stand-in is opened here."""
    handed = []

    class Window:
        class _Cam:
            type = fixedcamid = 0

        cam = _Cam()
        user_scn = mujoco.MjvScene(mujoco.MjModel.from_xml_string("<mujoco/>"), 200)

        def lock(self):
            return contextlib.nullcontext()

        def is_running(self):
            return True

        def sync(self):
            pass

        def close(self):
            pass

    def open_window(picture, on_key):
        handed.append(on_key)
        return Window()

    monkeypatch.setattr(rendering, "_open_window", open_window)
    env = gymnasium.make("Kinesis-Direction-v0", render_mode="human")
    env.reset(seed=0, options={"command": [0.0, 1.0]})
    handed[0](265)
    info = env.step(np.zeros(80, np.float32))[4]
    assert info["command_speed"] == 1.25
    assert Window.user_scn.ngeom == 1  # the arrow
    env.close()


@pytest.mark.parametrize("cls", [ReachEnv, ReachGoalEnv, DirectionEnv])
def test_the_docstring_is_the_page_in_gymnasiums_order(cls):
    assert headings_of(cls) == HEADINGS
    assert cls.definition.env_id in kinesis_env.ENV_IDS


def test_only_the_goal_env_has_the_goal_env_api():
    for env_id in kinesis_env.ENV_IDS:
        assert hasattr(gymnasium.make(env_id).unwrapped, "compute_reward") == (env_id == GOAL)


@pytest.mark.parametrize("env_id", ["Kinesis-Reach-v0", "Kinesis-Direction-v0"])
def test_one_network_serves_imitation_and_goals(env_id, motions):
    kwargs = {"lookahead": 2, "muscle_observations": ["activation"]}
    imitation = gymnasium.make("Kinesis-Imitate-v0", motions=motions, **kwargs)
    env = gymnasium.make(env_id, observation="imitation", **kwargs)
    assert env.observation_space == imitation.observation_space
    assert env.action_space == imitation.action_space
    assert env.unwrapped.task.layout == imitation.unwrapped.task.layout


@pytest.mark.parametrize("reward", ["sparse", "dense"])
@pytest.mark.parametrize("success", ["touch", "timeout"])
def test_computed_is_what_step_gave(reward, success):
    env = gymnasium.make(GOAL, reward=reward, success=success, radius=1.4, time_limit=12).unwrapped
    achieved, desired, infos, given = [], [], [], []
    for seed in range(6):
        env.reset(seed=seed)
        over = False
        while not over:
            observation, r, terminated, truncated, info = env.step(env.action_space.sample())
            assert env.compute_reward(observation["achieved_goal"], observation["desired_goal"], info) == r
            assert env.compute_terminated(observation["achieved_goal"], observation["desired_goal"], info) is terminated
            assert env.compute_truncated(observation["achieved_goal"], observation["desired_goal"], info) is truncated
            achieved.append(observation["achieved_goal"])
            desired.append(observation["desired_goal"])
            infos.append(info)
            given.append((r, terminated, truncated))
            over = terminated or truncated
    # many at once, as replay buffers ask
    arguments = np.array(achieved), np.array(desired), np.array(infos)
    rewards, terminated, truncated = (list(column) for column in zip(*given, strict=True))
    assert env.compute_reward(*arguments).tolist() == rewards
    assert env.compute_terminated(*arguments).tolist() == terminated
    assert env.compute_truncated(*arguments).tolist() == truncated
    assert len(set(rewards)) > 1
    assert any(truncated) or success == "touch"


def test_computed_with_another_goal():
    env = gymnasium.make(GOAL, success="touch").unwrapped
    observation, _ = env.reset(seed=0)
    observation, *_, info = env.step(env.action_space.sample())
    place = observation["achieved_goal"]
    assert env.compute_reward(place, place, info) == 0.0
    assert env.compute_terminated(place, place, info) is True
    assert env.compute_reward(place, place + np.float32(0.2), info) == -1.0
    assert env.compute_reward(np.stack((place, place)), np.stack((place, place + 1)), {}).tolist() == [0.0, -1.0]


def test_an_end_is_either_terminated_or_truncated():
    env = gymnasium.make(GOAL, success="touch").unwrapped
    there, away = np.zeros(2), np.ones(2)
    late, early = {"time": 5.0, "termination_reason": ""}, {"time": 4.9, "termination_reason": ""}
    assert (env.compute_terminated(there, away, late), env.compute_truncated(there, away, late)) == (False, True)
    assert (env.compute_terminated(there, there, late), env.compute_truncated(there, there, late)) == (True, False)
    assert not env.compute_truncated(there, away, early)
    fallen = late | {"termination_reason": "fallen"}
    assert (env.compute_terminated(there, away, fallen), env.compute_truncated(there, away, fallen)) == (True, False)


def test_the_vector_goal_env_computes_too():
    vector = gymnasium.make_vec(GOAL, num_envs=3, reward="dense")
    vector.reset(seed=0)
    observations, rewards, terminated, truncated, infos = vector.step(vector.action_space.sample())
    assert vector.observation_space.contains(observations)
    goals = observations["achieved_goal"], observations["desired_goal"]
    base = vector.unwrapped
    assert np.array_equal(base.compute_reward(*goals, infos), rewards)
    assert np.array_equal(base.compute_terminated(*goals, infos), terminated)
    assert np.array_equal(base.compute_truncated(*goals, infos), truncated)


def test_set_command_single_and_vector():
    env = gymnasium.make("Kinesis-Direction-v0")
    env.reset(seed=0)
    env.unwrapped.set_command(0.3, 1.1)
    assert env.step(np.zeros(80, np.float32))[4]["command_speed"] == 1.1
    vector = gymnasium.make_vec("Kinesis-Direction-v0", num_envs=3)
    vector.reset(seed=0)
    vector.unwrapped.set_command([0.1, 0.2], 2.0, [0, 2])
    infos = vector.step(np.zeros((3, 80), np.float32))[4]
    assert infos["command_heading"][[0, 2]].tolist() == [0.1, 0.2]
    assert infos["command_speed"][[0, 2]].tolist() == [2.0, 2.0]
    assert infos["command_heading"][1] not in (0.1, 0.2)
    with pytest.raises(ResetError, match="0 to 3 m/s"):
        env.unwrapped.set_command(0.0, 5.0)


def test_options_by_row():
    vector = gymnasium.make_vec("Kinesis-Reach-v0", num_envs=2, fatigue=True)
    _, infos = vector.reset(options={"goal": [[1.0, 0.0], [0.0, 1.5]], "fatigue": [0.25, 0.5]})
    assert infos["distance"].tolist() == pytest.approx([1.0, 1.5])
    assert infos["fatigue"].tolist() == pytest.approx([0.25, 0.5])


def test_no_second_goal_for_the_goal_env():
    with pytest.raises(ConfigError, match="goals=1"):
        gymnasium.make(GOAL, goals=2)
