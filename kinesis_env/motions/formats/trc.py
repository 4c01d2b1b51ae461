"""TRC: marker positions as text, as written by OpenSim, Motion Analysis' Cortex and OpenCap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.markers import recording_of_markers
from kinesis_env.motions.formats.points import MAX_FRAMES, checked_rate
from kinesis_env.motions.formats.text_file import read_lines, row_of_numbers
from kinesis_env.motions.recording import PointRecording
from kinesis_env.typing import Array

__all__ = ["is_trc", "read_trc"]

_MAX_MARKERS, _MAX_HEADER = 2000, 20
#: Times and rate of a file agree to this fraction.
_SAME_RATE = 0.05


def is_trc(path: Path) -> bool:
    """Return whether a file begins like a TRC."""
    with path.open("rb") as stream:
        return stream.read(400).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").startswith(b"PathFileType")


def read_trc(path: Path, *, marker_map: Mapping[str, str] | None = None, fps: float | None = None) -> PointRecording:
    """Read markers and return joint centers.

    Args:
        path: the file.
        marker_map: maps roles (:data:`~kinesis_env.motions.formats.markers.ROLES`) to names, for unknown sets.
        fps: frame rate [Hz]; by default the file's.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the line and the reason.
    """
    where = str(path)
    lines = read_lines(path)
    at = next((i for i, line in enumerate(lines[:_MAX_HEADER]) if line.lower().startswith("frame#")), None)
    if at is None or at < 2:
        raise MotionFormatError(f"{where}: no line that begins with 'Frame#' in the first {_MAX_HEADER}")
    separator = next((mark for mark in "\t,;" if mark in lines[at]), None)
    header = dict(zip(_words(lines[at - 2].lower(), separator), _words(lines[at - 1], separator), strict=False))
    names = [cell.strip() for cell in lines[at].split(separator)[2:] if cell.strip()]
    if not 0 < len(names) <= _MAX_MARKERS:
        raise MotionFormatError(f"{where}: line {at + 1}: 1 to {_MAX_MARKERS} markers are allowed, given {len(names)}")
    notes: list[str] = []
    times, markers = _rows(lines, at + 1, len(names), separator, notes=notes, where=where)
    told = header.get("numframes", "")
    if told.isdigit() and int(told) != len(times):
        notes.append(f"the header says {told} frames, the file has {len(times)}")
    if fps is not None:
        rate = checked_rate(fps, where, "fps")
    elif "datarate" in header:
        rate = checked_rate(_told(header["datarate"], where), where, "DataRate")
    else:
        rate = checked_rate(1 / max(float(np.median(np.diff(times))), 1e-9), where, "rate of the times")
    # The clock of the file, shared by its loads, if its times are in seconds.
    step = float(np.median(np.diff(times)))
    start = float(times[0]) if fps is None and np.isfinite(times[0]) and abs(step * rate - 1.0) < _SAME_RATE else 0.0
    return recording_of_markers(
        path,
        names,
        markers,
        rate,
        header.get("units", "mm"),
        kind="TRC",
        marker_map=marker_map,
        notes=notes,
        start=start,
    )


def _words(line: str, separator: str | None) -> list[str]:
    return line.split(separator if separator != "\t" else None)


def _told(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise MotionFormatError(f"{where}: DataRate must be a number, given {text[:40]!r}") from None


def _rows(
    lines: list[str], at: int, count: int, separator: str | None, *, notes: list[str], where: str
) -> tuple[Array, Array]:
    """Return times (T,) and markers (T, M, 3); missing markers are NaN."""
    width = 2 + 3 * count
    rows: list[Array] = []
    used = [(i, line) for i, line in enumerate(lines[at:], at + 1) if line.strip()]
    if used and not re.split(r"[\t,; ]", used[0][1].strip())[0].lstrip("+-").replace(".", "").isdigit():
        used.pop(0)  # X1 Y1 Z1 ...
    if len(used) > MAX_FRAMES:
        raise MotionFormatError(f"{where}: {len(used)} frames; at most {MAX_FRAMES} are allowed")
    for line_number, line in used:
        words = line.rstrip("\r\n").split(separator)
        if len(words) > width and not any(word.strip() for word in words[width:]):
            words = words[:width]
        if separator and len(words) < width:
            words += [""] * (width - len(words))
        if len(words) != width:
            if line_number == used[-1][0] and rows:
                notes.append(f"the last row has {len(words)} values for {width} columns; left out")
                break
            raise MotionFormatError(f"{where}: line {line_number}: {len(words)} values for {width} columns")
        try:
            rows.append(row_of_numbers(words))
        except ValueError as error:
            raise MotionFormatError(f"{where}: line {line_number}: {error}") from None
    if len(rows) < 2:
        raise MotionFormatError(f"{where}: {len(rows)} frames; a motion needs at least 2")
    table = np.stack(rows)
    markers = table[:, 2:].reshape(len(table), count, 3)
    # Zeros stand for a marker that was not visible.
    markers[(markers == 0).all(axis=2)] = np.nan
    markers[~np.isfinite(markers).all(axis=2)] = np.nan
    return table[:, 1], markers
