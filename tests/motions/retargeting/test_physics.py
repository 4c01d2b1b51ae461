"""Figures that judge: each with a motion that has the fault and one that has not."""

import numpy as np
import pytest

from kinesis_env.motions import Motion, load_motions
from kinesis_env.motions.gait.gait import Gait
from kinesis_env.motions.retargeting.fit import measure_angles
from kinesis_env.motions.retargeting.physics import measure_physics, muscle_jump
from kinesis_env.motions.retargeting.quality import inspect


def made(qpos, fps=30.0, fit=None):
    return Motion.from_qpos(qpos, fps, name="made", fit=fit)


@pytest.fixture(scope="module")
def walk():
    return load_motions("walk")[0]


def test_a_spike_of_one_frame_shows(walk):
    clean = measure_angles(walk.qpos, walk.qpos[:, 7:], walk.fps)
    assert clean == {"angle_worst": 0.0, "angle_median": 0.0, "speed_ratio": 1.0}
    qpos = walk.qpos.copy()
    qpos[40, 10] += np.deg2rad(25)
    found = measure_angles(qpos, walk.qpos[:, 7:], walk.fps)
    assert found["angle_worst"] == pytest.approx(25)
    assert found["angle_median"] == 0
    assert found["speed_ratio"] > 1.5
    assert any(flag.startswith("far from the file") for flag in inspect(made(qpos, fit=found)).flags)
    assert inspect(made(walk.qpos, fit=clean)).flags == ()


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
def test_a_hovering_flight_shows(fps):
    run = Gait(3.2, running=True, fps=fps).motion(3.0)
    falls = measure_physics(run)
    assert falls.support_flight < 0.05
    assert inspect(run).flags == ()
    level = run.qpos.copy()
    level[:, 2] = level[:, 2].mean() + 0.02
    hovers = measure_physics(made(level, fps))
    assert hovers.support_flight > 0.5
    assert any(flag.startswith("hovering") for flag in inspect(made(level, fps)).flags)


def test_a_dropped_height_shows(walk):
    """The pelvis drops by 19 mm in one frame at each step, as if its height were made from the lower foot alone."""
    dropped = walk.qpos.copy()
    for first in range(0, len(dropped), 16):
        dropped[first : first + 8, 2] -= 0.019
    good, bad = measure_physics(walk), measure_physics(made(dropped))
    assert good.support_low > 0.5
    assert bad.support_low < -0.3
    assert any(flag.startswith("falling upward") for flag in inspect(made(dropped)).flags)


def test_a_listing_trunk_misses_moments(walk):
    listing = walk.qpos.copy()
    tip = np.deg2rad(6) * np.sin(2 * np.pi * np.arange(len(walk)) / 32)
    listing[:, 4] += 0.5 * tip
    listing[:, 3:7] /= np.linalg.norm(listing[:, 3:7], axis=1, keepdims=True)
    assert measure_physics(walk).missing_roll < 25
    assert measure_physics(made(listing)).missing_roll > 45


def test_joints_at_their_limits_are_named(walk):
    assert measure_physics(walk).limit_share == 0
    locked = walk.qpos.copy()
    locked[:100, 12] = np.deg2rad(20)
    found = measure_physics(made(locked))
    assert found.limit_joint == "subtalar_angle_r"
    assert found.limit_share == pytest.approx(100 / len(walk), abs=0.01)


def test_a_jump_of_a_muscle_is_what_moment_arms_do_not_explain(walk):
    assert muscle_jump(walk.qpos[:60]) < 5e-4
    # Angles that jump are no jump of a muscle: its moment arms explain most of it.
    qpos = walk.qpos[:60].copy()
    qpos[30:, 10] += 0.2
    assert muscle_jump(qpos) < 5e-3


def test_two_frames_have_no_physics(walk):
    short = made(walk.qpos[:3])
    assert measure_physics(short) is None
    assert inspect(short).as_dict()["support_low"] is None
