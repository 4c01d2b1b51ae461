"""What every retargeted walk has to keep to."""

import numpy as np

from kinesis_env.motions.retargeting.quality import inspect


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
