"""Readers: one module for each file format; each returns a :class:`~kinesis_env.motions.recording.Recording`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinesis_env.errors import MotionError
from kinesis_env.motions.formats.opensim import read_opensim
from kinesis_env.motions.recording import AngleRecording

__all__ = ["READERS", "read_recording"]

#: Extension -> reader.
READERS: dict[str, Callable[[Path], AngleRecording]] = {".mot": read_opensim, ".sto": read_opensim}


def read_recording(path: Path) -> AngleRecording:
    """Read a recording with the reader of its extension.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the place and the reason.
        MotionError: there is no reader for such a file.
    """
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise MotionError(f"{path}: no reader for {suffix!r}; allowed are {', '.join(('.npz', *READERS))}")
    return READERS[suffix](path)
