"""Checking a trace runs no code that the trace alone names, and finds files wherever it is checked from."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from kinesis_env.errors import TraceError
from kinesis_env.testing import RewardTrace, check, record

IMITATE = "Kinesis-Imitate-v0"


@pytest.fixture(scope="module")
def trace():
    return record(IMITATE, steps=3, motions="walk")


def changed(trace, tmp_path, **meta):
    path = tmp_path / "t.npz"
    if "parts" in meta:
        meta["parts"] = [{**part, **meta["parts"]} for part in trace.meta["parts"]]
    dataclasses.replace(trace, meta={**trace.meta, **meta}).save(path)
    return path


@pytest.mark.parametrize(
    "meta",
    [
        {"env_id": "evil:Kinesis-Reach-v0"},
        {"env_id": "CartPole-v1"},
        {"keywords": {"extra_terminations": {"x": "evil:run"}}},
        {"keywords": {"extra_observations": {"x": "evil:run"}}},
        {"keywords": {"rewards": {"x": {"weight": 1, "term": "evil:run"}}}},
        {"keywords": {"config": "mine.yaml"}},
        {"parts": {"extra_terminations": {"x": "evil:run"}}},
        {"env_id": "Kinesis-Text-v0", "keywords": {"prompts": ["go"], "generator": "evil:run"}},
    ],
)
def test_code_is_named_and_not_run(trace, tmp_path, monkeypatch, meta):
    (tmp_path / "evil.py").write_text("open('ran', 'w').close()\ndef run(*_, **__): ...\n")
    (tmp_path / "mine.yaml").write_text("extra_terminations: {x: 'evil:run'}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    path = changed(trace, tmp_path, **meta)
    with pytest.raises(TraceError, match=r"names code that a check would run: .*(evil|CartPole).*--trust"):
        check(path)
    assert not (tmp_path / "ran").exists()
    assert "evil" not in sys.modules


def test_a_part_may_not_add_to_what_the_caller_named(trace, tmp_path):
    path = changed(trace, tmp_path, parts={"extra_terminations": {"x": "evil:run"}})
    with pytest.raises(TraceError, match="evil"):
        check(path, {"motions": "walk"})


TEST = """
def test_mine(reward_trace):
    reward_trace("traces/mine.npz", "Kinesis-Imitate-v0", config="mine.yaml")
"""


def run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_paths_are_relative_to_the_test_wherever_it_runs(tmp_path):
    tests = tmp_path / "tests"
    tests.mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tests / "test_mine.py").write_text(TEST)
    (tests / "mine.yaml").write_text("motions: walk\nrewards: {energy: {weight: 0.2}}\n")
    (tmp_path / "mine.yaml").write_text("motions: run\n")  # of somebody else
    assert run(tests, "--kinesis-update").returncode == 0
    for folder in (tests, tmp_path):
        assert run(folder).returncode == 0
    named = "--kinesis-reward-trace=tests/traces/mine.npz"
    assert "2 passed" in run(tmp_path, named, "tests").stdout
    (tests / "mine.yaml").write_text("motions: walk\nrewards: {energy: {weight: 0.3}}\n")
    for folder in (tests, tmp_path):
        assert run(folder).returncode == 1
    assert "2 failed" in run(tmp_path, named, "tests").stdout
    assert RewardTrace.load(tests / "traces" / "mine.npz").meta["keywords"]["config"] == str(tests / "mine.yaml")
