"""Safe reading of arbitrary files, atomic writing, and folders for one writer at a time."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import KinesisError, OutputError, UnreadableFileError

try:
    import fcntl

    _LOCKS = True
except ImportError:  # not on Windows
    _LOCKS = False

__all__ = [
    "MAX_TEXT_BYTES",
    "check_output",
    "check_output_folder",
    "exclusive_folder",
    "is_regular",
    "open_regular",
    "read_bytes",
    "read_text",
    "save_arrays",
    "whole_file",
]

_log = logging.getLogger(__name__)

#: Maximum size of text files such as configurations, results and lists [bytes].
MAX_TEXT_BYTES = 64 * 2**20
#: Bytes of a file's name that are repeated in the name of its temporary file.
_PREFIX = 100
_ATTEMPTS = 5


def is_regular(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is a regular file, rather than a folder, a pipe, a device, or a link to one."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116  (takes any path)
    except (OSError, ValueError):
        return False


@contextmanager
def open_regular(
    path: str | os.PathLike[str], most: int, error: type[KinesisError] = UnreadableFileError
) -> Iterator[IO[bytes]]:
    """Open a regular file of at most ``most`` bytes for reading; pipes and devices are rejected before reading.

    Args:
        path: the file, or a link to it.
        most: the largest allowed size [bytes].
        error: the class of the error.

    Raises:
        KinesisError: no such file, not a regular file, a larger one, or one that cannot be read; the message names it.
    """
    where = os.fspath(path)
    try:
        # Without O_NONBLOCK, opening a pipe waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as problem:
        raise error(f"{where}: no such file") from problem
    except (OSError, ValueError) as problem:
        raise error(f"{where!r}: cannot be read ({_reason(problem)})") from problem
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise error(f"{where}: must be a regular file, given {_kind(about.st_mode)}")
    with os.fdopen(descriptor, "rb") as stream:
        if about.st_size > most:
            raise error(f"{where}: {about.st_size} bytes; at most {most} are allowed")
        yield stream


def read_bytes(
    path: str | os.PathLike[str], most: int = MAX_TEXT_BYTES, error: type[KinesisError] = UnreadableFileError
) -> bytes:
    """Return the bytes of a regular file; arguments and errors as for :func:`open_regular`."""
    with open_regular(path, most, error) as stream:
        try:
            return stream.read(most + 1)[:most]
        except OSError as problem:
            raise error(f"{os.fspath(path)}: cannot be read ({_reason(problem)})") from problem


def read_text(
    path: str | os.PathLike[str], most: int = MAX_TEXT_BYTES, error: type[KinesisError] = UnreadableFileError
) -> str:
    """Return the UTF-8 text of a regular file; arguments and errors as for :func:`open_regular`."""
    try:
        return read_bytes(path, most, error).decode("utf-8")
    except UnicodeDecodeError as problem:
        raise error(f"{os.fspath(path)}: not UTF-8 text ({problem})") from problem


def save_arrays(path: str | os.PathLike[str], what: str, error: type[KinesisError], /, **arrays: Any) -> Path:
    """Write arrays of numbers as ``.npz``, whole or not at all, and return its path; nothing is pickled.

    Args:
        path: the file, which ends in ``.npz``.
        what: the kind of file for the message, such as "a motion".
        error: raised if the path ends in something else.
        **arrays: the arrays by name; a mapping is written as JSON, in an array of bytes.
    """
    target = Path(path)
    if target.suffix != ".npz":
        raise error(f"the file name of {what} must end in .npz, given {str(target)!r}")
    packed: dict[str, Any] = {
        name: _as_json(array) if isinstance(array, Mapping) else array for name, array in arrays.items()
    }
    with whole_file(target) as temporary:
        np.savez_compressed(temporary, **packed)
    return target


def _as_json(content: Mapping[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(dict(content), sort_keys=True).encode(), dtype=np.uint8)


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; it replaces ``path`` if the block ends without an error.

    The temporary file keeps the suffix, so that writers that depend on it use the same format. Missing folders are
    created.

    Raises:
        OutputError: it cannot be written: no space, no permission, a folder in its place, or a name that is too long.
    """
    target = Path(path)
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder has this name")
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_prefix(target), suffix=target.suffix)
        os.close(handle)
    except (OSError, ValueError) as problem:
        raise _unwritable(path, problem) from problem
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as problem:
        if isinstance(problem, KinesisError):
            raise
        raise _unwritable(path, problem) from problem
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def check_output(path: str | os.PathLike[str] | None) -> None:
    """Raise an error if a file cannot be written, before the work that produces it; leaves nothing. None is no output.

    Raises:
        OutputError: as :func:`whole_file` would.
    """
    if path is None:
        return
    target = Path(path)
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder has this name")
        with _for_now(target.parent):
            _try_out(target.parent)
            if not target.exists():  # also detects a name that is too long
                target.touch()
                target.unlink()
    except (OSError, ValueError) as problem:
        raise _unwritable(path, problem) from problem


def check_output_folder(path: str | os.PathLike[str] | None) -> None:
    """Raise an error if no file can be written in a folder, existing or not; leaves nothing. None is no output.

    Raises:
        OutputError: it cannot be created, or nothing can be written there.
    """
    if path is None:
        return
    try:
        for attempt in range(_ATTEMPTS):
            try:
                with _for_now(Path(path)):
                    _try_out(Path(path))
                return
            except FileNotFoundError:  # another process has checked the same folder
                if attempt == _ATTEMPTS - 1:
                    raise
    except (OSError, ValueError) as problem:
        raise OutputError(f"{os.fspath(path)}: cannot write in this folder ({_reason(problem)})") from problem


@contextmanager
def _for_now(folder: Path) -> Iterator[None]:
    """Create a folder, and remove in the end whatever parts were created."""
    made = []
    try:
        for part in (*reversed(folder.parents), folder):
            if part.is_dir():
                continue
            if os.path.lexists(part) and not part.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, f"{part} is not a folder")
            with suppress(FileExistsError):  # another process has just created it
                part.mkdir()
                made.append(part)
        yield
    finally:
        for part in reversed(made):
            with suppress(OSError):  # in use by another process by now
                part.rmdir()


def _try_out(folder: Path) -> None:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".kinesis-")
    os.close(handle)
    Path(name).unlink()


@contextmanager
def exclusive_folder(path: str | os.PathLike[str]) -> Iterator[bool]:
    """Lock a folder for one writer: a second process waits until the first has finished or died.

    Args:
        path: the folder, which must exist.

    Yields:
        Whether the folder is really locked: False if the system has no locks on folders.
    """
    if not _LOCKS:
        yield False
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        held = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.warning("another process is writing to %s; waiting until it is done", os.fspath(path))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            held = False
        yield held
    finally:
        os.close(descriptor)


def _unwritable(path: str | os.PathLike[str], problem: Exception) -> OutputError:
    return OutputError(f"{os.fspath(path)}: cannot be written ({_reason(problem)})")


def _prefix(target: Path) -> str:
    """Return the start of a temporary name, short enough for the file system: names are limited in bytes."""
    return f".{target.stem.encode()[:_PREFIX].decode(errors='ignore')}-"


def _reason(problem: Exception) -> str:
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem) or type(problem).__name__


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return kinds.get(stat.S_IFMT(mode), "a special file")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
