"""Recordings, as returned by readers: times and data in the person's own proportions, before retargeting.

Each kind of recording is a subclass of :class:`Recording`: :class:`AngleRecording` for joint angles,
:class:`PointRecording` for positions of joints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.errors import MotionError
from kinesis_env.model.names import JOINTS
from kinesis_env.typing import Array

__all__ = ["LANDMARKS", "AngleRecording", "PointRecording", "Recording"]


#: The points of a :class:`PointRecording`: joint centers of the legs, the ball of each foot (the joint of its toes),
#: the lowest joint of the spine above the hips, and the base of the neck.
LANDMARKS = (
    "hip_r",
    "knee_r",
    "ankle_r",
    "toe_r",
    "hip_l",
    "knee_l",
    "ankle_l",
    "toe_l",
    "spine",
    "neck",
)


#: Longest recording [frames, s]: 40 minutes at 100 Hz.
MOST_FRAMES, LONGEST = 240_000, 3600.0
#: Longest gap bridged by interpolation, and longest time between frames of any recording [s].
LONGEST_GAP, LONGEST_STEP = 0.2, 1.0


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording of any kind.

    Attributes:
        name: name, such as the file's stem.
        times: time of each frame (T,) [s]; increasing, not necessarily even.
        notes: what the reader decided or repaired, one sentence each.
        source: where it comes from.
        license: license of the source, if known.

    Raises:
        MotionError: fewer than two frames, times that do not increase, a gap, or a recording that is too long.
    """

    name: str
    times: Array
    notes: tuple[str, ...]
    source: str
    license: str

    def __post_init__(self) -> None:
        times = self.times
        if times.ndim != 1 or len(times) < 2 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise MotionError(f"recording {self.name!r}: times must be (T,), T >= 2, finite and increasing")
        steps = np.diff(times)
        lasts = float(times[-1] - times[0])
        if len(times) > MOST_FRAMES or lasts > LONGEST:
            raise MotionError(
                f"recording {self.name!r}: {len(times)} frames, {lasts:.6g} s; at most {MOST_FRAMES} frames "
                f"and {LONGEST:g} s are allowed: cut it into pieces"
            )
        if steps.max() > min(LONGEST_STEP, max(LONGEST_GAP, 1.5 * float(np.median(steps)))):
            at = int(steps.argmax())
            raise MotionError(
                f"recording {self.name!r}: {steps[at]:.6g} s without a frame after {times[at]:.6g} s; gaps up to "
                f"{LONGEST_GAP} s are filled"
            )

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
        recorded_axes: whether x, y and z of ``root_pos`` were recorded.
        trunk_quat: orientation of the trunk in that world (T, 4), wxyz; None if it was not recorded.

    Raises:
        MotionError: as for :class:`Recording`, or arrays that do not match or are not finite.
    """

    angles: Array
    root_quat: Array
    root_pos: Array
    recorded_axes: tuple[bool, bool, bool]
    trunk_quat: Array | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for key, width in (("angles", len(JOINTS)), ("root_quat", 4), ("root_pos", 3)):
            array = getattr(self, key)
            if array.shape != (len(self.times), width) or not np.isfinite(array).all():
                raise MotionError(
                    f"recording {self.name!r}: {key} must be finite, of shape {(len(self.times), width)}, given "
                    f"{array.shape}"
                )
        trunk = self.trunk_quat
        if trunk is not None and (trunk.shape != (len(self.times), 4) or not np.isfinite(trunk).all()):
            raise MotionError(
                f"recording {self.name!r}: trunk_quat must be finite, of shape {(len(self.times), 4)}, given "
                f"{trunk.shape}"
            )


@dataclass(frozen=True, eq=False)
class PointRecording(Recording):
    """Positions of a person's joints.

    Attributes:
        points: (T, 10, 3) [m], in the order of :data:`LANDMARKS`, in a world with z up.
        rest: the same points (10, 3) [m] of the skeleton standing upright, x forward, z up; None if unknown.
        caption: what the body does, in a sentence.

    Raises:
        MotionError: as for :class:`Recording`, or arrays that do not match or are not finite.
    """

    points: Array
    rest: Array | None = None
    caption: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        shape = (len(self.times), len(LANDMARKS), 3)
        if self.points.shape != shape or not np.isfinite(self.points).all():
            raise MotionError(
                f"recording {self.name!r}: points must be finite, of shape {shape}, given shape {self.points.shape}"
            )
        if self.rest is not None and (self.rest.shape != shape[1:] or not np.isfinite(self.rest).all()):
            raise MotionError(
                f"recording {self.name!r}: rest must be finite, of shape {shape[1:]}, given shape {np.shape(self.rest)}"
            )
