"""Joint positions put onto this body: the walk comes back as the walk, whatever the size of who walked it."""

import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.errors import MotionError
from kinesis_env.model import JOINTS
from kinesis_env.model.kinematics import skeleton
from kinesis_env.motions import LANDMARKS, PointRecording, Recording
from kinesis_env.motions.gait.gait import Gait
from kinesis_env.motions.retargeting.ground import soles
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.retargeting.retarget import RetargetOptions, retarget
from tests.motions import sources


def recorded(points, rate=60.0, rest=None, name="walk"):
    return PointRecording(name, np.arange(len(points)) / rate, (), "", "", points, rest)


def standing_rest():
    qpos = np.zeros((1, 21))
    qpos[0, 3] = 1.0
    return sources.landmarks(qpos)[0]


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.25])
def test_the_walk_comes_back(scale):
    motion = retarget(recorded(sources.walking_points(scale=scale), rest=scale * standing_rest()))
    report = inspect(motion)
    assert report.error_mean < 10
    assert report.direction_error < 2.5
    assert report.penetration < 3
    assert report.stance_slip < 0.05
    assert report.peak_joint_speed < 15
    assert report.flags == ()
    expected = sources.walking_qpos(30.0, 3.0)
    for joint, degrees in (("hip_flexion", 4), ("knee_angle", 6), ("ankle_angle", 8)):
        for side in "rl":
            column = 7 + JOINTS.index(f"{joint}_{side}")
            off = np.rad2deg(motion.qpos[:, column] - expected[:, column])
            assert np.sqrt((off**2).mean()) < degrees, joint
    # The stride is scaled as the leg is: this body walks as far as it did.
    assert np.ptp(motion.qpos[:, 0]) == pytest.approx(np.ptp(expected[:, 0]), rel=0.03)


@pytest.mark.parametrize("scale", [0.55, 0.75, 1.3])
def test_the_size_of_who_moved_makes_no_difference(scale):
    """Feet that creep and hover a little: what counts as standing does not depend on the size."""
    points = sources.walking_points(30.0)
    points += np.random.default_rng(1).normal(0, 0.008, points.shape)
    motion, other = retarget(recorded(points, 30.0)), retarget(recorded(scale * points, 30.0))
    assert np.abs(motion.qpos - other.qpos).max() < 1e-6


def test_a_trunk_that_leans_is_carried_by_the_pelvis():
    """The neck sways to the side by 45 mm of the 400 mm above the spine: 6.4 degrees, which the hips do not show."""
    points = sources.walking_points()
    sway = np.arctan2(0.045, 0.4) * np.sin(2 * np.pi * np.arange(len(points)) / 60.0)
    points[:, -1, 1] += 0.4 * np.tan(sway)
    kept, carried = (retarget(recorded(points), RetargetOptions(trunk=trunk)) for trunk in ("pelvis", "carry"))
    roll = [rotations.roll_pitch(motion.qpos[:, 3:7])[0] for motion in (kept, carried)]
    # The low-pass filter at 6 Hz leaves a sway of 1 Hz as it is.
    assert np.corrcoef(roll[1] - roll[0], sway[::2])[0, 1] < -0.95
    assert np.rad2deg(np.ptp(roll[1] - roll[0])) == pytest.approx(12.8, abs=1.5)
    assert inspect(carried).error_mean < 10
    assert any(note.startswith("the trunk keeps its recorded turns") for note in carried.notes)


def test_keep_size_keeps_the_path():
    points = sources.walking_points(scale=0.8)
    kept = retarget(recorded(points), RetargetOptions(keep_size=True))
    assert np.ptp(kept.qpos[:, 0]) == pytest.approx(0.8 * np.ptp(sources.walking_qpos()[:, 0]), rel=0.03)


def test_it_starts_above_the_origin_and_faces_forward():
    points = rotations.rotate(rotations.from_yaw(2.0), sources.walking_points()) + (3.0, -5.0, 1.0)
    turned, straight = retarget(recorded(points)), retarget(recorded(sources.walking_points()))
    assert np.abs(turned.qpos[0, :2]).max() < 0.03
    assert np.abs(turned.qpos - straight.qpos).max() < 1e-6


def test_limits_hold_and_nothing_flips():
    rng = np.random.default_rng(0)
    points = sources.walking_points(30.0, 4.0)
    points += np.cumsum(rng.normal(0, 0.004, points.shape), axis=0) * np.linspace(0, 1, len(points))[:, None, None]
    motion = retarget(recorded(points, 30.0))
    low, high = skeleton().ranges.T
    assert (motion.qpos[:, 7:] >= low - 1e-12).all()
    assert (motion.qpos[:, 7:] <= high + 1e-12).all()
    assert np.abs(np.diff(motion.qpos[:, 7:], axis=0)).max() < 0.8


def test_a_turn_in_place_keeps_its_heading():
    frames = 90
    points = np.repeat(standing_rest()[None], frames, axis=0) + (0, 0, 0.95)
    yaw = np.linspace(0, np.pi, frames)
    motion = retarget(recorded(rotations.rotate(rotations.from_yaw(yaw)[:, None], points), 30.0))
    turned = np.unwrap(rotations.heading(motion.qpos[:, 3:7]))
    # The first second faces +x, so it begins a little to the right.
    assert turned[-1] - turned[0] == pytest.approx(np.pi, abs=0.05)
    assert inspect(motion).penetration < 3


def flagged(points, rate=30.0):
    return " ".join(inspect(retarget(recorded(points, rate))).flags)


def test_what_this_body_cannot_do_is_flagged():
    stand = np.repeat(standing_rest()[None], 90, axis=0) + (0, 0, 0.95)
    assert flagged(stand) == ""
    lying = rotations.rotate(rotations.from_rotvec(np.array([0.0, np.pi / 2, 0.0])), stand - (0, 0, 0.9)) + (0, 0, 0.2)
    assert "lying" in flagged(lying)
    climbing = sources.walking_points(30.0, 3.0)
    climbing[..., 2] += 0.15 * climbing[:, :1, 0]
    assert "stairs" in flagged(climbing)
    sliding = stand + np.arange(90)[:, None, None] * (0.05, 0.0, 0.0)
    assert "sliding" in flagged(sliding) or "flying" in flagged(sliding)
    flying = stand.copy()
    flying[20:70, :, 2] += 2.0 * np.sin(np.linspace(0, np.pi, 50))[:, None]
    assert "flying" in flagged(flying) or "stairs" in flagged(flying)
    sitting = stand.copy()
    hips = [LANDMARKS.index(name) for name in ("hip_r", "hip_l", "spine", "neck")]
    sitting[:, hips] += (-0.35, 0, -0.4)
    for side in "rl":
        sitting[:, LANDMARKS.index(f"knee_{side}")] += (0.05, 0, 0.0)
    assert "sitting" in flagged(sitting)


def test_recordings_that_do_not_fit():
    with pytest.raises(MotionError, match="points must be finite"):
        recorded(np.full((5, 10, 3), np.nan))
    with pytest.raises(MotionError, match="rest must be finite"):
        recorded(sources.walking_points(), rest=np.zeros((3, 3)))
    with pytest.raises(MotionError, match="a Recording cannot be retargeted"):
        retarget(Recording("x", np.arange(5.0), (), "", ""))


@pytest.mark.parametrize("rate", [20.0, 120.0])
@pytest.mark.parametrize(("speed", "running"), [(1.8, False), (2.0, True), (4.0, True)])
def test_fast_walks_and_runs_neither_slip_nor_drag(speed, running, rate):
    """Also those of a noisy camera: feet that stand are still, and once they have left the ground they are off it."""
    gait = Gait(speed, running=running, fps=rate).motion(3.0)
    points = sources.landmarks(gait.qpos)
    points += np.random.default_rng(2).normal(0, 0.004, points.shape)
    motion = retarget(recorded(points, rate))
    report = inspect(motion)
    assert report.stance_slip < 0.095
    assert report.penetration < 3
    assert report.peak_joint_speed < 21
    assert report.error_mean < 19


def test_a_standing_foot_rolls_off_over_its_toes():
    """The recorded points end at the ball: when it rises the toes still stand."""
    gait = Gait(3.0, running=True, fps=30.0).motion(4.0)
    motion = retarget(recorded(sources.landmarks(gait.qpos), 30.0))
    down = [(soles(each.qpos).lowest < 0.008).mean() for each in (motion, gait)]
    assert down[0] == pytest.approx(down[1], abs=0.05)
    report = inspect(motion)
    assert report.stance_slip < 0.05
    assert report.stance_slip_p95 < 0.15
