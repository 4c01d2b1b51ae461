"""Stable-Baselines3 takes the environments as they are. Run by ``make test-integrations``."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import gymnasium
import numpy as np
import pytest

import kinesis_env
from tests.support import make_env

pytestmark = pytest.mark.integration

sb3 = pytest.importorskip("stable_baselines3", reason="the extra 'integrations' is not installed")


def test_its_checker_finds_nothing(motions):
    from stable_baselines3.common.env_checker import check_env

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no warning is expected
        check_env(make_env(motions=motions).unwrapped, warn=True, skip_render_check=True)


@pytest.mark.parametrize("env_id", [env_id for env_id in kinesis_env.ENV_IDS if env_id != "Kinesis-Imitate-v0"])
def test_its_checker_finds_nothing_in_the_goal_environments(env_id):
    from stable_baselines3.common.env_checker import check_env

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(env_id).unwrapped, warn=True, skip_render_check=True)


def test_hindsight_replay_relabels_with_the_environments_own_reward():
    from stable_baselines3 import SAC, HerReplayBuffer

    env = gymnasium.make("Kinesis-ReachGoal-v0", time_limit=20)
    model = SAC(
        "MultiInputPolicy",
        env,
        replay_buffer_class=HerReplayBuffer,
        learning_starts=100,
        batch_size=32,
        policy_kwargs={"net_arch": [32]},
        seed=0,
        device="cpu",
    )
    model.learn(300)
    sample = model.replay_buffer.sample(500)
    achieved = sample.next_observations["achieved_goal"].numpy()
    desired = sample.next_observations["desired_goal"].numpy()
    rewards = sample.rewards.numpy()[:, 0]
    assert np.array_equal(rewards, env.unwrapped.compute_reward(achieved, desired, [{}] * 500))
    assert 0.05 < (rewards == 0).mean() < 0.95  # hindsight finds goals that were reached


def test_the_example_of_hindsight_replay_runs():
    example = Path(__file__).parents[2] / "examples" / "06_hindsight_replay.py"
    result = subprocess.run([sys.executable, str(example)], check=True, capture_output=True, text=True)
    assert "reach their goal" in result.stdout


def test_ppo_learns_a_little_on_a_vector_of_environments(motions):
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    venv = make_vec_env(lambda: make_env(motions=motions), n_envs=2, seed=0)
    model = PPO("MlpPolicy", venv, n_steps=64, batch_size=64, n_epochs=2, seed=0, device="cpu")
    model.learn(256)
    observation = venv.reset()
    action, _ = model.predict(observation, deterministic=True)
    assert action.shape == (2, 80)
    assert np.isfinite(action).all()
    # the monitor has read the metrics of finished episodes
    assert model.ep_info_buffer
    assert "is_success" not in model.ep_info_buffer[0]  # it keeps r, l and t only
    assert len(model.ep_success_buffer) > 0  # is_success was found in info


def test_sac_takes_the_spaces(motions):
    from stable_baselines3 import SAC

    model = SAC("MlpPolicy", make_env(motions=motions), learning_starts=20, seed=0, device="cpu")
    model.learn(40)
    assert model.num_timesteps == 40
