"""Observation terms, each (n, k).

Vectors are in the *heading frame* of the body: it is upright at the pelvis and rotates with the pelvis about the
vertical only, so that x is the direction in which the body faces. :class:`BodyState` gathers quantities shared by
several terms. Arrays may be NumPy's, PyTorch's or JAX's; see :func:`kinesis_env.arrays.array_namespace`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinesis_env.arrays import array_namespace, constant_like
from kinesis_env.loops import gather
from kinesis_env.loops.compiled import compiled
from kinesis_env.simulation import Simulation
from kinesis_env.typing import Array, Ints

__all__ = [
    "BodyState",
    "body_angular_velocities",
    "body_positions",
    "body_rotations",
    "body_terms",
    "body_velocities",
    "foot_contacts",
    "root_tilt",
    "tracking",
]


#: Keeps the heading finite for a body that lies exactly on its face or back.
_LEAST = 1e-12
#: The matrix that rotates row vectors into the heading frame, row by row: the factors of the heading's cosine and sine,
#: and the constant part.
_BY_HEADING: Array = np.array([[1.0, 0, 0, 0, 1.0, 0, 0, 0, 0], [0, -1.0, 0, 1.0, 0, 0, 0, 0, 0]])
_FIXED: Array = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1.0])


@dataclass(slots=True, eq=False)
class BodyState:
    """The state of N simulations shared by the terms; not to be modified (a frozen class would slow down a step).

    Attributes:
        position: positions of the moving bodies, root first, world axes, (n, 11, 3).
        matrix: their orientations, (n, 11, 3, 3).
        motion: their linear, then angular velocities, (2, n, 11, 3).
        tracked: positions, then linear velocities of the tracked bodies, (2, n, 7, 3).
        tilt: cosines, then sines of the pelvis' roll and pitch, (2, 2, n). Each half is contiguous: for a strided
            vector NumPy 1.26 may compute another arc tangent, one bit off.
        heading: cosine, then sine of the pelvis' heading, (2, n).
    """

    position: Array
    matrix: Array
    motion: Array
    tracked: Array
    tilt: Array
    heading: Array
    _turn: Array | None = field(default=None, init=False, repr=False)

    @classmethod
    def of(cls, simulation: Simulation) -> BodyState:
        """Gather the state of a simulation (copies, not views)."""
        num, bodies, tracked = simulation.num, simulation.names.moving, simulation.names.tracked_among_moving
        count = bodies.stop - bodies.start
        position, matrix, motion = np.empty((num, count, 3)), np.empty((num, count, 3, 3)), np.empty((2, num, count, 3))
        tracked_state, tilt, heading = np.empty((2, num, len(tracked), 3)), np.empty((2, 2, num)), np.empty((2, num))
        made = position, matrix, motion, tracked_state, tilt, heading
        quick = compiled(gather)
        if quick is not None:
            quick(*simulation.kinematics, bodies.start, tracked, _LEAST, *made)
            return cls(*made)
        position[:], matrix[:] = simulation.body_position(bodies), simulation.body_matrix(bodies)
        motion[0], motion[1] = simulation.body_velocity(bodies)
        position.take(tracked, axis=1, out=tracked_state[0])
        motion[0].take(tracked, axis=1, out=tracked_state[1])
        root = matrix[:, 0]
        # Yaw, pitch and roll share the length of the forward axis on the ground, the cosine of the pitch.
        flat = np.maximum(np.hypot(root[:, 0, 0], root[:, 1, 0]), _LEAST)
        np.divide(root[:, 2, 2], flat, out=tilt[0, 0])
        np.divide(root[:, 2, 1], flat, out=tilt[1, 0])
        tilt[0, 1] = flat
        np.negative(root[:, 2, 0], out=tilt[1, 1])
        np.divide(root[:, :2, 0].T, flat, out=heading)
        return cls(*made)

    @classmethod
    def from_arrays(
        cls, xpos: Array, xmat: Array, cvel: Array, com: Array, *, bodies: slice, tracked: Ints
    ) -> BodyState:
        """Gather the state from MuJoCo's arrays, of NumPy or another library.

        Args:
            xpos: (n, nbody, 3).
            xmat: (n, nbody, 3, 3).
            cvel: (n, nbody, 6).
            com: center of mass that velocities refer to, (n, 3).
            bodies: ids of the moving bodies, root first.
            tracked: the tracked bodies among these.
        """
        xp = array_namespace(xpos)
        position, matrix, spatial = xpos[:, bodies], xmat[:, bodies], cvel[:, bodies]
        angular, arm = spatial[..., :3], position - com[:, None]
        across = [angular[..., i - 2] * arm[..., i - 1] - angular[..., i - 1] * arm[..., i - 2] for i in range(3)]
        linear = spatial[..., 3:] + xp.stack(across, -1)
        root = matrix[:, 0]
        flat = xp.clip(xp.hypot(root[:, 0, 0], root[:, 1, 0]), _LEAST, None)
        cosines, sines = xp.stack((root[:, 2, 2] / flat, flat)), xp.stack((root[:, 2, 1] / flat, -root[:, 2, 0]))
        return cls(
            position=position,
            matrix=matrix,
            motion=xp.stack((linear, angular)),
            tracked=xp.stack((position[:, tracked], linear[:, tracked])),
            tilt=xp.stack((cosines, sines)),
            heading=xp.stack((root[:, 0, 0] / flat, root[:, 1, 0] / flat)),
        )

    @property
    def tracked_position(self) -> Array:
        """Positions of the tracked bodies [m], (n, 7, 3)."""
        position: Array = self.tracked[0]
        return position

    @property
    def tracked_velocity(self) -> Array:
        """Linear velocities of the tracked bodies [m/s], (n, 7, 3)."""
        velocity: Array = self.tracked[1]
        return velocity

    @property
    def angles(self) -> Array:
        """Roll and pitch of the pelvis [rad], (2, n)."""
        angles: Array = array_namespace(self.tilt).arctan2(self.tilt[1], self.tilt[0])
        return angles

    @property
    def cos(self) -> Array:
        """Cosine of the heading, (n,)."""
        cosine: Array = self.heading[0]
        return cosine

    @property
    def sin(self) -> Array:
        """Sine of the heading, (n,)."""
        sine: Array = self.heading[1]
        return sine

    @property
    def turn(self) -> Array:
        """Matrix that rotates row vectors from the world into the heading frame, (n, 3, 3)."""
        if self._turn is None:
            cos_sin = self.heading.swapaxes(0, 1)
            elements = array_namespace(cos_sin).matmul(cos_sin, constant_like(_BY_HEADING, cos_sin))
            elements = elements + constant_like(_FIXED, cos_sin)
            self._turn = elements.reshape(-1, 3, 3)
        return self._turn

    @property
    def velocity(self) -> Array:
        """Linear velocities of the moving bodies [m/s], world axes, (n, 11, 3)."""
        linear: Array = self.motion[0]
        return linear

    @property
    def angular_velocity(self) -> Array:
        """Angular velocities of the moving bodies [rad/s], world axes, (n, 11, 3)."""
        angular: Array = self.motion[1]
        return angular

    @property
    def root(self) -> Array:
        """Position of the pelvis [m], (n, 3)."""
        return self.position[:, 0]


def root_tilt(state: BodyState) -> Array:
    """Cosine and sine of the pelvis' roll, then of its pitch, (n, 4)."""
    return state.tilt.swapaxes(0, 2).reshape(-1, 4)


def body_positions(state: BodyState) -> Array:
    """Positions of the bodies relative to the pelvis, without the pelvis itself [m], (n, 30)."""
    return _body_vectors(state)["body_positions"]


def body_rotations(state: BodyState) -> Array:
    """The x and y axes of every body, six numbers each (Zhou et al. 2019), (n, 66)."""
    return _body_vectors(state)["body_rotations"]


def body_velocities(state: BodyState) -> Array:
    """Linear velocities of the bodies [m/s], (n, 33)."""
    return _body_vectors(state)["body_velocities"]


def body_angular_velocities(state: BodyState) -> Array:
    """Angular velocities of the bodies [rad/s], (n, 33)."""
    return _body_vectors(state)["body_angular_velocities"]


def _body_vectors(state: BodyState) -> dict[str, Array]:
    """The four terms that are vectors of bodies, rotated together."""
    xp = array_namespace(state.position)
    num, bodies = state.position.shape[:2]
    relative = state.position[:, 1:] - state.position[:, :1]
    axes = state.matrix[..., :2].swapaxes(-1, -2).reshape(num, 2 * bodies, 3)
    vectors = xp.concatenate((relative, axes, state.velocity, state.angular_velocity), axis=1)
    turned = xp.matmul(vectors, state.turn).reshape(num, -1)
    first, second, third = 3 * (bodies - 1), 9 * bodies - 3, 12 * bodies - 3
    return {
        "body_positions": turned[:, :first],
        "body_rotations": turned[:, first:second],
        "body_velocities": turned[:, second:third],
        "body_angular_velocities": turned[:, third:],
    }


def foot_contacts(foot_force: Array, body_weight: float | Array) -> Array:
    """Ground force on heel-and-ball and toes, right then left, in body weights, (n, 4).

    Args:
        foot_force: the forces [N], (n, 4).
        body_weight: [N], a number or (n, 1).
    """
    return foot_force / body_weight


def body_terms(state: BodyState, contacts: Array) -> dict[str, Array]:
    """The first terms of every task: the body's own posture, motion and contacts, by name, (n, k) each.

    Args:
        state: the bodies.
        contacts: the :func:`foot_contacts`, (n, 4).
    """
    return {
        "root_height": state.root[:, 2:],
        "root_tilt": root_tilt(state),
        **_body_vectors(state),
        "foot_contacts": contacts,
    }


def tracking(state: BodyState, ahead_pos: Array, ahead_vel: Array) -> Array:
    """The observation of the reference, (n, frames * 63).

    For each frame: difference in position, in velocity, and position relative to the pelvis, of the tracked bodies.

    Args:
        state: the current state.
        ahead_pos: future positions of the reference [m], (n, frames, 7, 3).
        ahead_vel: future velocities of the reference [m/s], (n, frames, 7, 3).
    """
    xp, num = array_namespace(ahead_pos), len(ahead_pos)
    position = ahead_pos - state.tracked_position[:, None]
    velocity = ahead_vel - state.tracked_velocity[:, None]
    from_root = ahead_pos - state.root[:, None, None]
    vectors = xp.concatenate((position[:, :, None], velocity[:, :, None], from_root[:, :, None]), axis=2)
    turned: Array = xp.matmul(vectors.reshape(num, -1, 3), state.turn).reshape(num, -1)
    return turned
