"""From recorded joint angles to a motion of this body.

The pelvis keeps its recorded course, scaled to this body, plus an offset slower than half a hertz: where the ground is,
how long a treadmill's belt has run, how much longer a stride is. The rest is left to the legs.
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
from kinesis_env.motions.retargeting.signals import slow, smooth
from kinesis_env.typing import Array, Mask

__all__ = ["pose_angles"]


#: The offset of the pelvis from its recorded course changes more slowly than this [Hz]; where no course was recorded,
#: the pelvis follows the feet up to this [Hz].
_OFFSET, _FOLLOWS = 0.5, 2.5
#: How high above where it rests a point of a standing foot may be, round by round, as the course gets better [m].
_LOWS = (0.06, 0.045, 0.03)
#: Weight of the path that is expected beside a sole point that stands.
_TRUST = 0.05
#: Where no height was recorded, the pelvis rises by this share of what a swing foot would be below the ground beyond this
#: depth [m], and the legs do the rest: the knee of a crouched swing leg is bent by 70 degrees already.
_SINKS, _SHARED = 0.005, 0.7
#: Least range of a recorded height that says something [m].
_RISES = 0.005
#: How much larger or smaller than the recorded person this body may be.
_SCALES = (0.7, 1.4)
#: Least distance between the heels, sideways, while one leg passes the other [m]: the width of a foot and its ankle.
_PASSING = 0.09


def pose_angles(recording: AngleRecording, signals: Array, fps: float, notes: list[str]) -> tuple[Array, FitTarget]:
    """Return qpos (T, 21) of recorded angles, and what it is fitted to.

    Args:
        recording: where the angles are from.
        signals: angles, root quaternion and root position (T, 21), evenly sampled.
        fps: frames per second.
        notes: what was done is added.
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
        f"standing feet put on the ground: leg joints moved by {change.mean():.1f} deg on average, "
        f"{change.max():.1f} deg at most"
    )
    return out, target


def _course(qpos: Array, place: Array, recording: AngleRecording, fps: float, notes: list[str]) -> tuple[Array, Stands]:
    """Return the course of the pelvis (T, 3) [m] and which feet stand."""
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
    """Return the pelvis height (T,) [m] at which the standing feet are on the ground on average."""
    total = np.maximum(carries.sum(axis=1), 1e-6)
    out: Array = -(carries * relative.lowest).sum(axis=1) / total
    return out


_FITTED = "horizontal path fitted to this body's legs"


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


def _passing(angles: Array, quat: Array) -> tuple[Array, Array, Mask]:
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
        return recorded + (walked - recorded.mean(axis=0)), "treadmill: forward motion recovered from the stance foot"
    return recorded, _FITTED
