"""Checks on real recordings, where there are some: set KINESIS_RECORDINGS to their folder."""

import numpy as np
import pytest

from tests.motions.retargeting.fits import checked_walk, recording


@pytest.mark.parametrize(
    ("path", "speed"),
    [
        ("opensim/subject_walk_armless_ik.mot", (1.1, 1.3)),
        ("opensim/subject01_walk1_ik.mot", (0.9, 1.15)),
        ("opensim/gait10dof18musc_ik_CRLF_line_ending.mot", (0.8, 1.3)),
        ("opensim/crouch_gait.mot", (0.6, 1.2)),
        ("emg/treadmill_walk_1.0_ik.sto", (0.95, 1.05)),
    ],
)
def test_recordings_fit_this_body(path, speed):
    (motion,) = recording(path)
    report = checked_walk(motion, angle_worst=6, penetration=3)
    assert speed[0] <= report.speed <= speed[1]
    assert report.peak_joint_speed < 12
    assert report.error_mean < 11
    usual = 0.86 if "crouch" in path else 0.92  # who crouches carries the pelvis lower
    assert np.abs(motion.qpos[:, 2] - usual).max() < 0.13
