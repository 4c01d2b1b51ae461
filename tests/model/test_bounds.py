"""Bounds of states: the cheap check after every step agrees with the exact one on speeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_env.model.bounds import FASTEST, SpeedWatch, beyond


@given(st.integers(1, 5), st.floats(0.0, 1.5), st.integers(0, 2**32 - 1))
def test_an_alarm_is_a_speed_beyond_its_limit(rows, greatest, seed):
    qvel = np.random.default_rng(seed).uniform(-greatest, greatest, (rows, 20)) * FASTEST
    assert SpeedWatch(qvel).alarmed() == bool((np.abs(qvel) >= FASTEST).any())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e10, 30.0])
@pytest.mark.parametrize("strided", [False, True])  # the arrays of many bodies are strided
def test_one_bad_speed_among_many_bodies_is_seen_as_it_comes(value, strided):
    qvel = np.zeros((64, 30))[:, :20] if strided else np.zeros((64, 20))
    watch = SpeedWatch(qvel)
    assert not watch.alarmed()
    qvel[40, 1] = value
    assert watch.alarmed()
    assert beyond(np.zeros((64, 21)), qvel).nonzero()[0].tolist() == [40]
