"""OpenSim inverse kinematics results (``.mot``, ``.sto``, or as ``.csv``): angles that map onto this model's joints.

The pelvis rotates by tilt (about OpenSim's z, to the right), list (about x, forward) and rotation (about y, up), in
that order and each about the rotated axis. OpenSim's (x, y, z) is this package's (x, -z, y). Models differ in the sign
of the knee, which is decided from the data of each file. Names of columns are read in any spelling
(:mod:`.coordinates`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import MotionFormatError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.formats.coordinates import coordinate_of
from kinesis_env.motions.formats.table import Table, read_table
from kinesis_env.motions.formats.units import check_path, path_factor
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
#: Knees that stay in this range [rad] do not reveal their sign; the feet then decide.
_STRAIGHT = np.deg2rad(12)
#: Largest rotation of legs and pelvis [rad]; hips and knees standing still move less than the next [rad], and walking
#: they move faster than the next [rad/s]; correlation of steps and path that means walking.
_RADIANS, _BENDS, _SWINGS, _FITS = 3.5, 0.5, 1.5, 0.8
#: Hips and knees slower than this [degrees/s] merely sway; a pelvis that sinks by more than this [m] bends them.
_SWAYS, _SINKS = 0.8, 0.1


def read_opensim(path: str | os.PathLike[str], *, fps: float | None = None) -> AngleRecording:
    """Read joint angles.

    Args:
        path: the file.
        fps: rows per second [Hz], in place of the file's times.

    Raises:
        MotionFormatError: the file cannot be read, holds no joint angle of the legs, or lacks values for longer than
            :data:`MAX_GAP`. The message names the file, the place and the reason.
    """
    table = read_table(path, fps=fps)
    rate = (len(table.times) - 1) / float(np.ptp(table.times))
    title = table.header.get("title", "")
    if re.fullmatch(r"(Speeds|Velocities|Accelerations|PositionErrors)", title, re.IGNORECASE):
        raise MotionFormatError(
            f"{table.path}: must contain positions, given {title}; use the file .._q.sto next to it"
        )
    notes = list(table.notes)
    columns = _known_columns(table, notes)
    if not set(columns) & set(JOINTS):
        raise MotionFormatError(
            f"{table.path}: no joint angle of the legs among the columns ({', '.join(table.labels[:8])}, ...); "
            f"the file must contain some of {', '.join(JOINTS)}"
        )
    _fill_gaps(table, columns, notes)
    _to_radians(table, columns, notes)
    angles = _stacked(columns, JOINTS, len(table.times))
    missing = [joint for joint in JOINTS if joint not in columns]
    if missing:
        notes.append(f"not in the file, assumed zero: {', '.join(missing)}")
    tilt, lean, turn = _stacked(columns, _PELVIS_ANGLES, len(table.times)).T
    missing = [name for name in _PELVIS_ANGLES if name not in columns]
    if missing:
        notes.append(f"not in the file, assumed zero: {', '.join(missing)}")
    _settle_knees(angles, tilt, columns, notes)
    place = _place(columns, len(table.times), notes)
    _, toes = _walk(columns, len(table.times))
    if np.abs(angles).max() < 4 * np.pi:
        factor, note = check_path(_upright(place), toes, rate, table.path)
        place *= factor
        notes += [note] if note else []
    if max(np.abs(angles).max(), np.abs(tilt).max(), np.abs(lean).max()) > 4 * np.pi or np.abs(place).max() > 1e4:
        raise MotionFormatError(f"{table.path}: angles or positions out of reach of a body; is this a motion?")
    pelvis = pelvis_quat(tilt, lean, turn)
    trunk = None
    if set(_LUMBAR) <= set(columns):
        # The joint between pelvis and trunk rotates about the same axes, in the same order.
        trunk = rotations.multiply(pelvis, pelvis_quat(*_stacked(columns, _LUMBAR, len(table.times)).T))
    return AngleRecording(
        name=Path(path).stem,
        times=table.times,
        notes=tuple(notes),
        source=f"OpenSim file {Path(path).name}",
        license="",
        angles=angles,
        root_quat=pelvis,
        root_pos=_upright(place),
        recorded_axes=("pelvis_tx" in columns, "pelvis_tz" in columns, "pelvis_ty" in columns),
        trunk_quat=trunk,
    )


def pelvis_quat(tilt: Array, lean: Array, turn: Array) -> Array:
    """Return root quaternions (T, 4) of OpenSim's pelvis tilt, list and rotation (T,) [rad]."""
    zero = np.zeros_like(tilt)
    about_right = rotations.from_rotvec(np.stack((zero, -tilt, zero), axis=-1))
    about_forward = rotations.from_rotvec(np.stack((lean, zero, zero), axis=-1))
    return rotations.multiply(rotations.multiply(about_right, about_forward), rotations.from_yaw(turn))


def _known_columns(table: Table, notes: list[str]) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    taken: dict[str, str] = {}
    for label, values in zip(table.labels, table.values.T, strict=True):
        found = coordinate_of(label)
        if found is None or found[0] not in _KNOWN:
            continue
        name, sign = found
        if name in columns:
            if name in (label, taken[name]):  # an exact name takes precedence
                if taken[name] == name:
                    continue
            else:
                raise MotionFormatError(f"{table.path}: two columns give {name}: {taken[name]} and {label}")
        if np.isnan(values).all():
            notes.append(f"{name} has no values; ignored")
            continue
        columns[name], taken[name] = sign * values, label
    renamed = [f"{label} as {name}" for name, label in taken.items() if name not in label]
    if renamed:
        notes.append(f"columns read under other names: {', '.join(renamed)}")
    ignored = [label for label in table.labels if label not in taken.values()]
    if ignored:
        notes.append(f"{len(ignored)} columns without a joint in this body ignored")
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
                    f"only gaps of up to {MAX_GAP} s are filled"
                )
        values[bad] = np.interp(table.times[bad], table.times[~bad], values[~bad])
        filled |= bad
    if filled.any():
        notes.append(f"missing values in {filled.sum()} rows filled by interpolation")


def _to_radians(table: Table, columns: dict[str, Array], notes: list[str]) -> None:
    angles = [name for name in columns if name not in _PELVIS_PLACE]
    # The pelvis may turn without limit.
    legs = np.abs(np.stack([columns[name] for name in angles if name != "pelvis_rotation"]))
    largest, usual = float(legs.max()), float(np.percentile(legs, 99.5))
    said = table.header.get("indegrees", _unit_of_labels(table)).lower()
    if said in ("yes", "true", "1"):
        degrees = largest > _RADIANS or not _moves_in_radians(table, columns)
        if not degrees:
            notes.append(
                f"the header says degrees, but angles reach {largest:.2f} while the body moves: read as radians"
            )
    elif said in ("no", "false", "0"):
        # A header copied from elsewhere; a few turns of 2 pi do not count.
        degrees = usual > _RADIANS and largest > 4 * np.pi
        if degrees:
            notes.append(f"the header says radians, but angles reach {largest:.0f}: read as degrees")
    else:
        degrees = largest > _RADIANS
        unit = "degrees" if degrees else "radians"
        notes.append(f"the header does not give the unit of angles; they reach {largest:.1f}: read as {unit}")
    if degrees:
        for name in angles:
            columns[name] = np.deg2rad(columns[name])


def _unit_of_labels(table: Table) -> str:
    """Return the unit, as a header would give it, from column names such as "hip_flexion_r (deg)"."""
    text = " ".join(table.labels).lower()
    return "yes" if re.search(r"[(\[]deg", text) else "no" if re.search(r"[(\[]rad", text) else ""


def _moves_in_radians(table: Table, columns: dict[str, Array]) -> bool:
    """Return whether small angles are of a walking body, in radians, rather than of a standing one, in degrees."""
    swing = [values for name, values in columns.items() if name.startswith(("hip_flexion", "knee_angle"))]
    if not swing:
        return False
    frames = len(table.times)
    lag = max(1, round(0.1 / float(np.median(np.diff(table.times)))))
    bend = max(float(np.ptp(values)) for values in swing)
    speed = max((float(np.percentile(np.abs(v[lag:] - v[:-lag]), 95)) * 10 for v in swing if frames > lag), default=0.0)
    if bend < _BENDS:
        return False
    root, toes = _walk(columns, frames)
    walks = path_factor(root, toes, frames / float(np.ptp(table.times)))[1] > _FITS
    if walks or speed > _SWINGS or _SINKS < float(np.ptp(root[:, 2])) < 1.0:
        return True
    if speed < _SWAYS:
        return False
    raise MotionFormatError(
        f"{table.path}: the header says degrees, but hips and knees move by only {bend:.2f}: radians of a slow "
        "movement, or degrees of a standing body? Write inDegrees=no for radians"
    )


def _walk(columns: dict[str, Array], frames: int) -> tuple[Array, Array]:
    """Return the path of the pelvis (T, 3) and the toes relative to it (T, 2, 3), from angles in radians."""
    angles = _stacked(columns, JOINTS, frames)
    _settle_knees(angles, columns.get("pelvis_tilt", np.zeros(frames)), columns, [])
    qpos = np.zeros((frames, 21))
    qpos[:, 3:7] = pelvis_quat(*_stacked(columns, _PELVIS_ANGLES, frames).T)
    qpos[:, 7:] = angles
    tree = skeleton()
    return _upright(_stacked(columns, _PELVIS_PLACE, frames)), tree.poses(qpos).pos[:, tree.tracked[5:7]]


def _upright(place: Array) -> Array:
    """Return positions (T, 3) in OpenSim's axes with z up."""
    return np.stack((place[:, 0], -place[:, 2], place[:, 1]), axis=1)


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
        # Nearly straight: take the sign that leaves the feet flatter. Foot pitch = tilt + hip - knee + ankle.
        rest = tilt[:, None] + angles[:, [column - 3 for column in given]] + angles[:, [column + 1 for column in given]]
        flip = bool(np.median(np.abs(rest + knees)) < np.median(np.abs(rest - knees)) - np.deg2rad(0.5))
        notes.append("the knees stay nearly straight; their sign follows from the pitch of the feet")
    if flip:
        angles[:, given] = -knees
        notes.append("knee sign flipped: flexion is negative in the file")


def _place(columns: dict[str, Array], frames: int, notes: list[str]) -> Array:
    place = _stacked(columns, _PELVIS_PLACE, frames)
    height = abs(float(np.median(place[:, 1])))
    for unit, name, (low, high) in ((1000, "millimeters", (200, 3000)), (100, "centimeters", (20, 200))):
        if "pelvis_ty" in columns and low < height <= high:
            place /= unit
            notes.append(f"pelvis position is in {name}; converted to meters")
    missing = [name for name in _PELVIS_PLACE if name not in columns]
    if missing:
        notes.append(f"not in the file: {', '.join(missing)}; recovered from the feet")
    return place


def _stacked(columns: dict[str, Array], names: Sequence[str], frames: int) -> Array:
    return np.stack([columns.get(name, np.zeros(frames)) for name in names], axis=1)
