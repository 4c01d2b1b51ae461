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


@pytest.mark.parametrize("env_id", ["Kinesis-Imitate-v0", "Kinesis-ReachGoal-v0"])
def test_bodies_side_by_side_are_the_single_environments(env_id, motions):
    """Observations, rewards, ends and infos of a ``DummyVecEnv`` of monitored single environments, bit for bit."""
    from stable_baselines3.common.env_util import make_vec_env as one_by_one

    from kinesis_env.sb3 import make_vec_env

    options = {"motions": motions} if env_id == "Kinesis-Imitate-v0" else {"time_limit": 15}
    ours = make_vec_env(env_id, 3, seed=4, num_threads=2, **options)
    theirs = one_by_one(lambda: gymnasium.make(env_id, **options), 3, seed=4)
    same(ours.reset(), theirs.reset())
    rng, ends, late = np.random.default_rng(0), 0, 0
    for _ in range(40):
        actions = rng.uniform(-1, 1, (3, 80)).astype(np.float32)
        (observation, reward, done, infos), wanted = ours.step(actions), theirs.step(actions)
        same(observation, wanted[0])
        np.testing.assert_array_equal(reward, wanted[1])
        np.testing.assert_array_equal(done, wanted[2])
        for row in range(3):
            info, expected = infos[row], dict(wanted[3][row])
            assert info.keys() >= expected.keys() - {"TimeLimit.truncated"}
            if done[row]:
                ends += 1
                late += info["TimeLimit.truncated"]
                assert info["TimeLimit.truncated"] == expected["TimeLimit.truncated"]
                same(info["terminal_observation"], expected["terminal_observation"])
                assert info["episode"]["l"] == expected["episode"]["l"]
                assert info["episode"]["r"] == pytest.approx(expected["episode"]["r"], abs=1e-5)
            for key in expected.keys() - {"episode", "terminal_observation", "TimeLimit.truncated"}:
                assert info[key] == expected[key], key
    assert ends > 3
    assert 0 < late <= ends


def same(ours, theirs):
    """Compare observations, which may be mappings."""
    for key in theirs if isinstance(theirs, dict) else [...]:
        np.testing.assert_array_equal(ours[key], theirs[key])


def test_algorithms_learn_on_bodies_side_by_side(motions):
    from stable_baselines3 import PPO, SAC, HerReplayBuffer
    from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

    from kinesis_env.sb3 import make_vec_env

    envs = VecNormalize(VecMonitor(make_vec_env("Kinesis-Imitate-v0", 8, motions=motions)))
    model = PPO("MlpPolicy", envs, n_steps=16, batch_size=64, n_epochs=1, seed=0, device="cpu").learn(256)
    assert model.ep_info_buffer
    SAC("MlpPolicy", make_vec_env("Kinesis-Imitate-v0", 4, motions=motions), learning_starts=20, device="cpu").learn(60)
    goals = make_vec_env("Kinesis-ReachGoal-v0", 4, time_limit=10)
    sac = SAC(
        "MultiInputPolicy", goals, replay_buffer_class=HerReplayBuffer, learning_starts=100, device="cpu", seed=0
    ).learn(200)
    sample = sac.replay_buffer.sample(100)
    achieved, desired = (sample.next_observations[key].numpy() for key in ("achieved_goal", "desired_goal"))
    expected = goals.envs.compute_reward(achieved, desired, [{}] * 100)
    np.testing.assert_array_equal(sample.rewards.numpy()[:, 0], expected)


def test_what_cannot_be_done_side_by_side():
    from kinesis_env.errors import ConfigError
    from kinesis_env.sb3 import make_vec_env

    with pytest.raises(ConfigError, match="autoreset_mode cannot be set here"):
        make_vec_env("Kinesis-Imitate-v0", 2, autoreset_mode="NextStep")
    envs = make_vec_env("Kinesis-Imitate-v0", 2)
    envs.set_options([{"start_time": 0.5}, {}])
    with pytest.raises(ConfigError, match="must have the same keys"):
        envs.reset()
    envs.set_options([{"start_time": 0.5}, {"start_time": 1.0}])
    envs.reset()
    assert [info["time"] for info in envs.reset_infos] == [0.5, 1.0]
    with pytest.raises(ConfigError, match="all bodies share"):
        envs.set_attr("closed", True, indices=[0])


def test_models_are_evaluated_with_their_statistics_and_without_their_replay(motions, tmp_path, caplog):
    from stable_baselines3 import PPO, SAC, HerReplayBuffer
    from stable_baselines3.common.vec_env import VecNormalize

    from kinesis_env.errors import PolicyError
    from kinesis_env.evaluation import evaluate, load_policy
    from kinesis_env.sb3 import make_vec_env

    envs = VecNormalize(make_vec_env("Kinesis-Imitate-v0", 4, motions=motions, seed=0))
    model = PPO("MlpPolicy", envs, n_steps=16, batch_size=32, n_epochs=1, seed=0, device="cpu").learn(128)
    model.save(tmp_path / "ppo.zip")
    envs.save(str(tmp_path / "vecnormalize.pkl"))
    named = f"sb3:PPO:{tmp_path / 'ppo.zip'}"
    with caplog.at_level("WARNING"):
        bare = load_policy(named, trust=True)
    assert "is used without the statistics next to it (vecnormalize.pkl)" in caplog.text
    whole = load_policy(named, trust=True, normalize=tmp_path / "vecnormalize.pkl")
    beside = load_policy(f"{named},{tmp_path / 'vecnormalize.pkl'}", trust=True)
    observation = envs.unwrapped.envs.reset(seed=1)[0]
    expected = model.predict(envs.normalize_obs(observation), deterministic=True)[0]
    rows = np.arange(4)
    np.testing.assert_array_equal(whole.act(observation, rows), expected)
    np.testing.assert_array_equal(beside.act(observation, rows), expected)
    assert np.abs(bare.act(observation, rows) - expected).max() > 1e-3
    assert whole.fingerprint == beside.fingerprint != bare.fingerprint
    with pytest.raises(PolicyError, match="not a VecNormalize file"):
        load_policy(named, trust=True, normalize=tmp_path / "ppo.zip")
    with pytest.raises(PolicyError, match="need a Stable-Baselines3 model"):
        load_policy("zero", normalize=tmp_path / "vecnormalize.pkl")

    goals = gymnasium.make("Kinesis-ReachGoal-v0", time_limit=10)
    her = SAC("MultiInputPolicy", goals, replay_buffer_class=HerReplayBuffer, learning_starts=100, device="cpu")
    her.learn(20)
    her.save(tmp_path / "her.zip")
    found = evaluate(
        f"sb3:SAC:{tmp_path / 'her.zip'}", "Kinesis-ReachGoal-v0", seeds=2, config={"time_limit": 10}, trust=True
    )
    assert len(found.episodes) == 2
    with pytest.raises(PolicyError, match="the algorithm is the class that saved it"):
        load_policy(f"sb3:PPO:{tmp_path / 'her.zip'}", trust=True)
