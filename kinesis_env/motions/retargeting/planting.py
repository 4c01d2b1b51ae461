"""Foot placement: feet stay in place while the recorded foot is in stance, and move freely in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.in_use import per_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.motions.retargeting.contact import CLEARANCE, runs
from kinesis_env.motions.retargeting.ground import toe_bend
from kinesis_env.signals import smooth, smooth_step
from kinesis_env.typing import Array, Mask

__all__ = [
    "FootShape",
    "carry",
    "clearance",
    "foot_shape",
    "grip",
    "plant",
    "roll_off",
    "standing_pitch",
    "still",
    "turned_feet",
]


#: Pitch up to which a stance foot is made flat, and from which it is left unchanged [rad].
_FLAT, _AS_IT_IS = 0.14, 0.35
#: Time after and before contact in which a swing foot need not have its full clearance [s].
_LIFT = 0.034
#: A part of the sole this far above the others no longer holds the foot [m]; one this fast holds it less [m/s].
_LIFTED, _STILL = 0.012, 0.1
#: A foot rolls off over the tip of its toes for at most this time [s], below this speed [m/s] and this height [m].
_ROLL, _ROLL_SLOW, _ROLL_LOW = 0.034, 0.45, 0.03
#: A stance foot follows the drift of the recorded foot with this time constant [s].
_CREEP = 0.3
#: The offset of a stance fades out within this time of the swing [s].
_FORGET = 0.35


@dataclass(frozen=True, eq=False)
class FootShape:
    """One foot of the body at zero angles, in axes x forward, y left, z up, from the origin of the ankle [m].

    Attributes:
        heel: the lowest point of the heel (3,).
        toes: the joint of the toes (3,).
        yaw: direction of ``toes`` in the horizontal plane [rad].
        hind: capsule ends of the foot (n, 3).
        fore: capsule ends of the toes (m, 3).
        radii: radii of both (n + m,).
        across: fraction of a toe angle that levels the toes.
        bend_range: range of the toe joint (2,) [rad].
    """

    heel: Array
    toes: Array
    yaw: float
    hind: Array
    fore: Array
    radii: Array
    across: float
    bend_range: Array

    def bend(self, pitch: Array) -> Array:
        """Return toe angles (T,) [rad] that keep the toes of a foot pitched down by ``pitch`` (T,) on the ground."""
        return toe_bend(pitch, self.across, *self.bend_range)

    def bent(self, pitch: Array) -> Array:
        """Return the positions of the capsule ends of the bent toes (T, m, 3), in the axes of the foot."""
        turn = rotations.from_rotvec(self.bend(pitch)[:, None] * np.array([0.0, -self.across, 0.0]))
        out: Array = self.toes + rotations.rotate(turn[:, None], self.fore - self.toes)
        return out

    def tip(self, pitch: Array) -> Array:
        """Return the position of the tip of the bent toes (T, 3), in the axes of the foot."""
        return self.bent(pitch)[:, self.fore[:, 0].argmax()]

    def lowest(self, quat: Array, pitch: Array) -> Array:
        """Return the height of the lowest point of the sole relative to the ankle (T,), negative, with bent toes."""
        fore = self.bent(pitch)
        hind = np.broadcast_to(self.hind, (len(quat), *self.hind.shape))
        points = rotations.rotate(quat[:, None], np.concatenate((hind, fore), axis=1))
        height: Array = (points[..., 2] - self.radii).min(axis=1)
        return height


@per_body
def foot_shape(side: int) -> FootShape:
    """Return the right (0) or left (1) foot."""
    tree = skeleton()
    rest = np.zeros((1, 21))
    rest[0, 3] = 1.0
    poses = tree.poses(rest)
    capsules = tree.feet[side]
    hind_body, toe_body = capsules[0].body, capsules[-1].body
    ankle = poses.pos[0, tree.tracked[3 + side]]
    hind: list[Array] = []
    fore: list[Array] = []
    hind_radii: list[float] = []
    fore_radii: list[float] = []
    for capsule in capsules:
        ends = poses.points(capsule.body, capsule.ends)[0] - ankle
        (hind if capsule.body == hind_body else fore).append(ends)
        (hind_radii if capsule.body == hind_body else fore_radii).extend([capsule.radius] * 2)
    points = np.concatenate(hind)
    toes = poses.pos[0, toe_body] - ankle
    heel = points[points[:, 0] < points[:, 0].min() + 0.02].mean(axis=0)
    floor = min((points[:, 2] - hind_radii).min(), (np.concatenate(fore)[:, 2] - fore_radii).min())
    link = next(link for link in tree.links if link.body == toe_body)
    return FootShape(
        heel=np.array([heel[0], heel[1], floor]),
        toes=toes,
        yaw=float(np.arctan2(toes[1], toes[0])),
        hind=points,
        fore=np.concatenate(fore),
        radii=np.array(hind_radii + fore_radii),
        across=float(-link.axes[0, 1]),
        bend_range=tree.ranges[link.addresses[0] - 7],
    )


def turned_feet(yaw: Array, pitch: Array, side: int) -> Array:
    """Return the orientation (T, 4) of a foot whose ball is at ``yaw`` (T,) from its ankle, pitched down (T,) [rad]."""
    down = rotations.from_rotvec(pitch[:, None] * np.array([0.0, 1.0, 0.0]))
    return rotations.multiply(rotations.from_yaw(yaw - foot_shape(side).yaw), down)


def standing_pitch(pitch: Array, toe: Mask, heel: Mask) -> Array:
    """Return the pitch (T,) of a foot, made flat in stance where it nearly is, until the heel rises."""
    share = np.clip((np.abs(pitch) - _FLAT) / (_AS_IT_IS - _FLAT), 0.0, 1.0)
    laid = pitch * share
    # With the heel on the ground the toes are up or flat; with the ball on the ground the heel is up or flat.
    laid = np.where(toe & heel, 0.5 * laid, laid)
    rising = smooth((toe & ~heel & (pitch > 0)).astype(float)[:, None], np.ones(len(pitch)), 1.0)[:, 0]
    laid += np.clip(rising, 0.0, 1.0) * (pitch - laid)
    weight = smooth((toe | heel).astype(float)[:, None], np.ones(len(pitch)), 1.0)[:, 0]
    return pitch + np.clip(weight, 0.0, 1.0) * (laid - pitch)


def plant(ankle: Array, yaw: Array, pitch: Array, standing: Mask, *, side: int, fps: float) -> Array:
    """Return ankle positions (T, 3) [m] with which the stance foot rolls on the ground and does not slide.

    Args:
        ankle: positions before (T, 3) [m].
        yaw: direction of the foot (T,) [rad].
        pitch: pitch of the foot, positive down (T,) [rad].
        standing: whether it is on the ground (T,).
        side: 0 right, 1 left.
        fps: frames per second.
    """
    shape = foot_shape(side)
    quat = turned_feet(yaw, pitch, side)
    floor = -shape.lowest(quat, pitch)
    rolled = _rolling(ankle, quat, shape.tip(pitch), shape, fps)
    out = ankle.copy()
    stands = runs(standing)
    for first, stop in stands:
        part = slice(first, stop)
        # In place, unless the recorded foot drifts for longer than a step takes.
        out[part, :2] = still(ankle[part, :2] - rolled[part], fps, _CREEP) + rolled[part]
        out[part, 2] = floor[part]
    moved = out - ankle
    carry(moved, stands, fps)
    out = ankle + moved
    out[:, 2] = np.maximum(out[:, 2], floor + np.where(standing, 0.0, clearance(standing, fps)))
    return out


def roll_off(ankle: Array, yaw: Array, pitch: Array, standing: Mask, *, side: int, fps: float) -> Mask:
    """Return when a foot is in stance (T,), including the time when its ball has left the ground and its toes have not.

    Recorded points end at the ball, so this is decided from the motion of the toes of this body.

    Args:
        ankle: positions (T, 3) [m].
        yaw: direction of the foot (T,) [rad].
        pitch: pitch of the foot, positive down (T,) [rad].
        standing: whether heel or ball is on the ground (T,).
        side: 0 right, 1 left.
        fps: frames per second.
    """
    shape = foot_shape(side)
    quat = turned_feet(yaw, pitch, side)
    tip = ankle + rotations.rotate(quat, shape.tip(pitch))
    slow = np.linalg.norm(np.diff(tip[:, :2], axis=0), axis=1) * fps < _ROLL_SLOW
    low = (ankle[:, 2] + shape.lowest(quat, pitch))[1:] < _ROLL_LOW
    rolls = np.concatenate(([False], slow & low & (np.diff(pitch) > 0) & (pitch[1:] > 0)))
    out = standing.copy()
    for _, stop in runs(standing):
        after = rolls[stop : stop + round(_ROLL * fps)]
        out[stop : stop + len(after)] |= np.logical_and.accumulate(after)
    return out


def still(places: Array, fps: float, time: float) -> Array:
    """Return the places (n, k) of one stance, without changes faster than ``time`` [s]."""
    return smooth(places, np.ones(len(places)), (time * fps) ** 2, order=1) if len(places) > 2 else places


def _rolling(ankle: Array, quat: Array, tip: Array, shape: FootShape, fps: float) -> Array:
    """Return the horizontal path (T, 2) of the ankle of a foot that rolls over heel, ball and toes or turns about them.

    Heel, toe joint and tip of the toes, ``tip`` (T, 3) from the ankle, hold the foot: the less, the higher above the
    ground and the faster they are.
    """
    total = np.zeros((len(ankle) - 1, 1))
    steps = np.zeros((len(ankle) - 1, 2))
    front = shape.fore[shape.fore[:, 0].argmax()]
    arms = [rotations.rotate(quat, point) for point in (shape.heel, shape.toes, tip)]
    for arm, flat in zip(arms, (shape.heel, shape.toes, front), strict=True):
        arm[:, 2] -= flat[2] - shape.heel[2]
    floor = np.min([arm[:, 2] for arm in arms], axis=0)
    for arm in arms:
        speed = np.linalg.norm(np.diff((ankle + arm)[:, :2], axis=0), axis=1) * fps
        above = arm[:, 2] - floor
        hold = np.exp(-((0.5 * (above[1:] + above[:-1]) / _LIFTED) ** 2)) / (speed**2 + _STILL**2)
        steps -= hold[:, None] * np.diff(arm[:, :2], axis=0)
        total += hold[:, None]
    return np.concatenate((np.zeros((1, 2)), np.cumsum(steps / total, axis=0)))


def carry(moved: Array, stands: list[tuple[int, int]], fps: float) -> None:
    """Fill shifts (T, k) between stances, in place: the last one fades out and the next one fades in."""
    gaps = list(zip([0, *(stop for _, stop in stands)], [*(first for first, _ in stands), len(moved)], strict=True))
    for first, stop in gaps:
        count = stop - first
        if count <= 0:
            continue
        since = np.arange(1, count + 1)
        until = since[::-1]
        span = min(_FORGET * fps, count + 1)
        if first > 0:
            moved[first:stop] += (1 - smooth_step(since / span))[:, None] * moved[first - 1]
        if stop < len(moved):
            moved[first:stop] += (1 - smooth_step(until / span))[:, None] * moved[stop]


def clearance(standing: Mask, fps: float) -> Array:
    """Return the minimum height (T,) [m] of a foot in stance (T,) or swing: zero near a contact."""
    out: Array = CLEARANCE * (1.0 - grip(standing, fps, _LIFT))
    return out


def grip(standing: Mask, fps: float, fading: float = 0.2) -> Array:
    """Return 1 in stance and 0 more than ``fading`` seconds away from it, with a smooth transition (T,)."""
    away = np.minimum(_since(standing), _since(standing[::-1])[::-1])
    out: Array = 1.0 - smooth_step(away / (fading * fps))
    return out


def _since(standing: Mask) -> Array:
    index = np.arange(len(standing))
    last = np.maximum.accumulate(np.where(standing, index, -10_000))
    out: Array = (index - last).astype(np.float64)
    return out
