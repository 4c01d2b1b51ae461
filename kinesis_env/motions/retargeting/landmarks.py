"""The landmarks of a recording on this body."""

from __future__ import annotations

import numpy as np

from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.typing import Array

__all__ = ["landmarks_of"]

#: Lowest joint of the spine and base of the neck, in the axes of the pelvis of the default body [m].
_TRUNK = ((-0.056, 0.0, 0.05), (-0.056, 0.0, 0.45))


def landmarks_of(qpos: Array) -> Array:
    """Return the landmarks (T, 10, 3) [m] of poses (T, 21), in the order of ``LANDMARKS``.

    They are the joint centers of the legs, the balls of the feet, and two points of the trunk, which is rigid.
    """
    tree = skeleton()
    poses = tree.poses(qpos)
    parents = {link.body: link.parent for link in tree.links}
    legs = []
    for side in range(2):
        knee, ankle, toe = (int(tree.tracked[1 + 2 * part + side]) for part in range(3))
        legs += [parents[knee], knee, ankle, toe]
    out: Array = np.concatenate((poses.pos[:, legs], poses.points(tree.root, _TRUNK)), axis=1)
    return out
