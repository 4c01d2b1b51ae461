"""Loops over bodies: their poses and velocities, and their part of an observation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinesis_env.typing import Array, Ints

__all__ = ["gather", "observation"]


def gather(
    xpos: Array,
    xmat: Array,
    cvel: Array,
    com: Array,
    first: int,
    tracked: Ints,
    least: float,
    position: Array,
    matrix: Array,
    motion: Array,
    tracked_state: Array,
    tilt: Array,
    heading: Array,
) -> None:
    """Copy the poses of k consecutive bodies, and move velocities to their origins, like ``BodyState.of``.

    Args:
        xpos: positions of all bodies [m], (n, nbody, 3).
        xmat: their orientations, (n, nbody, 3, 3).
        cvel: their spatial velocities, angular first, about the center of mass of the tree, (n, nbody, 6).
        com: center of mass of the tree [m], (n, 3).
        first: id of the first of the k bodies, the pelvis.
        tracked: indices of the tracked bodies among the k, (7,).
        least: lower bound of the cosine of the pitch.
        position: written, (n, k, 3).
        matrix: written, (n, k, 3, 3).
        motion: linear, then angular velocities, written, (2, n, k, 3).
        tracked_state: positions, then linear velocities of the tracked bodies, written, (2, n, 7, 3).
        tilt: cosines, then sines of the pelvis' roll and pitch, written, (2, 2, n).
        heading: cosine, then sine of its heading, written, (2, n).
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
        for i in range(tracked.shape[0]):
            for axis in range(3):
                tracked_state[0, row, i, axis] = position[row, tracked[i], axis]
                tracked_state[1, row, i, axis] = motion[0, row, tracked[i], axis]
        x, y = matrix[row, 0, 0, 0], matrix[row, 0, 1, 0]
        flat = math.hypot(x, y)
        flat = least if flat < least else flat
        tilt[0, 0, row], tilt[1, 0, row] = matrix[row, 0, 2, 2] / flat, matrix[row, 0, 2, 1] / flat
        tilt[0, 1, row], tilt[1, 1, row] = flat, -matrix[row, 0, 2, 0]
        heading[0, row], heading[1, row] = x / flat, y / flat


def observation(
    position: Array,
    matrix: Array,
    motion: Array,
    tracked_state: Array,
    tilt: Array,
    heading: Array,
    contacts: Array,
    ahead_pos: Array,
    ahead_vel: Array,
    place: int,
    out: NDArray[np.float32],
) -> None:
    """Write the output of ``observations.body_terms``, and of ``observations.tracking`` from the column ``place`` on.

    Args:
        position: (n, k, 3) [m], the pelvis first.
        matrix: (n, k, 3, 3).
        motion: linear, then angular velocities, (2, n, k, 3).
        tracked_state: positions, then linear velocities of the tracked bodies, (2, n, 7, 3).
        tilt: cosines, then sines of the pelvis' roll and pitch, (2, 2, n).
        heading: cosine, then sine of its heading, (2, n).
        contacts: contacts of the feet, (n, 4).
        ahead_pos: future positions of the reference [m], (n, frames, 7, 3).
        ahead_vel: future velocities of the reference [m/s], (n, frames, 7, 3).
        place: the first column of the reference part.
        out: written, (n, observation size).
    """

    def put(line: NDArray[np.float32], at: int, x: float, y: float, z: float, c: float, s: float) -> None:
        line[at], line[at + 1], line[at + 2] = x * c + y * s, y * c - x * s, z

    bodies, size = position.shape[1], 3 * ahead_pos.shape[2]
    for row in range(out.shape[0]):
        line = out[row]
        c, s = heading[0, row], heading[1, row]
        root = position[row, 0]
        line[0] = root[2]
        line[1], line[2] = tilt[0, 0, row], tilt[1, 0, row]
        line[3], line[4] = tilt[0, 1, row], tilt[1, 1, row]
        at = 5
        for i in range(1, bodies):
            at_body = position[row, i]
            put(line, at, at_body[0] - root[0], at_body[1] - root[1], at_body[2] - root[2], c, s)
            at += 3
        for i in range(bodies):
            for column in range(2):
                axis = matrix[row, i, :, column]
                put(line, at, axis[0], axis[1], axis[2], c, s)
                at += 3
        for kind in range(2):
            for i in range(bodies):
                velocity = motion[kind, row, i]
                put(line, at, velocity[0], velocity[1], velocity[2], c, s)
                at += 3
        for i in range(contacts.shape[1]):
            line[at + i] = contacts[row, i]
        at = place
        for frame in range(ahead_pos.shape[1]):
            for i in range(ahead_pos.shape[2]):
                there, then = ahead_pos[row, frame, i], ahead_vel[row, frame, i]
                here, now = tracked_state[0, row, i], tracked_state[1, row, i]
                put(line, at, there[0] - here[0], there[1] - here[1], there[2] - here[2], c, s)
                put(line, at + size, then[0] - now[0], then[1] - now[1], then[2] - now[2], c, s)
                put(line, at + 2 * size, there[0] - root[0], there[1] - root[1], there[2] - root[2], c, s)
                at += 3
            at += 2 * size
