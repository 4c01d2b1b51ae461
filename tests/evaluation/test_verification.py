"""An evaluation that is run again holds, or the message says what does not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kinesis_env.cli.main import main
from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation import evaluate, load_policy, verify


@pytest.fixture(scope="module")
def claim(motions):
    return evaluate("servo", motions=motions, protocol="kinesis")


def test_an_honest_claim_holds(claim):
    found = verify(claim, load_policy("servo"))
    assert found.holds
    assert found.exact
    assert found.notes == ()
    assert found.episodes == 2


def test_another_policy_is_found_out(claim):
    found = verify(claim, load_policy("zero"))
    assert not found.holds
    assert found.problems[0].startswith("policy: claimed ")


def test_a_figure_that_was_touched_is_found_out(claim):
    first, *others = claim.episodes
    better = replace(first, metrics={**first.metrics, "mpjpe": 1.0})
    found = verify(replace(claim, episodes=(better, *others)), load_policy("servo"))
    assert not found.holds
    assert [problem.partition(",")[0] for problem in found.problems] == ["mpjpe"]
    assert found.notes[0].startswith(f"{first.clip}, seed 0: mpjpe claimed 1.0, found ")


def test_another_processor_may_fall_elsewhere_if_the_means_hold(claim):
    first, *others = claim.episodes
    found = verify(replace(claim, episodes=(replace(first, steps=first.steps + 1), *others)), load_policy("servo"))
    assert found.holds
    assert not found.exact
    assert "steps" in found.notes[0]
    assert "holds on average" in found.table()


def test_easier_rules_or_fewer_clips_are_found_out(claim):
    unlike = replace(claim, motions=claim.motions[:1], episodes=claim.episodes[:1])
    assert any("motions" in problem for problem in verify(unlike, load_policy("servo")).problems)
    eased = replace(claim, protocol="musclemimic")
    with pytest.raises(Exception, match="fixes"):
        verify(eased, load_policy("servo"))
    with pytest.raises(EvaluationError, match="'none such'"):
        verify(replace(claim, protocol="none such"), load_policy("servo"))


def test_versions_are_notes(claim):
    found = verify(replace(claim, versions={**claim.versions, "mujoco": "1.0"}), load_policy("servo"))
    assert found.holds
    assert found.notes[0].startswith("mujoco was 1.0 and is ")


def test_a_library_or_a_setting_that_came_later_is_a_note(claim):
    policy = load_policy("servo")
    known = {"kind": "onnx", "file": "mine.onnx", "sha256": "0" * 64, "library": "runtime 1.0"}
    policy.__class__ = type("Filed", (type(policy),), {"fingerprint": {**known, "library": "runtime 2.0", "file": "b"}})
    config = {key: value for key, value in claim.config.items() if key != "start_activation"}
    found = verify(replace(claim, policy=known, config=config), policy)
    assert found.holds, found.table()
    assert any("runtime 1.0, and now runs on runtime 2.0" in note for note in found.notes)
    assert any("the setting start_activation is newer" in note for note in found.notes)
    other = verify(replace(claim, policy={**known, "sha256": "1" * 64}), policy)
    assert other.problems[0].startswith("policy: ")
    eased = verify(replace(claim, config={**claim.config, "mass_scale": 0.9}), load_policy("servo"))
    assert not eased.holds


def test_the_command_says_it_and_exits_with_it(claim, tmp_path, capsys):
    path = tmp_path / "claim.json"
    claim.save(path)
    assert main(["compare", str(path), "--verify", "--policy", "servo"]) == 0
    assert "the claim holds: 2 episodes" in capsys.readouterr().out
    assert main(["compare", str(path), "--verify", "--policy", "zero", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verified"] is False
    assert main(["compare", str(path), "--verify"]) == 2
    assert main(["compare", str(path)]) == 2
