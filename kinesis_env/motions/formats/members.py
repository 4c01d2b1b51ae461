"""Named arrays of a file: the members of an ``.npz``, or the dictionary in an ``.npy`` or a pickle, nested or not.

Nothing in a file is run (:mod:`.safe_pickle`), and only requested members are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.files import read_bytes
from kinesis_env.motions import archive
from kinesis_env.motions.formats import safe_pickle
from kinesis_env.motions.recording import MOST_FRAMES

__all__ = ["Members", "described", "members_of", "numbers"]

_MAX_DEPTH, _MAX_SHOWN, _MAX_FRAMES = 3, 40, 100_000
_PICKLES = (".pkl", ".pickle", ".p")


class Members(Mapping[str, Any]):
    """The members of an ``.npz`` archive, each read when requested; object arrays as plain data."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = dict.fromkeys(archive.member_names(path))
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Return the shape of a numeric member, from its header; None for anything else."""
        try:
            shape, dtype, _ = archive.npy_member(self._path, name, data=False)
        except MotionFormatError:
            return None
        return shape if dtype.kind in "fiu" else None

    def _read(self, name: str) -> Any:
        _, dtype, _ = archive.npy_member(self._path, name, data=False)
        if not dtype.hasobject:
            return archive.read_some(self._path, (name,))[name]
        return safe_pickle.load(archive.npy_member(self._path, name)[2], str(self._path))


def members_of(path: Path) -> Mapping[str, Any] | list[Any]:
    """Return the content of a file by name; a list if the file holds one.

    Raises:
        MotionFormatError: it cannot be read, holds anything but plain data, or has no names.
    """
    if path.suffix.lower() in _PICKLES:
        content = safe_pickle.load(read_bytes(path, archive.MAX_BYTES, MotionFormatError), str(path))
    elif path.suffix.lower() == ".npy" or not _is_zip(path):
        _, dtype, data = archive.npy_header(path)
        if not dtype.hasobject:
            raise MotionFormatError(f"{path}: an array without names")
        content = safe_pickle.load(data, str(path))
    else:
        return Members(path)
    while isinstance(content, list) and len(content) == 1:
        content = content[0]
    if isinstance(content, np.ndarray):
        return {"array": content}
    if not isinstance(content, dict | list):
        raise MotionFormatError(f"{path}: must contain named arrays, given a {type(content).__name__}")
    return content


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"PK"
    except (OSError, ValueError):
        return False


def described(content: object, depth: int = 0) -> str:
    """Return names and shapes of a file's content, in a few hundred characters at most."""
    if isinstance(content, Members):
        shown = [f"{name} {content.shape(name) or ''}".strip() for name in list(content)[:_MAX_SHOWN]]
        return _joined(shown, len(content))
    if isinstance(content, Mapping):
        parts = [f"{name} {_shape(value, depth)}" for name, value in list(content.items())[:_MAX_SHOWN]]
        return _joined(parts, len(content))
    return _shape(content, depth)


def _shape(value: object, depth: int) -> str:
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        return f"{{{described(value, depth + 1)}}}"
    if isinstance(value, list):
        return f"list of {len(value)}"
    return type(value).__name__


def _joined(parts: list[str], count: int) -> str:
    text = ", ".join(parts)
    return f"{text[:600]}{', ...' if count > len(parts) or len(text) > 600 else ''}" or "nothing"


#: Checked before any computation; the results are checked again, by samples.
_MOST_ROWS = MOST_FRAMES


def numbers(value: Any, where: str, key: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return an array of finite or missing numbers.

    Raises:
        MotionFormatError: it is anything else.
    """
    if isinstance(value, list) and value and len(value) <= _MAX_FRAMES:
        try:
            value = np.array(value)
        except ValueError as error:
            raise MotionFormatError(f"{where}: {key}: {error}") from error
    if isinstance(value, np.ndarray) and value.ndim and max(value.shape) > _MOST_ROWS:
        raise MotionFormatError(f"{where}: {key} must have at most {_MOST_ROWS} frames, given shape {value.shape}")
    if not isinstance(value, np.ndarray | np.generic | float | int) or np.asarray(value).dtype.kind not in "fiu":
        kind = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise MotionFormatError(f"{where}: {key} must contain numbers, given {kind}")
    with np.errstate(all="ignore"):
        return np.asarray(value, dtype=np.float64)
