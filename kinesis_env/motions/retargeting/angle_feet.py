"""Feet of a motion of joint angles: on the ground while they stand, both of them.

Angles come from another body, whose pelvis is wider or whose shank is shorter; on this one the foot that lands then
hovers over the ground or the one that leaves sinks into it. The root carries what the feet have in common, and the legs
are solved onto the rest, staying near the recorded angles.
"""

from __future__ import annotations

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import Poses, skeleton
from kinesis_env.model.kinematics.ik import BodyTarget, solve
from kinesis_env.motions.retargeting.contact import runs
from kinesis_env.motions.retargeting.planting import emerge, foot_shape, turned_feet
from kinesis_env.motions.retargeting.signals import smooth
from kinesis_env.typing import Array, Mask

__all__ = ["plant_feet"]


#: A foot stands that is slower than this [m/s] and less than this above where it usually stands [m].
_SLOW, _LOW = 0.5, 0.06
#: Least fraction of the frames in which a foot stands, and shortest motion [s]: about a step.
_SUPPORTED, _SHORTEST_MOTION = 0.9, 0.5
#: Pitch up to which a standing foot is laid flat, and from which on it is left as it is [rad].
_FLAT, _AS_IT_IS = 0.05, 0.12
#: Shortest stand, and longest change from one foot to the other that is no flight [s].
_SHORTEST, _CHANGE = 0.1, 0.05
#: Costs of a radian away from the recorded angles, squared, in the order of the seven hinges of a leg.
_REST = np.tile([2.0, 2.0, 4.0, 1.0, 1.0, 4.0, 4.0], 2)
#: Costs of a metre of an ankle, and of a radian of a foot that stands and of one that swings, squared.
_ANKLE, _STANDING, _SWINGING = 2e4, 200.0, 40.0
_ROUNDS = 6
#: Least height of a swinging sole [m]; published minima are 10 to 20 mm (Winter 1992, Phys. Ther.).
_CLEARANCE = 0.012
#: For so long before and after a stand it need not be so high [s].
_NEAR = 0.07
#: Sinking of a sole that is let be [m].
_DEPTH = 0.0005


def plant_feet(qpos: Array, fps: float) -> tuple[Array, Mask]:
    """Return qpos (T, 21) whose standing feet are on the ground and still, and which feet stand (T, 2), right first.

    Where no foot stands in many frames, as in a run or where the feet drag, the legs stay as they are, and the body is
    only raised where a sole sinks in; so it is for a motion that is too short to tell.

    Args:
        qpos: a motion whose path and height follow its feet (T, 21).
        fps: frames per second.
    """
    tree = skeleton()
    poses = tree.poses(qpos)
    ankles = poses.pos[:, tree.tracked[3:5]]
    pitch, yaw = _direction(poses)
    standing = _standing(poses, pitch, fps)
    if _supported(standing, fps) < _SUPPORTED or len(qpos) < _SHORTEST_MOTION * fps:
        raised = qpos.copy()
        raised[:, 2] += emerge(_lowest(qpos), fps)
        return raised, np.zeros_like(standing)
    firm = np.clip(smooth(standing.astype(np.float64), np.ones(len(qpos)), (fps / 30) ** 4), 0.0, 1.0)
    share = np.clip((np.abs(pitch) - _FLAT) / (_AS_IT_IS - _FLAT), 0.0, 1.0)
    level = pitch + firm * (share * pitch - pitch)
    turned = [turned_feet(yaw[:, side], level[:, side], side) for side in range(2)]
    sole = _lowest(qpos) - ankles[..., 2] + np.stack([_laid(pitch, level, yaw, side) for side in range(2)], axis=1)
    rise = _rise(ankles[..., 2] + sole, firm, fps)
    out = qpos.copy()
    out[:, 2] += rise
    feet = ankles.copy()
    feet[..., 2] += _lift(-(ankles[..., 2] + sole), standing, fps)
    clear = _CLEARANCE * _swung(standing, fps)
    feet[..., 2] = np.maximum(feet[..., 2], clear - sole)
    for _ in range(_ROUNDS):
        out[:, 7:] = solve(out, _targets(poses, feet, turned, firm), rest_weight=_REST, iterations=5)[:, 7:]
        feet[..., 2] += np.maximum(0.0, clear - _lowest(out) - _DEPTH)
    out[:, 2] += emerge(_lowest(out), fps)
    return out, standing


def _direction(poses: Poses) -> tuple[Array, Array]:
    """Return how far each foot points down, and which way [rad], (T, 2) each."""
    tree = skeleton()
    pitch, yaw = np.empty((len(poses.pos), 2)), np.empty((len(poses.pos), 2))
    for side in range(2):
        hind = tree.feet[side][0].body
        flat = foot_shape(side)
        forward = rotations.rotate(poses.quat[:, hind], np.array([np.cos(flat.yaw), np.sin(flat.yaw), 0.0]))
        pitch[:, side] = np.arcsin(np.clip(-forward[:, 2], -1.0, 1.0))
        yaw[:, side] = np.arctan2(forward[:, 1], forward[:, 0])
    return pitch, np.unwrap(yaw, axis=0)


def _standing(poses: Poses, pitch: Array, fps: float) -> Mask:
    """Return which feet stand (T, 2): some part of the sole is slow and low, each foot by its own measure."""
    tree = skeleton()
    out = np.zeros(pitch.shape, dtype=np.bool_)
    for side in range(2):
        points, radii = tree.sole(poses, side)
        speed = np.linalg.norm(np.gradient(points[..., :2], axis=0), axis=-1) * fps
        bottom = points[..., 2] - radii
        lowest = np.take_along_axis(speed, bottom.argmin(axis=1)[:, None], axis=1)[:, 0]
        height = bottom.min(axis=1)
        usual = np.percentile(height, 20)
        stands = (lowest < _SLOW) & (height < usual + _LOW)
        for first, stop in runs(stands):
            if stop - first < _SHORTEST * fps:
                stands[first:stop] = False
        out[:, side] = stands
    return out


def _supported(standing: Mask, fps: float) -> float:
    """Return the part of the time that one foot or the other stands, or the body changes from one to the other."""
    out: Mask = np.logical_or(standing[:, 0], standing[:, 1])
    for first, stop in runs(~out):
        if stop - first <= _CHANGE * fps:
            out[first:stop] = True
    return float(out.mean())


def _rise(height: Array, firm: Array, fps: float) -> Array:
    """Return by how much the body must rise (T,) [m] for its standing feet (T, 2) to be on the ground on average."""
    total = firm.sum(axis=1)
    mean = -(firm * height).sum(axis=1) / np.maximum(total, 1e-6)
    weight = np.minimum(total, 1.0) + 1e-3
    return smooth(np.where(total > 1e-3, mean, 0.0)[:, None], weight, 2.0 * (fps / 30) ** 4)[:, 0]


def _swung(standing: Mask, fps: float) -> Array:
    """Return how surely each foot is in the midst of a swing (T, 2): 0 about a stand and at both ends of the motion."""
    near = max(1, round(_NEAR * fps))
    padded = np.pad(standing, ((near, near), (0, 0)), constant_values=True)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1, axis=0).any(axis=-1)
    sure = smooth(np.where(around, 0.0, 1.0), np.ones(len(standing)), (fps / 30) ** 4)
    out: Array = np.clip(sure, 0.0, 1.0) * ~standing
    return out


def _laid(pitch: Array, level: Array, yaw: Array, side: int) -> Array:
    """Return by how much the lowest spot of a foot rises (T,) [m] as it is laid flat."""
    shape = foot_shape(side)
    before, after = (turned_feet(yaw[:, side], angle[:, side], side) for angle in (pitch, level))
    return shape.lowest(after, level[:, side]) - shape.lowest(before, pitch[:, side])


def _lowest(qpos: Array) -> Array:
    """Return the height of the lowest spot of each foot (T, 2) [m]."""
    tree = skeleton()
    poses = tree.poses(qpos)
    soles = [tree.sole(poses, side) for side in range(2)]
    return np.stack([(points[..., 2] - radii).min(axis=1) for points, radii in soles], axis=1)


def _lift(height: Array, standing: Mask, fps: float) -> Array:
    """Return how far each ankle moves up (T, 2) [m] for its standing foot to be on the ground; forgotten between."""
    weights = np.where(standing, 1.0, 0.02)
    wanted = np.where(standing, height, 0.0)
    stiffness = 0.2 * (fps / 30) ** 2
    columns = [smooth(wanted[:, s : s + 1], weights[:, s], stiffness, order=1) for s in range(2)]
    return np.concatenate(columns, axis=1)


def _targets(poses: Poses, feet: Array, turned: list[Array], firm: Array) -> list[BodyTarget]:
    tree = skeleton()
    targets = []
    for side in range(2):
        hind = tree.feet[side][0].body
        quat = rotations.slerp(poses.quat[:, hind], turned[side], firm[:, side])
        cost = _SWINGING + (_STANDING - _SWINGING) * firm[:, side]
        targets += [
            BodyTarget(int(tree.tracked[3 + side]), feet[:, side], pos_weight=_ANKLE),
            BodyTarget(hind, np.zeros((len(feet), 3)), quat, pos_weight=0.0, quat_weight=cost),
        ]
    return targets
