"""Pose of each foot over time: at rest in stance, above the ground from one stance to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.motions.gait.cycles import cycle_shapes, sample
from kinesis_env.motions.gait.foot_sole import right_foot
from kinesis_env.motions.gait.stances import Stances
from kinesis_env.motions.retargeting.contact import CLEARANCE
from kinesis_env.signals import smooth_step
from kinesis_env.typing import Array, Mask

__all__ = ["FootPath", "foot_path", "stance_shares"]


#: Minimum lateral distance between the feet while one passes the other [m].
_APART = 0.125
#: Distance in front of and behind the other foot within which that holds [m].
_BESIDE = 0.26
#: Largest lateral detour of a swing foot for that [m].
_WIDEST_BOW = 0.15
#: A foot that comes to a standstill is flat from this fraction of its stance.
_FLAT_SHARE = 0.3
#: Longest time over which the rollover of a stance is spread [s].
_LONGEST_STANCE = 0.9
#: Pitch up to which a stance foot is made flat [rad]; beyond three times that it is left unchanged.
_FLAT = 0.04
#: Time after toe-off in which the toes straighten [s].
_STRAIGHTEN = 0.13


@dataclass(frozen=True)
class FootPath:
    """One foot over time.

    Attributes:
        pos: position of the heel bone (T, 3) [m].
        quat: orientation of the heel bone (T, 4), wxyz.
        bend: angle of the toe joint (T,) [rad].
        standing: whether it is on the ground (T,).
        share: completed fraction of the stance or of the swing (T,).
        swing: number of the swing, for frames in the air (T,).
    """

    pos: Array
    quat: Array
    bend: Array
    standing: Mask
    share: Array
    swing: NDArray[np.int64]


def foot_path(side: int, own: Stances, other: Stances, times: Array, weights: Array) -> FootPath:
    """Return the pose of a foot over time.

    Args:
        side: 0 right, 1 left.
        own: its stances.
        other: stances of the other foot.
        times: (T,) [s].
        weights: weights of the shapes of the gait (T, 7).
    """
    # A left foot is computed as the right foot of the mirrored body.
    sign = -1.0 if side == 1 else 1.0
    place, yaw = own.place * (1.0, sign), own.yaw * sign
    index, standing, share = stance_shares(own, times)
    pitch = _stance_pitch(weights, share)
    pos, quat, bend = _planted(place[index], yaw[index], pitch)
    air = np.flatnonzero(~standing)
    if air.size:
        swing = _swing(own, other, sign, index=index[air], weights=weights[air], share=share[air], times=times[air])
        pos[air], quat[air], bend[air] = swing
    pos[:, 1] *= sign
    quat[:, 1] *= sign
    quat[:, 3] *= sign
    return FootPath(pos, quat, bend, standing, share, index)


def stance_shares(own: Stances, times: Array) -> tuple[NDArray[np.int64], Mask, Array]:
    """Return the index of the stance, whether the foot is in it, and the completed fraction of stance or swing (T,)."""
    index = np.searchsorted(own.lands, times, side="right") - 1
    standing = times <= own.leaves[index]
    lands, leaves = own.lands[index], own.leaves[index]
    again = np.append(own.lands[1:], np.inf)[index]
    # A long stance rolls over at its beginning and at its end, and is flat in between.
    span = np.minimum(leaves - lands, _LONGEST_STANCE)
    landing = (times - lands) / span
    leaving = 1.0 - (leaves - times) / span
    whole = leaves - lands <= _LONGEST_STANCE
    stance = np.where(whole, landing, np.maximum(np.minimum(landing, _FLAT_SHARE), leaving))
    flown = np.where(standing, 0.0, times - leaves)
    swing = flown / np.where(standing, 1.0, again - np.where(standing, 0.0, leaves))
    return index, standing, np.clip(np.where(standing, stance, swing), 0.0, 1.0)


def _stance_pitch(weights: Array, share: Array) -> Array:
    pitch = sample(cycle_shapes().pitch[:, 0], weights, share)
    flat = pitch * smooth_step((np.abs(pitch) / _FLAT - 1.0) / 2.0)
    # Once the heel rises, it does so without a pause.
    leaving = smooth_step((share - _FLAT_SHARE - 0.1) / 0.2)
    out: Array = flat + leaving * np.maximum(pitch - flat, 0.0)
    return out


def _planted(place: Array, yaw: Array, pitch: Array) -> tuple[Array, Array, Array]:
    """Return a stance foot rotated about its heel or its toes, with its lowest point on the ground."""
    foot = right_foot()
    flat = rotations.from_yaw(yaw)
    turned = rotations.multiply(flat, rotations.from_rotvec(pitch[:, None] * np.array([0.0, 1.0, 0.0])))
    bend = foot.bend(pitch)
    landing = (pitch < 0)[:, None]
    before = np.where(landing, foot.heel, foot.toes(np.zeros_like(bend)))
    after = np.where(landing, foot.heel, foot.toes(bend))
    pos = rotations.rotate(flat, before) - rotations.rotate(turned, after)
    pos[:, :2] += place
    pos[:, 2] -= foot.lowest(pos, turned, bend)
    return pos, turned, bend


def _swing(
    own: Stances,
    other: Stances,
    sign: float,
    *,
    index: NDArray[np.int64],
    weights: Array,
    share: Array,
    times: Array,
) -> tuple[Array, Array, Array]:
    """Return a swing foot, from the end of stance ``index`` to the beginning of the next one."""
    shapes = cycle_shapes()
    place, yaw = own.place * (1.0, sign), own.yaw * sign
    first, second = place[index], place[index + 1]
    leave_pitch = _stance_pitch(weights, np.ones(len(share)))
    land_pitch = _stance_pitch(weights, np.zeros(len(share)))
    start, _, start_bend = _planted(first, yaw[index], leave_pitch)
    end, _, end_bend = _planted(second, yaw[index + 1], land_pitch)
    progress = sample(shapes.progress, weights, share)
    pos = start + progress[:, None] * (end - start)
    pos[:, 2] = start[:, 2] + share * (end[:, 2] - start[:, 2]) + sample(shapes.lift, weights, share)
    turned = yaw[index] + smooth_step(share) * (yaw[index + 1] - yaw[index])
    pitch = sample(shapes.pitch[:, 1], weights, share)
    # The ends of the table are matched to the pitch of the stance foot, which is flat for small angles.
    ends = [sample(shapes.pitch[:, 1], weights, np.full(len(share), end_share)) for end_share in (0.0, 1.0)]
    pitch += (1 - smooth_step(2 * share)) * (leave_pitch - ends[0]) + smooth_step(2 * share - 1) * (
        land_pitch - ends[1]
    )
    quat = rotations.multiply(
        rotations.from_yaw(turned), rotations.from_rotvec(pitch[:, None] * np.array([0.0, 1.0, 0.0]))
    )
    since = times - own.leaves[index]
    until = own.lands[index + 1] - times
    bend = start_bend * smooth_step(1 - since / _STRAIGHTEN) + end_bend * smooth_step(1 - until / _STRAIGHTEN)
    pos[:, :2] += _way_around(other, sign, index=index, share=share, pos=pos, times=times)
    arch = np.sin(np.pi * share)
    lowest = right_foot().lowest(pos, quat, bend)
    inner = (share > 0.12) & (share < 0.88)
    lacking = np.zeros(len(own.place) + 1)
    np.maximum.at(lacking, index[inner], ((CLEARANCE * arch - lowest) / arch)[inner])
    pos[:, 2] += arch * lacking[index]
    pos[:, 2] += np.maximum(0.0, -right_foot().lowest(pos, quat, bend))
    return pos, quat, bend


def _way_around(
    other: Stances, sign: float, *, index: NDArray[np.int64], share: Array, pos: Array, times: Array
) -> Array:
    """Return the lateral detour (n, 2) [m] with which a swing foot passes the stance foot at a distance."""
    stood = np.searchsorted(other.lands, times, side="right") - 1
    place, yaw = other.place[stood] * (1.0, sign), other.yaw[stood] * sign
    away = pos[:, :2] - place
    cos, sin = np.cos(yaw), np.sin(yaw)
    ahead = cos * away[:, 0] + sin * away[:, 1]
    # Right of the stance foot is positive: the swing foot is the right one.
    beside = sin * away[:, 0] - cos * away[:, 1]
    arch = np.sin(np.pi * share) ** 2
    near = (np.abs(ahead) < _BESIDE) & (arch > 0.4)
    bow = np.zeros(int(index.max()) + 2)
    np.maximum.at(bow, index[near], ((_APART - beside) / np.maximum(arch, 0.4))[near])
    bow = np.minimum(bow, _WIDEST_BOW)
    amount = (bow[index] * arch)[:, None]
    out: Array = amount * np.stack((sin, -cos), axis=1)
    return out
