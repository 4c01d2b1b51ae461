"""Linear envelopes of raw electromyograms: band-pass, rectify, low-pass, all without delay.

The steps and their usual parameters are from H. Hermens et al., "European recommendations for surface electromyography"
(SENIAM, 1999) and the data sets used in the documentation: a band of 20 to 400 Hz holds the signal, and 6 Hz follows
the muscle's force. Filters are Butterworth filters of the fourth order that run forward and backward, so that nothing
is delayed; they use second-order sections, which stay exact even with an edge at a thousandth of the rate.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from kinesis_env.checks import check_number
from kinesis_env.errors import AnalysisError
from kinesis_env.typing import Array

__all__ = ["BAND", "LOW_PASS", "even", "linear_envelope", "looks_raw", "smooth"]

#: Band of the raw signal [Hz], and how fast its envelope may change [Hz].
BAND = (20.0, 400.0)
LOW_PASS = 6.0
#: Order of a filter; running both ways doubles it.
_ORDER = 4
#: Highest edge of a band, as a fraction of the rate.
_HIGHEST = 0.45
#: Time steps that differ by less than this fraction of their median are even.
_EVEN = 1e-3
#: A rate that holds an envelope of up to 6 Hz, several times over [Hz].
_RATE = 200.0
#: A raw signal is negative as often as positive; an envelope is negative in less than this fraction, because of a
#: filter.
_NEGATIVE = 0.2


def linear_envelope(
    times: Array, values: Array, *, band: tuple[float, float] = BAND, low_pass: float = LOW_PASS
) -> tuple[Array, Array]:
    """Return the envelope of raw signals: times (m,) [s] and values (m, k), at most 200 per second.

    Before filtering, signals are resampled at an even rate and their mean is removed; after it, they are downsampled.

    Args:
        times: (n,) [s], increasing.
        values: (n, k), in any unit, finite.
        band: edges of the band-pass [Hz]; the upper one is lowered to at most .45 of the rate.
        low_pass: cut-off for the rectified signal [Hz].

    Raises:
        AnalysisError: impossible edges, a rate below twice the band's lower edge, or a signal that is too short.
    """
    low = check_number("the lower edge of the band", band[0], above=0.0, error=AnalysisError)
    high = check_number("the upper edge of the band", band[1], above=low, error=AnalysisError)
    times, values = even(times, values)
    rate = _rate(times)
    high = min(high, _HIGHEST * rate)
    if high <= low:
        raise AnalysisError(
            f"a raw signal needs more than {low / _HIGHEST:.0f} samples a second for a band that begins at {low:g} Hz; "
            f"given {rate:.0f}"
        )
    passed = _filtered(values - values.mean(axis=0), (low, high), rate, "bandpass")
    return smooth(times, np.abs(passed), low_pass=low_pass)


def smooth(times: Array, values: Array, *, low_pass: float = LOW_PASS) -> tuple[Array, Array]:
    """Return rectified signals, low-passed at ``low_pass`` [Hz] and never negative.

    Arguments and errors as for :func:`linear_envelope`.
    """
    times, values = even(times, values)
    rate = _rate(times)
    edge = check_number("the low-pass", low_pass, above=0.0, error=AnalysisError)
    if edge >= 0.5 * rate:
        raise AnalysisError(f"a low-pass of {edge:g} Hz needs more than {2 * edge:g} samples a second, given {rate:g}")
    passed = np.maximum(_filtered(values, edge, rate, "lowpass"), 0.0)
    if rate <= 1.5 * _RATE:
        return times, passed
    thin = times[0] + np.arange(int((times[-1] - times[0]) * _RATE + 1e-9) + 1) / _RATE
    return thin, _interpolated(thin, times, passed)


def looks_raw(values: Array, rate: float) -> Array:
    """Return for each signal (n, k) whether it is raw (k,): as often negative as positive about its mean, and fast."""
    centered = values - np.median(values, axis=0)
    negative = (centered < 0).mean(axis=0)
    below_zero = (values < 0).mean(axis=0)
    # In a signal that changes slowly, the difference between samples is a small fraction.
    spread = np.maximum(centered.std(axis=0), np.finfo(float).tiny)
    lag = max(1, round(rate / 100.0))
    change = (values[lag:] - values[:-lag]).std(axis=0) / spread
    raw: Array = (below_zero > _NEGATIVE) & (np.abs(negative - 0.5) < 0.3) & (change > 0.7)
    return raw


def even(times: Array, values: Array) -> tuple[Array, Array]:
    """Return signals at the even rate of their median step; even signals are returned unchanged."""
    step = np.diff(times)
    usual = float(np.median(step))
    if np.abs(step - usual).max() <= _EVEN * usual:
        return times, values
    grid = times[0] + np.arange(int((times[-1] - times[0]) / usual + 1e-9) + 1) * usual
    return grid, _interpolated(grid, times, values)


def _interpolated(grid: Array, times: Array, values: Array) -> Array:
    return np.stack([np.interp(grid, times, column) for column in values.T], axis=1)


def _rate(times: Array) -> float:
    return (len(times) - 1) / float(times[-1] - times[0])


def _filtered(
    values: Array, edge: float | tuple[float, float], rate: float, kind: Literal["bandpass", "lowpass"]
) -> Array:
    from scipy.signal import butter, sosfiltfilt  # noqa: PLC0415  (slow to load)

    sections = butter(_ORDER, edge, kind, fs=rate, output="sos")
    # Length of the filter's memory: a filter that runs backward begins beyond the end.
    needed = 3 * (2 * len(sections) + 1)
    if len(values) <= needed:
        raise AnalysisError(f"{len(values)} samples; a filter needs more than {needed}")
    lowest = edge if isinstance(edge, float) else edge[0]
    pad = min(len(values) - 1, max(needed, round(rate / lowest)))
    out: Array = sosfiltfilt(sections, values, axis=0, padlen=pad)
    return out
