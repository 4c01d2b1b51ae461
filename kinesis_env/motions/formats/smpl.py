"""The skeleton of the SMPL family of body models: order of the joints, and the mean shape at rest.

Joint centers only, as numbers; no body model is needed. SMPL, SMPL-H and SMPL-X share the first 22 joints.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import MotionFormatError
from kinesis_env.files import read_text
from kinesis_env.motions import archive
from kinesis_env.motions.recording import LANDMARKS
from kinesis_env.typing import Array

__all__ = ["LANDMARK_JOINTS", "RestJoints", "SmplSkeleton", "mean_shape", "read_rest_joints"]

#: Positions of the joints at rest [m], one (x, y, z) each; hashable, so that options are hashable.
RestJoints: TypeAlias = tuple[tuple[float, float, float], ...]

#: Index of each of :data:`~kinesis_env.motions.recording.LANDMARKS` among the 22 joints.
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


#: Maximum number of joints of a body model.
_MOST_JOINTS = 1000


@dataclass(frozen=True)
class SmplSkeleton:
    """Joints and their positions at rest.

    Attributes:
        joints: names of the 22 joints.
        parents: index of each joint's parent, -1 for the pelvis.
        rest: positions at rest (22, 3) [m] relative to the pelvis, in the axes of the model: x left, y up, z forward.
    """

    joints: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Array

    @property
    def standing(self) -> Array:
        """The landmarks at rest (10, 3) [m], x forward, z up."""
        return self.rest[_ORDER][:, [2, 0, 1]]

    def landmarks(self, rotvec: Array, root: Array) -> Array:
        """Return the landmarks (T, 10, 3) [m] for rotation vectors of the joints and positions of the pelvis.

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


def read_rest_joints(path: str | os.PathLike[str]) -> RestJoints:
    """Read a person's rest joints: the joints of a body model with the person's shape and all rotations zero.

    Args:
        path: an ``.npy`` array (J, 3), or a text file with three columns (numbers only, or under a header that names
            the columns x, y and z): x left, y up, z forward [m], J >= 22, in SMPL's order.

    Raises:
        MotionFormatError: the file cannot be read, or holds anything else.
    """
    where = str(path)
    try:
        if Path(path).suffix.lower() == ".npy":
            shape, dtype, _ = archive.npy_header(Path(path))
            if dtype.kind not in "fiu" or len(shape) != 2 or max(shape) > _MOST_JOINTS:
                raise MotionFormatError(f"{where}: rest joints must be numbers (J, 3), given {dtype} {shape}")
            rest = archive.read_array(path).astype(np.float64)
        else:
            lines = read_text(path, 100_000, MotionFormatError).strip().splitlines()
            rest = _columns([line.replace(",", " ").split() for line in lines if line.strip()], where)
    except (OSError, ValueError) as error:
        raise MotionFormatError(f"{where}: not rest joints ({error})") from error
    if rest.ndim != 2 or rest.shape[1] != 3 or len(rest) < len(mean_shape().joints) or not np.isfinite(rest).all():
        least = len(mean_shape().joints)
        raise MotionFormatError(
            f"{where}: rest joints must be finite, of shape (J, 3), J >= {least}, given {rest.shape}"
        )
    return tuple((float(x), float(y), float(z)) for x, y, z in rest)


def _columns(rows: list[list[str]], where: str) -> Array:
    """Return the columns x, y and z, named in the first row, or the only three."""
    if not rows:
        raise MotionFormatError(f"{where}: the file is empty")
    header = [name.lower() for name in rows[0]]
    if {"x", "y", "z"} <= set(header):
        picked = [header.index(axis) for axis in "xyz"]
        return np.array([[float(row[column]) for column in picked] for row in rows[1:] if len(row) == len(header)])
    return np.array([[float(value) for value in row] for row in rows])
