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
