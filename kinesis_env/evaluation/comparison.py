"""Two evaluations, clip by clip: paired differences with intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinesis_env.config import load_preset
from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation.measures import metric_named
from kinesis_env.evaluation.protocols import OF_THE_POLICY
from kinesis_env.evaluation.result import Evaluation, labeled
from kinesis_env.evaluation.statistics import LEVEL, Estimate, estimate, per_unit
from kinesis_env.motions.datasets.kit import split_of
from kinesis_env.registration import ENV_IDS

__all__ = ["Comparison", "Difference", "compare"]


@dataclass(frozen=True)
class Difference:
    """One metric, over the clips that have it in both evaluations.

    Attributes:
        key: key of the metric.
        first: mean of the first evaluation.
        second: mean of the second.
        change: second minus first, with its interval.
        better: clips in which the second is better; those with the larger value, if neither direction is better.
        worse: clips in which the second is worse.
    """

    key: str
    first: float
    second: float
    change: Estimate
    better: int
    worse: int


@dataclass(frozen=True)
class Comparison:
    """Paired differences of two evaluations.

    Attributes:
        first: name of the first policy.
        second: name of the second.
        differences: by figure.
        notes: differences that do not prevent the comparison.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    def to_mapping(self) -> dict[str, Any]:
        """Return the comparison as JSON types."""
        return {
            "first": self.first,
            "second": self.second,
            "level": LEVEL,
            "notes": list(self.notes),
            "differences": {
                d.key: {
                    "first": d.first,
                    "second": d.second,
                    "change": d.change.to_mapping(),
                    "better": d.better,
                    "worse": d.worse,
                }
                for d in self.differences
            },
        }

    def table(self) -> str:
        """Return the differences as a table of text."""
        width = max((len(labeled(d.key)) for d in self.differences), default=0)
        lines = [f"A: {self.first}", f"B: {self.second}"]
        lines.append(f"  {'':<{width}}  {'A':>9}  {'B':>9}  {'B - A':>9}  {f'{LEVEL:.0%} interval':<22}  better in B")
        for d in self.differences:
            digits = metric_named(d.key).digits
            interval = "-" if d.change.low is None else f"[{d.change.low:+.{digits}f}, {d.change.high:+.{digits}f}]"
            count = f"{d.better} of {d.change.count}, worse {d.worse}" if metric_named(d.key).better else ""
            lines.append(
                f"  {labeled(d.key):<{width}}  {d.first:>9.{digits}f}  {d.second:>9.{digits}f}  "
                f"{d.change.mean:>+9.{digits}f}  {interval:<22}  {count}".rstrip()
            )
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def compare(first: Evaluation, second: Evaluation) -> Comparison:
    """Return the paired differences, second minus first, clip by clip (seed by seed for a task without clips).

    Raises:
        EvaluationError: they are not of the same task: another id, model, clips, seeds or rules.
    """
    _check_pairing(first, second)
    found = []
    for key in dict.fromkeys(key for episode in first.episodes for key in episode.metrics):
        one, two = per_unit(first.episodes, key), per_unit(second.episodes, key)
        units = [unit for unit in one if unit in two]
        if not units:
            continue
        a, b = (np.array([values[unit] for unit in units]) for values in (one, two))
        change = estimate(b - a)
        assert change is not None
        sign = -1.0 if metric_named(key).better == "lower" else 1.0
        better, worse = int(np.sum(sign * (b - a) > 0)), int(np.sum(sign * (b - a) < 0))
        found.append(Difference(key, float(a.mean()), float(b.mean()), change, better, worse))
    return Comparison(_called(first), _called(second), tuple(found), tuple(_notes(first, second)))


def _check_pairing(first: Evaluation, second: Evaluation) -> None:
    if first.env_id != second.env_id:
        raise EvaluationError(f"these evaluations cannot be paired: the ids are {first.env_id} and {second.env_id}")
    problems = []
    if first.model_sha256 != second.model_sha256:
        problems.append(f"the bodies differ: {_body(first)} and {_body(second)}")
    if first.seeds != second.seeds:
        problems.append(f"the seeds are {_some(first.seeds)} and {_some(second.seeds)}")
    else:
        problems += _clip_problems(first, second)
    # The paths of starts do not matter if their content is the same; nor do the rewards a policy learned from.
    by_content = {key for key in (*first.content, *second.content) if not key.startswith(("rewards:", "observations:"))}
    problems += [
        f"{key} is not the same by its content"
        for key in sorted(by_content)
        if first.content.get(key) != second.content.get(key)
    ]
    one, two = ({**_preset(each.env_id), **each.config} for each in (first, second))  # files of older versions
    problems += [
        f"{key} is {one.get(key)!r} and {two.get(key)!r}"
        for key in sorted({*one, *two} - {"body", *OF_THE_POLICY} - by_content)
        if one.get(key) != two.get(key)
    ]
    if problems:
        raise EvaluationError(f"these evaluations cannot be paired: {'; '.join(problems)}")


def _preset(env_id: str) -> Mapping[str, Any]:
    """Return the defaults of an id of this package; empty for another id."""
    return load_preset(env_id) if env_id in ENV_IDS else {}


def _body(evaluation: Evaluation) -> str:
    return f"{json.dumps(evaluation.config.get('body') or 'default')} ({evaluation.model_sha256[:12]})"


def _clip_problems(first: Evaluation, second: Evaluation) -> list[str]:
    one, two = (_units(evaluation) for evaluation in (first, second))
    splits = [split_of(names) for names in (one, two)]
    problems = (
        [f"the clips are those of {splits[0]} and of {splits[1]}"]
        if None not in splits and one.keys() != two.keys()
        else []
    )
    for alone, other, which in ((one, two, "first"), (two, one, "second")):
        missing = [name for name in alone if name not in other]
        if missing:
            problems.append(f"only the {which} has {_some(missing)}")
    changed = [name for name in one if name in two and one[name] != two[name]]
    if changed:
        problems.append(f"the clips {_some(changed)} are different motions with the same names")
    return problems


def _units(evaluation: Evaluation) -> dict[str, str]:
    """Return the clips (or prompts) of an evaluation, and the digests of their motions."""
    digests = {motion["name"]: str(motion.get("digest")) for motion in evaluation.motions}
    return {episode.unit: digests.get(episode.unit, "") for episode in evaluation.episodes}


def _notes(first: Evaluation, second: Evaluation) -> list[str]:
    notes = [
        f"{key} is {first.versions.get(key)} and {second.versions.get(key)}"
        for key in sorted({*first.versions, *second.versions})
        if first.versions.get(key) != second.versions.get(key)
    ]
    notes += [
        f"{key} is {first.config.get(key)!r} and {second.config.get(key)!r}"
        for key in OF_THE_POLICY
        if first.config.get(key) != second.config.get(key) and key != "motions"
    ]
    if not (first.exact and second.exact):
        notes.append("a policy was called for many rows at once: its metrics depend on their number")
    if per_unit(first.episodes, "frame_coverage") != per_unit(second.episodes, "frame_coverage"):
        notes.append("errors are means over the frames that each policy reached; if coverage differs, so do the frames")
    return notes


def _called(evaluation: Evaluation) -> str:
    digest = evaluation.policy.get("sha256")
    return f"{evaluation.name()} ({digest[:12]})" if isinstance(digest, str) else evaluation.name()


def _some(names: Any, limit: int = 5) -> str:
    shown = ", ".join(str(name) for name in list(names)[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
