"""Segments of a :class:`~kinesis_env.motions.gait.plan.GaitPlan`: stand, walk, run, turn, step and march.

Angles are in radians, positive to the left; speeds in m/s, lengths in m, times in s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from kinesis_env.checks import check_at_most_one, check_choice, check_integer, check_number
from kinesis_env.errors import MotionError
from kinesis_env.motions.gait import rules
from kinesis_env.motions.gait.course import Command

__all__ = ["SEGMENTS", "Circle", "March", "Run", "Segment", "Stand", "Step", "TurnInPlace", "Walk"]

#: Longest motion [s].
_LONGEST = 3600.0
#: Default duration of a walk or a run [s].
_DEFAULT_DURATION = 4.0
#: Largest centripetal acceleration [m/s^2]: beyond it a body has to lean by more than 18 degrees.
_SIDEWAYS = 3.2
#: Largest angle between the direction of a run and the heading [rad].
_RUN_DIRECTION = math.pi / 6


@dataclass(frozen=True)
class Stand:
    """Stand still.

    Attributes:
        duration: time for which both feet stand and the body does not move [s].
    """

    duration: float = 1.0

    def __post_init__(self) -> None:
        check_number("Stand: duration", self.duration, 0.0, _LONGEST, error=MotionError)

    def command(self) -> Command:
        """Return what the body does."""
        return Command(self.duration)


@dataclass(frozen=True)
class Walk:
    """Walk, straight or in a curve, in any direction relative to the body.

    At most one of ``distance``, ``duration`` and ``steps`` gives the length; without them it is the time that the turn
    takes at ``turn_rate``, or 4 s.

    Attributes:
        speed: from 0.3 to 2.0 forward, to 1.2 backward, 0.2 to 0.8 sideways, an ellipse between.
        distance: along the path.
        duration: duration of the walk without its start and stop.
        steps: number of foot strikes at this speed.
        turn: total change of the heading.
        turn_rate: turn rate of the heading [rad/s]; with ``turn``, only its absolute value is used.
        direction: direction of travel relative to the body: 0 forward, pi backward, +pi/2 to the left.
    """

    speed: float = 1.25
    distance: float | None = None
    duration: float | None = None
    steps: int | None = None
    turn: float = 0.0
    turn_rate: float | None = None
    direction: float = 0.0

    running: ClassVar[bool] = False

    def __post_init__(self) -> None:
        kind = type(self).__name__
        furthest = _RUN_DIRECTION if self.running else 2 * math.pi
        check_number(f"{kind}: direction", self.direction, -furthest, furthest, error=MotionError)
        low, high = rules.RUN_LIMITS if self.running else rules.walk_limits(self.direction)
        check_number(f"{kind}: speed", self.speed, low, high, error=MotionError)
        check_at_most_one(kind, MotionError, distance=self.distance, duration=self.duration, steps=self.steps)
        for name in ("distance", "duration"):
            if getattr(self, name) is not None:
                check_number(f"{kind}: {name}", getattr(self, name), 0.1, _LONGEST, error=MotionError)
        if self.steps is not None:
            check_integer(f"{kind}: steps", self.steps, 1, 10_000, error=MotionError)
        check_number(f"{kind}: turn", self.turn, -100 * math.pi, 100 * math.pi, error=MotionError)
        if self.turn_rate is not None:
            check_number(f"{kind}: turn_rate", self.turn_rate, -rules.TURN_LIMIT, rules.TURN_LIMIT, error=MotionError)
            if self.turn:
                check_at_most_one(
                    kind, MotionError, distance=self.distance, duration=self.duration, steps=self.steps, turn_rate=1
                )
                check_number(f"{kind}: turn_rate", abs(self.turn_rate), 0.01, rules.TURN_LIMIT, error=MotionError)
        rate = abs(self._rate(self._duration()))
        fastest = min(rules.TURN_LIMIT, _SIDEWAYS / self.speed)
        if rate > fastest + 1e-9:
            raise MotionError(
                f"{kind}: turn_rate must be at most {fastest:.3g} rad/s at {self.speed:g} m/s, given {rate:.3g}: "
                "turn by less, or go farther or slower"
            )

    def command(self) -> Command:
        """Return what the body does."""
        duration = self._duration()
        return Command(
            duration,
            forward=self.speed * math.cos(self.direction),
            side=self.speed * math.sin(self.direction),
            rate=self._rate(duration),
            cadence=self._cadence(self._rate(duration)),
            running=float(self.running),
            steps=None if self.steps is None else self.steps + 1,
        )

    def _cadence(self, rate: float) -> float:
        if self.running:
            return float(rules.run_cadence(self.speed))
        ahead, side = self.speed * math.cos(self.direction), self.speed * math.sin(self.direction)
        return float(rules.walk_cadence(ahead, side, rate))

    def _duration(self) -> float:
        if self.duration is not None:
            return self.duration
        if self.distance is not None:
            return self.distance / self.speed
        if self.steps is not None:
            return self.steps / self._cadence(self.turn_rate or 0.0)
        if self.turn and self.turn_rate:
            return abs(self.turn / self.turn_rate)
        if self.turn:
            return max(_DEFAULT_DURATION, abs(self.turn) / min(1.0, _SIDEWAYS / self.speed))
        return _DEFAULT_DURATION

    def _rate(self, duration: float) -> float:
        return self.turn / duration if self.turn else (self.turn_rate or 0.0)


@dataclass(frozen=True)
class Run(Walk):
    """Run, with both feet in the air between steps; like :class:`Walk`, from 2.0 to 4.0 m/s and forward."""

    speed: float = 2.8

    running: ClassVar[bool] = True


@dataclass(frozen=True)
class TurnInPlace:
    """Turn in place with small steps.

    Attributes:
        angle: total angle, left positive; up to ten full turns to either side.
        rate: turn rate, 0.2 to 1.571 [rad/s].
    """

    angle: float
    rate: float = 1.2

    def __post_init__(self) -> None:
        check_number("TurnInPlace: angle", self.angle, -20 * math.pi, 20 * math.pi, error=MotionError)
        if abs(self.angle) < 0.05:
            raise MotionError(f"TurnInPlace: angle must be at least 0.05 rad to either side, given {self.angle!r}")
        check_number("TurnInPlace: rate", self.rate, 0.2, rules.TURN_LIMIT, error=MotionError)

    def command(self) -> Command:
        """Return what the body does."""
        rate = math.copysign(self.rate, self.angle)
        return Command(self.angle / rate, rate=rate, cadence=float(rules.turn_cadence(rate)))


@dataclass(frozen=True)
class Step:
    """Take single steps; sideways, each is a step and the other foot brought beside it.

    Attributes:
        direction: relative to the body: 0 forward, pi backward, +pi/2 to the left.
        count: number of steps.
        length: length of each step, 0.1 to 0.7, to 0.5 sideways and backward [m].
        cadence: 1.2 to 2.1 steps per second.
    """

    direction: float = 0.0
    count: int = 1
    length: float = 0.4
    cadence: float = 1.6

    def __post_init__(self) -> None:
        check_number("Step: direction", self.direction, -2 * math.pi, 2 * math.pi, error=MotionError)
        check_integer("Step: count", self.count, 1, 1000, error=MotionError)
        check_number(
            "Step: length", self.length, 0.1, 0.7 if math.cos(self.direction) > 0.7 else 0.5, error=MotionError
        )
        check_number("Step: cadence", self.cadence, 1.2, 2.1, error=MotionError)

    def command(self) -> Command:
        """Return what the body does."""
        sideways = abs(math.sin(self.direction)) > 0.5
        moves = 2 * self.count if sideways else self.count + 1
        duration = moves / self.cadence if sideways else self.count / self.cadence
        speed = self.count * self.length / duration
        return Command(
            duration,
            forward=speed * math.cos(self.direction),
            side=speed * math.sin(self.direction),
            cadence=self.cadence,
            steps=moves,
        )


@dataclass(frozen=True)
class Circle:
    """Walk in a circle.

    Attributes:
        radius: 0.3 to 50; no smaller than the speed over 1.571 rad/s.
        speed: 0.3 to 2.0.
        turns: number of times around.
        left: whether to go around to the left.
    """

    radius: float = 1.5
    speed: float = 1.2
    turns: float = 1.0
    left: bool = True

    def __post_init__(self) -> None:
        check_number("Circle: speed", self.speed, *rules.WALK_LIMITS, error=MotionError)
        smallest = max(0.3, self.speed / rules.TURN_LIMIT, self.speed**2 / _SIDEWAYS)
        check_number("Circle: radius", self.radius, smallest, 50.0, error=MotionError)
        check_number("Circle: turns", self.turns, 0.05, 100.0, error=MotionError)
        check_choice("Circle: left", self.left, (True, False), error=MotionError)

    def command(self) -> Command:
        """Return what the body does."""
        rate = self.speed / self.radius * (1.0 if self.left else -1.0)
        duration = 2 * math.pi * self.turns / abs(rate)
        return Command(duration, forward=self.speed, rate=rate, cadence=float(rules.walk_cadence(self.speed, 0, rate)))


@dataclass(frozen=True)
class March:
    """Step in place with lifted knees.

    Attributes:
        steps: number of steps, or None.
        duration: [s], or None; 4 s if neither is given.
        cadence: 1.3 to 2.3 steps per second.
    """

    steps: int | None = None
    duration: float | None = None
    cadence: float = 1.8

    def __post_init__(self) -> None:
        check_at_most_one("March", MotionError, steps=self.steps, duration=self.duration)
        if self.steps is not None:
            check_integer("March: steps", self.steps, 2, 10_000, error=MotionError)
        if self.duration is not None:
            check_number("March: duration", self.duration, 0.5, _LONGEST, error=MotionError)
        check_number("March: cadence", self.cadence, 1.3, 2.3, error=MotionError)

    def command(self) -> Command:
        """Return what the body does."""
        duration = self.duration or (self.steps / self.cadence if self.steps else _DEFAULT_DURATION)
        return Command(duration, cadence=self.cadence, marching=1.0, steps=self.steps)


Segment: TypeAlias = Stand | Walk | Run | TurnInPlace | Step | Circle | March
#: The classes of segments.
SEGMENTS = (Stand, Walk, Run, TurnInPlace, Step, Circle, March)
