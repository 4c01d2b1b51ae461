"""Policies that misbehave, and what is left of the work."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.errors import PolicyError
from kinesis_env.evaluation import RowPolicy, evaluate
from kinesis_env.evaluation.policy import Actor


class Faulty:
    """Does well until an episode's third step in the second clip."""

    def __init__(self, fault):
        self.fault, self.calls = fault, 0

    def prepare(self, task):
        self.task = task

    def act(self, observation, rows):
        clock = self.task.clock
        row = rows[0]
        if clock.library.names[clock.clip[row]] == "sway" and clock.elapsed[row] == 2:
            return self.fault(np.zeros((len(rows), 80)))
        return np.zeros((len(rows), 80))


def nan(actions):
    actions[0, 7] = np.nan
    return actions


def infinite(actions):
    actions[0, 3] = -np.inf
    return actions


def raises(actions):
    raise ValueError("out of memory, say")


def interrupt(actions):
    raise KeyboardInterrupt


TO_THE_END = {"termination_distance": math.inf}
FAULTS = {
    "nan": (nan, r"returned nan for muscle 7 at clip 'sway', seed 0, step 3"),
    "infinite": (infinite, r"returned -inf for muscle 3 at clip 'sway', seed 0, step 3"),
    "shape": (lambda a: a[:, :79], r"returned shape \(1, 79\) at clip 'sway', seed 0, step 3; .*\(1, 80\)"),
    "one row": (lambda a: a[0], r"returned shape \(80,\) at clip 'sway', seed 0, step 3"),
    "text": (lambda a: "left", r"returned str, not numbers, at clip 'sway', seed 0, step 3"),
    "nothing": (lambda a: None, r"clip 'sway', seed 0, step 3"),
    "raises": (raises, r"raised at clip 'sway', seed 0, step 3: ValueError: out of memory, say"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_clip_and_step_and_finished_clips_are_kept(fault, motions, tmp_path):
    wrong, message = FAULTS[fault]
    done = []

    def evaluated(policy):
        done.clear()
        kept = {"folder": tmp_path, "fingerprint": "repaired later"}
        progress = {"on_progress": lambda *a: done.append(a)}
        return evaluate(policy, motions=motions, config=TO_THE_END, rows=1, **kept, **progress)

    with pytest.raises(PolicyError, match=message):
        evaluated(Faulty(wrong))
    assert done == [(1, 2, "amble")]
    found = evaluated(Faulty(lambda actions: actions))
    assert done == [(1, 2, "kept from before"), (2, 2, "sway")]
    assert found.episodes == evaluate("zero", motions=motions, config=TO_THE_END).episodes


def test_an_interruption_leaves_finished_clips(motions, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        evaluate(Faulty(interrupt), motions=motions, config=TO_THE_END, rows=1, folder=tmp_path, fingerprint="x")
    done = []
    evaluate(
        Faulty(lambda a: a),
        motions=motions,
        config=TO_THE_END,
        rows=1,
        folder=tmp_path,
        fingerprint="x",
        on_progress=lambda *a: done.append(a),
    )
    assert done[0] == (1, 2, "kept from before")
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]  # nothing half-written


def test_of_many_rows_the_right_one_is_named(motions):
    def policy(observation):
        actions = np.zeros((len(observation), 80))
        actions[2, 5] = np.nan
        return actions

    with pytest.raises(PolicyError, match=r"muscle 5 at clip 'sway', seed 0, step 1;"):
        evaluate(policy, motions=motions, seeds=2, exact=False)

    def broken(observation):
        raise RuntimeError("no")

    with pytest.raises(PolicyError, match=r"clip 'amble', seed 0, step 1 \(and 3 more episodes"):
        evaluate(broken, motions=motions, seeds=2, exact=False)


def test_faults_before_the_first_step(motions):
    class Unprepared(RowPolicy):
        def prepare(self, task):
            raise KeyError("weights")

        def act(self, observation, rows):
            return np.zeros((len(rows), 80))

    class Forgetful(RowPolicy):
        def reset(self, rows, cases):
            raise KeyError("state")

        def act(self, observation, rows):
            return np.zeros((len(rows), 80))

    with pytest.raises(PolicyError, match="before the first episode: KeyError"):
        evaluate(Unprepared(), motions=motions)
    with pytest.raises(PolicyError, match=r"in reset\(\) at clip 'amble', seed 0 .*KeyError"):
        evaluate(Forgetful(), motions=motions)


@pytest.mark.parametrize("thing", [3, None, object(), Faulty])
def test_what_is_no_policy(thing):
    with pytest.raises(PolicyError, match="a policy must be a function"):
        Actor(thing)


def test_goal_tasks_name_the_seed():
    with pytest.raises(PolicyError, match="at seed 4, step 1"):
        evaluate(lambda observation: np.full((len(observation), 80), np.nan), "Kinesis-Reach-v0", seeds=[4])


def test_a_goal_env_gives_a_dict_of_arrays():
    def policy(observation):
        assert set(observation) == {"observation", "achieved_goal", "desired_goal"}
        return np.zeros((len(observation["observation"]), 80))

    evaluate(policy, "Kinesis-ReachGoal-v0", seeds=2, config={"time_limit": 3})
