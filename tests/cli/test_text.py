"""``kinesis-env text``."""

from __future__ import annotations

import json

import pytest

from kinesis_env.cli import main as cli
from kinesis_env.motions import Motion


def test_what_a_prompt_becomes(capsys, tmp_path):
    out = tmp_path / "there.npz"
    assert cli.main(["text", "walk 2 m then turn right", "--out", str(out), "--seed", "3"]) == 0
    lines = capsys.readouterr().out
    assert "walk forward 2 m; turn in place 90 deg right" in lines
    assert " m ahead" in lines
    assert "90 degrees to the right" in lines
    assert str(out) in lines
    assert Motion.load(out).caption == "walk 2 m then turn right"


def test_as_json(capsys):
    assert cli.main(["text", "turn around", "--json", "--duration", "6", "--fps", "20"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["turn_degrees"] == pytest.approx(180, abs=2)
    assert report["duration"] == pytest.approx(6.0)
    assert report["fps"] == 20.0
    assert report["does_what_it_says"] is True
    assert report["understood"] == "turn in place 180 deg"


def test_a_generator_of_ones_own(capsys):
    arguments = ["text", "somersault", "--generator", "tests.text.test_generators:joints_of", "--json"]
    assert cli.main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["understood"] is None
    assert report["does_what_it_says"] is None


WRONG = {
    "cannot do: jump": ["jump"],
    "--out must end in .npz": ["walk", "--out", "there.bvh"],
    "unknown generator 'mdm'": ["walk", "--generator", "mdm"],
    "seed must be a whole number": ["walk", "--seed", "-1"],
    "takes at least": ["walk 10 meters", "--duration", "2"],
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_is_said(message, capsys):
    arguments = WRONG[message]
    assert cli.main(["text", *arguments]) == 2
    assert message in capsys.readouterr().err
