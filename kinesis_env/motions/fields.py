"""Checks of a motion's fields; every error names the motion, the field and the problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.checks import check_number
from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.model.bounds import BEYOND_RANGE, FARTHEST, FASTEST, HIGHEST, beyond
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import NQ, NV
from kinesis_env.typing import Array

__all__ = [
    "TEXTS",
    "check_bodies",
    "check_frames",
    "check_states",
    "checked_fit",
    "checked_notes",
    "continuous_quaternions",
    "frame_count",
    "parsed_metadata",
]


#: Fields that are strings.
TEXTS = ("name", "caption", "source", "license")
_UNIT_TOLERANCE = 1e-6
#: Tolerance between bodies and the angles: positions [m] and velocities [m/s].
_PLACE_TOLERANCE, _SPEED_TOLERANCE = 1e-3, 0.1
#: Approximate number of frames of a pack that are checked for it.
_SOME = 2000


def parsed_metadata(raw: NDArray[Any], where: str) -> dict[str, Any]:
    """Return the metadata of a motion file, or raise."""
    if raw.ndim != 1 or raw.dtype != np.uint8:
        raise MotionFormatError(f"{where}: metadata must be uint8 of shape (n,), given {raw.dtype} {raw.shape}")
    try:
        metadata = json.loads(raw.tobytes().decode())
    except (ValueError, RecursionError) as error:
        raise MotionFormatError(f"{where}: metadata is not JSON ({error})") from error
    if isinstance(metadata, dict) and "licence" in metadata:  # spelling in early files
        metadata["license"] = metadata.pop("licence")
    allowed = {*TEXTS, "fps", "notes"}
    if not isinstance(metadata, dict) or set(metadata) - {"fit", "start", "body"} != allowed:
        given = sorted(metadata) if isinstance(metadata, dict) else type(metadata).__name__
        raise MotionFormatError(f"{where}: the keys of metadata must be {sorted(allowed)}, given {given}")
    if not isinstance(metadata["notes"], list):
        raise MotionFormatError(f"{where}: metadata: notes must be a list of strings, given {metadata['notes']!r}")
    return {**metadata, "notes": tuple(metadata["notes"])}


def checked_notes(notes: object, name: str) -> tuple[str, ...]:
    """Return notes as a tuple, or raise."""
    if not isinstance(notes, list | tuple) or not all(isinstance(note, str) for note in notes):
        raise MotionError(f"motion {name!r}: notes must be a sequence of strings, given {notes!r}")
    return tuple(notes)


def checked_fit(fit: object, name: str) -> Mapping[str, float]:
    """Return the figures of a fit as floats, or raise."""
    if not isinstance(fit, Mapping) or not all(isinstance(key, str) for key in fit):
        raise MotionError(f"motion {name!r}: fit must map names to numbers, given {fit!r}")
    return {key: check_number(f"motion {name!r}: fit: {key}", value, error=MotionError) for key, value in fit.items()}


def frame_count(qpos: Any, name: str) -> int:
    """Return the number of frames of qpos, or raise."""
    shape = np.shape(qpos)
    if len(shape) != 2 or shape[1] != NQ:
        raise MotionError(f"motion {name!r}: qpos must have shape (T, {NQ}), given {shape}")
    if shape[0] < 2:
        raise MotionError(f"motion {name!r}: a motion needs at least 2 frames, given {shape[0]}")
    return int(shape[0])


def continuous_quaternions(qpos: Array, name: str) -> Array:
    """Return qpos with root quaternions of length one, without sign changes between frames."""
    length = np.linalg.norm(qpos[:, 3:7], axis=1)
    bad = np.abs(length - 1) > _UNIT_TOLERANCE
    if bad.any():
        raise MotionError(
            f"motion {name!r}: the root quaternion is not a unit quaternion in {bad.sum()} frames, first in frame "
            f"{bad.argmax()} (length {length[bad.argmax()]:.6g}; it must be 1 within {_UNIT_TOLERANCE:g})"
        )
    # Normalizing a normalized quaternion may still change its last bit; leave such quaternions alone, so that a saved
    # motion is read back bit for bit.
    quat = np.where(np.abs(length - 1)[:, None] > 4e-16, qpos[:, 3:7] / length[:, None], qpos[:, 3:7])
    flips = np.cumsum(np.einsum("ti,ti->t", quat[1:], quat[:-1]) < 0) % 2
    quat[1:][flips == 1] *= -1
    out = qpos.copy()
    out[:, 3:7] = quat
    return out


def check_states(qpos: Array, qvel: Array, name: str) -> None:
    """Raise an error for states that no body reaches."""
    ranges = _hinge_ranges()
    hinges = qpos[:, 7:]
    bent = ((hinges < ranges[:, 0] - BEYOND_RANGE) | (hinges > ranges[:, 1] + BEYOND_RANGE)).any(axis=1)
    fast = f"{FASTEST[0]:g} m/s, {FASTEST[3]:g} rad/s (root) or {FASTEST[6]:g} rad/s (hinges)"
    where = f"the root is higher than {HIGHEST:g} m or farther than {FARTHEST:g} m, or something is faster than {fast}"
    hinge = f"a hinge is more than {BEYOND_RANGE} rad beyond its range"
    for bad, what in ((bent, hinge), (beyond(qpos, qvel), where)):
        if bad.any():
            raise MotionError(f"motion {name!r}: {what} in {bad.sum()} frames, first in frame {bad.argmax()}")


def check_bodies(qpos: Array, qvel: Array, body_pos: Array, body_vel: Array, name: str) -> None:
    """Raise an error if bodies are not where the angles put them."""
    position, velocity = skeleton().tracked_bodies(qpos, qvel)
    for key, given, right, most in (
        ("body_pos", body_pos, position, _PLACE_TOLERANCE),
        ("body_vel", body_vel, velocity, _SPEED_TOLERANCE),
    ):
        off = np.abs(given - right).reshape(len(given), -1).max(axis=1)
        if not off.max() <= most:
            raise MotionError(
                f"motion {name!r}: {key} contradicts qpos and qvel by {off.max():.3g} in frame {off.argmax()}; at most "
                f"{most:g} is allowed"
            )


def check_frames(rows: Array, name: str) -> None:
    """Raise an error for invalid frames (N, 83); whether bodies match the angles is checked in some of them."""
    if not np.isfinite(rows).all():
        raise MotionError(f"{name}: a number is not finite")
    qpos, qvel, bodies = rows[:, :NQ], rows[:, NQ : NQ + NV], rows[:, NQ + NV :].reshape(len(rows), 2, -1, 3)
    if (np.abs(np.linalg.norm(qpos[:, 3:7], axis=1) - 1) > _UNIT_TOLERANCE).any():
        raise MotionError(f"{name}: a root quaternion is not a unit quaternion")
    check_states(qpos, qvel, name)
    far = np.abs(bodies[:, 0] - qpos[:, None, :3]).max() > 2.0
    if far or np.abs(bodies[:, 1]).max() > FASTEST.max():
        raise MotionError(f"{name}: a body is far from the pelvis, or too fast")
    some = slice(None, None, 1 + len(rows) // _SOME)
    check_bodies(qpos[some], qvel[some], bodies[some, 0], bodies[some, 1], name)


def _hinge_ranges() -> Array:
    return skeleton().ranges
