"""Center of mass, and needed support: the vertical ground force that its motion requires, in body weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.dynamics.trajectory import Trajectory, span
from kinesis_env.errors import MotionError
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import shared_model
from kinesis_env.typing import Array

__all__ = ["GRAVITY", "center_of_mass", "needed_support"]


#: Standard gravity as in the model [m/s^2].
GRAVITY = 9.81
#: Poses computed at once.
_CHUNK = 2048


def center_of_mass(qpos: ArrayLike) -> Array:
    """Return the center of mass of the whole body (T, 3) [m] for qpos (T, 21)."""
    model, tree = shared_model(), skeleton()
    qpos = np.asarray(qpos, dtype=np.float64)
    mass = model.body_mass / model.body_mass.sum()
    out = np.zeros((len(qpos), 3))
    for first in range(0, len(qpos), _CHUNK):
        part = slice(first, first + _CHUNK)
        poses = tree.poses(qpos[part])
        for body in np.flatnonzero(mass).tolist():
            out[part] += mass[body] * poses.points(body, model.body_ipos[body][None])[:, 0]
    return out


@of_its_body
def needed_support(trajectory: Trajectory) -> Array:
    """Return the vertical support that the center of mass needs (T,), in body weights: (a_z + g) / g.

    1 at rest, 0 in free fall; the ground cannot provide values below 0. The acceleration is the second difference over
    1/30 s, as in :func:`~kinesis_env.dynamics.trajectory.accelerations`.

    Raises:
        MotionError: fewer than three frames.
    """
    height = center_of_mass(trajectory.qpos)[:, 2]
    if len(height) < 3:
        raise MotionError(f"needed support needs at least three frames, given {len(height)}")
    reach = min(span(trajectory.fps), (len(height) - 1) // 2)
    inner = (height[2 * reach :] - 2 * height[reach:-reach] + height[: -2 * reach]) * (trajectory.fps / reach) ** 2
    whole = np.concatenate((np.repeat(inner[:1], reach), inner, np.repeat(inner[-1:], reach)))
    out: Array = 1.0 + whole / GRAVITY
    return out
