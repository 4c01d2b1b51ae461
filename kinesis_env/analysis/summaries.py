"""Figures of moments, ground forces and residuals, as JSON can hold them; frames beside the plates do not count."""

from __future__ import annotations

from typing import Any

import numpy as np

from kinesis_env.dynamics.instruments import SIDES
from kinesis_env.dynamics.records import JointMoments, MuscleActivity
from kinesis_env.dynamics.support import GRAVITY
from kinesis_env.model.names import shared_model
from kinesis_env.typing import Array, Mask

__all__ = ["force_summary", "moment_summary", "residual_summary"]

_AXES = ("forward", "left", "up")


def moment_summary(moments: JointMoments, activity: MuscleActivity) -> dict[str, Any]:
    """Return extremes and rms of each joint's moment [N m] and power [W], and what the muscles left of them."""
    used = _used(moments)
    joints = {}
    for i, joint in enumerate(moments.names):
        moment, power = moments.moments[used, i], moments.powers[used, i]
        joints[joint] = {
            "minimum": _figure(moment.min()),
            "maximum": _figure(moment.max()),
            "rms": _rms(moment),
            "power_minimum": _figure(power.min()),
            "power_maximum": _figure(power.max()),
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


def force_summary(moments: JointMoments, *, measured: bool) -> dict[str, Any]:
    """Return the extremes of the force on each foot in body weights."""
    weight = float(shared_model().body_mass.sum()) * GRAVITY
    used = _used(moments)
    about: dict[str, Any] = {"source": "measured" if measured else "estimated", "unit": "body weights"}
    for foot, side in enumerate(SIDES):
        force = moments.ground_force[used, foot] / weight
        about[side] = {
            "minimum": {axis: _figure(force[:, i].min()) for i, axis in enumerate(_AXES)},
            "maximum": {axis: _figure(force[:, i].max()) for i, axis in enumerate(_AXES)},
        }
    return about


def residual_summary(moments: JointMoments) -> dict[str, Any]:
    """Return the rms of what is left at the pelvis: force [N] in the world, moment [N m] in the pelvis' axes."""
    used = _used(moments)
    rms = [_rms(column) for column in moments.residual[used].T]
    return {"force": rms[:3], "moment": rms[3:], "unit": "N, N m", "axes": ["forward", "left", "up"]}


def _used(moments: JointMoments) -> Mask:
    return np.ones(len(moments.times), dtype=np.bool_) if moments.covered is None else moments.covered


def _rms(values: Array) -> float:
    return _figure(np.sqrt((values**2).mean()))


def _figure(value: Any) -> float:
    return round(float(value), 4)
