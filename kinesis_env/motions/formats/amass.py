"""AMASS and similar files (``.npz``): rotations of SMPL joints and the path of the pelvis.

Read are ``poses`` with 72 (SMPL), 156 (SMPL-H) or 165 columns (SMPL-X), or ``root_orient`` and ``pose_body``; ``trans``
and ``mocap_framerate`` or ``mocap_frame_rate``, whatever the rate. The shape (``betas``) is not: segments are scaled to
this package's body anyway, so joint centers of the mean shape do, unless the user gives better ones.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions import archive
from kinesis_env.motions.formats.points import MAX_FRAMES, checked_rate, make_recording
from kinesis_env.motions.formats.smpl import SmplSkeleton, mean_shape
from kinesis_env.motions.recording import PointRecording
from kinesis_env.typing import Array, RowInfo

__all__ = ["RATE_KEYS", "is_amass", "read_amass"]


RATE_KEYS = ("mocap_framerate", "mocap_frame_rate", "mocap_frame_rates", "frame_rate", "framerate", "fps")
_COLUMNS = {66: "SMPL body", 72: "SMPL", 156: "SMPL-H", 165: "SMPL-X"}
_JOINTS = 22
_WANTED = ("poses", "trans", "root_orient", "pose_body", "betas", *RATE_KEYS)


def is_amass(path: Path) -> bool:
    """Whether an ``.npz`` archive holds poses of SMPL."""
    names = set(archive.member_names(path))
    return "trans" in names and bool(names & {"poses", "pose_body"})


def read_amass(path: Path, *, rest_joints: ArrayLike | None = None, fps: float | None = None) -> PointRecording:
    """Read joint rotations and give joint positions.

    Args:
        path: the file.
        rest_joints: joint centers of the recorded person at rest (J, 3) [m], J >= 22, in SMPL's order and axes (x
            left, y up, z forward), such as a body model gives; the mean shape by default.
        fps: frame rate [Hz]; by default the file's.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the array and the reason.
    """
    where = str(path)
    arrays = archive.read_some(path, _WANTED)
    poses = _poses(arrays, where)
    trans = _numbers(arrays, "trans", where)
    if trans.shape != (len(poses), 3):
        raise MotionFormatError(f"{where}: trans has shape {trans.shape}; it needs {(len(poses), 3)}, as poses")
    notes = [f"{_COLUMNS.get(poses.shape[1], 'SMPL-X')} poses"]
    rate = checked_rate(fps, where, "fps") if fps is not None else _rate(arrays, where)
    skeleton = mean_shape() if rest_joints is None else _skeleton(rest_joints)
    if rest_joints is None and np.any(arrays.get("betas", 0)):
        notes.append("the shape in the file is not used: segments are scaled from the mean shape")
    with np.errstate(all="ignore"):
        points = skeleton.landmarks(poses[:, : 3 * _JOINTS].reshape(-1, _JOINTS, 3), trans)
    return make_recording(path, points, rate, kind="AMASS", rest=skeleton.standing, usual_up="+z", notes=notes)


def _poses(arrays: RowInfo, where: str) -> Array:
    if "poses" in arrays:
        poses = _numbers(arrays, "poses", where)
        if poses.ndim == 3 and poses.shape[2] == 3:
            poses = poses.reshape(len(poses), -1)
    elif {"root_orient", "pose_body"} <= set(arrays):
        root, body = _numbers(arrays, "root_orient", where), _numbers(arrays, "pose_body", where)
        if root.ndim != 2 or body.ndim != 2 or len(root) != len(body):
            raise MotionFormatError(f"{where}: root_orient {root.shape} and pose_body {body.shape} do not fit")
        poses = np.concatenate((root, body), axis=1)
    else:
        raise MotionFormatError(f"{where}: no array 'poses'; it holds {', '.join(sorted(arrays)) or 'none of its kin'}")
    if poses.ndim != 2 or poses.shape[1] not in _COLUMNS:
        allowed = ", ".join(str(columns) for columns in _COLUMNS)
        raise MotionFormatError(f"{where}: poses has shape {poses.shape}; it needs (T, k) with k one of {allowed}")
    if not 2 <= len(poses) <= MAX_FRAMES:
        raise MotionFormatError(f"{where}: poses has {len(poses)} frames; a motion needs 2 to {MAX_FRAMES}")
    return poses


def _numbers(arrays: RowInfo, key: str, where: str) -> Array:
    if key not in arrays:
        raise MotionFormatError(f"{where}: no array {key!r}; it holds {', '.join(sorted(arrays))}")
    if arrays[key].dtype.kind not in "fiu":
        raise MotionFormatError(f"{where}: {key} holds {arrays[key].dtype}; it needs numbers")
    if arrays[key].ndim and len(arrays[key]) > MAX_FRAMES:
        raise MotionFormatError(f"{where}: {key} has {len(arrays[key])} frames; allowed are {MAX_FRAMES}")
    with np.errstate(all="ignore"):
        return np.asarray(arrays[key], dtype=np.float64)


def _rate(arrays: RowInfo, where: str) -> float:
    for key in RATE_KEYS:
        if key in arrays:
            return checked_rate(arrays[key], where, key)
    raise MotionFormatError(f"{where}: no frame rate; it needs one of {', '.join(RATE_KEYS[:2])}")


def _skeleton(rest_joints: ArrayLike) -> SmplSkeleton:
    rest = np.asarray(rest_joints, dtype=np.float64)
    if rest.ndim != 2 or rest.shape[1] != 3 or len(rest) < _JOINTS or not np.isfinite(rest).all():
        raise MotionError(f"rest_joints are finite numbers (J, 3), J >= {_JOINTS}; given shape {rest.shape}")
    shape = mean_shape()
    return SmplSkeleton(shape.joints, shape.parents, rest[:_JOINTS] - rest[0])
