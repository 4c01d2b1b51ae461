"""What a reader makes of a file: times, and what was recorded at each, before it is put onto this body.

Each kind of recording is a class: :class:`AngleRecording` for joint angles. They share :class:`Recording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import MotionError
from kinesis_env.model.names import JOINTS

__all__ = ["AngleRecording", "Recording"]

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording of any kind.

    Attributes:
        name: what it is called, such as the file's stem.
        times: when each frame was taken (T,) [s]; increasing, not necessarily even.
        notes: what the reader had to decide or to mend, one sentence each.
        source: where it comes from.
        licence: its licence, where known.

    Raises:
        MotionError: fewer than two frames, or times that do not increase.
    """

    name: str
    times: Array
    notes: tuple[str, ...]
    source: str
    licence: str

    def __post_init__(self) -> None:
        times = self.times
        if times.ndim != 1 or len(times) < 2 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise MotionError(f"recording {self.name!r}: times are (T,), T >= 2, finite and increasing")

    @property
    def rate(self) -> float:
        """Frames per second, from the median interval."""
        return float(1.0 / np.median(np.diff(self.times)))


@dataclass(frozen=True, eq=False)
class AngleRecording(Recording):
    """Joint angles in this model's order and signs, and the pose of the pelvis.

    Attributes:
        angles: (T, 14) [rad], in the order of :data:`~kinesis_env.model.names.JOINTS`.
        root_quat: orientation of the pelvis (T, 4), wxyz, in a world with x forward, y left, z up.
        root_pos: position of the pelvis (T, 3) [m] in that world; zero in an axis that was not recorded.
        recorded_axes: which of x, y and z of ``root_pos`` were recorded.

    Raises:
        MotionError: as for :class:`Recording`, or arrays that do not fit or are not finite.
    """

    angles: Array
    root_quat: Array
    root_pos: Array
    recorded_axes: tuple[bool, bool, bool]

    def __post_init__(self) -> None:
        super().__post_init__()
        for key, width in (("angles", len(JOINTS)), ("root_quat", 4), ("root_pos", 3)):
            array = getattr(self, key)
            if array.shape != (len(self.times), width) or not np.isfinite(array).all():
                raise MotionError(
                    f"recording {self.name!r}: {key} is a finite array {(len(self.times), width)}; given {array.shape}"
                )
