"""Arrays of joint positions in all common shapes, and the landmark joints of each skeleton."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.axes import leg_length, unit_of
from kinesis_env.motions.formats.smpl import LANDMARK_JOINTS, mean_shape
from kinesis_env.motions.recording import LANDMARKS
from kinesis_env.typing import Array

__all__ = ["Layout", "described_shapes", "is_joint_shape", "landmarks_of", "refuse_shape", "samples_of"]

#: Frames per second of HumanML3D and KIT-ML as distributed; files do not specify it.
_HUMANML3D, _KIT_ML = 20.0, 12.5
_MAX_SAMPLES = 10_000
#: Bones keep their length to within this fraction (median deviation over the median).
_RIGID = 0.06
#: Range of leg lengths [m] that need no other unit.
_LEGS = (0.35, 1.4)


@dataclass(frozen=True)
class Layout:
    """An order of joints.

    Attributes:
        name: name of the skeleton.
        joints: index of each of :data:`~kinesis_env.motions.recording.LANDMARKS`.
        rate: frames per second [Hz] if a file does not specify it.
        smpl: whether the rest skeleton is SMPL's.
    """

    name: str
    joints: tuple[int, ...]
    rate: float = 30.0
    smpl: bool = False


_SMPL = tuple(LANDMARK_JOINTS[name] for name in LANDMARKS)
#: The skeletons by number of joints, in the order of the landmarks: right leg, left leg, spine, neck.
_LAYOUTS: dict[int, tuple[Layout, ...]] = {
    **{
        count: (Layout(name, _SMPL, _HUMANML3D, smpl=True),)
        for count, name in ((22, "HumanML3D"), (24, "SMPL"), (45, "SMPL"), (52, "SMPL-H"), (55, "SMPL-X"),
                            (73, "SMPL-H"), (127, "SMPL-X"), (144, "SMPL-X"))
    },
    # Publications disagree about which leg comes first: the direction of the toes decides.
    21: (
        Layout("KIT-ML", (16, 17, 18, 19, 11, 12, 13, 14, 1, 3), _KIT_ML),
        Layout("KIT-ML, the right leg first", (11, 12, 13, 14, 16, 17, 18, 19, 1, 3), _KIT_ML),
    ),
    25: (
        Layout("Kinect", (16, 17, 18, 19, 12, 13, 14, 15, 1, 2)),
        Layout("OpenPose", (9, 10, 11, 22, 12, 13, 14, 19, 1, 1)),
    ),
    32: (Layout("Azure Kinect", (22, 23, 24, 25, 18, 19, 20, 21, 1, 3)),),
}  # fmt: skip
#: Skeletons with too few joints, and what they lack.
_KNOWN_BAD = {17: "Human3.6M and COCO have no toes", 14: "LSP has no toes", 16: "MPII has no toes", 18: "no toes"}


def is_joint_shape(shape: Sequence[int]) -> bool:
    """Return whether an array of this shape can be joint positions over time."""
    return _axes(tuple(shape)) is not None or (len(shape) >= 2 and shape[-1] % 3 == 0 and shape[-1] // 3 in _LAYOUTS)


def samples_of(array: Array) -> list[Array] | None:
    """Return the joints (T, J, 3) of each sample of an array of positions; None if it has no such shape.

    Supported are (T, J, 3), (J, 3, T), any sample axes before these, and (T, 3 J) whose bones keep their length.
    """
    axes = _axes(array.shape)
    if axes is not None:
        joint, last = axes
        array = np.moveaxis(array, -1, joint) if last else array
        flat = array.reshape(-1, *array.shape[-3:])
        return list(flat) if len(flat) <= _MAX_SAMPLES else None
    if array.ndim >= 2 and array.shape[-1] % 3 == 0 and array.shape[-1] // 3 in _LAYOUTS and array.shape[-2] > 1:
        samples = list(array.reshape(-1, array.shape[-2], array.shape[-1] // 3, 3))
        rigid = 0 < len(samples) <= _MAX_SAMPLES and _rigidity(samples[0], _best(samples[0])) < _RIGID
        return samples if rigid else None
    return None


def _axes(shape: tuple[int, ...]) -> tuple[int, bool] | None:
    """Return the axis of the joints, and whether the time axis comes last."""
    for axis in reversed(range(len(shape) - 1)):
        if shape[axis] in _LAYOUTS and shape[axis + 1] == 3:
            if axis + 2 == len(shape) and axis > 0:
                return axis, False
            if axis + 3 == len(shape):
                return axis, True
    return None


def landmarks_of(joints: Array, notes: list[str]) -> tuple[Array, Layout, Array | None]:
    """Return the landmarks (T, 10, 3) [m] of joints (T, J, 3), their layout, and the landmarks at rest if known."""
    layout = _best(joints)
    points = joints[:, list(layout.joints)]
    notes.append(f"{joints.shape[1]} joints, in the order of {layout.name}")
    finite = np.isfinite(points).all(axis=(1, 2))
    if finite.any():
        legs = leg_length(points[finite])
        if legs > 0 and not _LEGS[0] < legs < _LEGS[1]:
            unit, note = unit_of(points[finite])
            points = points * unit
            notes.append(note)
    return points, layout, mean_shape().standing if layout.smpl else None


def _best(joints: Array) -> Layout:
    """Return the layout whose bones keep their length, and whose left leg is on the left."""
    layouts = _LAYOUTS[joints.shape[1]]
    if len(layouts) == 1:
        return layouts[0]
    return min(layouts, key=lambda layout: (round(_rigidity(joints, layout), 3), -_leftness(joints, layout)))


def _finite(joints: Array, layout: Layout) -> Array:
    points = joints[:, list(layout.joints)]
    return points[np.isfinite(points).all(axis=(1, 2))]


def _leftness(joints: Array, layout: Layout) -> float:
    points = _finite(joints, layout)
    if not len(points):
        return 0.0
    hip_r, _, ankle_r, toe_r, hip_l, _, ankle_l, toe_l, _, neck = np.moveaxis(points, 1, 0)
    up, ahead = neck - 0.5 * (ankle_r + ankle_l), toe_r - ankle_r + toe_l - ankle_l
    return float(np.sign(np.einsum("ti,ti->t", np.cross(up, ahead), hip_l - hip_r)).mean())


def _rigidity(joints: Array, layout: Layout) -> float:
    """Return how much the length of the bones of the legs varies, as a fraction."""
    points = _finite(joints, layout)
    if not len(points):
        return 0.0
    bones = np.stack([np.linalg.norm(points[:, a] - points[:, a + 1], axis=-1) for a in (0, 1, 4, 5)])
    usual = np.median(bones, axis=1, keepdims=True)
    if usual.min() <= 0 or usual.max() > 3 * usual.min():
        return 1.0
    return float((np.median(np.abs(bones - usual), axis=1) / usual[:, 0]).max())


def described_shapes() -> str:
    """Return the supported shapes, in words."""
    counts = ", ".join(str(count) for count in sorted(_LAYOUTS))
    return f"(T, J, 3) or (J, 3, T) joints, with or without a leading axis of samples, J one of {counts}"


def refuse_shape(shape: Sequence[int], where: str, what: str) -> MotionFormatError:
    """Return the error for an array of another shape."""
    known = next((why for size, why in _KNOWN_BAD.items() if size in shape and 3 in shape), "")
    return MotionFormatError(
        f"{where}: must be {described_shapes()}, or (T, 263) or (T, 251) features, given {what} of shape {tuple(shape)}"
        + (f". {known}" if known else "")
    )
