"""HumanML3D (``.npy``): joints (T, 22, 3), or features (T, 263) that joints are decoded from.

Features of a frame, as published with the data set (Guo et al. 2022, CVPR, "Generating Diverse and Natural 3D Human
Motions from Text"): 0 half the turn of the root about the vertical to the next frame [rad]; 1, 2 its horizontal
displacement to the next frame, in its own heading [m]; 3 its height [m]; 4 to 66 the other 21 joints, relative to the
point below the root, in its heading [m]; the rest (rotations, velocities, contacts) is not needed. Axes: x left, y up,
z forward; 20 frames per second.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions import archive
from kinesis_env.motions.formats.points import checked_rate, make_recording
from kinesis_env.motions.formats.smpl import LANDMARK_JOINTS, mean_shape
from kinesis_env.motions.recording import LANDMARKS, PointRecording
from kinesis_env.typing import Array

__all__ = ["DEFAULT_RATE", "FEATURES", "USUAL_UP", "decode_features", "is_humanml3d", "read_humanml3d", "smpl_points"]


#: Frames per second of the data set; the files do not say.
DEFAULT_RATE = 20.0
FEATURES = 263
#: The axis that is up.
USUAL_UP = "+y"
_JOINTS = 22


def is_humanml3d(path: Path) -> bool:
    """Whether a ``.npy`` file holds an array of numbers of a shape of this kind."""
    try:
        shape, dtype, _ = archive.npy_header(path)
    except MotionFormatError:
        return False
    return dtype.kind in "fiu" and bool(shape) and (shape[1:] == (FEATURES,) or shape[1:] == (_JOINTS, 3))


def read_humanml3d(path: Path, *, fps: float | None = None) -> PointRecording:
    """Read joints or features.

    Args:
        path: the file.
        fps: frame rate [Hz]; 20 by default.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file and the reason.
    """
    where = str(path)
    raw = archive.read_array(path)
    if raw.dtype.kind not in "fiu":
        raise MotionFormatError(f"{where}: it holds {raw.dtype}; it needs numbers")
    rate = DEFAULT_RATE if fps is None else checked_rate(fps, where, "fps")
    with np.errstate(all="ignore"):
        array = np.asarray(raw, dtype=np.float64)
        if array.ndim == 2 and array.shape[1] == FEATURES:
            _refuse_normalized(array, where)
            joints, what = decode_features(array), "decoded from 263 features"
        elif array.ndim == 3 and array.shape[1:] == (_JOINTS, 3):
            joints, what = array, "22 joints"
        else:
            raise MotionFormatError(
                f"{where}: an array of shape {array.shape}; allowed are (T, {_JOINTS}, 3) joints and (T, {FEATURES}) "
                "features"
            )
    notes = [what, f"{rate:g} frames per second {'by default' if fps is None else 'as told'}: the file has no rate"]
    return make_recording(
        path,
        smpl_points(joints),
        rate,
        kind="HumanML3D",
        rest=mean_shape().standing,
        usual_up=USUAL_UP,
        notes=notes,
    )


def decode_features(features: ArrayLike) -> Array:
    """Return joints (T, 22, 3) [m], y up, of features (T, 263) that are not normalized.

    The root starts above the origin and faces +z.

    Raises:
        MotionError: another shape.
    """
    data = np.asarray(features, dtype=np.float64)
    if data.ndim != 2 or data.shape[1] != FEATURES:
        raise MotionError(f"features have shape (T, {FEATURES}); given {data.shape}")
    # What is stored in a frame leads to the next one.
    half = np.concatenate(([0.0], np.cumsum(data[:-1, 0])))
    steps = np.zeros((len(data), 2))
    steps[1:] = data[:-1, 1:3]
    path = np.cumsum(_turned(steps, half), axis=0)
    joints = np.empty((len(data), _JOINTS, 3))
    joints[:, 0] = np.stack((path[:, 0], data[:, 3], path[:, 1]), axis=1)
    local = data[:, 4 : 4 + 3 * (_JOINTS - 1)].reshape(len(data), _JOINTS - 1, 3)
    flat = _turned(local[..., [0, 2]], half[:, None])
    joints[:, 1:, 0] = flat[..., 0] + path[:, None, 0]
    joints[:, 1:, 1] = local[..., 1]
    joints[:, 1:, 2] = flat[..., 1] + path[:, None, 1]
    return joints


def smpl_points(joints: Array) -> Array:
    """Return the landmarks (T, 10, 3) of joints (T, 22, 3) in SMPL's order."""
    return joints[:, [LANDMARK_JOINTS[name] for name in LANDMARKS]]


def _turned(vector: Array, half: Array) -> Array:
    """Return x and z of vectors (..., 2), turned back by twice ``half`` (...) about y."""
    cosine, sine = np.cos(2 * half), np.sin(2 * half)
    x, z = vector[..., 0], vector[..., 1]
    return np.stack((cosine * x - sine * z, sine * x + cosine * z), axis=-1)


def _refuse_normalized(features: Array, where: str) -> None:
    height = features[:, 3]
    joints = np.abs(features[:, 4:67])
    if np.isfinite(height).all() and (np.median(height) < 0.05 or float(np.median(joints)) > 3):
        raise MotionFormatError(
            f"{where}: the root is {np.median(height):.2f} m high: these features are normalized; multiply them by the "
            "data set's standard deviation and add its mean first"
        )
