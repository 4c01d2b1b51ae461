"""The trainings of ``examples/training/``, a few steps of each: they go on where they stopped, and leave a policy."""

from __future__ import annotations

import csv
import importlib
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from kinesis_env.evaluation import load_policy
from kinesis_env.motions import load_motions

torch = pytest.importorskip("torch", reason="the extra 'integrations' is not installed")
for library in ("onnx", "onnxruntime", "stable_baselines3"):
    pytest.importorskip(library, reason="the extra 'integrations' is not installed")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # torch has a newer way to export
    pytest.mark.filterwarnings("ignore::UserWarning"),  # batches that do not divide a rollout
]

FOLDER = Path(__file__).parents[2] / "examples" / "training"
CONFIG = """
motions: [stand]
action_mode: excitation
muscle_observations: [activation]
lookahead: 3
lookahead_stride: 5
random_heading: false
"""


@pytest.fixture
def training(monkeypatch):
    """Return a function that imports one of the scripts."""
    monkeypatch.syspath_prepend(str(FOLDER))

    def imported(name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)

    yield imported
    for name in ("clone_tracker", "ppo", "networks"):
        sys.modules.pop(name, None)


def lines_of(folder):
    with (folder / "curve.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_cloning_labels_anneals_and_goes_on(training, monkeypatch, tmp_path):
    clone = training("clone_tracker")
    for name, value in {"STEPS": 5, "BATCH": 16, "CHUNK": 20}.items():
        monkeypatch.setattr(clone, name, value)
    config, out = tmp_path / "config.yaml", tmp_path / "run"
    config.write_text(CONFIG)

    def run(*words):
        common = ["clone_tracker.py", str(config), "--rows", "2", "--updates", "10"]
        monkeypatch.setattr(sys, "argv", [*common, *map(str, words)])
        clone.main()

    # Five steps of two bodies, then two parts of annealing; no time for a second round.
    run("--out", out, "--minutes", 1e-6, "--anneal", 40)
    first = torch.load(out / "checkpoint.pt", weights_only=True)
    assert (first["rounds"], first["annealed"]) == (1, 40)
    assert [line["labels"] for line in lines_of(out)] == ["10"] * 3
    assert [float(line["tracker_share"]) for line in lines_of(out)] == [1.0, 0.0, 0.0]
    with np.load(out / "labels.npz") as labels:
        assert labels["seen"].shape == (10, 440)
        # In excitation mode, standing needs little of most muscles.
        assert np.abs(labels["labels"]).max() <= 1.0
        assert np.median(labels["labels"]) < -0.8

    run("--out", out, "--minutes", 0, "--anneal", 60)
    second = torch.load(out / "checkpoint.pt", weights_only=True)
    assert (second["rounds"], second["annealed"], len(lines_of(out))) == (1, 60, 4)
    assert second["optimizer"]["param_groups"][0]["lr"] < first["optimizer"]["param_groups"][0]["lr"]
    policy = load_policy(out / "policy.onnx")
    assert dict(policy.settings) == {
        "action_mode": "excitation", "muscle_observations": ["activation"], "lookahead": 3, "lookahead_stride": 5,
    }  # fmt: skip
    assert np.shape(policy.act(np.zeros((2, 440), dtype=np.float32), np.arange(2))) == (2, 80)

    # A wider network takes the labels of the run, and other motions come to those of the configuration.
    wide, other = tmp_path / "wide", tmp_path / "other.npz"
    load_motions("stand-and-step")[0].replace(name="other").save(other)
    run("--out", wide, "--start", out, "--width", 32, "--minutes", 1e-6, "--also", other)
    third = torch.load(wide / "checkpoint.pt", weights_only=True)
    assert len(third["reached"]) == 2
    assert third["network"]["layers.0.weight"].shape == (32, 440)
    assert [line["labels"] for line in lines_of(wide)] == ["20"]


def test_ppo_goes_on_after_an_interruption(training, monkeypatch, tmp_path, capsys):
    ppo = training("ppo")
    monkeypatch.setitem(ppo.SETTINGS, "n_steps", 16)
    monkeypatch.setitem(ppo.SETTINGS, "batch_size", 64)
    for steps in (256, 384):
        words = ["--out", str(tmp_path), "--rows", "8", "--every", "128", "--motions", "stand", "--steps", str(steps)]
        monkeypatch.setattr(sys, "argv", ["ppo.py", *words])
        ppo.main()
    assert "continuing after 256 steps" in capsys.readouterr().out
    lines = lines_of(tmp_path)
    assert int(lines[-1]["steps"]) == 384
    hours = [float(line["hours"]) for line in lines]
    assert hours == sorted(hours)
    assert {"model.zip", "normalize.pkl"} <= {path.name for path in tmp_path.iterdir()}

    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecNormalize

    from kinesis_env.sb3 import make_vec_env

    # The policy that it writes does what the model does, but for its weights in half precision.
    policy = load_policy(tmp_path / "policy.onnx")
    assert dict(policy.settings) == {"action_mode": "residual", "lookahead": 3, "lookahead_stride": 5}
    envs = make_vec_env("Kinesis-Imitate-v0", 8, seed=1, motions="stand", **ppo.CONFIG)
    normalized = VecNormalize.load(str(tmp_path / "normalize.pkl"), envs)
    seen = envs.reset()
    wanted, _ = PPO.load(tmp_path / "model.zip").predict(normalized.normalize_obs(seen), deterministic=True)
    np.testing.assert_allclose(policy.act(seen, np.arange(8)), wanted, atol=2e-3)

    # When all steps are done, nothing happens.
    monkeypatch.setattr(sys, "argv", ["ppo.py", *words])
    ppo.main()
    assert "all steps are done" in capsys.readouterr().out
    assert lines_of(tmp_path) == lines
