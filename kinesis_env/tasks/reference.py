"""The reference of every body, on each environment's own clock."""

from __future__ import annotations

import numpy as np

from kinesis_env import rotations
from kinesis_env.loops import window
from kinesis_env.loops.compiled import compiled
from kinesis_env.model.frames import Frames
from kinesis_env.motions.library import FrameStack
from kinesis_env.typing import Array, Rows

__all__ = ["ReferenceClock"]


class ReferenceClock:
    """Follows one clip per row, each from its own start time, rotated about the vertical at its starting position.

    Args:
        library: the motions.
        num: the number of rows.
        step: seconds per control step.
        lookahead: number of future frames in :meth:`window`.
        stride: control steps between future frames.

    Attributes:
        clip: the motion of each row, (num,).
        start_time: time in the clip at which each episode started [s], (num,).
        elapsed: control steps since the start, (num,).
        length: control steps from the start to the end of the clip, (num,).
    """

    def __init__(self, library: FrameStack, num: int, step: float, lookahead: int, stride: int = 1) -> None:
        self.library = library
        self.clip: Rows = np.zeros(num, dtype=np.int64)
        self.start_time: Array = np.zeros(num)
        self.elapsed: Rows = np.zeros(num, dtype=np.int64)
        self.length: Rows = np.ones(num, dtype=np.int64)
        self._step = step
        self._ahead = np.arange(lookahead + 1) * (stride * step)
        # In frames of the rows' clips: the times of a window when an episode starts, their advance per control step,
        # and the last frame; and where the clips start among the library's stacked frames.
        self._ahead_frames: Array = np.zeros((num, lookahead + 1))
        self._frames_per_step: Array = np.zeros((num, 1))
        self._last: Array = np.ones((num, 1))
        self._first: Rows = np.zeros((num, 1), dtype=np.int64)
        self._turned_any = False
        self._turn: Array = np.zeros(num)
        self._cos: Array = np.ones(num)
        self._sin: Array = np.zeros(num)
        self._pivot: Array = np.zeros((num, 3))

    @property
    def time(self) -> Array:
        """Time of each row in its clip [s], (num,)."""
        return self.start_time + self.elapsed * self._step

    def start(self, rows: Rows, clips: Rows, times: Array, headings: Array | None = None) -> Frames:
        """Start clips at given times and return the reference there, (k, ...).

        Args:
            rows: the rows, (k,).
            clips: their motions, (k,).
            times: start times in the clips [s], (k,).
            headings: initial headings [rad], (k,); NaN keeps the clip's, None keeps all.
        """
        self.clip[rows] = clips
        self.start_time[rows] = times
        self.elapsed[rows] = 0
        remaining = self.library.durations[clips] - times
        self.length[rows] = np.floor(remaining / self._step + 1e-6).astype(np.int64)
        frames = self.library.at(clips, times)
        self.relocate()
        if headings is None and not self._turned_any:
            return frames
        turn = np.zeros(len(clips))
        if headings is not None:
            asked = ~np.isnan(headings)
            turn[asked] = headings[asked] - rotations.heading(frames.qpos[asked, 3:7])
        self._turn[rows], self._cos[rows], self._sin[rows] = turn, np.cos(turn), np.sin(turn)
        self._turned_any = bool(self._turn.any())
        # Rows that are not rotated stay unchanged to the last bit, whatever the other rows do.
        self._pivot[rows] = np.where(turn[:, None] == 0.0, 0.0, frames.qpos[:, :3])
        return self._placed(frames, rows)

    def place_at(self, *, clip: int, start_time: float, elapsed: int, turn: float, pivot: Array) -> None:
        """Put the first row where another clock is: its clip, times, and rotation [rad] about a point (3,)."""
        self.clip[0], self.start_time[0], self.elapsed[0] = clip, start_time, elapsed
        self._turn[0], self._cos[0], self._sin[0], self._pivot[0] = turn, np.cos(turn), np.sin(turn), pivot
        self._turned_any = bool(self._turn.any())
        self.relocate()

    def relocate(self) -> None:
        """Look up again the position of the rows' clips among the library's frames, which a pool may have moved."""
        library, clip = self.library, self.clip
        rate = library.fps[clip][:, None]
        self._first[:, 0] = library.first_frames[clip]
        self._ahead_frames[:] = (self.start_time[:, None] + self._ahead) * rate
        self._frames_per_step[:] = self._step * rate
        self._last[:] = np.rint(library.durations[clip][:, None] * rate)

    def now(self) -> Frames:
        """Return the reference at each row's time, (num, ...)."""
        return self._placed(self.library.at(self.clip, self.time), np.arange(len(self.clip)))

    def ahead(self, seconds: Array) -> Frames:
        """Return the reference at ``seconds`` (k,) from now, (num, k, ...)."""
        return self._placed(self.library.at(self.clip, self.time[:, None] + seconds), np.arange(len(self.clip)))

    def window(self) -> tuple[Array, Array]:
        """Return positions and velocities of the tracked bodies, each (num, 1 + lookahead, 7, 3), the present first."""
        quick = compiled(window)
        if quick is not None:
            out = np.empty((2, *self._ahead_frames.shape, *self.library.bodies.shape[2:]))
            places = self._ahead_frames, self.elapsed, self._frames_per_step, self._last, self._first
            quick(self.library.bodies, *places, out)
            return self._in_episode(out[0], out[1])
        # The frame before is never a clip's last, so there is always one after it.
        place = np.minimum(self._ahead_frames + self.elapsed[:, None] * self._frames_per_step, self._last)
        before = np.minimum(place, self._last - 1.0).astype(np.int64)
        return self._in_episode(*self.library.bodies_between(self._first + before, place - before))

    def _in_episode(self, position: Array, velocity: Array) -> tuple[Array, Array]:
        if not self._turned_any:
            return position, velocity
        rows = np.arange(len(self.clip))
        return self._placed_points(position, rows), self._turned(velocity, rows)

    def _placed(self, frames: Frames, rows: Rows) -> Frames:
        """Rotate and move frames (rows, ...) or (rows, k, ...) to their episodes."""
        if not (self._turned_any and self._turn[rows].any()):
            return frames
        qpos, qvel = frames.qpos.copy(), frames.qvel.copy()
        turn = rotations.from_yaw(self._turn[rows]).reshape(-1, *(1,) * (qpos.ndim - 2), 4)
        qpos[..., :3] = self._placed_points(frames.qpos[..., :3], rows)
        qpos[..., 3:7] = rotations.multiply(turn, frames.qpos[..., 3:7])
        qvel[..., :3] = self._turned(frames.qvel[..., :3], rows)
        return Frames(qpos, qvel, self._placed_points(frames.body_pos, rows), self._turned(frames.body_vel, rows))

    def _placed_points(self, points: Array, rows: Rows) -> Array:
        pivot = self._pivot[rows].reshape(-1, *(1,) * (points.ndim - 2), 3)
        return self._turned(points - pivot, rows) + pivot

    def _turned(self, vectors: Array, rows: Rows) -> Array:
        shape = (-1,) + (1,) * (vectors.ndim - 2)
        c, s = self._cos[rows].reshape(shape), self._sin[rows].reshape(shape)
        out = np.empty_like(vectors)
        out[..., 0], out[..., 1] = rotations.turned(vectors[..., 0], vectors[..., 1], c, s)
        out[..., 2] = vectors[..., 2]
        return out
