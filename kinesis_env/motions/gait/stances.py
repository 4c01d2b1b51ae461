"""Planned stances: where and when each foot stands along a course."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.motions.gait import rules
from kinesis_env.motions.gait.course import Course, Stretch
from kinesis_env.motions.gait.cycles import cycle_shapes, shape_weights
from kinesis_env.typing import Array

__all__ = ["TIPPING", "Stances", "plan_stances", "tipping"]


#: Height of the center of mass over gravity (0.95 m / 9.81 m/s^2) [s^2]: offset of the feet per acceleration with which
#: the body neither tips over nor leans.
TIPPING = 0.097
#: Largest offset forward and to the side [m].
_FURTHEST = (0.05, 0.08)
#: Fraction of it that runners replace by leaning: their legs are at the end of their reach already.
_RUN_LEAN = 0.2
#: Smallest fraction of a step for the weight shift before the first toe-off.
_SHIFT = 0.15


@dataclass(frozen=True)
class Stances:
    """The stances of one foot, in order.

    Attributes:
        place: position of the heel bone while the foot is flat (m, 2) [m].
        yaw: yaw of the foot (m,) [rad].
        lands: (m,) [s]; the first is minus infinity.
        leaves: (m,) [s]; the last is infinity.
    """

    place: Array
    yaw: Array
    lands: Array
    leaves: Array


def plan_stances(course: Course) -> tuple[Stances, Stances]:
    """Return the stances of the right and of the left foot."""
    feet: list[list[tuple[Array, float, float]]] = [[], []]
    leaves: list[list[float]] = [[], []]
    begin = course.times[:1]
    if not course.stretches or course.stretches[0].opens:
        for side in (0, 1):
            place, yaw = _places(course, begin, side)
            feet[side].append((place[0], float(yaw[0]), -np.inf))
    for stretch in course.stretches:
        _add_steps(course, stretch, feet, leaves)
    out = []
    for side in (0, 1):
        rows = feet[side]
        off = leaves[side][-(len(rows) - 1) :] if len(rows) > 1 else []
        lands = np.array([row[2] for row in rows])
        lands[0] = -np.inf
        out.append(
            Stances(
                np.array([row[0] for row in rows]), np.array([row[1] for row in rows]), lands, np.array([*off, np.inf])
            )
        )
    return out[0], out[1]


def _add_steps(
    course: Course, stretch: Stretch, feet: list[list[tuple[Array, float, float]]], leaves: list[list[float]]
) -> None:
    first, last = int(np.ceil(stretch.phase[0] + 1e-9)), int(np.floor(stretch.phase[-1] + 1e-9))

    def when(phase: Array) -> Array:
        return np.interp(phase, stretch.phase, stretch.times)

    steps = np.arange(first, last + 1, dtype=np.float64)
    if not len(steps):
        return

    def stances(phase: Array) -> Array:
        channels = course.at(when(phase), course.channels)
        return rules.stance_fraction(np.hypot(channels[:, 0], channels[:, 1]), channels[:, 4])

    stance = stances(steps - 0.5)
    off = steps - 2.0 * (1.0 - stance)
    # The stance of a running foot strike keeps its duration even if the body slows down meanwhile.
    off[2:] = np.minimum(off[2:], steps[:-2] + 2.0 * stances(steps[:-2]))
    if stretch.opens:
        off = np.maximum(off, np.where(steps == first, _SHIFT, off))
    middle = steps + stance
    end = stretch.phase[-1]
    if stretch.closes:
        middle = np.where(steps >= last - 1, end + 1.0, np.minimum(middle, end))
    times = np.where(middle > end, stretch.times[-1], when(middle))
    for side in (0, 1):
        mine = steps % 2 == (1 if (side == 1) == stretch.left_first else 0)
        wider = np.zeros(len(steps)) if stretch.wider is None else stretch.wider[: len(steps)]
        places, yaws = _places(course, times[mine], side, wider[mine])
        for place, yaw, lands in zip(places, yaws, when(steps[mine]), strict=True):
            feet[side].append((place, float(yaw), float(lands)))
        leaves[side].extend(float(value) for value in when(off[mine]))


def _places(course: Course, times: Array, side: int, wider: Array | float = 0.0) -> tuple[Array, Array]:
    """Return the places (n, 2) and yaw angles (n,) of stances with these times of mid-stance."""
    channels = course.at(times, course.channels)
    forward, sideways, rate, cadence, running, marching = channels.T
    weights = shape_weights(forward, sideways, running, marching)
    sign = 1.0 if side == 1 else -1.0
    heading = course.at(times, course.heading)
    ahead = weights @ cycle_shapes().reach
    apart = sign * (rules.half_width(forward, sideways, rate, cadence, running) + wider)
    lean = -tipping(course, times) * (1.0 - _RUN_LEAN * running)[:, None]
    cos, sin = np.cos(heading), np.sin(heading)
    offset = np.stack((cos * ahead - sin * apart, sin * ahead + cos * apart), axis=1)
    yaw = heading + sign * rules.toe_out(rate, cadence)
    return course.at(times, course.path) + offset + lean, yaw


def tipping(course: Course, times: Array) -> Array:
    """Return the offset of an accelerating body relative to its feet (n, 2) [m].

    It is limited to what foot placement can provide; the body must lean for the rest.
    """
    heading = course.at(times, course.heading)
    cos, sin = np.cos(heading), np.sin(heading)
    x, y = TIPPING * course.at(times, course.acceleration).T
    ahead = np.clip(cos * x + sin * y, -_FURTHEST[0], _FURTHEST[0])
    left = np.clip(cos * y - sin * x, -_FURTHEST[1], _FURTHEST[1])
    return np.stack((cos * ahead - sin * left, sin * ahead + cos * left), axis=1)
