"""From a motion of one body to the motion of another that does the same.

Every joint keeps its angle, as far as the feet allow: the course of the hips and the places of the feet are scaled with
the leg, feet keep their orientation and their height over the ground, and the legs are solved onto them. Where all
segments of the legs differ by one factor, no angle changes. Time stays as it is, so that speeds scale too.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kinesis_env.model.bodies import Body
from kinesis_env.model.kinematics.forward import Poses, Skeleton
from kinesis_env.model.kinematics.leg_ik import solve_legs
from kinesis_env.motions.motion import Motion
from kinesis_env.typing import Array

__all__ = ["leg_length_of", "onto_body"]


def onto_body(motion: Motion, body: Body) -> Motion:
    """Return the motion of another body that does what a motion does.

    Args:
        motion: of any body.
        body: the other body; for its own, the motion comes back as it is.
    """
    if motion.body.shape == body.shape:
        return motion if motion.body == body else motion.replace(body=body)
    source, target = _tree(motion.body), _tree(body)
    factor = leg_length_of(body) / leg_length_of(motion.body)
    poses = source.poses(motion.qpos)
    qpos = motion.qpos.copy()
    # The middle of the hips takes the scaled course.
    hips = factor * _hips(source, poses)
    qpos[:, :3] = hips - (_hips(target, target.poses(qpos)) - qpos[:, :3])
    heels = np.stack([poses.pos[:, feet[0].body] for feet in source.feet])
    turns = np.stack([poses.quat[:, feet[0].body] for feet in source.feet])
    places = factor * heels
    places[..., 2] += _rise(source, target, motion.qpos, poses, heels, places, turns, factor)
    with body.in_use():
        solved = solve_legs(qpos, places, turns)
    changed = np.rad2deg(np.abs(solved[:, 7:] - motion.qpos[:, 7:]))
    note = f"put onto {body}: {factor:.3f} times the size; leg joints moved by {changed.max():.1f} deg at most"
    return Motion.from_qpos(
        solved,
        motion.fps,
        name=motion.name,
        caption=motion.caption,
        source=motion.source,
        license=motion.license,
        notes=(*motion.notes, note),
        fit={},
        start=motion.start,
        body=body,
    )


@lru_cache(maxsize=64)
def leg_length_of(body: Body) -> float:
    """Return the height of the hips over the soles when a body stands straight [m]."""
    tree = _tree(body)
    rest = np.zeros((1, 21))
    rest[0, 3] = 1.0
    poses = tree.poses(rest)
    lowest = min(float((ends[..., 2] - radii).min()) for ends, radii in (tree.sole(poses, side) for side in (0, 1)))
    return float(_hips(tree, poses)[0, 2]) - lowest


def _tree(body: Body) -> Skeleton:
    return body.skeleton


def _hips(tree: Skeleton, poses: Poses) -> Array:
    """Return the middle of the hip joints (T, 3) [m]."""
    first = [tree.chains[feet[0].body][0] for feet in tree.feet]
    out: Array = poses.anchors[:, first].mean(axis=1)
    return out


def _rise(
    source: Skeleton,
    target: Skeleton,
    qpos: Array,
    poses: Poses,
    heels: Array,
    places: Array,
    turns: Array,
    factor: float,
) -> Array:
    """Return how much higher the heels (2, T) [m] must be for the soles to have their scaled height."""
    del qpos
    out = np.zeros(heels.shape[:2])
    for side in (0, 1):
        ends, radii = source.sole(poses, side)
        wanted = factor * (ends[..., 2] - radii).min(axis=1)
        toes = _toes(target, source, poses, side, places[side], turns[side])
        out[side] = wanted - toes
    return out


def _toes(target: Skeleton, source: Skeleton, poses: Poses, side: int, place: Array, turn: Array) -> Array:
    """Return the height of the lowest point of a foot (T,) [m] at places (T, 3), with the toes bent as they are."""
    from kinesis_env import rotations  # noqa: PLC0415

    theirs, own = source.feet[side], target.feet[side]
    heel, tip = own[0].body, own[-1].body
    link = next(link for link in target.links if link.body == tip)
    at = place + rotations.rotate(turn, link.offset)
    bent = poses.quat[:, theirs[-1].body]
    lowest = np.full(len(place), np.inf)
    for capsule in own:
        where, how = (place, turn) if capsule.body == heel else (at, bent)
        ends = where[:, None] + rotations.rotate(how[:, None], capsule.ends)
        lowest = np.minimum(lowest, (ends[..., 2] - capsule.radius).min(axis=1))
    return lowest
