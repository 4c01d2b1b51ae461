from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_env.terms import rewards

ZERO = np.zeros((1, 7, 3))


def test_position_by_hand():
    # one body 0.1 m off along one axis: the mean over 21 numbers is 0.01 / 21
    actual = ZERO.copy()
    actual[0, 3, 1] = 0.1
    assert rewards.position(actual, ZERO)[0] == pytest.approx(math.exp(-200 * 0.01 / 21), abs=1e-15)
    assert rewards.position(ZERO, actual)[0] == rewards.position(actual, ZERO)[0]


def test_every_body_a_decimeter_off_is_worth_a_tenth():
    # mean of x, y, z: only z differs, so the mean squared difference is 0.01 / 3
    actual = ZERO + [0.0, 0.0, 0.1]
    assert rewards.position(actual, ZERO)[0] == pytest.approx(math.exp(-2 / 3), abs=1e-15)


def test_velocity_by_hand():
    actual = ZERO + [1.0, 0.0, 0.0]
    assert rewards.velocity(actual, ZERO)[0] == pytest.approx(math.exp(-5 / 3), abs=1e-15)


def test_upright_by_hand():
    assert rewards.upright(np.array([0.3]), np.array([-0.4]))[0] == pytest.approx(math.exp(-3 * 0.25), abs=1e-15)


def test_energy_by_hand():
    # all 80 excitations at a half: |u|_1 = 40, |u|_2 = sqrt(20); then nothing: the mean over both physics steps
    excitation = np.zeros((1, 2, 80))
    excitation[0, 0] = 0.5
    expected = 0.5 * (math.exp(-0.05 * (40 + math.sqrt(20))) + 1)
    assert rewards.energy(excitation)[0] == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("steps", [1, 5, 8, 16, 33])
def test_energy_of_a_body_does_not_depend_on_the_others(steps):
    excitation = np.random.default_rng(steps).uniform(size=(20, steps, 80))
    alone = [rewards.energy(excitation[row : row + 1].copy())[0] for row in range(20)]
    assert rewards.energy(excitation).tolist() == alone


def test_terms_are_one_at_the_reference():
    assert rewards.position(ZERO, ZERO) == rewards.velocity(ZERO, ZERO) == 1
    assert rewards.upright(np.zeros(1), np.zeros(1)) == rewards.energy(np.zeros((1, 5, 80))) == 1


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1000))
def test_terms_lie_between_zero_and_one_row_by_row(seed, scale):
    rng = np.random.default_rng(seed)
    actual, reference = rng.normal(size=(2, 4, 7, 3))
    values = rewards.position(actual, reference, scale=scale)
    assert values.shape == (4,)
    assert np.all((values >= 0) & (values <= 1))
    for row in range(4):
        assert values[row] == rewards.position(actual[row : row + 1], reference[row : row + 1], scale=scale)[0]
