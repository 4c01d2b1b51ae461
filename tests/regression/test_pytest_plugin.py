"""The plugin as users have it: pytest in a folder of theirs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kinesis_env.testing import RewardTrace, record

IMITATE = "Kinesis-Imitate-v0"
TEST = f"""
def test_my_rewards(reward_trace):
    reward_trace("mine.npz", "{IMITATE}", rewards={{"energy": {{"weight": WEIGHT}}}})
"""


def run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    record(IMITATE, steps=3, rewards={"energy": {"weight": 0.2}}).save(tmp_path / "mine.npz")
    return tmp_path


def write(folder, weight):
    (folder / "test_mine.py").write_text(TEST.replace("WEIGHT", str(weight)), encoding="utf-8")


def test_option(folder):
    done = run(folder, "--kinesis-reward-trace=mine.npz")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    done = run(folder, "--kinesis-reward-trace=absent.npz")
    assert done.returncode == 1
    assert "absent.npz: no such file" in done.stdout


def test_fixture_passes_fails_and_updates(folder):
    write(folder, 0.2)
    assert run(folder).returncode == 0
    write(folder, 0.25)
    done = run(folder)
    assert done.returncode == 1
    assert "reward_energy (terms; action_mode=length): step" in done.stdout
    done = run(folder, "--kinesis-update")
    assert done.returncode == 0, done.stdout
    assert RewardTrace.load(folder / "mine.npz").meta["keywords"] == {"rewards": {"energy": {"weight": 0.25}}}
    assert run(folder, "--kinesis-reward-trace=mine.npz").stdout.count("2 passed") == 1


def test_an_absent_trace_says_what_to_do(folder):
    write(folder, 0.2)
    (folder / "mine.npz").unlink()
    done = run(folder)
    assert done.returncode == 1
    assert "pytest --kinesis-update records it" in done.stdout
