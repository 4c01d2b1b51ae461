"""From actions to a gait plan: speeds, sizes, and what the prompt leaves open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinesis_env.motions.gait import rules
from kinesis_env.motions.gait.plan import GaitPlan
from kinesis_env.motions.gait.segments import Circle, March, Run, Segment, Stand, Step, TurnInPlace, Walk
from kinesis_env.text.action import Action

__all__ = ["PACES", "Planner", "decided"]

#: Speeds [m/s] by pace from very slow to very fast; rates of turning in place [rad/s].
PACES = {
    "walk": (0.5, 0.75, 1.2, 1.6, 1.85),
    "backward": (0.35, 0.45, 0.7, 0.95, 1.1),
    "sideways": (0.22, 0.3, 0.42, 0.55, 0.7),
    "jog": (2.05, 2.1, 2.3, 2.6, 2.9),
    "run": (2.2, 2.4, 2.8, 3.3, 3.6),
    "sprint": (3.3, 3.5, 3.7, 3.85, 3.95),
    "turn": (0.45, 0.7, 1.2, 1.45, 1.55),
}
#: Steps per second of single steps, and of marching, by pace.
_STEP_CADENCE = (1.25, 1.35, 1.6, 1.85, 2.0)
_MARCH_CADENCE = (1.35, 1.5, 1.8, 2.05, 2.25)
#: Default distance [m], and default time to stand and to step in place [s].
_DISTANCE = {"walk": 3.0, "backward": 2.0, "sideways": 1.5}
#: Default time of a run between speeding up and slowing down [s].
_AT_SPEED = 0.5
_STAND, _MARCH = 1.5, 4.0
#: Lengths of a step and radii of a circle by size [m].
_STEP = {-1: 0.22, 0: 0.45, 1: 0.5}
_RADIUS = {-1: 0.8, 0: 1.4, 1: 2.4}
#: Comfortable acceleration toward the inside of a curve [m/s^2], and the rate of turning [rad/s].
_EASY_INSIDE, _EASY_RATE = 2.2, 1.1
#: Largest acceleration toward the inside that a plan allows [m/s^2].
_MOST_INSIDE = 3.1
#: Speed [m/s] above which a body comes to rest before an action in place, and for how long [s].
_ROLLING, _REST = 1.5, 0.2
#: Minimum time of the shortest travel [s].
_UNHURRIED = 1.2


@dataclass(frozen=True)
class _Variation:
    """Varies values by up to a fraction, within the allowed range."""

    rng: np.random.Generator
    varies: bool

    def __call__(self, value: float, share: float, low: float = -math.inf, high: float = math.inf) -> float:
        factor = 1.0 + share * float(self.rng.uniform(-1.0, 1.0)) if self.varies else 1.0
        return min(max(value * factor, low), high)


def decided(actions: Sequence[Action], rng: np.random.Generator, *, varies: bool) -> tuple[Action, ...]:
    """Return actions with every open side decided: left, or either if it varies."""
    out: list[Action] = []
    for action in actions:
        side = "right" if varies and rng.integers(2) else "left"
        direction = action.direction
        if action.verb in ("go", "step") and not action.side and abs(math.sin(direction)) > 0.01:
            # An action that goes back the opposite way of an earlier one keeps to that.
            back = bool(out) and math.isclose(actions[len(out) - 1].direction, -direction)
            direction = -out[-1].direction if back else math.copysign(direction, 1 if side == "left" else -1)
        open_turn = not action.side and (action.turn or action.verb == "circle")
        out.append(replace(action, direction=direction, side=side if open_turn else action.side))
    return tuple(out)


class Planner:
    """Makes the segments of one prompt.

    Args:
        rng: draws the variations.
        varies: whether anything varies.
        stretch: factor of all distances and times that the prompt leaves open.
    """

    def __init__(self, rng: np.random.Generator, *, varies: bool, stretch: float = 1.0) -> None:
        self._vary = _Variation(rng, varies)
        self._stretch = stretch
        self._segments: list[Segment] = []
        self._covered = 0.0
        #: Whether anything was left open, so that ``stretch`` matters.
        self.open = False

    def plan(self, actions: Sequence[Action], fps: float) -> GaitPlan:
        """Return the plan of actions whose sides are decided.

        Raises:
            MotionError: the actions are beyond what this body can do.
        """
        foot = next((action.foot for action in actions if action.foot), "")
        drawn = ("left", "right", "")[int(self._vary.rng.integers(3))] if self._vary.varies else ""
        for action in actions:
            self._add(action)
        first = self._segments[0].command()
        sided = abs(first.side) > 1e-6 or abs(first.rate) > 1e-6
        first_foot = foot or (None if sided else drawn) or None
        steps = int(self._vary.rng.integers(2**31)) if self._vary.varies else None
        return GaitPlan(tuple(self._segments), fps=fps, first_foot=first_foot, seed=steps)

    def _add(self, action: Action) -> None:
        made = self._made(action)
        before = self._segments[-1].command() if self._segments else None
        first = made[0].command()
        if before is not None and before.cadence > 0 and first.cadence > 0:
            on_the_spot = math.hypot(first.forward, first.side) < 0.01
            turned_back = before.forward * first.forward + before.side * first.side < -1e-6
            if turned_back or (on_the_spot and math.hypot(before.forward, before.side) > _ROLLING):
                self._segments.append(Stand(_REST))
        self._segments += made

    def _made(self, action: Action) -> list[Segment]:
        pace = action.pace + 2
        if action.verb == "stand":
            return [Stand(self._open(action.duration, _STAND, 0.3))]
        if action.verb == "march":
            cadence = self._vary(_MARCH_CADENCE[pace], 0.05, 1.3, 2.3)
            if action.steps is not None:
                return [March(steps=max(2, action.steps), cadence=cadence)]
            return [March(duration=self._open(action.duration, _MARCH, 0.2), cadence=cadence)]
        if action.verb == "turn":
            return [self._turn(action)]
        if action.verb == "step":
            return [self._steps(action)]
        if action.verb == "circle":
            return [self._circle(action)]
        return self._return(action) if action.verb == "return" else self._go(action)

    def _open(self, asked: float | None, usual: float, share: float) -> float:
        if asked is not None:
            return asked
        self.open = True
        return self._vary(usual, share) * self._stretch

    def _turn(self, action: Action) -> Segment:
        rate = self._vary(PACES["turn"][action.pace + 2], 0.1, 0.25, rules.TURN_LIMIT)
        if action.duration is not None:
            rate = action.turn / action.duration
        return TurnInPlace(action.signed_turn, rate)

    def _steps(self, action: Action) -> Segment:
        if action.steps is None or (action.steps > 6 and not action.size and abs(math.sin(action.direction)) < 0.5):
            # Many steps are a walk, at its pace.
            return self._go(replace(action, verb="go", turn=0.0))[-1]
        sideways = abs(math.sin(action.direction)) > 0.5
        length = self._vary(_STEP[action.size] * (0.8 if sideways else 1.0), 0.12, 0.12, 0.5)
        self._covered = action.steps * length
        cadence = self._vary(_STEP_CADENCE[action.pace + 2], 0.05, 1.2, 2.1)
        return Step(action.direction, action.steps, length, cadence)

    def _speed(self, action: Action) -> float:
        if action.speed is not None:
            return action.speed
        row = action.pace + 2
        if action.gait != "walk":
            return self._vary(PACES[action.gait][row], 0.05, *rules.RUN_LIMITS)
        ahead, side = math.cos(action.direction), math.sin(action.direction)
        along = PACES["walk" if ahead > 0 else "backward"][row]
        speed = 1.0 / math.hypot(ahead / along, side / PACES["sideways"][row])
        return self._vary(speed, 0.08, *rules.walk_limits(action.direction))

    def _go(self, action: Action) -> list[Segment]:
        kind = Walk if action.gait == "walk" else Run
        speed = self._speed(action)
        slowest = rules.RUN_LIMITS[0] if kind is Run else rules.walk_limits(action.direction)[0]
        distance = action.distance
        if action.back and not action.bounded and self._covered:
            distance = self._covered
        elif not action.bounded:
            distance = self._open(None, max(self._usual(action, speed), self._bend(action.turn, speed)), 0.15)
        if distance is not None and action.speed is None:
            speed = min(speed, max(slowest, distance / _UNHURRIED))
        if distance is None:
            time = (
                action.duration if action.duration is not None else (action.steps or 0) / rules.walk_cadence(speed, 0.0)
            )
            self._covered = float(speed * time)
        else:
            self._covered = distance
        if action.bend == "corner":
            return self._corner(action, kind, speed, distance)
        if action.turn and distance is not None and action.speed is None:
            speed = min(speed, max(slowest, self._fastest(action.turn, distance)))
        amounts = {"distance": distance, "duration": action.duration, "steps": action.steps}
        return [kind(speed, turn=action.signed_turn, direction=action.direction, **amounts)]  # type: ignore[arg-type]

    def _usual(self, action: Action, speed: float) -> float:
        if action.gait != "walk":
            return float(2.0 * rules.ramp_time(speed) + _AT_SPEED) * speed
        ahead = math.cos(action.direction)
        usual = _DISTANCE["walk" if ahead > 0.9 else "backward" if ahead < -0.9 else "sideways"]
        return usual * {-1: 0.7, 0: 1.0, 1: 1.5}[action.size]

    def _bend(self, turn: float, speed: float) -> float:
        """Return the path length of a comfortable turn [m]."""
        return turn * speed / min(_EASY_RATE, _EASY_INSIDE / speed)

    def _fastest(self, turn: float, distance: float) -> float:
        """Return the highest speed at which a turn fits within a distance [m/s]."""
        return min(0.98 * rules.TURN_LIMIT * distance / turn, math.sqrt(_MOST_INSIDE * distance / turn))

    def _corner(self, action: Action, kind: type[Walk], speed: float, distance: float | None) -> list[Segment]:
        """Turn first, then go straight; if there is no room for that, turn in place."""
        bend = self._bend(action.turn, speed)
        sharp = 0.75 * bend
        rest = {"duration": action.duration, "steps": action.steps}
        if distance is not None and distance > 1.5 * sharp:
            arc = min(bend, distance / 2)
            curve = kind(speed, turn=action.signed_turn, distance=max(arc, sharp), direction=action.direction)
            return [curve, kind(speed, distance=distance - max(arc, sharp), direction=action.direction)]
        if action.duration is not None and action.duration > 1.5 * sharp / speed:
            curve = kind(speed, turn=action.signed_turn, duration=sharp / speed, direction=action.direction)
            return [curve, kind(speed, duration=action.duration - sharp / speed, direction=action.direction)]
        turn = TurnInPlace(action.signed_turn, self._vary(PACES["turn"][action.pace + 2], 0.05, 0.25, rules.TURN_LIMIT))
        return [turn, kind(speed, distance=distance, direction=action.direction, **rest)]  # type: ignore[arg-type]

    def _circle(self, action: Action) -> Segment:
        speed = self._speed(action)
        smallest = max(0.3, speed / (0.95 * rules.TURN_LIMIT), speed**2 / _MOST_INSIDE)
        radius = action.radius
        sign = 1.0 if action.side == "left" else -1.0
        angle = 2 * math.pi * action.turns
        if radius is None and action.distance is not None:
            radius = action.distance / angle
        if radius is not None and radius < smallest and action.speed is None:
            slowest = rules.RUN_LIMITS[0] if action.gait != "walk" else rules.walk_limits(action.direction)[0]
            speed = max(slowest, min(speed, 0.95 * rules.TURN_LIMIT * radius, math.sqrt(_MOST_INSIDE * radius)))
        if radius is None:
            usual = (
                _RADIUS[action.size] if action.duration is not None else self._open(None, _RADIUS[action.size], 0.15)
            )
            radius = max(usual, speed / _EASY_RATE, speed**2 / _EASY_INSIDE)
        length = angle * radius
        if action.duration is not None:
            length = speed * action.duration
            angle = length / radius
        self._covered = length
        if action.steps is not None:
            return Walk(speed, steps=action.steps, turn=sign * angle, direction=action.direction)
        if action.gait != "walk":
            return Run(speed, distance=length, turn=sign * angle)
        if action.direction:
            return Walk(speed, distance=length, turn=sign * angle, direction=action.direction)
        return Circle(radius, speed, angle / (2 * math.pi), action.side == "left")

    def _return(self, action: Action) -> list[Segment]:
        """Turn toward the start, and go there."""
        if self._segments[-1].command().cadence > 0:
            self._segments.append(Stand(_REST))
        course = GaitPlan(tuple(self._segments)).course()
        end = np.array([course.duration])
        place, heading = course.at(end, course.path)[0], float(course.at(end, course.heading)[0])
        away = math.hypot(*place)
        if away < 0.15:
            return [Stand(self._open(None, 1.0, 0.2))]
        turn = math.remainder(math.atan2(-place[1], -place[0]) - heading, 2 * math.pi)
        turn += 2 * math.pi * (turn < 1e-6 - math.pi)  # straight back: to the left, as elsewhere
        made: list[Segment] = [TurnInPlace(turn, 1.3), Stand(_REST)] if abs(turn) > 0.15 else []
        return made + self._go(Action("go", gait=action.gait, pace=action.pace, speed=action.speed, distance=away))
