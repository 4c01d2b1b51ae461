"""Tables of numbers over time: OpenSim's (``.mot``, ``.sto``), and the same as CSV.

The form is parsed leniently, because many programs write it: with or without a header, CRLF or LF, tabs, commas,
semicolons or spaces, decimal commas, UTF-16, blank and comment lines, wrong row counts. The numbers are parsed
strictly: a truncated row is an error, except for the last one.
"""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.coordinates import coordinate_of
from kinesis_env.motions.formats.text_file import read_lines, row_of_numbers
from kinesis_env.motions.formats.units import times_in_seconds
from kinesis_env.typing import Array

__all__ = ["Table", "read_table"]


_MAX_HEADER_LINES = 500
_MAX_COLUMNS = 20_000
_COUNTS = {"nrows": "rows", "datarows": "rows", "ncolumns": "columns", "datacolumns": "columns"}
#: Names of a time column, without the unit.
_TIME = {"time", "t", "times", "timestamp", "seconds", "sec", "timesec", "timeseconds", "timems", "timess"}


@dataclass(frozen=True, eq=False)
class Table:
    """A table as in the file.

    Attributes:
        path: the file, for messages.
        header: keys in lower case, and their values; the first line as "title".
        labels: names of the value columns, as written.
        times: (T,) [s], strictly increasing.
        values: (T, k); missing values are NaN.
        notes: repairs.
    """

    path: str
    header: dict[str, str]
    labels: tuple[str, ...]
    times: Array
    values: Array
    notes: tuple[str, ...]


def read_table(path: str | os.PathLike[str], *, fps: float | None = None) -> Table:
    """Read a ``.mot``, ``.sto`` or ``.csv`` file.

    Args:
        path: the file.
        fps: rows per second [Hz], in place of the file's times.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the line and the reason.
    """
    where = str(path)
    lines = read_lines(path)
    header, start = _header(lines, where)
    notes: list[str] = []
    at = next((i for i in range(start, len(lines)) if lines[i].strip()), None)
    if at is None:
        raise MotionFormatError(f"{where}: line {start}: no rows after the header")
    separator = next((mark for mark in "\t;," if mark in lines[at].strip()), None)
    labels = _labels(lines[at], separator, at, where, timed=fps is None)
    numbers, line_numbers = _numbers(lines, at + 1, len(labels), separator, notes=notes, where=where)
    for key, found, kind in (("rows", len(numbers), "rows"), ("columns", len(labels), "columns")):
        if key in header and header[key] != str(found):
            notes.append(f"the header says {header[key]} {kind}, the file has {found}")
    if fps is not None:
        kept = [i for i, label in enumerate(labels) if not is_time(label)]
        notes.append(f"{fps:g} rows per second, as given")
        return Table(
            where, header, tuple(labels[i] for i in kept), np.arange(len(numbers)) / fps, numbers[:, kept], tuple(notes)
        )
    column = next(i for i, label in enumerate(labels) if is_time(label))
    times, values = _increasing(numbers, column, line_numbers, notes, where)
    times, note = times_in_seconds(times, where)
    notes += [note] if note else []
    return Table(where, header, tuple(label for i, label in enumerate(labels) if i != column), times, values,
                 tuple(notes))  # fmt: skip


def is_time(label: str) -> bool:
    """Return whether a column of this name holds times."""
    return re.sub(r"[\[(].*|[^a-z]", "", label.lower()) in _TIME


def _header(lines: list[str], where: str) -> tuple[dict[str, str], int]:
    end = next(
        (i for i, line in enumerate(lines[:_MAX_HEADER_LINES]) if line.strip().strip(",;").lower() == "endheader"), None
    )
    if end is None:
        # A table without a header begins with the labels.
        first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith(("#", "//"))), 0)
        if any(is_time(word) or coordinate_of(word) for word in re.split(r"[\t;, ]+", lines[first][:10_000])):
            return {}, first
        raise MotionFormatError(
            f"{where}: no line 'endheader' in the first {_MAX_HEADER_LINES} lines, and no column names with 'time' in "
            "the first line"
        )
    header: dict[str, str] = {"title": lines[0].strip().strip(",;")} if end else {}
    for line in lines[:end]:
        text = line.strip().strip(",;")
        key, equals, value = text.partition("=")
        if not equals:
            key, _, value = text.partition(" ")
        key = key.strip().lower()
        if equals or key in _COUNTS:
            header[_COUNTS.get(key, key)] = value.strip()
    kind = header.get("datatype", "double")
    if kind.lower() not in ("double", "float"):
        raise MotionFormatError(f"{where}: DataType must be double (a table of numbers), given {kind}")
    return header, end + 1


def _cells(line: str, separator: str | None) -> list[str]:
    """Return the cells of a line, without empty ones at the end."""
    if separator is None:
        return line.split()
    cells = next(csv.reader([line.strip("\r\n ")], delimiter=separator))
    while cells and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]


def _labels(line: str, separator: str | None, at: int, where: str, *, timed: bool) -> list[str]:
    labels = [label for label in _cells(line, separator) if label]
    if len(labels) > _MAX_COLUMNS:
        raise MotionFormatError(f"{where}: line {at + 1}: {len(labels)} columns; at most {_MAX_COLUMNS} are allowed")
    times = [label for label in labels if is_time(label)]
    if timed and not times:
        raise MotionFormatError(
            f"{where}: line {at + 1}: no column is named 'time', and the first is {labels[0][:40]!r}; give the frame "
            "rate "
            "(--source-fps) if there are no times"
        )
    if len(labels) < 2:
        raise MotionFormatError(f"{where}: line {at + 1}: no column other than 'time'")
    if len(set(labels)) < len(labels):
        seen: set[str] = set()
        twice = sorted({label for label in labels if label in seen or seen.add(label)})  # type: ignore[func-returns-value]
        raise MotionFormatError(f"{where}: line {at + 1}: repeated columns: {', '.join(twice[:5])[:300]}")
    return labels


def _numbers(
    lines: list[str], start: int, width: int, separator: str | None, *, notes: list[str], where: str
) -> tuple[Array, list[int]]:
    rows: list[Array] = []
    line_numbers: list[int] = []
    comma = separator != ","
    last = max((i for i in range(start, len(lines)) if lines[i].strip()), default=start)
    for at in range(start, len(lines)):
        line = lines[at]
        if not line.strip() or line.lstrip().startswith(("#", "//")):
            continue
        line = line.replace(",", ".") if comma else line
        words = line.split() if separator in (None, "\t") else _cells(line, separator)
        if separator and len(words) != width:
            words = _cells(line, separator)
            if len(words) < width <= line.count(separator) + 1:
                words += [""] * (width - len(words))  # empty cells at the end
        if len(words) != width:
            if at == last and len(words) < width and len(rows) >= 2:
                notes.append(f"the last row has {len(words)} values for {width} columns; left out")
                continue
            raise MotionFormatError(f"{where}: line {at + 1}: {len(words)} values for {width} columns")
        if not rows and not any(map(_is_number, words)):
            notes.append("the row below the names contains no numbers (units, for example); left out")
            continue
        try:
            rows.append(row_of_numbers(words))
        except ValueError as error:
            raise MotionFormatError(f"{where}: line {at + 1}: {error}") from None
        line_numbers.append(at + 1)
    if len(rows) < 2:
        raise MotionFormatError(f"{where}: {len(rows)} rows of numbers; a motion needs at least 2")
    numbers = np.stack(rows)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers, line_numbers


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _increasing(
    numbers: Array, column: int, line_numbers: list[int], notes: list[str], where: str
) -> tuple[Array, Array]:
    """Return times and values without rows that repeat a time."""
    times = numbers[:, column]
    if np.isnan(times).any():
        raise MotionFormatError(
            f"{where}: line {line_numbers[int(np.isnan(times).argmax())]}: the time is not a number"
        )
    if np.abs(times).max() > 1e10:
        raise MotionFormatError(f"{where}: times must be at most 1e10 in size, given {np.abs(times).max():.3g}")
    step = np.diff(times)
    if (step < 0).any():
        at = int((step < 0).argmax())
        raise MotionFormatError(
            f"{where}: line {line_numbers[at + 1]}: time decreases from {times[at]:g} to {times[at + 1]:g} s"
        )
    # Times less than a microsecond apart are the same time rounded twice.
    keep = np.concatenate(([True], step > 1e-6))
    if not keep.all():
        notes.append(f"{(~keep).sum()} rows repeat the time of the row before; dropped")
    if keep.sum() < 2:
        raise MotionFormatError(f"{where}: all rows have the same time")
    return times[keep].copy(), np.delete(numbers[keep], column, axis=1)
