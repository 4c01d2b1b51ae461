"""Loops of the following tasks: the reference at a time, the distance from it, and rewards and observations of it."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["closeness", "misfit", "tracking_vectors", "window"]

Array: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def window(
    bodies: Array,
    start: Array,
    elapsed: Ints,
    step: float,
    ahead: Array,
    rate: Array,
    first: Ints,
    last: Array,
    end: Ints,
    out: Array,
) -> None:
    """Stacked frames of a library at the rows' times and after, interpolated, as ``ReferenceClock.window``.

    Args:
        bodies: positions and velocities of the tracked bodies in all frames, (frames, 2, 7, 3).
        start: when the rows started [s], (n,).
        elapsed: their control steps since then, (n,).
        step: seconds per control step.
        ahead: seconds from now, (k,).
        rate: frames per second of their clips, (n, 1).
        first: first frames of their clips, (n, 1).
        last: last frames, counted from the first, (n, 1).
        end: last frames, counted from the library's first, (n, 1).
        out: written, (2, n, k, 7, 3).
    """
    for row in range(start.shape[0]):
        now = start[row] + elapsed[row] * step
        for k in range(ahead.shape[0]):
            place = (now + ahead[k]) * rate[row, 0]
            place = last[row, 0] if place > last[row, 0] else place
            before = int(place)
            part = place - before
            before += first[row, 0]
            after = before + 1 if before < end[row, 0] else end[row, 0]
            for kind in range(bodies.shape[1]):
                for body in range(bodies.shape[2]):
                    for axis in range(3):
                        low = bodies[before, kind, body, axis]
                        out[kind, row, k, body, axis] = low + (bodies[after, kind, body, axis] - low) * part


def misfit(body_pos: Array, reference_pos: Array, out: Array) -> None:
    """Mean and greatest distance of bodies to their reference, as ``terms.terminations.misfit``.

    Args:
        body_pos: (n, k, 3) [m].
        reference_pos: (n, k, 3) [m].
        out: written, (2, n).
    """
    for row in range(body_pos.shape[0]):
        total, greatest = 0.0, 0.0
        for i in range(body_pos.shape[1]):
            x = body_pos[row, i, 0] - reference_pos[row, i, 0]
            y = body_pos[row, i, 1] - reference_pos[row, i, 1]
            z = body_pos[row, i, 2] - reference_pos[row, i, 2]
            distance = math.sqrt((x * x + y * y) + z * z)
            total += distance
            greatest = greatest if distance < greatest else distance
        out[0, row], out[1, row] = total / body_pos.shape[1], greatest


def closeness(
    body_pos: Array,
    reference_pos: Array,
    body_vel: Array,
    reference_vel: Array,
    roll: Array,
    pitch: Array,
    excitation: Array,
    scales: tuple[float, float, float, float],
    out: Array,
) -> None:
    """What the rewards of imitation are exponentials of, as ``terms.rewards.imitation``.

    Sums are made in the order of NumPy's: eight at a time, then in pairs, then what is left.

    Args:
        body_pos: (n, k, 3) [m].
        reference_pos: (n, k, 3) [m].
        body_vel: (n, k, 3) [m/s].
        reference_vel: (n, k, 3) [m/s].
        roll: of the pelvis [rad], (n,).
        pitch: of the pelvis [rad], (n,).
        excitation: (n, steps, muscles).
        scales: of position, velocity, upright and energy.
        out: written, (n, 3 + steps).
    """

    def pairs(p: Array) -> float:
        total: float = ((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7]))
        return total

    steps, muscles, size = excitation.shape[1], excitation.shape[2], 3 * body_pos.shape[1]
    whole, level = size - size % 8, muscles - muscles % 8
    away, faster = np.empty(size), np.empty(size)
    first, second = np.empty(8), np.empty(8)
    for row in range(out.shape[0]):
        for i in range(size):
            away[i] = body_pos[row, i // 3, i % 3] - reference_pos[row, i // 3, i % 3]
            faster[i] = body_vel[row, i // 3, i % 3] - reference_vel[row, i // 3, i % 3]
        first[:], second[:] = 0.0, 0.0
        for i in range(0, whole, 8):
            for k in range(8):
                first[k] += away[i + k] * away[i + k]
                second[k] += faster[i + k] * faster[i + k]
        near, alike = pairs(first), pairs(second)
        for i in range(whole, size):
            near += away[i] * away[i]
            alike += faster[i] * faster[i]
        out[row, 0], out[row, 1] = near * (-scales[0] / size), alike * (-scales[1] / size)
        out[row, 2] = -scales[2] * (roll[row] * roll[row] + pitch[row] * pitch[row])
        for step in range(steps):
            first[:], second[:] = 0.0, 0.0
            for i in range(0, level, 8):
                for k in range(8):
                    u = excitation[row, step, i + k]
                    first[k] += abs(u)
                    second[k] += u * u
            effort, squares = pairs(first), pairs(second)
            for i in range(level, muscles):
                u = excitation[row, step, i]
                effort += abs(u)
                squares += u * u
            out[row, 3 + step] = (effort + math.sqrt(squares)) * -scales[3]


def tracking_vectors(
    ahead_pos: Array, ahead_vel: Array, pos: Array, vel: Array, root: Array, cos: Array, sin: Array, out: Array
) -> None:
    """Differences to the reference in the heading frame, as ``terms.observations.tracking``.

    Args:
        ahead_pos: (n, frames, 7, 3) [m].
        ahead_vel: (n, frames, 7, 3) [m/s].
        pos: positions of the tracked bodies, (n, 7, 3).
        vel: their velocities, (n, 7, 3).
        root: position of the pelvis, (n, 3).
        cos: cosine of the heading, (n,).
        sin: its sine, (n,).
        out: written, (n, frames, 3, 7, 3).
    """
    for row in range(out.shape[0]):
        c, s = cos[row], sin[row]
        for k in range(out.shape[1]):
            for i in range(out.shape[3]):
                for kind in range(3):
                    if kind == 0:
                        x = ahead_pos[row, k, i, 0] - pos[row, i, 0]
                        y = ahead_pos[row, k, i, 1] - pos[row, i, 1]
                        z = ahead_pos[row, k, i, 2] - pos[row, i, 2]
                    elif kind == 1:
                        x = ahead_vel[row, k, i, 0] - vel[row, i, 0]
                        y = ahead_vel[row, k, i, 1] - vel[row, i, 1]
                        z = ahead_vel[row, k, i, 2] - vel[row, i, 2]
                    else:
                        x = ahead_pos[row, k, i, 0] - root[row, 0]
                        y = ahead_pos[row, k, i, 1] - root[row, 1]
                        z = ahead_pos[row, k, i, 2] - root[row, 2]
                    out[row, k, kind, i, 0] = x * c + y * s
                    out[row, k, kind, i, 1] = y * c - x * s
                    out[row, k, kind, i, 2] = z
