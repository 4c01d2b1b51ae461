"""Gait parameters as functions of speed: cadence, stance fraction, step width and sway, with their sources.

All functions take and return arrays (...) or numbers; speeds are in m/s, rates in rad/s, lengths in m.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.typing import Array

__all__ = [
    "BACKWARD_LIMITS",
    "RUN_LIMITS",
    "SIDE_LIMITS",
    "STEP_WIDTH",
    "TRUNK_SHARE",
    "TURN_LIMIT",
    "WALK_LIMITS",
    "half_width",
    "ramp_time",
    "run_cadence",
    "run_lower",
    "stance_fraction",
    "sway",
    "toe_out",
    "turn_cadence",
    "walk_cadence",
    "walk_limits",
]


#: Slowest and fastest walking forward, backward and sideways, and running [m/s]; fastest turning [rad/s].
WALK_LIMITS = (0.3, 2.0)
BACKWARD_LIMITS = (0.3, 1.2)
SIDE_LIMITS = (0.2, 0.8)
RUN_LIMITS = (2.0, 4.0)
TURN_LIMIT = float(np.pi / 2)
#: Fraction of the published list and rotation of the pelvis that this body performs: its trunk, half of its mass, is
#: rigid with the pelvis, and where a pelvis lists by 8 to 12 degrees, a trunk does by 3 to 5 (Krebs et al. 1992, Phys.
#: Ther. 72:505).
TRUNK_SHARE = 0.25

#: Cadence of running at 2.8 m/s [steps/s] (Falisse et al. 2019: half a cycle lasts 0.350 s).
_RUN_CADENCE = 1.0 / 0.3503
#: Fraction of a sidestep by which the feet open when the body also moves forward.
_CROSSES = 0.3
#: How much lower a runner is per m/s of speed [s].
_LOWER = 0.004
#: Distance between the lines of the two heels [m]; published means are 0.10 m with a standard deviation of 0.03 between
#: people (Owings and Grabiner 2004, J. Biomech. 37:935).
STEP_WIDTH = 0.12


def walk_limits(direction: float) -> tuple[float, float]:
    """Return the slowest and the fastest walk in a direction relative to the body [rad], interpolated on ellipses."""
    ahead, side = np.cos(direction), np.sin(direction)
    along = WALK_LIMITS if ahead >= 0 else BACKWARD_LIMITS
    slow, fast = (1.0 / np.hypot(ahead / a, side / b) for a, b in zip(along, SIDE_LIMITS, strict=True))
    return float(slow), float(fast)


def walk_cadence(forward: ArrayLike, side: ArrayLike, rate: ArrayLike = 0.0) -> Array:
    """Return steps per second of walking.

    Forward from 0.9 m/s on the ratio of step length to cadence is constant (the walk ratio, Sekiya and Nagasaki 1998,
    Gait & Posture 7:225): 0.0060 m per step per minute, as in the published walk at 1.3 m/s, which makes the cadence
    101 sqrt(speed) per minute. Slower walks break that rule (Murakami and Otaka 2017, J. Phys. Ther. Sci. 29:722);
    there it falls linearly. Backward steps are a tenth quicker and shorter. Sidesteps: 100 + 60 speed per minute.
    Turning shortens the steps: at 90 degrees/s the cadence is a sixth higher.

    Args:
        forward: speed along the body's forward axis, backward negative.
        side: speed to the left.
        rate: turn rate.
    """
    forward, side = np.asarray(forward, dtype=np.float64), np.abs(np.asarray(side, dtype=np.float64))
    speed = np.abs(forward)
    ahead = np.where(speed >= 0.9, 101.0 * np.sqrt(speed), 52.0 + 48.69 * speed)
    ahead = np.where(forward < 0, 1.1 * ahead, ahead)
    share = side**2 / np.maximum(speed**2 + side**2, 1e-12)
    out: Array = ((1 - share) * ahead + share * (100.0 + 60.0 * side)) / 60.0
    out *= 1.0 + 0.17 * np.abs(np.asarray(rate, dtype=np.float64)) / TURN_LIMIT
    return out


def run_cadence(speed: ArrayLike) -> Array:
    """Return steps per second of running: the published ones at 2.8 m/s, growing with the fifth root of the speed.

    With speed, runners increase their cadence little and their step length much (Cavanagh and Kram 1989, Med. Sci.
    Sports Exerc. 21:467).
    """
    out: Array = _RUN_CADENCE * (np.maximum(np.asarray(speed, dtype=np.float64), 0.5) / 2.8) ** 0.2
    return out


def run_lower(speed: ArrayLike, running: ArrayLike) -> Array:
    """Return how much lower a runner is than at 2.8 m/s [m]: the steps are longer and the legs must stay bent."""
    faster = np.clip(np.asarray(speed, dtype=np.float64) - 2.8, 0.0, 1.2)
    out: Array = _LOWER * faster * np.asarray(running, dtype=np.float64)
    return out


def turn_cadence(rate: ArrayLike) -> Array:
    """Return steps per second of turning in place: no step turns by more than 40 degrees."""
    out: Array = (85.0 + 53.0 * np.abs(np.asarray(rate, dtype=np.float64)) / TURN_LIMIT) / 60.0
    return out


def stance_fraction(speed: ArrayLike, running: ArrayLike) -> Array:
    """Return the fraction of the cycle that a foot is on the ground.

    Walking: 0.62 at 1.3 m/s, less when faster (Hebenstreit et al. 2015, Hum. Mov. Sci. 41:265). Running: 0.34 at
    2.8 m/s, as in the published run; in between the two are mixed by ``running``.

    Args:
        speed: speed of the body.
        running: 0 walking, 1 running.
    """
    speed, running = np.asarray(speed, dtype=np.float64), np.asarray(running, dtype=np.float64)
    walking = 0.70 - 0.06 * np.minimum(speed, 2.5)
    out: Array = (1 - running) * walking + running * np.clip(0.34 - 0.04 * (speed - 2.8), 0.29, 0.38)
    return out


def sway(speed: ArrayLike) -> Array:
    """Return the lateral sway of the body in walking, peak to peak.

    A line through 70 mm at 0.7 m/s and 38 mm at 1.6 m/s (Orendurff et al. 2004), at most 80 mm and at least 20 mm.
    """
    out: Array = np.clip(0.0943 - 0.0349 * np.asarray(speed, dtype=np.float64), 0.02, 0.08)
    return out


def half_width(forward: ArrayLike, side: ArrayLike, rate: ArrayLike, cadence: ArrayLike, running: ArrayLike) -> Array:
    """Return the lateral distance of a foot strike from the path of the body.

    Feet never cross in sidesteps: each one opens by as much as the next one closes. In diagonal walking one foot is put
    in front of the other and the feet open less. Feet strike closer to the path in running, farther from it in turns.
    """
    ahead, side = np.abs(np.asarray(forward, dtype=np.float64)), np.abs(np.asarray(side, dtype=np.float64))
    sideways = side**2 / np.maximum(side**2 + ahead**2, 1e-12)
    stride = 2.0 * side * (_CROSSES + (1 - _CROSSES) * sideways) / np.asarray(cadence, dtype=np.float64)
    turning = np.minimum(0.06 * np.abs(np.asarray(rate, dtype=np.float64)), 0.04)
    out: Array = 0.5 * STEP_WIDTH + 0.5 * stride + turning - 0.01 * np.asarray(running, dtype=np.float64)
    return out


def toe_out(rate: ArrayLike, cadence: ArrayLike) -> Array:
    """Return the toe-out angle relative to the heading [rad]: 5 degrees, more in turns, where toes would collide."""
    step = np.abs(np.asarray(rate, dtype=np.float64)) / np.asarray(cadence, dtype=np.float64)
    out: Array = np.deg2rad(5.0) + 0.12 * np.minimum(step, 0.8)
    return out


def ramp_time(change: ArrayLike) -> Array:
    """Return half of the duration of a change of speed [s].

    A walk starts and stops in about three steps. Runs speed up by at most 1.65 m/s^2: people start faster by
    leaning forward, which a trunk that is rigid with the pelvis does not do.
    """
    change = np.asarray(change, dtype=np.float64)
    out: Array = 0.45 + 0.2 * change + 0.6 * np.maximum(change - 1.5, 0.0)
    return out
