"""Comparison of a model's muscle-tendon lengths and moment arms with reference figures.

The reference is a small file of random poses of the published model that this one simplifies (see
``assets/PROVENANCE.md``). The fit of the knee muscles, the benchmark and the tests all use these functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from kinesis_env.model.anatomy import Anatomy
from kinesis_env.typing import Array

__all__ = ["REFERENCE", "Reference", "Residual", "compare", "lengths_and_moment_arms", "read_reference", "worst_step"]


#: The reference of a source checkout; an installed package does not have it.
REFERENCE = Path(__file__).parents[2] / "tests" / "data" / "muscle_reference.npz"


@dataclass(frozen=True)
class Reference:
    """Random poses of the published model, both legs.

    Attributes:
        joints: names of the 14 hinges.
        muscles: names of the 80 muscles.
        angles: joint angles [rad], (n, 14).
        lengths: muscle-tendon lengths [m], (n, 80).
        moment_arms: minus the derivative of length by angle [m], (n, 80, 14).
        pairs: the muscles and the joints they cross, as indices, (k, 2).
        knee_angles: knee flexion [rad] of the next two, (m,).
        tibia_pos: origin of the right tibia in the right femur [m], x forward, y up, z to the right, (m, 3).
        tibia_quat: its orientation there, wxyz, (m, 4).
    """

    joints: tuple[str, ...]
    muscles: tuple[str, ...]
    angles: Array
    lengths: Array
    moment_arms: Array
    pairs: NDArray[np.int64]
    knee_angles: Array
    tibia_pos: Array
    tibia_quat: Array

    def knee_within(self, side: str, limit: float) -> NDArray[np.bool_]:
        """Return whether each pose has the knee of ``side`` (``r`` or ``l``) flexed at most ``limit`` [rad], (n,)."""
        return self.angles[:, self.joints.index(f"knee_angle_{side}")] <= limit


@dataclass(frozen=True)
class Residual:
    """The error of one muscle.

    Attributes:
        muscle: its name.
        fiber_rms: root mean square error of the length, in optimal fiber lengths.
        arm_rms: root mean square moment arm error [m] about each joint that the reference crosses.
        arm_p99: the 99th percentile of the error's absolute value [m].
        stray: the largest moment arm [m] about a joint that the reference does not cross.
    """

    muscle: str
    fiber_rms: float
    arm_rms: dict[str, float]
    arm_p99: dict[str, float]
    stray: float


def read_reference(path: Path = REFERENCE) -> Reference:
    """Read the reference figures from an npz file that holds no pickled objects."""
    with np.load(path, allow_pickle=False) as file:
        pairs = file["pairs"].astype(np.int64)
        angles = file["angles"].astype(np.float64)
        joints, muscles = tuple(file["joints"].tolist()), tuple(file["muscles"].tolist())
        moment_arms = np.zeros((len(angles), len(muscles), len(joints)))
        moment_arms[:, pairs[:, 0], pairs[:, 1]] = file["moment_arms"]
        return Reference(
            joints=joints,
            muscles=muscles,
            angles=angles,
            lengths=file["lengths"].astype(np.float64),
            moment_arms=moment_arms,
            pairs=pairs,
            knee_angles=file["knee_angles"].astype(np.float64),
            tibia_pos=file["tibia_pos"].astype(np.float64),
            tibia_quat=file["tibia_quat"].astype(np.float64),
        )


def lengths_and_moment_arms(model: mujoco.MjModel, angles: Array) -> tuple[Array, Array]:
    """Evaluate every tendon of ``model`` with its root at rest.

    Args:
        model: an ``mujoco.MjModel`` with a free root and hinges.
        angles: angles of the hinges [rad], (n, nv - 6).

    Returns:
        Lengths [m], (n, ntendon), and moment arms [m], (n, ntendon, nv - 6).
    """
    data = mujoco.MjData(model)
    rows = np.repeat(np.arange(model.ntendon), model.ten_J_rownnz)
    columns = np.concatenate(
        [
            model.ten_J_colind[start : start + count]
            for start, count in zip(model.ten_J_rowadr, model.ten_J_rownnz, strict=True)
        ]
    )
    lengths = np.zeros((len(angles), model.ntendon))
    jacobian = np.zeros((len(angles), model.ntendon, model.nv))
    for i, pose in enumerate(angles):
        data.qpos[7:] = pose
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_tendon(model, data)
        lengths[i] = data.ten_length
        jacobian[i, rows, columns] = data.ten_J
    return lengths, -jacobian[:, :, 6:]


def compare(
    model: mujoco.MjModel,
    anatomy: Anatomy,
    reference: Reference,
    poses: NDArray[np.bool_] | None = None,
    knee_limit: float = np.inf,
) -> list[Residual]:
    """Return the error of each muscle of ``model`` relative to the reference.

    Args:
        model: an ``mujoco.MjModel`` of the 80 muscles.
        anatomy: its anatomy, for the optimal fiber lengths.
        reference: the figures to compare with.
        poses: mask of the poses to use, bool (n,); all by default.
        knee_limit: omit a leg's poses with its knee flexed further [rad].
    """
    fibers = {muscle.name: muscle.optimal_fiber_length for muscle in anatomy.muscles}
    lengths, moment_arms = lengths_and_moment_arms(model, reference.angles)
    residuals = []
    for i, name in enumerate(reference.muscles):
        used = reference.knee_within(name[-1], knee_limit)
        used = used if poses is None else used & poses
        joints = [joint for muscle, joint in reference.pairs if muscle == i]
        errors = np.abs(moment_arms[used, i] - reference.moment_arms[used, i])
        fiber = (lengths[used, i] - reference.lengths[used, i]) / fibers[name[:-2]]
        residuals.append(
            Residual(
                muscle=name,
                fiber_rms=_rms(fiber),
                arm_rms={reference.joints[j]: _rms(errors[:, j]) for j in joints},
                arm_p99={reference.joints[j]: float(np.percentile(errors[:, j], 99)) for j in joints},
                stray=float(np.delete(errors, joints, axis=1).max(initial=0.0)),
            )
        )
    return residuals


def _rms(errors: Array) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def worst_step(model: mujoco.MjModel, start: Array, stop: Array, steps: int = 400) -> Array:
    """Return how far changes of length depart from their derivative along a straight line through joint space.

    Along a path without jumps the change of length over a short step equals the mean of the derivatives at its two
    ends up to third order; a wrapping that flips sides shows as a departure as large as the jump.

    Args:
        model: an ``mujoco.MjModel`` with a free root and hinges.
        start: angles at one end of the line [rad], (nv - 6,).
        stop: angles at the other end [rad], (nv - 6,).
        steps: number of steps on the line.

    Returns:
        The largest departure of each tendon [m], (ntendon,).
    """
    angles = np.linspace(start, stop, steps + 1)
    lengths, moment_arms = lengths_and_moment_arms(model, angles)
    slope = -moment_arms @ ((stop - start) / steps)
    departure: Array = np.abs(np.diff(lengths, axis=0) - 0.5 * (slope[1:] + slope[:-1])).max(axis=0)
    return departure
