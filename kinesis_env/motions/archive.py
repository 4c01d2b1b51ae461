"""Reading ``.npz`` archives from untrusted sources: plain arrays only, sizes checked before decompression."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionFormatError
from kinesis_env.files import open_regular
from kinesis_env.typing import RowInfo

__all__ = ["MAX_BYTES", "member_names", "npy_header", "npy_member", "read", "read_array", "read_some"]

#: Maximum size of a decompressed motion [bytes]; 3.7 hours at 30 frames per second are 256 MiB.
MAX_BYTES = 256 * 2**20
_MAX_MEMBERS = 64
#: Maximum length of an array header that NumPy is asked to parse [bytes]; a header of numbers has about a hundred.
_MAX_HEADER = 4096
#: Maximum size of an archive [bytes]; the data read from it is limited by its decompressed size.
_MAX_FILE = 4 * MAX_BYTES
_PLAIN_KINDS = "biufU"


def read(path: str | os.PathLike[str], keys: Collection[str], *, max_bytes: int = MAX_BYTES) -> RowInfo:
    """Return the arrays of an archive that must hold exactly ``keys``.

    Raises:
        MotionFormatError: no such file, not a zip archive, damaged, other arrays than ``keys``, arrays of Python
            objects, or more than ``max_bytes`` after decompression. The message names the file, the array and the
            reason.
    """
    where = str(path)
    with _opened(path) as archive:
        members = _members(archive, keys, where, max_bytes)
        return {key: _read_member(archive, member, key, where) for key, member in members.items()}


def read_some(path: str | os.PathLike[str], keys: Collection[str], *, max_bytes: int = MAX_BYTES) -> RowInfo:
    """Return the arrays of an archive that are among ``keys``; other members are ignored.

    Raises:
        MotionFormatError: as for :func:`read`, except for the names of the arrays.
    """
    where = str(path)
    with _opened(path) as archive:
        members: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            key = info.filename.removesuffix(".npy")
            if key in keys:
                if key in members:
                    raise MotionFormatError(f"{where}: {key}: repeated")
                members[key] = info
        total = sum(info.file_size for info in members.values())
        if total > max_bytes:
            raise MotionFormatError(f"{where}: {total} bytes after decompression; at most {max_bytes} are allowed")
        return {key: _read_member(archive, member, key, where) for key, member in members.items()}


def member_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the names of the arrays of an archive.

    Raises:
        MotionFormatError: no such file, or not a zip archive.
    """
    with _opened(path) as archive:
        return tuple(info.filename.removesuffix(".npy") for info in archive.infolist())


def npy_member(
    path: str | os.PathLike[str], name: str, *, data: bool = True
) -> tuple[tuple[int, ...], np.dtype[Any], bytes]:
    """Return shape and type in the header of an archive's member, and (if ``data``) the bytes after the header.

    Raises:
        MotionFormatError: no such member or header, or more than :data:`MAX_BYTES`.
    """
    where = str(path)
    with _opened(path) as archive:
        infos = [info for info in archive.infolist() if info.filename.removesuffix(".npy") == name]
        if len(infos) != 1:
            raise MotionFormatError(f"{where}: {name}: must be one member, given {len(infos)}")
        if infos[0].file_size > MAX_BYTES:
            raise MotionFormatError(f"{where}: {name}: {infos[0].file_size} bytes; at most {MAX_BYTES} are allowed")
        with archive.open(infos[0]) as stream:
            shape, _, dtype = _read_header(stream, name, where)
            return shape, dtype, stream.read(MAX_BYTES) if data else b""


def read_array(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> NDArray[Any]:
    """Return the array of plain numbers in a ``.npy`` file.

    Raises:
        MotionFormatError: no such file, damaged, too large, or an array of Python objects.
    """
    with _npy_file(path, max_bytes) as (stream, size):
        return _read_stream(stream, size, "array", str(path))


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[zipfile.ZipFile]:
    where = str(path)
    try:
        with open_regular(path, _MAX_FILE, MotionFormatError) as stream, zipfile.ZipFile(stream) as archive:
            yield archive
    except MotionFormatError:
        raise
    except Exception as error:
        # zipfile and its decompressors raise a dozen kinds of error on damaged input.
        raise MotionFormatError(f"{where}: not a readable .npz archive ({type(error).__name__}: {error})") from error


def _members(archive: zipfile.ZipFile, keys: Collection[str], where: str, max_bytes: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS:
        raise MotionFormatError(f"{where}: {len(infos)} members; at most {_MAX_MEMBERS} are allowed")
    members = {info.filename.removesuffix(".npy"): info for info in infos}
    if set(members) != set(keys) or len(infos) != len(members):
        raise MotionFormatError(
            f"{where}: the arrays must be {sorted(keys)}, given {sorted(info.filename for info in infos)}"
        )
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise MotionFormatError(f"{where}: {total} bytes after decompression; at most {max_bytes} are allowed")
    return members


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, key: str, where: str) -> NDArray[Any]:
    with archive.open(member) as stream:
        return _read_stream(stream, member.file_size, key, where)


def _read_stream(stream: IO[bytes], total: int, key: str, where: str) -> NDArray[Any]:
    shape, fortran, dtype = _read_header(stream, key, where)
    if dtype.kind not in _PLAIN_KINDS:
        raise MotionFormatError(f"{where}: {key}: must be plain numbers, given {dtype}")
    count = 1
    for size in shape:
        count *= size
    left = total - stream.tell()
    if any(size < 0 for size in shape) or count * dtype.itemsize != left:
        raise MotionFormatError(f"{where}: {key}: the header says {shape} of {dtype}, but {left} bytes follow")
    data = stream.read(left)
    if len(data) != left:
        raise MotionFormatError(f"{where}: {key}: {len(data)} of {left} bytes; the file is truncated")
    array: NDArray[Any] = np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")
    return array


def npy_header(path: str | os.PathLike[str]) -> tuple[tuple[int, ...], np.dtype[Any], bytes]:
    """Return shape and type in the header of a ``.npy`` file, and the bytes after the header.

    Raises:
        MotionFormatError: no such file, no such header, or more than :data:`MAX_BYTES`.
    """
    with _npy_file(path, MAX_BYTES) as (stream, _):
        shape, _, dtype = _read_header(stream, "array", str(path))
        return shape, dtype, stream.read()


@contextmanager
def _npy_file(path: str | os.PathLike[str], max_bytes: int) -> Iterator[tuple[IO[bytes], int]]:
    """Open a ``.npy`` file and give its size; whatever goes wrong inside is an error that names the file."""
    try:
        with open_regular(path, max_bytes, MotionFormatError) as stream:
            yield stream, os.fstat(stream.fileno()).st_size
    except MotionFormatError:
        raise
    except Exception as error:
        # NumPy parses a header as Python, which fails in a dozen ways.
        raise MotionFormatError(f"{path}: not a readable .npy file ({type(error).__name__}: {error})") from error


def _read_header(stream: IO[bytes], key: str, where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    known = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version in known:
        try:
            return known[version](stream, max_header_size=_MAX_HEADER)
        except ValueError as error:
            if "max_header_size" in str(error):  # NumPy's message advises allowing pickles
                raise MotionFormatError(
                    f"{where}: {key}: the header has more than {_MAX_HEADER} bytes; that of plain numbers has about "
                    "a hundred"
                ) from error
            raise
    raise MotionFormatError(f"{where}: {key}: the array format must be (1, 0) or (2, 0), given {version}")
