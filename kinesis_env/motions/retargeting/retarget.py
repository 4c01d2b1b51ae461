"""From a recording of another person to a motion of this body.

Recordings are filtered and resampled by true time. Joint angles are retargeted by
:mod:`~kinesis_env.motions.retargeting.angles`, positions of joints by :mod:`~kinesis_env.motions.retargeting.points`: a
foot on the ground stays in place, so a longer leg takes a longer stride, and a treadmill walk moves forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.checks import check_choice, check_number
from kinesis_env.errors import MotionError
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.recording import MOST_FRAMES, AngleRecording, PointRecording, Recording
from kinesis_env.motions.retargeting.angles import pose_angles
from kinesis_env.motions.retargeting.fit import measure_angles, measure_fit
from kinesis_env.motions.retargeting.points import pose_points
from kinesis_env.motions.retargeting.treadmill import without_belt
from kinesis_env.motions.retargeting.trunk import TRUNKS, carry_trunk
from kinesis_env.signals import lowpass, resample
from kinesis_env.typing import Array

__all__ = ["CUTOFF", "RetargetOptions", "retarget"]


#: Default cut-off of the low-pass filter [Hz], usual for gait (Winter, Biomechanics and Motor Control).
CUTOFF = 6.0


@dataclass(frozen=True)
class RetargetOptions:
    """How a recording is retargeted to this body.

    Attributes:
        fps: frame rate of the motion [Hz].
        cutoff: cut-off frequency of the low-pass filter [Hz].
        keep_size: keep the length of the recorded path instead of scaling it with the legs; for recordings of joint
            positions.
        trunk: rotation that the pelvis, rigid with this body's trunk, follows: "pelvis" for the recorded pelvis; or
            "carry" for the recorded trunk about the mean posture of the pelvis, with hips that compensate. Recordings
            of joint angles need lumbar joint angles; in recordings of points, the trunk is the line from the lowest
            spine joint to the neck.
    """

    fps: float = 30.0
    cutoff: float = CUTOFF
    keep_size: bool = False
    trunk: str = "pelvis"

    def __post_init__(self) -> None:
        check_choice("RetargetOptions: trunk", self.trunk, TRUNKS, error=MotionError)
        for key, most in (("fps", 1000.0), ("cutoff", 500.0)):
            check_number(key, getattr(self, key), most=most, above=0.0, error=MotionError)


def retarget(recording: Recording, options: RetargetOptions | None = None) -> Motion:
    """Return the recorded motion on this body.

    The motion starts above the origin and faces +x (mean heading of the first second). Its ``notes`` list what was
    changed.

    Raises:
        MotionError: the recording is shorter than two frames at the wanted rate, or of an unknown kind.
    """
    options = options or RetargetOptions()
    frames = float(recording.times[-1] - recording.times[0]) * options.fps
    if frames > MOST_FRAMES:
        raise MotionError(
            f"{frames:.0f} frames at {options.fps:g} Hz; at most {MOST_FRAMES} are allowed: use a lower rate"
        )
    angles: dict[str, float] = {}
    notes = list(recording.notes)
    caption = ""
    if isinstance(recording, PointRecording):
        caption = recording.caption
        points = _resampled(recording, recording.points.reshape(len(recording.points), -1), options, notes)
        points, belt = without_belt(points.reshape(len(points), -1, 3), options.fps)
        if belt:
            notes.append(f"treadmill: moved forward with the belt at {belt:.2f} m/s")
        qpos, target = pose_points(
            recording, points, options.fps, keep_size=options.keep_size, trunk=options.trunk, notes=notes
        )
    elif isinstance(recording, AngleRecording):
        carried = carry_trunk(recording, notes) if options.trunk == "carry" else recording
        signals = np.concatenate((carried.angles, _continuous(carried.root_quat), carried.root_pos), axis=1)
        qpos, target = pose_angles(carried, _resampled(carried, signals, options, notes), options.fps, notes)
        times = recording.times[0] + np.arange(len(qpos)) / options.fps
        angles = measure_angles(qpos, resample(recording.times, recording.angles, times), options.fps)
    else:
        raise MotionError(f"{recording.name!r}: a {type(recording).__name__} cannot be retargeted to this body")
    notes.append("arms and trunk bending dropped: this body has legs and a pelvis with a rigid trunk")
    return Motion.from_qpos(
        qpos,
        options.fps,
        name=recording.name,
        caption=caption,
        source=recording.source,
        license=recording.license,
        notes=notes,
        fit={**measure_fit(qpos, target), **angles},
        start=float(recording.times[0]),
    )


def _resampled(recording: Recording, signals: Array, options: RetargetOptions, notes: list[str]) -> Array:
    """Return signals (T, k) of a recording, filtered, at even times (n, k)."""
    span = recording.times[-1] - recording.times[0]
    # Half a microsecond of slack, so that rounding does not cut a span of whole frames.
    frames = int((span + 5e-7) * options.fps) + 1
    if frames < 2:
        raise MotionError(f"{recording.name!r} lasts {span:.3f} s: fewer than two frames at {options.fps:g} Hz")
    if frames > 2_000_000:
        raise MotionError(f"{recording.name!r} lasts {span:.0f} s: {frames} frames; at most 2000000 are allowed")
    count = len(recording.times)
    if count > 4 * span * 2000 + 16:
        raise MotionError(f"{recording.name!r}: {count} rows in {span:.3g} s; at most 8000 per second are allowed")
    times, filtered = lowpass(recording.times, signals, options.cutoff)
    notes.append(
        f"low-pass filtered at {options.cutoff:g} Hz and resampled by true time from "
        f"{recording.rate:.6g} to {options.fps:g} Hz"
    )
    return resample(times, filtered, recording.times[0] + np.arange(frames) / options.fps)


def _continuous(quat: Array) -> Array:
    flips = np.cumsum(np.einsum("ti,ti->t", quat[1:], quat[:-1]) < 0) % 2
    return quat * np.where(np.concatenate(([0], flips)) == 1, -1.0, 1.0)[:, None]
