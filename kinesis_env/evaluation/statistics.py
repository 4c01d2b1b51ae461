"""Means over clips, with bootstrap intervals."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kinesis_env.evaluation.episodes import Episode
from kinesis_env.typing import Array

__all__ = ["LEVEL", "RESAMPLES", "Estimate", "estimate", "per_unit", "summarize"]


#: Confidence level and number of resamples of the intervals.
LEVEL = 0.95
RESAMPLES = 4999
#: The resamples are the same every time.
SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A mean over clips.

    Attributes:
        mean: mean over the clips; each clip is the mean of its seeds.
        low: lower end of the bootstrap interval; None for fewer than two clips.
        high: upper end of the interval.
        count: number of clips with this figure.
    """

    mean: float
    low: float | None
    high: float | None
    count: int

    def to_mapping(self) -> dict[str, float | int | None]:
        """Return the estimate as JSON types."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "count": self.count}


def estimate(values: ArrayLike) -> Estimate | None:
    """Return mean and bootstrap interval (bias-corrected and accelerated, Efron 1987) of one number per clip.

    If all clips agree, the interval has zero width; this describes these clips, and does not mean that the next one
    will be the same. If the correction cannot be computed, the percentile interval is used.

    Args:
        values: (clips,); NaN is omitted.

    Returns:
        None if no value is left.
    """
    given = np.asarray(values, dtype=np.float64)
    kept: Array = given[np.isfinite(given)]
    if not len(kept):
        return None
    mean = float(kept.mean())
    if len(kept) < 2:
        return Estimate(mean, None, None, 1)
    if np.ptp(kept) == 0.0:
        return Estimate(mean, mean, mean, len(kept))
    low, high = _interval(kept, "BCa")
    if not (np.isfinite(low) and np.isfinite(high)):
        low, high = _interval(kept, "percentile")
    return Estimate(mean, low, high, len(kept))


def per_unit(episodes: Sequence[Episode], key: str) -> dict[str, float]:
    """Return one figure per clip (or seed, if there are no clips): the mean over its seeds."""
    found: dict[str, list[float]] = {}
    for episode in episodes:
        value = episode.metrics.get(key)
        if value is not None:
            found.setdefault(episode.unit, []).append(value)
    return {unit: float(np.mean(values)) for unit, values in found.items()}


def summarize(episodes: Sequence[Episode]) -> dict[str, Estimate]:
    """Return the estimate of each figure of the episodes, in the episodes' order."""
    keys = list(dict.fromkeys(key for episode in episodes for key in episode.metrics))
    found = {key: estimate(list(per_unit(episodes, key).values())) for key in keys}
    return {key: value for key, value in found.items() if value is not None}


def _interval(values: Array, method: Any) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a degenerate distribution, for which percentiles are used
        result = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=LEVEL,
            method=method,
            random_state=np.random.default_rng(SEED),
            vectorized=True,
            batch=max(1, 2_000_000 // len(values)),
        )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)
