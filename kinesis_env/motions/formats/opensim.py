"""OpenSim inverse kinematics results (``.mot``, ``.sto``): joint angles that map straight onto this model's joints.

The pelvis turns by tilt (about OpenSim's z, to the right), list (about x, forward) and rotation (about y, up), in that
order and each about the turned axis. OpenSim's (x, y, z) is this package's (x, -z, y). Models differ in the sign of
the knee, which is decided from the data of each file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import MotionFormatError
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.formats.table import Table, read_table
from kinesis_env.motions.recording import AngleRecording
from kinesis_env.typing import Array

__all__ = ["MAX_GAP", "read_opensim"]


#: Longest stretch of missing values that is filled by interpolation [s].
MAX_GAP = 0.2
_PELVIS_ANGLES = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
_PELVIS_PLACE = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
_LUMBAR = ("lumbar_extension", "lumbar_bending", "lumbar_rotation")
_KNOWN = (*JOINTS, *_PELVIS_ANGLES, *_PELVIS_PLACE, *_LUMBAR)
_KNEES = [JOINTS.index("knee_angle_r"), JOINTS.index("knee_angle_l")]
#: Knees that never leave this range [rad] do not show their sign; the feet then decide.
_STRAIGHT = np.deg2rad(12)


def read_opensim(path: str | os.PathLike[str]) -> AngleRecording:
    """Read joint angles.

    Raises:
        MotionFormatError: the file cannot be read, holds no joint angle of the legs, or misses values for longer than
            :data:`MAX_GAP`. The message names the file, the place and the reason.
    """
    table = read_table(path)
    notes = list(table.notes)
    columns = _known_columns(table, notes)
    if not set(columns) & set(JOINTS):
        raise MotionFormatError(
            f"{table.path}: no joint angle of the legs among its columns ({', '.join(table.labels[:8])}, ...); "
            f"it needs some of {', '.join(JOINTS)}"
        )
    _fill_gaps(table, columns, notes)
    _to_radians(table, columns, notes)
    angles = _stacked(columns, JOINTS, len(table.times))
    missing = [joint for joint in JOINTS if joint not in columns]
    if missing:
        notes.append(f"not in the file, taken as zero: {', '.join(missing)}")
    tilt, lean, turn = _stacked(columns, _PELVIS_ANGLES, len(table.times)).T
    missing = [name for name in _PELVIS_ANGLES if name not in columns]
    if missing:
        notes.append(f"not in the file, taken as zero: {', '.join(missing)}")
    _settle_knees(angles, tilt, columns, notes)
    place = _place(columns, len(table.times), notes)
    if max(np.abs(angles).max(), np.abs(tilt).max(), np.abs(lean).max()) > 4 * np.pi or np.abs(place).max() > 1e4:
        raise MotionFormatError(f"{table.path}: angles or positions that no body reaches; is this a motion?")
    pelvis = pelvis_quat(tilt, lean, turn)
    trunk = None
    if set(_LUMBAR) <= set(columns):
        # The joint between pelvis and trunk turns about the same axes, in the same order.
        trunk = rotations.multiply(pelvis, pelvis_quat(*_stacked(columns, _LUMBAR, len(table.times)).T))
    return AngleRecording(
        name=Path(path).stem,
        times=table.times,
        notes=tuple(notes),
        source=f"OpenSim file {Path(path).name}",
        licence="",
        angles=angles,
        root_quat=pelvis,
        root_pos=np.stack((place[:, 0], -place[:, 2], place[:, 1]), axis=1),
        recorded_axes=("pelvis_tx" in columns, "pelvis_tz" in columns, "pelvis_ty" in columns),
        trunk_quat=trunk,
    )


def pelvis_quat(tilt: Array, lean: Array, turn: Array) -> Array:
    """Return root quaternions (T, 4) of OpenSim's pelvis tilt, list and rotation (T,) [rad]."""
    zero = np.zeros_like(tilt)
    about_right = rotations.from_rotvec(np.stack((zero, -tilt, zero), axis=-1))
    about_forward = rotations.from_rotvec(np.stack((lean, zero, zero), axis=-1))
    return rotations.multiply(rotations.multiply(about_right, about_forward), rotations.from_yaw(turn))


def _coordinate(label: str) -> str | None:
    """Return the coordinate that a column is the value of: None for ``.../speed`` and other state variables."""
    parts = [part for part in label.split("/") if part]
    if len(parts) >= 2 and parts[-1] == "value":
        return parts[-2]
    if len(parts) >= 3 or not parts:
        return None
    return parts[-1]


def _known_columns(table: Table, notes: list[str]) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for label, values in zip(table.labels, table.values.T, strict=True):
        name = _coordinate(label)
        if name not in _KNOWN:
            continue
        if name in columns:
            raise MotionFormatError(f"{table.path}: two columns give {name}")
        if np.isnan(values).all():
            notes.append(f"{name} has no value at all; ignored")
            continue
        columns[name] = values.copy()
    ignored = len(table.labels) - len(columns)
    if ignored:
        notes.append(f"{ignored} columns that this body has no joint for were ignored")
    return columns


def _fill_gaps(table: Table, columns: dict[str, Array], notes: list[str]) -> None:
    filled = np.zeros(len(table.times), dtype=bool)
    for name, values in columns.items():
        bad = np.isnan(values)
        if not bad.any():
            continue
        edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False])).astype(int)))
        for first, stop in edges.reshape(-1, 2):
            gap = table.times[min(stop, len(bad) - 1)] - table.times[max(first - 1, 0)]
            if gap > MAX_GAP:
                raise MotionFormatError(
                    f"{table.path}: {name} is missing for {gap:.2f} s from {table.times[first]:.2f} s on; "
                    f"gaps up to {MAX_GAP} s are filled"
                )
        values[bad] = np.interp(table.times[bad], table.times[~bad], values[~bad])
        filled |= bad
    if filled.any():
        notes.append(f"missing values in {filled.sum()} rows filled by interpolation")


def _to_radians(table: Table, columns: dict[str, Array], notes: list[str]) -> None:
    angles = [name for name in columns if name not in _PELVIS_PLACE]
    largest = max(float(np.abs(columns[name]).max()) for name in angles)
    said = table.header.get("indegrees", "").lower()
    if said in ("yes", "true", "1"):
        degrees = True
    elif said in ("no", "false", "0"):
        # No joint turns by two revolutions: a header copied from elsewhere.
        degrees = largest > 4 * np.pi
        if degrees:
            notes.append(f"the header says radians, but angles reach {largest:.0f}; taken as degrees")
    else:
        degrees = largest > 3.5
        unit = "degrees" if degrees else "radians"
        notes.append(f"the header does not say the unit of angles; they reach {largest:.1f}, so taken as {unit}")
    if degrees:
        for name in angles:
            columns[name] = np.deg2rad(columns[name])


def _settle_knees(angles: Array, tilt: Array, columns: dict[str, Array], notes: list[str]) -> None:
    """Make knee flexion positive, in place."""
    given = [column for column in _KNEES if JOINTS[column] in columns]
    if not given:
        return
    knees = angles[:, given]
    low, high = np.percentile(knees, (2, 98))
    if max(-low, high) > _STRAIGHT:
        flip = bool(-low > high)
    else:
        # Nearly straight: the sign that leaves the feet flatter. Foot pitch = tilt + hip - knee + ankle.
        rest = tilt[:, None] + angles[:, [column - 3 for column in given]] + angles[:, [column + 1 for column in given]]
        flip = bool(np.median(np.abs(rest + knees)) < np.median(np.abs(rest - knees)) - np.deg2rad(0.5))
        notes.append("the knees stay nearly straight; their sign was decided from the pitch of the feet")
    if flip:
        angles[:, given] = -knees
        notes.append("knee sign flipped: in the file flexion is negative")


def _place(columns: dict[str, Array], frames: int, notes: list[str]) -> Array:
    place = _stacked(columns, _PELVIS_PLACE, frames)
    if "pelvis_ty" in columns and 200 < abs(float(np.median(place[:, 1]))) < 3000:
        place /= 1000
        notes.append("pelvis position is in millimeters; converted to meters")
    missing = [name for name in _PELVIS_PLACE if name not in columns]
    if missing:
        notes.append(f"not in the file: {', '.join(missing)}; recovered from the feet")
    return place


def _stacked(columns: dict[str, Array], names: Sequence[str], frames: int) -> Array:
    return np.stack([columns.get(name, np.zeros(frames)) for name in names], axis=1)
