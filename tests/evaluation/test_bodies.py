"""Evaluations name the body, and those of different bodies do not pair."""

from __future__ import annotations

import json

import pytest

from kinesis_env.analysis import analyze
from kinesis_env.cli.main import main
from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation import Evaluation, compare, evaluate, read_episode, verify
from kinesis_env.evaluation.policy_files import load_policy
from kinesis_env.model.bodies import make_body

BODY = {"height": 1.53, "mass": 55.0}
TOLD = {"motions": "walk", "rows": 1, "num_threads": 1}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("episodes")
    config = {"termination_distance": 0.3}
    return [
        evaluate("servo", config={**config, "body": body}, record=folder / name, **TOLD)
        for name, body in (("default", None), ("small", BODY))
    ], folder


def test_a_result_names_the_body(both, tmp_path):
    (default, small), _ = both
    assert default.config["body"] is None
    assert default.model_sha256 == make_body().digest
    assert small.config["body"] == make_body(BODY).description
    assert small.model_sha256 == make_body(BODY).digest
    assert "on a body of 1.53 m, 55 kg" in small.table()
    assert "on a body" not in default.table()
    small.save(tmp_path / "small.json")
    assert Evaluation.load(tmp_path / "small.json").config == small.config


def test_different_bodies_do_not_pair(both):
    (default, small), _ = both
    with pytest.raises(EvaluationError, match=r'the bodies differ: "default" .* and \{"height": 1.53'):
        compare(default, small)
    assert compare(small, small).differences


def test_a_result_of_a_body_is_verified_by_its_sizes(both):
    (_, small), _ = both
    assert verify(small, load_policy("servo")).holds


def test_recorded_episodes_say_for_which_body_they_are(both, tmp_path):
    _, folder = both
    small = read_episode(next((folder / "small").glob("**/*.npz")))
    assert make_body(small.metadata["body"]) == make_body(BODY)
    analysis = analyze(small)
    assert analysis.as_dict()["body"] == make_body(BODY).description
    # The weight of the smaller body is what the ground carries, in its own body weights.
    assert analysis.motion.body == make_body(BODY)
    default = read_episode(next((folder / "default").glob("**/*.npz")))
    assert "body" not in analyze(default).as_dict()


def test_the_command_line_takes_a_body(tmp_path, capsys):
    assert main(["text", "walk forward 2 m", "--body", "height=1.53,mass=55", "--out", str(tmp_path / "a.npz")]) == 0
    assert "2.00 m ahead" in capsys.readouterr().out
    assert main(["inspect", str(tmp_path / "a.npz"), "--json"]) == 0
    capsys.readouterr()
    assert main(["convert", str(tmp_path), "--out", str(tmp_path / "out"), "--body", "height=9"]) == 2
    assert "must be from 1.2 to 2.3" in capsys.readouterr().err
    (tmp_path / "her.yaml").write_text("height: 1.53\nlengths: {femur: 0.35}\n")
    assert main(["config", "Kinesis-Reach-v0", "--body", str(tmp_path / "her.yaml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["body"] == {"height": 1.53, "lengths": {"femur": 0.35}}
    assert main(["config", "Kinesis-Reach-v0", "--body", "lengths.arm=0.3"]) == 2
    assert "unknown key 'arm'" in capsys.readouterr().err
