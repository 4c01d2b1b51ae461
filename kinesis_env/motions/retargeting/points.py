"""From joint positions of another person to a motion of this body.

Each segment keeps its direction and gets the length that it has in this body; the path of the hips is scaled with the
legs. Stance feet are placed on the ground and held there; inverse kinematics then fits the legs to pelvis, knees and
feet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.model.in_use import per_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.ik import BodyTarget, solve
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.recording import PointRecording
from kinesis_env.motions.retargeting.fit import FitTarget
from kinesis_env.motions.retargeting.legs import LegCosts, adapt_legs
from kinesis_env.motions.retargeting.planting import (
    clearance,
    foot_shape,
    grip,
    plant,
    roll_off,
    standing_pitch,
    turned_feet,
)
from kinesis_env.motions.retargeting.source_pose import SourcePose, read_pose
from kinesis_env.signals import slow, smooth
from kinesis_env.typing import Array

__all__ = ["pose_points"]


#: Poses solved at once: enough to be fast, few enough to fit in the cache.
_CHUNK = 1024
#: A leg is stretched to at most this fraction of its length.
_STRETCH = 0.998
#: Weights of the squared deviation from the rest pose [rad^-2], in the order of the seven hinges of a leg.
_REST = np.tile([0.3, 0.3, 1.0, 0.3, 0.3, 3.0, 1.0], 2)
#: Weights of the squared position error of an ankle and of a knee [m^-2].
_POS, _KNEE = 2e4, 1e4
#: Rounds of the solution: weight of the rest pose, factor on the weight of a stance leg's knee, and iterations.
_ROUNDS = ((1.0, 1.0, 8), (1.5, 1.0, 4), (1.5, 0.9, 5))
#: Smoothing of the solution, in frames at 30 Hz; and largest hinge speed [rad/s]: the knees of sprinters reach 20.
_CALM, _FASTEST = 0.01, 20.0
#: Time around a hinge that is too fast over which its angles are smoothed more [s].
_AROUND = 0.034
#: Weights of the squared orientation error of a stance foot and of a swing foot [rad^-2].
_STANDING, _SWINGING = 110.0, 60.0
#: The level of the ground under the solved feet changes more slowly than this [Hz].
_LEVEL = 0.5
#: Costs of the final adaptation: the legs keep their angles except where the ground requires otherwise.
_COSTS = LegCosts(angle=0.005, toes=0.02, far=0.1, slide=0.0037, height=0.003, sink=0.0003)


@dataclass(frozen=True)
class _Body:
    """Lengths of this body, right side first [m]."""

    hips: Array
    middle: Array
    thigh: float
    shank: float


@per_body
def _body() -> _Body:
    tree = skeleton()
    rest = np.zeros((1, 21))
    rest[0, 3] = 1.0
    pos = tree.poses(rest).pos[0]
    knees, ankles = pos[tree.tracked[1:3]], pos[tree.tracked[3:5]]
    femurs = [tree.links[[link.body for link in tree.links].index(int(body))].parent for body in tree.tracked[1:3]]
    hips = pos[femurs]
    return _Body(
        hips=hips,
        middle=hips.mean(axis=0),
        thigh=float(np.linalg.norm(knees[0] - hips[0])),
        shank=float(np.linalg.norm(ankles[0] - knees[0])),
    )


def pose_points(
    recording: PointRecording, points: Array, fps: float, *, keep_size: bool, trunk: str = "pelvis", notes: list[str]
) -> tuple[Array, FitTarget]:
    """Return qpos (T, 21) for points (T, 10, 3), evenly sampled, and the target it is fitted to.

    Args:
        recording: the recording the points come from.
        points: in the order of the landmarks [m].
        fps: frames per second.
        keep_size: keep the length of the path instead of scaling it with the legs.
        trunk: see :class:`~kinesis_env.motions.retargeting.retarget.RetargetOptions`.
        notes: a description of each change is appended.
    """
    body = _body()
    pose = read_pose(points, recording.rest, fps, leg=body.thigh + body.shank, trunk=trunk, notes=notes)
    path = pose.hips / np.array([pose.scale, pose.scale, 1.0] if keep_size else [1.0] * 3)
    notes.append(
        f"segments scaled to this body (legs times {pose.scale:.2f}); "
        + ("path length unchanged" if keep_size else "path scaled like the legs")
    )
    turn = _forward(pose.pelvis, fps)
    quat = rotations.multiply(turn, pose.pelvis)
    path = rotations.rotate(turn, path)
    yaw = pose.foot_yaw + rotations.heading(turn)
    thigh, shank = rotations.rotate(turn, pose.thigh), rotations.rotate(turn, pose.shank)
    root = path - rotations.rotate(quat, body.middle)
    root[:, :2] -= root[0, :2]
    pitch = np.stack([_planted_pitch(pose, side) for side in range(2)], axis=1)
    _, ankles = _legs(root, quat, thigh, shank)
    root[:, 2] += _height(root, ankles, yaw, pitch, pose=pose, fps=fps)
    knees, ankles = _legs(root, quat, thigh, shank)
    pose = _rolling_off(pose, ankles, yaw, fps)
    pitch = np.stack([_planted_pitch(pose, side) for side in range(2)], axis=1)
    wanted = _wanted(root, knees, ankles, yaw=yaw, pitch=pose.foot_pitch, pose=pose)
    feet = _plant_feet(ankles, yaw, pitch, pose, fps)
    root = root + _shared_shift(feet - ankles, pose, fps)
    root[:, 2] += _reach(root, quat, feet, fps)
    knees, _ = _legs(root, quat, thigh, shank)
    qpos = _solve(root, quat, knees, feet, yaw=yaw, pitch=pitch, standing=pose.contacts.foot, fps=fps)
    standing = pose.contacts.foot
    notes.append(f"feet held on the ground where the recorded feet stand ({standing.any(axis=1).mean():.0%} of frames)")
    return qpos, wanted


def _forward(pelvis: Array, fps: float) -> Array:
    """Return the rotation (4,) about the vertical that makes the first second face +x."""
    first = rotations.heading(pelvis[: max(1, round(fps))])
    return rotations.from_yaw(-np.arctan2(np.sin(first).mean(), np.cos(first).mean()))


def _legs(root: Array, quat: Array, thigh: Array, shank: Array) -> tuple[Array, Array]:
    """Return knees and ankles (T, 2, 3) of this body's legs in the recorded directions."""
    body = _body()
    hips = root[:, None] + rotations.rotate(quat[:, None], body.hips)
    knees = hips + body.thigh * thigh
    return knees, knees + body.shank * shank


def _planted_pitch(pose: SourcePose, side: int) -> Array:
    return standing_pitch(pose.foot_pitch[:, side], pose.contacts.toe[:, side], pose.contacts.heel[:, side])


def _rolling_off(pose: SourcePose, ankles: Array, yaw: Array, fps: float) -> SourcePose:
    """Return the pose with stances that last until the tip of the toes leaves the ground."""
    standing = pose.contacts.foot
    longer = [
        roll_off(ankles[:, side], yaw[:, side], pose.foot_pitch[:, side], standing[:, side], side=side, fps=fps)
        for side in range(2)
    ]
    toe = pose.contacts.toe | (np.stack(longer, axis=1) & ~standing)
    return replace(pose, contacts=replace(pose.contacts, toe=toe))


def _height(root: Array, ankles: Array, yaw: Array, pitch: Array, *, pose: SourcePose, fps: float) -> Array:
    """Return how far the body must rise (T,) [m] for its stance feet to be on the ground, interpolated in flight."""
    standing = pose.contacts.foot
    lowest = np.stack(
        [
            ankles[:, side, 2]
            + foot_shape(side).lowest(turned_feet(yaw[:, side], pitch[:, side], side), pitch[:, side])
            for side in range(2)
        ],
        axis=1,
    )
    if not standing.any():
        return np.full(len(root), -float(np.percentile(lowest.min(axis=1), 2)))
    # In double support the lower foot counts: it cannot sink in.
    low = np.where(standing, lowest, np.inf).min(axis=1)
    known = standing.any(axis=1)
    return smooth(np.where(known, -low, 0.0)[:, None], np.where(known, 1.0, 1e-4), 0.5 * (fps / 30) ** 4)[:, 0]


def _wanted(root: Array, knees: Array, ankles: Array, *, yaw: Array, pitch: Array, pose: SourcePose) -> FitTarget:
    """Return the recorded person scaled to this body: the target of each tracked body."""
    toes = np.empty_like(ankles)
    for side in range(2):
        quat = turned_feet(yaw[:, side], pitch[:, side], side)
        toes[:, side] = ankles[:, side] + rotations.rotate(quat, foot_shape(side).toes)
    bodies = np.concatenate((root[:, None], knees, ankles, toes), axis=1)
    return FitTarget(bodies, pose.ground - np.median(pose.ground))


def _plant_feet(ankles: Array, yaw: Array, pitch: Array, pose: SourcePose, fps: float) -> Array:
    return np.stack(
        [
            plant(ankles[:, side], yaw[:, side], pitch[:, side], pose.contacts.foot[:, side], side=side, fps=fps)
            for side in range(2)
        ],
        axis=1,
    )


def _shared_shift(moved: Array, pose: SourcePose, fps: float) -> Array:
    """Return the slow horizontal shift of the body (T, 3) that follows the shift of its stance feet."""
    weight = pose.contacts.foot.astype(np.float64)
    total = weight.sum(axis=1)
    mean = (moved * weight[..., None]).sum(axis=1) / np.maximum(total, 1.0)[:, None]
    shift = smooth(mean, total + 0.05, 3.0 * (fps / 30) ** 4)
    shift[:, 2] = 0.0
    return shift


def _reach(root: Array, quat: Array, feet: Array, fps: float) -> Array:
    """Return the vertical shift of the body (T,) [m], zero or negative, with which its legs reach its feet."""
    body = _body()
    hips = root[:, None] + rotations.rotate(quat[:, None], body.hips)
    across = np.linalg.norm((feet - hips)[..., :2], axis=-1)
    longest = _STRETCH * (body.thigh + body.shank)
    highest = feet[..., 2] + np.sqrt(np.maximum(longest**2 - across**2, (0.5 * longest) ** 2))
    excess = np.minimum((highest - hips[..., 2]).min(axis=1), 0.0)[:, None]
    down = excess
    for _ in range(8):
        # A smooth lower envelope of the excess.
        down = smooth(excess, np.where(excess[:, 0] < down[:, 0], 20.0, 1.0), 2.0 * (fps / 30) ** 4)
    out: Array = np.minimum(down[:, 0], 0.0)
    return out


def _solve(
    root: Array,
    quat: Array,
    knees: Array,
    feet: Array,
    *,
    yaw: Array,
    pitch: Array,
    standing: NDArray[np.bool_],
    fps: float,
) -> Array:
    frames = len(root)
    qpos = np.concatenate((root, quat, np.zeros((frames, len(JOINTS)))), axis=1)
    qpos[:, [7 + JOINTS.index("knee_angle_r"), 7 + JOINTS.index("knee_angle_l")]] = 0.3
    turned = np.stack([turned_feet(yaw[:, side], pitch[:, side], side) for side in range(2)], axis=1)
    feet = feet.copy()
    bent = np.stack([grip(standing[:, side], fps) for side in range(2)], axis=1)
    least = np.stack([clearance(standing[:, side], fps) for side in range(2)], axis=1)
    firm = smooth(standing.astype(np.float64), np.ones(frames), 1.0 * (fps / 30) ** 4)
    firm = np.clip(firm, 0.0, 1.0)
    for weight, share, iterations in _ROUNDS:
        costs = _SWINGING + (_STANDING - _SWINGING) * firm, _KNEE * (1.0 - (1.0 - share) * firm)
        qpos[:, 7:] = smooth(qpos[:, 7:], np.ones(frames), 1.0 * (fps / 30) ** 4)
        for first in range(0, frames, _CHUNK):
            part = slice(first, first + _CHUNK)
            firm_cost, knee_cost = (cost[part] for cost in costs)
            qpos[part] = _solved(
                qpos[part],
                knees[part],
                feet[part],
                turned[part],
                firm=firm_cost,
                knee=knee_cost,
                weight=weight,
                iterations=iterations,
            )
        _bend_toes(qpos, pitch * bent)
        feet[..., 2] += np.maximum(0.0, least - _lowest(qpos) - 0.0005)
    qpos[:, 7:] = _calmed(qpos[:, 7:], fps)
    stands = standing.any(axis=1)
    if stands.any():
        sole = np.where(standing, _lowest(qpos), np.inf).min(axis=1)
        weights = np.where(stands, 1.0, 1e-3)
        qpos[:, 2] -= slow(np.where(stands, sole, 0.0)[:, None], weights, fps, _LEVEL)[:, 0]
    return adapt_legs(qpos, firm * standing, least, fps, still=firm * standing, costs=_COSTS)


def _calmed(hinges: Array, fps: float) -> Array:
    """Return smooth hinge angles (T, 14), with speeds that a leg can reach."""
    from scipy.ndimage import maximum_filter1d  # noqa: PLC0415  (only recordings need SciPy)

    low, high = skeleton().ranges.T
    weights = np.ones(len(hinges))
    for _ in range(16):
        out: Array = np.clip(smooth(hinges, weights, _CALM * (fps / 30) ** 4), low, high)
        fast = _speeds(out, fps) > _FASTEST
        if not fast.any():
            break
        # Only there: the fast knee of a sprinter does not blur the rest.
        weights[maximum_filter1d(fast, 2 * round(_AROUND * fps) + 1)] /= 3
    return out


def _speeds(hinges: Array, fps: float) -> Array:
    """Return the speed of the fastest hinge (T,) [rad/s]: since the frame before, to the next, and in between."""
    steps = np.abs(np.diff(hinges, axis=0)).max(axis=1, initial=0.0)
    between = np.abs(np.gradient(hinges, axis=0, edge_order=2 if len(hinges) > 2 else 1)).max(axis=1)
    out: Array = np.max([np.append(steps, 0.0), np.append(0.0, steps), between], axis=0) * fps
    return out


def _solved(
    qpos: Array, knees: Array, feet: Array, turned: Array, *, firm: Array, knee: Array, weight: float, iterations: int
) -> Array:
    tree = skeleton()
    targets = []
    for side in range(2):
        hind = tree.feet[side][0].body
        targets += [
            BodyTarget(int(tree.tracked[1 + side]), knees[:, side], pos_weight=knee[:, side]),
            BodyTarget(int(tree.tracked[3 + side]), feet[:, side], pos_weight=_POS),
            BodyTarget(hind, np.zeros((len(qpos), 3)), turned[:, side], pos_weight=0.0, quat_weight=firm[:, side]),
        ]
    return solve(qpos, targets, rest_weight=weight * _REST, iterations=iterations)


def _bend_toes(qpos: Array, pitch: Array) -> None:
    for side, name in enumerate(("mtp_angle_r", "mtp_angle_l")):
        qpos[:, 7 + JOINTS.index(name)] = foot_shape(side).bend(pitch[:, side])


def _lowest(qpos: Array) -> Array:
    """Return the height of the lowest spot of each foot (T, 2) [m]."""
    tree = skeleton()
    out = np.empty((len(qpos), 2))
    for first in range(0, len(qpos), _CHUNK):
        poses = tree.poses(qpos[first : first + _CHUNK])
        for side in range(2):
            points, radii = tree.sole(poses, side)
            out[first : first + _CHUNK, side] = (points[..., 2] - radii).min(axis=1)
    return out
