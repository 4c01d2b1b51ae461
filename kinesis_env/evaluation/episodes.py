"""The outcome of one attempt, and a folder that caches outcomes so that an evaluation can be resumed."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation.cases import Case
from kinesis_env.files import read_text, whole_file

__all__ = ["Episode", "Journal", "digest_of"]


@dataclass(frozen=True)
class Episode:
    """The result of one attempt.

    Attributes:
        clip: the motion; "" for a task without clips.
        seed: seed of the environment.
        skill: skill shown in the clip; "" for a task without clips.
        steps: control steps taken.
        termination_reason: why the episode ended early, or "".
        metrics: figures by the keys of :data:`~kinesis_env.evaluation.measures.METRICS`; None if there was nothing to
            measure.
        series: the error over time, one number per step, in the unit of the environment's ``info``.
        prompt: the prompt of a text task; "" elsewhere.
    """

    clip: str
    seed: int
    skill: str
    steps: int
    termination_reason: str
    metrics: Mapping[str, float | None]
    series: tuple[float, ...] = field(default=(), repr=False)
    prompt: str = ""

    @property
    def unit(self) -> str:
        """The unit of bootstrap intervals: the clip, the prompt, or the seed if there is neither."""
        return self.clip or self.prompt or f"seed {self.seed}"

    def to_mapping(self, *, series: bool) -> dict[str, Any]:
        """Return the episode as JSON types, with or without the series."""
        mapping = {**asdict(self), "metrics": dict(self.metrics), "series": list(self.series)}
        if not series:
            del mapping["series"]
        if not self.prompt:
            del mapping["prompt"]
        return mapping

    @classmethod
    def from_mapping(cls, mapping: Any, where: str) -> Episode:
        """Return an episode from the result of :meth:`to_mapping`.

        Raises:
            EvaluationError: not such a mapping; the message names ``where``.
        """
        try:
            metrics = {str(key): None if v is None else _finite(v) for key, v in mapping["metrics"].items()}
            return cls(
                clip=str(mapping["clip"]),
                seed=int(mapping["seed"]),
                skill=str(mapping["skill"]),
                steps=int(mapping["steps"]),
                termination_reason=str(mapping["termination_reason"]),
                metrics=metrics,
                series=tuple(_finite(value) for value in mapping.get("series", ())),
                prompt=str(mapping.get("prompt", "")),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EvaluationError(
                f"{where}: not an episode of an evaluation ({type(error).__name__}: {error})"
            ) from error


class Journal:
    """A folder with one file per finished episode of an evaluation.

    Args:
        folder: holds the evaluations, each in its own folder.
        settings: everything the outcomes depend on, as JSON types; a different value is a different evaluation.

    Raises:
        EvaluationError: the folder cannot be made or written to.
    """

    def __init__(self, folder: str | os.PathLike[str], settings: Mapping[str, Any]) -> None:
        self.folder = Path(folder) / digest_of(settings)[:16]
        about = self.folder / "about.json"
        if not about.is_file():
            try:
                _write(about, settings)
            except OSError as error:
                raise EvaluationError(f"{os.fspath(folder)}: episodes cannot be stored there: {error}") from error

    def find(self, case: Case) -> Episode | None:
        """Return the outcome of a case, or None if it is not finished.

        Raises:
            EvaluationError: the file exists, but does not hold such an outcome.
        """
        path = self._path(case)
        if not path.exists():
            return None
        try:
            mapping = json.loads(read_text(path))
            episode = Episode.from_mapping(mapping, str(path))
        except EvaluationError as error:
            raise EvaluationError(f"{error}; delete it to evaluate this episode again") from error
        except (OSError, ValueError, RecursionError) as error:
            raise EvaluationError(f"{path}: not JSON ({error}); delete it to evaluate this episode again") from error
        if (episode.unit, episode.seed) != (case.unit, case.seed):
            raise EvaluationError(f"{path}: contains {episode.unit!r}, seed {episode.seed}, not {case.label}")
        return episode

    def keep(self, case: Case, episode: Episode) -> None:
        """Write the outcome of a case, whole or not at all."""
        _write(self._path(case), episode.to_mapping(series=True))

    def _path(self, case: Case) -> Path:
        name = digest_of({"clip": case.clip, "digest": case.digest, "prompt": case.prompt, "seed": case.seed})
        return self.folder / "episodes" / f"{name[:24]}.json"


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a JSON-serializable value; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a number")
    return number


def _write(path: Path, value: Any) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, allow_nan=False, indent=1), encoding="utf-8")
