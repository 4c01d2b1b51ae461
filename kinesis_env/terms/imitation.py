"""All comparisons of the imitation task, in one pass.

The formulas are in :mod:`~kinesis_env.terms.rewards` and :mod:`~kinesis_env.terms.terminations`; if Numba is installed,
one compiled loop computes them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from kinesis_env import loops
from kinesis_env.loops.compiled import compiled
from kinesis_env.terms import rewards
from kinesis_env.terms.observations import BodyState
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
    state: BodyState, reference_pos: Array, reference_vel: Array, excitation: Array, scales: Mapping[str, float]
) -> Comparison:
    """Compare bodies with their reference.

    Args:
        state: the bodies.
        reference_pos: positions of the reference [m], (n, 7, 3).
        reference_vel: velocities of the reference [m/s], (n, 7, 3).
        excitation: (n, physics steps, muscles).
        scales: scales of the rewards, by name.
    """
    body_pos, body_vel = state.tracked_position, state.tracked_velocity
    quick = _compiled((body_pos, reference_pos, body_vel, reference_vel), state, excitation, scales)
    if quick is not None:
        return Comparison(quick[:4], quick[4], quick[5])
    terms = np.empty((4, len(body_pos)))
    terms[0] = rewards.position(body_pos, reference_pos, scale=scales["position"])
    terms[1] = rewards.velocity(body_vel, reference_vel, scale=scales["velocity"])
    terms[2] = rewards.upright(*state.angles, scale=scales["upright"])
    terms[3] = rewards.energy(excitation, scale=scales["energy"])
    distance = distances(body_pos, reference_pos)
    return Comparison(terms, distance.sum(axis=1) / distance.shape[1], distance.max(axis=1))


def carriage(state: BodyState, excitation: Array, scales: Mapping[str, float]) -> Array:
    """Return the rewards for an upright pelvis and for low effort, (2, n); arguments as for :func:`compare`."""
    nothing = np.empty((len(excitation), 0, 3))
    quick = _compiled((nothing,) * 4, state, excitation, scales)
    if quick is not None:
        return quick[2:4]
    terms = np.empty((2, len(excitation)))
    terms[0] = rewards.upright(*state.angles, scale=scales["upright"])
    terms[1] = rewards.energy(excitation, scale=scales["energy"])
    return terms


def _compiled(
    vectors: tuple[Array, ...], state: BodyState, excitation: Array, scales: Mapping[str, float]
) -> Array | None:
    """Return rewards and distances (6, n) if Numba is installed, else None."""
    loop = compiled(loops.comparison)
    if loop is None:
        return None
    out = np.empty((6, len(excitation)))
    loop(
        *vectors,
        state.tilt,
        excitation,
        scales.get("position", 0.0),
        scales.get("velocity", 0.0),
        scales["upright"],
        scales["energy"],
        out,
    )
    return out
