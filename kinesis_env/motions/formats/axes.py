"""Detection of the vertical axis and the unit of length in files that do not specify them."""

from __future__ import annotations

import numpy as np

from kinesis_env.motions.recording import LANDMARKS
from kinesis_env.typing import Array

__all__ = ["TO_Z_UP", "UNITS", "leg_length", "unit_of", "upright"]


#: Length of a unit [m] by name. A unit of the CMU motion capture database is an inch divided by 0.45.
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "CMU unit": 0.0254 / 0.45}
#: Length of an adult's leg from hip to ankle [m]: 0.245 + 0.246 of a height of 1.68 m (Winter, Biomechanics and Motor
#: Control of Human Movement).
_LEG = 0.82
#: A unit is recognized if the leg is within this factor of an adult's; units differ by 2.2 or more.
_SURE = 1.45

#: Rotation matrix that brings each upward axis to z: right-handed, and a forward z or x axis to x.
TO_Z_UP: dict[str, Array] = {
    "+y": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    "-y": np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]),
    "+z": np.eye(3),
    "-z": np.diag([1.0, -1.0, -1.0]),
    "+x": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
    "-x": np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]]),
}

#: Cosine of the lean of an upright person, and the fraction of frames that counts as "at times".
_UPRIGHT, _AT_TIMES = 0.8, 0.05
#: A lying person moves the hips by no more than this [m].
_STAYS = 0.5
#: Largest height of the lowest joint above a ground at zero [m]: SMPL's path is of a point 0.23 m above the pelvis.
_LOWEST = (-0.05, 0.35)

_LEGS = [[LANDMARKS.index(f"{part}_{side}") for part in ("hip", "knee", "ankle")] for side in "rl"]
_HIPS = [LANDMARKS.index("hip_r"), LANDMARKS.index("hip_l")]
_ANKLES = [LANDMARKS.index("ankle_r"), LANDMARKS.index("ankle_l")]
_NECK = LANDMARKS.index("neck")


def leg_length(points: Array) -> float:
    """Return the mean length from hip over knee to ankle of points (..., 10, 3), in their unit."""
    total = 0.0
    for hip, knee, ankle in _LEGS:
        thigh = np.linalg.norm(points[..., knee, :] - points[..., hip, :], axis=-1)
        shank = np.linalg.norm(points[..., ankle, :] - points[..., knee, :], axis=-1)
        total += 0.5 * float(np.median(thigh + shank))
    return total


def unit_of(points: Array) -> tuple[float, str]:
    """Return the length of the unit of points (..., 10, 3) in meters, and a sentence about it.

    The unit is the known one that makes the legs closest to an adult's; if none comes close, the legs are scaled to an
    adult's.
    """
    length = leg_length(points)
    name = min(UNITS, key=lambda key: abs(np.log(length * UNITS[key] / _LEG)))
    meters = length * UNITS[name]
    if max(meters / _LEG, _LEG / meters) > _SURE:
        return _LEG / length, f"unit not recognized (legs of {length:.3g}): scaled to legs of {_LEG} m"
    return UNITS[name], f"lengths are in {name} (legs of {meters:.2f} m)"


def upright(points: Array, usual: str | None = None) -> tuple[str, Array]:
    """Return the axis that points up ("+y", "+z", ...) and the matrix (3, 3) that turns it to z.

    Up is the direction from the feet to the neck, on average, unless the person lies on the ground.

    Args:
        points: (T, 10, 3) [m].
        usual: the vertical axis of most files of this kind, or None.
    """
    feet, hips = points[:, _ANKLES].mean(axis=1), points[:, _HIPS].mean(axis=1)
    rise = np.stack((points[:, _NECK] - hips, hips - feet))
    rise /= np.maximum(np.linalg.norm(rise, axis=-1, keepdims=True), 1e-9)
    mean = rise.mean(axis=(0, 1))
    axis = int(np.abs(mean).argmax())
    name = f"{'+' if mean[axis] > 0 else '-'}{'xyz'[axis]}"
    if usual is not None and usual[1] != name[1]:
        # At times upright along the usual axis, at times not: a person who gets up or lies down.
        stands = (rise.mean(axis=0) @ TO_Z_UP[usual].T)[:, 2] > _UPRIGHT
        if stands.mean() > _AT_TIMES or _lies(points @ TO_Z_UP[usual].T, points @ TO_Z_UP[name].T):
            name = usual
    return name, TO_Z_UP[name]


def _lies(usual: Array, along: Array) -> bool:
    """Return whether the person lies on the ground, rather than stands in a file with another vertical axis.

    A lying person stays at one height. Also, the ground is likely to be at zero; if that does not decide, a lying
    person does not travel.

    Args:
        usual: points (T, 10, 3) [m], the usual axis up.
        along: the same points, the axis from feet to neck up.
    """
    hips = usual[:, _HIPS].mean(axis=1)
    if float(np.ptp(hips[:, 2])) > _STAYS:
        return False
    lies, stands = (_LOWEST[0] < float(np.percentile(p[..., 2].min(axis=1), 5)) < _LOWEST[1] for p in (usual, along))
    return lies if lies != stands else float(np.ptp(hips[:, :2], axis=0).max()) < _STAYS
