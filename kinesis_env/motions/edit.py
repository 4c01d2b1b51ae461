"""Edits of motions: trim, concatenate, mirror, turn, and change of speed.

Each function returns a new :class:`~kinesis_env.motions.motion.Motion` with matching velocities.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import MotionError
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import NQ, TRACKED_BODIES
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.motion import Motion
from kinesis_env.typing import Array

__all__ = ["change_speed", "compact", "concatenate", "mirror", "trim", "turn"]

#: Signs of the root's position and quaternion, and of its velocities, in a mirror from left to right.
_MIRROR_POSE = np.array([1.0, -1.0, 1.0, 1.0, -1.0, 1.0, -1.0])
_MIRROR_RATE = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
_OTHER_SIDE = [
    TRACKED_BODIES.index(name[:-1] + {"r": "l", "l": "r"}[name[-1]] if name[-2:] in ("_r", "_l") else name)
    for name in TRACKED_BODIES
]
_MIRRORED = "mirrored left to right"


@of_its_body
def trim(motion: Motion, start: float = 0.0, end: float | None = None) -> Motion:
    """Return the frames of a motion from ``start`` to ``end`` [s], both included; nothing else changes.

    Raises:
        MotionError: fewer than two frames are left, or times that are not numbers.
    """
    stop = motion.duration if end is None else end
    if not (math.isfinite(start) and math.isfinite(stop)):
        raise MotionError(f"motion {motion.name!r}: trim needs times in seconds, given {start!r} and {end!r}")
    first = max(0, math.ceil(start * motion.fps - 1e-6))
    last = min(len(motion) - 1, math.floor(stop * motion.fps + 1e-6))
    if last - first < 1:
        raise MotionError(
            f"motion {motion.name!r} lasts {motion.duration:.3f} s: {start:g} to {stop:g} s contains fewer than "
            "two frames"
        )
    part = slice(first, last + 1)
    return motion.replace(
        qpos=motion.qpos[part],
        qvel=motion.qvel[part],
        body_pos=motion.body_pos[part],
        body_vel=motion.body_vel[part],
        start=motion.start + first / motion.fps,
        notes=(*motion.notes, f"trimmed to {start:g} to {stop:g} s"),
    )


@of_its_body
def mirror(motion: Motion) -> Motion:
    """Return the motion with left and right exchanged; doing so twice restores the motion, bit for bit."""
    half = 7 + (NQ - 7) // 2
    qpos, qvel = motion.qpos, motion.qvel
    mirrored_qpos = np.concatenate((qpos[:, :7] * _MIRROR_POSE, qpos[:, half:], qpos[:, 7:half]), axis=1)
    half -= 1
    mirrored_qvel = np.concatenate((qvel[:, :6] * _MIRROR_RATE, qvel[:, half:], qvel[:, 6:half]), axis=1)
    again = bool(motion.notes) and motion.notes[-1] == _MIRRORED
    return motion.replace(
        qpos=mirrored_qpos,
        qvel=mirrored_qvel,
        body_pos=motion.body_pos[:, _OTHER_SIDE] * _MIRROR_POSE[:3],
        body_vel=motion.body_vel[:, _OTHER_SIDE] * _MIRROR_POSE[:3],
        name=motion.name.removesuffix("-mirrored") if again else f"{motion.name}-mirrored",
        notes=motion.notes[:-1] if again else (*motion.notes, _MIRRORED),
    )


@of_its_body
def change_speed(motion: Motion, factor: float) -> Motion:
    """Return the motion played ``factor`` times as fast, at the same frame rate.

    Raises:
        MotionError: a factor that is not a number from 0.1 to 10, or fewer than two frames are left.
    """
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0.1 <= factor <= 10:
        raise MotionError(f"motion {motion.name!r}: the speed must be a factor from 0.1 to 10, given {factor!r}")
    if factor == 1:
        return motion
    frames = math.floor(motion.duration / factor * motion.fps + 1e-6) + 1
    if frames < 2:
        raise MotionError(f"motion {motion.name!r} is too short to play {factor:g} times as fast")
    times = np.arange(frames)[None] * (factor / motion.fps)
    qpos = MotionLibrary([motion]).lookup([0], times).qpos[0]
    return _rebuilt(motion, qpos, f"played {factor:g} times as fast")


@of_its_body
def turn(motion: Motion, heading: float) -> Motion:
    """Return the motion turned about the vertical so that it starts with ``heading`` [rad] (0 faces +x).

    Its starting position stays the same.

    Raises:
        MotionError: a heading that is not a number.
    """
    if not math.isfinite(heading):
        raise MotionError(f"motion {motion.name!r}: the heading must be a number of radians, given {heading!r}")
    rotation = rotations.from_yaw(heading - float(rotations.heading(motion.qpos[0, 3:7])))
    start = motion.qpos[0, :3] * (1.0, 1.0, 0.0)

    def moved(points: Array) -> Array:
        return rotations.rotate(rotation, points - start) + start

    qpos, qvel = motion.qpos.copy(), motion.qvel.copy()
    qpos[:, :3], qpos[:, 3:7] = moved(qpos[:, :3]), rotations.normalize(rotations.multiply(rotation, qpos[:, 3:7]))
    # The angular velocity is in the body's frame and does not change.
    qvel[:, :3] = rotations.rotate(rotation, qvel[:, :3])
    return motion.replace(
        qpos=qpos,
        qvel=qvel,
        body_pos=moved(motion.body_pos),
        body_vel=rotations.rotate(rotation, motion.body_vel),
        notes=(*motion.notes, f"turned to a heading of {heading:.3g} rad"),
    )


def concatenate(motions: Sequence[Motion], *, blend: float = 0.3, name: str = "") -> Motion:
    """Return motions joined in sequence, at the frame rate of the first.

    Each motion is turned and moved to where the previous one ends, and its first ``blend`` seconds are blended with
    the last of the previous one: the root's path, height and orientation, and all angles.

    Args:
        motions: at least one.
        blend: blending time [s]; 0 joins them end to end.
        name: name of the result; by default the names joined by "+".

    Raises:
        MotionError: no motion, or a blend that is not a number from 0 to 5 or is longer than a motion.
    """
    if not motions:
        raise MotionError("concatenate needs at least one motion")
    if not (isinstance(blend, int | float) and 0 <= blend <= 5):
        raise MotionError(f"blend must be a number of seconds from 0 to 5, given {blend!r}")
    first = motions[0]
    fps = first.fps
    overlap = max(1, round(blend * fps))
    qpos = first.qpos.copy()
    for motion in motions[1:]:
        added = _at_rate(motion, fps)
        if overlap > min(len(added), len(qpos)) - 1:
            raise MotionError(
                f"motion {motion.name!r}, or the part before it, is shorter than the blend of {blend:g} s"
            )
        qpos = _joined(qpos, added, overlap)
    strange = [motion.name for motion in motions if motion.body != first.body]
    if strange:
        raise MotionError(
            f"concatenate needs motions of one body, but {strange[0]!r} and {first.name!r} are of different bodies"
        )
    joined = _rebuilt(first, qpos, f"{len(motions)} motions in a row, blended over {blend:g} s")
    return joined.replace(name=name or "+".join(motion.name for motion in motions), caption=_caption(motions), fit={})


@of_its_body
def compact(motion: Motion) -> Motion:
    """Return the motion with numbers rounded to 24 bits, far below a micrometer, which halves its file."""
    rounded = {
        key: getattr(motion, key).astype(np.float32).astype(np.float64)
        for key in ("qpos", "qvel", "body_pos", "body_vel")
    }
    return motion.replace(**rounded)


def _at_rate(motion: Motion, fps: float) -> Array:
    if motion.fps == fps:
        return motion.qpos
    times = np.arange(math.floor(motion.duration * fps + 1e-6) + 1)[None] / fps
    qpos: Array = MotionLibrary([motion]).lookup([0], times).qpos[0]
    return qpos


def _joined(before: Array, after: Array, overlap: int) -> Array:
    """Return both, with the last ``overlap`` frames of one blended with the first of the other."""
    at = len(before) - overlap
    share = np.linspace(0.0, 1.0, overlap + 2)[1:-1]
    share = share * share * (3 - 2 * share)
    yaw = rotations.heading(before[at, 3:7]) - rotations.heading(after[0, 3:7])
    rotation = rotations.from_yaw(yaw)
    placed = after.copy()
    placed[:, :3] = rotations.rotate(rotation, after[:, :3] - after[0, :3] * (1, 1, 0)) + before[at, :3] * (1, 1, 0)
    placed[:, 3:7] = rotations.normalize(rotations.multiply(rotation, after[:, 3:7]))
    middle = (1 - share)[:, None] * before[at:] + share[:, None] * placed[:overlap]
    middle[:, 3:7] = rotations.slerp(before[at:, 3:7], placed[:overlap, 3:7], share)
    out = np.concatenate((before[:at], middle, placed[overlap:]))
    out[:, 7:] = np.clip(out[:, 7:], *skeleton().ranges.T)
    return out


def _rebuilt(motion: Motion, qpos: Array, note: str) -> Motion:
    qpos = qpos.copy()
    qpos[:, 3:7] = rotations.normalize(qpos[:, 3:7])
    return motion.with_qpos(qpos, note, fit=motion.fit)


def _caption(motions: Sequence[Motion]) -> str:
    return ", then ".join(motion.caption for motion in motions if motion.caption)
