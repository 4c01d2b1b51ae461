"""The clips that episodes follow, how often, and the results, for curricula."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kinesis_env.checks import check_array
from kinesis_env.errors import ConfigError
from kinesis_env.motions.library import draw_by_weight
from kinesis_env.typing import Array, Mask, Rows

__all__ = ["PARTS", "Clips"]

#: Number of equal parts of a clip in which failures are counted.
PARTS = 10


class Clips:
    """Weights and statistics of the clips of a library.

    Args:
        names: names of the clips, (M,).
        weights: how often each is drawn, (M,).
    """

    def __init__(self, names: Sequence[str], weights: Array) -> None:
        self._names = tuple(names)
        self._starts: dict[int, Array] = {}
        self._episodes: Array = np.zeros(len(names))
        self._coverage: Array = np.zeros(len(names))
        self._failures: Array = np.zeros((len(names), PARTS))
        self._use(np.array(weights, dtype=np.float64))

    @property
    def weights(self) -> dict[str, float]:
        """Probability of each clip."""
        return dict(zip(self._names, (self._weights / self._weights.sum()).tolist(), strict=True))

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Set how often clips are drawn, from the next reset on.

        Args:
            weights: names or patterns (``"walk*"``), and the weight of each clip that matches; later ones take
                precedence. Clips that match none keep their weight.

        Raises:
            ConfigError: a pattern that matches no clip, a weight that is negative or not finite, or no weight above 0.
        """
        changed = self._weights.copy()
        for pattern, weight in weights.items():
            chosen = [i for i, name in enumerate(self._names) if fnmatch.fnmatchcase(name, pattern)]
            if not chosen:
                raise ConfigError(f"weights: no clip matches {pattern!r}; the clips are {_listed(self._names)}")
            if not (isinstance(weight, int | float | np.number) and 0.0 <= weight < np.inf):
                raise ConfigError(f"weights[{pattern!r}] must be a finite number from 0, given {weight!r}")
            changed[chosen] = weight
        if not changed.any():
            raise ConfigError("at least one clip needs a weight above 0")
        self._use(changed)

    def set_starts(self, starts: Mapping[str, Sequence[float] | None]) -> None:
        """Set the distribution of random start times in clips, from the next reset on.

        Args:
            starts: maps clip names to weights of equal parts of the clip, any number of them; None restores a uniform
                distribution.

        Raises:
            ConfigError: an unknown clip, or weights that are negative, not finite, or all 0.
        """
        made: dict[int, Array | None] = {}
        for name, weights in starts.items():
            if name not in self._names:
                raise ConfigError(f"starts: unknown clip {name!r}; the clips are {_listed(self._names)}")
            row = self._names.index(name)
            if weights is None:
                made[row] = None
                continue
            parts = check_array(f"starts[{name!r}]", weights, (max(len(weights), 1),), error=ConfigError)
            if (parts < 0.0).any() or not parts.any():
                raise ConfigError(f"starts[{name!r}] must be weights from 0, not all 0, given {list(weights)}")
            made[row] = np.concatenate(([0.0], np.cumsum(parts) / parts.sum()))
        for row, known in made.items():
            self._starts.pop(row, None)
            if known is not None:
                self._starts[row] = known

    def draw(self, rng: np.random.Generator) -> int:
        """Draw a clip by weight."""
        return draw_by_weight(self._cumulative, rng)

    def start(self, clip: int, share: float) -> float:
        """Return the relative start time in a clip, from 0 to 1, for a uniform random number from 0 to 1."""
        known = self._starts.get(clip)
        if known is None:
            return share
        return float(np.interp(share, known, np.linspace(0.0, 1.0, len(known))))

    def count(self, clips: Rows, coverage: Array, failed: Mask, place: Array) -> None:
        """Count finished episodes, (k,) each.

        Args:
            clips: their clips.
            coverage: fraction of the remaining clip that each covered.
            failed: whether each was terminated.
            place: relative time in the clip at which each ended, from 0 to 1.
        """
        np.add.at(self._episodes, clips, 1.0)
        np.add.at(self._coverage, clips, coverage)
        part = np.minimum((place * PARTS).astype(np.int64), PARTS - 1)
        np.add.at(self._failures, (clips[failed], part[failed]), 1.0)

    def statistics(self) -> dict[str, dict[str, Any]]:
        """Return the counts, by clip.

        ``episodes``, ``coverage`` (mean), ``failures``, and ``failures_by_part``, in :data:`PARTS` equal parts of the
        clip.
        """
        mean = self._coverage / np.maximum(self._episodes, 1.0)
        return {
            name: {
                "episodes": int(self._episodes[i]),
                "coverage": float(mean[i]),
                "failures": int(self._failures[i].sum()),
                "failures_by_part": [int(count) for count in self._failures[i]],
            }
            for i, name in enumerate(self._names)
        }

    def tables(self) -> tuple[Array, Array | None]:
        """Return the cumulative weights (M,), and those of the start times, (M, parts + 1), or None if all are uniform.

        A row of the second table ends with the values "infinity" if other clips have more parts.
        """
        if not self._starts:
            return np.array(self._cumulative), None
        width = max(len(known) for known in self._starts.values())
        starts = np.full((len(self._names), width), np.inf)
        starts[:, :2] = 0.0, 1.0
        for clip, known in self._starts.items():
            starts[clip, : len(known)] = known
        return np.array(self._cumulative), starts

    def take_counts(self, episodes: Array, coverage: Array, failures: Array) -> None:
        """Replace the counts by those of episodes elsewhere, (M,), (M,) and (M, PARTS) or flat."""
        self._episodes, self._coverage = episodes, coverage
        self._failures = failures.reshape(len(self._names), PARTS)

    def _use(self, weights: Array) -> None:
        self._weights = weights
        self._cumulative: list[float] = np.cumsum(weights).tolist()


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return f"{shown}, ... ({len(names)} in all)" if len(names) > 8 else shown
