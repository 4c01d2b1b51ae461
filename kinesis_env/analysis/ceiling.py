"""The noise ceiling of an EMG: the correlation of the true mean curve with the measured one."""

from __future__ import annotations

import numpy as np

from kinesis_env.analysis.lags import correlations
from kinesis_env.typing import Array

__all__ = ["split_half"]

#: Number of random splits, and fewest cycles that can be split.
_SPLITS, _FEWEST = 100, 4


def split_half(curves: Array) -> Array:
    """Return the ceiling of each channel (k,) from its cycles (cycles, points, k); NaN of fewer than four.

    The cycles are split at random into halves, whose means correlate with r. By Spearman and Brown, the mean of all of
    them has the reliability R = 2 r / (1 + r), and a curve without noise correlates with it by the root of R (W. Brown,
    "Some experimental results in the correlation of mental abilities", British J. Psychology 3, 1910).
    """
    cycles = len(curves)
    if cycles < _FEWEST:
        return np.full(curves.shape[2], np.nan)
    generator = np.random.default_rng(0)
    halves = []
    for _ in range(_SPLITS):
        order = generator.permutation(cycles)
        first, second = curves[order[: cycles // 2]], curves[order[cycles // 2 :]]
        halves.append(correlations(first.mean(axis=0), second.mean(axis=0)))
    known = np.isfinite(np.stack(halves)).all(axis=0)
    r = np.clip(np.where(known, np.mean(halves, axis=0), np.nan), 0.0, 1.0)
    out: Array = np.sqrt(2.0 * r / (1.0 + r))
    return out
