"""The text of a BVH file: its joints, and the table of channel values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.points import MAX_FRAMES
from kinesis_env.motions.formats.text_file import read_lines
from kinesis_env.typing import Array

__all__ = ["BvhFile", "Joint", "parse_bvh"]


_MAX_JOINTS = 1000
_MAX_DEPTH = 200
#: Usual frame rates: a "frame time" with one of these values is not necessarily in milliseconds.
_RATES = (24.0, 25.0, 30.0, 48.0, 50.0, 60.0, 72.0, 90.0, 100.0, 120.0, 144.0, 180.0)
_CHANNELS = {f"{axis}{kind}".lower(): f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation")}


@dataclass(frozen=True, eq=False)
class Joint:
    """One joint or end site.

    Attributes:
        name: as written; an end site has its joint's name with "_end" added.
        parent: index of the joint above, -1 for a root.
        offset: position in the parent (3,), in units of the file.
        channels: such as "Xposition", in the order of the file.
        first: column of its first channel.
        end: whether it is an end site.
    """

    name: str
    parent: int
    offset: Array
    channels: tuple[str, ...]
    first: int
    end: bool = False


@dataclass(frozen=True, eq=False)
class BvhFile:
    """Joints, parents first; time between frames [s]; channel values (T, C), angles in degrees; what was repaired."""

    joints: tuple[Joint, ...]
    frame_time: float
    values: Array
    notes: tuple[str, ...] = ()


def parse_bvh(path: Path, *, fps: float | None = None) -> BvhFile:
    """Parse a file; its frame time is ignored if ``fps`` is given.

    Raises:
        MotionFormatError: not a BVH file; the message names the file, the line and the reason.
    """
    where = str(path)
    lines = read_lines(path)
    if not any("." in line for line in lines) and any("," in line for line in lines):
        lines = [line.replace(",", ".") for line in lines]
    joints, channels, at = _hierarchy(lines, where)
    return _motion(lines, at, joints, channels, where=where, fps=fps)


class _Scanner:
    """Words of the hierarchy with their lines; comments after '#' are skipped."""

    def __init__(self, lines: list[str], where: str) -> None:
        self.lines, self.where = lines, where
        self.line, self.words = -1, list[str]()

    def next_line(self) -> list[str]:
        """Return the words of the next nonempty line, with braces separated."""
        while not self.words:
            self.line += 1
            if self.line >= len(self.lines):
                raise MotionFormatError(f"{self.where}: line {self.line}: the file ends in the hierarchy")
            text = self.lines[self.line].split("#", 1)[0]
            self.words = text.replace("{", " { ").replace("}", " } ").split()
        words, self.words = self.words, []
        for i, word in enumerate(words):
            if word in ("{", "}"):
                # A brace ends the entry before it.
                split = i if i > 0 else 1
                words, self.words = words[:split], words[split:]
                break
        return words

    def fail(self, reason: str) -> MotionFormatError:
        return MotionFormatError(f"{self.where}: line {self.line + 1}: {reason}")


def _hierarchy(lines: list[str], where: str) -> tuple[list[Joint], int, int]:
    """Return the joints, the number of channels and the line after MOTION."""
    scan = _Scanner(lines, where)
    if scan.next_line()[0].upper() != "HIERARCHY":
        raise scan.fail("a BVH file must begin with HIERARCHY")
    joints: list[Joint] = []
    open_joints: list[int] = []
    channels = 0
    while True:
        words = scan.next_line()
        key = words[0].upper()
        if key == "MOTION" and not open_joints:
            break
        if key in ("ROOT", "JOINT", "END"):
            if (key == "ROOT") != (not open_joints):
                raise scan.fail(f"{words[0]} {'outside' if not open_joints else 'inside'} a joint")
            parent = open_joints[-1] if open_joints else -1
            site = f"{joints[parent].name}_end" if key == "END" else ""
            name = site or " ".join(words[1:]) or f"joint{len(joints)}"
            if scan.next_line() != ["{"]:
                raise scan.fail(f"'{{' is missing after {name[:40]}")
            open_joints.append(len(joints))
            joints.append(Joint(name, parent, np.zeros(3), (), channels, key == "END"))
            if len(joints) > _MAX_JOINTS or len(open_joints) > _MAX_DEPTH:
                raise scan.fail(f"more than {_MAX_JOINTS} joints, or nested deeper than {_MAX_DEPTH}")
        elif key == "}" and open_joints:
            open_joints.pop()
        elif key == "OFFSET" and open_joints:
            old = joints[open_joints[-1]]
            joints[open_joints[-1]] = replace(old, offset=_offset(words, scan))
        elif key == "CHANNELS" and open_joints:
            old = joints[open_joints[-1]]
            named = _channels(words, scan)
            joints[open_joints[-1]] = replace(old, channels=named, first=channels)
            channels += len(named)
        else:
            raise scan.fail(f"unexpected {' '.join(words)[:40]!r}")
    if not joints or channels == 0:
        raise scan.fail("no joint with channels")
    return joints, channels, scan.line + 1


def _offset(words: list[str], scan: _Scanner) -> Array:
    try:
        offset = np.array([float(word) for word in words[1:]])
    except ValueError as error:
        raise scan.fail(f"OFFSET: {error}") from error
    if offset.shape != (3,) or not np.isfinite(offset).all() or np.abs(offset).max() > 1e6:
        raise scan.fail(f"OFFSET needs three finite numbers up to 1e6, given {' '.join(words[1:])[:60]!r}")
    return offset


def _channels(words: list[str], scan: _Scanner) -> tuple[str, ...]:
    named = words[2:]
    if len(words) < 2 or words[1] != str(len(named)) or len(named) > 6:
        raise scan.fail(f"CHANNELS needs a number up to 6 and as many names, given {' '.join(words[1:])[:80]!r}")
    unknown = [word for word in named if word.lower() not in _CHANNELS]
    if unknown:
        raise scan.fail(f"unknown channel {unknown[0][:40]!r}; the channels are {', '.join(_CHANNELS.values())}")
    return tuple(_CHANNELS[word.lower()] for word in named)


def _motion(lines: list[str], at: int, joints: list[Joint], channels: int, *, where: str, fps: float | None) -> BvhFile:
    frames, at = _header_value(lines, at, "frames:", where, least=-math.inf)
    frame_time, at = _header_value(lines, at, "frame time:", where, least=-math.inf if fps else 0.0)
    notes: list[str] = []
    if fps is not None:
        frame_time = 1 / fps
    elif 2.0 < frame_time < 200 and frame_time not in _RATES:
        notes.append(f"the frame time is {frame_time:g}: read as milliseconds")
        frame_time /= 1000
    if not 1e-4 <= frame_time <= 10:
        asked = "; is it a number of frames per second? Give --source-fps" if frame_time in _RATES else ""
        raise MotionFormatError(
            f"{where}: line {at}: the frame time must be 0.0001 to 10 s, given {frame_time:g} s{asked}"
        )
    whole = round(1 / frame_time)
    digits = len(f"{frame_time:.10g}".partition(".")[2])
    if digits >= 4 and f"{1 / whole:.{digits}f}" == f"{frame_time:.{digits}f}":
        frame_time = 1 / whole  # rounded from a whole number of frames per second
    values = _rows(lines, at, channels, notes, where)
    if frames != len(values):
        notes.append(f"the header says {frames:g} frames, the file has {len(values)}")
    return BvhFile(tuple(joints), frame_time, values, tuple(notes))


def _rows(lines: list[str], at: int, channels: int, notes: list[str], where: str) -> Array:
    """Return the rows of numbers (T, channels); a truncated last row is dropped, wrapped rows are joined."""
    used = [number for number in range(at, len(lines)) if lines[number].strip()]
    rows: list[Array] = []
    for number in used:
        words = lines[number].split()
        if len(words) != channels:
            if number == used[-1] and len(words) < channels:
                notes.append(f"the last row has {len(words)} values for {channels} channels; left out")
                continue
            if rows or len(words) > channels:
                raise MotionFormatError(f"{where}: line {number + 1}: {len(words)} values for {channels} channels")
            return _wrapped(lines, used, channels, notes, where)
        rows.append(_numbers(words, number, where))
        if len(rows) > MAX_FRAMES:
            raise MotionFormatError(f"{where}: line {number + 1}: more than {MAX_FRAMES} frames")
    if len(rows) < 2:
        raise MotionFormatError(f"{where}: {len(rows)} frames; a motion needs at least 2")
    return np.stack(rows)


def _wrapped(lines: list[str], used: list[int], channels: int, notes: list[str], where: str) -> Array:
    """Return rows that span several lines each, if each row begins on a new line."""
    values: list[Array] = []
    left = 0
    for number in used:
        values.append(_numbers(lines[number].split(), number, where))
        left += len(values[-1])
        if left > channels:
            raise MotionFormatError(f"{where}: line {number + 1}: {left} values for {channels} channels")
        left %= channels
    flat = np.concatenate(values)
    notes.append("rows are wrapped over several lines" + (f"; {left} values at the end left out" if left else ""))
    frames = len(flat) // channels
    if not 2 <= frames <= MAX_FRAMES:
        raise MotionFormatError(f"{where}: {frames} frames; a motion needs 2 to {MAX_FRAMES}")
    return flat[: frames * channels].reshape(frames, channels)


def _numbers(words: list[str], number: int, where: str) -> Array:
    try:
        return np.array(words, dtype=np.float64)
    except ValueError as error:
        raise MotionFormatError(f"{where}: line {number + 1}: {str(error)[:80]}") from error


def _header_value(lines: list[str], at: int, key: str, where: str, least: float = 0.0) -> tuple[float, int]:
    """Return the number after ``key`` and the line after it."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    text = " ".join(lines[at].split()).lower().replace(" :", ":") if at < len(lines) else ""
    try:
        if not text.startswith(key):
            raise ValueError(f"expected {key!r}, given {text[:40]!r}")
        value = float(text[len(key) :])
        if not math.isfinite(value) or value <= least:
            raise ValueError(f"{key} must be a positive number, given {value}")
    except ValueError as error:
        raise MotionFormatError(f"{where}: line {at + 1}: {error}") from error
    return value, at + 1
