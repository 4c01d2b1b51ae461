"""Finished episodes are reused only while everything that they depend on is the same, by content."""

from __future__ import annotations

import sys
from functools import partial

import pytest

from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation import compare, evaluate
from kinesis_env.evaluation.benchmark import Job
from kinesis_env.evaluation.dependencies import opened_files, source_of
from kinesis_env.evaluation.policy_files import load_policy
from kinesis_env.motions import load_motions

REACH = {"time_limit": 3}


def key(env_id, **kwargs):
    job = Job(load_policy("zero"), env_id, **kwargs)
    return job._key, [case.digest for case in job.cases]


def test_motions_that_episodes_start_from(tmp_path):
    walk, run = load_motions(["walk", "run"])
    folder = tmp_path / "starts"
    walk.replace(name="m").save(folder / "m.npz")
    given = {"config": {**REACH, "start": str(folder)}, "seeds": 2, "folder": tmp_path / "kept"}
    first = evaluate("zero", "Kinesis-Reach-v0", **given)
    run.replace(name="m").save(folder / "m.npz")
    second = evaluate("zero", "Kinesis-Reach-v0", **given)
    assert second.episodes == evaluate("zero", "Kinesis-Reach-v0", **given, fresh=True).episodes
    assert first.episodes != second.episodes
    with pytest.raises(EvaluationError, match="start is not the same by its content"):
        compare(first, second)
    # The same motions elsewhere are the same.
    (tmp_path / "starts").rename(tmp_path / "moved")
    moved = evaluate("zero", "Kinesis-Reach-v0", config={**REACH, "start": str(tmp_path / "moved")}, seeds=2)
    assert compare(second, moved).differences


def test_results_of_text_to_motion_models(tmp_path):
    walk, run = load_motions(["walk", "run"])
    walk.replace(name="m", caption="go").save(tmp_path / "m.npz")
    given = {"config": {"generator": f"folder:{tmp_path}", "prompts": ["go"]}}
    before = evaluate("zero", "Kinesis-Text-v0", **given)
    assert [motion["name"] for motion in before.motions] == ["go"]
    assert before.over == "prompts"
    first = key("Kinesis-Text-v0", **given)
    run.replace(name="m", caption="go").save(tmp_path / "m.npz")
    assert key("Kinesis-Text-v0", **given)[1] != first[1]
    with pytest.raises(EvaluationError, match="different motions with the same names"):
        compare(before, evaluate("zero", "Kinesis-Text-v0", **given))


MODULE = """
import own_helper
from kinesis_env.motions import load_motions
def make(prompt, *, seed, duration):
    return load_motions(own_helper.NAME)[0]
def low(context):
    return context.qpos[:, 2] < own_helper.HEIGHT
"""


def test_modules_that_a_module_uses(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_module.py").write_text(MODULE)

    def keys(name, height):
        for module in ("own_module", "own_helper"):
            sys.modules.pop(module, None)
        (tmp_path / "own_helper.py").write_text(f"NAME = {name!r}\nHEIGHT = {height}\n# {name}\n")
        generator = {"generator": "own_module:make", "prompts": ["go"]}
        terms = {"extra_terminations": {"low": "own_module:low"}}
        return key("Kinesis-Text-v0", config=generator)[1], key("Kinesis-Reach-v0", config=terms, seeds=1)[0]["content"]

    first, same, other = keys("walk", 0.1), keys("walk", 0.1), keys("run", 0.25)
    assert first == same
    assert first[0] != other[0]
    assert first[1] != other[1]


def test_what_is_not_a_plain_function_has_a_source(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    source = "def low(c, height): ...\nclass Low:\n    def __call__(self, c): ...\n"
    (tmp_path / "own_partial.py").write_text(source)
    import own_partial

    things = own_partial.low, partial(own_partial.low, height=1), own_partial.Low()
    before = [source_of(thing) for thing in things]
    assert before == [source_of(thing) for thing in things]
    (tmp_path / "own_partial.py").write_text("# changed")
    assert not any(old == source_of(thing) for old, thing in zip(before, things, strict=True))


def test_files_that_a_policy_is_made_from(tmp_path):
    (tmp_path / "own_policy.py").write_text(
        "import numpy as np\nfrom pathlib import Path\n"
        "def make():\n    level = float(Path(__file__).with_name('weights.txt').read_text())\n"
        "    return lambda o: np.full((len(o), 80), level)\n"
    )
    digests = []
    for level in ("0.0", "0.5", "0.5"):
        (tmp_path / "weights.txt").write_text(level)
        digests.append(load_policy(f"{tmp_path}/own_policy.py:make").fingerprint)
    assert digests[0] != digests[1] == digests[2]
    with opened_files() as files:
        (tmp_path / "weights.txt").read_text()
    (tmp_path / "own_policy.py").read_text()
    assert [path.name for path in files] == ["weights.txt"]


def test_a_protocol_names_what_was_modified():
    def name(env_id="Kinesis-Imitate-v0", **config):
        return Job(load_policy("zero"), env_id, motions="walk", protocol="kinesis", config=config)._about["protocol"]

    assert name() == name(action_mode="length", lookahead=3, rewards={"energy": {"weight": 0.5}}) == "kinesis"
    assert name(mass_scale=0.3, control_rate=50) == "kinesis, modified: control_rate=50.0, mass_scale=0.3"
    assert name(max_episode_steps=5) == "kinesis, modified: max_episode_steps=5"
    assert name(extra_terminations={"low": "tests.terms.own:low"}).startswith("kinesis, modified: extra_terminations=")
