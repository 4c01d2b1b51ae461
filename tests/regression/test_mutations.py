"""Every small change of a reward is caught by the shipped traces, from the recorded states alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kinesis_env.config import load_preset
from kinesis_env.model import TRACKED_BODIES, ModelNames
from kinesis_env.registration import ENV_IDS
from kinesis_env.tasks import DirectionTask, ReferenceClock
from kinesis_env.terms import BodyState, goals, rewards
from kinesis_env.testing import RewardTrace, check, shipped_traces
from tests.support import compiled_loops

TRACES = {env_id: RewardTrace.load(path) for env_id, path in shipped_traces().items()}
#: Those whose rewards are a table.
TABLES = {env_id: dict(load_preset(env_id)["rewards"]) for env_id in ENV_IDS if load_preset(env_id)["rewards"]}
IMITATE, REACH, DIRECTION = "Kinesis-Imitate-v0", "Kinesis-Reach-v0", "Kinesis-Direction-v0"
KNOBS = [
    (env_id, term, knob, factor)
    for env_id, table in TABLES.items()
    for term, row in table.items()
    for knob in row
    for factor in ((1.0001, 0.9999, -1.0) if knob == "weight" else (1.0001, 0.9999))
]


@pytest.fixture(autouse=True)
def array_code():
    """Formulas are replaced in the array code, which compiled loops would bypass."""
    with compiled_loops(False):
        yield


def failures(env_id, **changes):
    report = check(TRACES[env_id], {**TRACES[env_id].meta["keywords"], **changes}, terms_only=True)
    return {finding.figure for finding in report.failures}


@pytest.mark.parametrize("env_id", sorted(TRACES))
def test_nothing_is_found_where_nothing_changed(env_id):
    assert failures(env_id) == set()


@pytest.mark.parametrize(("env_id", "term", "knob", "factor"), KNOBS)
def test_weights_and_scales(env_id, term, knob, factor):
    value = TABLES[env_id][term][knob] * factor
    assert failures(env_id, rewards={term: {knob: value}}) == {f"reward_{term}", "reward"}


@pytest.mark.parametrize(
    ("env_id", "module", "function"),
    [
        (IMITATE, rewards, "position"),
        (IMITATE, rewards, "velocity"),
        (IMITATE, rewards, "upright"),
        (IMITATE, rewards, "energy"),
        (REACH, goals, "progress"),
        (REACH, rewards, "upright"),
        (REACH, rewards, "energy"),
        (DIRECTION, goals, "velocity_along"),
        (DIRECTION, rewards, "upright"),
        (DIRECTION, rewards, "energy"),
    ],
)
def test_signs(env_id, module, function, monkeypatch):
    original = getattr(module, function)
    monkeypatch.setattr(module, function, lambda *args, scale: original(*args, scale=-scale))
    term = {"velocity_along": "velocity"}.get(function, function)
    with np.errstate(over="ignore"):  # exp(200 x^2) of a body that is lost
        assert failures(env_id) == {f"reward_{term}", "reward"}


@pytest.mark.parametrize("frames", [1, -1, 0.01])
def test_frame_offset_of_the_reference(frames, monkeypatch):
    original = ReferenceClock.window

    def shifted(clock):
        clock._ahead_frames += frames
        try:
            return original(clock)
        finally:
            clock._ahead_frames -= frames

    monkeypatch.setattr(ReferenceClock, "window", shifted)
    assert {"reward_position", "reward_velocity"} <= failures(IMITATE)


def test_frame_offset_of_the_command(monkeypatch):
    original = DirectionTask._look_up

    def shifted(task):
        task._elapsed += 1
        original(task)
        task._elapsed -= 1

    monkeypatch.setattr(DirectionTask, "_look_up", shifted)
    assert "reward_velocity" in failures(DIRECTION)


@pytest.mark.parametrize("index", range(len(TRACKED_BODIES)))
@pytest.mark.parametrize("shift", [-1, 1])
def test_body_indices_of_the_reference_terms(index, shift, monkeypatch):
    original = ModelNames.of

    def wrong(model):
        names = original(model)
        tracked = names.tracked_among_moving.copy()
        tracked[index] = (tracked[index] + shift) % len(names.bodies)
        return dataclasses.replace(names, tracked_among_moving=tracked)

    monkeypatch.setattr(ModelNames, "of", wrong)
    assert {"reward_position", "reward_velocity"} <= failures(IMITATE)


@pytest.mark.parametrize(
    ("env_id", "change", "terms"),
    [
        (DIRECTION, {"velocity": property(lambda state: np.roll(state.motion[0], 1, axis=1))}, {"reward_velocity"}),
        (REACH, {"root": property(lambda state: state.position[:, 1])}, {"termination_reason"}),
    ],
)
def test_body_index_of_the_pelvis(env_id, change, terms, monkeypatch):
    for name, value in change.items():
        monkeypatch.setattr(BodyState, name, value)
    assert terms <= failures(env_id)


@pytest.mark.parametrize(
    ("env_id", "module", "function", "replacement", "term"),
    [
        (IMITATE, rewards, "upright", lambda roll, _, scale: np.exp(-scale * roll * roll), "upright"),
        (IMITATE, rewards, "upright", lambda _, pitch, scale: np.exp(-scale * pitch * pitch), "upright"),
        (IMITATE, rewards, "energy", lambda u, scale: rewards_energy(u[:, -1:], scale=scale), "energy"),
        (IMITATE, rewards, "energy", lambda u, scale: rewards_energy(u[..., :-1], scale=scale), "energy"),
        (REACH, goals, "progress", lambda before, after, scale: scale * (after - before), "progress"),
        (REACH, goals, "reached", lambda away, radius: (away < 0.4 * radius).astype(float), "goal"),
    ],
)
def test_formulas(env_id, module, function, replacement, term, monkeypatch):
    monkeypatch.setattr(module, function, replacement)
    assert f"reward_{term}" in failures(env_id)


@pytest.mark.parametrize(
    ("env_id", "function", "replacement"),
    [
        ("Kinesis-ReachGoal-v0", "sparse", lambda away, radius: np.where(away < radius, 0.0, -1.001)),
        ("Kinesis-ReachGoal-v0", "sparse", lambda away, radius: np.where(away < 0.4 * radius, 0.0, -1.0)),
    ],
)
def test_sparse_rewards(env_id, function, replacement, monkeypatch):
    monkeypatch.setattr(goals, function, replacement)
    assert "reward" in failures(env_id)


def test_terminations():
    assert "termination_reason" in failures(IMITATE, termination_distance=0.2)
    assert "termination_reason" in failures(IMITATE, termination="mean")
    assert "termination_reason" in failures(REACH, fall_height=0.65)


rewards_energy = rewards.energy
