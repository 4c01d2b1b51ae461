"""A finished evaluation: its episodes, its figures, and all that is needed to cite and repeat it."""

from __future__ import annotations

import html
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kinesis_env.errors import EvaluationError
from kinesis_env.evaluation.episodes import Episode
from kinesis_env.evaluation.measures import metric_named
from kinesis_env.evaluation.statistics import LEVEL, RESAMPLES, Estimate, summarize
from kinesis_env.files import read_text, whole_file
from kinesis_env.motions.bodies import body_of

__all__ = ["BACKEND", "FORMAT", "Evaluation", "labeled", "ordered", "shown"]

FORMAT = 1
#: Key of the versions of an evaluation on other physics than MuJoCo's.
BACKEND = "backend"
#: Maximum size of a results file [bytes]; a thousand episodes take half a megabyte.
MAX_BYTES = 256 * 2**20
_TABLE_OF_SKILLS = (
    "success",
    "frame_coverage",
    "mpjpe",
    "mpjpe_root",
    "joint_angle_error",
    "velocity_error",
    "upright",
)


@dataclass(frozen=True, repr=False)
class Evaluation:
    """The results of a policy on an id.

    Attributes:
        env_id: the id.
        protocol: name of the preset, or "".
        policy: identity of the policy: kind, name or file, hash, library.
        exact: whether the policy was called row by row.
        seeds: seeds of the attempts.
        config: every setting of the environment.
        model_sha256: SHA-256 of the model's text.
        versions: versions of this package and its dependencies.
        motions: name, skill, seconds and digest of each clip, or of each prompt of a generator that is not built in.
        episodes: the outcomes, in order.
        content: digests of other inputs: the motions of starts, the user's own terms.
        emg: agreement of the muscles with EMG, see :func:`~kinesis_env.evaluation.compare_episodes`; None without EMG.
    """

    env_id: str
    protocol: str
    policy: Mapping[str, Any]
    exact: bool
    seeds: tuple[int, ...]
    config: Mapping[str, Any]
    model_sha256: str
    versions: Mapping[str, str]
    motions: tuple[Mapping[str, Any], ...]
    episodes: tuple[Episode, ...]
    content: Mapping[str, str] = field(default_factory=dict)
    emg: Mapping[str, Any] | None = None

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills of the clips, in the order of the clips."""
        return tuple(dict.fromkeys(episode.skill for episode in self.episodes if episode.skill))

    @property
    def over(self) -> str:
        """What the means and intervals are over: "clips", "prompts" or "seeds"."""
        if any(episode.clip for episode in self.episodes):
            return "clips"
        return "prompts" if any(episode.prompt for episode in self.episodes) else "seeds"

    @property
    def endings(self) -> dict[str, int]:
        """Number of episodes by reason of termination; "" for those that did not end early."""
        return dict(Counter(episode.termination_reason for episode in self.episodes))

    def summary(self, skill: str | None = None) -> dict[str, Estimate]:
        """Return the estimate of each figure, over all clips or the clips of a skill."""
        return summarize([episode for episode in self.episodes if skill is None or episode.skill == skill])

    def to_mapping(self) -> dict[str, Any]:
        """Return everything except the series, as JSON types."""
        return {
            "format": FORMAT,
            "env_id": self.env_id,
            "protocol": self.protocol,
            "policy": dict(self.policy),
            "exact": self.exact,
            "seeds": list(self.seeds),
            "config": dict(self.config),
            "model_sha256": self.model_sha256,
            "versions": dict(self.versions),
            "motions": [dict(motion) for motion in self.motions],
            "content": dict(self.content),
            "interval": {"level": LEVEL, "resamples": RESAMPLES, "over": self.over},
            "summary": {
                "total": _plain(self.summary()),
                "skills": {skill: _plain(self.summary(skill)) for skill in self.skills},
                "endings": self.endings,
            },
            "episodes": [episode.to_mapping(series=False) for episode in self.episodes],
            **({} if self.emg is None else {"emg": dict(self.emg)}),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file, whole or not at all."""
        with whole_file(path) as temporary:
            temporary.write_text(json.dumps(self.to_mapping(), indent=1, allow_nan=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Evaluation:
        """Read what :meth:`save` wrote; the series are not in it.

        Raises:
            EvaluationError: no such file, or not an evaluation.
        """
        try:
            content = json.loads(read_text(path, MAX_BYTES))
        except (OSError, ValueError, RecursionError) as error:
            raise EvaluationError(f"{os.fspath(path)}: cannot be read as JSON: {error}") from error
        return cls.from_mapping(content, os.fspath(path))

    @classmethod
    def from_mapping(cls, content: Any, where: str) -> Evaluation:
        """Return an evaluation from the result of :meth:`to_mapping`.

        Raises:
            EvaluationError: not such a mapping; the message names ``where``.
        """
        found = content.get("format") if isinstance(content, Mapping) else None
        if found != FORMAT:
            raise EvaluationError(
                f"{where}: not an evaluation of `kinesis-env evaluate` of format {FORMAT}, given format {found!r}"
            )
        try:
            return cls(
                env_id=str(content["env_id"]),
                protocol=str(content["protocol"]),
                policy=dict(content["policy"]),
                exact=bool(content["exact"]),
                seeds=tuple(int(seed) for seed in content["seeds"]),
                config=dict(content["config"]),
                model_sha256=str(content["model_sha256"]),
                versions={str(key): str(value) for key, value in content["versions"].items()},
                content={str(key): str(value) for key, value in content.get("content", {}).items()},
                motions=tuple({"name": motion["name"], **motion} for motion in content["motions"]),
                episodes=tuple(Episode.from_mapping(episode, where) for episode in content["episodes"]),
                emg=dict(content["emg"]) if content.get("emg") is not None else None,
            )
        except EvaluationError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EvaluationError(f"{where}: not a complete evaluation ({type(error).__name__}: {error})") from error

    def name(self) -> str:
        """Return the policy's name for people."""
        return str(self.policy.get("name") or self.policy.get("file") or "policy")

    def __repr__(self) -> str:
        return f"<Evaluation of {self.name()} in {self.env_id}: {self._size()}>"

    def _repr_html_(self) -> str:
        """Return the table as HTML for notebooks."""
        return f"<pre>{html.escape(self.table())}</pre>"

    def table(self) -> str:
        """Return the figures as text: in total, then by skill."""
        lines = [
            f"{self.name()} in {self.env_id}{f', protocol {self.protocol}' if self.protocol else ''}: {self._size()}"
        ]
        if self.versions.get(BACKEND):
            lines.append(f"  on the physics of {self.versions[BACKEND]}, in single precision")
        if self.config.get("body"):
            lines.append(f"  on {body_of(self.config['body'])} ({self.model_sha256[:12]})")
        total = self.summary()
        width = max((len(labeled(key)) for key in total), default=0)
        lines += [f"  {labeled(key):<{width}}  {shown(key, estimate)}" for key, estimate in total.items()]
        endings = ", ".join(
            f"{count} {reason.replace('_', ' ') or 'to the end'}" for reason, count in self.endings.items()
        )
        lines.append(f"  {'episodes':<{width}}  {endings}")
        if len(self.skills) > 1:
            lines += ["", *self._skill_table(total)]
        lines.append(f"brackets: {LEVEL:.0%} bootstrap intervals over {self.over}")
        return "\n".join(lines)

    def _size(self) -> str:
        seeds = f"{len(self.seeds)} seed{'s' * (len(self.seeds) != 1)}"
        if self.over == "seeds":
            return seeds
        count = len({episode.unit for episode in self.episodes})
        return f"{count} {self.over if count != 1 else self.over.removesuffix('s')}, {seeds}"

    def _skill_table(self, total: Mapping[str, Estimate]) -> list[str]:
        keys = [key for key in _TABLE_OF_SKILLS if key in total]
        rows = [["skill", "clips", *(labeled(key) for key in keys)]]
        for skill in self.skills:
            own = self.summary(skill)
            clips = len({episode.unit for episode in self.episodes if episode.skill == skill})
            cells = [f"{own[key].mean:.{metric_named(key).digits}f}" if key in own else "-" for key in keys]
            rows.append([skill, str(clips), *cells])
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return [
            "  "
            + "  ".join(
                f"{cell:<{w}}" if i == 0 else f"{cell:>{w}}"
                for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]


def shown(key: str, estimate: Estimate) -> str:
    """Return an estimate as text, such as "0.813 [0.62, 0.94]"."""
    digits = metric_named(key).digits
    text = f"{estimate.mean:.{digits}f}"
    return text if estimate.low is None else f"{text} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"


def labeled(key: str) -> str:
    """Return the label of a metric with its unit."""
    metric = metric_named(key)
    return f"{metric.label} [{metric.unit}]" if metric.unit else metric.label


def _plain(summary: Mapping[str, Estimate]) -> dict[str, Any]:
    return {key: estimate.to_mapping() for key, estimate in summary.items()}


def ordered(episodes: Sequence[Episode]) -> tuple[Episode, ...]:
    """Return episodes from best to worst: by success, then progress, then error."""

    def worth(episode: Episode) -> tuple[float, ...]:
        figures = episode.metrics
        error = next(
            (v for v in (figures.get(key) for key in ("mpjpe", "goal_distance", "command_error")) if v is not None),
            float("inf"),
        )
        return (-(figures.get("success") or 0.0), -(figures.get("frame_coverage") or 0.0), error)

    return tuple(sorted(episodes, key=worth))
