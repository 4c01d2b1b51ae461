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
