"""The inner loops of a step as plain Python functions, for Numba to compile; see :mod:`kinesis_env.compiled`.

Each does number by number, in the same order, what an expression of NumPy does elsewhere in the package, so that the
same seeds give the same trajectories and rewards with and without it, to the last bit; only the time differs. (The
vectors of an observation are turned by a matrix product in NumPy, whose order of additions is the processor's own: they
agree to the rounding of float32.)
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "body_state",
    "body_vectors",
    "closeness",
    "command",
    "misfit",
    "posture",
    "servo",
    "tracking_vectors",
    "troubled",
    "window",
]

Array: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def servo(target: Array, length: Array, velocity: Array, constants: Array, out: Array, ctrl: Array) -> None:
    """Excitations of the length servo, as ``MuscleCurves.servo_excitation``; NaN stays NaN.

    Args:
        target: (n, nu) [m].
        length: (n, nu) [m].
        velocity: (n, nu) [m/s].
        constants: those of ``MuscleCurves``, one row each, (37, nu).
        out: (n, nu), written.
        ctrl: the same, written too.
    """
    for row in range(length.shape[0]):
        for m in range(length.shape[1]):
            x, v = length[row, m], velocity[row, m]
            # The lines.
            toe = constants[0, m] * x + constants[11, m]
            flank = constants[1, m] * x + constants[12, m]
            shorten = constants[8, m] * v + constants[14, m]
            stretch = constants[9, m] * v + constants[15, m]
            pull = (x + constants[10, m] * v) - target[row, m]
            line = constants[6, m] * x + constants[17, m]
            rise = constants[7, m] * x + constants[18, m]
            # The lower of the two flanks, and what it leaves to the top.
            flank = rise if rise < flank else flank
            missing = constants[35, m] - flank
            # Each line stops at its ends.
            toe = constants[19, m] if toe < constants[19, m] else toe
            toe = constants[26, m] if toe > constants[26, m] else toe
            flank = constants[20, m] if flank < constants[20, m] else flank
            flank = constants[27, m] if flank > constants[27, m] else flank
            missing = constants[21, m] if missing < constants[21, m] else missing
            missing = constants[28, m] if missing > constants[28, m] else missing
            shorten = constants[22, m] if shorten < constants[22, m] else shorten
            shorten = constants[29, m] if shorten > constants[29, m] else shorten
            stretch = constants[23, m] if stretch < constants[23, m] else stretch
            stretch = constants[30, m] if stretch > constants[30, m] else stretch
            pull = constants[24, m] if pull < constants[24, m] else pull
            pull = constants[31, m] if pull > constants[31, m] else pull
            line = constants[25, m] if line < constants[25, m] else line
            # Sums of squares: force over length, over velocity, and without activation.
            force = (flank * flank - missing * missing) + constants[33, m]
            speed = (shorten * shorten - stretch * stretch) + constants[34, m]
            gain = force * speed
            gain = constants[36, m] if gain < constants[36, m] else gain
            excitation = (pull - (toe * toe + line)) / gain
            excitation = 0.0 if excitation < 0.0 else excitation
            out[row, m] = 1.0 if excitation > 1.0 else excitation
        for m in range(length.shape[1]):  # on its own, as the loop above would not use wide registers with both
            ctrl[row, m] = out[row, m]


def command(action: Array, greatest: Array, out: Array) -> None:
    """What actions ask for, as ``Muscles.command``: a share from 0 to 1 of the greatest.

    Args:
        action: (n, nu); values outside [-1, 1] are clipped.
        greatest: (nu,).
        out: written, (n, nu).
    """
    for row in range(action.shape[0]):
        for m in range(action.shape[1]):
            share = action[row, m]
            share = -1.0 if share < -1.0 else share
            share = 1.0 if share > 1.0 else share
            out[row, m] = ((share + 1.0) * 0.5) * greatest[m]


def troubled(warnings: Ints, qpos: Array, qvel: Array) -> bool:
    """Whether MuJoCo has warned about any simulation, or any state is not finite.

    Args:
        warnings: counts, (n, k).
        qpos: (n, nq).
        qvel: (n, nv).
    """
    for row in range(qpos.shape[0]):
        for i in range(warnings.shape[1]):
            if warnings[row, i] != 0:
                return True
        total = 0.0
        for i in range(qpos.shape[1]):
            total += qpos[row, i]
        for i in range(qvel.shape[1]):
            total += qvel[row, i]
        if not math.isfinite(total):
            return True
    return False


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
