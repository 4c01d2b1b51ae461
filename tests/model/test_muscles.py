from __future__ import annotations

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.errors import ConfigError
from kinesis_env.model import MuscleCurves, Muscles, shared_model


def mujoco_curves(model, length, velocity):
    gain, bias = np.empty(80), np.empty(80)
    for i in range(80):
        prm, lengthrange, acc0 = model.actuator_gainprm[i, :9], model.actuator_lengthrange[i], model.actuator_acc0[i]
        gain[i] = mujoco.mju_muscleGain(length[i], velocity[i], lengthrange, acc0, prm)
        bias[i] = mujoco.mju_muscleBias(length[i], lengthrange, acc0, prm)
    return gain, bias


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0.1, 3.0))
def test_curves_are_those_of_mujoco(seed, spread):
    model = shared_model()
    curves = MuscleCurves(model)
    rng = np.random.default_rng(seed)
    fibers = rng.uniform(1 - spread, 1 + spread, 80)
    length = curves.slack_length + fibers * curves.optimal_length
    velocity = rng.normal(scale=5.0, size=80) * curves.optimal_length
    gain, bias = mujoco_curves(model, length, velocity)
    scale = curves.peak_force
    np.testing.assert_allclose(curves.gain(length[None], velocity[None])[0] / scale, gain / scale, atol=1e-12)
    np.testing.assert_allclose(curves.passive_force(length[None])[0] / scale, bias / scale, atol=1e-12)


def test_servo_formula_muscle_by_muscle():
    model = shared_model()
    curves = MuscleCurves(model)
    rng = np.random.default_rng(1)
    length = rng.uniform(*model.actuator_lengthrange.T)
    velocity = rng.normal(scale=0.3, size=80)
    target = rng.uniform(0.0, 1.0, 80) * model.actuator_lengthrange[:, 1]
    gain, bias = mujoco_curves(model, length, velocity)
    expected = np.empty(80)
    for i in range(80):
        peak = model.actuator_gainprm[i, 2]
        force = min(max(5 * peak * (target[i] - length[i]) - 0.5 * peak * velocity[i], -peak), 0.0)
        expected[i] = min(max((force - bias[i]) / min(-1.0, gain[i]), 0.0), 1.0)
    np.testing.assert_allclose(
        curves.servo_excitation(target[None], length[None], velocity[None])[0], expected, atol=1e-12
    )
    assert 0.2 < expected.mean() < 0.9  # the case is not trivial


def test_the_servo_does_not_excite_short_muscles_fully():
    model = shared_model()
    curves = MuscleCurves(model)
    length, velocity = (curves.slack_length + curves.optimal_length)[None], np.zeros((1, 80))
    most = curves.most_excitation(length, velocity)
    lowest = curves.servo_excitation(Muscles(model, "length").command(np.full((1, 80), -1.0)), length, velocity)
    np.testing.assert_array_equal(most, lowest)
    assert np.array_equal(most < 0.99, length < 0.198)  # at optimal length and rest, 5 F0 length of F0
    assert (most < 0.99).sum() == 26
    np.testing.assert_allclose(most, np.minimum(5.0 * length, 1.0), atol=2e-3)


def test_commands():
    model = shared_model()
    servo, direct = Muscles(model, "length"), Muscles(model, "excitation")
    action = np.array([np.linspace(-1, 1, 80)])
    np.testing.assert_allclose(direct.command(action)[0], np.linspace(0, 1, 80))
    np.testing.assert_allclose(servo.command(action)[0], np.linspace(0, 1, 80) * model.actuator_lengthrange[:, 1])
    assert direct.command(action * 7).max() == 1
    assert direct.command(action * 7).min() == 0
    length = np.full((1, 80), 0.1)
    np.testing.assert_allclose(servo.command(servo.action_for_length(length)), np.minimum(length, 0.1))


def test_a_muscle_at_its_target_rests():
    curves = MuscleCurves(shared_model())
    length = (curves.slack_length + 0.9 * curves.optimal_length)[None]
    assert curves.servo_excitation(length, length, np.zeros((1, 80))).max() < 1e-15


def test_unknown_mode():
    with pytest.raises(ConfigError, match=r"'length', 'excitation', given 'torque'"):
        Muscles(shared_model(), "torque")
