"""A recording on this body, adapted only in size, for use with forces measured with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinesis_env import rotations
from kinesis_env.dynamics.recorded import RecordedMotion
from kinesis_env.errors import MotionError
from kinesis_env.model.kinematics.forward import differentiate, skeleton
from kinesis_env.model.kinematics.sole import sole_points
from kinesis_env.motions.recording import LANDMARKS, AngleRecording, PointRecording, Recording
from kinesis_env.motions.retargeting.landmarks import landmarks_of
from kinesis_env.motions.retargeting.retarget import RetargetOptions, retarget
from kinesis_env.motions.retargeting.source_pose import leg_length
from kinesis_env.motions.retargeting.treadmill import without_belt
from kinesis_env.signals import lowpass, resample
from kinesis_env.typing import Array

__all__ = ["as_recorded", "lumbar_angles"]

#: Cut-off of the low-pass filter [Hz] and frames per second of a recording that is analyzed.
CUTOFF, RATE = 6.0, 100.0
#: Percentile of the heights of the lower sole that stands on the ground: feet are in stance most of the time.
_GROUND = 40
#: Uncertainty of the floor's height from ankles, whose heights differ between people [m].
_FLOOR = 0.1
_ANKLES = [LANDMARKS.index(f"ankle_{side}") for side in "rl"]


def as_recorded(recording: Recording, fps: float = RATE, cutoff: float = CUTOFF) -> RecordedMotion:
    """Return a recording on this body, at this body's size, in the recording's own world and clock.

    Positions of joints, which have no angles to keep, are retargeted like any motion, and moved to where they were
    recorded. A recording without a horizontal path has no position.

    Args:
        recording: joint angles or positions.
        fps: frames per second [Hz].
        cutoff: cut-off frequency of the low-pass filter [Hz].

    Raises:
        MotionError: a recording of fewer than three frames, or of an unknown kind.
    """
    if isinstance(recording, PointRecording):
        return _of_points(recording, fps, cutoff)
    if not isinstance(recording, AngleRecording):
        raise MotionError(f"{recording.name!r}: a {type(recording).__name__} cannot be retargeted to this body")
    lumbar = np.zeros((len(recording.times), 0))
    if recording.trunk_quat is not None:
        lumbar = lumbar_angles(recording.root_quat, recording.trunk_quat)
    signals = np.concatenate((recording.angles, recording.root_quat, recording.root_pos, lumbar), axis=1)
    times, signals = lowpass(recording.times, signals, cutoff)
    count = int((times[-1] - times[0] + 5e-7) * fps) + 1
    if count < 3:
        lasts = times[-1] - times[0]
        raise MotionError(f"{recording.name!r} lasts {lasts:.3f} s: fewer than three frames at {fps:g} Hz")
    if not (recording.recorded_axes[0] and recording.recorded_axes[1]):
        return _from_feet(recording, fps, cutoff, lumbar)
    signals = resample(times, signals, recording.times[0] + np.arange(count) / fps)
    angles, quat, place, lumbar = np.split(signals, (14, 18, 21), axis=1)
    qpos = np.concatenate((np.zeros((count, 3)), rotations.normalize(quat), angles), axis=1)
    scale, offset = _placed(qpos, place, recording)
    qpos[:, :3] = scale * place + offset
    notes = (
        *recording.notes,
        f"low-pass filtered at {cutoff:g} Hz and resampled to {fps:g} Hz; recorded angles kept",
        f"recorded path at this body's size: {scale:.3f} times the person's",
    )
    made = _as_motion(recording, qpos, fps, scale=scale, offset=offset, notes=notes)
    return replace(made, lumbar=lumbar) if lumbar.shape[1] else made


def _from_feet(recording: AngleRecording, fps: float, cutoff: float, lumbar: Array) -> RecordedMotion:
    """Return a recording without a horizontal path, retargeted to this body; only its clock and its trunk are kept."""
    motion = retarget(recording, RetargetOptions(fps=fps, cutoff=cutoff))
    turned = None
    if lumbar.shape[1]:
        times, filtered = lowpass(recording.times, lumbar, cutoff)
        turned = resample(times, filtered, recording.times[0] + np.arange(len(motion)) / fps)
    return RecordedMotion(
        qpos=motion.qpos,
        qvel=motion.qvel,
        fps=fps,
        name=recording.name,
        start=motion.start,
        lumbar=turned,
        scale=1.0,
        offset=np.zeros(3),
        notes=motion.notes,
        placed=False,
    )


def _of_points(recording: PointRecording, fps: float, cutoff: float) -> RecordedMotion:
    """Return positions retargeted to this body, then rotated and moved to where they were recorded.

    The accelerations of feet that were put on the ground frame by frame are filtered again.
    """
    motion = retarget(recording, RetargetOptions(fps=fps, cutoff=cutoff))
    if len(motion) < 3:
        raise MotionError(f"{recording.name!r}: three frames are needed, given {len(motion)} at {fps:g} Hz")
    qpos = np.array(lowpass(motion.start + np.arange(len(motion)) / fps, motion.qpos, cutoff)[1])
    times, filtered = lowpass(recording.times, recording.points.reshape(len(recording.points), -1), cutoff)
    points = resample(times, filtered, motion.start + np.arange(len(qpos)) / fps).reshape(len(qpos), -1, 3)
    walked, _ = without_belt(points, fps)
    own = landmarks_of(qpos)
    scale = leg_length(own) / leg_length(points)
    # As complex numbers: a rotation about the vertical, and an offset, from where the ankles were to where they are.
    there, here = (one[:, _ANKLES, 0] + 1j * one[:, _ANKLES, 1] for one in (scale * walked, own))
    turned = np.vdot(here - here.mean(), there - there.mean())
    turn = turned / max(abs(turned), 1e-12)
    moved = there.mean() - turn * here.mean()
    apart = float(np.percentile(np.abs(turn * here + moved - there), 95))
    place = turn * (qpos[:, 0] + 1j * qpos[:, 1]) + moved
    # On a treadmill, the recording stays in place.
    belt = scale * (points - walked)[:, 0, :2]
    qpos[:, :2] = np.stack((place.real, place.imag), axis=1) + belt
    yaw = rotations.from_yaw(np.asarray(np.angle(turn)))
    qpos[:, 3:7] = rotations.multiply(yaw, rotations.normalize(qpos[:, 3:7]))
    # The floor of a laboratory is at zero, unless the height of the ankles says otherwise.
    ground = float(np.percentile(scale * points[:, _ANKLES, 2].min(axis=1) - own[:, _ANKLES, 2].min(axis=1), _GROUND))
    ground = ground if abs(ground) > _FLOOR else 0.0
    notes = (
        *motion.notes,
        f"low-pass filtered again at {cutoff:g} Hz, for its forces",
        (
            f"path at this body's size: {scale:.3f} times the person's; ankles within {1000 * apart:.0f} mm of the "
            "recorded ones in 95% of the frames"
        ),
    )
    return _as_motion(recording, qpos, fps, scale=scale, offset=np.array([0.0, 0.0, -ground]), notes=notes)


def _as_motion(
    recording: Recording, qpos: Array, fps: float, *, scale: float, offset: Array, notes: tuple[str, ...]
) -> RecordedMotion:
    return RecordedMotion(
        qpos=qpos,
        qvel=differentiate(qpos, fps),
        fps=fps,
        name=recording.name,
        start=float(recording.times[0]),
        lumbar=None,
        scale=scale,
        offset=offset,
        notes=notes,
    )


def _placed(qpos: Array, place: Array, recording: AngleRecording) -> tuple[float, Array]:
    """Return this body's size relative to the person's, and the offset (3,) that puts its feet on the ground."""
    needed = -sole_points(skeleton().poses(qpos))[..., 2].min(axis=1)
    if not recording.recorded_axes[2]:
        return 1.0, np.array([0.0, 0.0, float(np.percentile(needed, 100 - _GROUND))])
    scale = float(np.median(needed) / np.median(place[:, 2]))
    return scale, np.array([0.0, 0.0, float(np.percentile(needed - scale * place[:, 2], 100 - _GROUND))])


def lumbar_angles(pelvis: Array, trunk: Array) -> Array:
    """Return extension, bending and rotation (T, 3) [rad] between orientations of pelvis and trunk (T, 4).

    OpenSim's lumbar joint: about z (to the right), then x (forward), then y (up), each about the rotated axis.
    """
    from scipy.spatial.transform import Rotation  # noqa: PLC0415  (slow to load)

    between = rotations.to_matrix(rotations.multiply(rotations.conjugate(pelvis), trunk))
    # OpenSim's axes (z, x, y) are this package's (-y, x, z), as its y points to the left.
    out: Array = Rotation.from_matrix(between).as_euler("YXZ") * np.array([-1.0, 1.0, 1.0])
    return out
