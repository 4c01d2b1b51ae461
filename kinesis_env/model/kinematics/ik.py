"""Inverse kinematics of many poses at once: damped least squares on the hinges, inside their ranges.

The root is given; the hinges are moved until bodies meet their targets, staying near a rest pose where the targets
leave a choice. Every pose is solved independently, all in the same array operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import Poses, skeleton
from kinesis_env.model.names import JOINTS
from kinesis_env.typing import Array

__all__ = ["BodyTarget", "solve"]


#: Largest change of a hinge in one iteration [rad].
_LONGEST_STEP = 0.3


@dataclass(frozen=True)
class BodyTarget:
    """The target of a body in each pose.

    Attributes:
        body: id of the body.
        pos: world position of a point of the body (T, 3) [m].
        quat: world orientation (T, 4), or None for any.
        point: that point in the body's frame (3,) [m].
        pos_weight: cost of a meter, squared; one for all poses or one per pose (T,).
        quat_weight: cost of a radian, squared; like ``pos_weight``.
    """

    body: int
    pos: Array
    quat: Array | None = None
    point: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pos_weight: float | Array = 1e4
    quat_weight: float | Array = 1e2


def solve(
    qpos: ArrayLike,
    targets: Sequence[BodyTarget],
    *,
    rest_weight: ArrayLike = 0.1,
    iterations: int = 25,
    damping: float = 1e-3,
) -> Array:
    """Return qpos (T, 21) with hinges moved so that bodies meet their targets.

    Args:
        qpos: the start and the rest pose (T, 21); its root is kept.
        targets: targets of bodies; hinges that lead to no target keep their angles.
        rest_weight: cost of a radian away from the rest pose, squared; a number or one per hinge (14,).
        iterations: number of Gauss-Newton iterations.
        damping: added to the diagonal.
    """
    out = np.array(qpos, dtype=np.float64)
    rest = out[:, 7:].copy()
    low, high = skeleton().ranges.T
    diagonal = np.broadcast_to(np.asarray(rest_weight, dtype=np.float64), (len(JOINTS),))
    for _ in range(iterations):
        poses = skeleton().poses(out)
        normal = np.zeros((len(out), len(JOINTS), len(JOINTS)))
        normal[:] = np.diag(diagonal + damping)
        right = diagonal * (rest - out[:, 7:])
        for target in targets:
            for jacobian, error, weight in _rows(poses, target):
                weighted = jacobian * np.reshape(weight, (-1, 1, 1))
                normal += np.swapaxes(weighted, 1, 2) @ jacobian
                right += np.einsum("tij,ti->tj", weighted, error)
        step = np.linalg.solve(normal, right[..., None])[..., 0]
        step *= np.minimum(1.0, _LONGEST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-12))[:, None]
        out[:, 7:] = np.clip(out[:, 7:] + step, low, high)
        if float(np.abs(step).max()) < 1e-7:
            break
    return out


def _rows(poses: Poses, target: BodyTarget) -> list[tuple[Array, Array, float | Array]]:
    """Return Jacobian (T, 3, 14), error (T, 3) and weight for position and, if requested, orientation."""
    at = poses.points(target.body, np.array([target.point]))[:, 0]
    chain = list(skeleton().chains[target.body])
    jacobian = np.zeros((len(at), 3, len(JOINTS)))
    lever = at[:, None] - poses.anchors[:, chain]
    jacobian[:, :, chain] = np.swapaxes(np.cross(poses.axes[:, chain], lever), 1, 2)
    rows: list[tuple[Array, Array, float | Array]] = [(jacobian, target.pos - at, target.pos_weight)]
    if target.quat is not None:
        turning = np.zeros_like(jacobian)
        turning[:, :, chain] = np.swapaxes(poses.axes[:, chain], 1, 2)
        missing = rotations.multiply(target.quat, rotations.conjugate(poses.quat[:, target.body]))
        rows.append((turning, rotations.to_rotvec(missing), target.quat_weight))
    return rows
