"""From a sequence of commands to the course of the body over time: speed, heading, path and cadence.

Speeds change along smooth steps centered on the boundary between two commands, so that every command still covers its
distance and turns by its angle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinesis_env.motions.gait.rules import ramp_time
from kinesis_env.signals import smooth_step
from kinesis_env.typing import Array

__all__ = ["Command", "Course", "Stretch", "lay_course"]


#: Time step of a course [s].
_STEP = 1.0 / 240.0
#: Default time of standing before the first and after the last step [s].
_REST = 0.25
#: Extra time of movement before a motion that begins moving, and after one that ends moving [s].
_LEAD = 3.0
#: Standard deviations of the time of a foot strike, in steps, and of its lateral position [m].
_STEP_TIME, _STEP_PLACE = 0.015, 0.01
#: Fraction of the speed ramp at either end of a stretch in which the feet do not move.
_QUIET = 0.2
#: In the transition from walk to run, speeds at which running begins and is complete [m/s]; people switch at about 2.
_RUNS_FROM, _RUNS_AT = 1.4, 2.0


@dataclass(frozen=True)
class Command:
    """What the body does for a certain time.

    Attributes:
        duration: [s].
        forward: speed along its forward axis [m/s].
        side: speed to its left [m/s].
        rate: turn rate of its heading, left positive [rad/s].
        cadence: steps per second; 0 stands.
        running: 0 walking, 1 running.
        marching: 0 plain steps, 1 lifted knees.
        steps: number of foot strikes if no other movement comes before or after, or None.
    """

    duration: float
    forward: float = 0.0
    side: float = 0.0
    rate: float = 0.0
    cadence: float = 0.0
    running: float = 0.0
    marching: float = 0.0
    steps: int | None = None

    @property
    def channels(self) -> Array:
        """Forward, side, rate, cadence, running and marching (6,)."""
        return np.array([self.forward, self.side, self.rate, self.cadence, self.running, self.marching])


@dataclass(frozen=True)
class Stretch:
    """A time interval in which the feet step, from standing to standing unless it is open.

    Attributes:
        times: (k,) [s].
        phase: completed steps (k,), increasing; a foot strikes at every integer.
        opens: whether it begins with standing.
        closes: whether it ends with standing.
        left_first: whether the left foot steps first.
        wider: extra outward offset of the foot strike at each integer phase, in order (m,) [m]; None if all steps are
            equal.
    """

    times: Array
    phase: Array
    opens: bool
    closes: bool
    left_first: bool
    wider: Array | None = None


@dataclass(frozen=True)
class Course:
    """The planned motion of the body, on an evenly spaced time grid.

    Attributes:
        times: (k,) [s]; 0 is the first frame.
        duration: time of the last frame [s].
        channels: forward, side, rate, cadence, running, marching (k, 6).
        path: (k, 2) [m].
        heading: (k,) [rad].
        acceleration: acceleration of the path (k, 2) [m/s^2], averaged over 0.4 s.
        stretches: time intervals in which the feet step, in order.
    """

    times: Array
    duration: float
    channels: Array
    path: Array
    heading: Array
    acceleration: Array
    stretches: tuple[Stretch, ...]

    def scaled(self, factor: float) -> Course:
        """Return the course with all lengths multiplied by a factor."""
        channels = self.channels * np.array([factor, factor, 1.0, 1.0, 1.0, 1.0])
        return replace(self, channels=channels, path=factor * self.path, acceleration=factor * self.acceleration)

    def at(self, times: Array, values: Array) -> Array:
        """Return values (k, ...) on the grid, interpolated at times (n,)."""
        flat = values.reshape(len(values), -1)
        out = np.stack([np.interp(times, self.times, column) for column in flat.T], axis=-1)
        return out.reshape(len(times), *values.shape[1:])


def lay_course(
    commands: Sequence[Command],
    *,
    moving: tuple[bool, bool],
    left_first: bool | None = None,
    seed: int | None = None,
) -> Course:
    """Return the course of a sequence of commands.

    Args:
        commands: at least one.
        moving: whether it begins and ends moving instead of standing.
        left_first: whether the left foot steps first; by default the foot on the side that it turns or moves to, else
            the right foot.
        seed: seed of the variation from step to step; None for equal steps.
    """
    row, start = _with_rests(commands, moving)
    channels = np.stack([command.channels for command in row])
    _fill_standing_cadence(channels)
    borders = np.cumsum([command.duration for command in row])
    halves = _ramps(channels)
    total = borders[-1]
    times = np.arange(round(total / _STEP) + 1) * _STEP
    course = np.tile(channels[0], (len(times), 1))
    for border, half, change in zip(borders, halves, np.diff(channels, axis=0), strict=False):
        course += smooth_step((times - border) / (2 * half) + 0.5)[:, None] * change
    # In the transition between walking and running, the speed decides.
    fast = (np.hypot(course[:, 0], course[:, 1]) - _RUNS_FROM) / (_RUNS_AT - _RUNS_FROM)
    course[:, 4] = np.minimum(1.0, 3.0 * course[:, 4]) * smooth_step(fast)
    heading = _integral(course[:, 2])
    velocity = _turned(course[:, :2], heading)
    path = np.stack((_integral(velocity[:, 0]), _integral(velocity[:, 1])), axis=1)
    stretches = _stretches(row, borders, halves, times, course, left_first=left_first)
    if seed is not None:
        stretches = [_varied(stretch, np.random.default_rng((seed, k))) for k, stretch in enumerate(stretches)]
    width = round(0.4 / _STEP) | 1
    acceleration = _averaged(np.gradient(velocity, _STEP, axis=0), width)
    # The first frame is at the origin and faces +x.
    at = np.array([np.interp(start, times, values) for values in (heading, path[:, 0], path[:, 1])])
    back = np.full(len(times), -at[0])
    moved = tuple(replace(stretch, times=stretch.times - start) for stretch in stretches)
    stop = total - (_LEAD if moving[1] and row[-1].cadence > 0 else 0.0)
    return Course(
        times=times - start,
        duration=float(stop - start),
        channels=course,
        path=_turned(path - at[1:], back),
        heading=heading - at[0],
        acceleration=_turned(acceleration, back),
        stretches=moved,
    )


def _with_rests(commands: Sequence[Command], moving: tuple[bool, bool]) -> tuple[list[Command], float]:
    """Return commands with time to start and stop, and the time at which the motion begins [s]."""
    row = list(commands)
    start = 0.0
    if row[0].cadence > 0:
        start = _LEAD if moving[0] else 0.0
        row.insert(0, _like(row[0], _LEAD) if moving[0] else Command(_REST))
    if row[-1].cadence > 0:
        row.append(_like(row[-1], _LEAD) if moving[1] else Command(_REST))
    halves = _ramps(np.stack([command.channels for command in row]))
    for index, command in enumerate(row):
        if command.cadence == 0:
            around = [halves[k] for k in (index - 1, index) if 0 <= k < len(halves)]
            row[index] = Command(command.duration + sum(around))
    return row, start


def _like(command: Command, duration: float) -> Command:
    return Command(duration, *command.channels)


def _ramps(channels: Array) -> Array:
    """Return half of the duration of the change at each boundary [s]."""
    change = np.diff(channels, axis=0)
    return np.asarray(ramp_time(np.hypot(change[:, 0], change[:, 1]) + 0.25 * np.abs(change[:, 2])))


def _fill_standing_cadence(channels: Array) -> None:
    """Give standing the cadence of the steps before or after it, so that the first steps are not slower."""
    known = np.flatnonzero(channels[:, 3] > 0)
    for index in np.flatnonzero(channels[:, 3] == 0):
        if known.size:
            channels[index, 3] = channels[known[np.abs(known - index).argmin()], 3]
        else:
            channels[index, 3] = 1.0


def _stretches(
    row: list[Command], borders: Array, halves: Array, times: Array, course: Array, *, left_first: bool | None
) -> list[Stretch]:
    found = []
    index = 0
    while index < len(row):
        if row[index].cadence == 0:
            index += 1
            continue
        last = index
        while last + 1 < len(row) and row[last + 1].cadence > 0:
            last += 1
        opens, closes = index > 0, last + 1 < len(row)
        begin = borders[index - 1] - (1 - _QUIET) * halves[index - 1] if opens else times[0]
        end = borders[last] + (1 - _QUIET) * halves[last] if closes else times[-1]
        inside = (times >= begin - 1e-9) & (times <= end + 1e-9)
        phase = _integral(course[inside, 3])
        single = row[index] if index == last else None
        if opens and closes:
            steps = single.steps if single is not None and single.steps else max(2, round(float(phase[-1])))
            phase = phase * (steps / phase[-1])
        elif closes:
            phase = phase + (np.ceil(phase[-1]) - phase[-1])
        lead = left_first
        if lead is None:
            leaning = [command.side + 0.3 * command.rate for command in row[index : last + 1]]
            lead = next((value > 0 for value in leaning if abs(value) > 1e-6), False)
        found.append(Stretch(times[inside], phase, opens, closes, bool(lead)))
        index = last + 1
    return found


def _varied(stretch: Stretch, rng: np.random.Generator) -> Stretch:
    """Return a stretch with steps of varied duration and width; the first and the last step are unchanged.

    Within a person, step time has a standard deviation of about 2 % (Gabell and Nayak 1984, J. Gerontol. 39:662), step
    width of about 20 mm (Owings and Grabiner 2004, J. Biomech. 37:935), to which each foot contributes.
    """
    first, last = int(np.ceil(stretch.phase[0] + 1e-9)), int(np.floor(stretch.phase[-1] + 1e-9))
    count = max(0, last - first + 1)
    early, wide = np.clip(rng.normal(size=(2, count)), -2.0, 2.0)
    quiet = np.minimum(1.0, 0.5 * np.minimum(np.arange(count), np.arange(count)[::-1]))
    steps = np.concatenate(([stretch.phase[0]], first + np.arange(count), [stretch.phase[-1]]))
    shift = np.concatenate(([0.0], _STEP_TIME * quiet * early, [0.0]))
    # Interpolated smoothly between the steps, so that the cadence does not jump.
    place = np.interp(stretch.phase, steps, np.arange(len(steps)))
    low = np.minimum(place.astype(np.int64), len(steps) - 2)
    phase = stretch.phase + shift[low] + (shift[low + 1] - shift[low]) * smooth_step(place - low)
    return replace(stretch, phase=phase, wider=_STEP_PLACE * quiet * wide)


def _integral(values: Array) -> Array:
    out = np.zeros(len(values))
    out[1:] = np.cumsum(0.5 * (values[1:] + values[:-1])) * _STEP
    return out


def _averaged(values: Array, width: int) -> Array:
    padded = np.concatenate((np.repeat(values[:1], width // 2, 0), values, np.repeat(values[-1:], width // 2, 0)))
    sums = np.cumsum(np.concatenate((np.zeros((1, values.shape[1])), padded)), axis=0)
    out: Array = (sums[width:] - sums[:-width]) / width
    return out


def _turned(vectors: Array, angle: Array) -> Array:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack((cos * vectors[:, 0] - sin * vectors[:, 1], sin * vectors[:, 0] + cos * vectors[:, 1]), axis=1)
