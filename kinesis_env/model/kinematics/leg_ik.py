"""Inverse kinematics of both legs to given feet: Levenberg-Marquardt on the six joints of each leg, all poses at once.

Legs are solved near their full stretch, where plain least squares overshoot: every pose and side has its own damping, a
step is taken only if it brings the foot closer, and joints at a limit are excluded while they press against it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import Poses, skeleton
from kinesis_env.typing import Array

__all__ = ["solve_legs"]


#: Meters equivalent to an error of one radian of the foot.
_RADIAN = 0.05
#: Smallest knee angle [rad]: below it, the bending direction of a leg is ambiguous.
_LEAST_KNEE = 0.017
_KNEE = 3
#: Damping: initial, smallest and largest value.
_DAMPING, _LEAST, _MOST = 1e-3, 1e-7, 1e2


def solve_legs(
    qpos: ArrayLike, pos: ArrayLike, quat: ArrayLike, *, iterations: int = 20, reserve: float = 0.0
) -> Array:
    """Return qpos (T, 21) with both legs moved so that the heel bones reach their targets.

    Args:
        qpos: the start (T, 21); its root and its toes are kept.
        pos: target positions of the right and the left heel bone (2, T, 3) [m].
        quat: target orientations (2, T, 4), wxyz.
        iterations: maximum number of iterations.
        reserve: fraction of the range of each hinge left unused at its limits.
    """
    out = np.array(qpos, dtype=np.float64)
    goal = np.moveaxis(np.asarray(pos, dtype=np.float64), 0, 1), np.moveaxis(np.asarray(quat, dtype=np.float64), 0, 1)
    columns = np.array([[7 + hinge for hinge in skeleton().chains[foot[0].body]] for foot in skeleton().feet])
    low, high = np.moveaxis(skeleton().ranges[columns - 7], -1, 0).copy()
    low, high = (1 - reserve) * low, (1 - reserve) * high
    low[:, _KNEE] = _LEAST_KNEE
    angles = np.clip(out[:, columns], low, high)
    out[:, columns] = angles
    error, jacobian = _errors(skeleton().poses(out), goal, columns - 7)
    cost = (error**2).sum(axis=-1)
    damping = np.full(cost.shape, _DAMPING)
    identity = np.eye(6)
    for _ in range(iterations):
        push = np.einsum("tsij,tsi->tsj", jacobian, error)
        stuck = ((angles <= low) & (push < 0)) | ((angles >= high) & (push > 0))
        free = ~stuck
        normal = np.swapaxes(jacobian, -1, -2) @ jacobian
        normal = normal * (free[..., :, None] & free[..., None, :]) + stuck[..., None] * identity
        normal += (damping[..., None] * (np.einsum("tsjj->tsj", normal) + 1e-4))[..., None] * identity
        step = np.linalg.solve(normal, np.where(stuck, 0.0, push)[..., None])[..., 0]
        tried = np.clip(angles + step, low, high)
        out[:, columns] = tried
        error_new, jacobian_new = _errors(skeleton().poses(out), goal, columns - 7)
        cost_new = (error_new**2).sum(axis=-1)
        better = cost_new < cost
        moved = np.where(better, np.abs(tried - angles).max(axis=-1), 0.0)
        angles = np.where(better[..., None], tried, angles)
        error = np.where(better[..., None], error_new, error)
        jacobian = np.where(better[..., None, None], jacobian_new, jacobian)
        cost = np.where(better, cost_new, cost)
        damping = np.clip(np.where(better, damping * 0.2, damping * 5.0), _LEAST, _MOST)
        if float(moved.max()) < 1e-7 and bool((better | (damping >= 1.0) | (cost < 1e-14)).all()):
            break
    out[:, columns] = angles
    return out


def _errors(poses: Poses, goal: tuple[Array, Array], hinges: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return the error to the goal (T, 2, 6) and its Jacobian (T, 2, 6, 6): position, then rotation, in meters."""
    feet = [foot[0].body for foot in skeleton().feet]
    at = poses.pos[:, feet]
    missing = rotations.to_rotvec(rotations.multiply(goal[1], rotations.conjugate(poses.quat[:, feet])))
    error = np.concatenate((goal[0] - at, _RADIAN * missing), axis=-1)
    axes, anchors = poses.axes[:, hinges], poses.anchors[:, hinges]
    moving = np.cross(axes, at[:, :, None] - anchors)
    jacobian = np.concatenate((moving, _RADIAN * axes), axis=-1)
    return error, np.swapaxes(jacobian, -1, -2)
