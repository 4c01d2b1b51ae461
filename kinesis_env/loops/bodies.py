"""Loops over bodies: their poses and velocities, and the same in the frame of the heading."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["body_state", "body_vectors", "posture"]

Array: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def body_state(
    xpos: Array, xmat: Array, cvel: Array, com: Array, first: int, position: Array, matrix: Array, motion: Array
) -> None:
    """Copy the poses of k consecutive bodies, and carry MuJoCo's spatial velocities to the bodies' origins.

    Args:
        xpos: positions of all bodies [m], (n, nbody, 3).
        xmat: their orientations, (n, nbody, 3, 3).
        cvel: their spatial velocities, angular first, about the centre of mass of the tree, (n, nbody, 6).
        com: that centre [m], (n, 3).
        first: id of the first body.
        position: written, (n, k, 3).
        matrix: written, (n, k, 3, 3).
        motion: linear, then angular velocities, written, (2, n, k, 3).
    """
    for row in range(position.shape[0]):
        for i in range(position.shape[1]):
            body = first + i
            for axis in range(3):
                position[row, i, axis] = xpos[row, body, axis]
                motion[1, row, i, axis] = cvel[row, body, axis]
                for other in range(3):
                    matrix[row, i, axis, other] = xmat[row, body, axis, other]
            for axis in range(3):
                after, last = (axis + 1) % 3, (axis + 2) % 3
                product = cvel[row, body, after] * (xpos[row, body, last] - com[row, last])
                product -= cvel[row, body, last] * (xpos[row, body, after] - com[row, after])
                motion[0, row, i, axis] = product + cvel[row, body, 3 + axis]


def body_vectors(position: Array, matrix: Array, motion: Array, cos: Array, sin: Array, out: Array) -> None:
    """Vectors of the bodies in the heading frame: positions, two axes each, linear and angular velocities.

    Args:
        position: (n, k, 3) [m], the pelvis first.
        matrix: (n, k, 3, 3).
        motion: linear, then angular velocities, (2, n, k, 3).
        cos: cosine of the heading, (n,).
        sin: its sine, (n,).
        out: written, (n, 5 k - 1, 3).
    """
    bodies = position.shape[1]
    for row in range(position.shape[0]):
        c, s = cos[row], sin[row]
        at = 0
        for i in range(1, bodies):
            x = position[row, i, 0] - position[row, 0, 0]
            y = position[row, i, 1] - position[row, 0, 1]
            out[row, at, 0], out[row, at, 1] = x * c + y * s, y * c - x * s
            out[row, at, 2] = position[row, i, 2] - position[row, 0, 2]
            at += 1
        for i in range(bodies):
            for column in range(2):
                x, y = matrix[row, i, 0, column], matrix[row, i, 1, column]
                out[row, at, 0], out[row, at, 1] = x * c + y * s, y * c - x * s
                out[row, at, 2] = matrix[row, i, 2, column]
                at += 1
        for kind in range(2):
            for i in range(bodies):
                x, y = motion[kind, row, i, 0], motion[kind, row, i, 1]
                out[row, at, 0], out[row, at, 1] = x * c + y * s, y * c - x * s
                out[row, at, 2] = motion[kind, row, i, 2]
                at += 1


def posture(
    position: Array,
    matrix: Array,
    motion: Array,
    tracked: Ints,
    tracked_position: Array,
    tracked_velocity: Array,
    tilt: Array,
    heading: Array,
    least: float,
) -> None:
    """Pick the tracked bodies, and take the pelvis' tilt and heading from its matrix, as ``BodyState.of``.

    Args:
        position: (n, k, 3) [m], the pelvis first.
        matrix: (n, k, 3, 3).
        motion: linear, then angular velocities, (2, n, k, 3).
        tracked: which bodies are tracked, (7,).
        tracked_position: written, (n, 7, 3).
        tracked_velocity: written, (n, 7, 3).
        tilt: cosine and sine of roll, then of pitch, written, (4, n).
        heading: cosine, then sine of the heading, written, (2, n).
        least: what the cosine of the pitch is at least.
    """
    for row in range(position.shape[0]):
        for i in range(tracked.shape[0]):
            for axis in range(3):
                tracked_position[row, i, axis] = position[row, tracked[i], axis]
                tracked_velocity[row, i, axis] = motion[0, row, tracked[i], axis]
        x, y = matrix[row, 0, 0, 0], matrix[row, 0, 1, 0]
        flat = math.hypot(x, y)
        flat = least if flat < least else flat
        tilt[0, row] = matrix[row, 0, 2, 2] / flat
        tilt[1, row] = matrix[row, 0, 2, 1] / flat
        tilt[2, row] = flat
        tilt[3, row] = -matrix[row, 0, 2, 0]
        heading[0, row], heading[1, row] = x / flat, y / flat
