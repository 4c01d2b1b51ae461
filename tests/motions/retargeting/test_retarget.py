import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.model.kinematics import skeleton
from kinesis_env.motions import Motion, load_motions, read_motion
from kinesis_env.motions.formats import read_recordings
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.retargeting.retarget import RetargetOptions, retarget
from kinesis_env.signals import lowpass, resample, smooth

MIDDLE = slice(15, -15)


def test_an_overground_walk_comes_back(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=4)
    motion = read_motion(write_mot(columns, times))
    assert motion.fps == 30
    assert motion.name == "trial"
    angles = np.rad2deg(motion.qpos[:, 7:] - walking.qpos[: len(motion), 7:])[MIDDLE]
    assert np.sqrt((angles**2).mean()) < 1.0
    np.testing.assert_allclose(motion.qpos[MIDDLE, 2], walking.qpos[: len(motion)][MIDDLE, 2], atol=0.01)
    assert inspect(motion).speed == pytest.approx(1.26, abs=0.02)
    assert any("fitted to this body" in note for note in motion.notes)


@pytest.mark.parametrize("missing", [(), ("pelvis_tx", "pelvis_tz"), ("pelvis_tx", "pelvis_ty", "pelvis_tz")])
def test_a_treadmill_walk_moves_forward(walking, as_columns, write_mot, missing):
    columns, times = as_columns(walking, 100, knee_sign=-1, seconds=5)
    columns["pelvis_tx"] = 0.3 + 0.01 * np.sin(times)
    for name in missing:
        del columns[name]
    motion = read_motion(write_mot(columns, times))
    report = inspect(motion)
    assert report.speed == pytest.approx(1.26, abs=0.03)
    assert report.stance_slip < 0.05
    assert report.penetration < 3
    assert report.floating < 6
    assert any("stance foot" in note for note in motion.notes)


@pytest.mark.parametrize("rate", [59.94, 60, 100, 120, 25])
def test_resampling_keeps_true_time(walking, as_columns, write_mot, rate):
    columns, times = as_columns(walking, rate, seconds=3)
    motion = read_motion(write_mot(columns, times))
    assert motion.duration == pytest.approx(times[-1], abs=1 / 30)
    knee = motion.qpos[MIDDLE, 10]
    expected = walking.qpos[: len(motion), 10][MIDDLE]
    assert np.rad2deg(np.sqrt(((knee - expected) ** 2).mean())) < 3


def test_uneven_times_and_other_rates(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=3)
    keep = np.random.default_rng(0).random(len(times)) < 0.7
    keep[[0, -1]] = True
    uneven = {name: values[keep] for name, values in columns.items()}
    motion = read_motion(write_mot(uneven, times[keep]), fps=50)
    assert motion.fps == 50
    assert len(motion) == 151
    knee = np.interp(np.arange(151) / 50, times, np.deg2rad(columns["knee_angle_r"]))
    assert np.rad2deg(np.abs(motion.qpos[25:-25, 10] - knee[25:-25]).max()) < 4


@pytest.mark.parametrize("rows", [2, 3, 4, 15])
def test_short_recordings(walking, as_columns, write_mot, rows):
    columns, times = as_columns(walking, 15 if rows < 5 else 60, seconds=2)
    motion = read_motion(write_mot({name: values[:rows] for name, values in columns.items()}, times[:rows]))
    assert len(motion) >= 2


def test_shorter_than_a_frame_or_too_long_is_an_error(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=1)
    short = {name: values[:2] for name, values in columns.items()}
    with pytest.raises(MotionFormatError, match=r"trial\.mot.*fewer than two frames"):
        read_motion(write_mot(short, times[:2]))
    with pytest.raises(MotionError, match="at most 240000 frames"):
        read_motion(write_mot(short, np.array([0.0, 1e6])))
    with pytest.raises(MotionError, match="fps must be above 0"):
        read_motion(write_mot(columns, times), fps=-1)
    with pytest.raises(MotionError, match="fps must be a number, given '30'"):
        read_motion(write_mot(columns, times), fps="30")
    with pytest.raises(MotionError, match=r"no reader for '\.fbx'"):
        read_motion("x.fbx")
    unnamed = write_mot(columns, times).with_name("recording")
    unnamed.write_text("hello\n")
    with pytest.raises(MotionError, match="no reader for a name without a suffix, nor for its content"):
        read_motion(unnamed)
    with pytest.raises(MotionError, match="cutoff must be above 0"):
        RetargetOptions(cutoff=float("nan"))


def test_angles_are_clipped_to_the_ranges_and_it_is_said(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=2)
    columns["ankle_angle_l"] = columns["ankle_angle_l"] + 40
    motion = read_motion(write_mot(columns, times))
    low, high = skeleton().ranges.T
    assert (motion.qpos[:, 7:] >= low).all()
    assert (motion.qpos[:, 7:] <= high).all()
    assert any("clipped to the joint ranges" in note and "ankle_angle_l (up to" in note for note in motion.notes)


def test_starts_at_the_origin_facing_forward(walking, as_columns, write_mot):
    qpos = walking.qpos.copy()
    turn = rotations.from_yaw(np.deg2rad(130))
    qpos[:, :3] = rotations.rotate(turn, qpos[:, :3]) + [5, -7, 0]
    qpos[:, 3:7] = rotations.multiply(turn, qpos[:, 3:7])
    columns, times = as_columns(Motion.from_qpos(qpos, 30, name="turned"), 100, seconds=3)
    motion = read_motion(write_mot(columns, times))
    np.testing.assert_array_equal(motion.qpos[0, :2], 0)
    assert abs(np.rad2deg(rotations.heading(motion.qpos[:30, 3:7]).mean())) < 1
    assert motion.qpos[-1, 0] > 3.4
    assert abs(motion.qpos[-1, 1]) < 0.3


def test_rigid_feet_get_toes(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=3)
    del columns["mtp_angle_r"], columns["mtp_angle_l"]
    motion = read_motion(write_mot(columns, times))
    assert np.ptp(motion.qpos[:, 13]) > 0.3
    assert any("toes" in note for note in motion.notes)


def test_standing_still_stays_where_it_is(write_mot):
    times = np.arange(100) / 50
    columns = {"hip_flexion_r": np.zeros(100), "knee_angle_r": np.full(100, 1.0), "pelvis_ty": np.full(100, 0.95)}
    motion = read_motion(write_mot(columns, times))
    assert inspect(motion).speed < 0.02


def test_a_folder_of_recordings(walking, as_columns, write_mot, tmp_path):
    columns, times = as_columns(walking, 100, seconds=1)
    for name in ("b.sto", "a.mot"):
        write_mot(columns, times, name=name)
    assert [motion.name for motion in load_motions(tmp_path)] == ["a", "b"]


def test_lowpass_keeps_slow_and_removes_fast():
    times = np.arange(400) / 100
    slow, fast = np.sin(2 * np.pi * times), np.sin(2 * np.pi * 25 * times)
    _, out = lowpass(times, np.stack((slow + fast, np.ones(400)), axis=1), 6.0)
    np.testing.assert_allclose(out[50:-50, 0], slow[50:-50], atol=0.01)
    np.testing.assert_allclose(out[:, 1], 1.0)
    # At the cut-off the power is halved.
    edge = np.sin(2 * np.pi * 6 * times)
    _, out = lowpass(times, edge[:, None], 6.0)
    assert np.abs(out[100:-100]).max() == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_resample_and_smooth_reproduce_a_line():
    times = np.array([0.0, 0.1, 0.25, 0.3, 0.5])
    np.testing.assert_allclose(resample(times, 3 * times[:, None], np.array([0.2, 9.0]))[:, 0], [0.6, 1.5])
    line = np.arange(30.0)[:, None]
    weights = np.ones(30)
    weights[5:15] = 0
    np.testing.assert_allclose(smooth(np.where(weights[:, None] > 0, line, 99), weights, 5.0), line, atol=1e-5)


def test_options_reach_the_motion(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=2)
    recording = read_recordings(write_mot(columns, times))[0]
    assert len(retarget(recording, RetargetOptions(fps=60))) == 121


def test_legs_that_would_cross_are_parted(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=3)
    for side in "rl":
        columns[f"hip_adduction_{side}"] = columns[f"hip_adduction_{side}"] + 5
    motion = read_motion(write_mot(columns, times))
    note = next(note for note in motion.notes if "hips abducted" in note)
    assert 2 < float(note.split("up to ")[1].split()[0]) < 6
