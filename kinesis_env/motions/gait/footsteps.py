"""Where a walking foot is, frame by frame: planned on the ground while it stands, free while it swings.

The standing foot turns about its heel until it is flat, stays flat, and turns about its toe joint until it leaves. The
events are found on the unplanned motion: heel strike one frame after the heel is furthest ahead of the pelvis, toe off
where the toes are furthest behind (Zeni et al. 2008, Gait & Posture, doi 10.1016/j.gaitpost.2007.07.007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import Poses, skeleton
from kinesis_env.motions.retargeting.ground import toe_bend
from kinesis_env.typing import Array

__all__ = ["FootPlan", "FootSole", "planned_feet", "right_foot"]


#: Lowest height of the sole in mid-swing [m]; published minima are 10 to 20 mm (Winter 1992, Phys. Ther.).
_CLEARANCE = 0.012
#: Least distance between the lines of the right and the left heels [m], so that the feet pass each other freely;
#: published means are 0.10 m with a standard deviation of 0.03 (Owings and Grabiner 2004, J. Biomech.).
_STEP_WIDTH = 0.12
#: Pitch of the standing foot [rad] up to which it is laid flat; beyond three times that it is left as it is.
_FLAT = 0.04
#: The inner end of the ball's capsule among those of the toes, and how far from the toe joint towards it a foot rolls
#: over: at the joint the sole would slip a little, at the ball the knee of a run would be too straight.
_BALL, _ROLLED_OVER = 2, 0.4
#: Frames after toe off until the toes are straight again.
_STRAIGHTEN = 4


@dataclass(frozen=True)
class FootPlan:
    """Where the right heel bone should be over one cycle.

    Attributes:
        body: its id.
        pos: (n, 3) [m].
        quat: (n, 4), wxyz.
        bend: angle of the toe joint (n,) [rad].
        standing: whether the foot is on the ground (n,).
    """

    body: int
    pos: Array
    quat: Array
    bend: Array
    standing: NDArray[np.bool_]


@dataclass(frozen=True)
class FootSole:
    """Sole of the right foot in the frame of its heel bone [m], and how far bending the toes levels them."""

    body: int
    heel: Array
    toe_joint: Array
    toe_axis: Array
    toe_range: Array
    hind: Array
    fore: Array
    radii: Array

    def bend(self, pitch: Array) -> Array:
        """Return the toe angle that levels the toes of a foot that is pitched down."""
        return toe_bend(pitch, -self.toe_axis[1], *self.toe_range)

    def toes(self, bend: Array) -> Array:
        """Return the spot of the toes that the foot rolls over (n, 3), its toes bent by (n,) [rad]."""
        turn = rotations.from_rotvec(bend[:, None] * self.toe_axis)
        return self.toe_joint + rotations.rotate(turn, _ROLLED_OVER * self.fore[_BALL])

    def lowest(self, pos: Array, quat: Array, bend: Array) -> Array:
        """Return the height of the lowest spot of the foot (n,)."""
        turn = rotations.from_rotvec(bend[:, None] * self.toe_axis)
        fore = self.toe_joint + rotations.rotate(turn[:, None], self.fore)
        hind = np.broadcast_to(self.hind, (len(pos), *self.hind.shape))
        points = rotations.rotate(quat[:, None], np.concatenate((hind, fore), axis=1)) + pos[:, None]
        height: Array = (points[..., 2] - self.radii).min(axis=1)
        return height


def planned_feet(rest: Array, stride: float) -> FootPlan:
    """Return where the right foot should be over one cycle.

    Args:
        rest: qpos of the cycle (n, 21), its root moving forward by ``stride`` per cycle.
        stride: [m].
    """
    frames = len(rest)
    # Three cycles in a row, so that a cycle from heel strike to heel strike never wraps around.
    row = np.tile(rest, (3, 1))
    row[:, 0] += np.repeat(np.arange(3) * stride, frames)
    foot = right_foot()
    poses = skeleton().poses(row)
    strike, off = _events(poses, foot, row[:, 0], frames)
    span = slice(strike, strike + frames + 1)
    free = poses.pos[span, foot.body], poses.quat[span, foot.body]
    stand = _standing(foot, free[0][: off - strike + 1], free[1][: off - strike + 1])
    pos, quat, bend = _with_swing(foot, free, stand, stride)
    order = np.arange(strike, strike + frames)
    pos[:-1] -= (order // frames)[:, None] * np.array([stride, 0.0, 0.0])
    shift = np.argsort(order % frames)
    return FootPlan(foot.body, pos[shift], quat[shift], bend[shift], shift <= off - strike)


def right_foot() -> FootSole:
    """Return the sole of the model's right foot; the left one is its mirror image."""
    tree = skeleton()
    capsules = tree.feet[0]
    body, toe_body = capsules[0].body, capsules[-1].body
    toes = next(link for link in tree.links if link.body == toe_body)
    hind = [capsule for capsule in capsules if capsule.body == body]
    fore = [capsule for capsule in capsules if capsule.body == toe_body]
    return FootSole(
        body=body,
        heel=np.mean([capsule.ends[capsule.ends[:, 0].argmin()] for capsule in hind], axis=0),
        toe_joint=toes.offset,
        toe_axis=toes.axes[0],
        toe_range=tree.ranges[toes.addresses[0] - 7],
        hind=np.concatenate([capsule.ends for capsule in hind]),
        fore=np.concatenate([capsule.ends for capsule in fore]),
        radii=np.repeat([capsule.radius for capsule in (*hind, *fore)], 2),
    )


def _events(poses: Poses, foot: FootSole, root_x: Array, frames: int) -> tuple[int, int]:
    """Return the frames of heel strike, in the first cycle, and of the toe off that follows."""
    heel = poses.points(foot.body, foot.heel[None])[:frames, 0, 0] - root_x[:frames]
    toe = poses.points(foot.body, foot.toe_joint[None])[:frames, 0, 0] - root_x[:frames]
    strike, off = int(heel.argmax()) + 1, int(toe.argmin())
    return strike, off if off > strike else off + frames


def _standing(foot: FootSole, pos: Array, quat: Array) -> tuple[Array, Array, Array]:
    """Return the planned foot (pos, quat, toe angle) from heel strike to toe off."""
    share = np.linspace(0.0, 1.0, len(pos))
    forward = rotations.rotate(quat, np.array([1.0, 0.0, 0.0]))
    pitch = np.arctan2(-forward[:, 2], np.hypot(forward[:, 0], forward[:, 1]))
    pitch *= _ramp((np.abs(pitch) / _FLAT - 1.0) / 2.0)
    # Toes up belongs to the first part of the stance, heel up to the last.
    pitch = np.where(share < 0.4, np.minimum(pitch, 0.0), np.maximum(pitch, 0.0))
    yaw = np.median(rotations.heading(quat)[(share > 0.2) & (share < 0.6)])
    flat = rotations.from_yaw(yaw)
    turned = rotations.multiply(flat, rotations.from_rotvec(pitch[:, None] * np.array([0.0, 1.0, 0.0])))
    bend = foot.bend(pitch)
    pivot = np.where((pitch < 0)[:, None], foot.heel, foot.toe_joint)
    planned = rotations.rotate(flat, pivot) - rotations.rotate(turned, pivot)
    planned[:, 0] += pos[0, 0] - planned[0, 0]
    planned[:, 1] += min(float((pos - planned)[:, 1].mean()), -0.5 * _STEP_WIDTH)
    planned[:, 2] -= foot.lowest(planned, turned, bend)
    return planned, turned, bend


def _with_swing(
    foot: FootSole, free: tuple[Array, Array], stand: tuple[Array, Array, Array], stride: float
) -> tuple[Array, Array, Array]:
    """Return the foot from heel strike to the next heel strike: the stance as planned, the swing bent to meet it."""
    count, total = len(stand[0]), len(free[0])
    pos, quat, bend = free[0].copy(), free[1].copy(), np.zeros(total)
    pos[:count], quat[:count], bend[:count] = stand
    pos[-1], quat[-1] = stand[0][0] + np.array([stride, 0.0, 0.0]), stand[1][0]
    swing = slice(count, total - 1)
    share = (np.arange(count, total - 1) - (count - 1)) / (total - count)
    blend = _ramp(share)[:, None]
    moved = pos - free[0]
    turned = rotations.to_rotvec(rotations.multiply(quat, rotations.conjugate(free[1])))
    pos[swing] = free[0][swing] + (1 - blend) * moved[count - 1] + blend * moved[-1]
    # In between, the foot turns as it was recorded.
    leaving, landing = _ramp(1 - 2 * share)[:, None], _ramp(2 * share - 1)[:, None]
    turn = rotations.from_rotvec(leaving * turned[count - 1] + landing * turned[-1])
    quat[swing] = rotations.multiply(turn, free[1][swing])
    bend[swing] = bend[count - 1] * _ramp(1 - np.arange(1, len(share) + 1) / _STRAIGHTEN)
    arch = np.sin(np.pi * share)
    lowest = foot.lowest(pos[swing], quat[swing], bend[swing])
    inner = (share > 0.2) & (share < 0.8)
    pos[swing, 2] += arch * max(0.0, float(((_CLEARANCE - lowest)[inner] / arch[inner]).max()))
    pos[swing, 2] += np.maximum(0.0, -foot.lowest(pos[swing], quat[swing], bend[swing]))
    return pos, quat, bend


def _ramp(share: Array) -> Array:
    """Return a smooth step: 0 up to 0, 1 from 1 on, with no slope and no curvature at either end."""
    x = np.clip(share, 0.0, 1.0)
    out: Array = x**3 * (10 - 15 * x + 6 * x**2)
    return out
