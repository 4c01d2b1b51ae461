"""Walks with known answers: forces that begin and end at known times, and activity that follows the cycle."""

from __future__ import annotations

import numpy as np

from kinesis_env.dynamics import Loads, MuscleActivity
from kinesis_env.model.names import ModelNames, shared_model

#: Seconds of a cycle, share of stance, and when the right foot lands first [s]; the left lands half a cycle later.
CYCLE, STANCE, FIRST = 1.1, 0.62, 0.3
MUSCLES = ModelNames.of(shared_model()).muscles


def phase(times, side):
    """Share of the cycle since the foot's landing, from 0 to 1."""
    return ((times - FIRST - (CYCLE / 2 if side == "l" else 0.0)) / CYCLE) % 1.0


def walking_loads(seconds=12.0, rate=1000.0, start=0.0):
    """Return loads of a steady walk: half a sine of 700 N in stance, zero in swing."""
    times = start + np.arange(0.0, seconds, 1.0 / rate)
    force = np.zeros((len(times), 2, 3))
    for column, side in enumerate("rl"):
        at = phase(times, side)
        force[:, column, 2] = np.where(at < STANCE, 700.0 * np.sqrt(np.sin(np.pi * np.minimum(at / STANCE, 1.0))), 0.0)
    return Loads(times, force, np.zeros_like(force), np.zeros_like(force), mass=70.0)


def bump(at, middle, width=0.08):
    """A burst in the middle of the cycle's phase, periodic."""
    away = (at - middle + 0.5) % 1.0 - 0.5
    return np.exp(-0.5 * (away / width) ** 2)


#: When muscles of the synthetic walk are active, in shares of their leg's cycle.
BURSTS = {"soleus": 0.42, "gasmed": 0.38, "tibant": 0.03, "vaslat": 0.1, "bflh": 0.92}


def walking_activity(seconds=12.0, rate=100.0, delay=0.0, start=0.0):
    """Return muscle activity of that walk; ``delay`` [s] moves it later."""
    times = start + np.arange(0.0, seconds, 1.0 / rate)
    activation = np.full((len(times), 80), 0.02)
    for side in "rl":
        for muscle, middle in BURSTS.items():
            activation[:, MUSCLES.index(f"{muscle}_{side}")] += 0.6 * bump(phase(times - delay, side), middle)
    zero = np.zeros_like(activation)
    reserve = np.zeros((len(times), 14))
    return MuscleActivity(times, MUSCLES, activation, activation, 1000 * activation, reserve, zero > 1)
