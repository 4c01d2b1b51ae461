"""Random amounts from a generator, or from a key and a counter, so that rows need neither a generator nor a loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.schema import Amount
from kinesis_env.typing import Array

__all__ = ["draw", "draws", "standard_normal", "uniform"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def draw(amount: Amount, rng: np.random.Generator) -> float:
    """Return an amount: a number unchanged, or a uniform draw from a range."""
    return float(rng.uniform(amount[0], amount[1])) if isinstance(amount, tuple) else amount


def draws(amount: Amount, rng: np.random.Generator, count: int) -> Array:
    """Return ``count`` independently drawn amounts, (count,)."""
    return rng.uniform(amount[0], amount[1], count) if isinstance(amount, tuple) else np.full(count, amount)


def uniform(keys: NDArray[np.uint64], counter: NDArray[np.uint64], count: int) -> Array:
    """Return uniform numbers between 0 and 1, (n, count), that depend only on each row's key and counter (n,).

    SplitMix64 (G. Steele, D. Lea and C. Flood, OOPSLA 2014) as a function of the position in its sequence.

    Args:
        keys: seed of each row.
        counter: number of earlier draws of the row.
        count: number of values.
    """
    place = (counter[:, None] * np.uint64(count) + np.arange(1, count + 1, dtype=np.uint64)).astype(np.uint64)
    bits: NDArray[np.uint64] = keys[:, None] + place * _GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX[1]
    bits ^= bits >> np.uint64(31)
    out: Array = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return out


def standard_normal(keys: NDArray[np.uint64], counter: NDArray[np.uint64], count: int) -> Array:
    """Return standard normal numbers (n, count): the Box-Muller transform of :func:`uniform`.

    Args:
        keys: seed of each row.
        counter: number of earlier draws of the row.
        count: number of values, even.
    """
    drawn = uniform(keys, counter, count)
    half = count // 2
    radius = np.sqrt(-2.0 * np.log(drawn[:, :half]))
    angle = 2.0 * np.pi * drawn[:, half:]
    return np.concatenate((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
