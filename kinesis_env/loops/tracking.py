"""The loop that compares bodies with their reference."""

from __future__ import annotations

import math

from kinesis_env.typing import Array

__all__ = ["compare"]


def compare(
    body_pos: Array,
    reference_pos: Array,
    body_vel: Array,
    reference_vel: Array,
    angles: Array,
    excitation: Array,
    position_scale: float,
    velocity_scale: float,
    upright_scale: float,
    energy_scale: float,
    out: Array,
) -> None:
    """The rewards of imitation, and how far the bodies are from their reference.

    As :func:`~kinesis_env.terms.rewards.position`, ``velocity``, ``upright`` and ``energy``, and the mean and the
    greatest of :func:`~kinesis_env.terms.terminations.distances`.

    Args:
        body_pos: (n, k, 3) [m]; with k = 0 the terms of bodies are 1, and the distances 0.
        reference_pos: (n, k, 3) [m].
        body_vel: (n, k, 3) [m/s].
        reference_vel: (n, k, 3) [m/s].
        angles: roll and pitch of the pelvis [rad], (2, n).
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
        out[2, row] = math.exp(-upright_scale * (angles[0, row] * angles[0, row] + angles[1, row] * angles[1, row]))
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
