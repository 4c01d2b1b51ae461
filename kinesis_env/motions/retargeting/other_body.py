"""From a motion of one body to the same motion of another.

Every joint keeps its angle as far as the feet allow: the path of the hips and the positions of the feet are scaled with
the leg, feet keep their orientation and their height above the ground, and the legs are solved to reach them. If all
segments of the legs differ by the same factor, no angle changes. Time is unchanged, so speeds scale too.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.bodies import Body
from kinesis_env.model.kinematics.forward import Poses, Skeleton
from kinesis_env.model.kinematics.leg_ik import solve_legs
from kinesis_env.motions.motion import Motion
from kinesis_env.typing import Array

__all__ = ["leg_length_of", "onto_body", "poses_onto_body"]

#: A foot too low by more than this [m] is lifted, in this many passes.
_SUNK, _PASSES = 0.0005, 3


def onto_body(motion: Motion, body: Body) -> Motion:
    """Return the same motion of another body.

    Args:
        motion: a motion of any body.
        body: the other body; poses are unchanged if its lengths are the same.
    """
    if motion.body.shape == body.shape:
        return motion if motion.body == body else motion.replace(body=body)
    qpos = poses_onto_body(motion.qpos, motion.body, body)
    factor = leg_length_of(body) / leg_length_of(motion.body)
    changed = float(np.rad2deg(np.abs(qpos[:, 7:] - motion.qpos[:, 7:])).max())
    note = f"retargeted to {body}: legs times {factor:.3f}; leg joints moved by at most {changed:.1f} deg"
    return motion.with_qpos(qpos, note, start=motion.start, body=body)


def poses_onto_body(qpos: Array, before: Body, after: Body) -> Array:
    """Return poses (T, 21) of one body transferred to another, with the path scaled with the legs."""
    source, target = before.skeleton, after.skeleton
    factor = leg_length_of(after) / leg_length_of(before)
    poses = source.poses(qpos)
    out = qpos.copy()
    out[:, :3] = factor * _hips(source, poses) - (_hips(target, target.poses(qpos)) - qpos[:, :3])
    heels = [feet[0].body for feet in source.feet]
    turns = np.stack([poses.quat[:, heel] for heel in heels])
    places = factor * np.stack([poses.pos[:, heel] for heel in heels])
    heights = factor * _soles(source, poses)
    for side in (0, 1):
        places[side, :, 2] += heights[side] - _lowest(target, side, places[side], turns[side], out)
    with after.in_use():
        out = solve_legs(out, places, turns)
        for _ in range(_PASSES):
            # If a joint is at its limit, the foot is rotated, and stands on its edge rather than in the ground.
            sunk = np.maximum(heights - _soles(target, target.poses(out)), 0.0)
            rows = np.flatnonzero(sunk.max(axis=0) > _SUNK)
            if not rows.size:
                break
            places[:, rows, 2] += sunk[:, rows]
            out[rows] = solve_legs(out[rows], places[:, rows], turns[:, rows])
    return out


@lru_cache(maxsize=64)
def leg_length_of(body: Body) -> float:
    """Return the height of the hips above the soles of a body that stands straight [m]."""
    tree = body.skeleton
    rest = np.zeros((1, 21))
    rest[0, 3] = 1.0
    poses = tree.poses(rest)
    return float(_hips(tree, poses)[0, 2] - _soles(tree, poses).min())


def _soles(tree: Skeleton, poses: Poses) -> Array:
    """Return the height of the lowest point of each foot (2, T) [m]."""
    soles = [tree.sole(poses, side) for side in (0, 1)]
    return np.stack([(ends[..., 2] - radii).min(axis=1) for ends, radii in soles])


def _hips(tree: Skeleton, poses: Poses) -> Array:
    """Return the midpoint of the hip joints (T, 3) [m]."""
    out: Array = poses.anchors[:, [tree.chains[feet[0].body][0] for feet in tree.feet]].mean(axis=1)
    return out


def _lowest(tree: Skeleton, side: int, place: Array, turn: Array, qpos: Array) -> Array:
    """Return the height of a foot's lowest point (T,) [m]; its heel bone is at ``place`` (T, 3), oriented (T, 4)."""
    heel, tip = tree.feet[side][0].body, tree.feet[side][-1].body
    toes = next(link for link in tree.links if link.body == tip)
    half = 0.5 * qpos[:, toes.addresses[0], None]
    bend = np.concatenate((np.cos(half), np.sin(half) * toes.axes[0]), axis=-1)
    placed = {
        heel: (place, turn),
        tip: (place + rotations.rotate(turn, toes.offset), rotations.multiply(turn, bend)),
    }
    lowest = np.full(len(place), np.inf)
    for capsule in tree.feet[side]:
        at, how = placed[capsule.body]
        ends = at[:, None] + rotations.rotate(how[:, None], capsule.ends)
        lowest = np.minimum(lowest, (ends[..., 2] - capsule.radius).min(axis=1))
    return lowest
