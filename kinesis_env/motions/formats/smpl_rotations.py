"""Rotations of SMPL joints in all common layouts, as rotation vectors.

Rotation vectors, matrices, quaternions (scalar first or last) and two columns or rows of a matrix (6D); with or without
the root, with the path before or after. If the shape is ambiguous, the knees decide: they bend only one way.
"""

from __future__ import annotations

import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.points import MAX_FRAMES
from kinesis_env.typing import Array, Mask

__all__ = ["rotation_vectors", "split_vector", "with_root"]

#: Numbers of joints of a body, with or without hands and face, with and without the root.
_COUNTS = (22, 24, 52, 55)
#: Landmarks need joints up to this one; the knees among them.
_NEEDED, _KNEES = 13, (4, 5)
#: Tolerance of rotation columns from orthonormality, and the fraction of rotations that must meet it.
_TOLERANCE, _MOST = 0.05, 0.95
#: Rotation vectors longer than this are in degrees.
_TURN = 7.0
#: How much better knees must fit for the less usual layout.
_BETTER = 0.1
#: Motion-X: rotations, face and shape, then the path (at this column), then the shape.
_MOTION_X, _MOTION_X_PATH = 322, 309


def rotation_vectors(  # noqa: PLR0911  (a case for each layout)
    array: Array, where: str, key: str, notes: list[str]
) -> Array:
    """Return rotation vectors (T, J, 3) [rad].

    Args:
        array: (T, J, 3), (T, J, 3, 3), (T, J, 4), (T, J, 6), (J, 6, T), or joints and components in one axis.
        where: the file, for messages.
        key: name of the array in the file.
        notes: a description of each decision is appended.

    Raises:
        MotionFormatError: another shape.
    """
    array = _frames_first(array)
    if not 2 <= len(array) <= MAX_FRAMES:
        raise MotionFormatError(f"{where}: {key} must have 2 to {MAX_FRAMES} frames, given {len(array)}")
    frames, shape = len(array), array.shape
    if array.ndim == 4 and shape[2:] == (3, 3):
        return _from_matrices(array)
    if array.ndim == 3 and shape[2] == 9:
        return _from_matrices(array.reshape(frames, -1, 3, 3))
    if array.ndim == 3 and shape[2] == 4:
        return _from_quaternions(array, notes)
    if array.ndim == 3 and shape[2] == 6:
        return _from_six(array, notes)
    if array.ndim == 3 and shape[2] == 3:
        return _in_radians(array, notes)
    if array.ndim == 2 and shape[1] % 6 == 0 and _is_six(array.reshape(frames, -1, 6)):
        return _from_six(array.reshape(frames, -1, 6), notes)
    if array.ndim == 2 and shape[1] % 9 == 0 and _is_orthogonal(*_columns(array.reshape(frames, -1, 3, 3))):
        return _from_matrices(array.reshape(frames, -1, 3, 3))
    if array.ndim == 2 and shape[1] % 3 == 0:
        return _in_radians(array.reshape(frames, -1, 3), notes)
    raise MotionFormatError(
        f"{where}: {key} must have shape (T, 3 J), (T, J, 3), (T, J, 3, 3), (T, J, 4) or (T, J, 6), given {shape}"
    )


def with_root(turns: Array, where: str, key: str) -> Array:
    """Return rotation vectors that begin with the root, or raise if they begin with a hip."""
    if turns.shape[1] not in _COUNTS and _bends(turns, 3) > _bends(turns, 4) + _BETTER:
        raise MotionFormatError(
            f"{where}: {key} contains {turns.shape[1]} joints, the first a hip; the file must also contain the "
            "orientation of the root (global_orient or root_orient)"
        )
    if turns.shape[1] < _NEEDED:
        raise MotionFormatError(f"{where}: {key} must contain at least {_NEEDED} joints, given {turns.shape[1]}")
    return turns


def split_vector(array: Array, where: str, key: str, notes: list[str]) -> tuple[Array, Array]:
    """Return rotation vectors (T, J, 3) and path (T, 3) from rows that hold both.

    Raises:
        MotionFormatError: another shape, or no layout fits.
    """
    columns = array.shape[1]
    if columns == _MOTION_X:
        notes.append("Motion-X: 322 columns")
        return rotation_vectors(array[:, :165], where, key, notes), array[:, _MOTION_X_PATH : _MOTION_X_PATH + 3]
    choices = []
    for name, turns, path in (("behind", array[:, :-3], array[:, -3:]), ("before", array[:, 3:], array[:, :3])):
        try:
            said: list[str] = []
            found = with_root(rotation_vectors(turns, where, key, said), where, key)
        except MotionFormatError:
            continue
        # Most joints rotate little.
        turned = np.linalg.norm(found[:, 1:_NEEDED], axis=-1)
        turned = turned[np.isfinite(turned)]
        fits = _bends(found, 4) - float(turned.mean() if turned.size else 0.0)
        choices.append((fits + (_BETTER if name == "behind" else 0.0), name, found, path, said))
    if not choices:
        raise MotionFormatError(f"{where}: {key} must have shape (T, 3 J), or 3 more columns, given {array.shape}")
    _, name, found, path, said = max(choices, key=lambda choice: choice[0])
    notes += [*said, f"the path stands {name} the rotations, in {columns} columns"]
    return found, path


def _bends(turns: Array, first: int) -> float:
    """Return how much two joints bend like knees: forward about the axis to the left, and about no other."""
    if turns.shape[1] < first + 2:
        return -1.0
    both = turns[:, first : first + 2]
    both = both[np.isfinite(both).all(axis=(1, 2))]
    return float(both[..., 0].mean() - np.abs(both[..., 1:]).mean()) if len(both) else -1.0


def _frames_first(array: Array) -> Array:
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[1] == 6 and array.shape[2] not in (3, 4, 6):
        array = np.moveaxis(array, 2, 0)
    return array


def _in_radians(turns: Array, notes: list[str]) -> Array:
    size = np.linalg.norm(turns, axis=-1)
    size = size[np.isfinite(size)]
    if size.size and float(np.percentile(size, 99)) > _TURN:
        notes.append("rotation vectors are in degrees; converted to radians")
        return np.deg2rad(turns)
    return turns


def _from_matrices(matrices: Array) -> Array:
    bad: Mask = np.isfinite(matrices).all(axis=(-1, -2), keepdims=True) == np.False_
    out = rotations.to_rotvec(rotations.from_matrix(np.where(bad, np.eye(3), matrices)))
    return np.where(bad[..., 0], np.nan, out)


def _from_quaternions(quats: Array, notes: list[str]) -> Array:
    # Most joints rotate little, so that the real part is the largest.
    finite = quats[np.isfinite(quats).all(axis=-1)]
    size = np.abs(finite).sum(axis=0)
    last = bool(size[3] > size[0])
    notes.append(f"quaternions with the real part {'last' if last else 'first'}")
    return rotations.to_rotvec(rotations.normalize(quats[..., [3, 0, 1, 2]] if last else quats))


def _columns(matrices: Array) -> tuple[Array, Array]:
    return matrices[..., :, 0], matrices[..., :, 1]


def _pairs(six: Array) -> dict[str, tuple[Array, Array]]:
    """Return the two vectors of each rotation, for both orders of the numbers."""
    return {"one after the other": (six[..., :3], six[..., 3:]), "in turn": (six[..., 0::2], six[..., 1::2])}


def _is_orthogonal(first: Array, second: Array) -> bool:
    lengths = np.stack([np.linalg.norm(first, axis=-1), np.linalg.norm(second, axis=-1)])
    dot = np.abs(np.einsum("...i,...i->...", first, second))
    fine = (np.abs(lengths - 1) < _TOLERANCE).all(axis=0) & (dot < _TOLERANCE)
    return bool(fine[:, :_NEEDED].mean() > _MOST)


def _is_six(six: Array) -> bool:
    return any(_is_orthogonal(*pair) for pair in _pairs(six).values())


def _from_six(six: Array, notes: list[str]) -> Array:
    """Return rotation vectors from two rows or columns of each matrix, whichever bends the knees as people do."""
    name, (first, second) = next(
        ((name, pair) for name, pair in _pairs(six).items() if _is_orthogonal(*pair)),
        ("one after the other", (six[..., :3], six[..., 3:])),
    )
    one = first / np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), 1e-9)
    two = second - np.einsum("...i,...i->...", one, second)[..., None] * one
    two = two / np.maximum(np.linalg.norm(two, axis=-1, keepdims=True), 1e-9)
    rows = _from_matrices(np.stack((one, two, np.cross(one, two)), axis=-2))
    at = _KNEES[0] if six.shape[1] in _COUNTS else _KNEES[0] - 1
    lying = _bends(-rows, at) > _bends(rows, at)
    notes.append(f"rotations in six numbers: two {'columns' if lying else 'rows'} of a matrix, {name}")
    return -rows if lying else rows
