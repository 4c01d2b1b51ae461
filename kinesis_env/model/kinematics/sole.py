"""The contact points of a foot, and their Jacobians."""

from __future__ import annotations

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import Poses, skeleton
from kinesis_env.model.names import NV
from kinesis_env.typing import Array

__all__ = ["SOLE_POINTS", "sole_jacobians", "sole_points"]


#: Points of each sole: the lowest spots of both ends of its four contact capsules.
SOLE_POINTS = 8


def sole_points(poses: Poses) -> Array:
    """Return the lowest spots of the ends of the contact capsules (T, 16, 3) [m], right foot first."""
    found = []
    for side in (0, 1):
        ends, radii = skeleton().sole(poses, side)
        found.append(ends - radii[:, None] * np.array([0.0, 0.0, 1.0]))
    return np.concatenate(found, axis=1)


def sole_jacobians(poses: Poses, points: Array) -> Array:
    """Return the Jacobians (T, 16, 3, 20) of points of the soles (T, 16, 3) with respect to qvel."""
    tree = skeleton()
    out = np.zeros((*points.shape, NV))
    out[..., :3] = np.eye(3)
    axes = rotations.to_matrix(poses.quat[:, tree.root])
    lever = points - poses.pos[:, tree.root, None]
    for k in range(3):
        out[..., 3 + k] = np.cross(axes[:, None, :, k], lever)
    bodies = [capsule.body for side in (0, 1) for capsule in tree.feet[side] for _ in range(2)]
    for point, body in enumerate(bodies):
        for hinge in tree.chains[body]:
            arm = points[:, point] - poses.anchors[:, hinge]
            out[:, point, :, 6 + hinge] = np.cross(poses.axes[:, hinge], arm)
    return out
