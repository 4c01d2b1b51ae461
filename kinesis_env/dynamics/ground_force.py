"""Ground reaction force that best explains a motion, without force plates, and the residual it leaves.

Every frame is a non-negative least squares problem: forces at 8 points of each sole, inside a friction pyramid, that
provide the force and moment that the motion requires at the root. Forces at points that are high above the ground or
that slide are penalized. What no such force can provide is the root residual, which has no physical source.

When both feet stand, the root does not determine how they share the load. The muscles then decide: with them in the
problem, joint moments cost the activations that provide them (:data:`MEASURED`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.checks import check_array
from kinesis_env.dynamics.belt import belt_velocity
from kinesis_env.dynamics.inverse import generalized_forces
from kinesis_env.dynamics.muscle_costs import activation_weights
from kinesis_env.dynamics.probe import Probe
from kinesis_env.dynamics.trajectory import Trajectory, accelerations
from kinesis_env.errors import MotionError
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.sole import sole_jacobians, sole_points
from kinesis_env.model.names import NV, shared_model
from kinesis_env.typing import Array

__all__ = ["FRICTION", "MEASURED", "ROOT_ONLY", "ForceCosts", "GroundForce", "estimate_ground_force"]


#: Friction coefficient: largest ratio of horizontal to vertical force along each edge of the pyramid.
FRICTION = 0.8
#: Edges of the pyramid; every force is a sum of them with non-negative weights.
_EDGES = np.array([[FRICTION, 0.0, 1.0], [-FRICTION, 0.0, 1.0], [0.0, FRICTION, 1.0], [0.0, -FRICTION, 1.0]])
#: Height above the ground [m] and speed [m/s] beyond which forces at a point are penalized more.
_HEIGHT, _SPEED = 0.02, 0.07
#: Cost of a newton at a point at rest on the ground, and its growth with height and speed.
_COST, _GROWTH = 0.0005, 0.05
#: States that are probed at once.
_BATCH = 64


@dataclass(frozen=True)
class ForceCosts:
    """Costs of a ground force.

    Attributes:
        force: residual force at the root that costs 1 [N].
        moment: residual moment there that costs as much [N m].
        activation: cost of a muscle of average volume at full activation; None omits the muscles and the joints.
        joint: moment at a joint, provided by no muscle, that costs 1 [N m].
        sliding: the cost of a force grows with this power of the speed of its point.
    """

    force: float
    moment: float
    activation: float | None
    joint: float = 1.0
    sliding: int = 3


#: For the force that plates would measure; used for the figures of ``docs/muscles.md``.
MEASURED = ForceCosts(force=1.0, moment=0.3, activation=10.0, sliding=1)
#: For the missing moment at the root: the force is nearly matched (the ratio is a lever arm of two meters), and the
#: residual appears as a moment.
ROOT_ONLY = ForceCosts(force=0.5, moment=1.0, activation=None)


@dataclass(frozen=True, eq=False)
class GroundForce:
    """The best ground force of a motion, frame by frame.

    Attributes:
        force: on the right and the left foot in the world (T, 2, 3) [N].
        center_of_pressure: (T, 2, 3) [m], NaN where a foot carries less than 5 N.
        points: the points of the soles (T, 16, 3) [m], right foot first.
        point_force: on each of them (T, 16, 3) [N].
        joint_moment: moments that remain for the 14 hinges (T, 14) [N m].
        root_residual: residual at the root (T, 6): force in the world frame [N], and moment about the origin of the
            pelvis in the axes of the pelvis [N m]: roll, pitch, yaw.
        belt: velocity of the ground (3,) [m/s].
    """

    force: Array
    center_of_pressure: Array
    points: Array
    point_force: Array
    joint_moment: Array
    root_residual: Array
    belt: Array


@of_its_body
def estimate_ground_force(
    trajectory: Trajectory,
    belt: ArrayLike | None = None,
    *,
    costs: ForceCosts = MEASURED,
    every: int = 1,
    trunk: str = "recorded",
    slope: float = 0.0,
) -> GroundForce:
    """Return the ground force that best explains a motion.

    Args:
        trajectory: the motion; the ground is the plane z = 0.
        belt: velocity of the ground (3,) [m/s]; by default the velocity of a treadmill if the feet show one, else zero.
        costs: costs of the fit: :data:`MEASURED` or :data:`ROOT_ONLY`.
        every: use every n-th frame only; T is then the number of frames used.
        trunk: "recorded", or "rigid" to ignore lumbar angles.
        slope: angle of the ground, uphill along x, to which z is normal [degrees].

    Raises:
        MotionError: fewer than three frames, or an invalid belt velocity.
    """
    from scipy.optimize import nnls  # noqa: PLC0415  (slow to load)

    wanted = generalized_forces(trajectory, accelerations(trajectory), every=every, trunk=trunk, slope=slope)
    qpos = np.asarray(trajectory.qpos, dtype=np.float64)
    poses = skeleton().poses(qpos)
    points = sole_points(poses)
    if belt is None:
        ground = belt_velocity(points, qpos[:, :3], trajectory.fps)
    else:
        ground = check_array("belt: the velocity of the ground [m/s]", belt, (3,), error=MotionError)
    cost = np.repeat(_point_costs(points, trajectory.fps, ground, costs.sliding)[::every], len(_EDGES), axis=1)
    points, poses = points[::every], poses.every(every)
    jacobian = sole_jacobians(poses, points)
    # Columns of the problem: generalized force of each edge at each point, then of each muscle at full activation.
    columns = np.einsum("tpij,ei->tjpe", jacobian, _EDGES).reshape(len(points), NV, -1)
    provided = np.zeros_like(wanted)
    if costs.activation is None:
        rows, scale = 6, np.repeat([costs.force, costs.moment], 3)
    else:
        rows, scale = NV, np.repeat([costs.force, costs.moment, costs.joint], (3, 3, NV - 6))
        muscles = Probe(shared_model(), _BATCH).look(qpos[::every], np.asarray(trajectory.qvel)[::every])
        active = np.zeros((len(points), NV, muscles.capacity.shape[1]))
        active[:, 6:] = muscles.levers * muscles.capacity[:, None]
        provided[:, 6:] = muscles.passive_moment()
        columns = np.concatenate((columns, active), axis=2)
        weights = costs.activation * np.sqrt(activation_weights())
        cost = np.concatenate((cost, np.broadcast_to(weights, active[:, 0].shape)), axis=1)
    size = columns.shape[2]
    system, right = np.zeros((rows + size, size)), np.zeros(rows + size)
    diagonal = np.arange(size)
    force = np.empty((*points.shape[:2], 3))
    for frame in range(len(points)):
        system[:rows] = columns[frame, :rows] / scale[:, None]
        right[:rows] = (wanted - provided)[frame, :rows] / scale
        system[rows + diagonal, diagonal] = cost[frame]
        shares, _ = nnls(system, right, maxiter=30 * size)
        force[frame] = shares[: points.shape[1] * len(_EDGES)].reshape(-1, len(_EDGES)) @ _EDGES
    left = wanted - np.einsum("tpij,tpi->tj", jacobian, force)
    feet = force.reshape(len(points), 2, -1, 3)
    return GroundForce(
        force=feet.sum(axis=2),
        center_of_pressure=_center_of_pressure(points.reshape(len(points), 2, -1, 3), feet),
        points=points,
        point_force=force,
        joint_moment=left[:, 6:],
        root_residual=left[:, :6],
        belt=ground,
    )


def _point_costs(points: Array, fps: float, belt: Array, sliding: int) -> Array:
    """Return the cost of a newton at each point (T, 16): small at rest on the ground, large above it or sliding."""
    velocity = np.gradient(points, axis=0) * fps - belt
    speed = np.linalg.norm(velocity, axis=-1)
    height = np.maximum(points[..., 2], 0.0)
    beyond = np.maximum(height / _HEIGHT - 1.0, 0.0) + np.maximum(speed / _SPEED - 1.0, 0.0) ** (sliding / 3)
    out: Array = _COST + _GROWTH * beyond**3
    return out


def _center_of_pressure(points: Array, force: Array) -> Array:
    up = force[..., 2]
    total = up.sum(axis=2)
    place = (points * up[..., None]).sum(axis=2) / np.maximum(total, 1e-9)[..., None]
    place[..., 2] = 0.0
    out: Array = np.where(total[..., None] < 5.0, np.nan, place)
    return out
