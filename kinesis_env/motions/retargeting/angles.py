"""From recorded joint angles to a motion of this body.

The pelvis keeps its recorded path, scaled to this body, plus an offset slower than 0.5 Hz that accounts for ground
level, treadmill belt and stride length. The legs adapt to the rest.
"""

from __future__ import annotations

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.recording import AngleRecording
from kinesis_env.motions.retargeting.contact import Stands, find_stands
from kinesis_env.motions.retargeting.fit import FitTarget
from kinesis_env.motions.retargeting.ground import (
    Soles,
    bend_toes,
    contact_weights,
    height_from_feet,
    required_steps,
    soles,
    standing_weights,
    walking_step,
)
from kinesis_env.motions.retargeting.legs import adapt_legs
from kinesis_env.signals import slow, smooth
from kinesis_env.typing import Array, Mask

__all__ = ["pose_angles"]


#: The offset of the pelvis from its recorded path changes more slowly than this [Hz]; where no path was recorded, the
#: pelvis follows the feet up to this [Hz].
_OFFSET, _FOLLOWS = 0.5, 2.5
#: Maximum height of a point of a stance foot above where it rests, in each round, as the path improves [m].
_LOWS = (0.06, 0.045, 0.03)
#: Weight of the expected path relative to a sole point in contact.
_TRUST = 0.05
#: Where no height was recorded, a swing foot may be this far below the ground [m]; the pelvis rises by this fraction of
#: what exceeds it, and the legs do the rest: the knee of a crouched swing leg is bent by 70 degrees already.
_SINKS, _SHARED = 0.005, 0.7
#: Smallest range of a recorded height that counts as a recording of it [m].
_RISES = 0.005
#: Smallest and largest size of this body relative to the recorded person.
_SCALES = (0.7, 1.4)
#: Minimum lateral distance between the heels while one leg passes the other [m]: the width of a foot and its ankle.
_PASSING = 0.09


def pose_angles(recording: AngleRecording, signals: Array, fps: float, notes: list[str]) -> tuple[Array, FitTarget]:
    """Return qpos (T, 21) for recorded angles, and the target it is fitted to.

    Args:
        recording: the recording the angles come from.
        signals: angles, root quaternion and root position (T, 21), evenly sampled.
        fps: frames per second.
        notes: a description of each change is appended.
    """
    recorded, quat, place = signals[:, :14], rotations.normalize(signals[:, 14:18]), signals[:, 18:]
    angles = _clipped(recorded, notes)
    quat, place = _facing_forward(quat, place, fps)
    angles = _parted(angles, quat, fps, notes)
    angles = _with_toes(angles, quat, notes)
    qpos = np.concatenate((np.zeros((len(angles), 3)), quat, angles), axis=1)
    qpos[:, :3], stands = _course(qpos, place, recording, fps, notes)
    target = FitTarget(
        skeleton().poses(np.concatenate((qpos[:, :7], recorded), axis=1)).pos[:, skeleton().tracked],
        np.zeros(len(qpos)),
    )
    out = adapt_legs(qpos, stands.firm, stands.clearance, fps, still=stands.still)
    change = np.rad2deg(np.abs(out - qpos)[:, 7:])
    notes.append(
        f"stance feet placed on the ground: leg joints moved by {change.mean():.1f} deg on average, "
        f"{change.max():.1f} deg at most"
    )
    return out, target


def _course(qpos: Array, place: Array, recording: AngleRecording, fps: float, notes: list[str]) -> tuple[Array, Stands]:
    """Return the path of the pelvis (T, 3) [m] and which feet are in stance."""
    relative = soles(qpos)
    needed = -relative.lowest.min(axis=1)
    known = bool(recording.recorded_axes[2]) and float(np.ptp(place[:, 2])) > _RISES
    scale = 1.0
    if known:
        scale = float(np.clip(np.median(needed) / max(float(np.median(place[:, 2])), 0.1), *_SCALES))
        height = scale * place[:, 2]
        height = height + np.percentile(needed - height, 60)
    else:
        height = height_from_feet(relative, fps)
    expected, done = _expected_steps(relative, scale * place, recording, fps)
    has_path = bool(recording.recorded_axes[0])
    recorded = np.diff(scale * place[:, :2], axis=0) if has_path else expected
    course = np.zeros((len(qpos), 3))
    stands = None
    touching = contact_weights(relative, height)
    for low in _LOWS:
        steps, firmness = required_steps(relative, touching, expected, fps, trust=_TRUST)
        band = _OFFSET if has_path else _FOLLOWS
        steps = recorded + slow(steps - recorded, firmness + _TRUST, fps, band)
        course[:, :2] = np.concatenate((np.zeros((1, 2)), np.cumsum(steps, axis=0)))
        course[:, 2] = height
        moved = qpos.copy()
        moved[:, :3] = course
        stands = find_stands(soles(moved), fps, low=low, always=not known)
        if stands.firm.max() < 0.5:
            break
        carries = stands.flat + 0.02 * stands.firm
        weight = carries.max(axis=1)
        base = height if known else np.zeros(len(qpos))
        carried = _carried(relative, carries)
        if not known:
            carried += _SHARED * np.maximum(needed - carried - _SINKS, 0.0)
        missing = np.where(weight > 0.001, carried - base, 0.0)
        height = base + slow(missing[:, None], weight + 1e-6, fps, _OFFSET if known else _FOLLOWS)[:, 0]
        expected, touching = steps, standing_weights(relative, stands.firm)
    course[:, 2] = height
    speed = np.linalg.norm(np.diff(course[:, :2], axis=0).mean(axis=0)) * fps
    notes.append(f"{done}, mean speed {speed:.2f} m/s")
    assert stands is not None
    return course, stands


def _carried(relative: Soles, carries: Array) -> Array:
    """Return the pelvis height (T,) [m] at which the stance feet are on the ground on average."""
    total = np.maximum(carries.sum(axis=1), 1e-6)
    out: Array = -(carries * relative.lowest).sum(axis=1) / total
    return out


_FITTED = "horizontal path fitted to this body's legs"


def _clipped(angles: Array, notes: list[str]) -> Array:
    low, high = skeleton().ranges.T
    clipped = np.clip(angles, low, high)
    beyond = np.abs(angles - clipped)
    # Filter overshoot of a tenth of a degree past a straight knee is not worth a note.
    touched = beyond > np.deg2rad(0.1)
    if touched.any():
        joints = [
            f"{JOINTS[j]} (up to {np.rad2deg(beyond[:, j].max()):.1f} deg)" for j in np.flatnonzero(touched.any(axis=0))
        ]
        notes.append(f"{touched.mean():.2%} of the joint angles clipped to the joint ranges: {', '.join(joints)}")
    return clipped


def _facing_forward(quat: Array, place: Array, fps: float) -> tuple[Array, Array]:
    first = rotations.heading(quat[: max(1, round(fps))])
    yaw = np.arctan2(np.sin(first).mean(), np.cos(first).mean())
    turn = rotations.from_yaw(-yaw)
    return rotations.multiply(turn, quat), rotations.rotate(turn, place)


def _parted(angles: Array, quat: Array, fps: float, notes: list[str]) -> Array:
    """Return angles (T, 14) with the hips abducted enough for the legs of this body to pass each other."""
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
        f"hips abducted by up to {np.rad2deg(opened):.1f} deg while one leg passes the other, so that the legs clear"
    )
    return out


def _around(peaks: Array, fps: float) -> Array:
    """Return a smooth upper envelope (T,) of peaks (T,)."""
    curve = peaks[:, None]
    for _ in range(6):
        over = np.where(peaks > curve[:, 0], 20.0, 1.0)
        curve = smooth(peaks[:, None], over, 20.0 * (fps / 30) ** 4)
    out: Array = np.maximum(curve[:, 0], 0.0)
    return out


def _passing(angles: Array, quat: Array) -> tuple[Array, Array, Mask]:
    """Return lateral distance of the heels (T,), their depth below the hips (T,) [m], and when a leg passes (T,)."""
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
    notes.append("the toes do not move in the file: flexed at push-off so that they stay on the ground")
    return out


def _expected_steps(relative: Soles, place: Array, recording: AngleRecording, fps: float) -> tuple[Array, str]:
    """Return the expected steps (T-1, 2) [m], from the recorded path or from the feet alone, and a note about it."""
    walked = walking_step(relative)
    speed = np.linalg.norm(walked) * fps
    mean = np.broadcast_to(walked, (len(place) - 1, 2))
    if not recording.recorded_axes[0]:
        return mean, "no horizontal path in the file: recovered from the stance foot"
    recorded = np.diff(place[:, :2], axis=0)
    forward = recorded[:, 0].mean() * fps
    if speed > 0.2 and abs(forward) < 0.4 * speed:
        return recorded + (walked - recorded.mean(axis=0)), "treadmill: forward motion recovered from the stance foot"
    return recorded, _FITTED
