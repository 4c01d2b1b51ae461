"""Policies from names and files, without the libraries; with them, see tests/integrations."""

from __future__ import annotations

import importlib
import pickle
import sys
import zipfile

import numpy as np
import pytest

from kinesis_env.errors import OptionalDependencyError, PolicyError
from kinesis_env.evaluation import REFERENCE_POLICIES, evaluate, load_policy
from kinesis_env.evaluation.policy import fingerprint_of

SOURCE = """
import numpy as np

def make():
    return lambda observation: np.full((len(observation), 80), 0.25)

class Counts:
    def __init__(self):
        self.episodes = 0
    def reset(self, rows, cases):
        self.episodes += len(rows)
    def act(self, observation, rows):
        return np.full((len(rows), 80), 0.25)

def broken():
    raise ValueError("no weights")

def nothing():
    return None

def act(observation):
    return observation

answer = 42
"""


@pytest.fixture
def source(tmp_path):
    (tmp_path / "own_policy.py").write_text(SOURCE)
    return tmp_path / "own_policy.py"


@pytest.mark.parametrize("name", REFERENCE_POLICIES)
def test_reference_policies_by_name(name):
    assert fingerprint_of(load_policy(name)) == {"kind": "reference", "name": name}


@pytest.mark.parametrize("factory", ["make", "Counts"])
def test_a_factory_in_a_file(factory, source, motions, tmp_path):
    name = f"{source}:{factory}"
    policy = load_policy(name)
    assert fingerprint_of(policy) == {
        "kind": "factory",
        "name": f"own_policy.py:{factory}",
        "sha256": fingerprint_of(load_policy(name))["sha256"],
    }
    found = evaluate(name, motions=motions, folder=tmp_path / "kept")
    assert found.episodes == evaluate(lambda o: np.full((len(o), 80), 0.25), motions=motions).episodes


def test_other_source_is_another_policy(source, motions, tmp_path):
    def run():
        done = []
        evaluate(f"{source}:make", motions=motions, folder=tmp_path / "k", on_progress=lambda *a: done.append(a[2]))
        return done

    assert "kept from before" not in run()
    assert run() == ["kept from before"]
    source.write_text(SOURCE.replace("0.25", "0.5"))
    assert "kept from before" not in run()


def test_a_factory_in_a_module(source, monkeypatch):
    monkeypatch.syspath_prepend(source.parent)
    importlib.invalidate_caches()
    policy = load_policy("own_policy:Counts")
    assert policy.act(None, np.arange(3)).shape == (3, 80)
    sys.modules.pop("own_policy")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_policy.py:missing", "has no function 'missing'"),
        ("own_policy.py:answer", "has no function 'answer'"),
        ("own_policy.py:broken", "raised ValueError: no weights"),
        ("own_policy.py:nothing", "must return a policy, but returned None"),
        ("own_policy.py:act", "called without arguments"),
        ("other.py:make", "no such file"),
        ("no_such_module_here:make", "cannot be imported"),
        ("walker", "unknown policy 'walker'; allowed are zero, random, passive, servo, tracker"),
        ("missing.onnx", "'missing.onnx': no such file"),
        ("missing.pt", "'missing.pt': no such file"),
        ("sb3:PPO", "is written 'sb3:ALGORITHM:model.zip'"),
        ("sb3:PPO:missing.zip", "unpickles it"),
    ],
)
def test_what_cannot_be_loaded_says_why(name, message, source, monkeypatch):
    monkeypatch.chdir(source.parent)
    with pytest.raises(PolicyError, match=message):
        load_policy(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [("model.zip", "'sb3:PPO:model.zip', and pass --trust"), ("zero", "'sb3:ALGORITHM:model.zip', given 'zero'")],
)
def test_statistics_of_what_is_no_model_say_how_a_model_is_written(name, message):
    with pytest.raises(PolicyError, match=message):
        load_policy(name, normalize="normalize.pkl", trust=True)


def test_a_file_with_an_error_in_it(tmp_path):
    (tmp_path / "bad.py").write_text("def make(:")
    with pytest.raises(PolicyError, match=r"bad.py cannot be loaded: SyntaxError"):
        load_policy(f"{tmp_path / 'bad.py'}:make")


class Bomb:
    def __reduce__(self):
        return (open, ("exploded.txt", "w"))


@pytest.mark.parametrize("name", ["{}", "sb3:PPO:{}"])
def test_nothing_is_unpickled_by_accident(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("model.zip", "w") as archive:
        archive.writestr("data", pickle.dumps(Bomb()))
    with pytest.raises(PolicyError, match="can run any code"):
        load_policy(name.format("model.zip"))
    with pytest.raises(PolicyError, match="can run any code"):
        evaluate(name.format("model.zip"))
    assert not (tmp_path / "exploded.txt").exists()


@pytest.mark.parametrize(
    ("name", "library", "extra"),
    [
        ("model.onnx", "onnxruntime", "onnx"),
        ("model.pt", "torch", "torch"),
        ("sb3:PPO:model.zip", "stable_baselines3", "sb3"),
    ],
)
def test_a_missing_library_is_named(name, library, extra, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name.rpartition(":")[2]).write_bytes(b"")
    monkeypatch.setitem(sys.modules, library, None)  # as if not installed
    with pytest.raises(OptionalDependencyError, match=rf"{library}: pip install 'kinesis-env\[{extra}\]'"):
        load_policy(name, trust=True)
