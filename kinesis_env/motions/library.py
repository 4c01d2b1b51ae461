"""Many motions as one stacked array: the reference of any clip at any time, in one call.

library = MotionLibrary(load_motions("walk"))
frames = library.lookup(clips, times)      # clips (n,), times (n,) or (n, k) [s]
frames.qpos                                # (n, 21) or (n, k, 21)
"""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinesis_env.arrays import array_namespace
from kinesis_env.errors import MotionError, shown
from kinesis_env.model.bodies import Body
from kinesis_env.model.frames import Frames
from kinesis_env.model.names import NQ, NV, TRACKED_BODIES
from kinesis_env.motions.motion import Motion
from kinesis_env.typing import Array, Ints

__all__ = ["FrameStack", "MotionLibrary", "arcs_of", "as_frames", "blended", "bodies_of"]

Scalar = TypeVar("Scalar", bound=np.generic)

_BODIES = len(TRACKED_BODIES)
_QVEL, _POS, _VEL = NQ, NQ + NV, NQ + NV + 3 * _BODIES
_WIDTH = _VEL + 3 * _BODIES
_QUAT = slice(3, 7)
#: A time within this fraction of a frame of a stored frame is that frame: i / fps * fps is not always i.
_SNAP = 1e-7
#: From this number of frames, a library shares its memory with its motions.
_LARGE = 20_000


def as_frames(rows: Array) -> Frames:
    """Return stacked frames (..., 83) as :class:`~kinesis_env.model.frames.Frames`."""
    bodies = (*rows.shape[:-1], _BODIES, 3)
    return Frames(
        qpos=rows[..., :_QVEL],
        qvel=rows[..., _QVEL:_POS],
        body_pos=rows[..., _POS:_VEL].reshape(bodies),
        body_vel=rows[..., _VEL:].reshape(bodies),
    )


def blended(rows: Array, end: Array, arc: Array, fraction: Array) -> Array:
    """Return frames between ``rows`` and ``end``, (..., 83), of NumPy or another library of arrays.

    Args:
        rows: the frames before.
        end: the frames after.
        arc: half the angle between their root orientations [rad], (...).
        fraction: position between the two, (...).
    """
    xp = array_namespace(rows)
    share, arc = fraction[..., None], arc[..., None]
    mixed = rows + share * (end - rows)
    quat = (xp.sin(arc - share * arc) * rows[..., _QUAT] + xp.sin(share * arc) * end[..., _QUAT]) / xp.sin(arc)
    quat = xp.where(share == 0, rows[..., _QUAT], quat)
    out: Array = xp.concatenate((mixed[..., : _QUAT.start], quat, mixed[..., _QUAT.stop :]), axis=-1)
    return out


class FrameStack:
    """The stacked frames of many motions, and where each motion is."""

    _rows: Array
    _arcs: Array
    _bodies: Array
    _fps: Array
    _last: Ints
    _durations: Array
    _starts: Ints

    @property
    def durations(self) -> Array:
        """Time from first to last frame of each motion (M,) [s]."""
        return self._durations

    @property
    def fps(self) -> Array:
        """Frames per second of each motion (M,)."""
        return self._fps

    @property
    def first_frames(self) -> Ints:
        """Where each motion starts among the stacked frames (M,)."""
        return self._starts

    def lookup(self, clips: ArrayLike, times: ArrayLike) -> Frames:
        """Return the reference of each clip at each time.

        Positions, hinges and velocities are interpolated linearly, the root's orientation on the shortest arc. Times
        before the start or after the end give the first or the last frame. At a stored frame's own time, that frame is
        returned unchanged.

        Args:
            clips: indices of the motions (n,).
            times: seconds from its start, (n,) or (n, k).

        Raises:
            MotionError: a clip outside 0..M-1, a time that is not a number, or shapes that do not match.
        """
        clips = np.asarray(clips)
        times = np.asarray(times, dtype=np.float64)
        if clips.ndim != 1 or times.ndim not in (1, 2) or len(times) != len(clips) or clips.dtype.kind not in "iu":
            raise MotionError(
                "lookup needs clips, integers (n,), and times (n,) or (n, k); "
                f"given {clips.dtype} {clips.shape} and {times.shape}"
            )
        if clips.size and not 0 <= clips.min() <= clips.max() < len(self._fps):
            raise MotionError(f"a clip must be an integer from 0 to {len(self._fps) - 1}, given {clips}")
        if np.isnan(times).any():
            raise MotionError("lookup needs times that are numbers, given NaN")
        return self.at(clips, times)

    def at(self, clips: Ints, times: Array) -> Frames:
        """Like :meth:`lookup`, but without checks."""
        return self._blend(*self._place(clips, times))

    @property
    def bodies(self) -> Array:
        """``body_pos`` and ``body_vel`` of all stacked frames, (frames, 2, 7, 3), read-only."""
        return self._bodies

    def bodies_between(self, before: Ints, fraction: Array) -> tuple[Array, Array]:
        """Return ``body_pos`` and ``body_vel`` between stacked frames; without checks.

        Args:
            before: stacked frames, none the last of a motion, (...).
            fraction: position between each frame and the next, (...).
        """
        # Indexed rather than ``take``, which would copy the whole view first.
        rows = self._bodies[before]
        step = self._bodies[before + 1]
        step -= rows
        step *= fraction[..., None, None, None]
        rows += step
        return rows[..., 0, :, :], rows[..., 1, :, :]

    def _place(self, clips: Ints, times: Array) -> tuple[Ints, Ints, Array]:
        """Return the rows before and after each time, and the fraction between them."""
        rate, last, start = self._fps[clips], self._last[clips], self._starts[clips]
        if times.ndim == 2:
            rate, last, start = rate[:, None], last[:, None], start[:, None]
        place = np.minimum(np.maximum(times * rate, 0.0), last)
        near = np.rint(place)
        place = np.where(np.abs(place - near) < _SNAP, near, place)
        before = place.astype(np.int64)
        fraction: Array = place - before
        first = start + before
        return first, first + (before < last), fraction

    def _blend(self, first: Ints, second: Ints, fraction: Array) -> Frames:
        rows, end = self._rows.take(first, axis=0), self._rows.take(second, axis=0)
        return as_frames(blended(rows, end, self._arcs.take(first), fraction))


class MotionLibrary(FrameStack, Sequence[Motion]):
    """Stacked motions.

    Args:
        motions: at least one motion; names must be unique.
        weights: sampling weights (M,), equal by default. They need not sum to one.

    Raises:
        MotionError: no motion, a repeated name, motions of different bodies, or weights that are negative, not finite,
            all zero or not one per motion.
    """

    def __init__(self, motions: Sequence[Motion], weights: ArrayLike | None = None) -> None:
        self._motions = tuple(motions)
        if not self._motions:
            raise MotionError("a library needs at least one motion, given none")
        names = [motion.name for motion in self._motions]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise MotionError(f"every motion of a library needs its own name; repeated are {', '.join(twice)}")
        strange = [motion.name for motion in self._motions if motion.body != self._motions[0].body]
        if strange:
            raise MotionError(
                f"motion {strange[0]!r} is of another body than {names[0]!r}; load_motions(..., body=...) puts all "
                "onto one"
            )
        self._names = tuple(names)
        self._fps = _frozen(np.array([motion.fps for motion in self._motions]))
        self._last = _frozen(np.array([len(motion) - 1 for motion in self._motions]))
        self._durations = _frozen(self._last / self._fps)
        self._starts = _frozen(np.concatenate(([0], np.cumsum(self._last + 1)[:-1])))
        self._weights = _frozen(_normalized(weights, len(names)))
        self._cumulative = _frozen(np.cumsum(self._weights))
        self._cumulative_list: list[float] = self._cumulative.tolist()
        self._rows, self._motions = _stacked(self._motions)
        self._bodies = bodies_of(self._rows)
        self._arcs = _frozen(arcs_of(self._rows))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the motions, in order."""
        return self._names

    @property
    def body(self) -> Body:
        """The body of all motions."""
        return self._motions[0].body

    @property
    def weights(self) -> Array:
        """Sampling probability of each motion (M,); they sum to one."""
        return self._weights

    def sample(self, rng: np.random.Generator, n: int) -> Ints:
        """Draw ``n`` clips (n,) by weight; equal generators give equal clips."""
        drawn = np.searchsorted(self._cumulative, rng.random(n) * self._cumulative[-1], side="right")
        clips: Ints = np.minimum(drawn, len(self._motions) - 1).astype(np.int64)
        return clips

    def sample_one(self, rng: np.random.Generator) -> int:
        """Draw one clip by weight: the same as :meth:`sample` would draw, without the cost of arrays."""
        return draw_by_weight(self._cumulative_list, rng)

    def index(self, value: str, *_: object) -> int:
        """Return the index of the clip with this name.

        Raises:
            MotionError: there is no such motion; the message lists the available ones, closest first.
        """
        if value in self._names:
            return self._names.index(value)
        raise MotionError(f"unknown motion {shown(value)}; {suggestions(value, self._names)}")

    def __len__(self) -> int:
        return len(self._motions)

    def __getitem__(self, item: int | str) -> Motion:  # type: ignore[override]
        """Return a motion by number or by name."""
        return self._motions[self.index(item) if isinstance(item, str) else item]

    def __iter__(self) -> Iterator[Motion]:
        return iter(self._motions)

    def __contains__(self, value: object) -> bool:
        return value in self._names or any(value is motion for motion in self._motions)

    def __repr__(self) -> str:
        return f"MotionLibrary({len(self)} motions, {self._durations.sum():.1f} s)"


def suggestions(wanted: str, names: Sequence[str], limit: int = 30) -> str:
    """Return "the motions are ..." with the names closest to ``wanted`` first."""
    wanted = shown(wanted, 200).strip("'\"")
    close = difflib.get_close_matches(wanted, names, n=5, cutoff=0.4)
    ordered = [*close, *(name for name in names if name not in close)]
    more = f" and {len(ordered) - limit} more" if len(ordered) > limit else ""
    return f"the motions are {', '.join(ordered[:limit])}{more}"


def _stacked(motions: Sequence[Motion]) -> tuple[Array, tuple[Motion, ...]]:
    """Return all frames (N, 83) and the motions; long ones are replaced by equal ones that share these frames."""
    shared = _shared_rows(motions)
    if shared is not None:
        return shared, tuple(motions)
    rows = np.empty((sum(len(motion) for motion in motions), _WIDTH))
    kept = []
    at = 0
    for motion in motions:
        part = rows[at : at + len(motion)]
        part[:, :_QVEL], part[:, _QVEL:_POS] = motion.qpos, motion.qvel
        part[:, _POS:_VEL] = motion.body_pos.reshape(len(motion), -1)
        part[:, _VEL:] = motion.body_vel.reshape(len(motion), -1)
        kept.append(part)
        at += len(motion)
    rows.setflags(write=False)
    if len(rows) < _LARGE:
        return rows, tuple(motions)
    # Memory that the caller does not keep is freed, and the frames are held only once.
    own = (Motion.of_rows(part, **motion.metadata()) for part, motion in zip(kept, motions, strict=True))
    return rows, tuple(own)


def _shared_rows(motions: Sequence[Motion]) -> Array | None:
    """Return the frames (N, 83) that the motions already share, in this order and without gaps, or None."""
    base = motions[0].qpos
    while isinstance(base.base, np.ndarray):
        base = base.base
    total = sum(len(motion) for motion in motions)
    if base.dtype != np.float64 or base.size != total * _WIDTH or not base.flags.c_contiguous:
        return None
    start = base.ctypes.data
    for motion in motions:
        if motion.qpos.ctypes.data != start or motion.qpos.strides[0] != 8 * _WIDTH:
            return None
        start += len(motion) * 8 * _WIDTH
    rows = base.reshape(total, _WIDTH)
    rows.setflags(write=False)
    return rows


def bodies_of(rows: Array) -> Array:
    """Return a view of ``body_pos`` and ``body_vel`` of stacked frames (N, 83): (N, 2, 7, 3), read-only."""
    return _frozen(rows[:, _POS:].reshape(-1, 2, _BODIES, 3))


def draw_by_weight(cumulative: Sequence[float], rng: np.random.Generator) -> int:
    """Draw an index by weight, given the cumulative weights."""
    return min(bisect.bisect_right(cumulative, rng.random() * cumulative[-1]), len(cumulative) - 1)


def arcs_of(rows: Array) -> Array:
    """Return half the angle [rad] between each row's root orientation and the next row's, never quite zero."""
    start, end = rows[:-1, 3:7], rows[1:, 3:7]
    angle = 2 * np.arctan2(np.linalg.norm(end - start, axis=1), np.linalg.norm(end + start, axis=1))
    return np.append(np.maximum(angle, 1e-7), 1e-7)


def _normalized(weights: ArrayLike | None, count: int) -> Array:
    if weights is None:
        return np.full(count, 1.0 / count)
    array = np.array(weights, dtype=np.float64)
    if array.shape != (count,) or not np.isfinite(array).all() or (array < 0).any() or array.sum() <= 0:
        raise MotionError(f"weights must be {count} numbers from 0, not all 0, given {weights!r}")
    shares: Array = array / array.sum()
    return shares


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.setflags(write=False)
    return array
