"""OpenSim's table of numbers (``.mot``, ``.sto``): a header, a line of labels, and rows of time and values.

The header is read generously, because many programs write it: CRLF or LF, tabs or spaces, blank and comment lines,
row counts that are wrong. The numbers are read strictly: a row that is cut short is an error.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.files import read_bytes
from kinesis_env.typing import Array

__all__ = ["MAX_BYTES", "Table", "read_table"]


#: Largest file that is read [bytes]; an hour of 40 columns at 100 Hz is about 250 MB.
MAX_BYTES = 256 * 2**20
_MAX_HEADER_LINES = 500
_COUNTS = {"nrows": "rows", "datarows": "rows", "ncolumns": "columns", "datacolumns": "columns"}
_NOT_A_NUMBER = re.compile(r"[+-]?(nan(\(.*\))?|1\.#.*|inf(inity)?|-)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it stands in the file.

    Attributes:
        path: the file, for messages.
        header: keys in lower case, and their values.
        labels: names of the value columns, as written.
        times: (T,) [s], strictly increasing.
        values: (T, k); missing values are NaN.
        notes: what was repaired.
    """

    path: str
    header: dict[str, str]
    labels: tuple[str, ...]
    times: Array
    values: Array
    notes: tuple[str, ...]


def read_table(path: str | os.PathLike[str]) -> Table:
    """Read a ``.mot`` or ``.sto`` file.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the line and the reason.
    """
    where = str(path)
    lines = _lines(Path(path), where)
    header, start = _header(lines, where)
    notes: list[str] = []
    at, labels = _labels(lines, start, where)
    numbers, line_numbers = _numbers(lines, at + 1, len(labels), where)
    for key, found, kind in (("rows", len(numbers), "rows"), ("columns", len(labels), "columns")):
        if key in header and header[key] != str(found):
            notes.append(f"the header says {header[key]} {kind}, the file has {found}")
    times, values = _increasing(numbers, line_numbers, notes, where)
    return Table(where, header, tuple(labels[1:]), times, values, tuple(notes))


def _lines(path: Path, where: str) -> list[str]:
    raw = read_bytes(path, MAX_BYTES, MotionFormatError)
    if not raw.strip():
        raise MotionFormatError(f"{where}: the file is empty")
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise MotionFormatError(f"{where}: line {line}: a null byte; this is not a text file")
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _header(lines: list[str], where: str) -> tuple[dict[str, str], int]:
    end = next((i for i, line in enumerate(lines[:_MAX_HEADER_LINES]) if line.strip().lower() == "endheader"), None)
    if end is None:
        raise MotionFormatError(f"{where}: no line 'endheader' in the first {_MAX_HEADER_LINES} lines")
    header: dict[str, str] = {}
    for line in lines[:end]:
        text = line.strip()
        key, equals, value = text.partition("=")
        if not equals:
            key, _, value = text.partition(" ")
        key = key.strip().lower()
        if equals or key in _COUNTS:
            header[_COUNTS.get(key, key)] = value.strip()
    kind = header.get("datatype", "double")
    if kind.lower() not in ("double", "float"):
        raise MotionFormatError(f"{where}: DataType={kind}; only tables of numbers (double) can be read")
    return header, end + 1


def _labels(lines: list[str], start: int, where: str) -> tuple[int, list[str]]:
    at = next((i for i in range(start, len(lines)) if lines[i].strip()), None)
    if at is None:
        raise MotionFormatError(f"{where}: line {start}: nothing follows the header")
    line = lines[at].strip()
    labels = [label.strip() for label in (line.split("\t") if "\t" in line else line.split()) if label.strip()]
    if labels[0].lower() != "time":
        raise MotionFormatError(f"{where}: line {at + 1}: the first column is {labels[0][:40]!r}; it needs 'time'")
    if len(labels) < 2:
        raise MotionFormatError(f"{where}: line {at + 1}: no column but 'time'")
    if len(set(labels)) < len(labels):
        twice = sorted(label for label, count in Counter(labels).items() if count > 1)
        raise MotionFormatError(f"{where}: line {at + 1}: columns given twice: {', '.join(twice[:5])}")
    return at, labels


def _numbers(lines: list[str], start: int, width: int, where: str) -> tuple[Array, list[int]]:
    rows: list[Array] = []
    line_numbers: list[int] = []
    for number in range(start, len(lines)):
        words = lines[number].split()
        if not words or words[0].startswith(("#", "//")):
            continue
        if len(words) != width:
            raise MotionFormatError(f"{where}: line {number + 1}: {len(words)} values for {width} columns")
        try:
            rows.append(np.fromiter(map(float, words), np.float64, width))
        except ValueError:
            rows.append(np.array([_value(word, number, where) for word in words]))
        line_numbers.append(number + 1)
    if len(rows) < 2:
        raise MotionFormatError(f"{where}: {len(rows)} rows of numbers; a motion needs at least 2")
    numbers = np.stack(rows)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers, line_numbers


def _value(word: str, number: int, where: str) -> float:
    try:
        return float(word)
    except ValueError:
        if _NOT_A_NUMBER.fullmatch(word):
            return float("nan")
        raise MotionFormatError(f"{where}: line {number + 1}: {word[:40]!r} is not a number") from None


def _increasing(numbers: Array, line_numbers: list[int], notes: list[str], where: str) -> tuple[Array, Array]:
    """Return times and values without rows that repeat a time."""
    times = numbers[:, 0]
    if np.isnan(times).any():
        raise MotionFormatError(
            f"{where}: line {line_numbers[int(np.isnan(times).argmax())]}: the time is not a number"
        )
    if np.abs(times).max() > 1e7:
        raise MotionFormatError(f"{where}: times reach {np.abs(times).max():.3g} s; allowed are 1e7 s")
    step = np.diff(times)
    if (step < 0).any():
        at = int((step < 0).argmax())
        raise MotionFormatError(
            f"{where}: line {line_numbers[at + 1]}: time goes back from {times[at]:g} to {times[at + 1]:g} s"
        )
    # Times less than a microsecond apart are one time that was rounded twice.
    keep = np.concatenate(([True], step > 1e-6))
    if not keep.all():
        notes.append(f"{(~keep).sum()} rows repeat the time of the row before; dropped")
    if keep.sum() < 2:
        raise MotionFormatError(f"{where}: all rows have the same time")
    return times[keep].copy(), numbers[keep, 1:].copy()
