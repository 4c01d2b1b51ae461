"""A folder's motions as one array in one file, so that a large library loads in a second.

The pack is a hidden file beside the motions. It is used only if it was made from exactly the files in the folder, by
content; otherwise the files are read. Its contents are checked like a motion.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionError
from kinesis_env.files import open_regular, whole_file
from kinesis_env.motions import archive
from kinesis_env.motions.fields import check_frames
from kinesis_env.motions.motion import FRAME_WIDTH, Motion

__all__ = ["PACK", "read_pack", "write_pack"]


_log = logging.getLogger(__name__)

#: Name of the pack in its folder.
PACK = ".library.npz"
_VERSION = 2
#: 7 hours at 30 frames per second.
_MAX_BYTES = 512 * 2**20


def write_pack(folder: str | os.PathLike[str], files: Sequence[Path]) -> list[Motion]:
    """Read motion files of a folder, write their pack and return the motions.

    Raises:
        MotionError: a file cannot be read.
        OutputError: the pack cannot be written.
    """
    stamps = _stamps(files)
    motions = [Motion.load(file) for file in files]
    rows = np.concatenate([motion.rows for motion in motions])
    index = {
        "version": _VERSION,
        "files": stamps,
        "motions": [{**motion.metadata(), "frames": len(motion)} for motion in motions],
    }
    text = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    with whole_file(Path(folder) / PACK) as temporary, temporary.open("wb") as stream:
        np.savez(stream, index=text, rows=rows)
    return motions


def read_pack(folder: Path, files: Sequence[Path]) -> list[Motion] | None:
    """Return the motions of a folder's pack; None if there is none made from ``files`` in their current state."""
    path = folder / PACK
    if not path.is_file():
        return None
    try:
        arrays = archive.read(path, ("index", "rows"), max_bytes=_MAX_BYTES)
        index = json.loads(arrays["index"].tobytes().decode())
        if index["version"] != _VERSION or index["files"] != _stamps(files):
            return None
        return _motions(arrays["rows"], index["motions"])
    except Exception as error:  # whatever the error, the files themselves can be read
        _log.warning("%s is damaged and not used (%s)", path, error)
        return None


def _motions(rows: NDArray[Any], entries: list[dict[str, Any]]) -> list[Motion]:
    frames = [int(entry.pop("frames")) for entry in entries]
    if rows.dtype != np.float64 or rows.shape != (sum(frames), FRAME_WIDTH) or min(frames) < 2:
        raise MotionError(f"rows must be one per frame, given {rows.dtype} {rows.shape} for {sum(frames)} frames")
    stops = np.cumsum(frames).tolist()
    motions = [
        Motion.of_rows(rows[stop - count : stop], **entry)
        for stop, count, entry in zip(stops, frames, entries, strict=True)
    ]
    for body in dict.fromkeys(motion.body for motion in motions):
        own = np.repeat([motion.body == body for motion in motions], frames)
        with body.in_use():
            check_frames(rows if own.all() else rows[own], "the pack")
    return motions


def _stamps(files: Sequence[Path]) -> list[list[str]]:
    return [[file.name, _digest(file)] for file in files]


def _digest(file: Path) -> str:
    with open_regular(file, archive.MAX_BYTES, MotionError) as stream:
        return hashlib.sha256(stream.read()).hexdigest()
