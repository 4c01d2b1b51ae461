"""How the body moves over its feet: sideways as a pendulum over the point that carries it, up and down as it is pushed.

A body that does not lean accelerates away from the point of the ground that carries it, by its distance from that point
over its height times gravity (the linear inverted pendulum: Winter 1995, Gait & Posture 3:193; Kajita et al. 2001). Given
when and where the feet stand, that decides how far the body sways: there is one bounded course.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.motions.gait.course import Course
from kinesis_env.motions.gait.foot_paths import stance_shares
from kinesis_env.motions.gait.stances import TIPPING, Stances
from kinesis_env.motions.retargeting.signals import smooth

__all__ = ["carried_share", "sway"]

Array: TypeAlias = NDArray[np.float64]

#: Share of the stance over which a leg takes on the weight, and over which it gives it away.
_LOADING, _UNLOADING = 0.25, 0.35
#: How far the middle of a sole is in front of its heel bone, and how far to the outside [m].
_SOLE = (0.09, 0.008)
#: Time step [s].
_STEP = 1.0 / 120.0


def carried_share(standing: NDArray[np.bool_], share: Array) -> Array:
    """Return how much of the weight a foot carries (T,), 0 to 1, given the share of its stance that is done (T,)."""
    x = np.clip(np.minimum(share / _LOADING, (1 - share) / _UNLOADING), 0.0, 1.0)
    out: Array = np.where(standing, x**3 * (10 - 15 * x + 6 * x**2), 0.0)
    return out


def sway(course: Course, stances: tuple[Stances, Stances], times: Array) -> Array:
    """Return how far the body is to the left of its path (T,) [m] at times (T,) [s]."""
    grid = np.arange(course.times[0], course.times[-1] + _STEP, _STEP)
    heading = course.at(grid, course.heading)
    path = course.at(grid, course.path)
    left = np.stack((-np.sin(heading), np.cos(heading)), axis=1)
    total, place = np.zeros(len(grid)), np.zeros(len(grid))
    for side, own in enumerate(stances):
        index, standing, share = stance_shares(own, grid)
        load = carried_share(standing, share) + 1e-3
        yaw = own.yaw[index]
        outward = -_SOLE[1] if side == 0 else _SOLE[1]
        x = own.place[index, 0] + np.cos(yaw) * _SOLE[0] - np.sin(yaw) * outward
        y = own.place[index, 1] + np.sin(yaw) * _SOLE[0] + np.cos(yaw) * outward
        beside = (x - path[:, 0]) * left[:, 0] + (y - path[:, 1]) * left[:, 1]
        total += load
        place += load * beside
    pushed = TIPPING * (course.at(grid, course.acceleration) * left).sum(axis=1)
    away = smooth((place / total + pushed)[:, None], np.ones(len(grid)), TIPPING / _STEP**2, order=1)[:, 0]
    return np.interp(times, grid, away)
