"""Checks on real recordings, where there are some: set KINESIS_RECORDINGS to their folder."""

import os
from pathlib import Path

import numpy as np
import pytest

from kinesis_env.motions import read_motion
from kinesis_env.motions.retargeting.quality import inspect

FOLDER = Path(os.environ.get("KINESIS_RECORDINGS") or Path(__file__).parents[4] / "shared" / "recordings")
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no recordings: set KINESIS_RECORDINGS to their folder")


@pytest.mark.parametrize(
    ("path", "speed", "slip"),
    [
        ("opensim/subject_walk_armless_ik.mot", (1.1, 1.3), 0.05),
        ("opensim/subject01_walk1_ik.mot", (0.9, 1.15), 0.05),
        ("opensim/gait10dof18musc_ik_CRLF_line_ending.mot", (0.8, 1.3), 0.05),
        ("opensim/crouch_gait.mot", (0.6, 1.2), 0.05),
        ("emg/treadmill_walk_1.0_ik.sto", (0.95, 1.05), 0.05),
    ],
)
def test_recordings_fit_this_body(path, speed, slip):
    if not (FOLDER / path).is_file():
        pytest.skip(f"no {path}")
    motion = read_motion(FOLDER / path)
    report = inspect(motion)
    assert speed[0] <= report.speed <= speed[1]
    assert report.stance_slip <= slip
    assert report.penetration < 3
    assert report.peak_joint_speed < 12
    assert report.angle_worst < 6
    assert report.angle_median < 1
    assert report.error_mean < 11
    assert report.speed_ratio < 1.25
    assert report.physics.support_low > 0.5
    assert report.physics.support_high < 1.6
    usual = 0.86 if "crouch" in path else 0.92  # who crouches carries the pelvis lower
    assert np.abs(motion.qpos[:, 2] - usual).max() < 0.13
