"""Shares of joint moments that survive where activity keeps only its leading components."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from kinesis_env.analysis import moment_shares
from kinesis_env.errors import AnalysisError
from kinesis_env.model.names import JOINTS
from kinesis_env.motions import load_motions
from tests.analysis.synthetic import MUSCLES, walking_activity


@pytest.fixture(scope="module")
def walk():
    motion = load_motions("walk")[0]
    part = slice(0, 150)
    return SimpleNamespace(qpos=motion.qpos[part], qvel=motion.qvel[part], fps=motion.fps)


def activity_of(patterns, frames=150):
    """Activity of so many patterns of the right leg, and none of the left."""
    rng = np.random.default_rng(0)
    made = walking_activity(seconds=frames / 100)
    drive = rng.uniform(0, 1, (frames, patterns)) @ rng.uniform(0, 0.5 / patterns, (patterns, 40))
    activation = np.concatenate((drive, np.full((frames, 40), 0.01)), axis=1)
    return dataclasses.replace(made, activation=activation)


def test_as_many_components_as_patterns_move_the_leg_as_before(walk):
    found = moment_shares(activity_of(3), walk, dimensions=(1, 2, 3, 40))
    assert found.joints == tuple(joint for joint in JOINTS if joint.endswith("_r") and not joint.startswith("mtp"))
    assert found.vaf[2] == pytest.approx(1.0)
    assert np.allclose(found.shares[2:], 1.0, atol=1e-9)
    assert found.shares[0].max() < 0.9999
    assert found.shares[0].mean() < found.shares[1].mean() < 1.0
    assert found.vaf[0] < found.vaf[1] < 0.9999
    assert "hip_flexion" in found.table()


def test_the_share_is_that_of_the_moments(walk):
    """By hand: forces of the muscles with half their activity times their levers."""
    from kinesis_env.dynamics.probe import Probe
    from kinesis_env.model.names import shared_model

    activity = activity_of(2)
    found = moment_shares(activity, walk, dimensions=(1,))
    states = Probe(shared_model(), 150).look(walk.qpos, walk.qvel)
    right = activity.activation[:, :40]
    mean = right.mean(axis=0)
    _, _, components = np.linalg.svd(right - mean, full_matrices=False)
    kept = activity.activation.copy()
    kept[:, :40] = mean + (right - mean) @ np.outer(components[0], components[0])
    knee = JOINTS.index("knee_angle_r")
    moment, left = (
        np.einsum("tm,tm->t", states.levers[:, knee], act * states.capacity + states.passive)
        for act in (activity.activation, kept)
    )
    assert found.shares[0, 3] == pytest.approx(1 - ((moment - left) ** 2).sum() / ((moment - moment.mean()) ** 2).sum())


def test_frames_beside_the_plates_do_not_count(walk):
    activity = activity_of(2)
    covered = np.arange(150) < 100
    spoiled = activity.activation.copy()
    spoiled[100:] = np.random.default_rng(3).uniform(size=(50, 80))
    found = moment_shares(dataclasses.replace(activity, activation=spoiled, covered=covered), walk, dimensions=(2,))
    assert np.allclose(found.shares, 1.0, atol=1e-9)


def test_what_does_not_fit_is_refused(walk):
    with pytest.raises(AnalysisError, match="same recording, given 100 and 150 frames"):
        moment_shares(walking_activity(seconds=1.0), walk)
    with pytest.raises(AnalysisError, match="from 1 to 40, given 41"):
        moment_shares(activity_of(2), walk, dimensions=(41,))
    assert len(MUSCLES) == 80
