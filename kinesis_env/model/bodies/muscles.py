"""Optimal fiber lengths, tendon slack lengths and peak forces of the muscles of a scaled body.

Lengths follow L. Modenese, E. Ceseracciu, M. Reggiani and D. Lloyd, "Estimation of musculotendon parameters for scaled
and subject specific musculoskeletal models using an optimization technique", J. Biomech. 49, 2016,
doi:10.1016/j.jbiomech.2015.11.006: in equal poses, the fibers of both bodies should be at equal fractions of their
optimal lengths. With a muscle-tendon length L' of the scaled body and the normalized fiber length f of the default
body, L' = lts' + lopt' f over many poses is linear in the two unknown lengths, and solved by least squares. If all
segments scale by the same factor, both lengths scale exactly with them.

Forces follow G. Handsfield, C. Meyer, J. Hart, M. Abel and S. Blemker, "Relationships of 35 lower limb muscles to
height and body mass quantified using MRI", J. Biomech. 47, 2014, doi:10.1016/j.jbiomech.2013.12.002: all muscles of a
leg together have 47 height mass + 1285 cm^3 (m, kg), of which each muscle has a fixed share. The peak force of a muscle
is its volume over its optimal fiber length, times the specific tension, which does not change with size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import mujoco
import numpy as np

from kinesis_env.model.anatomy import Anatomy, Muscle
from kinesis_env.typing import Array

__all__ = ["leg_muscle_volume", "match_operating_ranges", "scale_forces"]

#: Number of poses in which lengths are matched, and the knee flexion up to which the paths are fitted [rad].
_POSES, _KNEE_LIMIT = 160, 1.75
#: Fibers outside this range of their optimal length count little: muscles do not work there.
_WORKS, _ELSEWHERE = (0.4, 1.6), 0.1


def leg_muscle_volume(height: float, mass: float) -> float:
    """Return the volume of all muscles of a leg [cm^3] for a body's height [m] and mass [kg]."""
    return 47.0 * height * mass + 1285.0


def match_operating_ranges(
    anatomy: Anatomy, before: mujoco.MjModel, after: mujoco.MjModel, poses: int = _POSES
) -> tuple[Muscle, ...]:
    """Return muscles with fiber and tendon lengths that give them the operating ranges of another body's muscles.

    Args:
        anatomy: anatomy whose muscles have the lengths of the first body.
        before: ``mujoco.MjModel`` of the first body.
        after: ``mujoco.MjModel`` of the second body.
        poses: number of poses to compare.
    """
    angles = _poses(before.jnt_range[1:], poses)
    count = len(anatomy.muscles)
    old, new = (_lengths(model, angles)[:, :count] for model in (before, after))
    return tuple(_matched(muscle, old[:, i], new[:, i]) for i, muscle in enumerate(anatomy.muscles))


def scale_forces(before: Sequence[Muscle], after: Sequence[Muscle], volume: float) -> tuple[Muscle, ...]:
    """Return muscles with peak forces for volumes changed by a factor.

    Args:
        before: the muscles with their original forces.
        after: the same muscles with their new lengths.
        volume: the factor.
    """
    return tuple(
        replace(new, max_force=old.max_force * volume * old.optimal_fiber_length / new.optimal_fiber_length)
        for old, new in zip(before, after, strict=True)
    )


def _matched(muscle: Muscle, old: Array, new: Array) -> Muscle:
    fiber = (old - muscle.tendon_slack_length) / muscle.optimal_fiber_length
    weight = np.where((fiber > _WORKS[0]) & (fiber < _WORKS[1]), 1.0, _ELSEWHERE)
    slope, start = np.polyfit(old, new, 1, w=weight)
    low, high = muscle.length_range
    return replace(muscle, length_range=(float(slope * low + start), float(slope * high + start)))


def _poses(ranges: Array, count: int) -> Array:
    """Return angles (count, 14) that cover the ranges evenly: the Halton sequence, without its first point."""
    primes = (2, 3, 5, 7, 11, 13, 17)
    right = np.stack([_halton(base, count) for base in primes], axis=1)
    low, high = ranges.T.copy()
    high[[3, 10]] = _KNEE_LIMIT
    out: Array = low + (high - low) * np.tile(right, 2)
    return out


def _halton(base: int, count: int) -> Array:
    out = np.zeros(count)
    for i in range(count):
        n, part = i + 1, 1.0 / base
        while n:
            n, digit = divmod(n, base)
            out[i] += digit * part
            part /= base
    return out


def _lengths(model: mujoco.MjModel, angles: Array) -> Array:
    """Return the muscle-tendon lengths (n, 80) [m] in poses (n, 14)."""
    data = mujoco.MjData(model)
    out = np.zeros((len(angles), model.ntendon))
    for row, pose in zip(out, angles, strict=True):
        data.qpos[7:] = pose
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_tendon(model, data)
        row[:] = data.ten_length
    return out
