"""The published muscle parameters, by hand, and the bodies that have them."""

import gymnasium
import numpy as np
import pytest

from kinesis_env.errors import ConfigError
from kinesis_env.making.passive_fit import fit, passive_moments, published_moments, residuals
from kinesis_env.model import load_model
from kinesis_env.model.anatomy import read_anatomy, read_table
from kinesis_env.model.bodies import make_body
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.motions.bodies import body_of

BODY = make_body(anatomy="rajagopal")


def curves():
    return MuscleCurves(BODY.model)


def test_lengths_and_forces_are_the_published_ones_along_the_tendon():
    found, names = curves(), [row["name"] for row in read_table("rajagopal2016")]
    at = names.index
    # Third part of the gluteus maximus: 408 mm of fiber and a tendon of -260 mm by default.
    assert found.optimal_length[at("glmax3")] == pytest.approx(0.167 * np.cos(0.3824161), rel=1e-5)
    assert found.slack_length[at("glmax3")] == pytest.approx(0.06971661, rel=1e-5)
    assert MuscleCurves(load_model()).slack_length[at("glmax3")] < -0.25
    assert found.peak_force[at("gasmed")] == pytest.approx(3115.515 * np.cos(0.1656816), rel=1e-5)
    assert (found.slack_length > 0).all()
    assert (BODY.model.actuator_gainprm[:, 4:6] == [0.25, 1.9]).all()
    np.testing.assert_array_equal(found.optimal_length[:40], found.optimal_length[40:])


def test_the_measured_passive_moments_by_hand():
    """R. Riener and T. Edrich 1999: at the hip at 0, with a straight knee, and so on [N m]."""
    straight = published_moments(np.array(0.0), np.array(0.0), np.array(0.0))
    assert straight[0] == pytest.approx(np.exp(1.4655) - np.exp(1.3403) + 8.072)
    assert straight[1] == pytest.approx(np.exp(1.8) - np.exp(-3.971) - 4.82 + np.exp(2.22))
    assert straight[2] == pytest.approx(1.792 - np.exp(2.1016) + np.exp(-7.9763))
    bent = published_moments(np.array([0.0, 0.0]), np.array([0.0, 60.0]), np.array([20.0, 20.0]))
    assert bent[0, 2] < bent[1, 2] < 0.0  # a bent knee slackens the gastrocnemii


def test_the_fit_is_the_table_and_better_than_what_the_default_body_has():
    fitted = np.round(fit(read_anatomy()), 4)
    np.testing.assert_allclose(fitted, [float(row["fpmax"]) for row in read_table("fitted_passive")], atol=2e-4)
    own, default = residuals(BODY.load()), residuals(load_model())
    assert own[0] < 0.5 * default[0]
    assert own.sum() < default.sum()
    assert passive_moments(BODY.load(), np.zeros((1, 3))).shape == (1, 3, 40)


def test_an_environment_has_the_body_and_says_so():
    env = gymnasium.make("Kinesis-Imitate-v0", anatomy="rajagopal", disable_env_checker=True).unwrapped
    _, info = env.reset(seed=0)
    assert str(env.task.body) == "the default body, muscles of rajagopal"
    assert info["body"].startswith("the default body, muscles of rajagopal (")
    np.testing.assert_array_equal(env.model.actuator_gainprm, BODY.model.actuator_gainprm)
    plain = gymnasium.make("Kinesis-Imitate-v0", disable_env_checker=True).unwrapped
    np.testing.assert_array_equal(plain.model.actuator_gainprm, load_model().actuator_gainprm)
    assert plain.observation_space == env.observation_space


def test_a_body_of_another_size_can_have_them():
    small = body_of({"height": 1.55, "mass": 50.0}, "rajagopal")
    ratio = MuscleCurves(small.model).optimal_length / curves().optimal_length
    assert ratio.min() > 0.75
    assert ratio.max() < 1.0
    assert make_body(small.description) == small
    assert "rajagopal" in str(small)


def test_an_unknown_anatomy_is_an_error_that_lists_them():
    with pytest.raises(ConfigError, match=r"anatomy must be one of .*default.*rajagopal"):
        gymnasium.make("Kinesis-Imitate-v0", anatomy="gray")
