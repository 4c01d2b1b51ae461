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


#: Of the intervals.
LEVEL = 0.95
RESAMPLES = 4999
#: The resamples are the same every time.
SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A mean over clips.

    Attributes:
        mean: of the clips; each is itself the mean of its seeds.
        low: lower end of the bootstrap interval; None for fewer than two clips.
        high: its upper end.
        count: how many clips had this figure.
    """

    mean: float
    low: float | None
    high: float | None
    count: int

    def to_mapping(self) -> dict[str, float | int | None]:
        """Return it as JSON can hold it."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "count": self.count}


def estimate(values: ArrayLike) -> Estimate | None:
    """Return mean and bootstrap interval (bias-corrected and accelerated, Efron 1987) of one number per clip.

    Where all clips agree the interval has no width; that says how they differ, not that the next one will be the same.
    Where the correction cannot be computed, the interval is that of the percentiles.

    Args:
        values: (clips,); NaN is left out.

    Returns:
        None if nothing is left.
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
    """Return one figure of each clip (or seed, where there are no clips): the mean of its seeds."""
    found: dict[str, list[float]] = {}
    for episode in episodes:
        value = episode.metrics.get(key)
        if value is not None:
            found.setdefault(episode.unit, []).append(value)
    return {unit: float(np.mean(values)) for unit, values in found.items()}


def summarize(episodes: Sequence[Episode]) -> dict[str, Estimate]:
    """Return the estimate of each figure that the episodes have, in the order of the episodes' own."""
    keys = list(dict.fromkeys(key for episode in episodes for key in episode.metrics))
    found = {key: estimate(list(per_unit(episodes, key).values())) for key in keys}
    return {key: value for key, value in found.items() if value is not None}


def _interval(values: Array, method: Any) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a degenerate distribution, which is answered with the percentiles
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
