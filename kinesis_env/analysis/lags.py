"""Correlation of mean curves over the gait cycle, and the lag at which it is greatest."""

from __future__ import annotations

import numpy as np

from kinesis_env.typing import Array

__all__ = ["best_lag", "correlations", "moved"]

#: Steps in which lags are tried [s].
_STEP = 0.005


def correlations(first: Array, second: Array) -> Array:
    """Return Pearson's r of each column of two arrays (points, k), (k,); NaN where one is constant."""
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    spread = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    # A curve that varies only in the last digits of its mean is constant.
    least = 1e-12 * np.maximum(np.abs(first).max(axis=0) * np.abs(second).max(axis=0), np.finfo(float).tiny)
    known = spread > least * len(first)
    out: Array = np.where(known, (a * b).sum(axis=0) / np.where(known, spread, 1.0), np.nan)
    return out


def moved(curves: Array, shares: Array) -> Array:
    """Return periodic curves (points, k), each delayed by a fraction of the cycle (k,)."""
    at = np.linspace(0.0, 1.0, len(curves))
    # A cycle ends where the next begins: only one of the two ends is used.
    columns = [
        np.interp(at - share, at[:-1], curve[:-1], period=1.0) if share else curve
        for share, curve in zip(np.asarray(shares, dtype=np.float64), curves.T, strict=True)
    ]
    return np.stack(columns, axis=1)


def best_lag(activity: Array, emg: Array, period: float, most: float, *, each: bool) -> Array:
    """Return the delay of the EMG that fits best (k,) [s]: one for all channels, or one for each.

    Args:
        activity: mean curves (points, k).
        emg: mean curves (points, k).
        period: duration of a cycle [s].
        most: the largest lag either way [s].
        each: whether every channel has its own lag.
    """
    steps = int(most / _STEP + 1e-9)
    lags = _STEP * np.arange(-steps, steps + 1)
    channels = emg.shape[1]
    tried = np.stack([correlations(activity, moved(emg, np.full(channels, lag / period))) for lag in lags])
    tried = np.where(np.isfinite(tried), tried, -1.0)
    # Among lags that fit equally well, take the smallest.
    near = -1e-9 * np.abs(lags)[:, None]
    if each:
        own: Array = lags[(tried + near).argmax(axis=0)]
        return own
    return np.full(channels, lags[(tried.mean(axis=1) + near[:, 0]).argmax()])
