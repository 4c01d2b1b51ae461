"""C3D: markers, force plates and analog signals of a gait lab, through ezc3d (the extra ``c3d``).

Markers become joint centers, as for TRC files. :func:`read_lab_signals` reads force plates and the other channels, in
the same axes as the recording: z up, meters, newtons.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.errors import MotionFormatError, OptionalDependencyError
from kinesis_env.motions import archive
from kinesis_env.motions.archive import MAX_BYTES
from kinesis_env.motions.formats.axes import TO_Z_UP, UNITS
from kinesis_env.motions.formats.markers import recording_of_markers
from kinesis_env.motions.formats.points import MAX_FRAMES, checked_rate
from kinesis_env.motions.recording import PointRecording
from kinesis_env.typing import Array

__all__ = ["ForcePlate", "LabSignals", "is_c3d", "read_c3d", "read_lab_signals"]

#: Forces below this are ignored, as they give no center of pressure [N].
_UNLOADED = 10.0
#: Time limit for reading a file [s].
_TIMEOUT = 120
#: Smallest double length of a plate, and its largest distance [m].
_SMALLEST, _FARTHEST = 0.02, 1000.0
#: Names of the unit of moments; the default is newtons times the unit of length.
_NEWTON_METERS = {"nm", "n.m", "n*m", "n m", "n-m"}


@dataclass(frozen=True, eq=False)
class ForcePlate:
    """Measurements of a force plate: the force of the ground on the body, z up.

    Attributes:
        force: (n, 3) [N].
        point: center of pressure (n, 3) [m]; NaN while less than 10 N press on the plate.
        free_moment: about the vertical through that point (n,) [N m].
        corners: corners of the plate (4, 3) [m].
    """

    force: Array
    point: Array
    free_moment: Array
    corners: Array


@dataclass(frozen=True, eq=False)
class LabSignals:
    """Signals recorded in a lab in addition to markers.

    Attributes:
        times: times of all signals (n,) [s], on the clock of the markers.
        plates: the force plates, in the order of the file.
        analog: the other channels by name (n,), such as EMG, in the file's units.
        notes: items that could not be read.
        missed: number of force plates that could not be read; the notes name them.
    """

    times: Array
    plates: tuple[ForcePlate, ...]
    analog: Mapping[str, Array]
    notes: tuple[str, ...] = ()
    missed: int = 0


@dataclass(frozen=True, eq=False)
class _Content:
    """Points (4, M, T), analog channels (C, n), and parameters by group and name."""

    points: Array
    analogs: Array
    parameters: dict[str, dict[str, Any]]


def is_c3d(path: Path) -> bool:
    """Return whether a file begins like a C3D."""
    with path.open("rb") as stream:
        head = stream.read(2)
    return len(head) == 2 and head[1] == 0x50 and head[0] not in (0, 0x50)


def read_c3d(path: Path, *, marker_map: Mapping[str, str] | None = None, fps: float | None = None) -> PointRecording:
    """Read markers and return joint centers.

    Args:
        path: the file.
        marker_map: maps roles (:data:`~kinesis_env.motions.formats.markers.ROLES`) to names, for unknown sets.
        fps: frame rate [Hz]; by default the file's.

    Raises:
        MotionFormatError: the file cannot be read, or lacks markers; the message names the file and the reason.
        OptionalDependencyError: ezc3d is not installed.
    """
    content = _content(path)
    with _understood(path):
        names, markers, rate, unit = _markers(content, str(path), fps)
    return recording_of_markers(path, names, markers, rate, unit, kind="C3D", marker_map=marker_map, notes=())


def _markers(content: _Content, where: str, fps: float | None) -> tuple[list[str], Array, float, str]:
    """Return names, positions (T, M, 3), NaN where missing, frames per second, and the unit of length."""
    points = content.parameters.get("POINT", {})
    labels = [str(name) for key in ("LABELS", "LABELS2", "LABELS3") for name in _value(points, key, [])]
    markers = np.moveaxis(content.points[:3], 0, -1).swapaxes(0, 1)
    count = min(len(labels), markers.shape[1])
    if count == 0 or not 2 <= len(markers) <= MAX_FRAMES:
        raise MotionFormatError(
            f"{where}: a motion needs markers and 2 frames, given {count} markers and {len(markers)} frames"
        )
    markers = markers[:, :count].copy()
    markers[(markers == 0).all(axis=2)] = np.nan
    rate = checked_rate(_value(points, "RATE", [0.0])[0] if fps is None else fps, where, "POINT:RATE")
    unit = str(next(iter(_value(points, "UNITS", ["mm"])), "mm"))
    return labels[:count], markers, rate, unit


def read_lab_signals(path: Path) -> LabSignals:
    """Read force plates (types 1 to 4) and the other analog channels of a C3D file.

    Raises:
        MotionFormatError: the file cannot be read.
        OptionalDependencyError: ezc3d is not installed.
    """
    content = _content(path)
    with _understood(path):
        return _signals(content, str(path))


def _signals(content: _Content, where: str) -> LabSignals:
    """Return the signals of plates and other channels."""
    parameters = content.parameters
    analog, points = parameters.get("ANALOG", {}), parameters.get("POINT", {})
    samples = content.analogs
    labels = [str(name) for key in ("LABELS", "LABELS2", "LABELS3") for name in _value(analog, key, [])]
    rate = checked_rate(_value(analog, "RATE", [0.0])[0], where, "ANALOG:RATE") if len(samples) else 1.0
    platforms = parameters.get("FORCE_PLATFORM", {})
    unit = _length(points)
    turn = _turn_up(platforms, content.points)
    units = [str(name) for name in _value(analog, "UNITS", [])]
    plates: list[ForcePlate] = []
    used: set[int] = set()
    notes: list[str] = []
    missed = 0
    count = int(next(iter(np.ravel(_value(platforms, "USED", [0]))), 0)) if platforms else 0
    channels = np.asarray(_value(platforms, "CHANNEL", [])) if count else np.zeros((0, 0))
    for number in range(min(count, 32)):
        columns = []
        try:
            columns = [int(channel) - 1 for channel in channels[:, number] if channel > 0]
            told = {units[i].lower() for i in columns[3:] if i < len(units)}
            arm = 1.0 if told & _NEWTON_METERS else unit
            plates.append(_plate(platforms, number, samples[columns], (unit, arm), turn))
            used.update(columns)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            notes.append(f"force plate {number + 1} of {count} cannot be read ({error})")
            missed += 1
    others = {label: samples[i] for i, label in enumerate(labels[: len(samples)]) if i not in used}
    return LabSignals(np.arange(samples.shape[1]) / rate, tuple(plates), others, tuple(notes), missed)


@contextlib.contextmanager
def _understood(path: Path) -> Iterator[None]:
    """Turn parameters of invalid types into an error that names the file."""
    try:
        yield
    except (ValueError, TypeError, IndexError, KeyError, OverflowError) as error:
        if isinstance(error, MotionFormatError):
            raise
        raise MotionFormatError(f"{path}: the parameters are not those of a C3D file ({error})") from error


def _content(path: Path) -> _Content:
    """Read a file with ezc3d in a separate process: a damaged file can crash that library."""
    if importlib.util.find_spec("ezc3d") is None:
        raise OptionalDependencyError(f"{path}: reading C3D needs ezc3d: pip install 'kinesis-env[c3d]'")
    try:
        size = path.stat().st_size
        if not path.is_file() or size > MAX_BYTES:
            raise MotionFormatError(f"{path}: {size} bytes; at most {MAX_BYTES} are allowed")
        if not is_c3d(path):
            raise MotionFormatError(f"{path}: not a C3D file, by its first bytes")
        needed = _bytes_needed(path)
        if needed > size:
            raise MotionFormatError(f"{path}: {size} of {needed} bytes; the file is truncated")
    except (OSError, ValueError) as error:
        if isinstance(error, MotionFormatError):
            raise
        raise MotionFormatError(f"{path}: cannot be read ({error})") from error
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "content.npz"
        command = [sys.executable, "-P", str(Path(__file__).with_name("ezc3d_process.py")), str(path), str(out)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise MotionFormatError(f"{path}: not a readable C3D file (it takes longer than {_TIMEOUT} s)") from None
        if done.returncode != 0 or not out.is_file():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [
                f"ezc3d ended with {done.returncode}"
            ]
            raise MotionFormatError(f"{path}: not a readable C3D file ({last[0][:200]})")
        arrays = archive.read(out, ("points", "analogs", "parameters"), max_bytes=4 * MAX_BYTES)
    parameters = json.loads(arrays["parameters"].tobytes())
    points, analogs = (np.asarray(arrays[key], dtype=np.float64) for key in ("points", "analogs"))
    if points.ndim != 3 or len(points) < 3 or analogs.ndim != 3:
        raise MotionFormatError(f"{path}: the points must be markers over time, given shape {points.shape}")
    return _Content(points, analogs[0], parameters)


def _bytes_needed(path: Path) -> int:
    """Return the length of a file according to its header; 0 for other byte orders than this machine's."""
    with path.open("rb") as stream:
        head = stream.read(512)
        stream.seek(512 * (head[0] - 1) + 3)
        processor = stream.read(1)
    if len(head) < 512 or processor not in (b"\x54", b""):
        return 512 if len(head) < 512 else 0
    points, analog, first, last = struct.unpack_from("<HHHH", head, 2)
    (scale,) = struct.unpack_from("<f", head, 12)
    (start,) = struct.unpack_from("<H", head, 16)
    frame = (4 * points + analog) * (4 if scale < 0 else 2)
    # Files with more than 65535 frames store the number elsewhere.
    return max(512 * head[0], 512 * (start - 1) + frame * max(last - first + 1, 0) if last < 0xFFFF else 0)


def _value(group: Mapping[str, Any], key: str, default: Any) -> Any:
    found = group.get(key)
    return found if isinstance(found, list) and found else default


def _length(points: Mapping[str, Any]) -> float:
    """Return the unit of length of a file [m]."""
    name = str(next(iter(_value(points, "UNITS", ["mm"])), "mm")).strip().lower()
    return UNITS.get(name, 1.0 if name in ("meters", "metres") else 1e-3)


def _turn_up(platforms: Mapping[str, Any], points: Array) -> Array:
    """Return the rotation matrix to z up, the same as for markers: a plate lies on the floor, and markers are above it.

    Args:
        platforms: the parameters of the plates.
        points: markers (4, M, T).
    """
    corners = np.asarray(_value(platforms, "CORNERS", np.zeros((3, 4, 0))), dtype=np.float64)
    if corners.ndim != 3 or corners.shape[2] == 0:
        return np.eye(3)
    normal = np.cross(corners[:, 0, 0] - corners[:, 2, 0], corners[:, 1, 0] - corners[:, 3, 0])
    axis = int(np.abs(normal).argmax())
    seen = points[axis][np.isfinite(points[:3]).all(axis=0) & (points[:3] != 0).any(axis=0)]
    below = len(seen) and float(np.median(seen)) < corners[axis, :, 0].mean()
    return TO_Z_UP[f"{'-' if below else '+'}{'xyz'[axis]}"]


def _plate(
    platforms: Mapping[str, Any], number: int, raw: Array, units: tuple[float, float], turn: Array
) -> ForcePlate:
    """Return the measurements of a plate; ``units`` are the units of lengths [m] and of moments [N m].

    Its axes follow from its corners: x from the second and third to the first and fourth, y from the third and fourth
    to the first and second (C3D user guide, FORCE_PLATFORM:CORNERS).
    """
    unit, arm = units
    kind = int(np.ravel(_value(platforms, "TYPE", [2]))[number])
    corners = np.asarray(_value(platforms, "CORNERS", None), dtype=np.float64)[:, :, number].T * unit
    origin = np.asarray(_value(platforms, "ORIGIN", np.zeros((3, number + 1))), dtype=np.float64)[:, number] * unit
    x = corners[0] + corners[3] - corners[1] - corners[2]
    y = corners[0] + corners[1] - corners[2] - corners[3]
    if not (np.abs(corners).max() < _FARTHEST and min(np.linalg.norm(x), np.linalg.norm(y)) > _SMALLEST):
        raise ValueError("the corners are not those of a plate")
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    axes = np.stack((x, y, np.cross(x, y)), axis=-1)
    vertical = float(np.sign((axes[:, 2] @ turn.T)[2]))
    # The surface is above the sensor, although the sign in some files says otherwise.
    above = vertical * abs(origin[2])
    if kind == 4:
        matrix = np.asarray(_value(platforms, "CAL_MATRIX", None), dtype=np.float64)[:, :, number]
        raw, kind = matrix @ raw, 2
    if kind == 2:
        force, moment = raw[:3].T, raw[3:6].T * arm
        origin = np.array([origin[0], origin[1], above])
    elif kind == 3:
        fx12, fx34, fy14, fy23, z1, z2, z3, z4 = raw[:8]
        a, b = origin[0], origin[1]
        force = np.stack((fx12 + fx34, fy14 + fy23, z1 + z2 + z3 + z4), axis=-1)
        moment = np.stack((b * (z1 + z2 - z3 - z4), a * (z2 + z3 - z1 - z4),
                           b * (fx34 - fx12) + a * (fy14 - fy23)), axis=-1)  # fmt: skip
        origin = np.array([0.0, 0.0, above])
    elif kind == 1:
        force, at = raw[:3].T, raw[3:5].T * unit
        zero = np.zeros(len(force))
        moment = np.cross(np.stack((at[:, 0], at[:, 1], zero), axis=-1), force)
        moment[:, 2] += raw[5] * arm
        origin = np.zeros(3)
    else:
        raise ValueError(f"type {kind}; only types 1 to 4 can be read")
    moment = moment - np.cross(origin, force)
    loaded = np.abs(force[:, 2]) > _UNLOADED
    level = np.where(loaded, force[:, 2], 1.0)
    at = np.stack((-moment[:, 1] / level, moment[:, 0] / level, np.zeros(len(force))), axis=-1)
    free = moment[:, 2] - at[:, 0] * force[:, 1] + at[:, 1] * force[:, 0]
    world = force @ axes.T @ turn.T
    # The ground pushes up: plates give either the load of the body or the reaction to it.
    sign = -1.0 if float(world[:, 2].sum()) < 0 else 1.0
    point = np.where(loaded[:, None], (corners.mean(axis=0) + at @ axes.T) @ turn.T, np.nan)
    return ForcePlate(sign * world, point, np.where(loaded, sign * vertical * free, 0.0), corners @ turn.T)
