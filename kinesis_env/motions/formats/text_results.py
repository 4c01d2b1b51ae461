"""Results of text-to-motion models (``.npy`` that holds a pickled dictionary): joints or features of several samples.

Written by models of the MDM family: ``motion`` (N, 22, 3, T) or (N, 263, 1, T), ``text``, a caption for each sample,
and ``lengths``, the number of frames of each. Joints and features of other shapes (:mod:`.joint_arrays`) and lists of
samples of different lengths are read too. Each sample becomes one recording. See
:mod:`~kinesis_env.motions.formats.safe_pickle` for how such a file is read without running what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.humanml3d import joints_in, recordings_of
from kinesis_env.motions.formats.members import described, members_of
from kinesis_env.motions.formats.points import checked_rate
from kinesis_env.motions.recording import PointRecording
from kinesis_env.typing import Array

__all__ = ["is_text_results", "read_text_results"]


_MAX_SAMPLES = 10_000
_MAX_CAPTION = 2_000


def is_text_results(path: Path) -> bool:
    """Return whether a file holds a dictionary with ``motion``."""
    content = members_of(path)
    return isinstance(content, Mapping) and "motion" in content


def read_text_results(path: Path, *, fps: float | None = None) -> list[PointRecording]:
    """Read all samples.

    Args:
        path: the file.
        fps: frame rate [Hz]; by default 20, as in HumanML3D.

    Raises:
        MotionFormatError: the file cannot be read or holds anything but plain data; the message names the file, the
            key and the reason.
    """
    where = str(path)
    rate = None if fps is None else checked_rate(fps, where, "fps")
    content = members_of(path)
    if not isinstance(content, Mapping) or "motion" not in content:
        raise MotionFormatError(
            f"{where}: must contain a dictionary with motion, text and lengths, given {described(content)}"
        )
    samples = _samples(content["motion"], where)
    lengths = _lengths(content.get("lengths"), samples, where)
    captions = _captions(content.get("text"), len(samples), where)
    cut = [sample[:length] for sample, length in zip(samples, lengths, strict=True)]
    return recordings_of(path, cut, rate=rate, kind="Text-to-motion", captions=captions)


def _samples(motion: Any, where: str) -> list[Array]:
    """Return the joints of each sample (T, J, 3)."""
    if isinstance(motion, list) and 0 < len(motion) <= _MAX_SAMPLES:
        arrays = [item for item in motion if isinstance(item, np.ndarray)]
        if len(arrays) == len(motion):
            return [sample for array in arrays for sample in _samples(array, where)]
    if not isinstance(motion, np.ndarray) or motion.dtype.kind not in "fiu":
        raise MotionFormatError(f"{where}: motion must be an array of numbers, or a list of one array per sample")
    with np.errstate(all="ignore"):
        return joints_in(np.asarray(motion, dtype=np.float64), where, "motion")


def _lengths(lengths: object, samples: list[Array], where: str) -> list[int]:
    if lengths is None:
        return [len(sample) for sample in samples]
    plain = isinstance(lengths, np.ndarray | np.generic | list | int)
    array = np.atleast_1d(np.asarray(lengths)) if plain else np.zeros(0)
    if array.shape != (len(samples),) or array.dtype.kind not in "iu":
        raise MotionFormatError(f"{where}: lengths must be {len(samples)} integers, given shape {array.shape}")
    for i, (length, sample) in enumerate(zip(array.tolist(), samples, strict=True)):
        if not 2 <= length <= len(sample):
            raise MotionFormatError(
                f"{where}: lengths[{i}] must be from 2 to {len(sample)}, the frames of motion, given {length}"
            )
    return [int(length) for length in array]


def _captions(text: object, count: int, where: str) -> list[str]:
    if text is None:
        return [""] * count
    texts = text.tolist() if isinstance(text, np.ndarray) else text
    if isinstance(texts, str):
        texts = [texts] * count
    if not isinstance(texts, list) or len(texts) != count or not all(isinstance(item, str) for item in texts):
        raise MotionFormatError(f"{where}: text must be a list of {count} captions, one per sample")
    return [" ".join(item.split())[:_MAX_CAPTION] for item in texts]
