"""Activations with which muscles carry a body along a motion, from static optimization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinesis_env.dynamics import static_optimization
from kinesis_env.model.bodies import Body
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.motion import Motion
from kinesis_env.typing import Array, Mask, Rows

__all__ = ["HoldingActivations", "held_at"]

#: Frames on either side of a time that its activations depend on, to within 0.001.
AROUND = 8


@dataclass(frozen=True)
class _Part:
    """Frames of a motion."""

    qpos: Array
    qvel: Array
    fps: float
    body: Body


def held_at(motion: Motion, time: float) -> Array:
    """Return the activations at a time [s], (80,), interpolated and computed from the frames around it."""
    place = min(time * motion.fps, len(motion) - 1.0)
    first = min(int(place), len(motion) - 2)
    start = max(first - AROUND, 0)
    part = slice(start, first + 2 + AROUND)
    near = static_optimization(_Part(motion.qpos[part], motion.qvel[part], motion.fps, motion.body)).activation
    return _between(near[first - start], near[first - start + 1], np.array(place - first))


class HoldingActivations:
    """The activations of the motions of a library; each is optimized on first use, in a second or two.

    Args:
        library: the motions.
    """

    def __init__(self, library: MotionLibrary) -> None:
        self._library = library
        self._last: Rows = np.array([len(motion) - 1 for motion in library])
        self._known: Mask = np.zeros(len(library), dtype=np.bool_)
        self._stacked = np.zeros((int(self._last.sum()) + len(library), 80), dtype=np.float32)

    def prepare(self, clips: Rows) -> None:
        """Optimize motions (k,) that have not been optimized yet."""
        for clip in np.unique(clips[~self._known[clips]]).tolist():
            first = int(self._library.first_frames[clip])
            self._stacked[first : first + self._last[clip] + 1] = static_optimization(self._library[clip]).activation
            self._known[clip] = True

    @property
    def frames(self) -> NDArray[np.float32]:
        """Activations of all stacked frames of the library, (frames, 80); zero where not prepared."""
        return self._stacked

    def at(self, clips: Rows, times: Array) -> Array:
        """Return the activations of prepared motions (k,) at times (k,) [s], (k, 80), clamped to the end."""
        last = self._last[clips]
        place = np.minimum(times * self._library.fps[clips], last)
        before = np.minimum(place.astype(np.int64), last - 1)
        first = self._library.first_frames[clips] + before
        near = self._stacked[np.stack((first, first + 1))].astype(np.float64)
        return _between(near[0], near[1], (place - before)[:, None])


def _between(before: Array, after: Array, share: Array) -> Array:
    held: Array = np.clip((1.0 - share) * before + share * after, 0.0, 1.0)
    return held
