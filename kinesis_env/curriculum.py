"""Curricula over clips: simple rules that set sampling weights of clips from the results of episodes.

A rule is called between updates of the learner::

    rule = HardClips()
    for _ in range(updates):
        ...                    # collect and learn
        rule.update(envs)      # from now on, clips that fail are drawn more often
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kinesis_env.checks import check_number
from kinesis_env.errors import ConfigError

__all__ = ["HardClips"]


class HardClips:
    """Draws clips in proportion to their failure rate, with a floor.

    The failure rate of a clip is an average over its last episodes: the previous rate counts as ``memory`` episodes,
    and initially every clip is assumed to fail. KINESIS and PHC drop solved clips; a floor keeps them from being
    forgotten.

    Args:
        floor: weight of a clip that never fails, relative to one that always fails.
        memory: number of episodes that the current rate counts as.
        starts: whether start times are also drawn from the parts of a clip in proportion to the failures there.
    """

    def __init__(self, *, floor: float = 0.1, memory: float = 10.0, starts: bool = False) -> None:
        check_number("floor", floor, 0.0, 1.0)
        check_number("memory", memory, above=0.0)
        self.floor, self.memory, self.starts = floor, memory, starts
        self._rates: dict[str, float] = {}
        self._seen: dict[str, tuple[int, int]] = {}

    def update(self, env: Any) -> dict[str, float]:
        """Read the statistics of an environment, set its weights, and return them by clip.

        Args:
            env: an environment that follows clips, single or vector, wrapped or not, or a ``VecEnv`` of
                :mod:`kinesis_env.sb3`.

        Raises:
            ConfigError: an environment without clips.
        """
        target = getattr(env, "unwrapped", env)
        if not hasattr(target, "clip_statistics"):
            target = getattr(target, "envs", target)
        if not hasattr(target, "clip_statistics"):
            raise ConfigError(f"{type(target).__name__} has no clips to weight; Kinesis-Imitate-v0 has")
        statistics = target.clip_statistics()
        weights = self.weights(statistics)
        target.set_clip_weights(weights)
        if self.starts:
            target.set_clip_starts({name: self._parts(clip) for name, clip in statistics.items()})
        return weights

    def weights(self, statistics: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
        """Return the weight of each clip, from ``floor`` to 1, and remember the rates.

        Args:
            statistics: by clip, ``episodes`` and ``failures`` since the environment was created.
        """
        for name, clip in statistics.items():
            episodes, failures = int(clip["episodes"]), int(clip["failures"])
            before = self._seen.get(name, (0, 0))
            known = self._rates.get(name, 1.0)
            new, failed = episodes - before[0], failures - before[1]
            self._rates[name] = (self.memory * known + failed) / (self.memory + new)
            self._seen[name] = episodes, failures
        return {name: self.floor + (1.0 - self.floor) * self._rates[name] for name in statistics}

    def _parts(self, clip: Mapping[str, Any]) -> list[float]:
        """Return weights of the parts of a clip, from the failures in each part and the next one."""
        failures = [float(count) for count in clip["failures_by_part"]]
        ahead = [here + after for here, after in zip(failures, [*failures[1:], 0.0], strict=True)]
        most = max(ahead)
        if most == 0.0:
            return [1.0] * len(ahead)
        return [self.floor + (1.0 - self.floor) * count / most for count in ahead]
