"""BVH: a hierarchy of joints with offsets and channels in any order, and a table of channel values.

A joint's position follows from the channels of all joints above it, so it does not matter whether the motion is on the
root or on a child of it. Files specify neither their unit nor the vertical axis: both are detected (:mod:`.axes`).
Joints are recognized by name or by the shape of the hierarchy (:mod:`.skeleton`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.files import open_regular
from kinesis_env.motions.archive import MAX_BYTES
from kinesis_env.motions.formats.axes import TO_Z_UP, leg_length, unit_of, upright
from kinesis_env.motions.formats.bvh_text import BvhFile, Joint, parse_bvh
from kinesis_env.motions.formats.points import checked_rate, make_recording
from kinesis_env.motions.formats.skeleton import JointTree, find_landmarks
from kinesis_env.motions.formats.units import path_factor
from kinesis_env.motions.recording import LANDMARKS, PointRecording
from kinesis_env.typing import Array

__all__ = ["is_bvh", "read_bvh"]


#: Position channels of a joint that stay below this fraction of its offset are taken as relative to the offset.
_RELATIVE = 0.1
#: The hierarchy is a standing pose if legs and spine lean by no more than this [rad].
_STANDING = 0.45
#: Limbs do not move this fast relative to the hips between two frames only [m/s].
_FAST = 4.0
#: Poses whose joints are this close are the same, as a fraction of the leg; the step from the hierarchy's pose to the
#: motion is this many times the step to the next frame.
_SAME, _JUMP = 0.01, 2.0
#: Longest time that the pose of the hierarchy is held before the motion [s].
_HELD = 5.0
#: Rotations in this range may be radians; correlation of steps and path above which they are.
_LEAST_TURN, _MOST_TURN, _WALKS = 0.15, 6.5, 0.8
#: A spine joint is at least this far above the hips, as a fraction of the distance from hips to neck.
_ABOVE_HIPS = 0.08


@dataclass(frozen=True, eq=False)
class _Places:
    """Positions of joints with all channels at zero (J, 3) and in each frame (T, J, 3), in units of the file."""

    rest: Array
    moved: Array


def is_bvh(path: Path) -> bool:
    """Return whether a file starts like a BVH."""
    try:
        with open_regular(path, MAX_BYTES) as stream:
            return stream.read(200).removeprefix(b"\xef\xbb\xbf").split(maxsplit=1)[:1] == [b"HIERARCHY"]
    except OSError:
        return False


def read_bvh(file: Path, *, joint_map: Mapping[str, str] | None = None, fps: float | None = None) -> PointRecording:
    """Read joint positions.

    Args:
        file: the file.
        joint_map: maps landmarks (:data:`~kinesis_env.motions.recording.LANDMARKS`) to joint names, for unknown names;
            an end site has its joint's name with "_end" added.
        fps: frame rate [Hz]; by default the file's.

    Raises:
        MotionFormatError: the file cannot be read, or its joints are unknown. The message names the file, the line and
            the reason.
    """
    where = str(file)
    content = parse_bvh(file, fps=None if fps is None else checked_rate(fps, where, "fps"))
    rate = checked_rate(1.0 / content.frame_time, where, "frame rate")
    chosen, notes = _landmarks(content, joint_map, where)
    notes = [*content.notes, *notes]
    with np.errstate(all="ignore"):
        content, said = _in_degrees(content, chosen, rate)
        notes += said
        places = _places(content, chosen)
        rest, points = _completed(places, chosen)
        finite = np.isfinite(points).all(axis=(1, 2))
        if not finite.any():
            raise MotionFormatError(f"{where}: every frame contains NaN or infinity")
        unit, note = unit_of(points[finite])
        points, rest, path = points * unit, rest * unit, _carrier(content.joints, chosen, places) * unit
        apart = _apart(points, rest, rate)
        if apart:
            points, path = points[apart:], path[apart:]
            begin = "the first frame is" if apart == 1 else f"the first {apart} frames are"
            notes.append(f"{begin} a pose of its own, far from the next; left out")
        finite = np.isfinite(points).all(axis=(1, 2))
        usual_up = _upward(rest)
        up, _ = upright(points[finite], usual_up)
    notes.append(note)
    return make_recording(
        file, points, rate, path=path, kind="BVH", rest=_standing(rest, up), usual_up=usual_up, notes=notes
    )


def _landmarks(content: BvhFile, joint_map: Mapping[str, str] | None, where: str) -> tuple[dict[str, int], list[str]]:
    """Return the index of each landmark's joint, and notes on those not recognized by name."""
    joints = content.joints
    rest = np.zeros((len(joints), 3))
    for index, joint in enumerate(joints):
        rest[index] = joint.offset + (rest[joint.parent] if joint.parent >= 0 else 0.0)
    parents = tuple(joint.parent for joint in joints)
    tree = JointTree(tuple(joint.name for joint in joints), parents, rest, tuple(joint.end for joint in joints))
    try:
        return find_landmarks(tree, joint_map)
    except MotionError as error:
        raise MotionFormatError(f"{where}: {error}") from error


def _in_degrees(content: BvhFile, chosen: Mapping[str, int], rate: float) -> tuple[BvhFile, list[str]]:
    """Return the file with rotations in degrees, and notes: small ones are radians if the feet then match the path."""
    turns = [
        joint.first + i
        for joint in content.joints
        for i, name in enumerate(joint.channels)
        if name.endswith("rotation")
    ]
    largest = float(np.nanmax(np.abs(content.values[:, turns]), initial=0.0)) if turns else 0.0
    if not _LEAST_TURN < largest < _MOST_TURN:
        return content, []
    values = content.values.copy()
    values[:, turns] = np.rad2deg(values[:, turns])
    other = replace(content, values=values)
    fits = []
    for each in (content, other):
        places = _places(each, chosen)
        path = _carrier(each.joints, chosen, places)
        toes = places.moved[:, [chosen["toe_r"], chosen["toe_l"]]] - path[:, None]
        unit, _ = unit_of(places.moved[:, [chosen[name] for name in LANDMARKS]])
        turn = TO_Z_UP[_upward(places.rest[[chosen[name] for name in LANDMARKS]]) or "+y"].T
        fits.append(path_factor(unit * path @ turn, unit * toes @ turn, rate)[1])
    if fits[1] < max(_WALKS, fits[0]):
        return content, []
    return other, [f"rotations reach only {largest:.2f}, and the feet walk if these are radians: read as radians"]


def _places(content: BvhFile, chosen: Mapping[str, int]) -> _Places:
    """Return the positions of all joints that landmarks depend on; others stay at the origin."""
    joints = content.joints
    wanted: set[int] = set()
    for index in chosen.values():
        wanted.update(_path_up(joints, index))
    frames = len(content.values)
    rest = np.zeros((len(joints), 3))
    moved = np.zeros((frames, len(joints), 3))
    turned: dict[int, Array] = {}
    for index in sorted(wanted):
        joint = joints[index]
        offset = _offset(joint, content.values)
        own = _turn(joint, content.values)
        if joint.parent < 0:
            rest[index], moved[:, index], turned[index] = joint.offset, offset, own
            continue
        above = turned[joint.parent]
        rest[index] = rest[joint.parent] + joint.offset
        moved[:, index] = moved[:, joint.parent] + rotations.rotate(above, offset)
        turned[index] = rotations.multiply(above, own) if joint.channels else above
    return _Places(rest, moved)


def _carrier(joints: tuple[Joint, ...], chosen: Mapping[str, int], places: _Places) -> Array:
    """Return the path (T, 3) of the last joint above both legs that has position channels."""
    legs = [_path_up(joints, chosen[name]) for name in ("hip_r", "hip_l")]
    shared = [index for index in legs[0] if index in legs[1]]
    carriers = [index for index in shared if any(name.endswith("position") for name in joints[index].channels)]
    return places.moved[:, (carriers or shared or [0])[0]]


def _path_up(joints: tuple[Joint, ...], index: int) -> list[int]:
    path = []
    while index >= 0:
        path.append(index)
        index = joints[index].parent
    return path


def _offset(joint: Joint, values: Array) -> Array:
    """Return the position of a joint in its parent, (3,) or (T, 3)."""
    out = np.broadcast_to(joint.offset, (len(values), 3)).copy()
    columns = [(i, "XYZ".index(name[0])) for i, name in enumerate(joint.channels) if name.endswith("position")]
    if not columns:
        return out
    given = np.stack([values[:, joint.first + i] for i, _ in columns], axis=1)
    length = float(np.linalg.norm(joint.offset))
    # Values replace the offset, unless they are small changes of it.
    relative = joint.parent >= 0 and float(np.nanmax(np.abs(given), initial=0.0)) < _RELATIVE * length
    for (_, axis), column in zip(columns, given.T, strict=True):
        out[:, axis] = out[:, axis] + column if relative else column
    return out


def _turn(joint: Joint, values: Array) -> Array:
    """Return the orientation of a joint in its parent (T, 4), its channels applied in the order of the file."""
    out = np.zeros((len(values), 4))
    out[:, 0] = 1.0
    for i, name in enumerate(joint.channels):
        if name.endswith("rotation"):
            half = 0.5 * np.deg2rad(values[:, joint.first + i])
            turn = np.zeros((len(values), 4))
            turn[:, 0], turn[:, 1 + "XYZ".index(name[0])] = np.cos(half), np.sin(half)
            out = rotations.multiply(out, turn)
    return out


def _completed(places: _Places, chosen: Mapping[str, int]) -> tuple[Array, Array]:
    """Return the landmarks, at rest and in each frame; a spine joint at the hips is moved up the spine."""
    order = [chosen[name] for name in LANDMARKS]
    rest, moved = places.rest[order].copy(), places.moved[:, order].copy()
    if not np.isfinite(moved).all(axis=(1, 2)).any():
        return rest, moved
    hips = moved[:, [LANDMARKS.index("hip_r"), LANDMARKS.index("hip_l")]].mean(axis=1)
    spine, neck = LANDMARKS.index("spine"), LANDMARKS.index("neck")
    whole = np.nanmedian(np.linalg.norm(moved[:, neck] - hips, axis=-1))
    if np.nanmedian(np.linalg.norm(moved[:, spine] - hips, axis=-1)) < _ABOVE_HIPS * whole:
        rest[spine], moved[:, spine] = rest[neck], moved[:, neck]
    return rest, moved


def _apart(points: Array, rest: Array, rate: float) -> int:
    """Return the number of frames before the motion: some files begin with the hierarchy's pose."""
    if len(points) < 4 or not np.isfinite(points[:3]).all():
        return 0
    inside = points[:3] - points[:3, : 1 + LANDMARKS.index("hip_r")]
    first, second = np.linalg.norm(np.diff(inside, axis=0), axis=-1).max(axis=1) * rate
    if first > _FAST and first > 5 * second:
        return 1
    # The pose of the hierarchy itself, at any position: the motion begins with a jump.
    begin = points[: round(_HELD * rate) + 2]
    same = np.abs(_distances(begin) - _distances(rest)).max(axis=(1, 2)) < _SAME * leg_length(rest)
    held = len(same) if same.all() else int(same.argmin())
    steps = np.linalg.norm(np.diff(points[: held + 2], axis=0), axis=-1).max(axis=1)
    jumps = np.flatnonzero(steps[:-1] > np.maximum(_JUMP * steps[1:], _SAME))
    return int(jumps[-1]) + 1 if jumps.size else 0


def _distances(points: Array) -> Array:
    """Return the distances between points (..., 10, 3), which are invariant to rotation."""
    out: Array = np.linalg.norm(points[..., :, None, :] - points[..., None, :, :], axis=-1)
    return out


def _upward(rest: Array) -> str | None:
    """Return the axis that points up in the hierarchy's own pose, known even if the body lies; or None."""
    up, turn = upright(rest[None])
    feet = rest[[LANDMARKS.index("ankle_r"), LANDMARKS.index("ankle_l")]].mean(axis=0)
    line = turn @ (rest[LANDMARKS.index("neck")] - feet)
    tall = line[2] > np.cos(_STANDING) * np.linalg.norm(line) and line[2] > leg_length(rest)
    return up if tall else None


def _standing(rest: Array, up: str) -> Array | None:
    """Return the hierarchy's own pose, x forward and z up, if it stands upright; otherwise None."""
    out = rest @ TO_Z_UP[up].T
    left = out[LANDMARKS.index("hip_l")] - out[LANDMARKS.index("hip_r")]
    yaw = float(np.arctan2(-left[0], left[1]))
    out = rotations.rotate(rotations.from_yaw(-yaw), out)
    upward = [(f"knee_{side}", f"hip_{side}") for side in "rl"] + [(f"ankle_{side}", f"knee_{side}") for side in "rl"]
    for low, high in [*upward, ("hip_r", "neck")]:
        line = out[LANDMARKS.index(high)] - out[LANDMARKS.index(low)]
        if line[2] <= 0 or np.arctan2(np.hypot(line[0], line[1]), line[2]) > _STANDING:
            return None
    return out
