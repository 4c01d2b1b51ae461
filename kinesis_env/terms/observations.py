"""Observation terms, each (n, k).

Vectors are in the *heading frame* of the body: it stands upright at the pelvis and turns with the pelvis about the
vertical only, so that x is the direction in which the body faces. :class:`BodyState` gathers what several terms share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.simulation import Simulation

__all__ = [
    "BodyState",
    "body_angular_velocities",
    "body_positions",
    "body_rotations",
    "body_velocities",
    "foot_contacts",
    "muscle_state",
    "proprioception",
    "relative_to_root",
    "root_tilt",
    "to_heading",
    "tracking",
]

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class BodyState:
    """What the terms share about N simulations at one moment.

    Attributes:
        position, velocity, angular_velocity: of the moving bodies, root first, world axes, (n, 11, 3).
        matrix: their orientations, (n, 11, 3, 3).
        tracked: which of the moving bodies are tracked, (7,).
        roll, pitch: of the pelvis [rad], (n,).
        cos, sin: of its heading, (n,).
    """

    position: Array
    matrix: Array
    velocity: Array
    angular_velocity: Array
    tracked: NDArray[np.intp]
    roll: Array
    pitch: Array
    cos: Array
    sin: Array

    @classmethod
    def of(cls, simulation: Simulation) -> BodyState:
        """Gather the state of a simulation (copies, not views)."""
        bodies = simulation.names.body_ids
        linear, angular = simulation.body_velocity(bodies)
        quat = rotations.normalize(simulation.qpos[:, 3:7])
        roll, pitch = rotations.roll_pitch(quat)
        heading = rotations.heading(quat)
        return cls(
            position=simulation.body_position(bodies),
            matrix=simulation.body_matrix(bodies),
            velocity=linear,
            angular_velocity=angular,
            tracked=np.searchsorted(bodies, simulation.names.tracked),
            roll=roll,
            pitch=pitch,
            cos=np.cos(heading),
            sin=np.sin(heading),
        )

    @property
    def root(self) -> Array:
        """Position of the pelvis [m], (n, 3)."""
        return self.position[:, 0]

    @property
    def tracked_position(self) -> Array:
        """Positions of the tracked bodies [m], (n, 7, 3)."""
        return self.position[:, self.tracked]

    @property
    def tracked_velocity(self) -> Array:
        """Linear velocities of the tracked bodies [m/s], (n, 7, 3)."""
        return self.velocity[:, self.tracked]


def to_heading(vectors: Array, cos: Array, sin: Array) -> Array:
    """Turn world vectors (n, ..., 3) into the heading frames of n bodies, given cosines and sines of the headings."""
    shape = (-1,) + (1,) * (vectors.ndim - 2)
    c, s = cos.reshape(shape), sin.reshape(shape)
    turned = np.empty_like(vectors)
    turned[..., 0] = c * vectors[..., 0] + s * vectors[..., 1]
    turned[..., 1] = c * vectors[..., 1] - s * vectors[..., 0]
    turned[..., 2] = vectors[..., 2]
    return turned


def root_tilt(state: BodyState) -> Array:
    """Cosine and sine of the pelvis' roll, then of its pitch, (n, 4)."""
    return np.stack((np.cos(state.roll), np.sin(state.roll), np.cos(state.pitch), np.sin(state.pitch)), axis=1)


def body_positions(state: BodyState) -> Array:
    """Positions of the bodies relative to the pelvis, the pelvis left out [m], (n, 30)."""
    return _flat(to_heading(state.position[:, 1:] - state.root[:, None], state.cos, state.sin))


def body_rotations(state: BodyState) -> Array:
    """The x and y axes of every body, six numbers each (Zhou et al. 2019), (n, 66)."""
    axes = state.matrix[..., :2].swapaxes(-1, -2)
    return _flat(to_heading(axes, state.cos, state.sin))


def body_velocities(state: BodyState) -> Array:
    """Linear velocities of the bodies [m/s], (n, 33)."""
    return _flat(to_heading(state.velocity, state.cos, state.sin))


def body_angular_velocities(state: BodyState) -> Array:
    """Angular velocities of the bodies [rad/s], (n, 33)."""
    return _flat(to_heading(state.angular_velocity, state.cos, state.sin))


def foot_contacts(simulation: Simulation) -> Array:
    """Ground force on heel-and-ball and toes, right then left, in body weights, (n, 4)."""
    return simulation.foot_force / simulation.body_weight


def muscle_state(simulation: Simulation, quantity: str) -> Array:
    """One quantity of every muscle, (n, 80).

    Args:
        simulation: the bodies.
        quantity: ``"length"`` (of the fibers, in optimal lengths), ``"velocity"`` (of the fibers, in optimal lengths
            per second), ``"force"`` (tension, in peak isometric forces), ``"activation"`` or ``"fatigue"`` (the
            fraction of the muscle that is tired).
    """
    curves = simulation.muscles.curves
    if quantity == "length":
        return curves.fiber_length(simulation.muscle_length)
    if quantity == "velocity":
        return simulation.muscle_velocity / curves.optimal_length
    if quantity == "force":
        return -simulation.muscle_force / curves.peak_force
    return simulation.fatigue if quantity == "fatigue" else simulation.act.copy()


def proprioception(simulation: Simulation, state: BodyState, muscle_quantities: Sequence[str]) -> dict[str, Array]:
    """What a body feels of itself: the terms that every task observes first, by name, (n, k) each.

    Args:
        simulation: the bodies.
        state: their state now.
        muscle_quantities: which of :func:`muscle_state` follow, as ``muscle_<quantity>``.
    """
    terms = {
        "root_height": state.root[:, 2:],
        "root_tilt": root_tilt(state),
        "body_positions": body_positions(state),
        "body_rotations": body_rotations(state),
        "body_velocities": body_velocities(state),
        "body_angular_velocities": body_angular_velocities(state),
        "foot_contacts": foot_contacts(simulation),
    }
    return terms | {f"muscle_{quantity}": muscle_state(simulation, quantity) for quantity in muscle_quantities}


def tracking(state: BodyState, ahead_pos: Array, ahead_vel: Array) -> Array:
    """What a body is told of its reference, (n, frames * 63).

    For each frame: difference in position, in velocity, and position relative to the pelvis, of the tracked bodies.

    Args:
        state: the state now.
        ahead_pos: where the reference will be [m], (n, frames, 7, 3).
        ahead_vel: its velocities there [m/s], (n, frames, 7, 3).
    """
    parts = (
        ahead_pos - state.tracked_position[:, None],
        ahead_vel - state.tracked_velocity[:, None],
        ahead_pos - state.root[:, None, None],
    )
    return _flat(relative_to_root(state, np.concatenate(parts, axis=2)))


def relative_to_root(state: BodyState, vectors: Array) -> Array:
    """World vectors (n, frames, k, 3) in the heading frame, flattened to (n, frames, 3 k)."""
    turned = to_heading(vectors, state.cos, state.sin)
    return turned.reshape(*turned.shape[:2], -1)


def _flat(vectors: Array) -> Array:
    return vectors.reshape(len(vectors), -1)
