"""How close a motion is to the recording it was made from, scaled to this body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS
from kinesis_env.typing import Array

__all__ = ["FitTarget", "measure_angles", "measure_fit"]


#: Lower bound of the speed of the fastest joint in a file [rad/s], for files without motion.
_SLOWEST = 0.1
#: Limbs as pairs of tracked bodies: shanks, feet; thighs begin at the hips.
_LIMBS = ((1, 3), (2, 4), (3, 5), (4, 6))


@dataclass(frozen=True, eq=False)
class FitTarget:
    """The recorded person with this body's segments.

    Attributes:
        bodies: target positions of the tracked bodies (T, 7, 3) [m].
        ground: height of the ground under the feet (T,) [m], scaled to this body.
    """

    bodies: Array
    ground: Array


def measure_fit(qpos: Array, target: FitTarget) -> dict[str, float]:
    """Return the figures of the fit.

    ``error_mean`` and ``error_worst`` [mm]: distance of the tracked bodies from their targets, mean and 99th
    percentile; ``direction_error`` [deg]: mean angle between the limbs (thighs, shanks, feet) of both; ``ground_range``
    [m]: range of the height of the ground in the recording.
    """
    tree = skeleton()
    poses = tree.poses(qpos)
    bodies = poses.pos[:, tree.tracked]
    distance = np.linalg.norm(bodies - target.bodies, axis=-1)
    hips = [next(link.parent for link in tree.links if link.body == body) for body in tree.tracked[1:3]]
    ours = [bodies[:, 1 + side] - poses.pos[:, hip] for side, hip in enumerate(hips)]
    middle = poses.pos[:, hips] - poses.pos[:, [tree.root]]
    theirs = [target.bodies[:, 1 + side] - target.bodies[:, 0] - middle[:, side] for side in range(2)]
    for upper, lower in _LIMBS:
        ours.append(bodies[:, lower] - bodies[:, upper])
        theirs.append(target.bodies[:, lower] - target.bodies[:, upper])
    angles = [_angle(a, b) for a, b in zip(ours, theirs, strict=True)]
    return {
        "error_mean": float(1000 * distance.mean()),
        "error_worst": float(1000 * distance.max()),
        "direction_error": float(np.rad2deg(np.mean(angles))),
        "ground_range": float(np.ptp(target.ground)),
    }


def measure_angles(qpos: Array, recorded: Array, fps: float) -> dict[str, float]:
    """Return how much the angles of a motion differ from those in the file.

    ``angle_worst`` and ``angle_median`` [deg]: largest and median difference of hips, knees, ankles and subtalar
    joints; ``speed_ratio``: speed of the fastest of these, from frame to frame, over that of the fastest in the file.

    Args:
        qpos: the motion (T, 21).
        recorded: the angles of the file at the same times (T, 14) [rad]; they are clipped to the ranges of the joints.
        fps: frames per second.
    """
    legs = [column for column, name in enumerate(JOINTS) if not name.startswith("mtp")]
    low, high = skeleton().ranges[legs].T
    ours, theirs = qpos[:, 7:][:, legs], np.clip(recorded[:, legs], low, high)
    off = np.rad2deg(np.abs(ours - theirs))
    fastest, known = (float(np.abs(np.diff(angles, axis=0)).max()) * fps for angles in (ours, theirs))
    return {
        "angle_worst": float(off.max()),
        "angle_median": float(np.median(off)),
        "speed_ratio": fastest / max(known, _SLOWEST),
    }


def _angle(a: Array, b: Array) -> Array:
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    out: Array = np.arctan2(across, np.einsum("ti,ti->t", a, b))
    return out
