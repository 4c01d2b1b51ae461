"""Joint moments of a motion: inverse dynamics with measured loads, or with the ground force that best explains it."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
from numpy.typing import ArrayLike

from kinesis_env import rotations
from kinesis_env.dynamics.ground_force import estimate_ground_force
from kinesis_env.dynamics.inverse import generalized_forces, lumbar_of
from kinesis_env.dynamics.loads import FootWrench, estimated_wrench, wrench_on_body
from kinesis_env.dynamics.recorded import RecordedMotion
from kinesis_env.dynamics.records import JointMoments, Loads
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import MotionError, shown
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.names import JOINTS, NV, shared_model
from kinesis_env.typing import Array

__all__ = ["inverse_dynamics"]

#: Loads of another person are moved by at most this [m].
_FARTHEST = 0.03
#: The bodies that carry the loads.
_FEET = ("calcn_r", "calcn_l")


@of_its_body
def inverse_dynamics(
    motion: Trajectory, loads: Loads | None = None, trunk: str = "recorded", *, belt: ArrayLike | None = None
) -> JointMoments:
    """Return the net joint moments of a motion.

    The analysis model is the shipped one; where the motion has lumbar angles, with three lumbar hinges between pelvis
    and trunk (a trunk that turns with the pelvis needs root moments that nothing provides).

    Loads are scaled to this body's mass and size. For a :class:`~kinesis_env.dynamics.RecordedMotion`, a person of
    other proportions, they are also shifted by constants of at most 30 mm (both forward or back, and each to the side)
    to minimize the residual moments at the pelvis. Notes give the shifts.

    Args:
        motion: the motion; for measured loads a recording in its own world, from
            :func:`kinesis_env.motions.read_recorded`, or one whose loads were measured on this body.
        loads: forces on the feet; by default those that best explain the motion
            (:func:`~kinesis_env.dynamics.estimate_ground_force`).
        trunk: "recorded", or "rigid" to keep the trunk on the pelvis.
        belt: velocity of the ground (3,) [m/s] for that estimate; found by default.

    Raises:
        MotionError: fewer than three frames, loads of another time or body, or an unknown ``trunk``.
    """
    if loads is not None and not isinstance(loads, Loads):
        raise MotionError(f"loads must be a result of read_loads, or None, given {shown(loads)}")
    notes = [*getattr(motion, "notes", ())]
    if trunk == "recorded" and lumbar_of(motion, trunk) is None:
        notes.append("no angles of the lumbar joint: the trunk is rigid with the pelvis")
    covered, times = None, times_of(motion)
    required = generalized_forces(motion, trunk=trunk)
    if loads is None:
        found = estimate_ground_force(motion, belt, trunk=trunk)
        wrench = estimated_wrench(found, motion.fps)
        left = required - _applied(motion.qpos, wrench)
        notes.append("ground force estimated from the motion")
        if found.belt.any():
            notes.append(f"treadmill: the belt moves at {np.linalg.norm(found.belt):.2f} m/s")
    else:
        wrench = wrench_on_body(loads, motion, required[:, 2])
        left = required - _applied(motion.qpos, wrench)
        if isinstance(motion, RecordedMotion):
            wrench = _balanced(motion, wrench, left)
            left = required - _applied(motion.qpos, wrench)
        covered = wrench.covered
        notes += wrench.notes
    return JointMoments(
        times=times,
        names=JOINTS,
        moments=left[:, 6:],
        powers=left[:, 6:] * np.asarray(motion.qvel)[:, 6:],
        residual=left[:, :6],
        ground_force=wrench.force,
        notes=tuple(notes),
        covered=covered,
        loads=wrench.loads(times),
    )


def _balanced(motion: RecordedMotion, wrench: FootWrench, left: Array) -> FootWrench:
    """Return loads shifted by constants to minimize the residual roll and pitch moments (T, 20) at the pelvis.

    Both feet shift along the mean heading by the same amount, and each to the side by its own.
    """
    at = wrench.covered
    heading = np.exp(1j * rotations.heading(motion.qpos[at, 3:7])).mean()
    ahead = np.array([heading.real, heading.imag, 0.0]) / abs(heading)
    aside = np.cross([0.0, 0.0, 1.0], ahead)
    directions = np.array([[ahead, ahead], [aside, 0.0 * aside], [0.0 * aside, aside]])
    axes = rotations.to_matrix(motion.qpos[at, 3:7])
    # Roll and pitch moment (frames, 2, 3) of each of the three constants, per meter.
    added = np.cross(directions[:, None], wrench.force[None, at]).sum(axis=2)
    effect = np.einsum("tji,ktj->tik", axes, added)[:, :2].reshape(-1, len(directions))
    found = np.linalg.lstsq(effect, left[at, 3:5].reshape(-1), rcond=None)[0]
    shift = np.clip(found, -_FARTHEST, _FARTHEST)
    forward, right, other = np.round(1000.0 * shift) + 0.0
    note = (
        f"loads moved forward by {forward:.0f} mm, and to the left by {right:.0f} mm (right foot) and {other:.0f} mm "
        "(left foot), as this body's proportions are not the person's"
    )
    return replace(wrench.moved(np.tensordot(shift, directions, 1)), notes=(*wrench.notes, note))


def _applied(qpos: Array, wrench: FootWrench) -> Array:
    """Return the generalized forces (T, 20) of loads on the feet."""
    model = shared_model()
    data = mujoco.MjData(model)
    feet = [model.body(name).id for name in _FEET]
    linear, angular = np.zeros((3, NV)), np.zeros((3, NV))
    origin = np.zeros(3)
    out = np.zeros((len(qpos), NV))
    for frame, pose in enumerate(qpos):
        data.qpos[:] = pose
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        for side, foot in enumerate(feet):
            mujoco.mj_jac(model, data, linear, angular, origin, foot)
            out[frame] += linear.T @ wrench.force[frame, side] + angular.T @ wrench.moment[frame, side]
    return out
