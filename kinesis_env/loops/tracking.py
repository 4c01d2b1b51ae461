"""Loops for tracking a reference: where it is, and how close the bodies are."""

from __future__ import annotations

import math

from kinesis_env.typing import Array, Ints

__all__ = ["comparison", "window"]


def comparison(
    body_pos: Array,
    reference_pos: Array,
    body_vel: Array,
    reference_vel: Array,
    tilt: Array,
    excitation: Array,
    position_scale: float,
    velocity_scale: float,
    upright_scale: float,
    energy_scale: float,
    out: Array,
) -> None:
    """Compute the imitation rewards, and the distances of the bodies from their reference.

    Like :func:`~kinesis_env.terms.rewards.position`, ``velocity``, ``upright`` and ``energy``, and the mean and maximum
    of :func:`~kinesis_env.terms.terminations.distances`.

    Args:
        body_pos: (n, k, 3) [m]; with k = 0 the terms of bodies are 1, and the distances 0.
        reference_pos: (n, k, 3) [m].
        body_vel: (n, k, 3) [m/s].
        reference_vel: (n, k, 3) [m/s].
        tilt: cosines, then sines of the pelvis' roll and pitch, (2, 2, n).
        excitation: (n, physics steps, muscles).
        position_scale: [1/m^2].
        velocity_scale: [s^2/m^2].
        upright_scale: [1/rad^2].
        energy_scale: per unit of the summed norms.
        out: written, (6, n).
    """
    bodies, steps, muscles = body_pos.shape[1], excitation.shape[1], excitation.shape[2]
    for row in range(excitation.shape[0]):
        away, faster, total, greatest = 0.0, 0.0, 0.0, 0.0
        for body in range(bodies):
            squares = 0.0
            for axis in range(3):
                difference = body_pos[row, body, axis] - reference_pos[row, body, axis]
                squares += difference * difference
                difference = body_vel[row, body, axis] - reference_vel[row, body, axis]
                faster += difference * difference
            away += squares
            distance = math.sqrt(squares)
            total += distance
            greatest = distance if distance > greatest else greatest
        count = max(bodies, 1)
        out[0, row] = math.exp(-position_scale * away / (3 * count))
        out[1, row] = math.exp(-velocity_scale * faster / (3 * count))
        roll, pitch = math.atan2(tilt[1, 0, row], tilt[0, 0, row]), math.atan2(tilt[1, 1, row], tilt[0, 1, row])
        out[2, row] = math.exp(-upright_scale * (roll * roll + pitch * pitch))
        closeness = 0.0
        for step in range(steps):
            effort, squares = 0.0, 0.0
            for m in range(muscles):
                u = excitation[row, step, m]
                effort += abs(u)
                squares += u * u
            closeness += math.exp(-energy_scale * (effort + math.sqrt(squares)))
        out[3, row] = closeness / steps
        out[4, row] = total / count
        out[5, row] = greatest


def window(bodies: Array, ahead: Array, elapsed: Ints, per_step: Array, last: Array, first: Ints, out: Array) -> None:
    """Look up the reference at some times, like :meth:`~kinesis_env.tasks.reference.ReferenceClock.window`.

    Args:
        bodies: positions, then velocities of the tracked bodies in all stacked frames, (frames, 2, 7, 3).
        ahead: frames of the times in the rows' clips when the episodes started, (n, k).
        elapsed: control steps since the start, (n,).
        per_step: frames in a control step, (n, 1).
        last: the last frames of the clips, (n, 1).
        first: first frames of the clips among the stacked frames, (n, 1).
        out: written, (2, n, k, 7, 3).
    """
    for row in range(ahead.shape[0]):
        for k in range(ahead.shape[1]):
            place = ahead[row, k] + elapsed[row] * per_step[row, 0]
            place = last[row, 0] if place > last[row, 0] else place
            before = int(place if place < last[row, 0] - 1.0 else last[row, 0] - 1.0)
            part = place - before
            before += first[row, 0]
            for kind in range(bodies.shape[1]):
                for body in range(bodies.shape[2]):
                    for axis in range(3):
                        low = bodies[before, kind, body, axis]
                        out[kind, row, k, body, axis] = low + (bodies[before + 1, kind, body, axis] - low) * part
