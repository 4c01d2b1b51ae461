"""The training on a device, ``examples/training/ppo_device.py``: it learns, goes on, and leaves nothing to the host."""

from __future__ import annotations

import csv
import importlib
import sys
import warnings
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.envs.device import DeviceVectorEnv
from kinesis_env.evaluation import load_policy

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # torch has a newer way to export
]

FOLDER = Path(__file__).parents[3] / "examples" / "training"
ROWS = 8


@pytest.fixture
def ppo(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield importlib.import_module("ppo_device")
    for name in ("ppo_device", "networks"):
        sys.modules.pop(name)


def learner_of(ppo, env_id="Kinesis-Imitate-v0", divergence=0.02, **own):
    settings = ppo.SETTINGS[env_id] | own
    envs = gymnasium.make_vec(env_id, num_envs=ROWS, backend="warp", device="cpu", **settings)
    return ppo.Learner(envs, 0, divergence)


def rollout_of(ppo, reward, terminated, truncated, moved):
    """Return a rollout of one body."""
    flags = (torch.tensor(part, dtype=torch.bool)[:, None] for part in (terminated, truncated, moved))
    nothing = torch.zeros((len(reward), 1, 1))
    return ppo.Rollout(nothing, nothing, nothing, torch.tensor(reward)[:, None], *flags)


def test_advantages_of_episodes_that_start_in_the_next_step(ppo):
    # With discount and decay 1/2: an episode is truncated in step 1, the next one starts in step 2 and is terminated in
    # step 4, another starts in step 5, and goes on after step 6. The values of steps without a body are absurd.
    rollout = rollout_of(
        ppo,
        reward=[1.0, 2.0, 0.0, 3.0, 4.0, 0.0, 5.0],
        terminated=[0, 0, 0, 0, 1, 0, 0],
        truncated=[0, 1, 0, 0, 0, 0, 0],
        moved=[1, 1, 0, 1, 1, 0, 1],
    )
    # Value 16 is that of the last observation of the truncated episode, which the body has when it starts again.
    value = torch.tensor([2.0, 4.0, 16.0, 6.0, 8.0, 1e6, 10.0, 12.0])[:, None]
    found = ppo.advantages(rollout, value, 0.5, 0.5)[:, 0].tolist()
    sixth = 5.0 + 0.5 * 12.0 - 10.0
    fourth = 4.0 - 8.0
    third = 3.0 + 0.5 * 8.0 - 6.0 + 0.25 * fourth
    first = 2.0 + 0.5 * 16.0 - 4.0
    zeroth = 1.0 + 0.5 * 4.0 - 2.0 + 0.25 * first
    assert found == [zeroth, first, 0.0, third, fourth, 0.0, sixth] == [2.5, 6.0, 0.0, 0.0, -4.0, 0.0, 1.0]


def test_densities_and_divergence_are_those_of_torch(ppo):
    mean, new, action = torch.randn((3, 5, 80), generator=torch.Generator().manual_seed(0))
    log_std, other = torch.full((80,), -0.5), torch.linspace(-1.0, 0.5, 80)
    before, after = torch.distributions.Normal(mean, log_std.exp()), torch.distributions.Normal(new, other.exp())
    assert torch.allclose(ppo.log_probability(action, mean, log_std), before.log_prob(action).sum(-1), rtol=1e-4)
    expected = torch.distributions.kl_divergence(before, after).sum(-1)
    assert torch.allclose(ppo.divergence(mean, log_std, new, other), expected, rtol=1e-4)


def test_statistics_are_those_of_all_observations_of_bodies_that_moved(ppo):
    generator = torch.Generator().manual_seed(1)
    statistics, network, kept = ppo.Statistics(3), ppo.Network(3, 2, 4), []
    for size in (4, 7, 5):
        seen = 3.0 + 2.0 * torch.randn((size, ROWS, 3), generator=generator)
        moved = torch.rand((size, ROWS), generator=generator) < 0.7
        statistics.add(torch.where(moved[..., None], seen, 1e3), moved)
        kept.append(seen[moved])
    statistics.give(network)
    kept = torch.cat(kept)
    assert torch.allclose(network.mean, kept.mean(0), rtol=1e-5)
    assert torch.allclose(network.scale, 1.0 / (kept.std(0, unbiased=False) + 0.01), rtol=1e-5)


def test_steps_without_a_body_teach_nothing(ppo):
    learner = learner_of(ppo, start_activation="rest")
    learner.begin(0)
    rollout = learner.rollout()
    still = ~rollout.moved
    assert 0 < int(still.sum()) < still.numel() // 4
    ended = (rollout.terminated | rollout.truncated)[:-1]
    assert torch.equal(still[1:], ended)
    assert not rollout.reward[still].any()
    batch, log_std = learner.batch(rollout)
    changed = rollout._replace(action=torch.where(still[..., None], 0.9, rollout.action))
    gradients = []
    for part in (batch, learner.batch(changed)[0]):
        before = {name: value.clone() for name, value in learner.state_dict().items()}
        learner.improve(part, log_std)
        gradients.append([value.grad.clone() for value in learner.parameters()])
        learner.load_state_dict(before)
    assert all(torch.allclose(one, other, atol=1e-7) for one, other in zip(*gradients, strict=True))
    assert any(one.any() for one in gradients[0])


def test_it_trains_goes_on_and_leaves_a_policy(ppo, tmp_path, capsys):
    # Activations of a start at rest need no optimization.
    words = ["--out", str(tmp_path), "--rows", str(ROWS), "--device", "cpu", "--every", "2"]
    words += ["--set", "start_activation=rest"]
    update = ppo.HORIZON * ROWS
    ppo.main([*words, "--steps", str(3 * update)])
    first = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    ppo.main([*words, "--steps", str(4 * update)])
    assert f"going on after {3 * update:,} steps" in capsys.readouterr().out
    second = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert (first["steps"], second["steps"]) == (3 * update, 4 * update)
    assert second["hours"] > first["hours"]
    count = second["optimizer"]["state"][0]["step"] - first["optimizer"]["state"][0]["step"]
    assert count == ppo.EPOCHS * ppo.PARTS
    counts = [state["networks"]["statistics.count"] for state in (first, second)]
    assert 0 < counts[1] - counts[0] <= update
    assert not torch.equal(first["random"], second["random"])
    with (tmp_path / "curve.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["steps"]) for line in lines] == [2 * update, 3 * update, 4 * update]
    assert all(0.1 < float(line["episode_seconds"]) < 2.0 for line in lines)
    assert all(0.3 < float(line["reward_per_step"]) < 1.0 for line in lines)
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint.pt", "curve.csv", "policy.onnx"}
    with pytest.raises(SystemExit, match="other settings"):
        ppo.main([*words, "--set", "lookahead=2"])
    policy = load_policy(tmp_path / "policy.onnx")
    assert policy.settings == {"action_mode": "residual", "lookahead": 3, "lookahead_stride": 5}
    seen = np.random.default_rng(0).normal(size=(3, 360)).astype(np.float32)
    network = ppo.Network(360, 80, ppo.WIDTH)
    own = {key.removeprefix("actor."): value for key, value in second["networks"].items() if key.startswith("actor.")}
    network.load_state_dict(own)
    with torch.no_grad():
        assert policy.act(seen, np.arange(3)) == pytest.approx(network(torch.as_tensor(seen)).numpy(), abs=2e-3)


class OnDevice(TorchDispatchMode):
    """Raises an error at what the host would wait for: numbers of a device, and numbers for it.

    On Warp's CPU device both are in the same memory, so that it is the operations that tell: those that read a number
    or whose result has as many rows as a mask has, and those that make a tensor of the host's numbers.
    """

    WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "unique", "is_nonzero")

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation.overloadpacket.__name__.removesuffix(".default")
        if name in self.WAITING:
            raise AssertionError(f"{operation} waits for the device")
        if name in {"index", "index_put", "index_put_"}:
            masks = [index for index in args[1] if index is not None and index.dtype in {torch.bool, torch.uint8}]
            assert not masks, f"{operation} by a mask waits for the device"
        if name == "lift_fresh" and not shares_memory():
            raise AssertionError("numbers of the host are copied to the device")
        return operation(*args, **(kwargs or {}))


def shares_memory() -> bool:
    """Return whether a tensor is being made of an array of Warp, which copies nothing."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "to_torch" and "warp" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


@pytest.fixture
def on_device(monkeypatch):
    def refused(name):
        def to_host(*args, **kwargs):
            raise AssertionError(f"Tensor.{name} copies to the host")

        return to_host

    def guarded():
        # Looking whether something was wrong in earlier steps waits for the device; on a GPU this is every 64 steps.
        monkeypatch.setattr(DeviceVectorEnv, "_look", lambda self, *, now=False: None)
        for name in ("item", "cpu", "numpy", "tolist", "__bool__", "__float__", "__int__", "__index__", "__array__"):
            monkeypatch.setattr(torch.Tensor, name, refused(name))
        return OnDevice()

    return guarded


@pytest.mark.parametrize(
    ("env_id", "settings"),
    [
        ("Kinesis-Imitate-v0", {"motions": ["walk", "run"], "start_activation": "rest", "start_noise": [0.02, 0.05]}),
        (
            "Kinesis-Imitate-v0",
            {
                "muscle_observations": ["length", "velocity", "force", "activation", "fatigue"],
                "fatigue": True,
                "weakness": {"vas*": [0.5, 1.0]},
                "mass_scale": [0.9, 1.1],
                "excitation_noise": 0.1,
                "activation_delay": [0.0, 0.02],
                "slope": [-2.0, 2.0],
                "push": 20.0,
                "push_times": [0.1],
            },
        ),
        ("Kinesis-Reach-v0", {"observation": "imitation"}),
        ("Kinesis-Direction-v0", {}),
        ("Kinesis-Text-v0", {"prompts": ["walk forward", "turn left 90 degrees"], "start_activation": "rest"}),
    ],
)
def test_nothing_leaves_the_device(ppo, on_device, monkeypatch, env_id, settings):
    monkeypatch.setattr(ppo, "HORIZON", 4)
    learner = learner_of(ppo, env_id, **settings)
    learner.begin(0)
    learner.update(learner.rollout())  # the first time, kernels are compiled and the optimizer makes its state
    with on_device():
        learner.update(learner.rollout())


def test_the_guard_of_the_device_notices(on_device):
    numbers = torch.ones(3)
    with on_device():
        for use in (
            numbers[0].item,
            lambda: bool(numbers[0]),
            numbers.cpu,
            lambda: numbers[numbers > 0.0],
            lambda: torch.nonzero(numbers),
            lambda: numbers[[0, 2]],
            lambda: torch.tensor([1.0]),
            lambda: torch.as_tensor(np.ones(3)),
        ):
            with pytest.raises(AssertionError, match=r"device|host"):
                use()
        numbers.sum().clamp(min=2.0)


def test_learning_rate_follows_the_divergence(ppo):
    learner = learner_of(ppo, divergence=0.02, start_activation="rest")
    for found, expected in ((0.1, ppo.RATE / 1.5), (0.02, ppo.RATE / 1.5), (0.001, ppo.RATE)):
        learner.adapt(torch.tensor(found))
        assert float(learner.optimizer.param_groups[0]["lr"]) == pytest.approx(expected, rel=1e-5)
