"""Results of text-to-motion models (``.npy`` that holds a pickled dictionary): joints or features of several samples.

As models of the MDM family write them: ``motion`` (N, 22, 3, T) or (N, 263, 1, T), ``text``, a caption for each, and
``lengths``, the frames of each. (N, T, 22, 3) and (N, T, 263) are read too, a list of samples of different length, and
one sample without N. Each sample becomes one recording. See
:mod:`~kinesis_env.motions.formats.safe_pickle` for how such a file is read without running what is in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions import archive
from kinesis_env.motions.formats import safe_pickle
from kinesis_env.motions.formats.humanml3d import (
    DEFAULT_RATE,
    FEATURES,
    USUAL_UP,
    decode_features,
    smpl_points,
)
from kinesis_env.motions.formats.points import checked_rate, make_recording
from kinesis_env.motions.formats.smpl import mean_shape
from kinesis_env.motions.recording import PointRecording
from kinesis_env.typing import Array

__all__ = ["is_text_results", "read_text_results"]


_JOINTS = 22
_MAX_SAMPLES = 10_000
_MAX_CAPTION = 2_000


def is_text_results(path: Path) -> bool:
    """Whether a ``.npy`` file holds pickled objects."""
    try:
        return archive.npy_header(path)[1].hasobject
    except MotionFormatError:
        return False


def read_text_results(path: Path, *, fps: float | None = None) -> list[PointRecording]:
    """Read all samples.

    Args:
        path: the file.
        fps: frame rate [Hz]; 20, that of HumanML3D, by default.

    Raises:
        MotionFormatError: the file cannot be read or holds anything but plain data; the message names the file, the
            key and the reason.
    """
    where = str(path)
    rate = DEFAULT_RATE if fps is None else checked_rate(fps, where, "fps")
    content = _content(path, where)
    if isinstance(content, list) and len(content) == 1:
        content = content[0]
    if not isinstance(content, dict) or "motion" not in content:
        keys = ", ".join(content) if isinstance(content, dict) else f"a {type(content).__name__}"
        raise MotionFormatError(f"{where}: it holds {keys[:200]}; it needs a dictionary with motion, text and lengths")
    samples = _samples(content["motion"], where)
    lengths = _lengths(content.get("lengths"), samples, where)
    captions = _captions(content.get("text"), len(samples), where)
    notes = (f"{rate:g} frames per second {'by default' if fps is None else 'as told'}: the file has no rate",)
    out = []
    for i, (sample, length, caption) in enumerate(zip(samples, lengths, captions, strict=True)):
        name = path.stem if len(samples) == 1 else f"{path.stem}-{i + 1:0{len(str(len(samples)))}d}"
        try:
            out.append(
                make_recording(
                    path,
                    smpl_points(sample[:length]),
                    rate,
                    kind="Text-to-motion",
                    name=name,
                    rest=mean_shape().standing,
                    usual_up=USUAL_UP,
                    notes=notes,
                    caption=caption,
                )
            )
        except MotionFormatError as error:
            raise MotionFormatError(f"{error} (sample {i} of motion)") from error
    return out


def _content(path: Path, where: str) -> Any:
    _, dtype, data = archive.npy_header(path)
    if not dtype.hasobject:
        raise MotionFormatError(f"{where}: an array of numbers; text-to-motion results hold a dictionary")
    return safe_pickle.load(data, where)


def _samples(motion: Any, where: str) -> list[Array]:
    """Return the joints of each sample (T, 22, 3)."""
    if isinstance(motion, list) and 0 < len(motion) <= _MAX_SAMPLES:
        arrays = [item for item in motion if isinstance(item, np.ndarray)]
        if len(arrays) == len(motion):
            return [sample for array in arrays for sample in _samples(array[None], where)]
    if not isinstance(motion, np.ndarray) or motion.dtype.kind not in "fiu":
        raise MotionFormatError(f"{where}: motion is not an array of numbers, nor a list of those, one for each sample")
    if motion.ndim == 3 and (_JOINTS, 3) in (motion.shape[:2], motion.shape[1:]):
        motion = motion[None]
    shape = motion.shape
    if len(shape) not in (3, 4) or not 0 < shape[0] <= _MAX_SAMPLES:
        raise MotionFormatError(f"{where}: motion has shape {shape}; it needs (N, {_JOINTS}, 3, T)")
    with np.errstate(all="ignore"):
        motion = np.asarray(motion, dtype=np.float64)
        if len(shape) == 4 and shape[1:3] == (_JOINTS, 3):
            return list(np.moveaxis(motion, 3, 1))
        if shape[2:] == (_JOINTS, 3):
            return list(motion)
        if shape[1:3] == (FEATURES, 1):
            return [decode_features(sample[:, 0].T) for sample in motion]
        if shape[2:] == (FEATURES,):
            return [decode_features(sample) for sample in motion]
    raise MotionFormatError(
        f"{where}: motion has shape {shape}; allowed are (N, {_JOINTS}, 3, T), (N, T, {_JOINTS}, 3), "
        f"(N, {FEATURES}, 1, T) and (N, T, {FEATURES})"
    )


def _lengths(lengths: object, samples: list[Array], where: str) -> list[int]:
    if lengths is None:
        return [len(sample) for sample in samples]
    plain = isinstance(lengths, np.ndarray | np.generic | list | int)
    array = np.atleast_1d(np.asarray(lengths)) if plain else np.zeros(0)
    if array.shape != (len(samples),) or array.dtype.kind not in "iu":
        raise MotionFormatError(f"{where}: lengths has shape {array.shape}; it needs {len(samples)} integers")
    for i, (length, sample) in enumerate(zip(array.tolist(), samples, strict=True)):
        if not 2 <= length <= len(sample):
            raise MotionFormatError(
                f"{where}: lengths[{i}] is {length}; allowed are 2 to {len(sample)}, the frames of motion"
            )
    return [int(length) for length in array]


def _captions(text: object, count: int, where: str) -> list[str]:
    if text is None:
        return [""] * count
    texts = text.tolist() if isinstance(text, np.ndarray) else text
    if isinstance(texts, str):
        texts = [texts] * count
    if not isinstance(texts, list) or len(texts) != count or not all(isinstance(item, str) for item in texts):
        raise MotionFormatError(f"{where}: text is not a list of {count} captions, one for each sample")
    return [" ".join(item.split())[:_MAX_CAPTION] for item in texts]
