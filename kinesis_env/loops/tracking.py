"""Loops of the following tasks: the reference at a time, the distance from it, and the rewards for being close."""

from __future__ import annotations

import math

import numpy as np

from kinesis_env.typing import Array, Ints

__all__ = ["average", "blend", "closeness", "misfit", "place", "progress", "window"]


def place(
    clips: Ints,
    times: Array,
    fps: Array,
    last: Ints,
    starts: Ints,
    arcs: Array,
    snap: float,
    around: Ints,
    fraction: Array,
    angles: Array,
) -> None:
    """Where times are among the stacked frames of clips, as ``FrameStack._place``; and what a turn there takes.

    Args:
        clips: which of them, (n,).
        times: seconds from their starts, (n,).
        fps: frames per second of every clip, (M,).
        last: its last frame, counted from its first, (M,).
        starts: its first among the stacked frames, (M,).
        arcs: half the angle by which the root turns until the next frame, of every stacked frame.
        snap: a time within this fraction of a frame of a frame is that frame.
        around: stacked frames before and after, written, (2, n).
        fraction: how far between them, written, (n,).
        angles: the arc, and what of it is left and gone, written, (3, n).
    """
    for row in range(times.shape[0]):
        clip = clips[row]
        spot = times[row] * fps[clip]
        spot = 0.0 if spot < 0.0 else spot
        spot = float(last[clip]) if spot > last[clip] else spot
        near = np.rint(spot)
        spot = near if abs(spot - near) < snap else spot
        before = int(spot)
        share = spot - before
        first = starts[clip] + before
        arc = arcs[first]
        around[0, row] = first
        around[1, row] = first + 1 if before < last[clip] else first
        fraction[row] = share
        angles[0, row], angles[1, row], angles[2, row] = arc, arc - share * arc, share * arc


def blend(stacked: Array, around: Ints, fraction: Array, sines: Array, out: Array) -> None:
    """Stacked frames in between, the root turned on the shortest arc, as ``FrameStack._blend``.

    Args:
        stacked: all frames, (frames, width); from the fourth number on the root's quaternion.
        around: frames before and after, (2, n).
        fraction: how far between them, (n,).
        sines: of the angles of :func:`place`, (3, n).
        out: written, (n, width).
    """
    for row in range(out.shape[0]):
        first, second, share = around[0, row], around[1, row], fraction[row]
        for i in range(out.shape[1]):
            low = stacked[first, i]
            out[row, i] = low + (stacked[second, i] - low) * share
        scale = 1.0 / sines[0, row]
        for i in range(3, 7):
            low = stacked[first, i]
            turned = sines[1, row] * scale * low + sines[2, row] * scale * stacked[second, i]
            out[row, i] = low if share == 0.0 else turned


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


def progress(start: Array, elapsed: Ints, length: Ints, error_sum: Array, step: float, out: Array) -> None:
    """Time in the clip [s], mean tracking error so far [mm] and share of the frames seen, as ``TrackingTask.info``.

    Args:
        start: when the rows started [s], (n,).
        elapsed: their control steps since then, (n,).
        length: control steps from there to the end of the clip, (n,).
        error_sum: their errors, added up [m], (n,).
        step: seconds per control step.
        out: written, (3, n).
    """
    for row in range(start.shape[0]):
        steps = elapsed[row]
        share = steps / length[row]
        out[0, row] = start[row] + steps * step
        out[1, row] = 1000.0 * error_sum[row] / (steps if steps > 1 else 1)
        out[2, row] = share if share < 1.0 else 1.0


def closeness(
    body_pos: Array,
    reference_pos: Array,
    body_vel: Array,
    reference_vel: Array,
    angles: Array,
    excitation: Array,
    scales: tuple[float, float, float, float],
    out: Array,
) -> None:
    """What the rewards of imitation are exponentials of, as ``terms.rewards.imitation``.

    Sums are made in the order of NumPy's: eight at a time, then in pairs, then what is left.

    Args:
        body_pos: (n, k, 3) [m]; k may be 0.
        reference_pos: (n, k, 3) [m].
        body_vel: (n, k, 3) [m/s].
        reference_vel: (n, k, 3) [m/s].
        angles: roll and pitch of the pelvis [rad], (2, n).
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
        out[row, 0], out[row, 1] = 0.0, 0.0
        if size > 0:
            out[row, 0], out[row, 1] = near * (-scales[0] / size), alike * (-scales[1] / size)
        out[row, 2] = -scales[2] * (angles[0, row] * angles[0, row] + angles[1, row] * angles[1, row])
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


def average(exponentials: Array, out: Array) -> None:
    """Copy the first three of each row, and take the mean of the others in the order of NumPy's sums.

    Args:
        exponentials: of what :func:`closeness` writes, (n, 3 + steps), at most 128 steps.
        out: written, (4, n).
    """
    steps = exponentials.shape[1] - 3
    whole = steps - steps % 8
    lanes = np.empty(8)
    for row in range(exponentials.shape[0]):
        for i in range(3):
            out[i, row] = exponentials[row, i]
        lanes[:] = 0.0
        for i in range(0, whole, 8):
            for k in range(8):
                lanes[k] += exponentials[row, 3 + i + k]
        total = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
        for i in range(whole, steps):
            total += exponentials[row, 3 + i]
        out[3, row] = total / steps
