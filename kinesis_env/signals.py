"""Filtering and resampling of recorded signals, by true time.

SciPy is imported where it is used: its signal module takes longer to load than the rest of an environment, and only
recordings need it.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.typing import Array

__all__ = ["lowpass", "resample", "slow", "smooth", "smooth_step"]


#: Two passes of a second-order filter lower the cut-off by this factor (Winter, Biomechanics and Motor Control).
_TWO_PASSES = 0.802
#: Sampling is uneven if intervals differ by more than this fraction.
_UNEVEN = 0.01


def lowpass(times: Array, signals: Array, cutoff: float) -> tuple[Array, Array]:
    """Return evenly spaced times and low-pass filtered signals (T, k).

    A zero-phase fourth-order Butterworth filter (second order, run both ways). Uneven times are resampled
    at their median rate first. Signals whose sampling rate is too low for the cut-off are returned unchanged.

    Args:
        times: (T,) [s], increasing.
        signals: (T, k).
        cutoff: the frequency at which the power is halved [Hz].
    """
    from scipy.signal import butter, sosfiltfilt  # noqa: PLC0415

    step = np.diff(times)
    interval = float(np.median(step))
    if np.abs(step - interval).max() > _UNEVEN * interval:
        count = max(2, round((times[-1] - times[0]) / interval) + 1)
        even = np.linspace(times[0], times[-1], count)
        signals, times = resample(times, signals, even), even
        interval = float(times[1] - times[0])
    normalized = cutoff / _TWO_PASSES * 2 * interval
    if normalized >= 0.95:
        return times, signals
    sections = butter(2, normalized, output="sos")
    # Long enough for the filter to settle, as far as the recording allows.
    padding = min(len(times) - 1, max(9, round(1.0 / (cutoff * interval))))
    return times, np.asarray(sosfiltfilt(sections, signals, axis=0, padtype="odd", padlen=padding), dtype=np.float64)


def resample(times: Array, signals: Array, wanted: Array) -> Array:
    """Return signals (T, k) at other times (n,) by cubic splines; times outside give the first or last value."""
    from scipy.interpolate import CubicSpline  # noqa: PLC0415

    wanted = np.clip(wanted, times[0], times[-1])
    if len(times) < 4:
        return np.stack([np.interp(wanted, times, column) for column in signals.T], axis=1)
    out: Array = CubicSpline(times, signals, axis=0)(wanted)
    return out


def smooth(values: Array, weights: Array, stiffness: float, *, order: int = 2) -> Array:
    """Return the smooth signals (T, k) closest to ``values`` (T, k).

    Minimizes sum w (x - v)^2 + stiffness * sum (order-th differences of x)^2 (Whittaker 1923): a low-pass filter with a
    weight for each frame, zero where the value is unknown.

    Args:
        values: (T, k); ignored where the weight is zero.
        weights: (T,), not negative, some positive.
        stiffness: in per-frame units; 1 keeps periods longer than about six frames (order 2).
        order: 1, 2 or 3.
    """
    from scipy.linalg import solveh_banded  # noqa: PLC0415

    frames = len(values)
    order = min(order, frames - 1)
    stencil = np.array([1.0])
    for _ in range(order):
        stencil = np.convolve(stencil, (1.0, -1.0))
    bands = np.zeros((order + 1, frames))
    bands[0] = weights + 1e-12 * weights.max()
    for lag in range(order + 1):
        for i in range(order + 1 - lag):
            bands[lag, i : i + frames - order] += stiffness * stencil[i] * stencil[i + lag]
    out: Array = solveh_banded(bands, weights[:, None] * values, lower=True, check_finite=False)
    return out


def slow(values: Array, weights: Array, fps: float, cutoff: float) -> Array:
    """Return the part of signals (T, k) below ``cutoff`` [Hz], where amplitudes are halved; see :func:`smooth`."""
    return smooth(values, weights, (2.0 * np.sin(np.pi * min(cutoff / fps, 0.5))) ** -4.0)


def smooth_step(share: Array) -> Array:
    """Return a smooth step (...) from 0 at 0 to 1 at 1, with zero slope and curvature at both ends."""
    x = np.clip(share, 0.0, 1.0)
    out: Array = x**3 * (10 - 15 * x + 6 * x**2)
    return out
