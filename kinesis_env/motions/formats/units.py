"""Wrong units in files: detected from the body itself, corrected if the evidence is clear, else an error.

A foot in stance does not move, so the hips move relative to it as fast as through the room. If they move a tenth, a
hundredth or a thousand times as far, the path is in another unit than the body.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.typing import Array

__all__ = ["check_path", "path_factor", "times_in_seconds"]

#: Ratios of units that are mistaken for each other: powers of ten; inches and feet for metric units.
_POWERS = (10.0, 100.0, 1000.0)
_INCHES = (2.54, 25.4, 39.37, 30.48, 304.8, 3.281)
#: Factors up to this do not mean another unit; up to the second, they need no explanation: in runs, the feet are in the
#: air.
_USUAL, _ODD = 2.0, 4.0
#: Correlation of the two movements above which they are informative; above which a factor must be explained; and above
#: which it is accurate to ``_CLOSE`` rather than ``_ROUGH``.
_SOME, _CLEAR, _SHARP = 0.6, 0.85, 0.97
_CLOSE, _ROUGH = (0.88, 1.14), (0.6, 1.4)
#: Slowest informative feet [m/s], and the time over which speeds are measured [s].
_SLOWEST, _SPAN = 0.15, 0.1
#: Shortest informative movement [s]: a flight is shorter.
_SHORTEST = 1.0
#: Fewest times that reveal their unit.
_ENOUGH = 10


def path_factor(root: Array, toes: Array, rate: float, *, vertical: bool = False) -> tuple[float, float]:
    """Return the factor by which a path is too short for the steps taken, and the correlation of both.

    Args:
        root: the hips (T, 3) [m], z up.
        toes: the toes of both feet (T, 2, 3) [m], relative to the hips.
        rate: frames per second.
        vertical: compare how far the hips sink, rather than how far they travel.

    Returns:
        Factor and correlation of the movements; (1, 0) without walking.
    """
    lag = max(1, round(_SPAN * rate))
    if len(root) < max(lag + 5, _SHORTEST * rate):
        return 1.0, 0.0
    lower = toes[..., 2].argmin(axis=1)
    frames = np.flatnonzero(lower[:-lag] == lower[lag:])
    axes = slice(2, 3) if vertical else slice(0, 2)
    back = toes[frames, lower[frames], axes] - toes[frames + lag, lower[frames], axes]
    path = root[frames + lag, axes] - root[frames, axes]
    fast = float(np.sqrt(np.square(back).sum(axis=1).mean())) * rate / lag if len(frames) else 0.0
    both = float((back * path).sum())
    size = float(np.square(path).sum())
    if fast < _SLOWEST or both <= 0 or size == 0:
        return 1.0, 0.0
    return both / size, both / float(np.sqrt(size * np.square(back).sum()))


def check_path(root: Array, toes: Array, rate: float, where: str) -> tuple[float, str]:
    """Return the factor that a path must be multiplied by, and a note; 1 and "" if it fits the body.

    Args:
        root: the hips (T, 3) [m], z up.
        toes: toes of both feet (T, 2, 3) [m], relative to the hips.
        rate: frames per second.
        where: the file, for messages.

    Raises:
        MotionFormatError: the path does not fit the steps, and no unit explains it.
    """
    factor, alike = path_factor(root, toes, rate)
    if alike < _SOME:
        factor, alike = path_factor(root, toes, rate, vertical=True)
        alike = alike if alike > _SHARP else 0.0
    if alike < _SOME or 1 / _USUAL < factor < _USUAL:
        return 1.0, ""
    for units, (low, high), least in ((_POWERS, _ROUGH, _SOME), (_INCHES, _CLOSE, _SHARP)):
        for unit in (*units, *(1 / u for u in units)):
            if alike >= least and low < factor / unit < high:
                times = f"{unit:g}" if unit > 1 else f"1/{1 / unit:g}"
                return unit, f"the path was in another unit than the body: multiplied by {times}, as the feet walk"
    if alike < _CLEAR or 1 / _ODD < factor < _ODD:
        return 1.0, ""
    raise MotionFormatError(
        f"{where}: the hips travel {1 / factor:.2g} times as far as the feet walk, which no unit of length can "
        "explain; "
        "is the path from another recording, or scaled?"
    )


def times_in_seconds(times: Array, where: str) -> tuple[Array, str]:
    """Return times [s] and a note, from times that may be in milliseconds or microseconds.

    Raises:
        MotionFormatError: they are frame numbers.
    """
    step = float(np.median(np.diff(times)))
    if len(times) < _ENOUGH:
        return times, ""
    if step == 1.0:
        raise MotionFormatError(
            f"{where}: the times increase by 1, like frame numbers; give the frame rate (--source-fps)"
        )
    for unit, name in ((1e-3, "milliseconds"), (1e-6, "microseconds")):
        if 0.9 <= step * unit * 1000 <= 100:
            return times * unit, f"the times are in {name} (a row each {step:g})"
    return times, ""
