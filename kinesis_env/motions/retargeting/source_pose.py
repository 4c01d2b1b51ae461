"""Pose of a recorded person from joint positions: pelvis, directions of the limbs, foot contacts.

The person is first scaled to this body, so that the same thresholds of foot contact hold for people of any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env import rotations
from kinesis_env.motions.recording import LANDMARKS
from kinesis_env.motions.retargeting.contact import Contacts, detect_contacts, ground_level
from kinesis_env.motions.retargeting.trunk import about_mean, how_carried
from kinesis_env.typing import Array

__all__ = ["SourcePose", "read_pose"]


_AT = {name: i for i, name in enumerate(LANDMARKS)}
_PARTS = {part: [_AT[f"{part}_r"], _AT[f"{part}_l"]] for part in ("hip", "knee", "ankle", "toe")}
#: Elevation of the line from ankle to ball of a flat foot [rad] where the recording does not show it: this body's.
_FLAT_FOOT = -0.33
#: Frames of flat stance that are needed to measure that elevation from the recording, and the difference of elevations
#: in a rest pose beyond which one of its feet is not flat [rad].
_ENOUGH, _TILTED = 8, 0.1
#: A spine that leans more than this relative to the hips is a posture, not a property of the skeleton [rad].
_LEANING = 0.35


@dataclass(frozen=True, eq=False)
class SourcePose:
    """A recorded person over time, scaled to the leg length of another, right side first.

    Attributes:
        hips: midpoint of the hip joints (T, 3) [m], with heights above the ground.
        pelvis: orientation (T, 4); the identity is upright and facing forward.
        thigh: direction from hip to knee (T, 2, 3).
        shank: direction from knee to ankle (T, 2, 3).
        foot_yaw: horizontal direction from ankle to ball (T, 2) [rad].
        foot_pitch: pitch of the foot, positive down (T, 2) [rad]; zero when flat.
        contacts: foot contacts.
        ground: height of the ground in the recording (T,) [m].
        scale: scale factor relative to the recording.
    """

    hips: Array
    pelvis: Array
    thigh: Array
    shank: Array
    foot_yaw: Array
    foot_pitch: Array
    contacts: Contacts
    ground: Array
    scale: float


def read_pose(
    points: Array, rest: Array | None, fps: float, *, leg: float, trunk: str = "pelvis", notes: list[str] | None = None
) -> SourcePose:
    """Read points (T, 10, 3) in the order of the landmarks, z up.

    Args:
        points: [m].
        rest: the points of the person standing (10, 3), x forward, or None.
        fps: frames per second.
        leg: length from hip through knee to ankle that the person is scaled to [m].
        trunk: "carry" makes the pelvis lean like the line from the lowest spine joint to the neck.
        notes: a description of that is appended.
    """
    scale = leg / leg_length(points)
    points = points * scale
    hip, knee, ankle, toe = (points[:, _PARTS[part]] for part in ("hip", "knee", "ankle", "toe"))
    ground = ground_level(ankle, toe, fps)
    above = np.zeros((len(points), 1, 3))
    above[:, 0, 2] = ground
    steps = np.linalg.norm(np.gradient(hip.mean(axis=1)[:, :2], axis=0), axis=1) * fps
    contacts = detect_contacts(ankle - above, toe - above, steps, fps)
    thigh, shank, foot = knee - hip, ankle - knee, toe - ankle
    yaw = _foot_yaw(foot, rotations.heading(_frames(points)))
    elevation = np.arctan2(foot[..., 2], np.linalg.norm(foot[..., :2], axis=-1))
    pelvis = _pelvis(points, rest)
    if trunk == "carry":
        turned = about_mean(pelvis, _frames(points, points[:, _AT["neck"]] - points[:, _AT["spine"]]))
        if notes is not None:
            notes.append(how_carried(pelvis, turned))
        pelvis = turned
    return SourcePose(
        hips=hip.mean(axis=1) - above[:, 0],
        pelvis=pelvis,
        thigh=_unit(thigh),
        shank=_unit(shank),
        foot_yaw=yaw,
        foot_pitch=np.stack([_flat(elevation, contacts, rest, s) - elevation[:, s] for s in range(2)], axis=1),
        contacts=contacts,
        ground=ground,
        scale=scale,
    )


def leg_length(points: Array) -> float:
    """Return the length from hip through knee to ankle of points (T, 10, 3)."""
    hip, knee, ankle = (points[:, _PARTS[part]] for part in ("hip", "knee", "ankle"))
    return float(np.median(np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)))


def _pelvis(points: Array, rest: Array | None) -> Array:
    """Return the orientation of the pelvis (T, 4), from the line between the hips and the spine above them."""
    frames = _frames(points)
    if rest is not None:
        return rotations.multiply(frames, rotations.conjugate(_frames(rest[None])))
    # How far the lowest spine joint lies behind or in front of the hips depends on the skeleton: the pelvis is assumed
    # to be upright most of the time.
    _, pitch = rotations.roll_pitch(frames)
    lean = float(np.clip(np.median(pitch), -_LEANING, _LEANING))
    return rotations.multiply(frames, rotations.from_rotvec(np.array([0.0, -lean, 0.0])))


def _frames(points: Array, trunk: Array | None = None) -> Array:
    """Return orientations (T, 4): y from the right hip to the left, z along the spine, orthogonal to y.

    With a trunk (T, 3), z is along it, and y orthogonal to z.
    """
    right, left = points[:, _AT["hip_r"]], points[:, _AT["hip_l"]]
    y = _unit(left - right)
    x = _unit(np.cross(y, points[:, _AT["spine"]] - 0.5 * (left + right) if trunk is None else trunk))
    if trunk is None:
        return rotations.from_matrix(np.stack((x, y, np.cross(x, y)), axis=-1))
    z = _unit(trunk)
    return rotations.from_matrix(np.stack((x, np.cross(z, x), z), axis=-1))


def _foot_yaw(foot: Array, heading: Array) -> Array:
    """Return the yaw of foot vectors (T, 2, 3); a foot that points straight down keeps the heading of the pelvis."""
    flat = np.linalg.norm(foot[..., :2], axis=-1)
    length = np.linalg.norm(foot, axis=-1)
    share = np.clip((flat / np.maximum(length, 1e-9) - 0.15) / 0.25, 0.0, 1.0)[..., None]
    ahead = np.stack((np.cos(heading), np.sin(heading)), axis=-1)[:, None]
    blended = share * foot[..., :2] / np.maximum(flat, 1e-9)[..., None] + (1 - share) * ahead
    yaw: Array = np.arctan2(blended[..., 1], blended[..., 0])
    return yaw


def _flat(elevation: Array, contacts: Contacts, rest: Array | None, side: int) -> float:
    """Return the elevation of the line from ankle to ball when a foot is flat [rad]."""
    flat = contacts.toe[:, side] & contacts.heel[:, side]
    known = _FLAT_FOOT
    if rest is not None:
        feet = rest[_PARTS["toe"]] - rest[_PARTS["ankle"]]
        both = np.arctan2(feet[:, 2], np.hypot(feet[:, 0], feet[:, 1]))
        # If a rest pose tilts one foot, the other one counts for both.
        tilted = abs(both[0] - both[1]) > _TILTED
        known = float(both[np.abs(both - _FLAT_FOOT).argmin()] if tilted else both[side])
    if flat.sum() < _ENOUGH:
        return known
    return float(np.median(elevation[flat, side]))


def _unit(vector: Array) -> Array:
    unit: Array = vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)
    return unit
