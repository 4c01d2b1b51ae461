"""Policies with part of their controls, and the sweep over how much is left."""

import numpy as np
import pytest

from kinesis_env.analysis import control_basis
from kinesis_env.errors import AnalysisError, PolicyError
from kinesis_env.evaluation import (
    Passive,
    Random,
    Servo,
    basis_of_episodes,
    control_subspace,
    evaluate,
    load_policy,
    redundancy,
)
from kinesis_env.evaluation.cases import Case

BASIS = control_basis(np.random.default_rng(0).uniform(-1, 1, (200, 80)))


class Fixed:
    row_independent = True

    def act(self, observation, rows):
        return np.tile(np.linspace(-1, 1, 80), (len(rows), 1))


def test_actions_are_projected_row_by_row_as_the_basis_says():
    policy = control_subspace(Fixed(), BASIS, 7)
    policy.reset(np.arange(3), [Case("walk", 0)] * 3)
    actions = policy.act(None, np.arange(3))
    assert np.array_equal(actions[1], BASIS.project(np.linspace(-1, 1, 80), 7))
    assert policy.row_independent
    assert np.linalg.matrix_rank(actions - BASIS.means[""], tol=1e-6) <= 7


def test_a_function_of_observations_is_a_policy_too():
    policy = control_subspace(lambda observation: np.zeros((len(observation), 80)), BASIS, 5, "remove")
    policy.reset(np.arange(1), [Case("walk", 0)])
    assert policy.fingerprint is None
    assert not policy.row_independent
    assert np.array_equal(policy.act(np.zeros((1, 234)), np.arange(1))[0], BASIS.project(np.zeros(80), 5, "remove"))


def test_each_clip_or_skill_has_its_own_basis():
    rng = np.random.default_rng(1)
    basis = control_basis({"walk": rng.uniform(-1, 0, (90, 80)), "turn": rng.uniform(0, 1, (90, 80))})
    policy = control_subspace(Fixed(), basis, 0)
    policy.reset(np.arange(2), [Case("clip-1", 0, skill="walk"), Case("turn", 0, skill="other")])
    assert np.allclose(policy.act(None, np.arange(2)), [basis.means["walk"], basis.means["turn"]])
    with pytest.raises(PolicyError, match="no control basis of 'run' or 'fast'"):
        policy.reset(np.arange(1), [Case("run", 0, skill="fast")])


def test_fingerprints_tell_bases_dimensions_and_policies_apart():
    other = control_basis(np.random.default_rng(9).uniform(-1, 1, (200, 80)))
    prints = [
        control_subspace(policy, basis, n, mode).fingerprint
        for policy, basis, n, mode in (
            (Servo(), BASIS, 5, "keep"),
            (Servo(), BASIS, 6, "keep"),
            (Servo(), BASIS, 5, "remove"),
            (Servo(), other, 5, "keep"),
            (Passive(), BASIS, 5, "keep"),
        )
    ]
    assert all(prints[i] != prints[j] for i in range(5) for j in range(i))
    assert prints[0]["name"] == "servo, only 5 components"


@pytest.fixture(scope="module")
def episodes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("episodes")
    evaluate("random", motions=["walk", "turn-in-place-90-left"], record=folder, seeds=2, num_threads=1)
    return folder


def test_all_components_are_the_policy_itself_and_none_are_its_mean(episodes):
    basis = basis_of_episodes(episodes)
    assert basis.tasks == ("",)
    arguments = {"motions": "walk", "num_threads": 1}
    whole = evaluate("random", **arguments)
    if basis.dimensions == 80:
        same = evaluate(control_subspace(Random(), basis, 80), **arguments)
        assert same.episodes[0].steps == whole.episodes[0].steps
    assert set(basis_of_episodes(episodes, "clip").tasks) == {"walk", "turn-in-place-90-left"}
    assert len(basis_of_episodes(episodes, "skill").tasks) == 2


def test_a_text_names_such_a_policy(episodes, tmp_path):
    policy = load_policy(f"subspace:remove:3:{episodes}:servo")
    assert policy.fingerprint["policy"] == {"kind": "reference", "name": "servo"}
    assert policy.fingerprint["mode"] == "remove"
    for wrong in ("subspace:keep:servo", f"subspace:drop:3:{episodes}:servo", f"subspace:keep:-1:{episodes}:servo"):
        with pytest.raises(PolicyError, match="'subspace:keep:6:EPISODES:POLICY'"):
            load_policy(wrong)
    with pytest.raises(PolicyError, match="no recorded episodes"):
        load_policy(f"subspace:keep:3:{tmp_path}:servo")
    with pytest.raises(PolicyError, match="must be a whole number from 0 to"):
        load_policy(f"subspace:keep:300:{episodes}:servo")
    with pytest.raises(PolicyError, match="unknown policy 'best'"):
        load_policy(f"subspace:keep:3:{episodes}:best")


def test_the_sweep_has_every_number_of_dimensions_and_a_plot(tmp_path):
    told = []
    found = redundancy(
        "servo",
        motions="walk",
        dimensions=(80, 1, 4),
        record=tmp_path / "episodes",
        folder=tmp_path / "kept",
        num_threads=1,
        on_progress=lambda done, total, what: told.append((done, total, what)),
    )
    assert found.dimensions[:2] == (1, 4)
    assert found.explained[0] < found.explained[1] <= 1.0
    rows = found.figures()
    assert rows[-1]["dimensions"] is None
    assert rows[-1]["frame_coverage"] == pytest.approx(found.whole.summary()["frame_coverage"].mean)
    assert told[0] == (1, 1 + len(found.dimensions), "as it is")
    assert "only its leading components" in found.table()
    found.plot(tmp_path / "sweep.png")
    assert (tmp_path / "sweep.png").stat().st_size > 10_000
    with pytest.raises(AnalysisError, match="dimensions must be a whole number from 0 to 80, given 81"):
        redundancy("servo", dimensions=(81,), record=tmp_path)
    with pytest.raises(AnalysisError, match="at least one number"):
        redundancy("servo", dimensions=(), record=tmp_path)
