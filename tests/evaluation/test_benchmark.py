from __future__ import annotations

import importlib
import json
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from kinesis_env.errors import ConfigError, EvaluationError, MotionError
from kinesis_env.evaluation import RowPolicy, evaluate
from kinesis_env.evaluation.cases import Case, cases_of, checked_seeds, skill_of
from tests.support import make_env, make_task

WEAK = {"weakness": {"*": [0.5, 1.0]}, "excitation_noise": [0.0, 0.2], "termination_distance": 0.4}


def episodes_of(*arguments, **kwargs):
    return evaluate(*arguments, **kwargs).episodes


def test_every_clip_once_with_each_seed_in_a_fixed_order(motions):
    found = episodes_of("zero", motions=motions, seeds=2)
    assert [(e.clip, e.seed) for e in found] == [("amble", 0), ("amble", 1), ("sway", 0), ("sway", 1)]
    assert [(e.clip, e.seed) for e in episodes_of("zero", motions=motions, seeds=[7])] == [("amble", 7), ("sway", 7)]


@pytest.mark.parametrize("kind", ["network", "remembers", "random", "servo", "passive", "zero"])
def test_figures_do_not_depend_on_rows_threads_or_order(kind, motions, request):
    policy = request.getfixturevalue(kind) if kind in ("network", "remembers") else kind
    alone = episodes_of(policy, motions=motions, seeds=3, config=WEAK, rows=1, num_threads=1)
    if kind in ("network", "remembers", "random"):
        assert len({episode.steps for episode in alone}) > 1  # they end at different times
    for rows, threads in ((2, 2), (4, 1), (6, 2)):
        # every figure and every error over time, to the last bit
        assert episodes_of(policy, motions=motions, seeds=3, config=WEAK, rows=rows, num_threads=threads) == alone
    backward = episodes_of(policy, motions=motions, seeds=[2, 1, 0], config=WEAK, rows=4)
    assert sorted(backward, key=lambda e: (e.clip, e.seed)) == list(alone)


@pytest.mark.parametrize("env_id", ["Kinesis-Reach-v0", "Kinesis-ReachGoal-v0", "Kinesis-Direction-v0"])
def test_goal_tasks_are_evaluated_seed_by_seed(env_id):
    short = {"time_limit": 8}
    one = evaluate("random", env_id, seeds=5, config=short, rows=1)
    many = evaluate("random", env_id, seeds=5, config=short, rows=3)
    assert one.episodes == many.episodes
    assert [episode.seed for episode in one.episodes] == [0, 1, 2, 3, 4]
    assert one.motions == ()
    measured = {"Kinesis-Direction-v0": "command_error"}.get(env_id, "goal_distance")
    assert one.summary()[measured].count == 5
    assert one.summary()["success"].count == 5
    assert "mpjpe" not in one.summary()


def test_the_attempt_is_the_single_environments_own(motions):
    found = episodes_of("random", motions=motions, seeds=[5], config=WEAK)[1]
    from kinesis_env.evaluation import Random

    env = make_env(motions=motions, **WEAK).unwrapped
    policy = Random()
    policy.prepare(env.task)
    observation, _ = env.reset(seed=5, options={"clip": "sway", "start_time": 0.0})
    policy.reset(np.array([0]), [Case("sway", 5)])
    over, errors, rewards = False, [], []
    while not over:
        action = policy.act(observation, np.array([0]))[0].astype(np.float32)
        observation, reward, terminated, truncated, info = env.step(action)
        errors.append(info["tracking_error"])
        rewards.append(reward)
        over = terminated or truncated
    assert list(found.series) == errors
    assert found.steps == len(errors)
    assert found.metrics["mpjpe"] == pytest.approx(info["mpjpe"], rel=1e-12)
    assert found.metrics["frame_coverage"] == info["frame_coverage"]
    assert found.metrics["mean_reward"] == pytest.approx(np.mean(rewards), rel=1e-12)
    assert found.termination_reason == info["termination_reason"]


def test_batched_is_noted_and_asks_about_all_rows(motions, network):
    asked = []

    def policy(observation):
        asked.append(len(observation))
        return network(observation)

    evaluation = evaluate(policy, motions=motions, seeds=2, exact=False)
    assert max(asked) == 4
    assert evaluation.exact is False
    asked.clear()
    assert evaluate(policy, motions=motions, seeds=2).exact is True
    assert set(asked) == {1}


def test_a_second_run_redoes_nothing(motions, tmp_path, network):
    calls = [0]

    def policy(observation):
        calls[0] += 1
        return network(observation)

    seen = []
    first = evaluate(policy, motions=motions, folder=tmp_path, fingerprint="a", on_progress=lambda *a: seen.append(a))
    assert [item[:2] for item in seen] == [(1, 2), (2, 2)]
    assert calls[0] > 0
    calls[0] = 0
    seen.clear()
    again = evaluate(policy, motions=motions, folder=tmp_path, fingerprint="a", on_progress=lambda *a: seen.append(a))
    assert calls[0] == 0
    assert seen == [(2, 2, "kept from before")]
    assert again == first
    more = evaluate(policy, motions=motions, seeds=2, folder=tmp_path, fingerprint="a")
    assert [e for e in more.episodes if e.seed == 0] == list(first.episodes)
    assert evaluate(policy, motions=motions, folder=tmp_path, fingerprint="a", fresh=True) == first
    assert calls[0] > 0


@pytest.mark.parametrize(
    "other", [{"fingerprint": "b"}, {"config": {"termination_distance": 0.3}}, {"exact": False}, {"config": WEAK}]
)
def test_what_was_kept_is_of_the_same_evaluation_only(other, motions, tmp_path, network):
    calls = [0]

    def policy(observation):
        calls[0] += 1
        return network(observation)

    same = {"motions": motions, "folder": tmp_path, "fingerprint": "a"}
    evaluate(policy, **same)
    calls[0] = 0
    evaluate(policy, **{**same, **other})
    assert calls[0] > 0
    assert len(list(tmp_path.iterdir())) == 2


def test_motions_that_moved_are_the_same_and_changed_ones_are_not(motions, tmp_path):
    from tests.support import small_motions

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    one, two = small_motions()
    one.save(elsewhere / "amble.npz")
    two.replace(caption="another").save(elsewhere / "sway.npz")
    seen = []
    for folder in (motions, str(elsewhere)):
        evaluate("zero", motions=folder, folder=tmp_path / "kept", on_progress=lambda *a: seen.append(a[2]))
    assert seen == ["amble", "sway", "kept from before", "sway"] or seen == [
        "sway",
        "amble",
        "kept from before",
        "sway",
    ]


def test_a_damaged_file_of_the_journal_is_named(motions, tmp_path):
    evaluate("zero", motions=motions, folder=tmp_path)
    file = next(tmp_path.glob("*/episodes/*.json"))
    file.write_text("{")
    with pytest.raises(EvaluationError, match=file.name):
        evaluate("zero", motions=motions, folder=tmp_path)
    file.write_text(json.dumps({"clip": "amble"}))
    with pytest.raises(EvaluationError, match=r"not an episode.*delete it"):
        evaluate("zero", motions=motions, folder=tmp_path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: b"\xff" + text, "not JSON"),
        (lambda _: b"[" * 100_000, "not JSON"),
        (lambda text: text.replace(b'"mpjpe": ', b'"mpjpe": NaN, "x": '), "nan is not a number"),
        (lambda text: text.replace(b'"mpjpe": ', b'"mpjpe": 1e999, "x": '), "inf is not a number"),
        (lambda text: text.replace(b'"steps": ', b'"steps": 1e999, "x": '), "infinity"),
    ],
)
def test_every_damage_to_the_journal_says_what_to_do(damage, message, motions, tmp_path):
    evaluate("zero", motions=motions, folder=tmp_path)
    file = next(tmp_path.glob("*/episodes/*.json"))
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(EvaluationError, match=f"{file.name}.*{message}.*delete it to evaluate this episode again"):
        evaluate("zero", motions=motions, folder=tmp_path)


def test_a_journal_where_none_can_be(motions, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="file: episodes cannot be stored there"):
        evaluate("zero", motions=motions, folder=tmp_path / "file")


def test_a_nameless_policy_keeps_nothing(motions, tmp_path, network):
    with pytest.raises(EvaluationError, match="fingerprint"):
        evaluate(network, motions=motions, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_published_protocol(motions):
    evaluation = evaluate("passive", motions=motions, protocol="kinesis")
    assert evaluation.config["termination"] == "mean"
    assert evaluation.config["termination_distance"] == 0.5
    for episode in evaluation.episodes:
        if episode.termination_reason:
            assert episode.series[-1] > 0.5
        assert max(episode.series[:-1]) <= 0.5


def test_the_published_protocol_takes_the_test_split_unless_told_otherwise():
    from kinesis_env.evaluation.protocols import arguments_of

    assert arguments_of("Kinesis-Imitate-v0", None, "kinesis", {})["motions"] == "split:test"
    assert arguments_of("Kinesis-Imitate-v0", "split:train", "kinesis", {})["motions"] == "split:train"
    assert "motions" not in arguments_of("Kinesis-Reach-v0", None, "kinesis", {})


def test_impossible_wishes(motions):
    with pytest.raises(ConfigError, match="Kinesis-Imitate-v0"):
        evaluate("zero", "Kinesis-Fly-v0")
    with pytest.raises(ConfigError, match="not an id of this package"):
        evaluate("zero", "CartPole-v1")
    with pytest.raises(ConfigError, match="rows"):
        evaluate("zero", motions=motions, rows=0)
    with pytest.raises(ConfigError, match="unknown protocol 'other'; the protocols are 'kinesis'"):
        evaluate("zero", motions=motions, protocol="other")
    with pytest.raises(ConfigError, match=r"fixes termination_distance=0\.5, given 0\.4"):
        evaluate("zero", motions=motions, protocol="kinesis", config={"termination_distance": 0.4})
    with pytest.raises(ConfigError, match="allows one seed per clip"):
        evaluate("zero", motions=motions, protocol="kinesis", seeds=2)
    with pytest.raises(ConfigError, match=r"is for Kinesis-Imitate-v0, .*, given Kinesis-Direction-v0"):
        evaluate("zero", "Kinesis-Direction-v0", protocol="kinesis")
    with pytest.raises(MotionError, match="moonwalk"):
        evaluate("zero", motions="moonwalk")


@pytest.mark.parametrize("seeds", [0, [], [1, 1], [-1], True, "3", [0.5], 1.5])
def test_seeds_that_are_none(seeds):
    with pytest.raises(EvaluationError, match="seeds must be"):
        checked_seeds(seeds)


def test_skills():
    assert skill_of("turn-in-place-180-left") == "turn in place"
    assert skill_of("my own") == "other"
    cases = cases_of(make_task(motions="split:test"), (0,))
    assert len(cases) == 15
    assert {case.skill for case in cases} >= {"walk", "run", "backward", "turn in place", "gradual turn"}
    assert all(len(case.digest) == 64 for case in cases)


def test_a_policy_that_wants_the_task_gets_it(motions):
    class Looks(RowPolicy):
        def prepare(self, task):
            self.task = task
            self.begun = []

        def reset(self, rows, cases):
            self.begun += [(case.clip, float(self.task.clock.time[row])) for row, case in zip(rows, cases, strict=True)]

        def act(self, observation, rows):
            return np.zeros((len(rows), 80))

    policy = Looks()
    evaluate(policy, motions=motions, rows=1)
    assert policy.begun == [("amble", 0.0), ("sway", 0.0)]


def test_terms_of_ones_own_are_part_of_what_was_kept(motions, tmp_path, monkeypatch):
    source = "import numpy as np\n\ndef bonus(context):\n    return np.full(context.num, {})\n"
    monkeypatch.syspath_prepend(tmp_path)
    config = {"rewards": {"bonus": {"weight": 1.0, "term": "own_bonus:bonus"}}}
    found = []
    for value in (0.5, 0.5, 0.75):
        (tmp_path / "own_bonus.py").write_text(source.format(value))
        monkeypatch.delitem(sys.modules, "own_bonus", raising=False)
        importlib.invalidate_caches()
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        seen = []
        run = {"motions": motions, "config": config, "folder": tmp_path / "kept"}
        evaluation = evaluate("zero", **run, on_progress=lambda *a, seen=seen: seen.append(a[2]))
        found.append((evaluation.summary()["mean_reward"].mean, "kept from before" in seen))
    monkeypatch.delitem(sys.modules, "own_bonus", raising=False)
    assert found[1] == (found[0][0], True)
    assert found[2] == (pytest.approx(found[0][0] + 0.25), False)


def test_a_configuration_file(motions, tmp_path):
    (tmp_path / "mine.yaml").write_text("termination_distance: 0.05\nlookahead: 2\n")
    evaluation = evaluate("zero", motions=motions, config=tmp_path / "mine.yaml")
    assert evaluation.config["lookahead"] == 2
    assert evaluation.config["motions"] == motions
    with pytest.raises(ConfigError, match="fixes termination_distance"):
        evaluate("zero", motions=motions, protocol="kinesis", config=tmp_path / "mine.yaml")


def test_tasks_with_prompts_are_evaluated_prompt_by_prompt():
    task = SimpleNamespace(options=("prompt", "start_time"), prompts=("walk", "turn left"))
    cases = cases_of(task, (0, 1))
    assert [(case.prompt, case.seed) for case in cases] == [
        ("walk", 0),
        ("walk", 1),
        ("turn left", 0),
        ("turn left", 1),
    ]
    assert cases[2].label == "prompt 'turn left', seed 0"
    assert len({case.unit for case in cases}) == 2
