from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.terms import terminations


def test_distances_are_euclidean():
    actual = np.zeros((1, 2, 3))
    reference = np.array([[[3.0, 4.0, 0.0], [0.0, 0.0, -2.0]]])
    assert terminations.distances(actual, reference).tolist() == [[5.0, 2.0]]


@pytest.mark.parametrize(
    ("mode", "limit", "lost"),
    [("any", 0.15, True), ("any", 0.2, False), ("mean", 0.06, True), ("mean", 0.0601, False)],
)
def test_one_body_or_the_mean(mode, limit, lost):
    actual, reference = np.zeros((2, 1, 4, 3))
    actual[0, :2, 1] = 0.2, 0.0403  # mean 0.060075
    distances = terminations.distances(actual, reference)
    assert terminations.tracking_lost(distances.mean(axis=1), distances.max(axis=1), limit=limit, mode=mode)[0] == lost


def test_at_the_limit_is_not_beyond_it():
    assert not terminations.tracking_lost(np.array([0.07]), np.array([0.15]))[0]


@pytest.mark.parametrize(
    ("pelvis", "others", "lost"),
    [(0.49, 0.29, False), (0.51, 0.0, True), (0.0, 0.31, True), (0.49, 0.31, True), (0.3, 0.3, False)],
)
def test_relative_to_the_pelvis_which_may_be_half_a_meter_away(pelvis, others, lost):
    reference = np.random.default_rng(0).normal(size=(1, 7, 3))
    actual = reference + np.array([pelvis, 0.0, 0.0])
    actual[0, 1:, 2] += others - 1e-9
    assert terminations.relative_lost(actual, reference)[0] == lost
    # As much as the mean of the others allows, one alone may be off six times as far.
    actual = reference.copy()
    actual[0, 3, 1] += 1.79
    assert not terminations.relative_lost(actual, reference)[0]
