"""From a course to a pose for every frame: feet, pelvis over the feet, and legs by inverse kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env import rotations
from kinesis_env.dynamics import center_of_mass
from kinesis_env.model.bodies import body_in_use, make_body
from kinesis_env.model.in_use import per_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.leg_ik import solve_legs
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.formats.opensim import pelvis_quat
from kinesis_env.motions.gait import rules
from kinesis_env.motions.gait.balance import bounce, carried_share, sway
from kinesis_env.motions.gait.course import Course
from kinesis_env.motions.gait.cycles import cycle_shapes, sample, shape_weights
from kinesis_env.motions.gait.foot_paths import FootPath, foot_path
from kinesis_env.motions.gait.stances import Stances, plan_stances
from kinesis_env.motions.retargeting.ground import soles
from kinesis_env.motions.retargeting.other_body import leg_length_of, poses_onto_body
from kinesis_env.signals import smooth_step
from kinesis_env.typing import Array

__all__ = ["synthesise"]


#: Smallest knee angle, as far as the height of the pelvis can ensure it [rad].
_STRAIGHTEST = 0.045
#: Increase of that angle in turns, sideways and backward [rad].
_BENT = 0.12
#: Depth from which a sole is lifted out of the ground [m], and number of passes.
_SUNK, _EDGE_PASSES = 0.001, 6
#: Fraction of the range of each joint that is left unused at its limits: people do not walk on their ligaments.
_RESERVE = 0.03
#: How far a swing foot may be out of reach [m]: the leg is then straight and the foot slightly behind.
_SWING_SLACK = 0.006
#: How much lower the slowest walk is in double support than with straight legs [m], so that it rises by 21 mm (the line
#: through Orendurff et al. 2004, J. Rehabil. Res. Dev. 41:829: 27 mm at 0.7 m/s, 48 mm at 1.6 m/s); speed below which
#: walks do so [m/s]; and the phase of double support in the cycle of the right foot.
_SUNKEN, _SLOW, _BOTH_FEET = 0.012, 0.7, 0.08
#: Fraction of the lean into a curve that the pelvis performs, and the largest lean [rad].
_LEAN, _LARGEST_LEAN = 0.5, 0.2
#: Time on either side over which the height of the pelvis is smoothed, and over which it is lowered in advance [s].
_SMOOTHING, _LOWERING = 0.1, 0.05
#: Number of iterations that move the center of mass onto its free fall, and time on either side over which the pelvis
#: is lowered so that the legs of a runner reach the ground [s]: slowly enough to keep the free fall.
_FALLS, _STEADY = 3, 0.5
#: Extra time that is generated for a motion that begins or ends moving [s].
_MARGIN = 0.5


def synthesise(course: Course, fps: float) -> tuple[Array, slice]:
    """Return qpos (T, 21) of a body that follows a course, and the slice of frames that lie within it.

    Where a course begins or ends moving, extra frames are generated, so that poses and velocities at its ends are the
    same as in its middle.
    """
    own, usual = body_in_use(), make_body()
    if own.shape == usual.shape:
        return _synthesise(course, fps)
    # The published cycles are for the default body; another body performs the same at its own size.
    factor = leg_length_of(own) / leg_length_of(usual)
    with usual.in_use():
        qpos, part = _synthesise(course.scaled(1.0 / factor), fps)
    return poses_onto_body(qpos, usual, own), part


def _synthesise(course: Course, fps: float) -> tuple[Array, slice]:
    count = int(np.floor(course.duration * fps + 1e-6)) + 1
    # Where the course continues before or after, the frames do too, so that smoothing does not affect the ends.
    before = int(min(-float(course.times[0]), _MARGIN) * fps)
    after = int(min(float(course.times[-1]) - course.duration, _MARGIN) * fps)
    times = np.arange(-before, count + after) / fps
    channels = course.at(times, course.channels)
    weights = shape_weights(channels[:, 0], channels[:, 1], channels[:, 4], channels[:, 5])
    phase, stepping = _phase(course, times)
    stances = plan_stances(course)
    feet = [foot_path(side, stances[side], stances[1 - side], times, weights) for side in (0, 1)]
    qpos = np.zeros((len(times), 21))
    _place_pelvis(qpos, course, stances, times, channels=channels, weights=weights, phase=phase, stepping=stepping)
    _rest_legs(qpos, feet, weights)
    # Only walking forward straightens the knees; other gaits keep them bent.
    bent = 1.0 - weights[:, :4].sum(axis=1) + 0.7 * np.minimum(1.0, np.abs(channels[:, 2]) / rules.TURN_LIMIT)
    _stand_up(qpos, feet, _STRAIGHTEST + _BENT * np.minimum(1.0, bent), channels[:, 4], fps)
    qpos[:, 2] -= _sinking(channels, phase) * stepping
    falls = _fly(qpos, feet, stances, channels[:, 4], times) if channels[:, 4].any() else None
    _stretch_legs(qpos, feet)
    for side, foot in enumerate(feet):
        qpos[:, 7 + JOINTS.index(f"mtp_angle_{'rl'[side]}")] = foot.bend
    qpos = _solved(qpos, feet)
    if falls is not None:
        # Solving the legs moves the center of mass slightly; in flight it is put back onto its free fall.
        air = ~(feet[0].standing | feet[1].standing)
        qpos[air, 2] += (falls - center_of_mass(qpos)[:, 2])[air]
    return qpos, slice(before, before + count)


def _solved(qpos: Array, feet: list[FootPath]) -> Array:
    """Return qpos with the legs solved; feet that cannot be flat stand on their edge, not in the ground."""
    pos, quat = np.stack([foot.pos for foot in feet]), np.stack([foot.quat for foot in feet])
    out = solve_legs(qpos, pos, quat, reserve=_RESERVE)
    for _ in range(_EDGE_PASSES):
        sunk = np.maximum(0.0, -soles(out).lowest)
        rows = np.flatnonzero(sunk.max(axis=1) > _SUNK)
        if not rows.size:
            break
        pos[:, rows, 2] += sunk[rows].T
        out[rows] = solve_legs(out[rows], pos[:, rows], quat[:, rows], reserve=_RESERVE)
    return out


def _phase(course: Course, times: Array) -> tuple[Array, Array]:
    """Return the phase of the cycle of the right foot (T,), and the amount of stepping, 0 to 1 (T,)."""
    phase, stepping = np.zeros(len(times)), np.zeros(len(times))
    for stretch in course.stretches:
        inside = (times >= stretch.times[0]) & (times <= stretch.times[-1])
        steps = np.interp(times[inside], stretch.times, stretch.phase)
        phase[inside] = (steps if stretch.left_first else steps - 1.0) / 2.0
        on = smooth_step(steps / 0.8) if stretch.opens else np.ones(len(steps))
        off = smooth_step((stretch.phase[-1] - steps + 0.3) / 0.8) if stretch.closes else np.ones(len(steps))
        stepping[inside] = on * off
        if stretch.closes:
            after = times > stretch.times[-1]
            rest = stretch.phase[-1] + (times[after] - stretch.times[-1]) * 1.6
            phase[after] = (rest if stretch.left_first else rest - 1.0) / 2.0
            stepping[after] = smooth_step((stretch.phase[-1] - rest + 0.3) / 0.8)
    return phase, stepping


def _place_pelvis(
    qpos: Array,
    course: Course,
    stances: tuple[Stances, Stances],
    times: Array,
    *,
    channels: Array,
    weights: Array,
    phase: Array,
    stepping: Array,
) -> None:
    forward, _, rate, _, running, _ = channels.T
    shapes = cycle_shapes()
    cycle = np.mod(phase, 1.0)
    heading = course.at(times, course.heading)
    path = course.at(times, course.path)
    sideways = sway(course, stances, times)
    ahead = sample(shapes.pelvis[:, 4], weights, cycle) * stepping
    qpos[:, 0] = path[:, 0] + np.cos(heading) * ahead - np.sin(heading) * sideways
    qpos[:, 1] = path[:, 1] + np.sin(heading) * ahead + np.cos(heading) * sideways
    qpos[:, 2] = weights @ shapes.height + stepping * sample(shapes.pelvis[:, 3], weights, cycle)
    qpos[:, 2] -= rules.run_lower(forward, running)
    tilt, tip, turn = (sample(shapes.pelvis[:, row], weights, cycle) for row in range(3))
    mean = weights @ shapes.pelvis[:, 0].mean(axis=1)
    tilt = mean + (tilt - mean) * stepping
    lean = np.clip(_LEAN * np.arctan2(forward * rate, 9.81), -_LARGEST_LEAN, _LARGEST_LEAN)
    own = pelvis_quat(tilt, rules.TRUNK_SHARE * tip * stepping - lean, rules.TRUNK_SHARE * turn * stepping)
    qpos[:, 3:7] = rotations.multiply(rotations.from_yaw(heading), own)


def _rest_legs(qpos: Array, feet: list[FootPath], weights: Array) -> None:
    """Write the published angles of each leg at its fraction of stance or swing."""
    angles = cycle_shapes().angles
    for side, foot in enumerate(feet):
        for joint in range(6):
            on, off = (sample(angles[:, part, :, joint], weights, foot.share) for part in (0, 1))
            qpos[:, 7 + 7 * side + joint] = np.where(foot.standing, on, off)
    qpos[:, 7:] = np.clip(qpos[:, 7:], *skeleton().ranges.T)


def _stand_up(qpos: Array, feet: list[FootPath], straightest: Array, running: Array, fps: float) -> None:
    """Set the height of the pelvis from the published knee angles of the loaded legs, and of runners as published.

    Then lower it smoothly where a leg would still not reach its foot.
    """
    asked, load, lacking = np.zeros(len(qpos)), np.full(len(qpos), 1e-6), np.zeros(len(qpos))
    asked += load * qpos[:, 2]
    for side, foot in enumerate(feet):
        leg = _legs()[side]
        joint = qpos[:, :3] + rotations.rotate(qpos[:, 3:7], leg.hip)
        goal = foot.pos + rotations.rotate(foot.quat, leg.ankle)
        across = np.linalg.norm((joint - goal)[:, :2], axis=1)
        reach = np.sqrt(np.maximum(leg.length(qpos[:, 10 + 7 * side]) ** 2 - across**2, 0.01))
        carries = carried_share(foot.standing, foot.share)
        asked += carries * (qpos[:, 2] + goal[:, 2] + reach - joint[:, 2])
        load += carries
        furthest = np.sqrt(np.maximum(leg.length(straightest) ** 2 - across**2, 0.01))
        slack = np.where(foot.standing, 0.0, _SWING_SLACK)
        lacking = np.maximum(lacking, joint[:, 2] - goal[:, 2] - furthest - slack)
    limit = qpos[:, 2] - lacking
    own = (1 - running) * np.minimum(1.0, load)
    height = qpos[:, 2] + own * (asked / load - qpos[:, 2])
    smooth = _averaged(height, max(1, round(_SMOOTHING * fps)))
    height = running * _averaged(height, max(1, round(_LOWERING * fps))) + (1 - running) * smooth
    wide = max(1, round(_LOWERING * fps))
    lacking = np.maximum(0.0, height - np.where(lacking > 0, limit, np.inf))
    padded = np.pad(lacking, wide, mode="edge")
    highest = np.max([padded[k : k + len(lacking)] for k in range(2 * wide + 1)], axis=0)
    qpos[:, 2] = height - (1 - running) * _averaged(highest, wide)


def _fly(qpos: Array, feet: list[FootPath], stances: tuple[Stances, Stances], running: Array, times: Array) -> Array:
    """Put a runner into free fall while no foot stands, and return the height of its center of mass (T,) [m].

    The pelvis stays low enough for the legs to reach the stance feet.
    """

    def height() -> Array:
        trial = qpos.copy()
        _stretch_legs(trial, feet)
        return center_of_mass(trial)[:, 2]

    target = bounce(stances, running, height(), times)
    for _ in range(_FALLS):
        qpos[:, 2] += target - height()
    lacking = _lacking(qpos, feet)
    wide = round(_STEADY / (times[1] - times[0]))
    padded = np.pad(lacking, wide, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * wide + 1).max(axis=-1)
    lowered = _averaged(highest, wide)
    qpos[:, 2] -= lowered
    out: Array = target - lowered
    return out


def _lacking(qpos: Array, feet: list[FootPath]) -> Array:
    """Return how much too high the pelvis is for a stance leg to reach its foot (T,) [m]."""
    lacking = np.zeros(len(qpos))
    for side, foot in enumerate(feet):
        leg = _legs()[side]
        joint = qpos[:, :3] + rotations.rotate(qpos[:, 3:7], leg.hip)
        goal = foot.pos + rotations.rotate(foot.quat, leg.ankle)
        across = np.linalg.norm((joint - goal)[:, :2], axis=1)
        furthest = np.sqrt(np.maximum(leg.length(np.asarray(_STRAIGHTEST)) ** 2 - across**2, 0.01))
        lacking = np.maximum(lacking, np.where(foot.standing, joint[:, 2] - goal[:, 2] - furthest, 0.0))
    return lacking


def _sinking(channels: Array, phase: Array) -> Array:
    """Return how much lower the pelvis of a slow walk is in double support (T,) [m].

    With such short steps, legs as straight as published would give less vertical motion than people have.
    """
    forward, _, _, _, running, _ = channels.T
    share = np.clip((_SLOW - np.abs(forward)) / (_SLOW - rules.WALK_LIMITS[0]), 0.0, 1.0)
    share *= np.minimum(1.0, np.abs(forward) / rules.WALK_LIMITS[0]) * (1 - running)
    out: Array = _SUNKEN * share * 0.5 * (1.0 + np.cos(4.0 * np.pi * (phase - _BOTH_FEET)))
    return out


def _stretch_legs(qpos: Array, feet: list[FootPath]) -> None:
    """Point each leg at its ankle: the knee from the distance, the hip from the direction; the solver does the rest."""
    for side, foot in enumerate(feet):
        leg, first = _legs()[side], 7 + 7 * side
        away = foot.pos + rotations.rotate(foot.quat, leg.ankle) - qpos[:, :3]
        line = rotations.rotate(rotations.conjugate(qpos[:, 3:7]), away) - leg.hip
        knee = np.interp(np.linalg.norm(line, axis=1), leg.lengths[::-1], leg.knees[::-1])
        inward = line[:, 1] if side == 0 else -line[:, 1]
        qpos[:, first] = np.arctan2(line[:, 0], -line[:, 2]) + 0.5 * knee
        qpos[:, first + 1] = np.arctan2(inward, -line[:, 2])
        qpos[:, first + 3] = np.maximum(knee, _STRAIGHTEST)
    qpos[:, 7:] = np.clip(qpos[:, 7:], *skeleton().ranges.T)


def _averaged(values: Array, reach: int) -> Array:
    """Return a weighted mean over ``reach`` frames to either side."""
    kernel = np.hanning(2 * reach + 3)[1:-1]
    out: Array = np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), mode="valid")
    return out


@dataclass(frozen=True)
class _Leg:
    """Geometry of a leg from hip to ankle.

    Attributes:
        hip: position in the frame of the pelvis (3,) [m].
        ankle: position in the frame of the heel bone (3,) [m].
        knees: knee angles (n,) [rad].
        lengths: distance from hip to ankle at them (n,) [m].
    """

    hip: Array
    ankle: Array
    knees: Array
    lengths: Array

    def length(self, knee: Array) -> Array:
        """Return the distance at knee angles (T,) [m]."""
        return np.interp(knee, self.knees, self.lengths)


@per_body
def _legs() -> tuple[_Leg, _Leg]:
    tree = skeleton()
    knees = np.linspace(0.0, 2.0, 101)
    found = []
    for side in (0, 1):
        qpos = np.zeros((len(knees), 21))
        qpos[:, 3] = 1.0
        qpos[:, 7 + 7 * side + 3] = knees
        poses = tree.poses(qpos)
        heel = tree.feet[side][0].body
        thigh, ankle = tree.chains[heel][0], tree.chains[heel][4]
        hip_at, ankle_at = poses.anchors[:, thigh], poses.anchors[:, ankle]
        from_heel = rotations.rotate(rotations.conjugate(poses.quat[0, heel]), ankle_at[0] - poses.pos[0, heel])
        found.append(_Leg(hip_at[0], from_heel, knees, np.linalg.norm(ankle_at - hip_at, axis=1)))
    return found[0], found[1]
