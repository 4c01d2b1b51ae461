"""Steps of a gait: speed, cadence, lengths and widths of steps, stance and double support."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env import rotations
from kinesis_env.analysis.cycles import GaitCycles
from kinesis_env.analysis.events import FootEvents
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import TRACKED_BODIES
from kinesis_env.typing import Array

__all__ = ["step_figures", "walking_speed"]

_PELVIS = TRACKED_BODIES.index("pelvis")
_HEELS = tuple(TRACKED_BODIES.index(f"talus_{side}") for side in "rl")
_TOES = tuple(TRACKED_BODIES.index(f"toes_{side}") for side in "rl")
#: The part of a stance in which the ball of the foot is still against the ground.
_FLAT = (0.3, 0.6)


@of_its_body
def walking_speed(motion: Trajectory, events: FootEvents, belt: ArrayLike | None = None) -> float:
    """Return the speed of the pelvis over the ground [m/s], also on a treadmill.

    Args:
        motion: the motion.
        events: its foot events.
        belt: velocity of the ground (3,) [m/s]; by default the velocity of the balls of the feet at midstance.
    """
    times, places = _places(motion)
    pelvis = (places[-1, _PELVIS] - places[0, _PELVIS])[:2] / (times[-1] - times[0])
    strikes = np.sort(np.concatenate(events.strikes))
    strikes = strikes[(strikes >= times[0]) & (strikes <= times[-1])]
    if len(strikes) > 2:  # over whole steps, as the pelvis speeds up and slows down in each step
        first, last = _at(times, places[:, _PELVIS], strikes[[0, -1]])
        pelvis = (last - first)[:2] / (strikes[-1] - strikes[0])
    return float(np.linalg.norm(pelvis - _ground(times, places, events, belt)))


def _ground(times: Array, places: Array, events: FootEvents, belt: ArrayLike | None) -> Array:
    """Return the horizontal velocity of the ground (2,) [m/s], from the feet in stance."""
    if belt is not None:
        return np.asarray(belt, dtype=np.float64)[:2]
    found = []
    for side, ball in enumerate(_TOES):
        for strike, off in _stances(events, side):
            ends = strike + np.array(_FLAT) * (off - strike)
            if ends[0] >= times[0] and ends[1] <= times[-1]:
                first, last = _at(times, places[:, ball], ends)
                found.append((last - first)[:2] / (ends[1] - ends[0]))
    out: Array = np.median(found, axis=0) if found else np.zeros(2)
    return out


def step_figures(
    motion: Trajectory, events: FootEvents, cycles: Sequence[GaitCycles], belt: ArrayLike | None = None
) -> dict[str, float | None]:
    """Return the figures of steps, (right, left) if they have a side; None if no step shows them.

    Args:
        motion: the motion.
        events: its foot events.
        cycles: cycles of the right and the left leg, from heel strike.
        belt: see :func:`walking_speed`.
    """
    speed = walking_speed(motion, events, belt)
    durations = np.concatenate([each.durations for each in cycles])
    stride = float(durations.mean()) if durations.size else None
    out: dict[str, float | None] = {
        "speed": speed,
        "cadence": None if stride is None else 120.0 / stride,
        "stride_time": stride,
        "stride_length": None if stride is None else speed * stride,
    }
    times, places = _places(motion)
    heading = _course(np.unwrap(rotations.heading(np.asarray(motion.qpos)[:, 3:7])), stride, float(motion.fps))
    ground = _ground(times, places, events, belt)
    widths = []
    for side, name in enumerate(("right", "left")):
        lengths, times_taken = [], []
        for strike in events.strikes[side]:
            if not times[0] <= strike <= times[-1]:
                continue
            turn = float(np.interp(strike, times, heading))
            ahead, left = (np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)]))
            before = events.strikes[1 - side][events.strikes[1 - side] < strike]
            if before.size and before[-1] >= times[0]:
                # From where the other foot landed, moved with the ground since.
                own = _at(times, places[:, _HEELS[side]], np.array([strike]))[0, :2]
                other = _at(times, places[:, _HEELS[1 - side]], before[-1:])[0, :2]
                step = own - other - (strike - before[-1]) * ground
                lengths.append(float(step @ ahead))
                widths.append(abs(float(step @ left)))
                times_taken.append(strike - before[-1])
        stances = [(off - strike) / length for (strike, off), length in _stances_in(events, side, cycles[side])]
        doubled = [_double_support(events, strike, strike + length) / length
                   for (strike, _), length in _stances_in(events, side, cycles[side])]  # fmt: skip
        out[f"step_length_{name}"] = _mean(lengths)
        out[f"step_time_{name}"] = _median(times_taken)
        out[f"stance_{name}"] = _mean(stances)
        out[f"double_support_{name}"] = _mean(doubled)
    out["step_width"] = _mean(widths)
    return out


def _course(heading: Array, stride: float | None, fps: float) -> Array:
    """Return the heading (T,) [rad] averaged over a stride, without the turns of the pelvis within it."""
    width = 2 * round(0.5 * (stride or 0.0) * fps) + 1
    if width >= len(heading):
        return np.full(len(heading), heading.mean())
    padded = np.pad(heading, width // 2, mode="reflect", reflect_type="odd")
    return np.convolve(padded, np.full(width, 1.0 / width), mode="valid")


@of_its_body
def _places(motion: Trajectory) -> tuple[Array, Array]:
    qpos, qvel = (np.asarray(array, dtype=np.float64) for array in (motion.qpos, motion.qvel))
    places, _ = skeleton().tracked_bodies(qpos, qvel)
    return times_of(motion), places


def _at(times: Array, places: Array, when: Array) -> Array:
    return np.stack([np.interp(when, times, column) for column in places.T], axis=1)


def _stances(events: FootEvents, side: int) -> list[tuple[float, float]]:
    """Return when stances begin and end [s]."""
    strikes, offs = events.strikes[side], events.offs[side]
    pairs = []
    for i, strike in enumerate(strikes):
        later = offs[offs > strike]
        following = strikes[i + 1] if i + 1 < len(strikes) else np.inf
        if later.size and later[0] < following:
            pairs.append((float(strike), float(later[0])))
    return pairs


def _stances_in(events: FootEvents, side: int, cycles: GaitCycles) -> list[tuple[tuple[float, float], float]]:
    """Return the stances that begin the cycles, and the lengths of those cycles."""
    lengths = dict(zip(cycles.begins.tolist(), cycles.durations.tolist(), strict=True))
    return [(stance, lengths[stance[0]]) for stance in _stances(events, side) if stance[0] in lengths]


def _double_support(events: FootEvents, begin: float, end: float) -> float:
    """Return how long both feet stand within an interval [s]; a foot whose first event is a toe-off stood before it."""
    stood = [_stances(events, side) for side in range(2)]
    for side, stances in enumerate(stood):
        strikes, offs = events.strikes[side], events.offs[side]
        if offs.size and (not strikes.size or offs[0] < strikes[0]):
            stances.append((-np.inf, float(offs[0])))
        if strikes.size and (not offs.size or strikes[-1] > offs[-1]):
            stances.append((float(strikes[-1]), np.inf))
    right, left = ([(max(a, begin), min(b, end)) for a, b in stances] for stances in stood)
    return sum(max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in right for b in left)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None
