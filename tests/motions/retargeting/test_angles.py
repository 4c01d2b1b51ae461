"""Recorded joint angles: the pelvis keeps its course, the legs stay near the file, the feet are on the ground."""

from dataclasses import replace

import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.errors import MotionError
from kinesis_env.model.names import JOINTS, load_model
from kinesis_env.motions.gait.gait import Gait
from kinesis_env.motions.recording import AngleRecording
from kinesis_env.motions.retargeting.ground import bend_toes, soles
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.retargeting.retarget import RetargetOptions, retarget
from tests.motions.retargeting.fits import checked_walk


def recorded(qpos, fps, *, treadmill=False, trunk=None):
    """Return a motion as a recording of angles; on a treadmill it stays where it is."""
    place = qpos[:, :3].copy()
    times = np.arange(len(qpos)) / fps
    if treadmill:
        place[:, 0] -= (place[-1, 0] - place[0, 0]) * times / times[-1]
    return AngleRecording("made", times, (), "", "", qpos[:, 7:], qpos[:, 3:7], place, (True, True, True), trunk)


@pytest.fixture(scope="module")
def walk():
    return Gait(1.3, fps=100.0).motion(3.0).qpos


@pytest.mark.parametrize("treadmill", [False, True])
@pytest.mark.parametrize(("hip", "knee"), [(0, 0), (3, -4), (-3, -6), (2, 5)])
def test_another_bodys_walk_gets_no_spikes_and_keeps_its_height(walk, hip, knee, treadmill):
    """Hips and knees of a person with other legs: on this body the feet would hover and sink by some 30 mm."""
    qpos = walk.copy()
    for side in (0, 7):
        qpos[:, 7 + side] += np.deg2rad(hip)
        qpos[:, 10 + side] = np.maximum(qpos[:, 10 + side] + np.deg2rad(knee), 0.0)
    motion = retarget(recorded(qpos, 100.0, treadmill=treadmill))
    report = checked_walk(motion, angle_worst=7.5, penetration=5)
    assert report.flags == ()
    assert report.speed == pytest.approx(1.3, abs=0.1)
    rises = np.gradient(motion.qpos[:, 2])
    recorded_rises = np.gradient(qpos[:, 2])[np.round(np.arange(len(motion)) * 100 / 30).astype(int)]
    assert np.corrcoef(rises, recorded_rises)[0, 1] > 0.95


def test_a_crouched_walk_without_a_recorded_height_keeps_its_angles():
    """A swing foot that would drag through the ground raises the pelvis: its leg need not bend by all of that."""
    qpos = Gait(1.0, fps=100.0).motion(3.0).qpos.copy()
    qpos[:, [7 + JOINTS.index("mtp_angle_r"), 7 + JOINTS.index("mtp_angle_l")]] = 0.0
    for side in (0, 7):
        qpos[:, 7 + side] += np.deg2rad(30)
        qpos[:, 10 + side] = 0.6 * qpos[:, 10 + side] + np.deg2rad(45)
        qpos[:, 11 + side] += np.deg2rad(15)
    report = inspect(retarget(replace(recorded(qpos, 100.0), recorded_axes=(False, False, False))))
    assert report.angle_worst < 9
    assert report.penetration < 5
    assert report.error_mean < 10


@pytest.mark.parametrize("treadmill", [False, True])
def test_a_run_still_flies_and_falls(treadmill):
    made = Gait(3.4, running=True, fps=100.0).motion(3.0)
    report = inspect(retarget(recorded(made.qpos, 100.0, treadmill=treadmill)))
    assert report.flags == ()
    assert report.angle_worst < 6
    assert report.speed == pytest.approx(3.4, abs=0.1)
    assert report.physics.support_flight < 0.15
    assert 60 < report.physics.com_range < 100


@pytest.mark.parametrize("size", [0.9, 1.1])
def test_a_squat_of_a_smaller_or_larger_person_keeps_its_angles(size):
    down = 0.5 - 0.5 * np.cos(np.pi * np.arange(180) / 60)
    qpos = np.tile(load_model().key_qpos[0], (180, 1))
    for side in (0, 7):
        for column, bend in ((7, 1.2), (10, 1.6), (11, 0.4)):
            qpos[:, side + column] += bend * down
    qpos[:, 2] -= soles(qpos).lowest.min(axis=1)
    qpos[:, :3] *= size
    report = inspect(retarget(recorded(qpos, 60.0)))
    assert report.flags == ()
    assert report.angle_worst < 7
    assert report.stance_slip < 0.03


@pytest.mark.parametrize("first", range(0, 100, 9))
def test_a_piece_of_a_treadmill_walk_goes_as_fast_as_the_whole(walk, first):
    piece = recorded(walk[first : first + 32], 100.0, treadmill=True)
    motion = retarget(piece)
    speed = np.linalg.norm(motion.qpos[-1, :2] - motion.qpos[0, :2]) / motion.duration
    assert speed == pytest.approx(1.3, abs=0.35)


def test_the_trunk_may_be_carried(walk):
    """A pelvis that lists below a trunk that does not: carried, the pelvis is as level as the trunk."""
    trunk = walk[:, 3:7].copy()
    tip = np.deg2rad(6) * np.sin(2 * np.pi * np.arange(len(walk)) / 110)
    qpos = walk.copy()
    qpos[:, 3:7] = rotations.multiply(trunk, rotations.from_rotvec(tip[:, None] * np.array([1.0, 0.0, 0.0])))
    for side, sign in (("r", -1), ("l", 1)):
        qpos[:, 7 + JOINTS.index(f"hip_adduction_{side}")] += sign * tip
    rigid, carried = (
        retarget(recorded(qpos, 100.0, trunk=trunk), RetargetOptions(trunk=choice)) for choice in ("pelvis", "carry")
    )
    lists = [np.rad2deg(np.ptp(rotations.roll_pitch(motion.qpos[:, 3:7])[0])) for motion in (rigid, carried)]
    assert lists[0] > 10
    assert lists[1] < 6
    assert any("the trunk keeps its recorded turns" in note for note in carried.notes)
    missing = [inspect(motion).physics.missing_roll for motion in (rigid, carried)]
    assert missing[1] < 0.6 * missing[0]


def test_without_a_trunk_nothing_is_carried_and_other_words_are_errors(walk):
    motion = retarget(recorded(walk, 100.0), RetargetOptions(trunk="carry"))
    assert any("no trunk in the file" in note for note in motion.notes)
    with pytest.raises(MotionError, match="trunk must be one of 'pelvis', 'carry', given 'spine'"):
        RetargetOptions(trunk="spine")


def test_toes_bend_when_the_heel_is_up_and_not_when_the_toes_are():
    qpos = np.tile(load_model().key_qpos[0], (2, 1))
    qpos[:, 7:] = 0.0
    qpos[0, [11, 18]], qpos[1, [11, 18]] = -0.5, 0.4  # ankles: heels up, toes up
    bent = bend_toes(qpos[:, 7:], qpos[:, 3:7])
    assert (np.rad2deg(bent[0]) < -20).all()
    assert (np.abs(bent[1]) < 1e-9).all()
