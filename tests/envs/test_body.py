"""Environments of other bodies."""

from __future__ import annotations

import pickle

import gymnasium
import numpy as np
import pytest

from kinesis_env.config import ImitateConfig, from_mapping, load_preset
from kinesis_env.control.pilot import Pilot
from kinesis_env.dynamics import static_optimization
from kinesis_env.errors import ConfigError, MotionError
from kinesis_env.model.bodies import make_body
from kinesis_env.motions import MotionLibrary, load_motions
from kinesis_env.motions.retargeting import leg_length_of
from kinesis_env.tasks import ImitateTask
from kinesis_env.tasks.holding import _Part
from kinesis_env.tasks.tracking import TrackingTask
from tests.support import make_env, make_vec, random_actions

BODY = {"height": 1.53, "mass": 55.0, "sex": "f"}
IDS = ("Imitate", "Text", "Reach", "ReachGoal", "Direction")


@pytest.mark.parametrize("name", IDS)
def test_every_id_simulates_the_body(name):
    env = gymnasium.make(f"Kinesis-{name}-v0", body=BODY)
    _, info = env.reset(seed=0)
    base = env.unwrapped
    assert base.model.body_mass.sum() == pytest.approx(55.0, rel=1e-6)
    assert info["body"].startswith("a body of 1.53 m, 55 kg, f (")
    assert base.task.simulation.body_weight == pytest.approx(55.0 * 9.81, rel=1e-6)
    _, _, _, _, after = env.step(np.zeros(80, dtype=np.float32))
    assert set(after) == set(info)
    assert "body" not in gymnasium.make(f"Kinesis-{name}-v0").reset(seed=0)[1]


def test_a_vector_row_is_the_single_environment():
    told = {"body": BODY, "motions": "walk", "termination_distance": 100.0}
    single, several = make_env(**told), make_vec(3, **told)
    observations, _ = several.reset(seed=4)
    observation, _ = single.reset(seed=5)
    np.testing.assert_array_equal(observations[1], observation)
    for action in random_actions(0, 6, 3):
        observations, rewards, *_ = several.step(action)
        observation, reward, *_ = single.step(action[1])
        np.testing.assert_array_equal(observations[1], observation)
        assert rewards[1] == reward


def test_references_are_the_body_s_own():
    env = make_env(body=BODY, motions="walk", start_time=0.0)
    env.reset(seed=0)
    motion = env.unwrapped.motion
    assert motion.body == make_body(BODY)
    np.testing.assert_allclose(motion.body_pos[:, 0, 2], 0.9 * load_motions("walk")[0].body_pos[:, 0, 2], atol=1e-4)
    np.testing.assert_allclose(env.unwrapped.data.xpos[1], motion.body_pos[0, 0], atol=1e-9)


def test_motions_of_another_body_are_put_onto_it():
    other = load_motions("walk", body={"height": 1.9})[0]
    env = make_env(body=BODY, motions=other)
    env.reset(seed=0)
    assert env.unwrapped.motion.body == make_body(BODY)
    assert "retargeted to a body of 1.53 m" in env.unwrapped.motion.notes[-1]


def test_a_task_refuses_a_library_of_another_body():
    class Given(ImitateTask):
        def __init__(self, config, library):
            TrackingTask.__init__(self, config, library, 1)

    config = from_mapping(ImitateConfig, load_preset("Kinesis-Imitate-v0"), {"body": BODY})
    library = MotionLibrary(load_motions("walk"))
    with pytest.raises(MotionError, match=r"of the default body, but the task has a body of 1\.53 m"):
        Given(config, library)
    assert Given(config, MotionLibrary(load_motions("walk", body=BODY))).library.body == make_body(BODY)


def test_held_activations_and_residual_actions_are_of_the_body():
    env = make_env(body=BODY, motions="walk", start_activation="hold", action_mode="residual", start_time=0.5)
    env.reset(seed=0)
    total = 0.0
    for _ in range(15):
        *_, terminated, _, info = env.step(np.zeros(80, dtype=np.float32))
        total = info["frame_coverage"]
        if terminated:
            break
    assert total > 0.02
    assert env.unwrapped.task.simulation.act.max() > 0.0


def test_prompts_begin_with_the_activations_of_the_body():
    """Those of the motions of prompts are found around each start."""
    told = {"prompts": "walk forward", "start_activation": "hold", "start_time": 1.0}
    env = gymnasium.make("Kinesis-Text-v0", body=BODY, **told)
    env.reset(seed=0)
    motion = env.unwrapped.motion
    assert motion.body == make_body(BODY)
    held = env.unwrapped.task.simulation.act[0]
    part = _Part(motion.qpos[22:40], motion.qvel[22:40], motion.fps, motion.body)
    np.testing.assert_allclose(held, static_optimization(part).activation[8], atol=0.02)
    other = _Part(motion.qpos[22:40], motion.qvel[22:40], motion.fps, make_body())
    assert np.abs(held - static_optimization(other).activation[8]).max() > 0.05


def test_a_body_falls_at_the_height_of_its_own():
    task = gymnasium.make("Kinesis-Reach-v0", body=BODY).unwrapped.task
    factor = leg_length_of(make_body(BODY)) / leg_length_of(make_body())
    assert task.fall_height == pytest.approx(0.7 * factor)
    assert factor == pytest.approx(0.9, abs=1e-4)


def test_an_environment_of_a_body_is_pickled_by_its_arguments():
    env = pickle.loads(pickle.dumps(make_env(body=BODY).unwrapped))
    assert env.model.body_mass.sum() == pytest.approx(55.0, rel=1e-6)
    spec = gymnasium.spec("Kinesis-Imitate-v0").make(body=BODY).spec
    assert gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())).unwrapped.config.body == BODY


def test_conditions_go_with_a_body():
    env = make_env(body=BODY, mass_scale=1.2, weakness={"*": 0.5})
    _, info = env.reset(seed=0)
    assert info["mass_scale"] == 1.2
    assert env.unwrapped.task.simulation.model_of(0).body_mass.sum() == pytest.approx(66.0, rel=1e-6)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"height": 3.0}, r"body\['height'\] must be from 1.2 to 2.3"),
        ({"lengths": {"arm": 0.3}}, "unknown key 'arm'"),
        ({"markers": "nowhere.trc"}, "no such file"),
        ("tall", "body must be a mapping of names to numbers or null"),
        ({"height": True}, "must be"),
    ],
)
def test_impossible_bodies(body, message):
    with pytest.raises(ConfigError, match=message):
        make_env(body=body)


def test_the_tracker_plans_for_the_body():
    """Its twin is the body's; goals are walked to with its own legs, and inverse dynamics knows its weight."""
    env = gymnasium.make("Kinesis-Reach-v0", body=BODY, action_mode="excitation")
    env.reset(seed=0)
    pilot = Pilot(env.unwrapped.task, num_threads=1)
    pilot.begin(np.zeros(1, dtype=np.int64))
    (twin,) = pilot.tracker._twins.values()
    assert twin.body == make_body(BODY)
    assert twin.model.body_mass.sum() == pytest.approx(55.0, rel=1e-5)
    routes = pilot._planner._routes[0]
    standing = env.unwrapped.model.key_qpos[0, 2]
    assert routes.qpos[[0, -1], 2] == pytest.approx([standing] * 2, abs=0.01)  # the default one's is 0.09 m higher
    for _ in range(5):
        *_, terminated, _, _ = env.step(pilot.act(np.zeros(1, dtype=np.int64))[0])
        assert not terminated
