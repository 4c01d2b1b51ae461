from __future__ import annotations

import dataclasses
import json

import pytest

from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation import Evaluation, compare, evaluate
from kinesis_env.evaluation.result import ordered
from kinesis_env.motions import load_motions
from kinesis_env.motions.datasets import kit


def test_saved_and_loaded_it_is_the_same_but_for_the_series(zero, tmp_path):
    zero.save(tmp_path / "deep" / "a.json")
    loaded = Evaluation.load(tmp_path / "deep" / "a.json")
    assert loaded.to_mapping() == zero.to_mapping()
    assert loaded.episodes[0].metrics == zero.episodes[0].metrics
    assert loaded.episodes[0].series == ()
    loaded.save(tmp_path / "b.json")
    assert (tmp_path / "deep" / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_the_file_has_all_that_is_needed_to_repeat_it(zero, motions):
    content = zero.to_mapping()
    json.dumps(content, allow_nan=False)
    assert content["policy"] == {"kind": "reference", "name": "zero"}
    assert content["config"]["termination_distance"] == 0.15
    assert len(content["model_sha256"]) == 64
    assert {"kinesis_env", "mujoco", "numpy", "gymnasium", "scipy", "python", "platform"} <= set(content["versions"])
    digests = {motion.name: motion.digest for motion in load_motions(motions, fps=30.0)}
    assert {m["name"]: m["digest"] for m in content["motions"]} == digests
    assert content["summary"]["total"]["frame_coverage"]["count"] == 2
    assert content["seeds"] == [0, 1]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 99}', "\x00"])
def test_other_files_are_refused_by_name(content, tmp_path):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(EvaluationError, match=r"x\.json"):
        Evaluation.load(tmp_path / "x.json")
    with pytest.raises(EvaluationError, match=r"missing\.json"):
        Evaluation.load(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"mpjpe": ', '"mpjpe": NaN, "x": ', "nan is not a number"),
        ('"steps": ', '"steps": 1e999, "x": ', "infinity"),
        ('"seeds": ', '"seeds": "x", "y": ', "not a complete evaluation .*'x'"),
        ('"config": ', '"confit": ', "not a complete evaluation .KeyError: 'config'"),
        ('"format"', "[" * 100_000 + '"format"', "cannot be read as JSON"),
    ],
)
def test_damaged_files_are_refused_by_name(old, new, message, zero, tmp_path):
    zero.save(tmp_path / "x.json")
    (tmp_path / "x.json").write_text((tmp_path / "x.json").read_text().replace(old, new))
    with pytest.raises(EvaluationError, match=rf"x\.json: .*{message}"):
        Evaluation.load(tmp_path / "x.json")


def test_the_table_is_for_people():
    table = evaluate("zero", motions=["walk", "run", "walk-slow"]).table()
    assert "zero in Kinesis-Imitate-v0: 3 clips, 1 seed" in table
    assert "MPJPE, root-relative [mm]" in table
    assert "3 tracking lost" in table
    lines = table.splitlines()
    assert any(line.split()[:2] == ["walk", "2"] for line in lines)
    assert any(line.split()[:2] == ["run", "1"] for line in lines)
    assert "95% bootstrap intervals over clips" in lines[-1]
    assert max(map(len, lines)) < 170


def test_best_first(zero):
    episode = zero.episodes[0]

    def made(**metrics):
        return dataclasses.replace(episode, metrics=metrics)

    good, near, far = made(success=1.0, mpjpe=90.0), made(success=0.0, mpjpe=1.0), made(success=0.0, mpjpe=9.0)
    assert ordered([far, good, near]) == (good, near, far)


def test_paired_differences_by_hand(zero):
    def made(values):
        episodes = tuple(
            dataclasses.replace(e, metrics={"mpjpe": v, "success": 0.0})
            for e, v in zip(zero.episodes, values, strict=True)
        )
        return dataclasses.replace(zero, episodes=episodes)

    # clips: the means of two seeds each
    found = compare(made([10.0, 20.0, 30.0, 50.0]), made([10.0, 10.0, 50.0, 50.0]))
    mpjpe, success = found.differences
    assert (mpjpe.first, mpjpe.second) == (27.5, 30.0)
    assert mpjpe.change.mean == 2.5  # (-5 + 10) / 2
    assert mpjpe.change.low == -5.0
    assert mpjpe.change.high == 10.0
    assert (mpjpe.better, mpjpe.worse) == (1, 1)  # less is better
    assert (success.better, success.worse) == (0, 0)
    assert "1 of 2, worse 1" in found.table()
    less = compare(made([10.0, 20.0, 30.0, 50.0]), made([9.0, 19.0, 20.0, 20.0])).differences[0]
    assert (less.better, less.worse) == (2, 0)
    assert json.loads(json.dumps(found.to_mapping()))["differences"]["mpjpe"]["change"]["mean"] == 2.5


def test_pairing_narrows_the_interval(zero):
    """Clips differ much, policies little and always the same way."""

    def made(shift):
        episodes = tuple(
            dataclasses.replace(zero.episodes[0], clip=f"c{i}", metrics={"mpjpe": 100.0 * i + shift * (1 + 0.01 * i)})
            for i in range(20)
        )
        return dataclasses.replace(zero, episodes=episodes)

    change = compare(made(0.0), made(5.0)).differences[0].change
    assert 5.0 < change.low < change.high < 6.0


def test_what_does_not_pair_is_told(zero, passive, motions):
    assert compare(zero, passive).differences
    others = {
        "the seeds are 0, 1 and 3": {"seeds": (3,)},
        "the ids are": {"env_id": "Kinesis-Reach-v0"},
        "bodies": {"model_sha256": "0"},
        "termination_distance is 0.15 and 0.5": {"config": {**zero.config, "termination_distance": 0.5}},
        "only the first has sway": {"episodes": passive.episodes[:2]},
        "the clips amble are different motions": {"motions": ({**zero.motions[0], "digest": "0"}, zero.motions[1])},
    }
    for message, change in others.items():
        with pytest.raises(EvaluationError, match=f"cannot be paired: .*{message}"):
            compare(zero, dataclasses.replace(passive, **change))


def test_an_evaluation_from_before_a_setting_pairs_with_its_default(zero, passive):
    older = {key: value for key, value in passive.config.items() if key not in ("slope", "push_interval", "strength")}
    assert compare(zero, dataclasses.replace(passive, config=older)).differences
    steep = dataclasses.replace(zero, config={**zero.config, "slope": 5.0})
    with pytest.raises(EvaluationError, match=r"slope is 5.0 and 0.0"):
        compare(steep, dataclasses.replace(passive, config=older))


def test_splits_of_one_benchmark_do_not_pair(zero):
    def over(version):
        names = [clip.name for clip in kit.clips("test", version)]
        return dataclasses.replace(
            zero,
            config={**zero.config, "motions": f"kit-locomotion@{version}:test"},
            motions=tuple({**zero.motions[0], "name": name} for name in names),
            episodes=tuple(dataclasses.replace(zero.episodes[0], clip=name) for name in names),
        )

    first, second = over("2025"), over("icra2026")
    with pytest.raises(EvaluationError, match="those of kit-locomotion@2025:test and of kit-locomotion@icra2026:test"):
        compare(first, second)
    assert second.to_mapping()["config"]["motions"] == "kit-locomotion@icra2026:test"


def test_of_other_ids_only_the_ids_are_told(zero):
    other = dataclasses.replace(zero, env_id="Kinesis-Text-v0", seeds=(7,), config={"prompts": []})
    with pytest.raises(EvaluationError, match=r"the ids are Kinesis-Imitate-v0 and Kinesis-Text-v0$"):
        compare(zero, other)


def test_what_may_differ_is_noted(zero, passive):
    other = dataclasses.replace(
        passive,
        exact=False,
        config={**passive.config, "action_mode": "excitation"},
        versions={**passive.versions, "mujoco": "9.9"},
    )
    notes = " ".join(compare(zero, other).notes)
    assert "action_mode is 'length' and 'excitation'" in notes
    assert "mujoco is" in notes
    assert "many rows at once" in notes
    assert "if coverage differs" in notes
    assert compare(zero, zero).notes == ()


def test_a_notebook_shows_the_table(motions):
    found = evaluate("zero", motions=motions)
    assert repr(found) == "<Evaluation of zero in Kinesis-Imitate-v0: 2 clips, 1 seed>"
    assert found._repr_html_() == f"<pre>{found.table()}</pre>"
