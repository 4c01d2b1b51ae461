"""Everything that imitation compares, in one pass.

The formulas are those of :mod:`~kinesis_env.terms.rewards` and :mod:`~kinesis_env.terms.terminations`; where Numba is
installed, one compiled loop computes them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from kinesis_env import loops
from kinesis_env.loops.compiled import compiled
from kinesis_env.terms import rewards
from kinesis_env.terms.terminations import distances
from kinesis_env.typing import Array

__all__ = ["Comparison", "carriage", "compare"]


class Comparison(NamedTuple):
    """Bodies and their reference.

    Attributes:
        rewards: position, velocity, upright and energy, (4, n).
        mean: mean distance of the tracked bodies to their reference [m], (n,).
        greatest: greatest of these distances [m], (n,).
    """

    rewards: Array
    mean: Array
    greatest: Array


def compare(
    body_pos: Array,
    reference_pos: Array,
    body_vel: Array,
    reference_vel: Array,
    *,
    angles: Array,
    excitation: Array,
    scales: Mapping[str, float],
) -> Comparison:
    """Compare bodies with their reference.

    Args:
        body_pos: positions [m], (n, k, 3).
        reference_pos: positions of the reference [m], (n, k, 3).
        body_vel: velocities [m/s], (n, k, 3).
        reference_vel: velocities of the reference [m/s], (n, k, 3).
        angles: roll and pitch of the pelvis [rad], (2, n).
        excitation: (n, physics steps, muscles).
        scales: of the rewards, by name.
    """
    vectors = body_pos, reference_pos, body_vel, reference_vel
    quick = _compiled(vectors, angles, excitation, scales)
    if quick is not None:
        return Comparison(quick[:4], quick[4], quick[5])
    terms = np.empty((4, len(body_pos)))
    terms[0] = rewards.position(body_pos, reference_pos, scale=scales["position"])
    terms[1] = rewards.velocity(body_vel, reference_vel, scale=scales["velocity"])
    terms[2] = rewards.upright(*angles, scale=scales["upright"])
    terms[3] = rewards.energy(excitation, scale=scales["energy"])
    distance = distances(body_pos, reference_pos)
    return Comparison(terms, distance.mean(axis=1), distance.max(axis=1))


def carriage(*, angles: Array, excitation: Array, scales: Mapping[str, float]) -> Array:
    """Return the rewards for an upright pelvis and for little effort, (2, n); arguments as for :func:`compare`."""
    nothing = np.empty((angles.shape[1], 0, 3))
    quick = _compiled((nothing,) * 4, angles, excitation, {"position": 0.0, "velocity": 0.0, **scales})
    if quick is not None:
        return quick[2:4]
    terms = np.empty((2, angles.shape[1]))
    terms[0] = rewards.upright(*angles, scale=scales["upright"])
    terms[1] = rewards.energy(excitation, scale=scales["energy"])
    return terms


def _compiled(
    vectors: tuple[Array, ...], angles: Array, excitation: Array, scales: Mapping[str, float]
) -> Array | None:
    """Return rewards and distances (6, n) where Numba is installed, else None."""
    loop = compiled(loops.compare)
    if loop is None:
        return None
    out = np.empty((6, len(excitation)))
    loop(
        *vectors,
        angles,
        excitation,
        scales["position"],
        scales["velocity"],
        scales["upright"],
        scales["energy"],
        out,
    )
    return out
