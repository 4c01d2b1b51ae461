"""Treadmill walking recorded as joint positions: the speed of the belt from the feet that stand on it."""

from __future__ import annotations

import numpy as np

from kinesis_env.dynamics.belt import belt_velocity
from kinesis_env.motions.recording import LANDMARKS
from kinesis_env.typing import Array

__all__ = ["without_belt"]


_HIPS = [LANDMARKS.index("hip_r"), LANDMARKS.index("hip_l")]
_TOES = [LANDMARKS.index("toe_r"), LANDMARKS.index("toe_l")]


def without_belt(points: Array, fps: float) -> tuple[Array, float]:
    """Return points (T, 10, 3) [m] as they would be on fixed ground, and the speed of the belt [m/s], 0 without one.

    Args:
        points: in the order of the landmarks [m].
        fps: frames per second.
    """
    belt = belt_velocity(points[:, _TOES], points[:, _HIPS].mean(axis=1), fps)
    if not belt.any():
        return points, 0.0
    return points - (np.arange(len(points)) / fps)[:, None, None] * belt, float(np.linalg.norm(belt))
