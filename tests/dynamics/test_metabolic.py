"""Metabolic cost: muscles whose heat and work are known by hand."""

import dataclasses

import numpy as np
import pytest

from kinesis_env.dynamics import MuscleActivity, metabolic_cost
from kinesis_env.dynamics.probe import Probe
from kinesis_env.errors import MotionError
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import ModelNames, shared_model
from tests.dynamics.courses import Course, standing

CURVES = MuscleCurves(shared_model())
#: Mass of each muscle [kg].
MASS = 1059.7 * CURVES.peak_force / 0.6e6 * CURVES.optimal_length


def driven(level, frames=20):
    """Return activity in which all muscles have the same excitation and activation."""
    level = np.full((frames, 80), level)
    names = ModelNames.of(shared_model()).muscles
    return MuscleActivity(np.arange(frames) / 30.0, names, level, level, 0 * level, np.zeros((frames, 14)), level > 2)


def test_muscles_of_both_legs_have_the_mass_of_muscles():
    assert 15.0 < MASS.sum() < 20.0  # a quarter of this body


def test_at_rest_it_is_the_least_heat_and_that_of_the_body():
    cost = metabolic_cost(standing(), driven(0.0))
    np.testing.assert_allclose(cost.heat, np.broadcast_to(MASS, (20, 80)))
    assert cost.mean == pytest.approx(1.2 + MASS.sum() / shared_model().body_mass.sum())


def test_a_muscle_that_holds_still_takes_activation_and_maintenance():
    stand = standing()
    cost = metabolic_cost(stand, driven(1.0))
    length = CURVES.fiber_length(Probe(shared_model(), 1).look(stand.qpos[:1], stand.qvel[:1]).length)[0]
    share = np.where(length < 1.0, np.maximum(length, 0.5), np.maximum(3.0 - 2.0 * length, 0.0))
    by_hand = MASS * (0.5 * (40 + 133) + share * 0.5 * (74 + 111))
    np.testing.assert_allclose(cost.heat[0], by_hand, rtol=1e-9)
    np.testing.assert_allclose(cost.power, cost.heat)


def test_a_muscle_that_shortens_adds_heat_and_work():
    stand = standing()
    qvel = stand.qvel.copy()
    qvel[:, 6 + 4] = -1.0  # the right ankle bends down: soleus shortens
    moving = Course(stand.qpos, qvel, 30.0)
    activity = driven(0.5)
    still, moved = metabolic_cost(stand, activity), metabolic_cost(moving, activity)
    at = activity.muscles.index("soleus_r")
    muscles = Probe(shared_model(), 1).look(stand.qpos[:1], qvel[:1])
    speed = -muscles.velocity[0, at]
    assert speed > 0.02
    force = 0.5 * muscles.capacity[0, at]
    isometric = -0.5 * CURVES.gain(muscles.length, np.zeros((1, 80)))[0, at]
    heat = (0.16 * isometric + 0.18 * force) * speed
    np.testing.assert_allclose(moved.heat[0, at] - still.heat[0, at], heat, rtol=1e-9)
    np.testing.assert_allclose((moved.power - moved.heat)[0, at], force * speed, rtol=1e-9)
    back = metabolic_cost(Course(stand.qpos, -30.0 * qvel, 30.0), activity)
    assert (back.power >= 0).all()  # no muscle gains energy
    assert (back.power[:, at] < still.power[:, at]).all()


def test_frames_without_loads_are_left_out_and_wrong_arguments_named():
    activity = driven(0.1)
    covered = np.arange(20) < 5
    assert len(metabolic_cost(standing(), dataclasses.replace(activity, covered=covered)).times) == 5
    with pytest.raises(MotionError, match="bhargava2004"):
        metabolic_cost(standing(), activity, "guess")
    with pytest.raises(MotionError, match="20 frames, the motion 10"):
        metabolic_cost(standing(10), activity)
