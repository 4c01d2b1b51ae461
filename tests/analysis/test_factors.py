"""Synergies and the space of controls: known patterns are found, and projections are projections."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.analysis import control_basis, synergies
from kinesis_env.errors import AnalysisError


def made(n=3, frames=300, muscles=12, seed=0):
    rng = np.random.default_rng(seed)
    patterns = rng.uniform(0, 1, (n, muscles)) * (rng.uniform(size=(n, muscles)) < 0.5)
    patterns[:, :n] = np.eye(n)
    at = np.linspace(0, 6 * np.pi, frames)
    activations = np.stack([np.maximum(np.sin(at + 2 * np.pi * i / n), 0.0) for i in range(n)], axis=1)
    return activations @ patterns, patterns / np.linalg.norm(patterns, axis=1)[:, None]


def test_patterns_that_made_the_activity_are_found():
    x, patterns = made()
    found = synergies(x, 3)
    assert found.vaf > 0.999
    assert np.allclose(np.linalg.norm(found.patterns, axis=1), 1.0)
    assert (found.patterns @ patterns.T).max(axis=0).min() > 0.99
    assert found.patterns.min() >= 0.0
    assert found.activations.min() >= 0.0
    assert np.allclose(found.reconstruction, x, atol=0.05)


@pytest.mark.parametrize("method", ["nmf", "pca"])
def test_more_patterns_account_for_more(method):
    x, _ = made(n=6, seed=1)
    vaf = [synergies(x, n, method).vaf for n in range(1, 7)]
    assert all(np.diff(vaf) > -1e-4)
    assert vaf[-1] > 0.99
    assert vaf[0] < 0.9


def test_principal_components_are_the_best_linear_ones():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((200, 5)) @ np.diag([5.0, 3.0, 1.0, 0.5, 0.1]) + 2.0
    found = synergies(x, 2, "pca")
    values = np.sort(np.linalg.eigvalsh(np.cov(x.T)))[::-1]
    assert found.vaf == pytest.approx(values[:2].sum() / values.sum())
    assert np.allclose(found.patterns @ found.patterns.T, np.eye(2))
    assert np.allclose(found.mean, x.mean(axis=0))
    assert found.vaf_each[0] > 0.99 > found.vaf_each[4]


def test_a_muscle_that_does_nothing_has_no_figure():
    x, _ = made()
    x[:, 5] = 0.0
    assert np.isnan(synergies(x, 3).vaf_each[5])
    assert np.isfinite(np.delete(synergies(x, 3).vaf_each, 5)).all()


def test_what_is_no_activity_is_refused():
    x, _ = made()
    with pytest.raises(AnalysisError, match="the number of synergies must be a whole number from 1 to 12, given 13"):
        synergies(x, 13)
    x[3, 2] = -0.5
    with pytest.raises(AnalysisError, match=r"-0\.5 in frame 3 of muscle 2"):
        synergies(x, 2)
    x[3, 2] = 0.0
    with pytest.raises(AnalysisError, match="'nmf', 'pca'"):
        synergies(x, 2, "ica")
    with pytest.raises(AnalysisError, match=r"\(T, k\)"):
        synergies(x[0], 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 80), st.integers(0, 2**16))
def test_keeping_and_removing_are_complements(n, seed):
    rng = np.random.default_rng(seed)
    basis = control_basis(0.3 * rng.standard_normal((120, 80)).cumsum(axis=0) / 10)
    action = np.clip(basis.means[""] + 0.05 * rng.standard_normal(80), -1, 1)
    keep, removed = (basis.project(action, n, mode) for mode in ("keep", "remove"))
    inside = (np.abs(keep) < 1).all() and (np.abs(removed) < 1).all()
    if inside:
        assert np.allclose(keep + removed, action + basis.means[""], atol=1e-9)
        assert np.allclose(basis.project(keep, n), keep, atol=1e-9)
    if n == 80:
        assert np.allclose(keep, action, atol=1e-9)
    if n == 0:
        assert np.allclose(keep, np.clip(basis.means[""], -1, 1))
        assert np.allclose(removed, action)


def test_bases_of_tasks_are_told_apart():
    rng = np.random.default_rng(0)
    basis = control_basis({"walk": rng.uniform(-1, 1, (50, 80)), "run": rng.uniform(0, 1, (40, 80))})
    assert basis.tasks == ("walk", "run")
    assert basis.dimensions == 40
    assert basis.task_of("sprint", "run") == "run"
    assert control_basis(rng.uniform(-1, 1, (50, 80))).task_of("anything") == ""
    with pytest.raises(AnalysisError, match="no control basis of 'jump'; the tasks are walk, run"):
        basis.task_of("jump")
    with pytest.raises(AnalysisError, match="from 0 to 40, given 41"):
        basis.project(np.zeros(80), 41, task="walk")
    with pytest.raises(AnalysisError, match="'keep', 'remove'"):
        basis.project(np.zeros(80), 3, "drop", task="walk")
    with pytest.raises(AnalysisError, match=r"actions of a control basis must be finite, \(T, 80\)"):
        control_basis(np.zeros((5, 79)))
    with pytest.raises(AnalysisError, match="at least one episode"):
        control_basis({})
