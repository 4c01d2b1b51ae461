"""Real recordings, where there are some, and what every retargeted walk has to keep to."""

import os
from pathlib import Path

import numpy as np
import pytest

from kinesis_env.motions import load_motions
from kinesis_env.motions.retargeting.quality import inspect

FOLDER = Path(os.environ.get("KINESIS_RECORDINGS") or Path(__file__).parents[4] / "shared" / "recordings")


def recording(path):
    """Return the motions of a recording, or skip the test where there is none."""
    if not (FOLDER / path).is_file():
        pytest.skip(f"no {path}: set KINESIS_RECORDINGS to the folder of recordings")
    return list(load_motions(FOLDER / path))


def checked_walk(motion, *, angle_worst, penetration):
    """Return the report of a walk after looking at what holds for all: feet on the ground, near the file, supported."""
    report = inspect(motion)
    assert report.angle_worst < angle_worst
    assert report.angle_median < 1
    assert report.speed_ratio < 1.25
    assert report.stance_slip < 0.05
    assert report.penetration < penetration
    assert report.physics.support_low > 0.5
    assert report.physics.support_high < 1.6
    assert np.isfinite(motion.qpos).all()
    return report
