"""Motions that come and go while environments run: looked up as in a library, added one by one, dropped when unused.

Frames are stored in one array that grows by doubling. When it is full, or too many motions are kept, the least recently
used ones are dropped and the rest is compacted. This may change a motion's first frame, so positions in the array must
be looked up again after :meth:`MotionPool.add`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionError
from kinesis_env.motions.library import FrameStack, arcs_of, bodies_of
from kinesis_env.motions.motion import FRAME_WIDTH, Motion
from kinesis_env.typing import Array

__all__ = ["MotionPool"]


_FIRST_ROWS, _FIRST_SLOTS = 4096, 64


class MotionPool(FrameStack):
    """A cache of motions, each in a slot.

    Args:
        capacity: number of motions to keep; exceeded only while all of them are in use.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise MotionError(f"the capacity of a pool must be at least 1, given {capacity}")
        self.capacity = capacity
        self._motions: list[Motion | None] = []
        self._used: list[int] = []
        self._clock = 0
        self._filled = 0
        self._make_slots(_FIRST_SLOTS)
        self._make_rows(_FIRST_ROWS)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of the motion in each slot; "" for an empty slot."""
        return tuple("" if motion is None else motion.name for motion in self._motions)

    @property
    def kept(self) -> int:
        """Number of motions."""
        return sum(motion is not None for motion in self._motions)

    def add(self, motion: Motion, in_use: Collection[int] = ()) -> int:
        """Add a motion and return its slot.

        Args:
            motion: the motion.
            in_use: slots that must not be freed.
        """
        while self.kept >= self.capacity and self._forget(in_use):
            pass
        if self._filled + len(motion) > len(self._rows):
            self._move_together(len(motion))
        slot = self._motions.index(None) if None in self._motions else len(self._motions)
        if slot == len(self._motions):
            self._motions.append(None)
            self._used.append(0)
        if slot >= len(self._fps):
            self._make_slots(2 * len(self._fps))
        self._motions[slot] = motion
        self._fps[slot], self._last[slot] = motion.fps, len(motion) - 1
        self._durations[slot] = (len(motion) - 1) / motion.fps
        self._write(slot, motion.rows)
        self.touch(slot)
        return slot

    def touch(self, slot: int) -> None:
        """Mark a slot as just used."""
        self._clock += 1
        self._used[slot] = self._clock

    def __getitem__(self, slot: int) -> Motion:
        motion = self._motions[slot]
        if motion is None:
            raise MotionError(f"there is no longer a motion in slot {slot}")
        return motion

    def __iter__(self) -> Iterator[Motion]:
        return iter([motion for motion in self._motions if motion is not None])

    def __len__(self) -> int:
        return len(self._motions)

    def _forget(self, in_use: Collection[int]) -> bool:
        """Free the least recently used motion; return whether there was one."""
        free = [slot for slot, motion in enumerate(self._motions) if motion is not None and slot not in in_use]
        if not free:
            return False
        self._motions[min(free, key=self._used.__getitem__)] = None
        return True

    def _write(self, slot: int, rows: Array) -> None:
        start, stop = self._filled, self._filled + len(rows)
        self._rows[start:stop] = rows
        self._arcs[start:stop] = arcs_of(rows)
        self._starts[slot] = start
        self._filled = stop

    def _move_together(self, needed: int) -> None:
        """Remove the frames of dropped motions, and make room."""
        alive = [slot for slot, motion in enumerate(self._motions) if motion is not None]
        old, starts, lasts = self._rows, self._starts.copy(), self._last
        total = needed + sum(int(lasts[slot]) + 1 for slot in alive)
        size = _FIRST_ROWS
        while size < 1.5 * total:
            size *= 2
        self._make_rows(size)
        self._filled = 0
        for slot in alive:
            self._write(slot, old[starts[slot] : starts[slot] + lasts[slot] + 1])

    def _make_rows(self, size: int) -> None:
        self._rows = np.zeros((size, FRAME_WIDTH))
        self._rows[:, 3] = 1.0
        self._arcs = np.full(size, 1e-7)
        self._bodies = bodies_of(self._rows)

    def _make_slots(self, size: int) -> None:
        for name, default, dtype in (
            ("_fps", 1, np.float64), ("_last", 0, np.int64), ("_durations", 0, np.float64), ("_starts", 0, np.int64),
        ):  # fmt: skip
            array: NDArray[Any] = np.full(size, default, dtype=dtype)
            before = getattr(self, name, array[:0])
            array[: len(before)] = before
            setattr(self, name, array)
