"""From a course to a pose for every frame: the feet, the pelvis over them, and the legs by inverse kinematics."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.model.names import JOINTS
from kinesis_env.motions import gait_rules as rules
from kinesis_env.motions.course import Course
from kinesis_env.motions.foot_paths import FootPath, foot_path
from kinesis_env.motions.formats.opensim import pelvis_quat
from kinesis_env.motions.gait_cycles import cycle_shapes, sample, shape_weights
from kinesis_env.motions.ik import BodyTarget, solve
from kinesis_env.motions.kinematics import skeleton
from kinesis_env.motions.stances import plan_stances

__all__ = ["synthesise"]

Array: TypeAlias = NDArray[np.float64]

#: Knee angle that a leg is never straighter than where the pelvis can help it [rad].
_STRAIGHTEST = 0.09
#: Phase of the cycle of the right foot in which the body is furthest to the right.
_OVER_RIGHT = 0.31
#: Rise and fall of running at 2.8 m/s, peak to peak [m] (Falisse et al. 2019).
_RUN_BOUNCE = 0.0685
#: Sway of running, peak to peak [m].
_RUN_SWAY = 0.02
#: Share of the lean into a curve that the pelvis takes part in, and the largest lean [rad].
_LEAN, _LARGEST_LEAN = 0.5, 0.2
#: Frames per second of the smoothing of the height of the pelvis.
_SMOOTHING = 0.06


def synthesise(course: Course, fps: float) -> Array:
    """Return qpos (T, 21) of a body that follows a course."""
    times = np.arange(int(np.floor(course.duration * fps + 1e-6)) + 1) / fps
    channels = course.at(times, course.channels)
    weights = shape_weights(channels[:, 0], channels[:, 1], channels[:, 4], channels[:, 5])
    phase, stepping = _phase(course, times)
    stances = plan_stances(course)
    feet = [foot_path(side, stances[side], stances[1 - side], times, weights) for side in (0, 1)]
    qpos = np.zeros((len(times), 21))
    _place_pelvis(qpos, course, times, channels=channels, weights=weights, phase=phase, stepping=stepping)
    _rest_legs(qpos, feet, weights)
    _lower(qpos, feet, fps)
    targets = []
    for side, foot in enumerate(feet):
        body = skeleton().feet[side][0].body
        targets.append(BodyTarget(body, foot.pos, foot.quat, pos_weight=1e6, quat_weight=1e4))
        qpos[:, 7 + JOINTS.index(f"mtp_angle_{'rl'[side]}")] = foot.bend
    return solve(qpos, targets, rest_weight=0.05)


def _phase(course: Course, times: Array) -> tuple[Array, Array]:
    """Return the phase of the cycle of the right foot (T,), and how much of stepping there is, 0 to 1 (T,)."""
    phase, stepping = np.zeros(len(times)), np.zeros(len(times))
    for stretch in course.stretches:
        inside = (times >= stretch.times[0]) & (times <= stretch.times[-1])
        steps = np.interp(times[inside], stretch.times, stretch.phase)
        phase[inside] = (steps if stretch.left_first else steps - 1.0) / 2.0
        on = _ramp(steps / 0.8) if stretch.opens else np.ones(len(steps))
        off = _ramp((stretch.phase[-1] - steps + 0.3) / 0.8) if stretch.closes else np.ones(len(steps))
        stepping[inside] = on * off
        if stretch.closes:
            after = times > stretch.times[-1]
            rest = stretch.phase[-1] + (times[after] - stretch.times[-1]) * 1.6
            phase[after] = (rest if stretch.left_first else rest - 1.0) / 2.0
            stepping[after] = _ramp((stretch.phase[-1] - rest + 0.3) / 0.8)
    return phase, stepping


def _place_pelvis(
    qpos: Array, course: Course, times: Array, *, channels: Array, weights: Array, phase: Array, stepping: Array
) -> None:
    forward, side, rate, _, running, _ = channels.T
    shapes = cycle_shapes()
    cycle = np.mod(phase, 1.0)
    speed = np.hypot(forward, side)
    heading = course.at(times, course.heading)
    path = course.at(times, course.path)
    width = rules.sway(speed) * (1 - running) + _RUN_SWAY * running
    sideways = -0.5 * width * np.cos(2 * np.pi * (phase - _OVER_RIGHT)) * stepping
    qpos[:, 0] = path[:, 0] - np.sin(heading) * sideways
    qpos[:, 1] = path[:, 1] + np.cos(heading) * sideways
    amount = rules.bounce(speed) * (1 - running) + _RUN_BOUNCE * running
    qpos[:, 2] = weights @ shapes.height + amount * stepping * sample(shapes.pelvis[:, 3], weights, cycle)
    tilt, tip, turn = (sample(shapes.pelvis[:, row], weights, cycle) for row in range(3))
    mean = weights @ shapes.pelvis[:, 0].mean(axis=1)
    tilt = mean + (tilt - mean) * stepping
    lean = np.clip(_LEAN * np.arctan2(forward * rate, 9.81), -_LARGEST_LEAN, _LARGEST_LEAN)
    own = pelvis_quat(tilt, tip * stepping - lean, turn * stepping)
    qpos[:, 3:7] = rotations.multiply(rotations.from_yaw(heading), own)


def _rest_legs(qpos: Array, feet: list[FootPath], weights: Array) -> None:
    """Write the published angles of each leg at its share of stance or swing."""
    angles = cycle_shapes().angles
    for side, foot in enumerate(feet):
        for joint in range(6):
            on, off = (sample(angles[:, part, :, joint], weights, foot.share) for part in (0, 1))
            qpos[:, 7 + 7 * side + joint] = np.where(foot.standing, on, off)
    qpos[:, 7:] = np.clip(qpos[:, 7:], *skeleton().ranges.T)


def _lower(qpos: Array, feet: list[FootPath], fps: float) -> None:
    """Lower the pelvis, smoothly, where a leg would not reach its foot with a bent knee."""
    lacking = np.zeros(len(qpos))
    for side, foot in enumerate(feet):
        hip, ankle, longest = _leg(side)
        joint = qpos[:, :3] + rotations.rotate(qpos[:, 3:7], hip)
        goal = foot.pos + rotations.rotate(foot.quat, ankle)
        across = np.linalg.norm((joint - goal)[:, :2], axis=1)
        height = np.sqrt(np.maximum(longest**2 - across**2, 0.01))
        lacking = np.maximum(lacking, joint[:, 2] - goal[:, 2] - height)
    if not lacking.any():
        return
    reach = max(1, round(_SMOOTHING * fps * 2.5))
    padded = np.pad(lacking, reach, mode="edge")
    highest = np.max([padded[k : k + len(lacking)] for k in range(2 * reach + 1)], axis=0)
    kernel = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(highest, reach, mode="edge")
    qpos[:, 2] -= np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _leg(side: int) -> tuple[Array, Array, float]:
    """Return hip in the pelvis, ankle in the heel bone, and the distance between both at the straightest knee."""
    tree = skeleton()
    qpos = np.zeros((1, 21))
    qpos[0, 3] = 1.0
    qpos[0, 7 + 7 * side + 3] = _STRAIGHTEST
    poses = tree.poses(qpos)
    heel = tree.feet[side][0].body
    thigh, ankle = tree.chains[heel][0], tree.chains[heel][4]
    hip_at, ankle_at = poses.anchors[0, thigh], poses.anchors[0, ankle]
    from_heel = rotations.rotate(rotations.conjugate(poses.quat[0, heel]), ankle_at - poses.pos[0, heel])
    return hip_at, from_heel, float(np.linalg.norm(ankle_at - hip_at))


def _ramp(share: Array) -> Array:
    x = np.clip(share, 0.0, 1.0)
    out: Array = x**3 * (10 - 15 * x + 6 * x**2)
    return out
