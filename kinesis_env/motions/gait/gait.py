"""Walking and running made from published curves, with feet that neither slide nor sink.

The joint angles of a published walk, as Fourier series over the cycle, say how each joint moves. Footsteps are planned
on top of them: heel strike, foot flat, heel off, toe off; the standing foot stays where it is, and the leg is solved
onto it by inverse kinematics. :func:`walk` is one such cycle again and again, :class:`Gait` any steady gait, and
:class:`~kinesis_env.motions.gait.plan.GaitPlan` several in a row. ``python -m kinesis_env.making.clips`` makes the
shipped clips again.

Sources of the figures: ``assets/gait/PROVENANCE.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from kinesis_env.errors import MotionError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.ik import BodyTarget, solve
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.formats.opensim import pelvis_quat
from kinesis_env.motions.gait.curves import Curve, published_curves
from kinesis_env.motions.gait.footsteps import FootPlan, planned_feet
from kinesis_env.motions.gait.plan import GaitPlan, Run, Walk
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.retargeting.ground import bend_toes, height_from_feet, soles
from kinesis_env.typing import Array

__all__ = ["Curve", "Gait", "published_curves", "walk"]


_LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle")
_SOURCE = "Made from the mean walking cycle of Falisse et al. 2019 (J. R. Soc. Interface, doi 10.1098/rsif.2019.0402)"
#: Frames of one cycle of the shipped walk and its rate [Hz]: 1.07 s, close to the published cycle of 1.05 s.
_CYCLE_FRAMES, _FPS = 32, 30.0

#: Its stride [m]: the one with which the standing feet of the published curves slide least on this body.
_STRIDE = 1.3451291787370405
#: How much lower the pelvis is held than the published knees would put it, so that no knee locks [m].
_SLACK = 0.004


@dataclass(frozen=True)
class Gait:
    """A steady gait: no start, no stop.

    Attributes:
        speed: 0.3 to 2.0 walking forward, to 1.2 backward, 0.2 to 0.8 sideways, 2.0 to 4.0 running [m/s].
        turn_rate: of the heading, left positive, up to 1.571 [rad/s].
        direction: of travel relative to the body [rad]: 0 forward, pi backward, +pi/2 to the left.
        running: whether it runs.
        fps: frames per second.

    Raises:
        MotionError: a field that is not allowed: which, what was given, what is allowed.
    """

    speed: float = 1.25
    turn_rate: float = 0.0
    direction: float = 0.0
    running: bool = False
    fps: float = 30.0

    def __post_init__(self) -> None:
        self.plan(1.0)

    def plan(self, duration: float) -> GaitPlan:
        """Return the plan of the gait for a time [s]."""
        kind = Run if self.running else Walk
        segment = kind(self.speed, duration=duration, turn_rate=self.turn_rate, direction=self.direction)
        return GaitPlan((segment,), fps=self.fps, start="moving", end="moving")

    def motion(self, duration: float = 10.0, *, name: str = "gait", caption: str = "") -> Motion:
        """Return the gait for a time [s]; it begins at the origin and faces +x.

        Raises:
            MotionError: a duration that is not allowed.
        """
        if not caption:
            way = "runs" if self.running else "walks"
            turning = f", turning by {math.degrees(self.turn_rate):.0f} degrees a second" if self.turn_rate else ""
            caption = f"{way} at {self.speed:.2f} m/s{turning}"
        return self.plan(duration).motion(name=name, caption=caption)


def walk(cycles: int = 10, *, name: str = "walk") -> Motion:
    """Return a straight, periodic, left-right symmetric walk at about 1.3 m/s.

    Args:
        cycles: how many strides of 1.07 s; the last frame is the first one, strides further on.
        name: of the motion.

    Raises:
        MotionError: no cycle.
    """
    if cycles < 1:
        raise MotionError(f"a walk has at least one cycle; given {cycles}")
    cycle, stride = _cycle()
    qpos = np.tile(cycle, (cycles + 1, 1))
    qpos[:, 0] += np.repeat(np.arange(cycles + 1) * stride, _CYCLE_FRAMES)
    qpos = qpos[: cycles * _CYCLE_FRAMES + 1]
    qpos[:, 0] -= qpos[0, 0]
    speed = stride / _CYCLE_FRAMES * _FPS
    return Motion.from_qpos(
        qpos,
        _FPS,
        name=name,
        caption=f"walks straight ahead at {speed:.2f} m/s",
        source=_SOURCE,
        licence="Apache-2.0; figures MIT (Falisse et al.)",
        notes=("footsteps planned, legs solved onto them by inverse kinematics", "left and right are exact mirrors"),
    )


@cache
def _cycle() -> tuple[Array, float]:
    """Return qpos (n, 21) of one cycle from the heel strike of the right foot, and the stride [m]."""
    rest, stride = _from_curves()
    plan = planned_feet(rest, stride)
    rest[:, 2] += _settling(rest, plan) - _SLACK
    plan = planned_feet(rest, stride)
    rest[:, 7 + JOINTS.index("mtp_angle_r")] = plan.bend
    target = BodyTarget(plan.body, plan.pos, plan.quat, pos_weight=1e6, quat_weight=1e3)
    solved = solve(rest, [target], rest_weight=0.05)
    right = solved[:, 7:14]
    solved[:, 14:21] = np.roll(right, -(len(right) // 2), axis=0)
    return solved, stride


def _settling(rest: Array, plan: FootPlan) -> Array:
    """Return the change of the pelvis height (n,) [m] with which the published leg would reach the planned foot.

    Repeats every half cycle, for both legs: a mean and two harmonics, fitted over the stance.
    """
    lacking = plan.pos[:, 2] - skeleton().poses(rest).pos[:, plan.body, 2]
    turns = 4 * np.pi * np.arange(len(rest)) / len(rest)
    waves = [wave(k * turns) for k in (1, 2) for wave in (np.cos, np.sin)]
    basis = np.stack((np.ones_like(turns), *waves), axis=1)
    fitted = np.linalg.lstsq(basis[plan.standing], lacking[plan.standing], rcond=None)[0]
    change: Array = basis @ fitted
    return change


def _from_curves() -> tuple[Array, float]:
    """Return qpos (n, 21) of one cycle of the published curves on this body, and the stride its feet ask for [m]."""
    curves = published_curves()["falisse2019", 1.3]
    phase = np.arange(_CYCLE_FRAMES) / _CYCLE_FRAMES
    low, high = skeleton().ranges.T
    angles = np.zeros((_CYCLE_FRAMES, 14))
    for side, shift in ((0, 0.0), (7, 0.5)):
        for column, joint in enumerate(_LEG):
            angles[:, side + column] = curves[joint](phase + shift)
    angles = np.clip(angles, low, high)
    quat = pelvis_quat(*(curves[f"pelvis_{turn}"](phase) for turn in ("tilt", "list", "rotation")))
    angles[:, [6, 13]] = bend_toes(angles, quat)
    qpos = np.concatenate((np.zeros((_CYCLE_FRAMES, 3)), quat, angles), axis=1)
    # Four cycles in a row, so that the middle ones do not feel the ends.
    relative = soles(np.tile(qpos, (4, 1)))
    height, _ = height_from_feet(relative, None, _FPS)
    middle = slice(_CYCLE_FRAMES, 3 * _CYCLE_FRAMES)
    qpos[:, 0] = _STRIDE * phase + curves["pelvis_tx"](phase)
    qpos[:, 1] = -curves["pelvis_tz"](phase)
    published = curves["pelvis_ty"](phase)
    qpos[:, 2] = published - published.mean() + height[middle].mean()
    return qpos, _STRIDE
