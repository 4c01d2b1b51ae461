"""What a body did, and whether it matches a prompt.

The goal comes from the understood actions, not from a reference motion: total turn and largest turn to either side,
distance and direction of travel, farthest distance, speed of the fastest second, and number of steps. What the prompt
names has narrow tolerances; what it leaves open has wide ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.names import TRACKED_BODIES
from kinesis_env.motions.gait.course import Course
from kinesis_env.motions.motion import Motion
from kinesis_env.text.action import Action
from kinesis_env.text.builtin import plan_of
from kinesis_env.typing import Array

__all__ = ["ANKLES", "Behavior", "Goal", "behavior_of", "behaviors", "goal_of"]


#: The ankles among the tracked bodies, and the smallest rise of an ankle in a step [m].
ANKLES = tuple(TRACKED_BODIES.index(name) for name in ("talus_r", "talus_l"))
_LIFT, _DOWN = 0.035, 0.02
#: Tolerances of angles [rad]: a named and an unnamed turn, the direction of one leg and of several.
_TURN, _OPEN_TURN = math.radians(25), math.radians(45)
_WAY, _OPEN_WAY = math.radians(25), math.radians(40)
#: Tolerance of a named distance: a length [m] and a fraction of the path; factors of an unnamed one.
_LENGTH, _SHARE = 0.3, 0.15
_OPEN = (0.4, 2.5)
#: Range of the fastest second [m/s] by gait and direction: slow, plain, fast.
_SPEEDS = {
    "walk": ((0.15, 0.95), (0.7, 1.5), (1.25, 2.15)),
    "backward": ((0.15, 0.65), (0.35, 1.0), (0.7, 1.4)),
    "sideways": ((0.1, 0.5), (0.2, 0.75), (0.3, 1.0)),
    "jog": ((1.7, 2.6), (1.8, 2.9), (2.2, 3.4)),
    "run": ((1.8, 2.8), (2.0, 3.5), (2.7, 4.5)),
    "sprint": ((2.6, 4.2), (2.9, 4.6), (3.0, 4.6)),
}
#: Fastest second of a body that stays in place, and of single steps [m/s].
_STILL, _STEPPING = 0.4, 1.3
#: Fraction of the planned time that an episode must last.
_LASTING = 0.8


@dataclass(frozen=True)
class Behavior:
    """What a body did, in the frame of the heading it began with; numbers, or arrays (n,).

    Attributes:
        turn: change of heading [rad], positive to the left.
        most_left: largest change of heading to the left along the way [rad].
        most_right: largest change to the right [rad], not positive.
        ahead: distance traveled forward [m].
        aside: distance traveled to the left [m].
        farthest: largest distance from the start along the way [m].
        path: length of the path, in half-second chords [m].
        speed: speed of the fastest second [m/s].
        steps: number of times a foot was lifted.
    """

    turn: Array
    most_left: Array
    most_right: Array
    ahead: Array
    aside: Array
    farthest: Array
    path: Array
    speed: Array
    steps: Array

    @property
    def distance(self) -> Array:
        """Distance between the body's start and end [m]."""
        return np.hypot(self.ahead, self.aside)

    def row(self, i: int) -> Behavior:
        """Return the behavior of one of several bodies."""
        return Behavior(**{name: getattr(self, name)[i] for name in self.__dataclass_fields__})


def behaviors(xy: Array, yaw: Array, ankles: Array, rate: float) -> Behavior:
    """Measure n bodies.

    Args:
        xy: position of the pelvis in the world (n, T, 2) [m].
        yaw: heading of the pelvis (n, T) [rad].
        ankles: height of both ankles (n, T, 2) [m].
        rate: frames per second.
    """
    heading = np.unwrap(yaw, axis=1)
    heading = heading - heading[:, :1]
    away = xy - xy[:, :1]
    cos, sin = np.cos(yaw[:, 0]), np.sin(yaw[:, 0])
    end = away[:, -1]
    half = max(1, round(0.5 * rate))
    # Half-second chords omit the sway from side to side.
    last = np.minimum(np.arange(half, xy.shape[1] + half), xy.shape[1] - 1)
    chords = np.linalg.norm(xy[:, last] - xy, axis=2)
    after = np.minimum(np.arange(xy.shape[1]) + half, xy.shape[1] - 1)
    return Behavior(
        turn=heading[:, -1],
        most_left=heading.max(axis=1),
        most_right=heading.min(axis=1),
        ahead=cos * end[:, 0] + sin * end[:, 1],
        aside=cos * end[:, 1] - sin * end[:, 0],
        farthest=np.linalg.norm(away, axis=2).max(axis=1),
        path=chords[:, ::half].sum(axis=1),
        speed=(chords + chords[:, after]).max(axis=1) * (0.5 * rate / half),
        steps=_lifts(ankles),
    )


@of_its_body
def behavior_of(motion: Motion) -> Behavior:
    """Measure a motion."""
    yaw = rotations.heading(motion.qpos[:, 3:7])
    ankles = motion.body_pos[:, ANKLES, 2]
    return behaviors(motion.qpos[None, :, :2], yaw[None], ankles[None], motion.fps).row(0)


def _lifts(ankles: Array) -> Array:
    """Return how many times either ankle (n, T, 2) left the ground (n,)."""
    ground = ankles.min(axis=1, keepdims=True)
    above = ankles - ground
    # Down, then up: a lift is counted where the foot was last down before it rose.
    mark = np.where(above > _LIFT, 1, np.where(above < _DOWN, -1, 0))
    index = np.where(mark != 0, np.arange(mark.shape[1])[None, :, None], 0)
    latest = np.take_along_axis(mark, np.maximum.accumulate(index, axis=1), axis=1)
    up = latest > 0
    lifts: Array = np.logical_and(up[:, 1:], ~up[:, :-1]).sum(axis=(1, 2)).astype(np.float64)
    return lifts


@dataclass(frozen=True)
class Goal:
    """The goal of a prompt, for a body that begins at a given time of the plan.

    Attributes:
        ranges: smallest and largest allowed value of each part of the behavior.
        direction: direction of travel [rad], or None if the body ends near its start.
        way: tolerance of the direction [rad].
        duration: remaining time of the plan [s].
    """

    ranges: dict[str, tuple[float, float]]
    direction: float | None
    way: float
    duration: float

    def judge(self, done: Behavior) -> dict[str, bool]:
        """Return which parts of the goal one body meets."""
        out = {
            name: bool(low - 1e-9 <= float(getattr(done, name)) <= high + 1e-9)
            for name, (low, high) in self.ranges.items()
        }
        if self.direction is not None:
            off = math.remainder(math.atan2(float(done.aside), float(done.ahead)) - self.direction, 2 * math.pi)
            out["direction"] = abs(off) <= self.way
        return out

    def met(self, done: Behavior, duration: float) -> bool:
        """Return whether a body did what the prompt says.

        Args:
            done: behavior of one body.
            duration: its duration [s]; less than four fifths of the plan's time is too short to tell.
        """
        return duration >= _LASTING * self.duration and all(self.judge(done).values())


def goal_of(prompt: str, *, seed: int = 0, duration: float | None = None, start: float = 0.0) -> Goal:
    """Return the goal of a prompt.

    Args:
        prompt: the prompt.
        seed: selects the variant that decides what the prompt leaves open.
        duration: as for :meth:`~kinesis_env.text.builtin.BuiltinTextToMotion.generate`.
        start: fraction of the plan that has passed when the body begins, 0 to 1.

    Raises:
        PromptError: the prompt is not understood.
    """
    plan, actions = plan_of(prompt, seed=seed, duration=duration)
    course = plan.course()
    wanted = _planned(course, start * course.duration)
    ranges, named = {}, all(action.exact or not action.turn for action in actions)
    turning = sum(action.turn for action in actions)
    slack = (_TURN if named else _OPEN_TURN) + 0.05 * turning
    for name in ("turn", "most_left", "most_right"):
        value = float(getattr(wanted, name))
        ranges[name] = (value - slack, value + slack)
    bounded = all(_is_bounded(action) for action in actions)
    path = float(wanted.path)
    near = _LENGTH + 0.05 * path
    for name in ("distance", "farthest"):
        value = float(getattr(wanted, name))
        if value < near:
            ranges[name] = (0.0, value + _LENGTH + _SHARE * path)
        elif bounded:
            ranges[name] = (max(0.5 * value, value - _LENGTH - _SHARE * path), value + _LENGTH + _SHARE * path)
        else:
            ranges[name] = (_OPEN[0] * value, _OPEN[1] * value)
    ranges["speed"] = _speeds(actions, float(wanted.speed))
    steps = float(wanted.steps)
    ranges["steps"] = (
        (math.floor(0.6 * steps), 1.6 * steps + 2) if bounded or path < 0.5 else (0.25 * steps, 3 * steps + 2)
    )
    away = float(wanted.distance) >= near
    legs = sum(action.verb in ("go", "step", "circle") for action in actions)
    return Goal(
        ranges=ranges,
        direction=math.atan2(float(wanted.aside), float(wanted.ahead)) if away else None,
        way=_WAY if named and (legs < 2 or bounded) else _OPEN_WAY,
        duration=(1.0 - start) * course.duration,
    )


def _planned(course: Course, start: float) -> Behavior:
    """Return the behavior of a body that follows a course from a given time on."""
    rate = 30.0
    times = start + np.arange(max(2, math.floor((course.duration - start) * rate + 1e-6) + 1)) / rate
    path, heading = course.at(times, course.path), course.at(times, course.heading)
    done = behaviors(path[None], heading[None], np.zeros((1, len(times), 2)), rate).row(0)
    steps = 0.0
    for stretch in course.stretches:
        steps += float(stretch.phase[-1] - np.interp(start, stretch.times, stretch.phase))
    values = {name: getattr(done, name) for name in Behavior.__dataclass_fields__}
    return Behavior(**{**values, "steps": np.float64(steps)})


def _is_bounded(action: Action) -> bool:
    if action.verb in ("go", "circle"):
        return action.bounded or action.back or action.radius is not None
    return True


def _speeds(actions: Sequence[Action], planned: float) -> tuple[float, float]:
    """Return the range of the fastest second, set by the fastest action."""
    found = (0.0, _STILL)
    for action in actions:
        low, high = _class(action)
        if high > found[1]:
            found = (low, high)
    # A body that does little is slower; amounts in the prompt count more than the class of the gait.
    return min(found[0], 0.8 * planned), max(found[1], 1.25 * planned)


def _class(action: Action) -> tuple[float, float]:
    if action.verb not in ("go", "circle", "return", "step"):
        return 0.0, _STILL
    if action.speed is not None:
        return 0.8 * action.speed, 1.2 * action.speed
    if action.verb == "step" and action.steps is not None:
        return 0.0, _STEPPING
    row = (action.pace > 0) - (action.pace < 0) + 1
    aside, ahead = abs(math.sin(action.direction)), math.cos(action.direction)
    if action.gait != "walk":
        return _SPEEDS[action.gait][row]
    return _SPEEDS["sideways" if aside > 0.5 else "walk" if ahead > 0 else "backward"][row]
