"""Checks on real recordings, where there are some: set KINESIS_RECORDINGS to their folder."""

import numpy as np
import pytest

from kinesis_env.motions.formats.humanml3d import decode_features
from kinesis_env.motions.retargeting.quality import inspect
from tests.motions.retargeting.fits import FOLDER, checked_walk, recording

#: Recordings of joint angles (OpenSim's) and of joint positions, with the slowest and the fastest mean speed that is
#: right [m/s].
SPEEDS = {
    "opensim/subject_walk_armless_ik.mot": (1.1, 1.3),
    "opensim/subject01_walk1_ik.mot": (0.9, 1.15),
    "opensim/gait10dof18musc_ik_CRLF_line_ending.mot": (0.8, 1.3),
    "opensim/crouch_gait.mot": (0.6, 1.2),
    "emg/treadmill_walk_1.0_ik.sto": (0.95, 1.05),
    "amass_like/video_walk_level1.npz": (0.35, 0.6),
    "amass_like/video_walk_level2.npz": (0.6, 0.95),
    "amass_like/video_step_forward_back_level2.npz": (0.1, 0.4),
    "humanml3d/mdm_results_walk_and_pick_up.npy": (0.25, 0.7),
    "humanml3d/hml3d_new_joints_012314.npy": (0.5, 0.8),
    "humanml3d/hml3d_new_joint_vecs_012314.npy": (0.5, 0.8),
    "humanml3d/t2m_263d_walk_turn.npy": (0.35, 0.6),
    "bvh/cmu_12_01_walk.bvh": (0.85, 1.0),
    "bvh/scaled_131_03.bvh": (0.3, 0.6),
    "bvh/t2m_17_joint.bvh": (0.45, 0.75),
}
_ANGLES = (".mot", ".sto")


@pytest.mark.parametrize("path", [path for path in SPEEDS if path.endswith(_ANGLES)])
def test_joint_angles_fit_this_body(path):
    (motion,) = recording(path)
    report = checked_walk(motion, angle_worst=6, penetration=3)
    assert SPEEDS[path][0] <= report.speed <= SPEEDS[path][1]
    assert report.peak_joint_speed < 12
    assert report.error_mean < 11
    usual = 0.86 if "crouch" in path else 0.92  # who crouches carries the pelvis lower
    assert np.abs(motion.qpos[:, 2] - usual).max() < 0.13


@pytest.mark.parametrize("path", [path for path in SPEEDS if not path.endswith(_ANGLES)])
def test_joint_positions_fit_this_body(path):
    for motion in recording(path):
        report = inspect(motion)
        assert report.error_mean <= 20
        assert report.direction_error <= 5
        assert report.penetration <= 5
        assert report.stance_slip <= 0.10
        assert report.peak_joint_speed <= 25
        assert SPEEDS[path][0] <= report.speed <= SPEEDS[path][1]
        assert report.flags == ()
        assert np.abs(np.diff(motion.qpos[:, 7:], axis=0)).max() < 0.7


def test_the_decoder_reproduces_the_pair():
    features = FOLDER / "humanml3d" / "hml3d_new_joint_vecs_012314.npy"
    joints = FOLDER / "humanml3d" / "hml3d_new_joints_012314.npy"
    if not (features.is_file() and joints.is_file()):
        pytest.skip("no pair of joints and features")
    assert np.abs(decode_features(np.load(features)) - np.load(joints)).max() < 1e-5
