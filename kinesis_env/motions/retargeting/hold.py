"""Standing feet are held: what they still slide once the legs are solved is taken out of the poses."""

from __future__ import annotations

import numpy as np

from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.ik import BodyTarget, solve
from kinesis_env.motions.retargeting.contact import runs
from kinesis_env.motions.retargeting.ground import Soles, soles
from kinesis_env.motions.retargeting.planting import carry, still
from kinesis_env.typing import Array, Mask

__all__ = ["hold"]


#: A spot of the sole this far above the lowest one of its foot carries less [m].
_CARRIES = 0.004
#: What a foot slides in longer than this is the recording's, and let be [s].
_SLOWLY = 0.06
#: Costs of a metre of an ankle, of a radian of its foot, and of a radian of a hinge, all squared.
_ANKLE, _FOOT, _HINGE = 1e5, 300.0, 300.0


def hold(qpos: Array, standing: Mask, fps: float) -> Array:
    """Return qpos (T, 21) with the legs moved so that feet that stand (T, 2) do not slide to and fro.

    Args:
        qpos: with the feet about where they should be.
        standing: when each foot stands, right first.
        fps: frames per second.
    """
    if not standing.any():
        return qpos
    tree = skeleton()
    poses, under = tree.poses(qpos), soles(qpos)
    targets = []
    for side in range(2):
        ankle, hind = int(tree.tracked[3 + side]), tree.feet[side][0].body
        place = poses.pos[:, ankle].copy()
        place[:, :2] += _back(_slides(under, side), standing[:, side], fps)
        targets += [
            BodyTarget(ankle, place, pos_weight=_ANKLE),
            BodyTarget(hind, poses.pos[:, hind], poses.quat[:, hind], pos_weight=0.0, quat_weight=_FOOT),
        ]
    return solve(qpos, targets, rest_weight=_HINGE, iterations=2)


def _slides(under: Soles, side: int) -> Array:
    """Return how far the lowest spots of a foot have slid since the first frame (T, 2) [m]."""
    half = under.bottom.shape[1] // 2
    part = slice(side * half, (side + 1) * half)
    bottom = np.maximum(under.bottom[1:, part], under.bottom[:-1, part])
    weights = np.exp(-(((bottom - bottom.min(axis=1, keepdims=True)) / _CARRIES) ** 2))[..., None]
    steps = (weights * np.diff(under.points[:, part, :2], axis=0)).sum(axis=1) / weights.sum(axis=1)
    return np.concatenate((np.zeros((1, 2)), np.cumsum(steps, axis=0)))


def _back(slid: Array, standing: Mask, fps: float) -> Array:
    """Return the way (T, 2) that takes slides (T, 2) of a foot back while it stands, forgotten in between."""
    moved = np.zeros_like(slid)
    stands = runs(standing)
    for first, stop in stands:
        moved[first:stop] = still(slid[first:stop], fps, _SLOWLY) - slid[first:stop]
    carry(moved, stands, fps)
    return moved
