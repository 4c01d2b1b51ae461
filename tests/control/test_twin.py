"""The twin against the body: equal states and moments, equal motion."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from kinesis_env.control import differences
from kinesis_env.control.differences import differentiate
from kinesis_env.control.twin import FEATURES, MOMENT_UNIT, NS, NX, Twin, difference, retract
from kinesis_env.dynamics.probe import Probe
from kinesis_env.model.names import load_model
from kinesis_env.motions.load import load_motions


@pytest.fixture(scope="module")
def walk():
    return load_motions("walk")[0]


@pytest.fixture(scope="module")
def twin():
    return Twin(400, physics_rate=150.0, substeps=5, num_threads=1)


def states(walk, frames):
    out = np.zeros((len(frames), NS))
    out[:, :21], out[:, 21:41] = walk.qpos[frames], walk.qvel[frames]
    out[:, 41:55] = np.random.default_rng(0).uniform(-0.5, 0.5, (len(frames), 14))
    return out


def test_moments_and_damping_are_those_of_the_muscles(walk):
    model = load_model()
    data = mujoco.MjData(model)
    activation = np.random.default_rng(1).uniform(0.0, 1.0, 80)
    look = Probe(model, 4).look(walk.qpos[:10], walk.qvel[:10])
    data.qpos[:], data.qvel[:], data.act[:] = walk.qpos[7], walk.qvel[7], activation
    mujoco.mj_forward(model, data)
    tiled = np.tile(activation, (10, 1))
    assert np.abs(look.moment(tiled)[7] - data.qfrc_actuator[6:]).max() < 1e-9
    before = data.qfrc_actuator[6:].copy()
    for hinge in range(14):
        data.qvel[:] = walk.qvel[7]
        data.qvel[6 + hinge] += 1e-4
        mujoco.mj_forward(model, data)
        slope = -(data.qfrc_actuator[6 + hinge] - before[hinge]) / 1e-4
        assert slope == pytest.approx(look.damping(tiled)[7, hinge], rel=0.02, abs=0.02)


def test_it_accelerates_like_the_body_under_equal_moments(walk, twin):
    """One physics step without activation dynamics on either side."""
    model = load_model()
    data = mujoco.MjData(model)
    frames = np.array([3, 40, 100])
    state = states(walk, frames)
    motors = state[:, 41:55].copy()
    after, _ = twin.advance(state, motors, np.zeros((3, 14)), 1)
    for row, frame in enumerate(frames):
        mujoco.mj_resetData(model, data)
        data.qpos[:], data.qvel[:] = walk.qpos[frame], walk.qvel[frame]
        mujoco.mj_forward(model, data)
        # What is missing to the twin's moments comes from outside.
        data.qfrc_applied[6:] = state[row, 41:55] * MOMENT_UNIT - data.qfrc_actuator[6:]
        model.opt.integrator = mujoco.mjtIntegrator.mjINT_EULER  # the muscles' own derivative is left out
        mujoco.mj_step(model, data)
        assert np.abs(after[row, 21:41] - data.qvel).max() < 0.02 * max(1.0, np.abs(data.qvel).max())


def test_features(walk, twin):
    features = twin.features(walk.qpos, walk.qvel)
    assert np.abs(features[:, FEATURES["position"]].reshape(-1, 7, 3) - walk.body_pos).max() < 1e-7
    assert np.abs(features[:, FEATURES["velocity"]].reshape(-1, 7, 3) - walk.body_vel).max() < 1e-6


def test_changes_of_states():
    rng = np.random.default_rng(3)
    state = rng.normal(size=(5, NS))
    state[:, 3:7] /= np.linalg.norm(state[:, 3:7], axis=1, keepdims=True)
    change = rng.normal(scale=0.3, size=(5, NX))
    assert np.abs(difference(state, retract(state, change)) - change).max() < 1e-12


def test_derivatives_foretell_small_changes(walk, twin):
    """In the air, where nothing touches and leaves the ground."""
    state = states(walk, np.array([43, 46, 76]))
    state[:, 2] += 0.5
    motors, damping = state[:, 41:55].copy(), np.full((3, 14), 2.0)
    after, features = twin.advance(state, motors, damping)
    moved, shown = differentiate(twin, state, motors, damping, after=after, features=features)
    rng = np.random.default_rng(4)
    change = rng.normal(scale=2e-5, size=(3, NX))
    push = rng.normal(scale=1e-3, size=(3, 14))
    other, seen = twin.advance(retract(state, change), motors + push, damping)
    both = np.concatenate((change, push), axis=1)[..., None]
    for slope, real in ((moved, difference(after, other)), (shown, seen - features)):
        foretold = (slope @ both)[..., 0]
        assert np.linalg.norm(foretold - real) < 1e-3 * np.linalg.norm(real)


def test_a_touch_of_the_ground_is_no_derivative(walk, twin, monkeypatch):
    """Without the guard, one column of this plan is a jump of the toes by radians per second over 1e-4."""
    state = states(walk, np.arange(0, 60))
    motors, damping = np.clip(state[:, 41:55], -1, 1), np.full((60, 14), 2.0)
    after, features = twin.advance(state, motors, damping)
    worst = []
    for limit in (differences._JUMP, np.inf):
        monkeypatch.setattr(differences, "_JUMP", limit)
        big = Twin(60 * 68, physics_rate=150.0, substeps=5, num_threads=1)
        moved, _ = differentiate(big, state, motors, damping, after=after, features=features)
        worst.append(np.abs(moved).max())
    assert worst[0] <= 300.0 + 1e-6
    assert worst[1] > 3000.0
