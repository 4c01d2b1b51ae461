"""Whether a body could do a motion: the support it needs, the moment that nothing gives, and its joints and muscles."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from kinesis_env.dynamics import Trajectory, center_of_mass, estimate_ground_force, needed_support
from kinesis_env.dynamics.trajectory import span
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS, shared_model
from kinesis_env.motions.retargeting.contact import in_air
from kinesis_env.motions.retargeting.ground import soles
from kinesis_env.typing import Array, Mask

__all__ = ["Physics", "measure_physics"]


#: Less than this in flight, all flights together, says nothing about them [s].
_FLIGHT = 0.09
#: Frames at most that the ground force is fitted to; longer motions are sampled evenly.
_SAMPLED = 400
#: A hinge this near a limit is at it [rad].
_AT_LIMIT = 1e-3


@dataclass(frozen=True)
class Physics:
    """Figures of what a motion asks of a body; see :func:`measure_physics`.

    Attributes:
        support_low: 2nd percentile of the support that the center of mass needs [body weights].
        support_high: its 98th percentile.
        support_flight: mean of its size while no sole is near the ground; None without a flight that is long enough.
        com_range: how far the center of mass rises and falls [mm].
        missing_roll: rms of the moment about the forward axis of the pelvis that the best ground force does not give
            [N m].
        missing_pitch: the same about its axis to the left.
        missing_yaw: the same about its upward axis.
        limit_share: share of the frames in which the joint that is most at its limits is at one of them.
        limit_joint: which joint that is; empty where none ever is.
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


def measure_physics(motion: Trajectory) -> Physics | None:
    """Return the figures of a motion; None for fewer than five frames, which have no accelerations to speak of."""
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
    """Return the frames (T,) whose acceleration, which looks 1/30 s to either side, is all of a flight."""
    air = in_air(soles(motion.qpos), motion.fps)
    reach = span(motion.fps)
    padded = np.pad(air, reach, constant_values=False)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).all(axis=-1))


def _missing_moment(motion: Trajectory) -> tuple[float, float, float]:
    """Return the rms of the missing root moment about x, y and z of the pelvis [N m]."""
    residual = estimate_ground_force(motion, every=-(-len(motion.qpos) // _SAMPLED)).root_residual[:, 3:]
    roll, pitch, yaw = np.sqrt((residual**2).mean(axis=0))
    return float(roll), float(pitch), float(yaw)


def _limits(hinges: Array) -> tuple[float, str]:
    low, high = skeleton().ranges.T
    shares = ((hinges < low + _AT_LIMIT) | (hinges > high - _AT_LIMIT)).mean(axis=0)
    most = int(shares.argmax())
    return float(shares[most]), JOINTS[most] if shares[most] else ""


def muscle_jump(qpos: Array) -> float:
    """Return the largest change of a muscle's length from frame to frame that its moment arms do not explain [m].

    A muscle that slips off the surface it wraps around gets longer or shorter at once; then its length changes by more
    than the mean of its moment arms before and after, times the change of the angles.
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
