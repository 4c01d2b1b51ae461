"""AMASS and the dialects of SMPL (``.npz``, ``.npy``, ``.pkl``): rotations of joints and the path of the pelvis.

Supported are AMASS (SMPL, SMPL-H, SMPL-X and its stage-ii files), AIST++, GVHMR, WHAM, ROMP, SMPLify-X, Motion-X, MDM's
``smpl_params`` and anything with the same array names, at any rate. The shape (``betas``) is not read: segments are
scaled to this package's body anyway, so joint centers of the mean shape suffice, unless the user gives better ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions.formats.members import described, members_of, numbers
from kinesis_env.motions.formats.points import checked_rate, make_recording
from kinesis_env.motions.formats.smpl import SmplSkeleton, mean_shape
from kinesis_env.motions.formats.smpl_rotations import rotation_vectors, split_vector, with_root
from kinesis_env.motions.recording import PointRecording
from kinesis_env.typing import Array

__all__ = ["RATE_KEYS", "Bag", "is_amass", "named_rate", "read_amass", "smpl_bags"]


RATE_KEYS = (
    "mocap_framerate",
    "mocap_frame_rate",
    "mocap_frame_rates",
    "frame_rate",
    "framerate",
    "fps",
    "mocap_fps",
    "video_fps",
    "rate",
    "frequency",
    "freq",
)
#: Names of arrays, preferred first: all rotations; rotations of the root and of the other joints; the path.
_WHOLE = (
    "pose_world",
    "poses_world",
    "poses",
    "smpl_poses",
    "fullpose",
    "full_pose",
    "full_poses",
    "pose",
    "smpl_thetas",
    "thetas",
    "pose_aa",
    "poses_aa",
    "smpl_pose",
    "theta",
    "smplx_pose",
    "motion_smpl",
    "smpl_params",
    "smplx",
)
_ROOT = (
    "root_orient",
    "global_orient",
    "global_orient_world",
    "smpl_global_orient",
    "root_pose",
    "pose_root",
    "root_rot",
    "global_rot",
)
_BODY = ("pose_body", "body_pose", "smpl_body_pose", "body_poses", "body_pose_world")
_PATH = (
    "trans_world",
    "transl_world",
    "trans",
    "transl",
    "smpl_trans",
    "smpl_transl",
    "translation",
    "root_trans",
    "root_translation",
    "root_trans_offset",
    "root_position",
    "global_trans",
    "pred_trans",
    "cam_trans",
)
#: Columns of AMASS's arrays, and their names.
_COLUMNS = {22: "SMPL body", 24: "SMPL", 52: "SMPL-H", 55: "SMPL-X"}
_JOINTS, _MAX_BAGS, _MAX_DEPTH, _FEWEST_FRAMES = 22, 1000, 3, 5
#: Frames per second of dialects whose files never specify it: AIST++ is filmed at 60, MDM generates 20, videos have 30.
_VIDEO, _AIST, _MDM = 30.0, 60.0, 20.0


@dataclass(frozen=True, eq=False)
class Bag:
    """Arrays that belong together, where they were found, and their context."""

    arrays: Mapping[str, Any]
    name: str
    around: tuple[Mapping[str, Any], ...]

    def first(self, names: tuple[str, ...]) -> str | None:
        """Return the first of ``names`` that is present."""
        return next((name for name in names if name in self.arrays and not self._is_none(name)), None)

    def _is_none(self, name: str) -> bool:
        return isinstance(self.arrays, dict) and self.arrays[name] is None

    @property
    def is_smpl(self) -> bool:
        """Whether rotations of SMPL's joints are among the arrays."""
        whole = self.first(_WHOLE) is not None
        return (whole and self.first((*_PATH, *_ROOT)) is not None) or (
            self.first(_ROOT) is not None and self.first(_BODY) is not None
        )


def smpl_bags(content: object) -> list[Bag]:
    """Return the dictionaries of SMPL parameters in a file's content, preferring those in world coordinates."""
    found: list[Bag] = []

    def look(arrays: object, name: str, around: tuple[Mapping[str, Any], ...]) -> None:
        if isinstance(arrays, list):
            arrays = _over_time(arrays)
        if isinstance(arrays, list) and len(around) <= _MAX_DEPTH:
            for number, item in enumerate(arrays[:_MAX_BAGS]):
                look(item, f"{name}{number + 1}", around)
        if not isinstance(arrays, Mapping) or len(found) >= _MAX_BAGS:
            return
        bag = Bag(arrays, name, around)
        if bag.is_smpl:
            found.append(bag)
        elif len(around) < _MAX_DEPTH and isinstance(arrays, dict):
            for key, value in arrays.items():
                look(value, key, (*around, arrays))
        elif len(around) < _MAX_DEPTH and len(arrays) <= 8:
            for key in arrays:  # members of an archive may hold dictionaries
                if getattr(arrays, "shape", lambda _: None)(key) is None:
                    look(arrays[key], key, (*around, arrays))

    look(content, "", ())
    world = [bag for bag in found if "global" in bag.name or "world" in bag.name]
    return world if world and len(world) < len(found) else found


def _over_time(frames: list[Any]) -> list[Any] | dict[str, Any]:
    """Merge a list of dictionaries, one per frame, into one; return any other list unchanged."""
    if len(frames) < _FEWEST_FRAMES or not all(isinstance(frame, dict) for frame in frames):
        return frames
    shapes = {key: np.shape(value) for key, value in frames[0].items() if isinstance(value, np.ndarray)}
    one = {key: shape for key, shape in shapes.items() if len(shape) == 1 or shape[:1] == (1,)}
    same = {key: shape for key, shape in one.items() if all(np.shape(frame.get(key)) == shape for frame in frames)}
    if not {*_ROOT, *_WHOLE} & set(same):
        return frames
    return {
        key: np.stack([np.reshape(frame[key], shape[1:] if shape[:1] == (1,) else shape) for frame in frames])
        for key, shape in same.items()
    }


def is_amass(path: Path) -> bool:
    """Return whether a file holds SMPL poses, by array names."""
    return bool(smpl_bags(members_of(path)))


def read_amass(path: Path, *, rest_joints: ArrayLike | None = None, fps: float | None = None) -> list[PointRecording]:
    """Read joint rotations and return joint positions, one recording per person.

    Args:
        path: the file.
        rest_joints: joint centers of the recorded person at rest (J, 3) [m], J >= 22, in SMPL's order and axes (x left,
            y up, z forward), such as from a body model; the mean shape by default.
        fps: frame rate [Hz]; by default the file's.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the array and the reason.
    """
    where = str(path)
    content = members_of(path)
    bags = smpl_bags(content)
    if not bags:
        raise MotionFormatError(
            f"{where}: no SMPL poses; the file must contain 'poses' and 'trans', or "
            f"'global_orient', 'body_pose' and 'transl', given {described(content)}"
        )
    skeleton = mean_shape() if rest_joints is None else _skeleton(rest_joints)
    out = []
    for number, bag in enumerate(bags, start=1):
        name = path.stem if len(bags) == 1 else f"{path.stem}-{number:0{len(str(len(bags)))}d}"
        with np.errstate(all="ignore"):
            out.append(_recording(path, bag, skeleton, fps, name=name, known_shape=rest_joints is not None))
    return out


def read_smpl_rows(path: Path, rows: Array, fps: float | None) -> PointRecording:
    """Read an array of numbers (T, k) whose columns are rotations and path."""
    notes: list[str] = []
    with np.errstate(all="ignore"):
        turns, root = split_vector(rows, str(path), "the array", notes)
    rate = _VIDEO if fps is None else checked_rate(fps, str(path), "fps")
    notes.append(f"{rate:g} frames per second {'by default' if fps is None else 'as given'}: the file has no rate")
    return _placed(path, turns, root, rate, skeleton=mean_shape(), notes=notes, name=path.stem, usual_up=None)


def _recording(
    path: Path, bag: Bag, skeleton: SmplSkeleton, fps: float | None, *, name: str, known_shape: bool
) -> PointRecording:
    where = f"{path}{f': {bag.name}' if bag.name else ''}"
    notes: list[str] = []
    turns, root = _turns_and_path(bag, where, notes)
    notes.insert(0, f"{_COLUMNS.get(turns.shape[1], f'SMPL, {turns.shape[1]} joints')} poses")
    rate = _rate(bag, where, notes) if fps is None else checked_rate(fps, where, "fps")
    shape = bag.arrays.get("betas") if "betas" in bag.arrays else None
    if not known_shape and isinstance(shape, np.ndarray) and shape.dtype.kind == "f" and np.any(shape):
        notes.append("the shape in the file is not used: segments are scaled from the mean shape")
    usual_up = "+z" if {"poses", "trans"} <= set(bag.arrays) or "pose_body" in bag.arrays else None
    return _placed(path, turns, root, rate, skeleton=skeleton, notes=notes, name=name, usual_up=usual_up)


def _placed(
    path: Path,
    turns: Array,
    root: Array,
    rate: float,
    *,
    skeleton: SmplSkeleton,
    notes: list[str],
    name: str,
    usual_up: str | None,
) -> PointRecording:
    if turns.shape[1] < _JOINTS:
        turns = np.concatenate((turns, np.zeros((len(turns), _JOINTS - turns.shape[1], 3))), axis=1)
    with np.errstate(all="ignore"):
        points = skeleton.landmarks(turns[:, :_JOINTS], root)
    return make_recording(
        path,
        points,
        rate,
        path=root,
        kind="AMASS" if usual_up else "SMPL",
        name=name,
        rest=skeleton.standing,
        usual_up=usual_up,
        notes=notes,
    )


def _turns_and_path(bag: Bag, where: str, notes: list[str]) -> tuple[Array, Array]:
    """Return rotation vectors (T, J, 3), the root first, and the path (T, 3)."""
    whole, root, body, path = (bag.first(names) for names in (_WHOLE, _ROOT, _BODY, _PATH))
    if root and body:
        parts = [
            rotation_vectors(_of_body(numbers(bag.arrays[key], where, key), key == root), where, key, notes)
            for key in (root, body)
        ]
        if len(parts[0]) != len(parts[1]) or parts[0].shape[1] != 1:
            shapes = [np.shape(bag.arrays[key]) for key in (root, body)]
            raise MotionFormatError(f"{where}: {root} {shapes[0]} and {body} {shapes[1]} do not match")
        turns = np.concatenate(parts, axis=1)
    else:
        assert whole is not None
        array = numbers(bag.arrays[whole], where, whole)
        if path is None and array.ndim == 2:
            return split_vector(array, where, whole, notes)
        turns = rotation_vectors(array, where, whole, notes)
        if root and _needs_root(turns):
            first = rotation_vectors(_of_body(numbers(bag.arrays[root], where, root), True), where, root, notes)
            turns = np.concatenate((first, turns), axis=1)
    turns = with_root(turns, where, whole or "poses")
    if path is None:
        notes.append("no pelvis path in the file: the body stays in place")
        return turns, np.zeros((len(turns), 3))
    return turns, _path(bag, path, len(turns), where, notes)


def _of_body(array: Array, is_root: bool) -> Array:
    """Return rotations with an axis for the joint: a root's (T, 3), (T, 4) or (T, 3, 3) is a single joint."""
    if is_root and ((array.ndim == 2 and array.shape[1] in (3, 4, 6)) or array.shape[1:] == (3, 3)):
        return array[:, None]
    return array


def _needs_root(turns: Array) -> bool:
    return turns.shape[1] in (21, 23, 51, 54)


def _path(bag: Bag, key: str, frames: int, where: str, notes: list[str]) -> Array:
    path = np.squeeze(numbers(bag.arrays[key], where, key))
    if path.shape == (3, frames) and frames != 3:
        path = path.T
    if path.shape == (3,):
        path = np.broadcast_to(path, (frames, 3))
    if path.shape != (frames, 3):
        raise MotionFormatError(f"{where}: {key} must have shape {(frames, 3)}, like the poses, given {path.shape}")
    scaling = bag.arrays.get("smpl_scaling") if "smpl_scaling" in bag.arrays else None
    if scaling is not None:
        size = float(np.abs(numbers(scaling, where, "smpl_scaling")).mean())
        if size > 0:
            path = path / size
            notes.append(f"AIST++: the path divided by smpl_scaling, {size:.4g}")
    return np.asarray(path, dtype=np.float64)


def _rate(bag: Bag, where: str, notes: list[str]) -> float:
    for arrays in (bag.arrays, *reversed(bag.around)):
        key = named_rate(arrays)
        if key is not None:
            return checked_rate(arrays[key], where, key)
    arrays = bag.arrays
    if {"poses", "trans"} <= set(arrays) or "pose_body" in arrays:
        raise MotionFormatError(
            f"{where}: no frame rate; the file must contain one of {', '.join(RATE_KEYS[:2])}, or give --source-fps"
        )
    rate = _AIST if "smpl_scaling" in arrays else _MDM if "root_translation" in arrays else _VIDEO
    notes.append(f"{rate:g} frames per second by default: the file has no rate (--source-fps gives another)")
    return rate


def named_rate(arrays: Mapping[str, Any]) -> str | None:
    """Return the name of the array that holds a frame rate, or None."""
    return next((key for key in RATE_KEYS if key in arrays), None)


def _skeleton(rest_joints: ArrayLike) -> SmplSkeleton:
    rest = np.asarray(rest_joints, dtype=np.float64)
    if rest.ndim != 2 or rest.shape[1] != 3 or len(rest) < _JOINTS or not np.isfinite(rest).all():
        raise MotionError(f"rest_joints must be finite, of shape (J, 3), J >= {_JOINTS}, given shape {rest.shape}")
    shape = mean_shape()
    return SmplSkeleton(shape.joints, shape.parents, rest[:_JOINTS] - rest[0])
