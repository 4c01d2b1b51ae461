"""From joint positions to a recording of points: upright, without gaps, in meters.

Shared by the readers of joint positions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions.formats import axes
from kinesis_env.motions.formats.units import check_path
from kinesis_env.motions.recording import LANDMARKS, MOST_FRAMES, PointRecording
from kinesis_env.typing import Array

__all__ = ["MAX_FRAMES", "MAX_GAP", "checked_rate", "make_recording"]


#: Longest recording [frames], checked before any computation.
MAX_FRAMES = MOST_FRAMES
#: Longest stretch of missing values that is filled by interpolation [s].
MAX_GAP = 0.2
_TOES = [LANDMARKS.index("toe_r"), LANDMARKS.index("toe_l")]
#: Level feet and hips show the sides: fraction of the most level frames used, smallest sine of the angle, fraction of
#: frames that must agree, and cosine of an upright trunk.
_LEVEL, _ASIDE, _ALWAYS, _UPRIGHT = 0.3, 0.5, 0.95, 0.7
#: Positions further from the origin are an error [m].
_FAR = 1e4


def checked_rate(rate: object, where: str, key: str) -> float:
    """Return the frame rate [Hz] of a file as a number; a value below 0.2 is the time between frames [s].

    Raises:
        MotionFormatError: not one number, not positive, or beyond 10 kHz.
    """
    try:
        value = float(np.asarray(rate).reshape(()))
    except (TypeError, ValueError) as error:
        raise MotionFormatError(f"{where}: {key} must be one number of frames per second, given {rate!r}") from error
    if 1e-3 <= value < 0.2:
        value = 1 / value  # the time between frames [s]
    if not math.isfinite(value) or not 0 < value <= 1e4:
        raise MotionFormatError(f"{where}: {key} must be positive and at most 10000 Hz, given {value:g}")
    return value


def make_recording(
    file: Path,
    points: Array,
    rate: float,
    *,
    path: Array | None = None,
    kind: str,
    name: str = "",
    rest: Array | None = None,
    usual_up: str | None = None,
    notes: Sequence[str] = (),
    caption: str = "",
    start: float = 0.0,
) -> PointRecording:
    """Return a recording of points (T, 10, 3) [m]; the vertical axis is detected.

    Args:
        file: the file, for messages.
        points: in the order of :data:`~kinesis_env.motions.recording.LANDMARKS`; missing values are NaN.
        rate: frames per second.
        path: path of the point (T, 3) that carries the body, in files that may give it in another unit than the body.
        kind: name of the format.
        name: name of the recording; by default the file's stem.
        rest: the points standing upright, x forward, z up (10, 3).
        usual_up: the vertical axis of most files of this kind, such as "+y"; distinguishes lying from standing.
        notes: decisions of the reader.
        caption: what the body does.
        start: time of the first frame on the clock of the file [s].

    Raises:
        MotionFormatError: fewer than two frames, gaps longer than :data:`MAX_GAP`, or positions that are not a body's.
    """
    where = str(file)
    if not 2 <= len(points) <= MAX_FRAMES:
        raise MotionFormatError(f"{where}: a motion needs 2 to {MAX_FRAMES} frames, given {len(points)}")
    said = list(notes)
    points = _filled(np.array(points, dtype=np.float64, order="C"), rate, said, where)
    far = float(np.abs(points).max())
    if far > _FAR:
        raise MotionFormatError(f"{where}: positions must be within {_FAR:g} m, given {far:.3g} m; is this a motion?")
    legs = axes.leg_length(points)
    if not 0.2 < legs < 2.5:
        raise MotionFormatError(f"{where}: legs must be 0.2 to 2.5 m long, given {legs:.3g} m; is this a motion?")
    up, turn = axes.upright(points, usual_up)
    if up != "+z":
        said.append(f"{up} is up in the file; rotated so that z is up")
    points = points @ turn.T
    if path is not None and np.isfinite(path).all():
        path = path @ turn.T
        factor, note = check_path(path, points[:, _TOES] - path[:, None], rate, where)
        if factor != 1.0:
            points = points + (factor - 1.0) * (path - path[0])[:, None]
            said.append(note)
    if _is_mirrored(points):
        points = points * np.array([1.0, -1.0, 1.0])
        said.append("left and right are exchanged: the axes of the file are left-handed; mirrored")
        if rest is not None and _is_mirrored(rest[None]):
            rest = rest * np.array([-1.0, 1.0, 1.0])
    try:
        return PointRecording(
            name=name or file.stem,
            times=start + np.arange(len(points)) / rate,
            notes=tuple(said),
            source=f"{kind} file {file.name}",
            license="",
            points=points,
            rest=rest,
            caption=caption,
        )
    except MotionError as error:
        raise MotionFormatError(f"{where}: {error}") from error


def _is_mirrored(points: Array) -> bool:
    """Return whether the left leg is nearly always on the right of points (T, 10, 3), z up: toes point forward."""
    right, left = (points[:, LANDMARKS.index(f"hip_{side}")] for side in "rl")
    toes, ankles = (points[:, [LANDMARKS.index(f"{part}_{s}") for s in "rl"]].sum(axis=1) for part in ("toe", "ankle"))
    ahead = toes - ankles
    across = ahead[:, 0] * (left - right)[:, 1] - ahead[:, 1] * (left - right)[:, 0]
    flat = np.linalg.norm(ahead[:, :2], axis=1) * np.linalg.norm((left - right)[:, :2], axis=1)
    rise = points[:, LANDMARKS.index("neck")] - 0.5 * (right + left)
    upright = rise[:, 2] > _UPRIGHT * np.linalg.norm(rise, axis=1)
    sure = upright & (flat > _LEVEL * float(flat.max()))
    return bool((across[sure] < -_ASIDE * flat[sure]).mean() > _ALWAYS) if sure.any() else False


def _filled(points: Array, rate: float, notes: list[str], where: str) -> Array:
    """Return points with short gaps filled by linear interpolation."""
    bad = ~np.isfinite(points).all(axis=(1, 2))
    if not bad.any():
        return points
    if bad.all():
        raise MotionFormatError(
            f"{where}: no frame has all of {', '.join(LANDMARKS)}; every frame contains NaN or infinity"
        )
    edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False])).astype(int))).reshape(-1, 2)
    longest = int((edges[:, 1] - edges[:, 0]).argmax())
    first, stop = (int(edge) for edge in edges[longest])
    if (stop - first) / rate > MAX_GAP:
        raise MotionFormatError(
            f"{where}: frames {first} to {stop - 1} contain NaN or infinity, {(stop - first) / rate:.2f} s; "
            f"only gaps of up to {MAX_GAP} s are filled"
        )
    frames = np.arange(len(points))
    flat = points.reshape(len(points), -1)
    for column in flat.T:
        column[bad] = np.interp(frames[bad], frames[~bad], column[~bad])
    notes.append(f"missing values in {bad.sum()} frames filled by interpolation")
    return points
