"""A folder's motions as one array in one file, so that a large library loads in a second.

The pack lies beside the motions as a hidden file. It is used only while it was made from exactly the files that are
there (names, sizes, times of change); otherwise the files are read.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionError
from kinesis_env.files import whole_file
from kinesis_env.motions import archive
from kinesis_env.motions.motion import FRAME_WIDTH, Motion

__all__ = ["PACK", "read_pack", "write_pack"]


_log = logging.getLogger(__name__)

#: Name of the pack in its folder.
PACK = ".library.npz"
_VERSION = 1
#: 7 hours at 30 frames per second.
_MAX_BYTES = 512 * 2**20


def write_pack(folder: str | os.PathLike[str], files: Sequence[Path]) -> list[Motion]:
    """Read motion files of a folder, write their pack and return the motions.

    Raises:
        MotionError: a file cannot be read.
        OSError: the pack cannot be written.
    """
    motions = [Motion.load(file) for file in files]
    rows = np.concatenate([motion.rows for motion in motions])
    index = {
        "version": _VERSION,
        "files": _stamps(files),
        "motions": [{**motion.metadata(), "frames": len(motion)} for motion in motions],
    }
    text = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    with whole_file(Path(folder) / PACK) as temporary, temporary.open("wb") as stream:
        np.savez(stream, index=text, rows=rows)
    return motions


def read_pack(folder: Path, files: Sequence[Path]) -> list[Motion] | None:
    """Return the motions of a folder's pack; None where there is none, or none made from ``files`` as they are."""
    path = folder / PACK
    if not path.is_file():
        return None
    try:
        arrays = archive.read(path, ("index", "rows"), max_bytes=_MAX_BYTES)
        index = json.loads(arrays["index"].tobytes().decode())
        if index["version"] != _VERSION or index["files"] != _stamps(files):
            return None
        return _motions(arrays["rows"], index["motions"])
    except (MotionError, ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        _log.warning("%s is damaged and not used (%s)", path, error)
        return None


def _motions(rows: NDArray[Any], entries: list[dict[str, Any]]) -> list[Motion]:
    total = sum(int(entry["frames"]) for entry in entries)
    if rows.dtype != np.float64 or rows.shape != (total, FRAME_WIDTH) or not np.isfinite(rows).all():
        raise ValueError(f"rows {rows.dtype} {rows.shape} for {total} frames")
    out, at = [], 0
    for entry in entries:
        frames = int(entry.pop("frames"))
        out.append(Motion.of_rows(rows[at : at + frames], **entry))
        at += frames
    return out


def _stamps(files: Sequence[Path]) -> list[list[Any]]:
    found = [(file.name, file.stat()) for file in files]
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in found]
