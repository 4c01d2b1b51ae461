"""Batched rotations: quaternions are wxyz, and every function works on arrays with any leading axes.

Property-tested against :class:`scipy.spatial.transform.Rotation`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.typing import Array

__all__ = [
    "conjugate",
    "from_matrix",
    "from_rotvec",
    "from_yaw",
    "heading",
    "multiply",
    "normalize",
    "roll_pitch",
    "rotate",
    "slerp",
    "to_matrix",
    "to_rotvec",
    "turned",
    "velocity_at",
]


#: Maps the nine products of two vectors' components to their cross product, (9, 3).
_CROSS = np.cross(np.eye(3)[:, None], np.eye(3)[None]).reshape(9, 3)
_CONJUGATE = np.array([1.0, -1.0, -1.0, -1.0])


def normalize(quat: ArrayLike) -> Array:
    """Return unit quaternions (..., 4)."""
    given = np.asarray(quat, dtype=np.float64)
    unit: Array = given / np.linalg.norm(given, axis=-1, keepdims=True)
    return unit


def conjugate(quat: ArrayLike) -> Array:
    """Return the inverse rotations of unit quaternions (..., 4)."""
    out: Array = np.asarray(quat, dtype=np.float64) * _CONJUGATE
    return out


def multiply(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the products ``a b`` of quaternions (..., 4): rotate by ``b`` first, then by ``a``."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    aw, ax, ay, az = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bw, bx, by, bz = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    real = aw * bw - ax * bx - ay * by - az * bz
    out = np.empty((*real.shape, 4))
    out[..., 0] = real
    out[..., 1] = aw * bx + ax * bw + ay * bz - az * by
    out[..., 2] = aw * by - ax * bz + ay * bw + az * bx
    out[..., 3] = aw * bz + ax * by - ay * bx + az * bw
    return out


def rotate(quat: ArrayLike, vector: ArrayLike) -> Array:
    """Return vectors (..., 3) rotated by unit quaternions (..., 4)."""
    quat = np.asarray(quat, dtype=np.float64)
    vector = np.asarray(vector, dtype=np.float64)
    # Written out, bit for bit the same as np.cross, which spends more time on shapes than on numbers.
    w, x, y, z = quat[..., 0], quat[..., 1], quat[..., 2], quat[..., 3]
    a, b, c = vector[..., 0], vector[..., 1], vector[..., 2]
    p, q, r = 2.0 * (y * c - z * b), 2.0 * (z * a - x * c), 2.0 * (x * b - y * a)
    first = a + w * p + (y * r - z * q)
    out = np.empty((*first.shape, 3))
    out[..., 0] = first
    out[..., 1] = b + w * q + (z * p - x * r)
    out[..., 2] = c + w * r + (x * q - y * p)
    return out


def to_matrix(quat: ArrayLike) -> Array:
    """Return rotation matrices (..., 3, 3) of unit quaternions (..., 4)."""
    w, x, y, z = np.moveaxis(np.asarray(quat, dtype=np.float64), -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def from_matrix(matrix: ArrayLike) -> Array:
    """Return unit quaternions (..., 4), w >= 0, of rotation matrices (..., 3, 3)."""
    m = np.asarray(matrix, dtype=np.float64)
    diagonal = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    trace = diagonal[0] + diagonal[1] + diagonal[2]
    # Four ways to write 4 q q^T, one row each; the row with the largest diagonal is the well-conditioned one.
    rows = np.empty((*m.shape[:-2], 4, 4))
    rows[..., 0, 0] = 1 + trace
    for i in range(3):
        rows[..., i + 1, i + 1] = 1 + 2 * diagonal[i] - trace
    for i, j, k in ((1, 2, 3), (2, 3, 1), (3, 1, 2)):
        rows[..., 0, i] = rows[..., i, 0] = m[..., k - 1, j - 1] - m[..., j - 1, k - 1]
        rows[..., i, j] = rows[..., j, i] = m[..., j - 1, i - 1] + m[..., i - 1, j - 1]
    best = np.argmax(np.diagonal(rows, axis1=-2, axis2=-1), axis=-1)
    quat = np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :]
    return normalize(np.where(quat[..., :1] < 0, -quat, quat))


def from_rotvec(rotvec: ArrayLike) -> Array:
    """Return unit quaternions (..., 4) of rotation vectors (..., 3) [rad]."""
    rotvec = np.asarray(rotvec, dtype=np.float64)
    half = 0.5 * np.linalg.norm(rotvec, axis=-1, keepdims=True)
    return np.concatenate((np.cos(half), 0.5 * rotvec * np.sinc(half / np.pi)), axis=-1)


def to_rotvec(quat: ArrayLike) -> Array:
    """Return the shortest rotation vectors (..., 3) [rad] of unit quaternions (..., 4)."""
    quat = np.asarray(quat, dtype=np.float64)
    quat = np.where(quat[..., :1] < 0, -quat, quat)
    sine = np.linalg.norm(quat[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, quat[..., :1])
    small = sine < 1e-9
    return quat[..., 1:] * np.where(small, 2.0, angle / np.where(small, 1.0, sine))


def from_yaw(yaw: ArrayLike) -> Array:
    """Return unit quaternions (..., 4) of rotations about the vertical [rad]."""
    half = 0.5 * np.asarray(yaw, dtype=np.float64)
    zero = np.zeros_like(half)
    return np.stack((np.cos(half), zero, zero, np.sin(half)), axis=-1)


def turned(x: Array, y: Array, cos: Array, sin: Array) -> tuple[Array, Array]:
    """Rotate horizontal vectors about the vertical by angles given as cosine and sine; a negative sine rotates back."""
    return cos * x - sin * y, sin * x + cos * y


def heading(quat: ArrayLike) -> Array:
    """Return the heading (...) [rad] of unit quaternions (..., 4): the yaw of the body's forward axis."""
    w, x, y, z = np.moveaxis(np.asarray(quat, dtype=np.float64), -1, 0)
    yaw: Array = np.arctan2(2 * (x * y + w * z), 1 - 2 * (y * y + z * z))
    return yaw


def roll_pitch(quat: ArrayLike) -> tuple[Array, Array]:
    """Return roll and pitch (...) [rad] of unit quaternions (..., 4), in the order yaw, pitch, roll."""
    w, x, y, z = np.moveaxis(np.asarray(quat, dtype=np.float64), -1, 0)
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    return roll, np.arcsin(np.clip(2 * (w * y - z * x), -1.0, 1.0))


def slerp(start: ArrayLike, end: ArrayLike, fraction: ArrayLike) -> Array:
    """Return unit quaternions (..., 4) between ``start`` and ``end`` on the shortest arc.

    Args:
        start: unit quaternions (..., 4).
        end: unit quaternions (..., 4).
        fraction: (...), 0 gives ``start`` and 1 gives ``end``.
    """
    start = np.asarray(start, dtype=np.float64)
    step = to_rotvec(multiply(conjugate(start), end))
    return multiply(start, from_rotvec(np.asarray(fraction, dtype=np.float64)[..., None] * step))


def velocity_at(spatial: Array, arm: Array) -> tuple[Array, Array]:
    """Return linear [m/s] and angular [rad/s] velocities (..., 3) of points of moving bodies.

    Args:
        spatial: angular, then linear velocities of the bodies about a center, as MuJoCo's ``cvel`` (..., 6).
        arm: from the center to the points [m], (..., 3).
    """
    angular: Array = spatial[..., :3].copy()
    products = (angular[..., :, None] * arm[..., None, :]).reshape(*angular.shape[:-1], 9)
    linear: Array = products @ _CROSS
    linear += spatial[..., 3:]
    return linear, angular
