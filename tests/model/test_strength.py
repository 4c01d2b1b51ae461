"""Strength: published torques by hand, and bodies that are as strong as asked for, measured in the simulation."""

import gymnasium
import mujoco
import numpy as np
import pytest

from kinesis_env.config.tracking import PEOPLE, STRENGTH_DIRECTIONS
from kinesis_env.errors import ConfigError
from kinesis_env.model import load_model
from kinesis_env.model.names import JOINTS
from kinesis_env.model.strength import (
    DIRECTIONS,
    body_torques,
    published_torque,
    stature,
    strength_factors,
    wanted_torques,
)

MODEL = load_model()


def made(**arguments):
    return gymnasium.make("Kinesis-Imitate-v0", disable_env_checker=True, **arguments).unwrapped


def greatest(direction, factors):
    _, torque = body_torques(MODEL, DIRECTIONS[direction])
    return (torque @ factors).max()


def test_the_published_torques_by_hand():
    knee = published_torque("knee_extension")
    assert knee.at(np.array(1.133)) == pytest.approx(0.163)  # of weight times height, at 65 degrees
    assert knee.at(np.array(1.133), 1.517) == pytest.approx(0.75 * 0.163)  # C4 and C5 are the speeds of 75 and 50 %
    assert knee.at(np.array(1.133), 3.952) == pytest.approx(0.50 * 0.163)
    # Stretched, the same times 1 - C6 w: less than isometric, as people do not use all they have.
    assert knee.at(np.array(1.133), -1.517) == pytest.approx(0.75 * (1.0 + 0.095 * 1.517) * 0.163)
    # A man of 75 kg and 1.70 m: 1251 N m of weight times height.
    size = MODEL.body_mass.sum() * 9.81 * stature(MODEL)
    assert size == pytest.approx(1251, abs=3)
    assert wanted_torques(MODEL, "published")["knee_extension"] == pytest.approx(204, abs=1)
    assert wanted_torques(MODEL, "published")["ankle_plantarflexion"] == pytest.approx(119, abs=1)


def test_the_body_is_stronger_than_young_men_in_every_direction():
    ratios = {
        name: body_torques(MODEL, direction)[1].sum(axis=1).max() / wanted_torques(MODEL, "published")[name]
        for name, direction in DIRECTIONS.items()
    }
    assert min(ratios.values()) == pytest.approx(1.4, abs=0.05)
    assert max(ratios.values()) == pytest.approx(3.5, abs=0.1)
    assert max(ratios, key=ratios.get) == "ankle_plantarflexion"


@pytest.mark.parametrize("people", PEOPLE)
def test_a_body_is_as_strong_as_people_are(people):
    factors = strength_factors(MODEL, people)
    for direction, wanted in wanted_torques(MODEL, people).items():
        assert greatest(direction, factors) == pytest.approx(wanted, rel=0.02), direction
    np.testing.assert_allclose(factors[:40], factors[40:])  # right and left


def test_a_mapping_asks_for_some_torques_and_leaves_the_others():
    factors = strength_factors(MODEL, {"ankle_plantarflexion": 60.0})
    before = np.ones(80)
    for direction in STRENGTH_DIRECTIONS:
        wanted = 60.0 if direction == "ankle_plantarflexion" else greatest(direction, before)
        assert greatest(direction, factors) == pytest.approx(wanted, rel=0.02)


def test_the_simulated_muscles_pull_with_the_strength():
    """The torque of MuJoCo itself about the ankle: all plantar flexors fully active, less what they do at rest."""
    env = made(strength="published", weakness={"*_l": 0.5})
    _, info = env.reset(seed=0)
    assert info["strength"] == "published"
    model = env.task.simulation.model_of(0)
    data = mujoco.MjData(model)
    angles, torque = body_torques(MODEL, DIRECTIONS["ankle_plantarflexion"])
    factors = strength_factors(MODEL, "published")
    place = int((torque @ factors).argmax())
    found = {}
    for side in "rl":
        names = [f"{name}_{side}" for name in DIRECTIONS["ankle_plantarflexion"].muscles.split()]
        moments = []
        for active in (0.0, 1.0):
            mujoco.mj_resetDataKeyframe(model, data, 0)
            data.qpos[7:] = 0.0
            data.qpos[7 + JOINTS.index(f"ankle_angle_{side}")] = np.radians(angles[place])
            data.act[:] = 0.0
            for name in names:
                data.act[model.actuator(name).id] = active
            mujoco.mj_forward(model, data)
            moments.append(data.qfrc_actuator[6 + JOINTS.index(f"ankle_angle_{side}")])
        found[side] = moments[0] - moments[1]
    assert found["r"] == pytest.approx(wanted_torques(MODEL, "published")["ankle_plantarflexion"], rel=0.03)
    assert found["l"] == pytest.approx(0.5 * found["r"], rel=1e-3)


def test_the_default_is_the_body_as_it_is():
    assert strength_factors(MODEL, "model") is None
    env = made()
    _, info = env.reset(seed=0)
    assert env.task.simulation.conditions is None
    assert "strength" not in info


@pytest.mark.parametrize(
    ("strength", "said"),
    [
        ("strong", "strength must be one of .*model.*published.*old-women"),
        ({"elbow": 3.0}, "strength: unknown key 'elbow'.*hip_extension"),
        ({"hip_flexion": -3.0}, "strength.'hip_flexion'. .N m. must be from 0.5 to 2000, given -3"),
        ({"knee_flexion": 0.5, "ankle_plantarflexion": 2000.0, "hip_extension": 2000.0}, "no muscle factors"),
    ],
)
def test_impossible_strengths_are_errors_that_say_what_is_allowed(strength, said):
    with pytest.raises(ConfigError, match=said):
        made(strength=strength)
