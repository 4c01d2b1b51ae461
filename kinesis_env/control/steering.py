"""Motions for goals: where to, or how fast and which way, as a gait from where the body is.

A planner of a task makes the motion that leads to its goal, and makes it anew when the goal or the command changes; the
tracker follows it. Both know what the task tells an agent, and nothing of goals and commands to come.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.model.kinematics.forward import differentiate
from kinesis_env.motions.gait import rules
from kinesis_env.motions.gait.course import Command, lay_course
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.segments import Walk
from kinesis_env.motions.gait.synthesis import synthesise
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.direction import DirectionTask
from kinesis_env.tasks.reach import ReachTask
from kinesis_env.typing import Array

__all__ = ["Planner", "Route", "planner_for"]


#: Speeds of an unhurried walk forward, backward and to the side [m/s]; slower than the gaits' limits.
_EASY = {"forward": 1.3, "backward": 0.9, "side": 0.55}
#: Time that is left over when a goal has to be reached at a given time [s].
_SPARE = 0.35
#: A goal nearer than this is where the body stands [m].
_THERE = 0.03
#: Slowest command that is walked rather than stood [m/s], and the fastest.
_STANDS, _FASTEST = 0.15, 1.8
#: How fast the body turns to where it goes [rad/s], and in how large parts.
_TURN_RATE, _PART = 1.3, 0.6
#: How soon after a command the middle of the change is that it asks for, in halves of the time that the change takes.
#: Below 1 it begins in the past, with what is then a small jump of the reference.
_SOON = 0.75
#: How far a motion for a command goes on; it is made anew before [s].
_ONWARD = 8.0


@dataclass
class Route:
    """A motion of one body in the world, at the control rate.

    Attributes:
        qpos: (T, 21).
        qvel: (T, 20).
    """

    qpos: Array
    qvel: Array


class Planner(ABC):
    """Makes routes for the rows of a task."""

    @abstractmethod
    def start(self, row: int) -> Route:
        """Return the route of an episode that has just begun."""

    @abstractmethod
    def update(self, row: int) -> Route | None:
        """Return a new route from now on where the goal has changed, or None."""


class ReachPlanner(Planner):
    """Walks to the goal, facing as at the start, and stands there.

    Args:
        task: whose goals.
    """

    def __init__(self, task: ReachTask) -> None:
        self._task = task
        num = task.simulation.num
        self._goal: Array = np.full((num, 2), np.nan)
        self._routes: list[Route | None] = [None] * num
        self._at: NDArray[np.int64] = np.zeros(num, dtype=np.int64)
        self._moving: NDArray[np.int64] = np.zeros(num, dtype=np.int64)
        self._reached: NDArray[np.int64] = np.zeros(num, dtype=np.int64)

    def start(self, row: int) -> Route:
        """Return the way to the goal from where the body stands."""
        self._goal[row] = self._task.goal_world()[row]
        self._reached[row] = 0
        qpos = self._task.simulation.qpos[row]
        return self._keep(row, self._leg(row, qpos[:2], float(rotations.heading(qpos[3:7])), self._left(row)))

    def update(self, row: int) -> Route | None:
        """Return the rest of the way to the last goal and the way to a new one, if there is one."""
        self._at[row] += 1
        goal = self._task.goal_world()[row]
        if np.array_equal(goal, self._goal[row]):
            return None
        self._goal[row] = goal
        self._reached[row] += 1
        route, at = self._routes[row], int(self._at[row])
        assert route is not None
        arrival = max(int(self._moving[row]), at + 1)
        end = route.qpos[min(arrival, len(route.qpos) - 1)]
        seconds = self._left(row) - (arrival - at) * self._task.simulation.control_step
        onward = self._leg(row, end[:2], float(rotations.heading(end[3:7])), seconds)
        moving = int(self._moving[row])
        joined = Route(
            np.concatenate((route.qpos[at:arrival], onward.qpos)), np.concatenate((route.qvel[at:arrival], onward.qvel))
        )
        return self._keep(row, joined, moving + arrival - at)

    def _keep(self, row: int, route: Route, moving: int | None = None) -> Route:
        self._routes[row], self._at[row] = route, 0
        if moving is not None:
            self._moving[row] = moving
        return route

    def _left(self, row: int) -> float:
        """Return how much time the episode has left [s]."""
        steps = self._task.config.time_limit - int(self._task.context().time[row] / self._task.simulation.control_step)
        return steps * self._task.simulation.control_step

    def _leg(self, row: int, place: Array, heading: float, seconds: float) -> Route:
        step = self._task.simulation.control_step
        away = self._goal[row] - place
        distance = float(np.hypot(*away))
        frames = max(round(seconds / step) + 1, 3)
        if distance < _THERE:
            standing = self._task.simulation.model.key_qpos[0]
            self._moving[row] = 1
            return _held(_placed(standing[None], place, heading), frames, step)
        direction = math.remainder(math.atan2(away[1], away[0]) - heading, 2 * math.pi)
        ahead = self._task.config.goals - self._reached[row]
        plan = _walk_there(distance, direction, seconds / ahead)
        course = plan.course()
        qpos, part = synthesise(course, 1.0 / step)
        self._moving[row] = len(qpos[part]) - 1
        return _held(_placed(qpos[part], place, heading), frames, step)


class DirectionPlanner(Planner):
    """Walks with the commanded velocity, and turns to face it while it does.

    Args:
        task: whose commands.
    """

    def __init__(self, task: DirectionTask) -> None:
        self._task = task
        num = task.simulation.num
        self._command: Array = np.full((num, 2), np.nan)
        self._history: list[list[Command]] = [[] for _ in range(num)]
        self._origin: Array = np.zeros((num, 3))
        self._elapsed: NDArray[np.int64] = np.zeros(num, dtype=np.int64)

    def start(self, row: int) -> Route:
        """Return the motion of the first command, from a stand."""
        qpos = self._task.simulation.qpos[row]
        self._origin[row] = *qpos[:2], float(rotations.heading(qpos[3:7]))
        self._elapsed[row] = 0
        self._command[row] = self._task.velocity_world()[row]
        self._history[row] = [Command(0.05), *self._commands(self._command[row], self._origin[row, 2])]
        return self._route(row)

    def update(self, row: int) -> Route | None:
        """Return the motion that changes to a new command, if there is one."""
        self._elapsed[row] += 1
        command = self._task.velocity_world()[row]
        if np.array_equal(command, self._command[row]):
            return None
        self._command[row] = command
        now = float(self._elapsed[row]) * self._task.simulation.control_step
        self._change(row, now, command)
        return self._route(row)

    def _change(self, row: int, now: float, command: Array) -> None:
        """Let what is done from a moment soon after now be another command."""
        history = self._history[row]
        course = lay_course(history, moving=(False, True))
        here = course.at(np.array([now + 0.3]), np.column_stack((course.heading, course.channels[:, :3])))[0]
        facing = self._origin[row, 2] + here[0]
        onward = self._commands(command, float(facing))
        first = onward[0]
        change = math.hypot(first.forward - here[1], first.side - here[2]) + 0.25 * abs(first.rate - here[3])
        border = now + _SOON * float(rules.ramp_time(change))
        # Times of the course count from its first frame; a stand at the start is lengthened by half a ramp.
        kept, begun = [], 0.0
        for number, known in enumerate(history):
            lasts = known.duration + (self._stand_ramp(history) if number == 0 else 0.0)
            if begun + lasts >= border - 0.05:
                rest = border - begun - (self._stand_ramp(history) if number == 0 else 0.0)
                kept.append(_lasting(known, max(rest, 0.05)))
                break
            kept.append(known)
            begun += lasts
        self._history[row] = kept + onward

    def _stand_ramp(self, history: list[Command]) -> float:
        following = history[1]
        change = math.hypot(following.forward, following.side) + 0.25 * abs(following.rate)
        return float(rules.ramp_time(change)) if history[0].cadence == 0 else 0.0

    def _commands(self, velocity: Array, facing: float) -> list[Command]:
        """Return what a body that faces some way does to move with a velocity: it turns on the way."""
        speed = min(float(np.hypot(*velocity)), _FASTEST)
        if speed < _STANDS:
            return [Command(_ONWARD)]
        away = math.remainder(math.atan2(velocity[1], velocity[0]) - facing, 2 * math.pi)
        parts = math.ceil(max(abs(away) - 0.1, 0.0) / _PART)
        row = []
        for part in range(parts):
            direction = away * (1.0 - (part + 0.5) / parts)
            pace = min(speed, 0.9 * rules.walk_limits(direction)[1])
            rate = math.copysign(_TURN_RATE, away)
            row.append(_walking(abs(away) / parts / _TURN_RATE, pace, direction, rate))
        return [*row, _walking(_ONWARD, max(speed, rules.WALK_LIMITS[0]), away if parts == 0 else 0.0, 0.0)]

    def _route(self, row: int) -> Route:
        """Return the motion of the row's commands from now on."""
        step = self._task.simulation.control_step
        qpos, part = synthesise(lay_course(self._history[row], moving=(False, True)), 1.0 / step)
        own = qpos[part]
        whole = _placed(own, self._origin[row, :2], float(self._origin[row, 2]))
        qvel = differentiate(whole, 1.0 / step)
        now = int(self._elapsed[row])
        return Route(whole[now:], qvel[now:])


def planner_for(task: Task) -> Planner | None:
    """Return what plans for the goals of a task, or None for a task without goals."""
    if isinstance(task, ReachTask):
        return ReachPlanner(task)
    return DirectionPlanner(task) if isinstance(task, DirectionTask) else None


def _walk_there(distance: float, direction: float, seconds: float) -> GaitPlan:
    """Return the slowest walk that is there in time, or the fastest there is."""
    fastest = rules.walk_limits(direction)[1]
    ahead = _EASY["forward" if math.cos(direction) >= 0 else "backward"]
    easy = 1.0 / math.hypot(math.cos(direction) / ahead, math.sin(direction) / _EASY["side"])
    speeds = np.linspace(min(easy, fastest), fastest, 6)
    for speed in speeds.tolist():
        plan = GaitPlan((Walk(speed=speed, distance=max(distance, 0.1), direction=direction),))
        if plan.course().duration <= seconds - _SPARE:
            return plan
    return plan


def _walking(duration: float, speed: float, direction: float, rate: float) -> Command:
    ahead, side = speed * math.cos(direction), speed * math.sin(direction)
    return Command(duration, ahead, side, rate, float(rules.walk_cadence(ahead, side, rate)))


def _lasting(command: Command, duration: float) -> Command:
    return Command(duration, *command.channels.tolist())


def _placed(qpos: Array, place: Array, heading: float) -> Array:
    """Return poses (T, 21) from the origin and facing +x, at a place and facing a heading."""
    own: Array = qpos - np.concatenate((qpos[0, :2], np.zeros(qpos.shape[1] - 2)))
    turn = rotations.from_yaw(heading - float(rotations.heading(qpos[0, 3:7])))
    own[:, :3] = rotations.rotate(turn, own[:, :3])
    own[:, :2] += place
    own[:, 3:7] = rotations.multiply(turn, qpos[:, 3:7])
    return own


def _held(qpos: Array, frames: int, step: float) -> Route:
    """Return poses (T, 21), cut or held at their end for so many frames."""
    qpos = np.concatenate((qpos, np.repeat(qpos[-1:], max(frames - len(qpos), 1), axis=0)))
    qpos = qpos if len(qpos) >= 3 else np.repeat(qpos, 3, axis=0)
    return Route(qpos, differentiate(qpos, 1.0 / step))
