"""Plan reference motions for goals and velocity commands.

A planner generates a gait from the current position of the body to the goal, or with the commanded velocity, and
replans when the goal or the command changes; the tracker follows the motion. Both use only what the agent can observe,
not future goals or commands.
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


#: Comfortable walking speeds forward, backward and sideways [m/s], below the limits of the gaits.
_EASY = {"forward": 1.3, "backward": 0.9, "side": 0.55}
#: Margin when a goal must be reached by a given time [s].
_SPARE = 0.35
#: Distance below which a goal counts as reached [m].
_THERE = 0.03
#: Commanded speed below which the body stands, and the fastest walking speed [m/s].
_STANDS, _FASTEST = 0.15, 1.8
#: Rate at which the body turns toward its walking direction [rad/s], and the largest part of a turn [rad].
_TURN_RATE, _PART = 1.3, 0.6
#: Delay from a command to the middle of the change of velocity, in halves of the duration of the change. Below 1 the
#: change begins in the past, which makes the reference jump by a small amount.
_SOON = 0.75
#: Duration of the motion for a command [s]; it is replanned before it ends.
_ONWARD = 8.0


@dataclass
class Route:
    """A motion of one body in the world frame, at the control rate.

    Attributes:
        qpos: positions, (T, 21).
        qvel: velocities, (T, 20).
    """

    qpos: Array
    qvel: Array


class Planner(ABC):
    """Plans routes for the rows of a task.

    Args:
        num: the number of rows.
    """

    def __init__(self, num: int) -> None:
        self._wanted: Array = np.full((num, 2), np.nan)
        self._elapsed: NDArray[np.int64] = np.zeros(num, dtype=np.int64)

    @abstractmethod
    def start(self, row: int) -> Route:
        """Return the route of a new episode."""

    @abstractmethod
    def update(self, row: int) -> Route | None:
        """Return a new route from the current step if the goal has changed, or None."""


class ReachPlanner(Planner):
    """Walks to the goal with the initial heading, and stands there.

    Args:
        task: the reach task.
    """

    def __init__(self, task: ReachTask) -> None:
        num = task.simulation.num
        super().__init__(num)
        self._task = task
        self._routes: list[Route | None] = [None] * num
        self._moving: NDArray[np.int64] = np.zeros(num, dtype=np.int64)
        self._reached: NDArray[np.int64] = np.zeros(num, dtype=np.int64)

    def start(self, row: int) -> Route:
        """Return the route from the position of the body to the goal."""
        self._wanted[row] = self._task.goal_world()[row]
        self._reached[row] = 0
        qpos = self._task.simulation.qpos[row]
        return self._keep(row, self._leg(row, qpos[:2], float(rotations.heading(qpos[3:7])), self._left(row)))

    def update(self, row: int) -> Route | None:
        """Return the rest of the route to the last goal followed by the route to a new one, or None."""
        self._elapsed[row] += 1
        goal = self._task.goal_world()[row]
        if np.array_equal(goal, self._wanted[row]):
            return None
        self._wanted[row] = goal
        self._reached[row] += 1
        route, at = self._routes[row], int(self._elapsed[row])
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
        self._routes[row], self._elapsed[row] = route, 0
        if moving is not None:
            self._moving[row] = moving
        return route

    def _left(self, row: int) -> float:
        """Return the remaining time of the episode [s]."""
        steps = self._task.config.time_limit - int(self._task.context().time[row] / self._task.simulation.control_step)
        return steps * self._task.simulation.control_step

    def _leg(self, row: int, place: Array, heading: float, seconds: float) -> Route:
        step = self._task.simulation.control_step
        away = self._wanted[row] - place
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
    """Walks with the commanded velocity, and turns to face its direction while walking.

    Args:
        task: the direction task.
    """

    def __init__(self, task: DirectionTask) -> None:
        num = task.simulation.num
        super().__init__(num)
        self._task = task
        self._history: list[list[Command]] = [[] for _ in range(num)]
        self._origin: Array = np.zeros((num, 3))

    def start(self, row: int) -> Route:
        """Return the motion for the first command, starting from standing."""
        qpos = self._task.simulation.qpos[row]
        self._origin[row] = *qpos[:2], float(rotations.heading(qpos[3:7]))
        self._elapsed[row] = 0
        self._wanted[row] = self._task.velocity_world()[row]
        self._history[row] = [Command(0.05), *self._commands(self._wanted[row], self._origin[row, 2])]
        return self._route(row)

    def update(self, row: int) -> Route | None:
        """Return the motion that changes to a new command, or None."""
        self._elapsed[row] += 1
        command = self._task.velocity_world()[row]
        if np.array_equal(command, self._wanted[row]):
            return None
        self._wanted[row] = command
        now = float(self._elapsed[row]) * self._task.simulation.control_step
        self._change(row, now, command)
        return self._route(row)

    def _change(self, row: int, now: float, command: Array) -> None:
        """Replace the commands from shortly after the current time on."""
        history = self._history[row]
        course = lay_course(history, moving=(False, True))
        here = course.at(np.array([now + 0.3]), np.column_stack((course.heading, course.channels[:, :3])))[0]
        facing = self._origin[row, 2] + here[0]
        onward = self._commands(command, float(facing))
        first = onward[0]
        change = math.hypot(first.forward - here[1], first.side - here[2]) + 0.25 * abs(first.rate - here[3])
        border = now + _SOON * float(rules.ramp_time(change))
        # The course counts time from its first frame; standing at the start is longer by half a ramp.
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
        """Return the commands that reach a velocity from a heading, turning while walking."""
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
        """Return the motion for the commands of the row from the current step on."""
        step = self._task.simulation.control_step
        qpos, part = synthesise(lay_course(self._history[row], moving=(False, True)), 1.0 / step)
        own = qpos[part]
        whole = _placed(own, self._origin[row, :2], float(self._origin[row, 2]))
        qvel = differentiate(whole, 1.0 / step)
        now = int(self._elapsed[row])
        return Route(whole[now:], qvel[now:])


def planner_for(task: Task) -> Planner | None:
    """Return the planner for the goals or commands of a task, or None for a task without them."""
    if isinstance(task, ReachTask):
        return ReachPlanner(task)
    return DirectionPlanner(task) if isinstance(task, DirectionTask) else None


def _walk_there(distance: float, direction: float, seconds: float) -> GaitPlan:
    """Return the slowest walk that arrives in time, or the fastest walk."""
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
    """Move poses (T, 21) so that they start at a given position and heading."""
    own: Array = qpos - np.concatenate((qpos[0, :2], np.zeros(qpos.shape[1] - 2)))
    turn = rotations.from_yaw(heading - float(rotations.heading(qpos[0, 3:7])))
    own[:, :3] = rotations.rotate(turn, own[:, :3])
    own[:, :2] += place
    own[:, 3:7] = rotations.multiply(turn, qpos[:, 3:7])
    return own


def _held(qpos: Array, frames: int, step: float) -> Route:
    """Return poses (T, 21) extended to a number of frames by holding the last one."""
    qpos = np.concatenate((qpos, np.repeat(qpos[-1:], max(frames - len(qpos), 1), axis=0)))
    qpos = qpos if len(qpos) >= 3 else np.repeat(qpos, 3, axis=0)
    return Route(qpos, differentiate(qpos, 1.0 / step))
