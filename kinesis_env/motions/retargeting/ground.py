"""The path of the root, inferred from the feet: a foot on the ground stays in place, at ground height.

All functions take the points of the soles relative to the pelvis, in a frame with world orientation that moves with the
pelvis; the path of the pelvis follows from the points that touch the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import JOINTS
from kinesis_env.signals import smooth
from kinesis_env.typing import Array

__all__ = [
    "Soles",
    "bend_toes",
    "contact_weights",
    "height_from_feet",
    "required_steps",
    "soles",
    "standing_weights",
    "toe_bend",
    "walking_step",
]


#: A sole point this high above the lowest one no longer carries weight [m].
_CONTACT_HEIGHT = 0.012
#: Stiffness of the height curve at 30 Hz, and penetration that is tolerated [m].
_STIFFNESS, _DEPTH = 0.15, 0.0015
#: A sole point that slides at this speed gets a quarter of the weight [m/s].
_SLIDING = 0.25
#: Fraction of the range of the toe joint that walking uses, and fraction of that within which it bends freely.
_BENDS = 0.95


@dataclass(frozen=True)
class Soles:
    """Points of both soles.

    Attributes:
        points: end points of the contact capsules (T, 16, 3) [m], right foot first.
        bottom: height of the lowest spot of each capsule end (T, 16) [m].
    """

    points: Array
    bottom: Array

    @property
    def lowest(self) -> Array:
        """Height of the lowest spot of each foot (T, 2) [m]."""
        half = self.bottom.shape[1] // 2
        return np.stack((self.bottom[:, :half].min(axis=1), self.bottom[:, half:].min(axis=1)), axis=1)


def soles(qpos: ArrayLike) -> Soles:
    """Return the sole points of qpos (T, 21)."""
    tree = skeleton()
    poses = tree.poses(qpos)
    right, radii_right = tree.sole(poses, 0)
    left, radii_left = tree.sole(poses, 1)
    points = np.concatenate((right, left), axis=1)
    return Soles(points, points[..., 2] - np.concatenate((radii_right, radii_left)))


def contact_weights(relative: Soles, height: Array) -> Array:
    """Return the contact weight of each sole point (T, 16): 1 on the ground, 0 from a height of about 3 cm.

    Args:
        relative: points relative to the pelvis.
        height: height of the pelvis (T,) [m].
    """
    above = np.maximum(relative.bottom + height[:, None], 0.0)
    weights: Array = np.exp(-((above / _CONTACT_HEIGHT) ** 2))
    return weights


def standing_weights(relative: Soles, firm: Array) -> Array:
    """Return the contact weight of each sole point (T, 16), given the confidence that each foot stands (T, 2)."""
    half = relative.bottom.shape[1] // 2
    above = relative.bottom - np.repeat(relative.lowest, half, axis=1)
    weights: Array = np.repeat(firm, half, axis=1) * np.exp(-((above / _CONTACT_HEIGHT) ** 2))
    return weights


def height_from_feet(relative: Soles, fps: float) -> Array:
    """Return the pelvis height (T,) [m] that puts the lower foot on the ground.

    A smooth curve that lies on or above the exact height: penetration is penalized far more than floating.

    Args:
        relative: points relative to the pelvis.
        fps: frames per second.
    """
    needed = -relative.lowest.min(axis=1)[:, None]
    weights = np.ones(len(needed))
    for _ in range(12):
        height = smooth(needed, weights, _STIFFNESS * (fps / 30) ** 4)
        weights = np.where((needed - height)[:, 0] > _DEPTH, 30.0, 1.0)
    return height[:, 0]


def bend_toes(angles: Array, quat: Array) -> Array:
    """Return mtp angles (T, 2) [rad], right and left, that lay the toes on the ground at push-off.

    For recordings whose model has rigid feet, where the toes would go through the ground once the heel rises. The toes
    stay level as the foot pitches down, within the range of the joint, and straighten again in the air.

    Args:
        angles: the 14 hinges (T, 14) [rad]; the toe angles are ignored.
        quat: orientation of the pelvis (T, 4).
    """
    tree = skeleton()
    qpos = np.concatenate((np.zeros((len(angles), 3)), quat, angles), axis=1)
    columns = [JOINTS.index("mtp_angle_r"), JOINTS.index("mtp_angle_l")]
    qpos[:, [7 + column for column in columns]] = 0.0
    poses = tree.poses(qpos)
    pitch, ball = np.empty((len(angles), 2)), np.empty((len(angles), 2))
    for side in range(2):
        hind = [capsule for capsule in tree.feet[side] if capsule.body == tree.feet[side][0].body]
        points = np.stack([poses.points(capsule.body, capsule.ends) for capsule in hind], axis=1)
        ahead = rotations.rotate(poses.quat[:, tree.feet[side][0].body], np.array([1.0, 0.0, 0.0]))
        pitch[:, side] = np.arctan2(-ahead[:, 2], np.hypot(ahead[:, 0], ahead[:, 1]))
        ball[:, side] = points[..., 2].min(axis=(1, 2)) - hind[0].radius
    above = ball - ball.min(axis=1, keepdims=True)
    near = 1.0 / (1.0 + (np.maximum(above, 0.0) / 0.04) ** 4)
    low, high = tree.ranges[columns].T
    # The hinge is oblique to the foot: only its mediolateral component levels the toes.
    across = np.array([-tree.links[_toe_link(side)].axes[0, 1] for side in range(2)])
    return toe_bend(pitch * near, across, low, high)


def toe_bend(pitch: Array, across: ArrayLike, low: ArrayLike, high: ArrayLike) -> Array:
    """Return the toe angles (...) [rad] that lay the toes of feet pitched down by ``pitch`` on the ground.

    Close to the limit of the joint the angle saturates slightly before it.

    Args:
        pitch: (...) [rad].
        across: fraction of a toe angle that levels the toes; the hinge is oblique to the foot.
        low: smallest toe angle [rad].
        high: largest toe angle [rad].
    """
    wanted = np.maximum(pitch, 0.0) / np.asarray(across)
    end = _BENDS * np.where(wanted < 0, -np.asarray(low), np.asarray(high))
    free = _BENDS * end
    beyond = np.maximum(np.abs(wanted) - free, 0.0)
    size = np.minimum(np.abs(wanted), free) + (end - free) * (1.0 - np.exp(-beyond / (end - free)))
    out: Array = np.sign(wanted) * size
    return out


def _toe_link(side: int) -> int:
    toes = skeleton().feet[side][-1].body
    return next(i for i, link in enumerate(skeleton().links) if link.body == toes)


def walking_step(relative: Soles) -> Array:
    """Return the pelvis's typical forward step per frame as a horizontal vector (2,) [m], from the feet alone.

    The lower foot gives the direction; at any time in a walk, the foot that moves fastest against it, relative to the
    pelvis, is the stance foot.
    """
    half = relative.points.shape[1] // 2
    feet = np.stack((relative.points[:, :half, 0].mean(axis=1), relative.points[:, half:, 0].mean(axis=1)), axis=1)
    moved = -np.diff(feet, axis=0)
    lower = relative.lowest[1:].argmin(axis=1)
    sign = 1.0 if np.median(moved[np.arange(len(moved)), lower]) >= 0 else -1.0
    return np.array([sign * max(0.0, float(np.median((sign * moved).max(axis=1)))), 0.0])


def required_steps(
    relative: Soles, weights: Array, expected: Array, fps: float, *, trust: float = 0.02
) -> tuple[Array, Array]:
    """Return the steps of the pelvis between frames that keep the sole points on the ground in place.

    A point that would slide, given the motion of the pelvis, is not in contact, however low it is: points are weighted
    by their height and, iteratively, by the speed at which they would slide.

    Args:
        relative: points relative to the pelvis.
        weights: contact weight of each point (T, 16).
        expected: first guess of the steps (T-1, 2) [m].
        fps: frames per second.
        trust: weight of the first guess relative to a sole point in contact.

    Returns:
        Horizontal steps (T-1, 2) [m], and the total contact weight behind each (T-1,), 0 in flight and at most 1.
    """
    both = np.minimum(weights[1:], weights[:-1])
    moved = relative.points[1:, :, :2] - relative.points[:-1, :, :2]
    steps = expected
    for _ in range(6):
        slide = np.linalg.norm(moved + steps[:, None], axis=-1) * fps
        standing = both / (1.0 + (slide / _SLIDING) ** 2) ** 2
        firmness = standing.sum(axis=1)
        exact = -(standing[..., None] * moved).sum(axis=1)
        steps = (exact + trust * expected) / (firmness + trust)[:, None]
        steps = smooth(steps, firmness + trust, 0.5)
    return steps, np.minimum(firmness, 1.0)
