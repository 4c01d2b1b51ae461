"""A policy in the place of the tracker does what it does in an evaluation."""

from __future__ import annotations

import json

import pytest

from kinesis_env.cli.main import main
from kinesis_env.evaluation import evaluate


def test_a_demonstration_of_a_policy_is_its_evaluation(motions, tmp_path, capsys):
    from kinesis_env.motions import load_motions

    clip = load_motions(motions)[0]
    clip.save(tmp_path / "clip.npz")
    wanted = evaluate("servo", motions=str(tmp_path / "clip.npz"), protocol="kinesis").episodes[0]
    assert main(["demo", "--policy", "servo", "--motion", str(tmp_path / "clip.npz"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["steps"] == wanted.steps
    assert told["mpjpe_mm"] == pytest.approx(wanted.metrics["mpjpe"], abs=0.01)


def test_a_policy_that_is_none_is_an_error(capsys):
    assert main(["demo", "--policy", "nobody"]) == 2
    assert "unknown policy 'nobody'" in capsys.readouterr().err
