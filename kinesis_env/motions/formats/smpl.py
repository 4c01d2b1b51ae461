"""The skeleton of the SMPL family of body models: order of the joints, and the mean shape at rest.

Joint centres only, as figures; no body model is needed. SMPL, SMPL-H and SMPL-X share the first 22 joints.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.motions.recording import LANDMARKS

__all__ = ["LANDMARK_JOINTS", "SmplSkeleton", "mean_shape"]

Array: TypeAlias = NDArray[np.float64]

#: Where each of :data:`~kinesis_env.motions.recording.LANDMARKS` is among the 22 joints.
LANDMARK_JOINTS = {
    "hip_r": 2,
    "knee_r": 5,
    "ankle_r": 8,
    "toe_r": 11,
    "hip_l": 1,
    "knee_l": 4,
    "ankle_l": 7,
    "toe_l": 10,
    "spine": 3,
    "neck": 12,
}
_ORDER = [LANDMARK_JOINTS[name] for name in LANDMARKS]


@dataclass(frozen=True)
class SmplSkeleton:
    """Joints and their places at rest.

    Attributes:
        joints: names of the 22 joints.
        parents: index of each joint's parent, -1 for the pelvis.
        rest: places at rest (22, 3) [m] from the pelvis, in the axes of the model: x left, y up, z forward.
    """

    joints: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Array

    @property
    def standing(self) -> Array:
        """The landmarks at rest (10, 3) [m], x forward, z up."""
        return self.rest[_ORDER][:, [2, 0, 1]]

    def landmarks(self, rotvec: Array, root: Array) -> Array:
        """Return the landmarks (T, 10, 3) [m] for rotation vectors of the joints and places of the pelvis.

        Args:
            rotvec: (T, 22, 3) [rad], each relative to its parent; more joints are ignored.
            root: (T, 3) [m].
        """
        turned: list[Array] = []
        placed: list[Array] = []
        for joint, parent in enumerate(self.parents[: max(_ORDER) + 1]):
            own = rotations.from_rotvec(rotvec[:, joint])
            if parent < 0:
                turned.append(own)
                placed.append(root)
                continue
            turned.append(rotations.multiply(turned[parent], own))
            offset = self.rest[joint] - self.rest[parent]
            placed.append(placed[parent] + rotations.rotate(turned[parent], offset))
        return np.stack([placed[joint] for joint in _ORDER], axis=1)


@cache
def mean_shape() -> SmplSkeleton:
    """Return the skeleton of the mean shape (all shape parameters zero)."""
    table = resources.files("kinesis_env") / "assets" / "skeletons" / "smpl_mean_shape.csv"
    rows = list(csv.DictReader(table.read_text().splitlines()))
    joints = tuple(row["joint"] for row in rows)
    parents = tuple(joints.index(row["parent"]) if row["parent"] else -1 for row in rows)
    rest = np.zeros((len(rows), 3))
    for i, row in enumerate(rows):
        if parents[i] >= 0:
            rest[i] = rest[parents[i]] + [float(row[axis]) for axis in ("left", "up", "forward")]
    rest.setflags(write=False)
    return SmplSkeleton(joints, parents, rest)
