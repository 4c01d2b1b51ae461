"""States of the body and of its tracked bodies at some times."""

from __future__ import annotations

from dataclasses import dataclass

from kinesis_env.typing import Array

__all__ = ["Frames"]


@dataclass(frozen=True, slots=True)
class Frames:
    """A motion at some times; the leading axes (...) are those of the requested times.

    Attributes:
        qpos: (..., 21), see :class:`~kinesis_env.motions.motion.Motion`.
        qvel: (..., 20).
        body_pos: world positions of the tracked bodies (..., 7, 3) [m].
        body_vel: world velocities of the tracked bodies (..., 7, 3) [m/s].
    """

    qpos: Array
    qvel: Array
    body_pos: Array
    body_vel: Array
