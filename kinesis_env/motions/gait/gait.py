"""Walking and running generated from published curves, with feet that neither slide nor sink.

The joint angles of a published walk are given as Fourier series over the gait cycle. :func:`walk` retargets that cycle
to this body like a recording and repeats it; :class:`Gait` is any steady gait, and
:class:`~kinesis_env.motions.gait.plan.GaitPlan` a sequence of them: footsteps are planned and the legs follow by
inverse kinematics. ``python -m kinesis_env.making.clips`` regenerates the shipped clips.

Sources of the figures: ``assets/gait/PROVENANCE.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinesis_env.errors import MotionError
from kinesis_env.model.bodies import body_in_use, make_body
from kinesis_env.model.in_use import per_body
from kinesis_env.model.kinematics.forward import Poses, skeleton
from kinesis_env.model.kinematics.leg_ik import solve_legs
from kinesis_env.motions.formats.opensim import pelvis_quat
from kinesis_env.motions.gait import rules
from kinesis_env.motions.gait.balance import carried_share, pendulum
from kinesis_env.motions.gait.curves import Curve, published_curves
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.segments import Run, Walk
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.retargeting.contact import find_stands, runs
from kinesis_env.motions.retargeting.ground import bend_toes, soles
from kinesis_env.motions.retargeting.legs import adapt_legs
from kinesis_env.motions.retargeting.other_body import leg_length_of, poses_onto_body
from kinesis_env.typing import Array, Mask

__all__ = ["Curve", "Gait", "published_curves", "walk"]


_LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle")
_SOURCE = "Made from the mean walking cycle of Falisse et al. 2019 (J. R. Soc. Interface, doi 10.1098/rsif.2019.0402)"
#: Frames of one cycle of the shipped walk and its frame rate [Hz]: 1.07 s, close to the published cycle of 1.05 s.
_CYCLE_FRAMES, _FPS = 32, 30.0

#: Its stride length [m], with which the stance feet of the published curves slide least on this body.
_STRIDE = 1.3451291787370405
#: Height of the published foot above the ground on the soles of this body [m].
_PADDED = 0.004
#: Number of consecutive cycles; the middle one is not affected by the ends.
_ROW = 7


@dataclass(frozen=True)
class Gait:
    """A steady gait, without start and stop.

    Attributes:
        speed: 0.3 to 2.0 walking forward, to 1.2 backward, 0.2 to 0.8 sideways, 2.0 to 4.0 running [m/s].
        turn_rate: turn rate of the heading, left positive, up to 1.571 to either side [rad/s].
        direction: direction of travel relative to the body [rad]: 0 forward, pi backward, +pi/2 to the left.
        running: whether it runs.
        fps: frames per second.
        seed: seed of the small variation of step width and step time; None for equal steps.

    Raises:
        MotionError: an invalid field; the message names it, its value and what is allowed.
    """

    speed: float = 1.25
    turn_rate: float = 0.0
    direction: float = 0.0
    running: bool = False
    fps: float = 30.0
    seed: int | None = None

    def __post_init__(self) -> None:
        self.plan(1.0)

    def plan(self, duration: float) -> GaitPlan:
        """Return the plan of the gait for a duration [s]."""
        kind = Run if self.running else Walk
        segment = kind(self.speed, duration=duration, turn_rate=self.turn_rate, direction=self.direction)
        return GaitPlan((segment,), fps=self.fps, start="moving", end="moving", seed=self.seed)

    def motion(self, duration: float = 10.0, *, name: str = "gait", caption: str = "") -> Motion:
        """Return the gait for a duration [s]; it begins at the origin and faces +x.

        Raises:
            MotionError: an invalid duration.
        """
        if not caption:
            way = "runs" if self.running else "walks"
            turning = f", turning by {math.degrees(self.turn_rate):.0f} degrees a second" if self.turn_rate else ""
            caption = f"{way} at {self.speed:.2f} m/s{turning}"
        return self.plan(duration).motion(name=name, caption=caption)


def walk(cycles: int = 10, *, name: str = "walk") -> Motion:
    """Return a straight, periodic, left-right symmetric walk at about 1.3 m/s.

    Args:
        cycles: number of strides of 1.07 s; the last frame repeats the first one, that many strides further.
        name: name of the motion.

    Raises:
        MotionError: fewer than one cycle.
    """
    if cycles < 1:
        raise MotionError(f"a walk needs at least one cycle, given {cycles}")
    own, usual = body_in_use(), make_body()
    with usual.in_use():
        cycle, stride = _cycle()
    qpos = np.tile(cycle, (cycles + 1, 1))
    qpos[:, 0] += np.repeat(np.arange(cycles + 1) * stride, _CYCLE_FRAMES)
    qpos = qpos[: cycles * _CYCLE_FRAMES + 1]
    qpos[:, 0] -= qpos[0, 0]
    speed = stride / _CYCLE_FRAMES * _FPS
    if own.shape != usual.shape:
        qpos = poses_onto_body(qpos, usual, own)
        speed *= leg_length_of(own) / leg_length_of(usual)
    return Motion.from_qpos(
        qpos,
        _FPS,
        name=name,
        caption=f"walks straight ahead at {speed:.2f} m/s",
        source=_SOURCE,
        license="Apache-2.0; figures MIT (Falisse et al.)",
        notes=("footsteps planned, legs solved onto them by inverse kinematics", "left and right are exact mirrors"),
    )


@per_body
def _cycle() -> tuple[Array, float]:
    """Return qpos (n, 21) of one cycle from the heel strike of the right foot, and the stride [m].

    The published cycle, repeated several times, is processed like a recording of joint angles: the pelvis keeps its
    path, and the legs adapt to the ground. The differences are a trunk that lists and rotates less, and the sway over
    the feet that results from it.
    """
    rest = np.tile(_from_curves(), (_ROW, 1))
    rest[:, 0] += np.repeat(np.arange(_ROW) * _STRIDE, _CYCLE_FRAMES)
    poses = skeleton().poses(rest)
    heels = [foot[0].body for foot in skeleton().feet]
    places, turns = (np.stack([values[:, heel] for heel in heels]) for values in (poses.pos, poses.quat))
    stands = find_stands(soles(rest), _FPS)
    low = _low_point(rest, stands.flat) - _PADDED
    rest[:, 3:7] = np.tile(_trunk(rules.TRUNK_SHARE), (_ROW, 1))
    lost = _hips(poses) - _hips(skeleton().poses(rest))
    firm = np.stack([_eased(side) for side in stands.firm.T], axis=1)
    rise = _eased((firm * lost).sum(axis=1) / firm.sum(axis=1)) - low
    rest[:, 2] += rise
    # The stance foot is on the ground; the swing foot moves with its hip.
    places[..., 2] += (firm * -low + (1 - firm) * (rise[:, None] - lost)).T
    for side, outward in ((0, -1.0), (1, 1.0)):
        places[side, :, 1] = outward * 0.5 * rules.STEP_WIDTH
    rest[:, 1] = _swayed(places, stands.firm > 0)
    rest = solve_legs(rest, places, turns)
    solved = adapt_legs(rest, stands.firm, stands.clearance, _FPS, still=stands.still)
    first = _ROW // 2 * _CYCLE_FRAMES
    out = solved[first : first + _CYCLE_FRAMES].copy()
    out[:, 0] -= _ROW // 2 * _STRIDE
    half = _CYCLE_FRAMES // 2
    out[:, 1] = 0.5 * (out[:, 1] - np.roll(out[:, 1], half))
    out[:, 14:21] = np.roll(out[:, 7:14], -half, axis=0)
    return out, _STRIDE


def _hips(poses: Poses) -> Array:
    """Return the height of the right and of the left hip (T, 2) [m]."""
    return poses.anchors[:, [skeleton().chains[foot[0].body][0] for foot in skeleton().feet], 2]


def _eased(values: Array) -> Array:
    """Return a weighted mean of values (T,) over a tenth of a second."""
    kernel = np.hanning(5)[1:-1]
    out: Array = np.convolve(np.pad(values, 1, mode="edge"), kernel / kernel.sum(), mode="valid")
    return out


def _low_point(qpos: Array, weights: Array) -> float:
    """Return the mean height of the soles of stance feet [m]."""
    return float((weights * soles(qpos).lowest).sum() / weights.sum())


def _swayed(places: Array, standing: Mask) -> Array:
    """Return the lateral position of the body, left positive (T,), over feet at places (2, T, 3) in stance (T, 2)."""
    loads = []
    for side in (0, 1):
        share = np.zeros(len(standing))
        for first, stop in runs(standing[:, side]):
            share[first:stop] = (np.arange(stop - first) + 0.5) / (stop - first)
        loads.append(carried_share(standing[:, side], share) + 1e-3)
    return pendulum(loads, [places[side, :, 1] for side in (0, 1)], _FPS)


def _trunk(share: float) -> Array:
    """Return the orientation of the pelvis over the cycle (n, 4), with a share of its published list and rotation."""
    curves = published_curves()["falisse2019", 1.3]
    phase = np.arange(_CYCLE_FRAMES) / _CYCLE_FRAMES
    tilt, tip, turn = (curves[f"pelvis_{name}"](phase) for name in ("tilt", "list", "rotation"))
    return pelvis_quat(tilt, share * tip, share * turn)


def _from_curves() -> Array:
    """Return qpos (n, 21) of one cycle of the published curves on this body."""
    curves = published_curves()["falisse2019", 1.3]
    phase = np.arange(_CYCLE_FRAMES) / _CYCLE_FRAMES
    low, high = skeleton().ranges.T
    angles = np.zeros((_CYCLE_FRAMES, 14))
    for side, shift in ((0, 0.0), (7, 0.5)):
        for column, joint in enumerate(_LEG):
            angles[:, side + column] = curves[joint](phase + shift)
    angles = np.clip(angles, low, high)
    quat = _trunk(1.0)
    angles[:, [6, 13]] = bend_toes(angles, quat)
    place = np.stack(
        (_STRIDE * phase + curves["pelvis_tx"](phase), -curves["pelvis_tz"](phase), curves["pelvis_ty"](phase)), axis=1
    )
    return np.concatenate((place, quat, angles), axis=1)
