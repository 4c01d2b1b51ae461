"""A motion as recorded, in its laboratory: the input of inverse dynamics with measured forces."""

from __future__ import annotations

from dataclasses import dataclass, field

from kinesis_env.dynamics.trajectory import times_of
from kinesis_env.model.bodies import Body, body_in_use
from kinesis_env.typing import Array

__all__ = ["RecordedMotion"]


@dataclass(frozen=True, eq=False)
class RecordedMotion:
    """A recording on this body with nothing adapted: recorded angles, and the recorded path at this body's size.

    It is in the world and on the clock of the recording, so that forces measured there act on it where they acted. A
    treadmill walk stays in place. See :func:`kinesis_env.motions.read_recorded`.

    Attributes:
        qpos: (T, 21).
        qvel: (T, 20).
        fps: frames per second.
        name: name of the recording.
        start: time of the first frame on the recording's clock [s].
        lumbar: extension, bending and rotation of the trunk against the pelvis (T, 3) [rad], about OpenSim's axes and
            in its order; None if they were not recorded.
        scale: size of this body relative to the person.
        offset: offset added to recorded positions after scaling (3,) [m].
        notes: one sentence each.
        placed: whether the file has the path of the pelvis; otherwise it was recovered from the feet, and laboratory
            measurements cannot be applied to it.
        body: the body; by default the one in use.
    """

    qpos: Array
    qvel: Array
    fps: float
    name: str
    start: float
    lumbar: Array | None
    scale: float
    offset: Array
    notes: tuple[str, ...] = ()
    placed: bool = True
    body: Body = field(default_factory=body_in_use)

    def __len__(self) -> int:
        return len(self.qpos)

    @property
    def times(self) -> Array:
        """Time of each frame (T,) [s]."""
        return times_of(self)
