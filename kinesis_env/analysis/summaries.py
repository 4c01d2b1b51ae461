"""Figures of moments, ground forces and residuals, as JSON types.

Frames off the plates do not count. Extremes are the 1st and 99th percentiles over the frames, as a plate that catches
the other foot once would give the true extremes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kinesis_env import rotations
from kinesis_env.dynamics.instruments import SIDES
from kinesis_env.dynamics.metabolic import MetabolicCost
from kinesis_env.dynamics.records import JointMoments, MuscleActivity
from kinesis_env.dynamics.support import GRAVITY
from kinesis_env.dynamics.trajectory import Trajectory
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.names import shared_model
from kinesis_env.typing import Array, Mask

__all__ = ["facing", "force_summary", "metabolic_summary", "moment_summary", "residual_summary"]

_AXES = ("forward", "left", "up")
#: Percentiles used as the smallest and largest value.
_ENDS = (1, 99)


def moment_summary(moments: JointMoments, activity: MuscleActivity) -> dict[str, Any]:
    """Return extremes and rms of each joint's moment [N m] and power [W], and what the muscles leave of them."""
    used = _used(moments)
    joints = {}
    for i, joint in enumerate(moments.names):
        moment, power = moments.moments[used, i], moments.powers[used, i]
        (low, high), (least, most) = (np.percentile(values, _ENDS) for values in (moment, power))
        joints[joint] = {
            "minimum": _figure(low),
            "maximum": _figure(high),
            "rms": _rms(moment),
            "power_minimum": _figure(least),
            "power_maximum": _figure(most),
            "reserve_rms": _rms(activity.reserve[used, i]),
        }
    saturated = activity.saturated[used].mean(axis=0)
    often = np.argsort(-saturated, kind="stable")[:5]
    return {
        "unit": "N m, W",
        "joints": joints,
        "covered": _figure(used.mean()),
        "saturated": {activity.muscles[i]: _figure(saturated[i]) for i in often if saturated[i] > 0},
    }


def facing(motion: Trajectory) -> Array:
    """Return the rotation matrix (3, 3) from the world to forward, left and up of the body's mean heading."""
    ahead = np.exp(1j * rotations.heading(np.asarray(motion.qpos)[:, 3:7])).mean()
    ahead /= max(abs(ahead), 1e-9)
    return np.array([[ahead.real, ahead.imag, 0.0], [-ahead.imag, ahead.real, 0.0], [0.0, 0.0, 1.0]])


@of_its_body
def force_summary(moments: JointMoments, motion: Trajectory, *, measured: bool) -> dict[str, Any]:
    """Return the extremes of the force on each foot in body weights, in the body's mean heading frame."""
    weight = float(shared_model().body_mass.sum()) * GRAVITY
    used = _used(moments)
    about: dict[str, Any] = {"source": "measured" if measured else "estimated", "unit": "body weights"}
    for foot, side in enumerate(SIDES):
        low, high = np.percentile(moments.ground_force[used, foot] @ facing(motion).T / weight, _ENDS, axis=0)
        about[side] = {
            "minimum": {axis: _figure(low[i]) for i, axis in enumerate(_AXES)},
            "maximum": {axis: _figure(high[i]) for i, axis in enumerate(_AXES)},
        }
    return about


@of_its_body
def residual_summary(moments: JointMoments, motion: Trajectory) -> dict[str, Any]:
    """Return the rms residual at the pelvis: force [N] in the mean heading frame, moment [N m] in the pelvis' axes."""
    left = moments.residual[_used(moments)]
    rms = [_rms(column) for column in np.concatenate((left[:, :3] @ facing(motion).T, left[:, 3:]), axis=1).T]
    return {"force": rms[:3], "moment": rms[3:], "unit": "N, N m", "axes": ["forward", "left", "up"]}


def metabolic_summary(cost: MetabolicCost) -> dict[str, Any]:
    """Return the mean cost of the body [W/kg], and the muscles that use the most."""
    each = cost.power.mean(axis=0) / cost.mass
    return {
        "unit": "W/kg",
        "mean": _figure(cost.mean),
        "basal": _figure(cost.basal),
        "heat": _figure(cost.heat.sum(axis=1).mean() / cost.mass),
        "right_leg": _figure(each[: len(each) // 2].sum()),
        "left_leg": _figure(each[len(each) // 2 :].sum()),
        "notes": list(cost.notes),
    }


def _used(moments: JointMoments) -> Mask:
    return np.ones(len(moments.times), dtype=np.bool_) if moments.covered is None else moments.covered


def _rms(values: Array) -> float:
    return _figure(np.sqrt((values**2).mean()))


def _figure(value: Any) -> float:
    return round(float(value), 4)
