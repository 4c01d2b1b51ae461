"""The belt of a treadmill: how fast the ground moves, from the feet that stand on it."""

from __future__ import annotations

import numpy as np

from kinesis_env.typing import Array

__all__ = ["belt_velocity"]

#: A point at most this far above its usual height on the ground is in contact [m].
_LOW = 0.02
#: Slowest belt [m/s]; largest drift of the body relative to the belt; fraction of the stance frames whose speed must
#: agree with the belt, and tolerance of that relative to the speed.
_SLOWEST, _STAYS, _AGREE, _SPREAD = 0.25, 0.25, 0.7, 0.3
#: Shortest motion in which a belt is looked for [s].
_SHORTEST = 1.0


def belt_velocity(feet: Array, body: Array, fps: float) -> Array:
    """Return the velocity of the ground (3,) [m/s], zero where it does not move.

    There is a belt if all points of the feet in contact move at the same velocity while the body stays in place. The
    speed is assumed constant.

    Args:
        feet: points of the feet (T, k, 3) [m].
        body: a point of the body (T, 3) [m], such as the pelvis.
        fps: frames per second.
    """
    belt = np.zeros(3)
    if len(feet) < max(3, _SHORTEST * fps):
        return belt
    lower = feet[..., 2].argmin(axis=1)
    each = np.arange(len(feet))
    height = feet[each, lower, 2]
    standing = height < np.percentile(height, 20) + _LOW
    speeds = (np.gradient(feet[..., :2], axis=0) * fps)[each, lower][standing]
    median = np.median(speeds, axis=0)
    speed = float(np.linalg.norm(median))
    drift = float(np.linalg.norm(body[-1, :2] - body[0, :2])) * fps / (len(feet) - 1)
    agree = (np.linalg.norm(speeds - median, axis=1) < _SPREAD * speed).mean()
    if speed >= _SLOWEST and drift <= _STAYS * speed and agree >= _AGREE:
        belt[:2] = median
    return belt
