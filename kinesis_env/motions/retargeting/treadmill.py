"""Treadmill walking recorded as joint positions: the speed of the belt from the feet that stand on it."""

from __future__ import annotations

import numpy as np

from kinesis_env.motions.recording import LANDMARKS
from kinesis_env.typing import Array

__all__ = ["without_belt"]


_HIPS = [LANDMARKS.index("hip_r"), LANDMARKS.index("hip_l")]
_TOES = [LANDMARKS.index("toe_r"), LANDMARKS.index("toe_l")]
#: A toe at most this far above its usual height on the ground is in contact [m].
_LOW = 0.02
#: Slowest belt [m/s]; largest drift of the body relative to the belt; fraction of the stance frames whose speed must
#: agree with the belt, and tolerance of that relative to the speed.
_SLOWEST, _STAYS, _AGREE, _SPREAD = 0.25, 0.25, 0.7, 0.3
#: Shortest recording in which a belt is looked for [s].
_SHORTEST = 1.0


def without_belt(points: Array, fps: float) -> tuple[Array, float]:
    """Return points (T, 10, 3) [m] as they would be on fixed ground, and the speed of the belt [m/s], 0 without one.

    There is a belt if all toes in contact move at the same velocity while the body stays in place. The speed is assumed
    constant.

    Args:
        points: in the order of the landmarks [m].
        fps: frames per second.
    """
    if len(points) < max(3, _SHORTEST * fps):
        return points, 0.0
    toes = points[:, _TOES]
    lower = toes[..., 2].argmin(axis=1)
    each = np.arange(len(points))
    height = toes[each, lower, 2]
    standing = height < np.percentile(height, 20) + _LOW
    speeds = (np.gradient(toes[..., :2], axis=0) * fps)[each, lower][standing]
    belt = np.median(speeds, axis=0)
    speed = float(np.linalg.norm(belt))
    hips = points[:, _HIPS, :2].mean(axis=1)
    drift = float(np.linalg.norm(hips[-1] - hips[0])) * fps / (len(points) - 1)
    agree = (np.linalg.norm(speeds - belt, axis=1) < _SPREAD * speed).mean()
    if speed < _SLOWEST or drift > _STAYS * speed or agree < _AGREE:
        return points, 0.0
    out = points.copy()
    out[..., :2] -= (each / fps)[:, None, None] * belt
    return out, speed
