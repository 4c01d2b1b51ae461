"""One motion of the model: frozen arrays, a frame rate, and where it came from.

    motion = Motion.from_qpos(qpos, 30.0, name="my_walk")
    motion.save("my_walk.npz")
    motion = Motion.load("my_walk.npz")

Files are ``.npz`` archives of plain arrays; nothing in them is ever unpickled.
"""

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.checks import check_array, check_number
from kinesis_env.errors import ConfigError, MotionError, MotionFormatError
from kinesis_env.files import save_arrays
from kinesis_env.model.bodies import Body, body_in_use, make_body
from kinesis_env.model.kinematics.forward import differentiate, skeleton
from kinesis_env.model.names import NQ, NV, TRACKED_BODIES
from kinesis_env.motions import archive
from kinesis_env.motions.fields import (
    TEXTS,
    check_bodies,
    check_states,
    checked_fit,
    checked_notes,
    continuous_quaternions,
    frame_count,
    parsed_metadata,
)
from kinesis_env.typing import Array

__all__ = ["FORMAT_VERSION", "FRAME_WIDTH", "Motion"]


FORMAT_VERSION = 1
_BODIES = len(TRACKED_BODIES)
#: Shape of one frame of each array.
_FRAME_SHAPES = {"qpos": (NQ,), "qvel": (NV,), "body_pos": (_BODIES, 3), "body_vel": (_BODIES, 3)}
#: Numbers in a frame of all four arrays.
FRAME_WIDTH = sum(math.prod(shape) for shape in _FRAME_SHAPES.values())


@dataclass(frozen=True, eq=False, repr=False)
class Motion:
    """A motion of the model, checked and read-only.

    Attributes:
        qpos: (T, 21): root position [m], root quaternion wxyz, 14 hinges [rad].
        qvel: (T, 20): root velocity in the world [m/s], root angular velocity in the body [rad/s], hinges [rad/s].
        body_pos: world positions (T, 7, 3) [m] of the origins of the tracked bodies.
        body_vel: world velocities (T, 7, 3) [m/s] of the same origins.
        fps: frames per second.
        name: name of the motion.
        caption: what the body does, in a sentence.
        source: where it comes from.
        license: the license of the source.
        notes: processing steps, one sentence each.
        fit: figures of the fit to its recording, see :func:`~kinesis_env.motions.retargeting.fit.measure_fit`; empty
            without a recording.
        start: time of the first frame on the recording's clock [s], which forces and EMG recorded with it share.
        body: the body; by default the one in use.

    Raises:
        MotionError: an array of the wrong shape or with a value that is not finite, a quaternion that is not a
            unit quaternion, a state that no body reaches, fewer than two frames, a rate that is not positive, or an
            empty name.
    """

    qpos: Array
    qvel: Array
    body_pos: Array
    body_vel: Array
    fps: float
    name: str
    caption: str = ""
    source: str = ""
    license: str = ""
    notes: tuple[str, ...] = field(default=())
    fit: Mapping[str, float] = field(default_factory=dict)
    start: float = 0.0
    body: Body = field(default_factory=body_in_use)

    def __post_init__(self) -> None:
        for text in TEXTS:
            if not isinstance(getattr(self, text), str):
                raise MotionError(f"the {text} of a motion must be a string, given {getattr(self, text)!r}")
        if not self.name:
            raise MotionError("a motion needs a name that is not empty")
        set_field = object.__setattr__
        set_field(self, "notes", checked_notes(self.notes, self.name))
        set_field(self, "fit", checked_fit(self.fit, self.name))
        set_field(self, "fps", _rate(self.fps, self.name))
        set_field(self, "start", _start(self.start, self.name))
        frames = frame_count(self.qpos, self.name)
        for key, shape in _FRAME_SHAPES.items():
            set_field(self, key, _array(getattr(self, key), key, (frames, *shape), self.name))
        set_field(self, "qpos", continuous_quaternions(self.qpos, self.name))
        check_states(self.qpos, self.qvel, self.name)
        for key in _FRAME_SHAPES:
            getattr(self, key).setflags(write=False)

    @classmethod
    def from_qpos(
        cls,
        qpos: ArrayLike,
        fps: float,
        *,
        name: str,
        caption: str = "",
        source: str = "",
        license: str = "",  # noqa: A002  (a field)
        notes: Sequence[str] = (),
        fit: Mapping[str, float] | None = None,
        start: float = 0.0,
        body: Body | None = None,
    ) -> Motion:
        """Build a motion from qpos (T, 21): velocities by central differences, bodies by forward kinematics.

        Args:
            qpos: the positions.
            fps: frames per second.
            name: this and all others as for the class.
            caption: what the body does.
            source: where it comes from.
            license: the license of the source.
            notes: processing steps.
            fit: figures of the fit to its recording.
            start: time of the first frame on the recording's clock [s].
            body: the body; None is the one in use.

        Raises:
            MotionError: as for the class.
        """
        frames = frame_count(qpos, name)
        rate = _rate(fps, name)
        checked = continuous_quaternions(_array(qpos, "qpos", (frames, NQ), name), name)
        qvel = differentiate(checked, rate)
        own = body_in_use() if body is None else body
        with own.in_use():
            body_pos, body_vel = skeleton().tracked_bodies(checked, qvel)
        said = (name, caption, source, license, tuple(notes), fit or {}, start, own)
        return cls(checked, qvel, body_pos, body_vel, rate, *said)

    def __len__(self) -> int:
        return len(self.qpos)

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return len(self.qpos)

    @property
    def duration(self) -> float:
        """Time from the first to the last frame [s]: (T - 1) / fps."""
        return (len(self.qpos) - 1) / self.fps

    @property
    def digest(self) -> str:
        """SHA-256 of everything the motion holds: equal digests mean equal motions, on every machine."""
        total = hashlib.sha256(json.dumps(self.metadata(), sort_keys=True).encode())
        for key in _FRAME_SHAPES:
            array = getattr(self, key)
            total.update(key.encode() + str(array.shape).encode() + array.astype("<f8").tobytes())
        return total.hexdigest()

    @classmethod
    def of_rows(cls, rows: Array, **metadata: Any) -> Motion:
        """Return a motion that shares ``rows`` (T, 83) of a library, checked when they were created.

        Args:
            rows: qpos, qvel, body_pos and body_vel side by side.
            metadata: as returned by :meth:`metadata`.

        Raises:
            MotionError: invalid metadata, or fewer than two rows.
        """
        if len(rows) < 2 or rows.shape[1] != FRAME_WIDTH:
            raise MotionError(f"rows must have shape (T, {FRAME_WIDTH}), T >= 2, given {rows.shape}")
        motion = object.__new__(cls)
        name = str(metadata["name"])
        checked = {
            **{text: str(metadata[text]) for text in TEXTS},
            "fps": _rate(metadata["fps"], name),
            "notes": checked_notes(metadata["notes"], name),
            "fit": checked_fit(metadata.get("fit", {}), name),
            "start": _start(metadata.get("start", 0.0), name),
            "body": make_body(metadata.get("body")),
        }
        at = 0
        for key, shape in _FRAME_SHAPES.items():
            width = math.prod(shape)
            part = rows[:, at : at + width].reshape(len(rows), *shape)
            part.setflags(write=False)
            checked[key] = part
            at += width
        for key, value in checked.items():
            object.__setattr__(motion, key, value)
        return motion

    @property
    def rows(self) -> Array:
        """The four arrays side by side (T, 83), a copy."""
        return np.concatenate([getattr(self, key).reshape(len(self), -1) for key in _FRAME_SHAPES], axis=1)

    def with_qpos(self, qpos: Array, note: str, **changes: Any) -> Motion:
        """Return a motion with other poses (T, 21) at the same rate, with the same metadata and one more note.

        Args:
            qpos: the poses.
            note: how they were processed.
            **changes: other arguments of :meth:`from_qpos`; ``fit`` and ``start`` are not kept automatically.
        """
        kept = {text: getattr(self, text) for text in TEXTS} | {"body": self.body, "notes": (*self.notes, note)}
        return Motion.from_qpos(qpos, self.fps, **(kept | changes))

    def replace(self, **changes: Any) -> Motion:
        """Return a copy with some fields changed, such as ``name=`` or ``caption=``."""
        return dataclasses.replace(self, **changes)

    def __repr__(self) -> str:
        said = f", {self.caption!r}" if self.caption else ""
        return f"<Motion {self.name!r}: {self.duration:.2f} s, {len(self)} frames at {self.fps:g} Hz{said}>"

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: name, source and processing."""
        about = [part for part in (self.source, self.license) if part]
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in (*about, *self.notes))
        return f"<b>{html.escape(repr(self))}</b><ul>{notes}</ul>"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write an ``.npz`` file, whole or not at all, and return its path.

        Raises:
            MotionError: the path does not end in ``.npz``.
            OSError: the file cannot be written.
        """
        arrays = {"metadata": self.metadata(), **{key: getattr(self, key) for key in _FRAME_SHAPES}}
        return save_arrays(path, "a motion", MotionError, format_version=FORMAT_VERSION, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Motion:
        """Read a motion written by :meth:`save`.

        Raises:
            MotionFormatError: no such file, another format, or a damaged or absurdly large file. The message names the
                file, the place in it and the reason.
        """
        arrays = archive.read(path, ("format_version", "metadata", *_FRAME_SHAPES))
        where = str(path)
        version = arrays.pop("format_version")
        if version.shape != () or version.dtype.kind not in "iu" or int(version) != FORMAT_VERSION:
            raise MotionFormatError(f"{where}: format_version must be {FORMAT_VERSION}, given {version}")
        metadata = parsed_metadata(arrays.pop("metadata"), where)
        fields: dict[str, Any] = {**arrays, **metadata, "body": _body(metadata.get("body"), where)}
        for key, array in arrays.items():
            if array.dtype != np.float64:
                raise MotionFormatError(f"{where}: {key} must be float64, given {array.dtype}")
        try:
            motion = cls(**fields)
            with motion.body.in_use():
                check_bodies(motion.qpos, motion.qvel, motion.body_pos, motion.body_vel, motion.name)
            return motion
        except MotionError as error:
            raise MotionFormatError(f"{where}: {error}") from error

    def metadata(self) -> dict[str, Any]:
        """Return everything except the arrays, as JSON types."""
        texts = {text: getattr(self, text) for text in TEXTS}
        known: dict[str, Any] = {**texts, "fps": self.fps, "notes": list(self.notes)}
        if self.fit:
            known["fit"] = dict(self.fit)
        if self.start:
            known["start"] = self.start
        if not self.body.is_default:
            known["body"] = self.body.description
        return known


def _body(description: Any, where: str) -> Body:
    if description is not None and not isinstance(description, dict):
        raise MotionFormatError(f"{where}: metadata: body must describe a body, given {description!r}")
    try:
        return make_body(description)
    except ConfigError as error:
        raise MotionFormatError(f"{where}: metadata: {error}") from error


def _rate(fps: object, name: str) -> float:
    return check_number(f"motion {name!r}: fps", fps, most=1e4, above=0.0, error=MotionError)


def _start(start: object, name: str) -> float:
    return check_number(f"motion {name!r}: start", start, -1e9, 1e9, error=MotionError)


def _array(value: object, key: str, shape: tuple[int, ...], name: str) -> Array:
    return check_array(f"motion {name!r}: {key}", value, shape, error=MotionError)
