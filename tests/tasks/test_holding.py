"""Activations that carry a body along a motion: where episodes start, and what residual actions are added to."""

from __future__ import annotations

import gymnasium
import numpy as np

from kinesis_env.dynamics import static_optimization
from kinesis_env.motions import MotionLibrary, load_motions
from kinesis_env.tasks.holding import HoldingActivations, held_at


def test_they_are_those_of_the_static_optimization_between_frames_in_proportion() -> None:
    library = MotionLibrary(load_motions(["walk-short", "stand"]))
    holding = HoldingActivations(library)
    holding.prepare(np.array([0, 0]))
    whole = static_optimization(library[0]).activation
    fps = library[0].fps
    times = np.array([4.0 / fps, 10.25 / fps, 1e3])
    found = holding.at(np.zeros(3, dtype=np.int64), times)
    np.testing.assert_allclose(found[0], whole[4], atol=1e-6)
    np.testing.assert_allclose(found[1], 0.75 * whole[10] + 0.25 * whole[11], atol=1e-6)
    np.testing.assert_allclose(found[2], whole[-1], atol=1e-6)


def test_some_frames_around_a_moment_give_nearly_the_same() -> None:
    motion = load_motions("walk-short")[0]
    whole = static_optimization(motion).activation
    for frame in (0, 17, 40, len(motion) - 1):
        np.testing.assert_allclose(held_at(motion, frame / motion.fps), whole[frame], atol=0.01)


def test_episodes_start_with_them_and_then_sink_less() -> None:
    sunk = {}
    for start in ("rest", "hold"):
        env = gymnasium.make(
            "Kinesis-Imitate-v0", action_mode="excitation", start_activation=start, start_time=2.0, random_heading=False
        )
        env.reset(seed=0)
        activation = env.unwrapped.task.simulation.act[0].copy()
        assert (activation.max() > 0.1) == (start == "hold")
        for _ in range(3):
            _, _, _, _, info = env.step(2.0 * activation - 1.0)
        sunk[start] = info["mpjpe"]
    assert sunk["hold"] < 0.7 * sunk["rest"]


def test_prompts_start_with_them_too() -> None:
    env = gymnasium.make("Kinesis-Text-v0", start_activation="hold", prompts=["walk forward"], start_time=1.5)
    env.reset(seed=0)
    assert env.unwrapped.task.simulation.act.max() > 0.1


def test_weak_muscles_are_activated_more() -> None:
    settings = {"start_activation": "hold", "start_time": 2.0, "random_heading": False, "action_mode": "excitation"}
    tasks = {}
    for weakness in (1.0, 0.5):
        env = gymnasium.make("Kinesis-Imitate-v0", weakness={"soleus_*": weakness}, **settings)
        env.reset(seed=0)
        tasks[weakness] = env.unwrapped.task.simulation
    whole, weak = (simulation.act[0] for simulation in tasks.values())
    soleus = np.array(["soleus" in name for name in tasks[1.0].names.muscles])
    np.testing.assert_allclose(weak[soleus], np.minimum(2.0 * whole[soleus], 1.0))
    np.testing.assert_array_equal(weak[~soleus], whole[~soleus])
    assert whole[soleus].max() > 0.1


def test_residual_actions_of_weak_bodies_pull_nearly_as_hard() -> None:
    pulled = {}
    for strength in (1.0, 0.5):
        env = gymnasium.make(
            "Kinesis-Imitate-v0",
            action_mode="residual",
            start_activation="hold",
            weakness={"*": strength},
            start_time=2.0,
            random_heading=False,
        )
        env.reset(seed=0)
        env.step(np.zeros(80, dtype=np.float32))
        simulation = env.unwrapped.task.simulation
        pulled[strength] = -simulation.muscle_force[0].sum()
    assert 0.75 < pulled[0.5] / pulled[1.0] < 1.05  # 0.56 with the activations of the whole body
