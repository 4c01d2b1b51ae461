import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.dynamics import center_of_mass
from kinesis_env.errors import MotionError
from kinesis_env.motions import load_motions
from kinesis_env.motions.gait.gait import Gait, published_curves, walk
from kinesis_env.motions.gait.stances import plan_stances
from kinesis_env.motions.retargeting.quality import inspect


def test_feet_neither_slide_nor_sink(walking):
    report = inspect(walking)
    assert 1.2 <= report.speed <= 1.35
    assert report.duration > 10
    assert report.stance_slip < 0.02
    assert report.penetration < 3
    assert report.floating < 3.5
    assert report.flight == 0
    assert report.peak_joint_speed < 8


def test_joints_follow_the_published_curve(walking):
    curves = published_curves()["falisse2019", 1.3]
    phase = np.arange(320) / 32
    for joint, column in (("hip_flexion", 7), ("knee_angle", 10), ("ankle_angle", 11)):
        off = walking.qpos[:320, column] - curves[joint](phase)
        off = np.rad2deg(np.sqrt((off**2).mean()))
        assert off < 3, (joint, off)
    knee = np.rad2deg(walking.qpos[:320, 10] - curves["knee_angle"](phase))
    assert np.abs(knee).max() < 4


def test_the_other_published_walk_has_the_same_shape(walking):
    curves = published_curves()["fukuchi2018", 1.2]
    phase = np.arange(320) / 32
    for joint, column in (("hip_flexion", 7), ("knee_angle", 10)):
        assert np.corrcoef(walking.qpos[:320, column], curves[joint](phase))[0, 1] > 0.9


def test_periodic_and_symmetric(walking):
    qpos = walking.qpos
    np.testing.assert_allclose(qpos[32:, 1:], qpos[:-32, 1:], atol=1e-12)
    np.testing.assert_allclose(np.ptp(qpos[32:, 0] - qpos[:-32, 0]), 0, atol=1e-12)
    np.testing.assert_allclose(qpos[16:, 14:], qpos[:-16, 7:14], atol=1e-12)
    # Half a cycle later the mirror image: sway, list and rotation change sign.
    np.testing.assert_allclose(qpos[16:, [1, 4, 6]], -qpos[:-16, [1, 4, 6]], atol=1e-5)
    np.testing.assert_allclose(qpos[16:, [2, 3, 5]], qpos[:-16, [2, 3, 5]], atol=1e-5)


def test_no_walk_without_a_cycle():
    assert len(walk(1)) == 33
    with pytest.raises(MotionError, match="at least one cycle"):
        walk(0)


def test_the_shipped_name_and_pattern():
    assert [motion.name for motion in load_motions("walk")] == ["walk"]
    names = [motion.name for motion in load_motions(["wal*", "walk"])]
    assert names.count("walk") == 1
    assert {"walk-slow", "walk-fast"} < set(names)


@pytest.mark.parametrize(("speed", "running"), [(0.4, False), (1.0, False), (2.0, False), (2.0, True), (4.0, True)])
def test_a_gait_goes_as_fast_as_asked(speed, running):
    motion = Gait(speed, running=running).motion(4.0)
    report = inspect(motion)
    assert report.speed == pytest.approx(speed, rel=0.03)
    assert report.penetration < 3
    assert report.stance_slip < 0.03
    assert (report.flight > 0.05) == running
    assert report.flags == ()
    assert motion.caption == f"{'runs' if running else 'walks'} at {speed:.2f} m/s"


def test_a_gait_turns_as_asked():
    motion = Gait(1.0, turn_rate=-0.5).motion(4.0)
    turned = np.unwrap(rotations.heading(motion.qpos[:, 3:7]))
    assert turned[-1] - turned[0] == pytest.approx(-2.0, abs=0.1)


def test_a_gait_that_cannot_be_says_why():
    with pytest.raises(MotionError, match=r"Walk: speed must be from 0.3 to 2, given 2\.5"):
        Gait(2.5)
    with pytest.raises(MotionError, match="Run: turn_rate must be at most"):
        Gait(4.0, turn_rate=1.5, running=True)


@pytest.mark.parametrize("fps", [30.0, 60.0, 100.0, 240.0])
@pytest.mark.parametrize("speed", [2.0, 2.8, 4.0])
def test_runners_fall_in_flight(speed, fps):
    gait = Gait(speed, running=True, fps=fps)
    motion = gait.motion(2.0)
    times = np.arange(len(motion)) / fps
    air = np.ones(len(motion), dtype=bool)
    for foot in plan_stances(gait.plan(2.0).course()):
        air &= times > foot.leaves[np.searchsorted(foot.lands, times, side="right") - 1]
    inside = air[2:] & air[1:-1] & air[:-2]
    height = center_of_mass(motion.qpos)[:, 2]
    support = 1 + np.diff(height, 2) * fps**2 / 9.81
    assert inside.any()
    assert np.abs(support[inside]).mean() < 0.05
    assert 0.065 < np.ptp(height) < 0.1


@pytest.mark.parametrize(
    ("speed", "running", "most"),
    [(0.5, False, 30), (1.3, False, 30), (1.9, False, 30), (2.8, True, 95), (4.0, True, 95)],
)
def test_trunks_ask_for_moments_that_feet_can_give(speed, running, most):
    physics = inspect(Gait(speed, running=running).motion(4.0)).physics
    assert physics.missing_roll < most
    assert physics.limit_share < 0.03
