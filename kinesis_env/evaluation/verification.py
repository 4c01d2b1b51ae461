"""Verification of an evaluation: run it again and compare, so that published figures can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation.benchmark import Job
from kinesis_env.evaluation.episodes import Episode
from kinesis_env.evaluation.policy import Policy
from kinesis_env.evaluation.protocols import PROTOCOLS
from kinesis_env.evaluation.result import BACKEND, Evaluation

__all__ = ["Verification", "verify"]

#: What must be identical when an evaluation is repeated.
_SAME = ("policy", "protocol", "exact", "seeds", "config", "model_sha256", "motions", "content")
#: Parts of a policy's identity that name the library that runs it.
_LIBRARY = "library"
#: Relative difference below which figures of an episode are the same.
_NEAR = 1e-6
#: Another processor or version makes a muscle-driven body fall elsewhere. If episodes differ, the means of these must
#: agree: fractions to within the first tolerance, other figures to within the second, relative to their value.
_MEANS = ("success", "semantic_success", "frame_coverage", "mpjpe", "mean_reward")
_SHARES, _OF_SHARE, _OF_OTHERS = _MEANS[:3], 0.05, 0.1
#: Maximum number of notes about single episodes.
_SHOWN = 5


@dataclass(frozen=True)
class Verification:
    """The outcome of running an evaluation again.

    Attributes:
        problems: what is not as claimed; empty if the claim holds.
        notes: differences that do not contradict the claim, such as versions.
        episodes: the number of episodes that were run.
        exact: every figure of every episode is the same; otherwise the means are.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    episodes: int
    exact: bool

    @property
    def holds(self) -> bool:
        """Whether everything is as claimed."""
        return not self.problems

    def to_mapping(self) -> dict[str, Any]:
        """Return the outcome as JSON types."""
        told = {"problems": list(self.problems), "notes": list(self.notes)}
        return {"verified": self.holds, "exact": self.exact, "episodes": self.episodes, **told}

    def table(self) -> str:
        """Return the outcome as text."""
        said = ("holds" if self.exact else "holds on average") if self.holds else "does not hold"
        lines = [f"the claim {said}: {self.episodes} episodes were run again"]
        lines += [f"  {problem}" for problem in self.problems]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def verify(
    claim: Evaluation, policy: Policy, *, on_progress: Callable[[int, int, str], None] | None = None
) -> Verification:
    """Run a policy again as an evaluation says it was, and compare hashes and figures.

    No cached results of earlier runs are used.

    Args:
        claim: the evaluation.
        policy: the policy it claims to evaluate.
        on_progress: called with the number of finished episodes, the number of all episodes, and the name of the last.

    Raises:
        EvaluationError: the claim cannot be run here, such as one with an unknown protocol.
        ConfigError, MotionError, PolicyError: as for :func:`~kinesis_env.evaluation.evaluate`.
    """
    protocol = claim.protocol.partition(",")[0] or None
    if protocol is not None and protocol not in PROTOCOLS:
        raise EvaluationError(
            f"the protocol of the evaluation must be one of {', '.join(PROTOCOLS)}, given {protocol!r}"
        )
    config = dict(claim.config)
    job = Job(
        policy,
        claim.env_id,
        motions=config.pop("motions", None),
        seeds=claim.seeds,
        protocol=protocol,
        config=config,
        exact=claim.exact,
        backend="warp" if claim.versions.get(BACKEND) else "mujoco",
    )
    found = job.run(on_progress=on_progress)
    stated, seen = _comparable(claim), _comparable(found)
    # A setting added after the claim has its default, which is what the claim was made with.
    later = sorted(seen["config"].keys() - stated["config"].keys())
    seen["config"] = {key: value for key, value in seen["config"].items() if key not in later}
    problems = [
        f"{key}: claimed {_short(stated[key])}, found {_short(seen[key])}" for key in _SAME if stated[key] != seen[key]
    ]
    differences: list[str] = []
    if [(episode.unit, episode.seed) for episode in claim.episodes] != [(e.unit, e.seed) for e in found.episodes]:
        problems.append("the episodes do not match the clips and seeds")
    else:
        for one, other in zip(claim.episodes, found.episodes, strict=True):
            differences += _differences(one, other)
        problems += _far_means(claim, found)
    notes = [*differences[:_SHOWN], *([f"and {len(differences) - _SHOWN} more"] if len(differences) > _SHOWN else [])]
    notes += [f"the setting {key} is newer than the claim: {found.config[key]!r}" for key in later]
    libraries = [str(evaluation.policy.get(_LIBRARY, "")) for evaluation in (claim, found)]
    if libraries[0] != libraries[1]:
        notes.append(f"the policy ran on {libraries[0]}, and now runs on {libraries[1]}")
    notes += [
        f"{key} was {claim.versions.get(key)} and is {found.versions.get(key)}"
        for key in sorted({*claim.versions, *found.versions})
        if claim.versions.get(key) != found.versions.get(key)
    ]
    return Verification(tuple(problems), tuple(notes), len(found.episodes), exact=not differences)


def _comparable(evaluation: Evaluation) -> dict[str, Any]:
    """Return what must be the same: the content of the policy's file, not its name or the library that runs it."""
    mapping = evaluation.to_mapping()
    if "sha256" in mapping["policy"]:
        left = {_LIBRARY, "file"}
        mapping["policy"] = {key: value for key, value in mapping["policy"].items() if key not in left}
    return mapping


def _far_means(claim: Evaluation, found: Evaluation) -> list[str]:
    claimed, seen = claim.summary(), found.summary()
    far = []
    for key in _MEANS:
        if key in claimed and key in seen:
            one, other = claimed[key].mean, seen[key].mean
            allowed = _OF_SHARE if key in _SHARES else _OF_OTHERS * max(abs(one), abs(other))
            if abs(one - other) > allowed:
                far.append(f"{key}, on average: claimed {one:.4g}, found {other:.4g}")
    return far


def _differences(claimed: Episode, found: Episode) -> list[str]:
    where = f"{claimed.unit}, seed {claimed.seed}"
    if (claimed.steps, claimed.termination_reason) != (found.steps, found.termination_reason):
        ends = [f"{e.steps} steps ({e.termination_reason or 'to the end'})" for e in (claimed, found)]
        return [f"{where}: claimed {ends[0]}, found {ends[1]}"]
    return [
        f"{where}: {key} claimed {_short(claimed.metrics.get(key))}, found {_short(found.metrics.get(key))}"
        for key in dict.fromkeys((*claimed.metrics, *found.metrics))
        if not _equal(claimed.metrics.get(key), found.metrics.get(key))
    ]


def _equal(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return abs(first - second) <= _NEAR * max(abs(first), abs(second), 1.0)


def _short(value: Any, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
