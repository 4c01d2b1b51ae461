"""Physical plausibility of a motion: needed support, missing root moment, joint limits and muscle lengths."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from kinesis_env.dynamics import ROOT_ONLY, Trajectory, center_of_mass, estimate_ground_force, needed_support
from kinesis_env.dynamics.trajectory import span
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS, shared_model
from kinesis_env.motions.retargeting.contact import in_air
from kinesis_env.motions.retargeting.ground import soles
from kinesis_env.typing import Array, Mask

__all__ = ["Physics", "measure_physics"]


#: Shortest total time in flight that is measured [s].
_FLIGHT = 0.09
#: Maximum number of frames that the ground force is fitted to; longer motions are sampled evenly.
_SAMPLED = 400
#: A hinge this close to a limit counts as being at it [rad].
_AT_LIMIT = 1e-3


@dataclass(frozen=True)
class Physics:
    """What a motion demands of a body; see :func:`measure_physics`.

    Attributes:
        support_low: 2nd percentile of the support that the center of mass needs [body weights].
        support_high: its 98th percentile.
        support_flight: its mean absolute value while no sole is near the ground; None without a long enough flight.
        com_range: vertical range of the center of mass [mm].
        missing_roll: rms of the moment about the forward axis of the pelvis that the best ground force leaves missing
            [N m].
        missing_pitch: the same about its left axis.
        missing_yaw: the same about its up axis.
        limit_share: fraction of frames in which the joint that is most often at a limit is at one.
        limit_joint: name of that joint; empty if no joint ever is.
        muscle_jump: largest change of a muscle's length between frames that its moment arms do not explain [mm].
    """

    support_low: float
    support_high: float
    support_flight: float | None
    com_range: float
    missing_roll: float
    missing_pitch: float
    missing_yaw: float
    limit_share: float
    limit_joint: str
    muscle_jump: float


@of_its_body
def measure_physics(motion: Trajectory) -> Physics | None:
    """Return the figures of a motion; None for fewer than five frames, too few for accelerations."""
    if len(motion.qpos) < 5:
        return None
    support = needed_support(motion)
    low, high = np.percentile(support, (2, 98))
    heights = center_of_mass(motion.qpos)[:, 2]
    flown = _flown(motion)
    roll, pitch, yaw = _missing_moment(motion)
    share, joint = _limits(motion.qpos[:, 7:])
    return Physics(
        support_low=float(low),
        support_high=float(high),
        support_flight=float(np.abs(support[flown]).mean()) if flown.sum() > _FLIGHT * motion.fps else None,
        com_range=float(1000 * np.ptp(heights)),
        missing_roll=roll,
        missing_pitch=pitch,
        missing_yaw=yaw,
        limit_share=share,
        limit_joint=joint,
        muscle_jump=1000 * muscle_jump(motion.qpos),
    )


def _flown(motion: Trajectory) -> Mask:
    """Return the frames (T,) whose acceleration, taken over 1/30 s on either side, lies within a flight."""
    air = in_air(soles(motion.qpos), motion.fps)
    reach = span(motion.fps)
    padded = np.pad(air, reach, constant_values=False)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).all(axis=-1))


def _missing_moment(motion: Trajectory) -> tuple[float, float, float]:
    """Return the rms of the missing root moment about x, y and z of the pelvis [N m]."""
    every = -(-len(motion.qpos) // _SAMPLED)
    residual = estimate_ground_force(motion, np.zeros(3), costs=ROOT_ONLY, every=every).root_residual[:, 3:]
    roll, pitch, yaw = np.sqrt((residual**2).mean(axis=0))
    return float(roll), float(pitch), float(yaw)


def _limits(hinges: Array) -> tuple[float, str]:
    low, high = skeleton().ranges.T
    shares = ((hinges < low + _AT_LIMIT) | (hinges > high - _AT_LIMIT)).mean(axis=0)
    most = int(shares.argmax())
    return float(shares[most]), JOINTS[most] if shares[most] else ""


def muscle_jump(qpos: Array) -> float:
    """Return the largest change of a muscle's length from frame to frame that its moment arms do not explain [m].

    A muscle that slips off a wrapping surface changes its length abruptly: by more than the mean of its moment arms
    before and after, times the change of the angles.
    """
    model = shared_model()
    data = mujoco.MjData(model)
    moved = np.diff(qpos[:, 7:], axis=0, append=qpos[-1:, 7:])
    before = np.diff(qpos[:, 7:], axis=0, prepend=qpos[:1, 7:])
    length, ahead, behind = (np.empty((len(qpos), model.nu)) for _ in range(3))
    for frame, pose in enumerate(qpos):
        data.qpos[:] = pose
        data.qpos[:7] = 0, 0, 2, 1, 0, 0, 0
        mujoco.mj_fwdPosition(model, data)
        length[frame] = data.actuator_length
        for out, change in ((ahead, moved), (behind, before)):
            data.qvel[6:] = change[frame]
            mujoco.mj_fwdVelocity(model, data)
            out[frame] = data.actuator_velocity
    expected = 0.5 * (ahead[:-1] + behind[1:])
    return float(np.abs(np.diff(length, axis=0) - expected).max())
