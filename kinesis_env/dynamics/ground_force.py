"""Ground reaction force that best explains a motion, without force plates, and the residual it leaves.

Every frame is a non-negative least squares problem: forces at 8 points of each sole, inside a friction pyramid, that
provide the force and moment that the motion requires at the root. Forces at points that are high above the ground or
that slide are penalized. What no such force can provide is the root residual, which has no physical source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.dynamics.inverse import generalized_forces
from kinesis_env.dynamics.trajectory import Trajectory, accelerations
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.sole import sole_jacobians, sole_points
from kinesis_env.typing import Array

__all__ = ["FRICTION", "GroundForce", "estimate_ground_force"]


#: Friction coefficient: largest ratio of horizontal to vertical force along each edge of the pyramid.
FRICTION = 0.8
#: Edges of the pyramid; every force is a sum of them with non-negative weights.
_EDGES = np.array([[FRICTION, 0.0, 1.0], [-FRICTION, 0.0, 1.0], [0.0, FRICTION, 1.0], [0.0, -FRICTION, 1.0]])
#: Residuals at the root of equal cost [N], [N m]: the ratio is a lever arm of two meters, so that the force is nearly
#: matched and what is missing appears as a moment.
_FORCE, _MOMENT = 0.5, 1.0
#: Height above the ground [m] and speed [m/s] beyond which forces at a point are penalized more.
_HEIGHT, _SPEED = 0.02, 0.07
#: Cost of a newton at a point at rest on the ground, and its growth with height and speed.
_COST, _GROWTH = 0.0005, 0.05


@dataclass(frozen=True, eq=False)
class GroundForce:
    """The best ground force of a motion, frame by frame.

    Attributes:
        force: on the right and the left foot in the world (T, 2, 3) [N].
        center_of_pressure: (T, 2, 3) [m], NaN where a foot carries less than 5 N.
        points: the points of the soles (T, 16, 3) [m], right foot first.
        point_force: on each of them (T, 16, 3) [N].
        joint_moment: moments that remain for the 14 hinges (T, 14) [N m].
        root_residual: residual at the root (T, 6): force in the world frame [N], and moment about the origin of the
            pelvis in the axes of the pelvis [N m]: roll, pitch, yaw.
    """

    force: Array
    center_of_pressure: Array
    points: Array
    point_force: Array
    joint_moment: Array
    root_residual: Array


def estimate_ground_force(trajectory: Trajectory, belt: ArrayLike | None = None, *, every: int = 1) -> GroundForce:
    """Return the ground force that best explains a motion.

    Args:
        trajectory: the motion; the ground is the plane z = 0.
        belt: velocity of the ground (3,) [m/s]; zero by default.
        every: use every n-th frame only; T is then the number of frames used.

    Raises:
        MotionError: fewer than three frames.
    """
    from scipy.optimize import nnls  # noqa: PLC0415  (slow to load)

    wanted = generalized_forces(trajectory, accelerations(trajectory), every=every)
    poses = skeleton().poses(trajectory.qpos)
    points = sole_points(poses)
    cost = _costs(points, trajectory.fps, np.zeros(3) if belt is None else np.asarray(belt, dtype=np.float64))[::every]
    points, poses = points[::every], poses.every(every)
    jacobian = sole_jacobians(poses, points)
    weight = 1.0 / np.repeat([_FORCE, _MOMENT], 3)
    frames, count = points.shape[:2]
    # Columns of the problem: generalized force at the root of each edge at each point.
    columns = np.einsum("tpij,ei->tjpe", jacobian[..., :6], _EDGES).reshape(frames, 6, -1) * weight[:, None]
    edge_cost = np.repeat(cost, len(_EDGES), axis=1)
    size = count * len(_EDGES)
    system, right = np.zeros((6 + size, size)), np.zeros(6 + size)
    diagonal = np.arange(size)
    force = np.empty((frames, count, 3))
    for frame in range(frames):
        system[:6], right[:6] = columns[frame], wanted[frame, :6] * weight
        system[6 + diagonal, diagonal] = edge_cost[frame]
        shares, _ = nnls(system, right, maxiter=30 * size)
        force[frame] = shares.reshape(count, -1) @ _EDGES
    left = wanted - np.einsum("tpij,tpi->tj", jacobian, force)
    feet = force.reshape(frames, 2, -1, 3)
    return GroundForce(
        force=feet.sum(axis=2),
        center_of_pressure=_center_of_pressure(points.reshape(frames, 2, -1, 3), feet),
        points=points,
        point_force=force,
        joint_moment=left[:, 6:],
        root_residual=left[:, :6],
    )


def _costs(points: Array, fps: float, belt: Array) -> Array:
    """Return the cost of a newton at each point (T, 16): small at rest on the ground, large above it or sliding."""
    velocity = np.gradient(points, axis=0) * fps - belt
    speed = np.linalg.norm(velocity, axis=-1)
    height = np.maximum(points[..., 2], 0.0)
    beyond = np.maximum(height / _HEIGHT - 1.0, 0.0) + np.maximum(speed / _SPEED - 1.0, 0.0)
    out: Array = _COST + _GROWTH * beyond**3
    return out


def _center_of_pressure(points: Array, force: Array) -> Array:
    up = force[..., 2]
    total = up.sum(axis=2)
    place = (points * up[..., None]).sum(axis=2) / np.maximum(total, 1e-9)[..., None]
    place[..., 2] = 0.0
    out: Array = np.where(total[..., None] < 5.0, np.nan, place)
    return out
