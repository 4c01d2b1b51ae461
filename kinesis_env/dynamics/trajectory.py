"""Trajectories, anything with positions, velocities and a frame rate, and their accelerations."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import MotionError
from kinesis_env.model.names import NQ
from kinesis_env.typing import Array

__all__ = ["Trajectory", "accelerations", "second_differences", "span", "times_of"]


#: Half of the time span of an acceleration [s]: one frame at the control rate of 30 Hz.
_HALF = 1.0 / 30.0


class Trajectory(Protocol):
    """Evenly sampled states of the body: a motion, a recorded episode, or another object with these attributes."""

    @property
    def qpos(self) -> Array:
        """Positions (T, 21), in the order of the model."""

    @property
    def qvel(self) -> Array:
        """Velocities (T, 20)."""

    @property
    def fps(self) -> float:
        """Frames per second."""


def span(fps: float) -> int:
    """Return the number of frames on either side of an acceleration: 1/30 s, at least one."""
    return max(1, round(_HALF * fps))


def times_of(trajectory: Trajectory) -> Array:
    """Return the time of each frame (T,) [s], on the recording's clock where the trajectory knows its ``start``."""
    return float(getattr(trajectory, "start", 0.0)) + np.arange(len(trajectory.qpos)) / trajectory.fps


def accelerations(trajectory: Trajectory) -> Array:
    """Return accelerations (T, 20) in MuJoCo's convention, by second differences of the positions over 1/30 s.

    They are weighted means over that time on either side (with linearly decreasing weights), so that a motion has the
    same accelerations at 30 Hz and at 240 Hz. The first and the last frames repeat the nearest value that can be
    computed.

    Raises:
        MotionError: fewer than three frames, or arrays of the wrong shape.
    """
    qpos = np.asarray(trajectory.qpos, dtype=np.float64)
    if qpos.ndim != 2 or qpos.shape[1] != NQ:
        raise MotionError(f"qpos must have shape (T, {NQ}), given {qpos.shape}")
    if len(qpos) < 3:
        raise MotionError(f"accelerations need at least three frames, given {len(qpos)}")
    return second_differences(qpos, trajectory.fps)


def second_differences(qpos: Array, fps: float) -> Array:
    """Return accelerations (T, k - 1) for positions (T, k) of a free root and any number of hinges, T >= 3."""
    reach = min(span(fps), (len(qpos) - 1) // 2)
    velocity = _difference(qpos[:-reach], qpos[reach:]) * (fps / reach)
    inner = (velocity[reach:] - velocity[:-reach]) * (fps / reach)
    return np.concatenate((np.repeat(inner[:1], reach, axis=0), inner, np.repeat(inner[-1:], reach, axis=0)))


def _difference(start: Array, end: Array) -> Array:
    """Return the change of qpos (n, k) as (n, k - 1): the root turns by a rotation vector in its own axes."""
    turn = rotations.to_rotvec(rotations.multiply(rotations.conjugate(start[:, 3:7]), end[:, 3:7]))
    return np.concatenate((end[:, :3] - start[:, :3], turn, end[:, 7:] - start[:, 7:]), axis=1)
