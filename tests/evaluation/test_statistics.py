from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_env.evaluation.episodes import Episode
from kinesis_env.evaluation.statistics import estimate, per_unit, summarize


def episode(clip: str, seed: int, **metrics) -> Episode:
    return Episode(clip, seed, "walk", 1, "", metrics)


def test_interval_of_a_normal_sample_is_that_of_the_textbook():
    values = np.random.default_rng(0).normal(5.0, 2.0, 400)
    found = estimate(values)
    assert found.mean == pytest.approx(values.mean())
    half = 1.96 * values.std(ddof=1) / 20
    assert found.low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(100):
        found = estimate(rng.exponential(1.0, 40))
        inside += found.low <= 1.0 <= found.high
    assert 86 <= inside <= 99


def test_equal_values_have_an_interval_of_no_width():
    assert estimate([0.0, 0.0, 0.0]).to_mapping() == {"mean": 0.0, "low": 0.0, "high": 0.0, "count": 3}


def test_one_clip_has_no_interval_and_none_no_estimate():
    one = estimate([2.0])
    assert (one.mean, one.low, one.high, one.count) == (2.0, None, None, 1)
    assert estimate([]) is None
    assert estimate([np.nan]) is None
    assert estimate([np.nan, 1.0]).count == 1


def test_the_same_every_time():
    values = [1.0, 4.0, 2.0, 8.0]
    assert estimate(values) == estimate(values)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12))
def test_interval_is_within_the_values_and_about_the_mean(values):
    found = estimate(values)
    slack = 1e-9 * (1 + max(abs(v) for v in values))
    assert min(values) - slack <= found.low <= found.high <= max(values) + slack


def test_seeds_of_a_clip_are_averaged_before_clips_are():
    episodes = [episode("a", 0, success=1.0), episode("a", 1, success=0.0), episode("b", 0, success=1.0)]
    assert per_unit(episodes, "success") == {"a": 0.5, "b": 1.0}
    found = summarize(episodes)["success"]
    assert found.mean == 0.75
    assert found.count == 2


def test_without_clips_seeds_are_the_units():
    assert per_unit([episode("", 3, success=1.0), episode("", 4, success=0.0)], "success") == {
        "seed 3": 1.0,
        "seed 4": 0.0,
    }


def test_what_was_not_measured_is_left_out():
    found = summarize([episode("a", 0, mpjpe=None, success=0.0), episode("b", 0, mpjpe=3.0, success=0.0)])
    assert found["mpjpe"].count == 1
    assert found["success"].count == 2
    assert "mpjpe" not in summarize([episode("a", 0, mpjpe=None)])
