"""Policies of real libraries are evaluated, and agree. Run by ``make test-integrations``."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.errors import PolicyError
from kinesis_env.evaluation import evaluate, load_policy
from kinesis_env.motions import load_motions

pytestmark = pytest.mark.integration

torch = pytest.importorskip("torch", reason="the extra 'integrations' is not installed")
pytest.importorskip("stable_baselines3")


@pytest.fixture(scope="module")
def model(motions):
    from stable_baselines3 import PPO

    env = gymnasium.make("Kinesis-Imitate-v0", motions=motions)
    return PPO("MlpPolicy", env, n_steps=64, batch_size=64, n_epochs=1, seed=0, device="cpu").learn(64)


@pytest.fixture(scope="module")
def network(model):
    class Network(torch.nn.Module):
        """The deterministic action, as the library computes it."""

        def __init__(self):
            super().__init__()
            self.policy = model.policy

        def forward(self, observation):
            features = self.policy.features_extractor(observation)
            return self.policy.action_net(self.policy.mlp_extractor.forward_actor(features)).clamp(-1.0, 1.0)

    return Network().eval()


@pytest.fixture(scope="module")
def files(model, network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    model.save(folder / "ppo.zip")
    example = torch.zeros(1, 234)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both ways of exporting warn that there are newer ones
        torch.jit.trace(network, example).save(str(folder / "ppo.pt"))
        torch.onnx.export(
            network,
            (example,),
            str(folder / "ppo.onnx"),
            input_names=["observation"],
            dynamic_axes={"observation": {0: "n"}},
            dynamo=False,
        )
    return folder


@pytest.mark.parametrize("name", ["sb3:PPO:{}/ppo.zip", "{}/ppo.pt", "{}/ppo.onnx"])
def test_a_saved_policy_does_what_the_model_does(name, files, model, motions, tmp_path):
    if "onnx" in name:
        pytest.importorskip("onnxruntime")

    def act(observation):
        return model.predict(observation, deterministic=True)[0]

    wanted = {"motions": motions, "protocol": "kinesis"}
    found = evaluate(name.format(files), **wanted, trust=True, folder=tmp_path)
    expected = evaluate(act, **wanted)
    for one, other in zip(found.episodes, expected.episodes, strict=True):
        assert one.clip == other.clip
        assert one.series[:10] == pytest.approx(other.series[:10], abs=1e-5)
    policy = found.policy
    assert len(policy["sha256"]) == 64
    assert policy["library"].split()[1][0].isdigit()
    # whatever the number of rows, to the last bit
    for rows in (1, 2):
        assert evaluate(name.format(files), **wanted, rows=rows, trust=True).episodes == found.episodes
    seen = []
    evaluate(name.format(files), **wanted, trust=True, folder=tmp_path, on_progress=lambda *a: seen.append(a[2]))
    assert seen == ["kept from before"]


def test_a_goal_env_by_a_policy_of_dicts(tmp_path):
    from stable_baselines3 import SAC

    env = gymnasium.make("Kinesis-ReachGoal-v0")
    SAC("MultiInputPolicy", env, policy_kwargs={"net_arch": [16]}, buffer_size=10, seed=0, device="cpu").save(
        tmp_path / "sac.zip"
    )
    config = {"time_limit": 5}
    found = evaluate(f"sb3:SAC:{tmp_path}/sac.zip", "Kinesis-ReachGoal-v0", seeds=2, config=config, trust=True, rows=2)
    assert [episode.steps for episode in found.episodes] == [5, 5]


def test_models_that_do_not_fit_say_so(files, motions, tmp_path):
    with pytest.raises(PolicyError, match=r"expects observations of shape \(234,\), the environment gives \(314,\)"):
        evaluate(
            f"sb3:PPO:{files}/ppo.zip", motions=motions, trust=True, config={"muscle_observations": ["activation"]}
        )
    with pytest.raises(PolicyError, match="has an algorithm 'XYZ'"):
        load_policy(f"sb3:XYZ:{files}/ppo.zip", trust=True)
    with pytest.raises(PolicyError, match="not a model of SAC"):
        load_policy(f"sb3:SAC:{files}/ppo.zip", trust=True)
    with pytest.raises(PolicyError, match="raised at clip 'amble', seed 0, step 1"):
        evaluate(f"{files}/ppo.pt", motions=motions, config={"lookahead": 2})
    for name in ("a.onnx", "a.pt"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(PolicyError, match=name):
            load_policy(tmp_path / name)


def test_a_pickled_module_is_not_read(network, tmp_path):
    torch.save(torch.nn.Linear(234, 80), tmp_path / "pickled.pt")
    with pytest.raises(PolicyError, match="not a TorchScript module"):
        load_policy(tmp_path / "pickled.pt")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_an_exported_program_acts_if_it_is_trusted(network, motions, tmp_path):
    path = tmp_path / "policy.pt2"
    rows = torch.export.Dim("rows", min=1, max=64)
    program = torch.export.export(network, (torch.zeros(2, 234),), dynamic_shapes=({0: rows},))
    torch.export.save(program, path)
    with pytest.raises(PolicyError, match="--trust"):
        load_policy(path)
    told = load_policy(path, trust=True)
    raw = np.random.default_rng(0).normal(size=(3, 234)).astype(np.float32)
    with torch.no_grad():
        np.testing.assert_allclose(told.act(raw, np.arange(3)), network(torch.as_tensor(raw)).numpy(), atol=1e-6)
    assert evaluate(told, motions=motions).policy["kind"] == "torch.export"
    (tmp_path / "broken.pt2").write_bytes(b"no archive")
    with pytest.raises(PolicyError):
        load_policy(tmp_path / "broken.pt2", trust=True)


def test_an_onnx_model_says_what_it_was_made_for(network, motions, tmp_path):
    onnx = pytest.importorskip("onnx")
    path = tmp_path / "policy.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.zeros(1, 234),), str(path), dynamo=False)
    model = onnx.load(path)
    entry = model.metadata_props.add()
    entry.key, entry.value = "kinesis_env", '{"action_mode": "residual"}'
    onnx.save(model, path)
    told = evaluate(str(path), motions=motions)
    assert told.config["action_mode"] == "residual"
    assert evaluate(str(path), motions=motions, config={"action_mode": "length"}).config["action_mode"] == "length"
    for wrong in ('{"extra_observations": {"x": "os:getcwd"}}', "[]", "{"):
        entry.value = wrong
        onnx.save(model, tmp_path / "wrong.onnx")
        with pytest.raises(PolicyError, match="metadata 'kinesis_env'"):
            load_policy(str(tmp_path / "wrong.onnx"))


def test_a_minari_data_set_gives_the_episodes_back(motions, tmp_path, monkeypatch):
    minari = pytest.importorskip("minari")
    pytest.importorskip("h5py")
    from kinesis_env.cli import main as cli

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    monkeypatch.chdir(tmp_path)
    name = "kinesis/small/servo-v0"
    command = ["evaluate", "servo", "--motions", motions, "--seeds", "2", "--minari", name, "--author", "A. Body"]
    assert cli.main(command) == 0
    assert not [path for path in (tmp_path / "minari").iterdir() if path.name.startswith(".")]
    dataset = minari.load_dataset("kinesis/small/servo-v0")
    assert dataset.total_episodes == 4
    expected = evaluate("servo", motions=motions, seeds=2)
    env = dataset.recover_environment()
    longest = max(round(30 * motion.duration) for motion in load_motions(motions))
    assert dataset.spec.env_spec.max_episode_steps == longest
    about = dataset.storage.metadata
    assert about["author"] == {"A. Body"}
    returns = [episode.steps * episode.metrics["mean_reward"] for episode in expected.episodes]
    assert about["ref_max_score"] == pytest.approx(np.mean(returns))
    assert about["ref_min_score"] < about["ref_max_score"]
    for episode, wanted in zip(dataset.iterate_episodes(), expected.episodes, strict=True):
        assert len(episode.rewards) == wanted.steps
        assert episode.terminations[-1] == bool(wanted.termination_reason)
        assert not episode.terminations[:-1].any()
        observation, _ = env.reset(seed=wanted.seed, options={"clip": wanted.clip, "start_time": 0.0})
        for step, action in enumerate(episode.actions):
            assert np.array_equal(observation, episode.observations[step])
            observation, reward, _, _, info = env.step(action)
            assert reward == episode.rewards[step]
            assert info["reward_position"] == episode.infos["reward_position"][step + 1]
            assert info["clip"] == episode.infos["clip"][step + 1].decode()
    assert cli.main(command) == 2  # the name is taken
    assert cli.main(["evaluate", "zero", "--motions", motions, "--minari", "../elsewhere-v0"]) == 2
    assert len(list((tmp_path / "minari").iterdir())) == 1


def test_d3rlpy_trains_on_a_minari_data_set(motions, tmp_path, monkeypatch):
    d3rlpy = pytest.importorskip("d3rlpy")
    from kinesis_env.cli import main as cli

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["evaluate", "servo", "--motions", motions, "--minari", "kinesis/d3rlpy/servo-v0"]) == 0
    dataset, env = d3rlpy.datasets.get_minari("kinesis/d3rlpy/servo-v0")
    clone = d3rlpy.algos.BCConfig(batch_size=8).create(device=False)
    clone.fit(dataset, n_steps=3, n_steps_per_epoch=3, save_interval=10, show_progress=False)
    observation, _ = env.reset(seed=0)
    action = clone.predict(observation[None])[0]
    assert action.shape == env.action_space.shape
    env.step(action)


def test_a_recurrent_model_remembers_each_episode(motions, tmp_path):
    contrib = pytest.importorskip("sb3_contrib")
    env = gymnasium.make("Kinesis-Imitate-v0", motions=motions)
    settings = {"lstm_hidden_size": 8, "net_arch": [8]}
    model = contrib.RecurrentPPO("MlpLstmPolicy", env, n_steps=8, batch_size=8, policy_kwargs=settings, device="cpu")
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.mul_(3.0)  # so that what it remembers matters
    model.save(tmp_path / "recurrent.zip")
    wanted = {"motions": motions, "protocol": "kinesis", "trust": True}
    name = f"sb3:RecurrentPPO:{tmp_path}/recurrent.zip"
    alone = evaluate(name, **wanted, rows=1)
    assert evaluate(name, **wanted, rows=2).episodes == alone.episodes

    def forgets(observation):
        return model.predict(observation, deterministic=True)[0]

    assert evaluate(forgets, motions=motions, protocol="kinesis").episodes != alone.episodes
