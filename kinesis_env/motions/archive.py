"""Reading ``.npz`` archives from strangers: plain arrays only, sizes checked before anything is decompressed."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionFormatError

__all__ = ["MAX_BYTES", "read"]

#: No motion is larger than this when decompressed [bytes]; 3.7 hours at 30 frames per second are 256 MiB.
MAX_BYTES = 256 * 2**20
_MAX_MEMBERS = 64
_MAX_HEADER = 4096
_PLAIN_KINDS = "biufU"


def read(path: str | os.PathLike[str], keys: Collection[str], *, max_bytes: int = MAX_BYTES) -> dict[str, NDArray[Any]]:
    """Return the arrays of an archive that must hold exactly ``keys``.

    Raises:
        MotionFormatError: no such file, not a zip archive, damaged, other arrays than ``keys``, arrays of Python
            objects, or more than ``max_bytes`` after decompression. The message names the file, the array and the
            reason.
    """
    where = str(path)
    if not Path(path).is_file():
        raise MotionFormatError(f"{where}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, keys, where, max_bytes)
            return {key: _read_array(archive, member, key, where) for key, member in members.items()}
    except MotionFormatError:
        raise
    except Exception as error:
        # zipfile and its decompressors raise a dozen kinds of error on damaged input.
        raise MotionFormatError(f"{where}: not a readable .npz archive ({type(error).__name__}: {error})") from error


def _members(archive: zipfile.ZipFile, keys: Collection[str], where: str, max_bytes: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS:
        raise MotionFormatError(f"{where}: {len(infos)} members; allowed are {_MAX_MEMBERS}")
    members = {info.filename.removesuffix(".npy"): info for info in infos}
    if set(members) != set(keys) or len(infos) != len(members):
        raise MotionFormatError(
            f"{where}: it holds the arrays {sorted(info.filename for info in infos)}; "
            f"a motion of this package holds {sorted(keys)}"
        )
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise MotionFormatError(f"{where}: {total} bytes after decompression; allowed are {max_bytes}")
    return members


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, key: str, where: str) -> NDArray[Any]:
    with archive.open(member) as stream:
        shape, fortran, dtype = _read_header(stream, key, where)
        if dtype.kind not in _PLAIN_KINDS:
            raise MotionFormatError(f"{where}: {key}: arrays of {dtype} are refused; allowed are plain numbers")
        count = 1
        for size in shape:
            count *= size
        left = member.file_size - stream.tell()
        if any(size < 0 for size in shape) or count * dtype.itemsize != left:
            raise MotionFormatError(f"{where}: {key}: the header says {shape} of {dtype}, but {left} bytes follow")
        data = stream.read(left)
    if len(data) != left:
        raise MotionFormatError(f"{where}: {key}: {len(data)} of {left} bytes are there; the file is truncated")
    array: NDArray[Any] = np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")
    return array


def _read_header(stream: IO[bytes], key: str, where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream, max_header_size=_MAX_HEADER)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream, max_header_size=_MAX_HEADER)
    raise MotionFormatError(f"{where}: {key}: array format {version} is unknown; allowed are (1, 0) and (2, 0)")
