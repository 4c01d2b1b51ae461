"""Muscle synergies: activity as a few patterns, by non-negative matrix factorization or principal components.

found = synergies(activity.activation, 5)
found.vaf, found.patterns            # 0.93, (5, 80)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.checks import check_choice, check_integer
from kinesis_env.errors import AnalysisError
from kinesis_env.typing import Array

__all__ = ["Synergies", "principal_components", "synergies"]

#: Number of starts of the non-negative factorization, most steps, and the gain in VAF below which it ends.
_STARTS, _STEPS, _GAIN = 5, 500, 1e-7


@dataclass(frozen=True, eq=False)
class Synergies:
    """Activity as patterns times their activation over time.

    Attributes:
        method: "nmf" or "pca".
        patterns: share of each muscle in each pattern (n, k), of unit length; non-negative for "nmf".
        activations: activations of the patterns over time (T, n).
        mean: mean that "pca" is about (k,); zero for "nmf".
        vaf: variance accounted for, 1 - |x - reconstruction|^2 / |x - mean|^2.
        vaf_each: the same for each muscle (k,); NaN if it is inactive.
    """

    method: str
    patterns: Array
    activations: Array
    mean: Array
    vaf: float
    vaf_each: Array

    @property
    def reconstruction(self) -> Array:
        """Activity reconstructed from the patterns (T, k)."""
        out: Array = self.mean + self.activations @ self.patterns
        return out


def synergies(x: ArrayLike, n: int, method: Literal["nmf", "pca"] = "nmf", *, seed: int = 0) -> Synergies:
    """Return the n patterns that best reconstruct the activity.

    "nmf" is non-negative, as muscles only pull (D. Lee, H. Seung, Nature 401, 1999). It is solved by alternating least
    squares, one pattern after the other (A. Cichocki, A. Phan, IEICE Trans. E92-A, 2009), from several starts, the best
    of which is kept. Its VAF is about zero (G. Torres-Oviedo, L. Ting, J. Neurophysiol. 98, 2007). "pca" are principal
    components about the mean, by singular value decomposition; its VAF is about the mean.

    Args:
        x: (T, k); for "nmf" not negative.
        n: number of patterns, 1 to the smaller of T and k.
        method: "nmf" or "pca".
        seed: for the starts of "nmf".

    Raises:
        AnalysisError: an invalid array or number of patterns.
    """
    check_choice("the method of synergies", method, ("nmf", "pca"), error=AnalysisError)
    values = _checked(x)
    n = check_integer("the number of synergies", n, 1, min(values.shape), error=AnalysisError)
    if method == "pca":
        mean, components, _ = principal_components(values)
        patterns = components[:n]
        return _synergies("pca", values, patterns, (values - mean) @ patterns.T, mean)
    if values.min() < 0.0:
        frame, muscle = np.unravel_index(int(values.argmin()), values.shape)
        raise AnalysisError(
            f"non-negative synergies need activity that is not negative, given {values.min():.3g} in frame {frame} of "
            f"muscle {muscle}"
        )
    generator = np.random.default_rng(seed)
    tried = [_factored(values, n, generator) for _ in range(_STARTS)]
    best = min(tried, key=lambda pair: float(((values - pair[0] @ pair[1]) ** 2).sum()))
    weights, patterns = best
    length = np.linalg.norm(patterns, axis=1)
    order = np.argsort(-(weights.sum(axis=0) * length), kind="stable")
    scale = np.where(length > 0, length, 1.0)
    patterns, weights = (patterns / scale[:, None])[order], (weights * scale)[:, order]
    return _synergies("nmf", values, patterns, weights, np.zeros(values.shape[1]))


def principal_components(values: Array) -> tuple[Array, Array, Array]:
    """Return the mean (k,), components (min(T, k), k) by decreasing variance, and their fractions of it."""
    mean = values.mean(axis=0)
    _, singular, components = np.linalg.svd(values - mean, full_matrices=False)
    # The sign of a component is arbitrary: its largest entry is positive.
    largest = components[np.arange(len(components)), np.abs(components).argmax(axis=1)]
    components = components * np.where(largest < 0, -1.0, 1.0)[:, None]
    total = float((singular**2).sum())
    return mean, components, singular**2 / total if total > 0 else np.zeros(len(singular))


def _checked(x: ArrayLike) -> Array:
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 2 or len(values) < 2 or not values.shape[1] or not np.isfinite(values).all():
        raise AnalysisError(f"synergies need finite activity (T, k), T >= 2, given {values.shape}")
    return values


def _factored(values: Array, n: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Return weights (T, n) and patterns (n, k), not negative, whose product is near the values."""
    frames, muscles = values.shape
    scale = np.sqrt(max(float(values.mean()), 1e-12) / n)
    weights, patterns = (scale * generator.uniform(0.1, 1.0, shape) for shape in ((frames, n), (n, muscles)))
    total = max(float((values**2).sum()), np.finfo(float).tiny)
    before = np.inf
    for _ in range(_STEPS):
        _sweep(weights.T, values @ patterns.T, patterns @ patterns.T)
        _sweep(patterns, (weights.T @ values).T, weights.T @ weights)
        left = float(((values - weights @ patterns) ** 2).sum()) / total
        if before - left < _GAIN:
            break
        before = left
    return weights, patterns


def _sweep(rows: Array, right: Array, gram: Array) -> None:
    """Set each row (n, m) in turn, in place, to its best non-negative value given the others.

    Args:
        rows: the rows to set.
        right: (m, n), the values times the other factor.
        gram: (n, n), the other factor times itself.
    """
    for i in range(len(rows)):
        own = gram[i, i]
        if own > 0:
            rows[i] = np.maximum(rows[i] + (right[:, i] - gram[i] @ rows) / own, 0.0)


def _synergies(method: str, values: Array, patterns: Array, activations: Array, mean: Array) -> Synergies:
    missing = (values - mean - activations @ patterns) ** 2
    whole = (values - mean) ** 2
    known = whole.sum(axis=0) > 0
    each = np.where(known, 1.0 - missing.sum(axis=0) / np.where(known, whole.sum(axis=0), 1.0), np.nan)
    total = float(whole.sum())
    vaf = 1.0 - float(missing.sum()) / total if total > 0 else float("nan")
    return Synergies(method, patterns, activations, mean, vaf, each)
