from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from kinesis_env.dynamics.allocation import CO_CONTRACTION, TOLERANCE, allocate
from kinesis_env.dynamics.probe import Probe
from kinesis_env.model.names import load_model
from tests.support import make_wandering_qpos


@pytest.fixture(scope="module")
def levers():
    probe = Probe(load_model(), 8)
    qpos = make_wandering_qpos(20)
    return probe.look(qpos, np.zeros((20, 20))).levers * probe.curves.peak_force


def random_problem(levers, seed):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0.0, 0.3, (len(levers), 80))
    high = low + rng.uniform(0.0, 0.9, low.shape)
    return rng.normal(0.0, 80.0, (len(levers), 14)), low, high


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_it_is_the_least_squares_solution_within_bounds(levers, seed):
    moment, low, high = random_problem(levers, seed)
    tension, _ = allocate(moment, levers, low=low, high=high)
    spread = np.tile(TOLERANCE, 2)
    row = seed % len(levers)
    system = np.vstack((np.eye(80), levers[row] / spread[:, None]))
    right = np.concatenate((np.full(80, CO_CONTRACTION), moment[row] / spread))
    exact = lsq_linear(system, right, (low[row], high[row] + 1e-12), method="bvls", tol=1e-12).x
    assert np.abs(tension[row] - exact).max() < 1e-7


def test_a_start_and_other_rows_change_nothing_that_matters(levers):
    moment, low, high = random_problem(levers, 1)
    tension, multiplier = allocate(moment, levers, low=low, high=high)
    for row in (0, 7):
        part = slice(row, row + 1)
        alone, _ = allocate(moment[part], levers[part], low=low[part], high=high[part])
        assert np.array_equal(alone[0], tension[row])
    again, _ = allocate(moment, levers, low=low, high=high, start=multiplier + 0.1)
    assert np.abs(again - tension).max() < 1e-8


def test_moments_within_reach_are_met(levers):
    tension = np.random.default_rng(2).uniform(0.0, 0.3, (len(levers), 80))
    moment = (levers @ tension[..., None])[..., 0]
    found, _ = allocate(moment, levers, low=np.zeros_like(tension), high=np.ones_like(tension))
    missed = (levers @ found[..., None])[..., 0] - moment
    assert np.abs(missed).max() < 1.0  # [N m]
    assert (found**2).sum() < (tension**2).sum()
