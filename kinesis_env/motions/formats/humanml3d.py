"""Joint positions (``.npy``, ``.npz``, ``.pkl``), and HumanML3D's features, from which joints are decoded.

Features of a frame, as published with the data set (Guo et al. 2022, CVPR, "Generating Diverse and Natural 3D Human
Motions from Text"): 0 half the turn of the root about the vertical to the next frame [rad]; 1, 2 its horizontal
displacement to the next frame, in its own heading [m]; 3 its height [m]; then the other joints, relative to the point
below the root, in its heading [m]; the rest (rotations, velocities, contacts) is not needed. HumanML3D has 22 joints
and 263 features, KIT-ML 21 and 251. Axes: x left, y up, z forward; 20 and 12.5 frames per second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions import archive
from kinesis_env.motions.formats.amass import named_rate, read_smpl_rows
from kinesis_env.motions.formats.joint_arrays import is_joint_shape, landmarks_of, refuse_shape, samples_of
from kinesis_env.motions.formats.members import Members, members_of, numbers
from kinesis_env.motions.formats.points import checked_rate, make_recording
from kinesis_env.motions.formats.smpl import LANDMARK_JOINTS
from kinesis_env.motions.recording import LANDMARKS, PointRecording
from kinesis_env.typing import Array

__all__ = [
    "DEFAULT_RATE",
    "FEATURES",
    "USUAL_UP",
    "decode_features",
    "is_humanml3d",
    "joints_in",
    "read_humanml3d",
    "recordings_of",
    "smpl_points",
]


#: Frames per second of HumanML3D; the files do not specify it.
DEFAULT_RATE = 20.0
#: Number of features, and of joints they hold.
FEATURES = {263: 22, 251: 21}
#: The vertical axis.
USUAL_UP = "+y"
#: Names of joint arrays, preferred first; any other array of such a shape is read too.
_NAMES = ("joints", "posed_joints", "joints3d", "joints_3d", "joint_positions", "positions", "xyz", "motion", "motions",
          "keypoints3d", "kp3d", "jtr", "smpl_joints", "pred_xyz", "new_joints", "poses3d", "array")  # fmt: skip
#: Columns of a ``.npy`` array of rotations and path.
_LEAST_COLUMNS, _MOST_COLUMNS = 66, 400


def is_humanml3d(path: Path) -> bool:
    """Return whether a file holds joints, features, or rows of SMPL parameters."""
    if _is_plain(path):
        shape, dtype, _ = archive.npy_header(path)
        rows = len(shape) == 2 and shape[1] % 3 in (0, 1) and _LEAST_COLUMNS <= shape[1] <= _MOST_COLUMNS
        return dtype.kind in "fiu" and (is_joint_shape(shape) or _is_features(shape) or rows)
    return next(_named(members_of(path)), None) is not None


def _is_plain(path: Path) -> bool:
    """Return whether a file is a single array of numbers."""
    try:
        return not archive.npy_header(path)[1].hasobject
    except MotionFormatError:
        return False


def _is_features(shape: tuple[int, ...]) -> bool:
    return len(shape) >= 2 and (shape[-1] in FEATURES or (len(shape) >= 3 and shape[-2] == 1 and shape[-3] in FEATURES))


def joints_in(array: Array, where: str, what: str) -> list[Array]:
    """Return the joints (T, J, 3) of each sample of an array of joints or features.

    Raises:
        MotionFormatError: another shape, or normalized features.
    """
    if _is_features(array.shape) and samples_of(array) is None:
        if array.shape[-1] not in FEATURES:
            array = np.moveaxis(array[..., 0, :], -1, -2)
        flat = array.reshape(-1, *array.shape[-2:])
        for features in flat:
            _refuse_normalized(features, where)
        return [decode_features(features) for features in flat]
    samples = samples_of(array)
    if samples is None:
        raise refuse_shape(array.shape, where, what)
    return samples


def recordings_of(
    path: Path,
    samples: list[Array],
    *,
    rate: float | None,
    said: bool = False,
    kind: str,
    notes: tuple[str, ...] = (),
    captions: list[str] | None = None,
) -> list[PointRecording]:
    """Return one recording per sample of joints (T, J, 3).

    Args:
        path: the file.
        samples: the joints; missing ones are NaN.
        rate: frames per second; None for the usual rate of the skeleton.
        said: whether the file specifies the rate.
        kind: name of the format.
        notes: decisions of the reader.
        captions: captions of the samples.
    """
    out = []
    for i, joints in enumerate(samples):
        name = path.stem if len(samples) == 1 else f"{path.stem}-{i + 1:0{len(str(len(samples)))}d}"
        found = list(notes)
        points, layout, rest = landmarks_of(joints, found)
        if not said:
            told = "by default" if rate is None else "as given"
            found.append(f"{rate or layout.rate:g} frames per second {told}: the file has no rate")
        try:
            out.append(
                make_recording(
                    path,
                    points,
                    rate or layout.rate,
                    kind=kind,
                    name=name,
                    rest=rest,
                    usual_up=USUAL_UP,
                    notes=found,
                    caption=captions[i] if captions else "",
                )
            )
        except MotionFormatError as error:
            raise MotionFormatError(
                f"{error} (sample {i} of {len(samples)})" if len(samples) > 1 else str(error)
            ) from error
    return out


def read_humanml3d(path: Path, *, fps: float | None = None) -> list[PointRecording]:
    """Read joints or features, one recording per sample.

    Args:
        path: the file.
        fps: frame rate [Hz]; by default the file's, else the rate of the data sets whose files have such a shape.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file and the reason.
    """
    where = str(path)
    rate = None if fps is None else checked_rate(fps, where, "fps")
    if not _is_plain(path):
        content = members_of(path)
        found = next(_named(content), None)
        if found is None:
            raise MotionFormatError(f"{where}: no array of joints")
        key, arrays = found
        array = numbers(arrays[key], where, key)
        told = named_rate(arrays) if rate is None else None
        rate = rate if told is None else checked_rate(arrays[told], where, told)
        samples = joints_in(array, where, key)
        return recordings_of(path, samples, rate=rate, said=told is not None, kind="Joints", notes=(f"array {key!r}",))
    with np.errstate(all="ignore"):
        array = numbers(archive.read_array(path), where, "it")
        rows = array.ndim == 2 and _LEAST_COLUMNS <= array.shape[1] <= _MOST_COLUMNS
        if rows and not _is_features(array.shape) and samples_of(array) is None:
            return [read_smpl_rows(path, array, fps)]
        samples = joints_in(array, where, "an array")
    notes = (f"decoded from {array.shape[-1]} features",) if _is_features(array.shape) else ()
    return recordings_of(path, samples, rate=rate, kind="HumanML3D", notes=notes)


def _named(content: object, depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the joint arrays in a file's content, preferred names first."""
    if not isinstance(content, Mapping):
        return
    order = sorted(content, key=lambda key: _NAMES.index(key.lower()) if key.lower() in _NAMES else len(_NAMES))
    for key in order:
        value = None if isinstance(content, Members) else content[key]
        shape = content.shape(key) if isinstance(content, Members) else getattr(value, "shape", None)
        if shape is not None and len(shape) >= 3 and (is_joint_shape(shape) or _is_features(shape)):
            yield key, content
        elif isinstance(value, Mapping) and depth < 3:
            yield from _named(value, depth + 1)


def decode_features(features: ArrayLike) -> Array:
    """Return joints (T, 22, 3) [m], y up, from unnormalized features (T, 263); (T, 21, 3) from (T, 251).

    The root starts above the origin and faces +z.

    Raises:
        MotionError: another shape.
    """
    data = np.asarray(features, dtype=np.float64)
    if data.ndim != 2 or data.shape[1] not in FEATURES:
        raise MotionError(f"features must have shape (T, {' or '.join(map(str, FEATURES))}), given {data.shape}")
    count = FEATURES[data.shape[1]]
    # The values in a frame lead to the next one.
    half = np.concatenate(([0.0], np.cumsum(data[:-1, 0])))
    steps = np.zeros((len(data), 2))
    steps[1:] = data[:-1, 1:3]
    path = np.cumsum(_turned(steps, half), axis=0)
    joints = np.empty((len(data), count, 3))
    joints[:, 0] = np.stack((path[:, 0], data[:, 3], path[:, 1]), axis=1)
    local = data[:, 4 : 4 + 3 * (count - 1)].reshape(len(data), count - 1, 3)
    flat = _turned(local[..., [0, 2]], half[:, None])
    joints[:, 1:, 0] = flat[..., 0] + path[:, None, 0]
    joints[:, 1:, 1] = local[..., 1]
    joints[:, 1:, 2] = flat[..., 1] + path[:, None, 1]
    return joints


def smpl_points(joints: Array) -> Array:
    """Return the landmarks (T, 10, 3) of joints (T, 22, 3) in SMPL's order."""
    return joints[:, [LANDMARK_JOINTS[name] for name in LANDMARKS]]


def _turned(vector: Array, half: Array) -> Array:
    """Return x and z of vectors (..., 2), rotated back by twice ``half`` (...) about y."""
    cosine, sine = np.cos(2 * half), np.sin(2 * half)
    x, z = vector[..., 0], vector[..., 1]
    return np.stack((cosine * x - sine * z, sine * x + cosine * z), axis=-1)


def _refuse_normalized(features: Array, where: str) -> None:
    height = features[:, 3]
    joints = np.abs(features[:, 4:64])
    mixed = float(np.median(height)) < 0.05 or float(np.median(joints)) > 3 * max(1.0, float(np.median(height)))
    if np.isfinite(height).all() and mixed:
        raise MotionFormatError(
            f"{where}: the root is {np.median(height):.2f} m high: these features are normalized; multiply them by the "
            "data set's standard deviation and add its mean first"
        )
