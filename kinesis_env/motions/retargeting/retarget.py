"""From a recording of somebody else to a motion of this body.

Positions of joints are put onto this body by :mod:`~kinesis_env.motions.retargeting.points`. Angles are filtered,
resampled by true time and clipped to the joint ranges, and the root's path is rebuilt on the feet: a foot on the ground
stays where it is, so a longer leg takes a longer stride, and a treadmill walk moves forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.errors import MotionError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.recording import AngleRecording, PointRecording, Recording
from kinesis_env.motions.retargeting.angle_feet import plant_feet
from kinesis_env.motions.retargeting.fit import FitTarget, measure_fit
from kinesis_env.motions.retargeting.ground import (
    Soles,
    bend_toes,
    height_from_feet,
    required_steps,
    soles,
    walking_step,
)
from kinesis_env.motions.retargeting.points import pose_points
from kinesis_env.motions.retargeting.signals import lowpass, resample, smooth
from kinesis_env.motions.retargeting.treadmill import without_belt
from kinesis_env.typing import Array

__all__ = ["CUTOFF", "RetargetOptions", "retarget"]


#: Default cut-off of the low-pass filter [Hz], usual for gait (Winter, Biomechanics and Motor Control).
CUTOFF = 6.0
#: Weight of the path that is expected beside a sole point that stands.
_TRUST = 0.05
#: Least distance between the heels, sideways, while one leg passes the other [m]: the width of a foot and its ankle.
_PASSING = 0.09


@dataclass(frozen=True)
class RetargetOptions:
    """How a recording is put onto this body.

    Attributes:
        fps: frame rate of the motion [Hz].
        cutoff: of the low-pass filter [Hz].
        keep_size: leave the length of the recorded path as it is, rather than scale it as the legs; for recordings of
            joint positions.
    """

    fps: float = 30.0
    cutoff: float = CUTOFF
    keep_size: bool = False

    def __post_init__(self) -> None:
        for key, most in (("fps", 1000.0), ("cutoff", 500.0)):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
                raise MotionError(f"{key} is {value!r}; allowed is a positive number up to {most:g} Hz")


def retarget(recording: Recording, options: RetargetOptions | None = None) -> Motion:
    """Return the motion of this body that does what was recorded.

    The motion starts above the origin and faces +x (mean heading of the first second). Its ``notes`` say what was done.

    Raises:
        MotionError: the recording is shorter than two frames at the wanted rate, or of an unknown kind.
    """
    options = options or RetargetOptions()
    notes = list(recording.notes)
    caption = ""
    if isinstance(recording, PointRecording):
        caption = recording.caption
        points = _resampled(recording, recording.points.reshape(len(recording.points), -1), options, notes)
        points, belt = without_belt(points.reshape(len(points), -1, 3), options.fps)
        if belt:
            notes.append(f"treadmill: moved forward by its belt's {belt:.2f} m/s")
        qpos, target = pose_points(recording, points, options.fps, keep_size=options.keep_size, notes=notes)
    elif isinstance(recording, AngleRecording):
        qpos, target = _from_angles(recording, options, notes)
    else:
        raise MotionError(f"{recording.name!r}: a {type(recording).__name__} cannot be put onto this body")
    return Motion.from_qpos(
        qpos,
        options.fps,
        name=recording.name,
        caption=caption,
        source=recording.source,
        licence=recording.licence,
        notes=notes,
        fit=measure_fit(qpos, target),
    )


def _from_angles(recording: AngleRecording, options: RetargetOptions, notes: list[str]) -> tuple[Array, FitTarget]:
    """Return qpos (T, 21) of recorded angles, and what it is fitted to."""
    quat = _continuous(recording.root_quat)
    signals = np.concatenate((recording.angles, quat, recording.root_pos), axis=1)
    signals = _resampled(recording, signals, options, notes)
    recorded, quat, place = signals[:, :14], rotations.normalize(signals[:, 14:18]), signals[:, 18:]
    angles = _clipped(recorded, notes)
    quat, place = _facing_forward(quat, place, options.fps)
    angles = _parted(angles, quat, options.fps, notes)
    angles = _with_toes(angles, quat, notes)
    qpos = np.concatenate((np.zeros((len(angles), 3)), quat, angles), axis=1)
    relative = soles(qpos)
    expected, done = _expected_steps(relative, place, recording, options.fps)
    relative = relative.without_dragging(expected, options.fps)
    recorded_height = place[:, 2] if recording.recorded_axes[2] and np.ptp(place[:, 2]) > 0.005 else None
    height, flight = height_from_feet(relative, recorded_height, options.fps)
    if flight.any():
        notes.append(f"both feet off the ground in {flight.mean():.1%} of the frames")
    steps, _ = required_steps(relative, height, expected, options.fps, trust=_TRUST)
    speed = np.linalg.norm(steps.mean(axis=0)) * options.fps
    notes.append(f"{done}, mean speed {speed:.2f} m/s")
    qpos[:, :2], qpos[:, 2] = _path(steps), height
    asked = np.concatenate((qpos[:, :7], recorded), axis=1)
    qpos = _planted(qpos, options.fps, notes)
    return qpos, FitTarget(skeleton().poses(asked).pos[:, skeleton().tracked], np.zeros(len(qpos)))


def _planted(qpos: Array, fps: float, notes: list[str]) -> Array:
    planted, standing = plant_feet(qpos, fps)
    if not standing.any():
        notes.append("no clear stance: the legs keep the recorded angles")
        return planted
    legs = [7 + j for j, name in enumerate(JOINTS) if not name.startswith("mtp")]
    change = np.rad2deg(np.abs(planted - qpos)[:, legs])
    notes.append(f"standing feet put on the ground: leg joints moved by {change.mean():.1f} deg in the mean")
    return planted


def _resampled(recording: Recording, signals: Array, options: RetargetOptions, notes: list[str]) -> Array:
    """Return signals (T, k) of a recording, filtered, at even times (n, k)."""
    span = recording.times[-1] - recording.times[0]
    # Half a microsecond more, so that a span of whole frames is not cut by rounding.
    frames = int((span + 5e-7) * options.fps) + 1
    if frames < 2:
        raise MotionError(f"{recording.name!r} lasts {span:.3f} s: less than two frames at {options.fps:g} Hz")
    if frames > 2_000_000:
        raise MotionError(f"{recording.name!r} lasts {span:.0f} s: {frames} frames; allowed are 2000000")
    count = len(recording.times)
    if count > 4 * span * 2000 + 16:
        raise MotionError(f"{recording.name!r}: {count} rows in {span:.3g} s; allowed are 8000 per second")
    times, filtered = lowpass(recording.times, signals, options.cutoff)
    notes.append(
        f"low-pass filtered at {options.cutoff:g} Hz and resampled by true time from "
        f"{recording.rate:.6g} to {options.fps:g} Hz"
    )
    return resample(times, filtered, recording.times[0] + np.arange(frames) / options.fps)


def _continuous(quat: Array) -> Array:
    flips = np.cumsum(np.einsum("ti,ti->t", quat[1:], quat[:-1]) < 0) % 2
    return quat * np.where(np.concatenate(([0], flips)) == 1, -1.0, 1.0)[:, None]


def _clipped(angles: Array, notes: list[str]) -> Array:
    low, high = skeleton().ranges.T
    clipped = np.clip(angles, low, high)
    beyond = np.abs(angles - clipped)
    # A filter's overshoot of a tenth of a degree past a straight knee is not worth a note.
    touched = beyond > np.deg2rad(0.1)
    if touched.any():
        joints = [
            f"{JOINTS[j]} (up to {np.rad2deg(beyond[:, j].max()):.1f} deg)" for j in np.flatnonzero(touched.any(axis=0))
        ]
        notes.append(f"{touched.mean():.2%} of the joint angles clipped to the ranges of: {', '.join(joints)}")
    return clipped


def _facing_forward(quat: Array, place: Array, fps: float) -> tuple[Array, Array]:
    first = rotations.heading(quat[: max(1, round(fps))])
    yaw = np.arctan2(np.sin(first).mean(), np.cos(first).mean())
    turn = rotations.from_yaw(-yaw)
    return rotations.multiply(turn, quat), rotations.rotate(turn, place)


def _parted(angles: Array, quat: Array, fps: float, notes: list[str]) -> Array:
    """Return angles (T, 14) with the hips abducted, where one leg passes the other, as far as this body needs."""
    hips = [JOINTS.index("hip_adduction_r"), JOINTS.index("hip_adduction_l")]
    low, high = skeleton().ranges[hips].T
    out = angles.copy()
    for _ in range(4):
        gap, length, passing = _passing(out, quat)
        missing = np.where(passing, np.maximum(0.0, _PASSING - gap) / (2 * length), 0.0)
        if not missing.any():
            break
        out[:, hips] = np.clip(out[:, hips] - _around(missing, fps)[:, None], low, high)
    opened = float((angles - out)[:, hips].max())
    if opened < np.deg2rad(0.2):
        return angles
    notes.append(
        f"hips abducted by up to {np.rad2deg(opened):.1f} deg while one leg passes the other, as this body's must"
    )
    return out


def _around(peaks: Array, fps: float) -> Array:
    """Return a smooth curve (T,) that reaches over peaks (T,)."""
    curve = peaks[:, None]
    for _ in range(6):
        over = np.where(peaks > curve[:, 0], 20.0, 1.0)
        curve = smooth(peaks[:, None], over, 20.0 * (fps / 30) ** 4)
    out: Array = np.maximum(curve[:, 0], 0.0)
    return out


def _passing(angles: Array, quat: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return how far apart the heels are sideways (T,), how far below the hips (T,) [m], and when a leg passes (T,)."""
    tree = skeleton()
    ahead = rotations.from_yaw(-rotations.heading(quat))
    level = rotations.multiply(ahead, quat)
    poses = tree.poses(np.concatenate((np.zeros((len(angles), 3)), level, angles), axis=1))
    right, left = (poses.pos[:, tree.feet[side][0].body] for side in range(2))
    apart = left - right
    return apart[:, 1], np.maximum(0.3, -np.minimum(right, left)[:, 2]), np.abs(apart[:, 0]) < 0.25


def _with_toes(angles: Array, quat: Array, notes: list[str]) -> Array:
    toes = [JOINTS.index("mtp_angle_r"), JOINTS.index("mtp_angle_l")]
    if np.ptp(angles[:, toes], axis=0).max() > np.deg2rad(2):
        return angles
    out = angles.copy()
    out[:, toes] = bend_toes(angles, quat)
    notes.append("the toes do not move in the file: bent at push-off so that they lie on the ground")
    return out


def _path(steps: Array) -> Array:
    """Return the horizontal path (T, 2) [m] from the origin."""
    return np.concatenate((np.zeros((1, 2)), np.cumsum(steps, axis=0)))


def _expected_steps(relative: Soles, place: Array, recording: AngleRecording, fps: float) -> tuple[Array, str]:
    """Return the steps (T-1, 2) [m] to expect from the recorded path, or from the feet alone, and what was done."""
    walked = walking_step(relative)
    speed = np.linalg.norm(walked) * fps
    mean = np.broadcast_to(walked, (len(place) - 1, 2))
    if not recording.recorded_axes[0]:
        return mean, "no horizontal path in the file: recovered from the stance foot"
    recorded = np.diff(place[:, :2], axis=0)
    forward = recorded[:, 0].mean() * fps
    if speed > 0.2 and abs(forward) < 0.4 * speed:
        return mean, "treadmill: forward motion recovered from the stance foot"
    return recorded, "horizontal path fitted to this body's legs"
