"""Comparison of a trace with the same episodes run now."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kinesis_env.installation import installed_versions
from kinesis_env.regression.playback import Rollout
from kinesis_env.regression.reward_trace import RewardTrace
from kinesis_env.regression.tracing import run_again
from kinesis_env.regression.trust import check_trust
from kinesis_env.typing import Array

__all__ = ["SIMULATION_TOLERANCE", "TERM_TOLERANCE", "Finding", "Report", "check"]


#: Tolerance of figures, relative to one plus their magnitude: from recorded states, and simulated.
TERM_TOLERANCE = 1e-9
SIMULATION_TOLERANCE = 1e-6
#: Things that can change the last digits of simulated states.
_PHYSICS = ("mujoco", "platform")


@dataclass(frozen=True)
class Finding:
    """A figure that differs.

    Attributes:
        stage: ``"terms"``, from recorded states, or ``"simulation"``.
        figure: its name in ``info``, or ``reward``, ``terminated``, ``truncated``, ``start`` or a text of ``info``.
        part: which part of the trace, in words.
        row: name of the episode where it differs most.
        step: its control step, from 1; 0 is the start.
        expected: the recorded value there.
        got: the value now.
        began_row: name of the episode where it differs first.
        began_step: control step of the first difference.
        differing: number of values of the part that differ.
        place: part, figure, row and step as numbers, for plots.
    """

    stage: str
    figure: str
    part: str
    row: str
    step: int
    expected: float | str
    got: float | str
    began_row: str
    began_step: int
    differing: int
    place: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __str__(self) -> str:
        expected, got = (f"{x:.12g}" if isinstance(x, float) else repr(x) for x in (self.expected, self.got))
        return (
            f"{self.figure} ({self.stage}; {self.part}): step {self.step}, row {self.row!r}: expected {expected}, "
            f"got {got}; began at step {self.began_step}, row {self.began_row!r}; {self.differing} values differ"
        )


@dataclass(frozen=True, eq=False)
class Report:
    """The result of a check.

    Attributes:
        env_id: the checked id.
        failures: figures that differ but must not.
        drift: figures that differ after simulating on another MuJoCo or platform, which says nothing about rewards.
        notes: what changed since the trace was recorded.
        worst: greatest difference of any figure, by stage, relative to one plus its magnitude.
        trace: the trace.
        got: the figures now, by stage, (parts, figures, steps, rows).
    """

    env_id: str
    failures: tuple[Finding, ...]
    drift: tuple[Finding, ...]
    notes: tuple[str, ...]
    worst: Mapping[str, float]
    trace: RewardTrace
    got: Mapping[str, Array]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    def __str__(self) -> str:
        worst = ", ".join(f"{stage} within {value:.1e}" for stage, value in self.worst.items())
        lines = [f"{self.env_id}: {'ok' if self.ok else 'FAILED'} ({worst})"]
        lines += [f"  failure: {finding}" for finding in self.failures]
        lines += [f"  drift: {finding}" for finding in self.drift]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return {
            "env_id": self.env_id,
            "ok": self.ok,
            "failures": [asdict(finding) for finding in self.failures],
            "drift": [asdict(finding) for finding in self.drift],
            "notes": list(self.notes),
            "worst": dict(self.worst),
            "recorded_with": dict(self.trace.meta["versions"]),
            "checked_with": installed_versions(),
        }


def check(
    trace: RewardTrace | str | os.PathLike[str],
    keywords: Mapping[str, Any] | None = None,
    *,
    terms_only: bool = False,
    tolerance: float = SIMULATION_TOLERANCE,
    trust: bool = False,
) -> Report:
    """Run the episodes of a trace again, and compare.

    Two comparisons are made. *Terms*: the recorded states go through the rewards, references and terminations; every
    figure must agree to :data:`TERM_TOLERANCE`, whatever the version of MuJoCo. *Simulation*: the episodes are
    simulated from their seeds; figures must agree to ``tolerance`` on the MuJoCo and platform of the recording. On
    others, differences are drift rather than failures.

    Args:
        trace: a trace or its file.
        keywords: keyword arguments of ``gymnasium.make``; by default as in the recording.
        terms_only: do not simulate.
        tolerance: tolerance of simulated figures, relative to one plus their magnitude.
        trust: allow the trace to name code, which is run: another id, or the user's terms and generators.

    Raises:
        TraceError: a file that is not a trace, or a trace that names code and is not trusted.
        ConfigError: impossible keywords.
    """
    if not isinstance(trace, RewardTrace):
        trace = RewardTrace.load(trace)
    meta, now = trace.meta, installed_versions()
    given = meta["keywords"] if keywords is None else keywords
    if not trust:
        check_trust(meta["env_id"], given, meta["parts"], by_caller=keywords is not None)
    (played, simulated), motions = run_again(trace, given, physics=not terms_only)
    notes = [f"{key} was {old}, is {now.get(key)}" for key, old in meta["versions"].items() if now.get(key) != old]
    if motions != meta["motions"]:
        notes.append("the motions have changed since the trace was recorded")
    failures = _texts(trace, played) + _starts(trace, played)
    terms, got_terms = _compared(trace, played, trace.played, "terms", TERM_TOLERANCE)
    failures += terms
    drift: list[Finding] = []
    got, worst = {"terms": got_terms}, {"terms": _worst(got_terms, trace.played)}
    if simulated:
        found, got["simulation"] = _compared(trace, simulated, trace.simulated, "simulation", tolerance)
        worst["simulation"] = _worst(got["simulation"], trace.simulated)
        same = all(now[key] == meta["versions"].get(key) for key in _PHYSICS)
        (failures if same else drift).extend(found)
    return Report(meta["env_id"], tuple(failures), tuple(drift), tuple(notes), worst, trace, got)


def _compared(
    trace: RewardTrace, rollouts: Sequence[Rollout], recorded: Array, stage: str, tolerance: float
) -> tuple[list[Finding], Array]:
    """Return a finding for each figure that differs, and the figures now; missing figures are NaN."""
    absent = np.full(recorded.shape[2:], np.nan)
    got = np.array([[rollout.figures.get(name, absent) for name in trace.figures] for rollout in rollouts])
    reason = trace.figures.index("termination_reason")
    for number, rollout in enumerate(rollouts):  # the numbers of reasons may have changed, but not their names
        known = [*trace.meta["reasons"]]
        numbers = [known.index(name) if name in known else -1 - index for index, name in enumerate(rollout.reasons)]
        got[number, reason] = np.array(numbers, dtype=np.float64)[got[number, reason].astype(int)]
    away = np.abs(got - recorded) / (1.0 + np.abs(recorded))
    differs = ~(away <= tolerance)
    names = [episode["name"] for episode in trace.meta["episodes"]]
    findings = []
    words = _words_of_reasons(trace, rollouts)
    for part, figure in np.argwhere(differs.any(axis=(2, 3))).tolist():
        where = differs[part, figure]
        by_size = np.where(where, np.nan_to_num(away[part, figure], nan=np.inf), -1.0)
        step, row = divmod(int(np.argmax(by_size)), len(names))
        first_step, first_row = np.argwhere(where)[0].tolist()
        values = [float(array[part, figure, step, row]) for array in (recorded, got)]
        expected, now = (words[part].get(int(v), v) for v in values) if figure == reason else values
        findings.append(
            Finding(
                stage=stage,
                figure=trace.figures[figure],
                part=_part_name(trace, part),
                row=names[row],
                step=step + 1,
                expected=expected,
                got=now,
                began_row=names[first_row],
                began_step=first_step + 1,
                differing=int(where.sum()),
                place=(part, figure, row, step),
            )
        )
    return findings, got


def _words_of_reasons(trace: RewardTrace, rollouts: Sequence[Rollout]) -> list[dict[int, str]]:
    """Return the names of the numbers in the figure ``termination_reason``, by part."""
    known: list[str] = [*trace.meta["reasons"]]
    return [
        dict(enumerate(known)) | {-1 - i: name for i, name in enumerate(rollout.reasons) if name not in known}
        for rollout in rollouts
    ]


def _texts(trace: RewardTrace, rollouts: Sequence[Rollout]) -> list[Finding]:
    found = []
    for part, rollout in enumerate(rollouts):
        for row, (old, new) in enumerate(zip(trace.meta["texts"][part], rollout.texts, strict=True)):
            name = trace.meta["episodes"][row]["name"]
            found += [
                Finding("terms", key, _part_name(trace, part), name, 0, text, new.get(key, ""), name, 0, 1)
                for key, text in old.items()
                if new.get(key) != text
            ]
    return found


def _starts(trace: RewardTrace, rollouts: Sequence[Rollout]) -> list[Finding]:
    found = []
    for part, rollout in enumerate(rollouts):
        away = np.abs(rollout.start - trace.start[part])
        for row in np.flatnonzero(~(away.max(axis=1) <= TERM_TOLERANCE)):
            at = int(np.argmax(away[row]))
            name = trace.meta["episodes"][row]["name"]
            expected, got = float(trace.start[part, row, at]), float(rollout.start[row, at])
            differing = int((away[row] > TERM_TOLERANCE).sum())
            found.append(Finding("terms", "start", _part_name(trace, part), name, 0, expected, got, name, 0, differing))
    return found


def _part_name(trace: RewardTrace, part: int) -> str:
    return ", ".join(f"{key}={value}" for key, value in trace.meta["parts"][part].items())


def _worst(got: Array, recorded: Array) -> float:
    away = np.abs(got - recorded) / (1.0 + np.abs(recorded))
    return float("inf") if np.isnan(away).any() else float(away.max(initial=0.0))
