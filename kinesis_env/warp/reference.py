"""The motions and the clocks of many rows on a device: :class:`DeviceMotions` and :class:`DeviceClock`.

The formulas are those of :mod:`kinesis_env.motions.library` and :mod:`kinesis_env.tasks.reference`. Times are in double
precision, everything else in single.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from kinesis_env import rotations
from kinesis_env.model.frames import Frames
from kinesis_env.motions.library import arcs_of, as_frames, blended, bodies_of
from kinesis_env.motions.motion import Motion

__all__ = ["DeviceClock", "DeviceMotions", "heading", "yawed"]

#: A time within this fraction of a frame of a stored frame is that frame.
_SNAP = 1e-6


class DeviceMotions:
    """The frames of motions.

    Args:
        motions: the motions.
        device: PyTorch's device.

    Attributes:
        fps, durations: frames per second, and time from first to last frame [s], of each motion, float64 (M,).
        first, last: where each motion starts among all frames, and the number of its last frame, int64 (M,).
    """

    def __init__(self, motions: Sequence[Motion], device: torch.device) -> None:
        rows = np.concatenate([motion.rows for motion in motions])
        self._rows = torch.as_tensor(rows, dtype=torch.float32, device=device)
        self._arcs = torch.as_tensor(arcs_of(rows), dtype=torch.float32, device=device)
        self._bodies = torch.as_tensor(np.array(bodies_of(rows)), dtype=torch.float32, device=device)
        counts = np.array([len(motion) for motion in motions])
        self.last = torch.as_tensor(counts - 1, device=device)
        self.first = torch.as_tensor(np.cumsum(counts) - counts, device=device)
        self.fps = torch.tensor([motion.fps for motion in motions], dtype=torch.float64, device=device)
        self.durations = self.last / self.fps

    def at(self, clips: torch.Tensor, times: torch.Tensor) -> Frames:
        """Return the reference of clips (n,) at times [s], (n,), like ``FrameStack.at``."""
        before, fraction = self.places(clips, times)
        second = before + (before < self.first[clips] + self.last[clips])
        rows = blended(self._rows[before], self._rows[second], self._arcs[before], fraction.to(torch.float32))
        return as_frames(rows)

    def places(self, clips: torch.Tensor, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the stacked frames before times [s], (n,), and the fractions from there to the next."""
        last = self.last[clips]
        place = torch.minimum(torch.clamp(times * self.fps[clips], min=0.0), last.to(torch.float64))
        near = torch.round(place)
        place = torch.where(torch.abs(place - near) < _SNAP, near, place)
        before = place.to(torch.int64)
        return self.first[clips] + before, place - before

    def bodies_between(self, before: torch.Tensor, fraction: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions and velocities of the tracked bodies, like ``FrameStack.bodies_between``."""
        low, high = self._bodies[before], self._bodies[before + 1]
        mixed = low + (high - low) * fraction[..., None, None, None].to(torch.float32)
        return mixed[..., 0, :, :], mixed[..., 1, :, :]


class DeviceClock:
    """The clip and the time of each row; arguments and attributes as those of ``ReferenceClock``.

    Attributes:
        turn, pivot: the rotation of each row about the vertical [rad], (num,), and its center [m], (num, 3).
    """

    def __init__(self, motions: DeviceMotions, num: int, step: float, lookahead: int, stride: int) -> None:
        device = motions.fps.device
        self.motions, self._step = motions, step
        self.clip, self.elapsed = (torch.zeros(num, dtype=torch.int64, device=device) for _ in range(2))
        self.length = torch.ones(num, dtype=torch.int64, device=device)
        self.start_time = torch.zeros(num, dtype=torch.float64, device=device)
        self._ahead = torch.arange(lookahead + 1, dtype=torch.float64, device=device) * (stride * step)
        self.turn = torch.zeros(num, dtype=torch.float32, device=device)
        self.pivot = torch.zeros((num, 3), dtype=torch.float32, device=device)

    @property
    def time(self) -> torch.Tensor:
        """Time of each row in its clip [s], (num,)."""
        return self.start_time + self.elapsed * self._step

    def start(self, rows: torch.Tensor, clips: torch.Tensor, times: torch.Tensor, headings: torch.Tensor) -> Frames:
        """Start clips in the rows of a mask, and return the reference there, (num, ...); other rows mean nothing.

        Args:
            rows: bool (num,).
            clips: their motions, (num,).
            times: start times in the clips [s], (num,).
            headings: initial headings [rad], (num,); NaN keeps the clip's.
        """
        self.clip = torch.where(rows, clips, self.clip)
        self.start_time = torch.where(rows, times, self.start_time)
        self.elapsed = torch.where(rows, 0, self.elapsed)
        remaining = self.motions.durations[clips] - times
        self.length = torch.where(rows, torch.floor(remaining / self._step + 1e-6).to(torch.int64), self.length)
        frames = self.motions.at(clips, times)
        given: torch.Tensor = frames.qpos
        turn = torch.nan_to_num(headings.to(torch.float32) - heading(given[:, 3:7]))
        self.turn = torch.where(rows, turn, self.turn)
        self.pivot = torch.where(rows[:, None], given[:, :3] * (turn != 0.0)[:, None], self.pivot)
        return self._placed(frames)

    def now(self) -> Frames:
        """Return the reference at each row's time, (num, ...)."""
        return self._placed(self.motions.at(self.clip, self.time))

    def after(self, seconds: float) -> Frames:
        """Return the reference some time from now, (num, ...)."""
        return self._placed(self.motions.at(self.clip, self.time + seconds))

    def window(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions and velocities of the tracked bodies, each (num, 1 + lookahead, 7, 3), the present first."""
        motions = self.motions
        rate, last = motions.fps[self.clip][:, None], motions.last[self.clip][:, None]
        place = (self.time[:, None] + self._ahead) * rate
        place = torch.minimum(place, last.to(torch.float64))
        before = torch.minimum(place.to(torch.int64), last - 1)
        position, velocity = motions.bodies_between(motions.first[self.clip][:, None] + before, place - before)
        pivot = self.pivot[:, None, None]
        return self._turned(position - pivot) + pivot, self._turned(velocity)

    def _placed(self, frames: Frames) -> Frames:
        """Rotate and move frames (num, ...) to their episodes."""
        position: torch.Tensor = frames.qpos
        speed: torch.Tensor = frames.qvel
        pivot = self.pivot
        qpos = torch.cat(
            (self._turned(position[:, :3] - pivot) + pivot, yawed(position[:, 3:7], self.turn), position[:, 7:]), dim=1
        )
        qvel = torch.cat((self._turned(speed[:, :3]), speed[:, 3:]), dim=1)
        around = pivot[:, None]
        bodies = self._turned(frames.body_pos - around) + around
        return Frames(qpos, qvel, bodies, self._turned(frames.body_vel))

    def _turned(self, vectors: torch.Tensor) -> torch.Tensor:
        turn = self.turn.reshape(-1, *(1,) * (vectors.ndim - 2))
        x, y = rotations.turned(vectors[..., 0], vectors[..., 1], torch.cos(turn), torch.sin(turn))
        return torch.stack((x, y, vectors[..., 2]), dim=-1)


def heading(quat: torch.Tensor) -> torch.Tensor:
    """Return the heading (...) [rad] of unit quaternions (..., 4), like ``rotations.heading``."""
    w, x, y, z = quat.unbind(-1)
    return torch.atan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (y * y + z * z))


def yawed(quat: torch.Tensor, yaw: torch.Tensor) -> torch.Tensor:
    """Return quaternions (n, 4) rotated about the vertical by angles (n,) [rad]."""
    w, x, y, z = quat.unbind(-1)
    cos, sin = torch.cos(0.5 * yaw), torch.sin(0.5 * yaw)
    # The product with (cos, 0, 0, sin) rotates the pairs (w, z) and (x, y).
    w, z = rotations.turned(w, z, cos, sin)
    x, y = rotations.turned(x, y, cos, sin)
    return torch.stack((w, x, y, z), dim=-1)
