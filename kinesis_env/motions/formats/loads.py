"""Ground forces: OpenSim's tables of external loads (``.mot``, ``.sto``, or as ``.csv``), and plates of a C3D.

In a table, each plate or foot has nine columns: force, the point where it acts, and free moment. Their names give the
foot (``ground_force_r_vx``, ``l_ground_force_vx`` beside ``ground_force_vx``) or the number of the plate
(``1_ground_force_vx``). OpenSim's (x, y, z) is this package's (x, -z, y).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinesis_env.dynamics.instruments import SIDES
from kinesis_env.dynamics.records import Loads
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import MotionFormatError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.motions.formats.c3d import ForcePlate, read_lab_signals
from kinesis_env.motions.formats.table import Table, read_table
from kinesis_env.typing import Array

__all__ = ["read_loads"]

_LABEL = re.compile(r"(.*?)(?:ground_?)?(force|torque|moment)s?(.*?)_?(v|p|m)?([xyz])", re.IGNORECASE)
_SIDES = {"r": 0, "right": 0, "l": 1, "left": 1}
_KINDS = ("force", "point", "torque")
#: Points farther away than this are in millimeters.
_METERS = 50.0
#: Maximum values of a plate [N, N mm, mm].
_MOST = 1e7
#: A plate is loaded above this force [N].
_LOADED = 10.0


@dataclass(frozen=True)
class _Plate:
    """Measurements of one plate, or of all plates under one foot: (n, 3) each, in the world of motions."""

    force: Array
    point: Array
    torque: Array


def read_loads(path: str | os.PathLike[str], motion: Trajectory | None = None, *, fps: float | None = None) -> Loads:
    """Read ground forces on the feet.

    Args:
        path: the file.
        motion: the motion they were recorded with; numbered plates and C3D plates are then assigned to the foot on
            them, step by step. Without it, the first plate is the right foot's and the second the left foot's.
        fps: rows per second [Hz], in place of the file's times.

    Raises:
        MotionFormatError: the file cannot be read, has no plates, a plate of an unknown type or with a missing column,
            or plates that cannot be distinguished. The message names them.
        OptionalDependencyError: a ``.c3d`` without ezc3d.
    """
    if Path(path).suffix.lower() == ".c3d":
        return _of_c3d(Path(path), motion, fps)
    table = read_table(path, fps=fps)
    notes = list(table.notes)
    columns = _columns(table)
    plates = {key: _plate(table, key, columns[key], notes) for key in columns}
    sides = _sides(list(plates))
    if sides is None:
        feet = _under_feet(str(table.path), table.times, plates, motion, notes)
    else:
        feet = [_Plate(*np.zeros((3, len(table.times), 3))) for _ in SIDES]
        for key, side in sides.items():
            feet[side] = plates[key]
        if len(sides) < len(SIDES):
            notes.append(f"no load on the {SIDES[1 - next(iter(sides.values()))]} foot in the file")
    return _loads(table.times, feet, notes)


def _of_c3d(path: Path, motion: Trajectory | None, fps: float | None) -> Loads:
    """Return the loads under each foot from the force plates of a C3D file."""
    signals = read_lab_signals(path)
    if signals.missed:
        raise MotionFormatError(f"{path}: {'; '.join(signals.notes)}")
    if not signals.plates:
        raise MotionFormatError(
            f"{path}: no force plates (FORCE_PLATFORM:USED is 0 or missing); give the loads as an OpenSim table, or "
            "leave them out to estimate them from the motion"
        )
    notes = list(signals.notes)
    times = signals.times if fps is None else np.arange(len(signals.times)) / fps
    plates = {str(i + 1): _of_plate(plate) for i, plate in enumerate(signals.plates)}
    for key, plate in plates.items():
        if not max(np.abs(values).max(initial=0.0) for values in (plate.force, plate.torque)) < _MOST:
            raise MotionFormatError(
                f"{path}: force plate {key}: a force or moment beyond {_MOST:g}, the limit of any plate"
            )
    return _loads(times, _under_feet(str(path), times, plates, motion, notes), notes)


def _of_plate(plate: ForcePlate) -> _Plate:
    """Return a plate with zero loads while it is unloaded."""
    loaded = np.isfinite(plate.point).all(axis=1, keepdims=True)
    vertical = np.array([0.0, 0.0, 1.0])
    return _Plate(
        force=np.where(loaded, plate.force, 0.0),
        point=np.where(loaded, plate.point, 0.0),
        torque=plate.free_moment[:, None] * vertical,
    )


def _loads(times: Array, feet: list[_Plate], notes: list[str]) -> Loads:
    return Loads(
        times=times,
        force=np.stack([foot.force for foot in feet], axis=1),
        point=np.stack([foot.point for foot in feet], axis=1),
        torque=np.stack([foot.torque for foot in feet], axis=1),
        notes=tuple(notes),
    )


def _columns(table: Table) -> dict[str, dict[str, int]]:
    """Return the columns of each plate, by its name and by kind and axis ("force x")."""
    found: dict[str, dict[str, int]] = {}
    for index, label in enumerate(table.labels):
        match = _LABEL.fullmatch(label.split("/")[-1])
        if match is None:
            continue
        before, word, after, letter, axis = (part.lower() if part else "" for part in match.groups())
        kind = "point" if letter == "p" else "force" if word == "force" else "torque"
        key = "_".join(filter(None, re.split(r"[\W_]+|(?<=\d)(?=\D)|(?<=\D)(?=\d)", f"{before}_{after}")))
        found.setdefault(key, {})[f"{kind} {axis}"] = index
    if not found:
        raise MotionFormatError(
            f"{table.path}: no ground forces among the columns ({', '.join(table.labels[:6])}, ...); their names must "
            "be like ground_force_r_vx, l_ground_force_vx or 1_ground_force_vx"
        )
    return found


def _plate(table: Table, key: str, columns: dict[str, int], notes: list[str]) -> _Plate:
    name = repr(key) if key else "without a name"
    parts = []
    for kind in _KINDS:
        missing = [axis for axis in "xyz" if f"{kind} {axis}" not in columns]
        if len(missing) == 3 and kind == "torque":
            notes.append(f"loads {name}: no free moment in the file, assumed zero")
            parts.append(np.zeros((len(table.times), 3)))
            continue
        if missing:
            raise MotionFormatError(
                f"{table.path}: loads {name}: no column for {', '.join(missing)} of the {kind}; the columns are "
                f"{', '.join(table.labels[i] for i in columns.values())}"
            )
        values = np.stack([table.values[:, columns[f"{kind} {axis}"]] for axis in "xyz"], axis=1)
        if np.nanmax(np.abs(values), initial=0.0) > _MOST:
            raise MotionFormatError(f"{table.path}: loads {name}: a {kind} beyond {_MOST:g}, the limit of any plate")
        if np.isnan(values).any() and kind != "point":
            notes.append(f"loads {name}: {np.isnan(values).any(axis=1).sum()} rows without a {kind}, assumed zero")
        parts.append(np.nan_to_num(np.stack((values[:, 0], -values[:, 2], values[:, 1]), axis=1)))
    force, point, torque = parts
    if np.abs(point).max() > _METERS:
        notes.append(f"loads {name}: points in millimeters, converted to meters")
        point, torque = point / 1000.0, torque / 1000.0
    if -force[:, 2].min() > 2.0 * max(force[:, 2].max(), _LOADED):
        notes.append(f"loads {name}: vertical force negative, that is, of the foot on the ground: signs changed")
        force, torque = -force, -torque
    return _Plate(force, point, torque)


def _sides(keys: list[str]) -> dict[str, int] | None:
    """Return the foot of each plate by name; None if plates are numbered."""
    sides = {key: next((_SIDES[word] for word in key.split("_") if word in _SIDES), None) for key in keys}
    unknown = [key for key, side in sides.items() if side is None]
    if len(unknown) == 1 and len(keys) == 2:  # "ground_force" beside "l_ground_force"
        other = next(side for side in sides.values() if side is not None)
        sides[unknown[0]] = 1 - other
    told = {key: side for key, side in sides.items() if side is not None}
    return told if len(told) == len(keys) and len(set(told.values())) == len(keys) else None


def _under_feet(
    where: str, times: Array, plates: dict[str, _Plate], motion: Trajectory | None, notes: list[str]
) -> list[_Plate]:
    """Return the loads on the right and the left foot from numbered plates."""
    names = ", ".join(repr(key) for key in plates)
    if motion is None:
        if len(plates) > len(SIDES):
            raise MotionFormatError(f"{where}: cannot tell which foot stood on which of {names}; give the motion too")
        notes.append(f"plates {names}: the first assigned to the right foot, the second to the left")
        empty = _Plate(*np.zeros((3, len(times), 3)))
        return [*plates.values(), empty][: len(SIDES)]
    scale, offset = float(getattr(motion, "scale", 1.0)), np.asarray(getattr(motion, "offset", np.zeros(3)))
    tree = skeleton()
    poses = tree.poses(motion.qpos)
    feet = np.stack([poses.pos[:, tree.feet[side][0].body] for side in range(len(SIDES))], axis=1)
    frame = np.clip(np.searchsorted(times_of(motion), times), 0, len(feet) - 1)
    wrench = np.zeros((len(SIDES), len(times), 6))
    steps = [0, 0]
    for plate in plates.values():
        up = plate.force[:, 2] > _LOADED
        edges = np.flatnonzero(np.diff(np.concatenate(([False], up, [False])).astype(int))).reshape(-1, 2)
        for first, stop in edges:
            part = slice(first, stop)
            place = scale * plate.point[part, None] + offset
            apart = np.median(np.linalg.norm((feet[frame[part]] - place)[..., :2], axis=2), axis=0)
            side = int(apart.argmin())
            steps[side] += 1
            wrench[side, part, :3] += plate.force[part]
            wrench[side, part, 3:] += np.cross(plate.point[part], plate.force[part]) + plate.torque[part]
    notes.append(
        f"plates {names} assigned to the nearest foot: {steps[0]} steps of the right foot, {steps[1]} of the left"
    )
    return [_gathered(side) for side in wrench]


def _gathered(wrench: Array) -> _Plate:
    """Return force, center of pressure and free moment of a wrench (n, 6) about the origin of the world."""
    force, moment = wrench[:, :3], wrench[:, 3:]
    up = np.where(force[:, 2] > _LOADED, force[:, 2], np.inf)
    point = np.stack((-moment[:, 1] / up, moment[:, 0] / up, np.zeros(len(up))), axis=1)
    return _Plate(force, point, moment - np.cross(point, force))
