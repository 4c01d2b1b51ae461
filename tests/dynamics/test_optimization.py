"""Static optimization: against an exact solver, and muscles whose activity is known."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from kinesis_env.dynamics import JointMoments, static_optimization
from kinesis_env.dynamics.muscle_costs import activation_weights
from kinesis_env.dynamics.probe import Probe
from kinesis_env.errors import ModelError, MotionError
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import JOINTS, ModelNames, shared_model
from tests.dynamics.courses import standing, swaying


def moments_of(trajectory, moments):
    empty = np.zeros((len(moments), 6)), np.zeros((len(moments), 2, 3))
    return JointMoments(np.arange(len(moments)) / trajectory.fps, JOINTS, moments, 0 * moments, *empty)


@pytest.fixture(scope="module")
def sway():
    return swaying(40)


@pytest.fixture(scope="module")
def muscles(sway):
    return Probe(shared_model(), 40).look(sway.qpos, sway.qvel)


@pytest.mark.parametrize("cost", ["volume", "activation"])
def test_it_is_the_exact_solution_of_every_frame(sway, muscles, cost):
    known = np.random.default_rng(0).uniform(0.0, 0.6, (40, 80)) ** 2
    wanted = moments_of(sway, muscles.moment(known))
    found = static_optimization(sway, wanted, cost=cost)
    assert np.abs(found.reserve).max() < 0.5
    weights = activation_weights(cost)
    efforts = [(weights * activation**2).sum(axis=1) for activation in (found.activation, known)]
    assert (efforts[0] < efforts[1]).all()
    for row in (0, 17):
        system = np.concatenate((np.diag(np.sqrt(weights)), (muscles.levers * muscles.capacity[:, None])[row] / 0.5))
        right = np.concatenate((np.zeros(80), (wanted.moments - muscles.passive_moment())[row] / 0.5))
        exact = lsq_linear(system, right, (0.0, 1.0), method="bvls", tol=1e-12).x
        np.testing.assert_allclose(found.activation[row], exact, atol=1e-5)


def test_passive_muscles_need_no_activity(sway, muscles):
    found = static_optimization(sway, moments_of(sway, muscles.passive_moment()))
    assert found.activation.max() < 1e-9
    np.testing.assert_allclose(found.force, muscles.passive, atol=1e-6)
    assert not found.saturated.any()


def test_a_moment_beyond_the_muscles_is_reserve(sway, muscles):
    asked = muscles.passive_moment()
    column = JOINTS.index("ankle_angle_r")
    asked[:, column] -= 1000.0
    found = static_optimization(sway, moments_of(sway, asked))
    assert (found.reserve[:, column] < -300.0).all()
    names = ModelNames.of(shared_model()).muscles
    assert found.saturated[:, names.index("soleus_r")].all()
    assert found.activation[:, 40:].max() < 1e-6  # the other leg has nothing to do


def test_force_is_active_and_passive_tension(sway, muscles):
    known = np.full((40, 80), 0.2)
    found = static_optimization(sway, moments_of(sway, muscles.moment(known)))
    np.testing.assert_allclose(found.force, found.activation * muscles.capacity + muscles.passive)
    assert (found.force >= 0).all()


def test_excitation_leads_an_activation_that_rises_and_follows_one_that_falls():
    stand = standing(100, 100.0)
    muscles = Probe(shared_model(), 1).look(stand.qpos[:1], stand.qvel[:1])
    share = np.interp(np.arange(100), [0, 30, 60, 99], [0.1, 0.1, 0.4, 0.4])[:, None]
    column = list(ModelNames.of(shared_model()).muscles).index("soleus_r")
    active = np.zeros((100, 80))
    active[:, column] = share[:, 0]
    found = static_optimization(stand, moments_of(stand, (muscles.levers[0] @ (active * muscles.capacity[0]).T).T
                                                  + muscles.passive_moment()))  # fmt: skip
    rises = found.activation[:, column]
    rate = np.gradient(rises) * 100.0
    tau = 0.010 * (0.5 + 1.5 * rises)  # rising
    np.testing.assert_allclose(found.excitation[35:55, column], (rises + tau * rate)[35:55], atol=1e-9)
    np.testing.assert_allclose(found.excitation[70:, column], rises[70:], atol=1e-4)


def test_activations_are_weighed_by_volume():
    names, curves = ModelNames.of(shared_model()).muscles, MuscleCurves(shared_model())
    weights = activation_weights()
    assert weights.mean() == pytest.approx(1.0)
    for name in ("soleus_r", "sart_l"):
        at = names.index(name)
        volume = curves.peak_force * curves.optimal_length
        assert weights[at] == pytest.approx(volume[at] / volume.mean())
    np.testing.assert_array_equal(activation_weights("activation"), 1.0)


def test_wrong_moments_and_costs_are_errors(sway):
    with pytest.raises(MotionError, match=r"moments must have shape \(40, 14\)"):
        static_optimization(sway, moments_of(sway, np.zeros((39, 14))))
    with pytest.raises(ModelError, match="volume"):
        static_optimization(sway, cost="price")
