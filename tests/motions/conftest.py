"""Small motions that the tests of this folder share."""

import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.kinematics import skeleton
from kinesis_env.motions.motion import Motion


def make_wandering_qpos(frames=40, fps=30.0, seed=0):
    """A smooth, arbitrary qpos (T, 21) inside the joint ranges."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / fps
    low, high = skeleton().ranges.T
    phase = rng.uniform(0, 2 * np.pi, len(JOINTS))
    hinges = low + (high - low) * (0.5 + 0.3 * np.sin(2 * np.pi * t[:, None] * 0.7 + phase))
    turn = np.stack((0.2 * np.sin(3 * t), 0.3 * np.cos(2 * t), 1.5 * t), axis=1)
    root = np.stack((1.2 * t, 0.1 * np.sin(4 * t), 0.93 + 0.02 * np.cos(6 * t)), axis=1)
    return np.concatenate((root, rotations.from_rotvec(turn), hinges), axis=1)


@pytest.fixture(scope="session")
def motion():
    return Motion.from_qpos(make_wandering_qpos(), 30.0, name="wander", caption="wanders", notes=("made up",))


@pytest.fixture(scope="session")
def other():
    return Motion.from_qpos(make_wandering_qpos(77, 50.0, seed=1), 50.0, name="other")


@pytest.fixture(scope="session")
def wandering_qpos():
    return make_wandering_qpos
