"""TorchRL and skrl take the environments as their own documentation says. Run by ``make test-integrations``."""

import gymnasium
import numpy as np
import pytest

import kinesis_env

pytestmark = pytest.mark.integration

torch = pytest.importorskip("torch", reason="the extra 'integrations' is not installed")


@pytest.mark.parametrize("env_id", kinesis_env.ENV_IDS)
def test_torchrl_makes_every_id(env_id):
    libs = pytest.importorskip("torchrl.envs")
    env = libs.GymEnv(env_id)
    rollout = env.rollout(4)
    assert rollout["next", "reward"].shape[-1] == 1
    assert torch.isfinite(rollout["next", "reward"]).all()


def test_torchrl_reads_infos():
    libs = pytest.importorskip("torchrl.envs")
    env = libs.GymEnv("Kinesis-Imitate-v0")
    env.set_info_dict_reader(libs.default_info_dict_reader(["tracking_error", "reward_position"]))
    rollout = env.rollout(4)
    assert (rollout["next", "tracking_error"] > 0).all()
    assert (rollout["next", "reward_position"] <= rollout["next", "reward"].squeeze(-1)).all()


def test_torchrl_takes_a_vector_environment_whose_episodes_it_resets():
    libs = pytest.importorskip("torchrl.envs")
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", 3, autoreset_mode="Disabled")
    rollout = libs.GymWrapper(envs).rollout(12, break_when_any_done=False)
    assert rollout.shape == (3, 12)
    assert rollout["next", "done"].any()
    assert rollout["next", "observation"].shape == (3, 12, 234)


@pytest.mark.parametrize("num", [1, 3])
def test_skrl_wraps_single_and_vector_environments(num):
    wrappers = pytest.importorskip("skrl.envs.wrappers.torch")
    made = gymnasium.make("Kinesis-Imitate-v0") if num == 1 else gymnasium.make_vec("Kinesis-Imitate-v0", num)
    env = wrappers.wrap_env(made, verbose=False)
    observation, _ = env.reset()
    assert observation.shape == (num, 234)
    observation, reward, terminated, truncated, _ = env.step(torch.zeros(num, 80))
    assert (observation.shape, reward.shape) == ((num, 234), (num, 1))
    assert terminated.shape == truncated.shape == (num, 1)


def test_attributes_and_methods_of_all_bodies():
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", 3, render_mode=None).unwrapped
    assert envs.get_attr("num_envs") == (3, 3, 3)
    assert envs.call("get_attr", "num_envs") == ((3, 3, 3),) * 3
    envs.set_attr("note", ["kept", "kept", "kept"])
    assert envs.get_attr("note") == ("kept",) * 3
    with pytest.raises(kinesis_env.errors.ConfigError, match="share the attribute 'note'"):
        envs.set_attr("note", ["a", "b", "c"])
    observation, _ = envs.reset(seed=0)
    assert np.isfinite(observation).all()
