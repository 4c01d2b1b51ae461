"""How many dimensions of its 80 controls a policy needs: its performance over the number of dimensions it keeps.

found = redundancy("tracker", motions="walk", record="episodes/")
print(found.table())
found.plot("redundancy.png")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kinesis_env.analysis.control_space import MODES, Mode
from kinesis_env.checks import check_choice, check_integer
from kinesis_env.drawing.matplotlib import new_figure
from kinesis_env.errors import AnalysisError
from kinesis_env.evaluation.benchmark import evaluate
from kinesis_env.evaluation.policy import Policy
from kinesis_env.evaluation.policy_files import load_policy
from kinesis_env.evaluation.result import Evaluation
from kinesis_env.evaluation.subspace import basis_of_episodes, control_subspace
from kinesis_env.files import whole_file
from kinesis_env.model.names import NU

__all__ = ["DIMENSIONS", "Redundancy", "redundancy"]

#: Numbers of components tried by default.
DIMENSIONS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
#: Figures to keep, if the task has them, and their labels.
_FIGURES = {"success": "success", "frame_coverage": "frame coverage"}
_SUCCESS, _COVERAGE, _INK = "#b3261e", "#2a6fb0", "#444"


@dataclass(frozen=True)
class Redundancy:
    """Performance over the number of dimensions that a policy keeps or loses.

    Attributes:
        policy: name of the policy.
        mode: "keep" or "remove".
        dimensions: numbers of components kept or removed, increasing.
        explained: fraction of the actions' variance in that many components, on average over tasks.
        evaluations: the evaluation with each number of dimensions.
        whole: the evaluation of the unchanged policy.
    """

    policy: str
    mode: Mode
    dimensions: tuple[int, ...]
    explained: tuple[float, ...]
    evaluations: tuple[Evaluation, ...]
    whole: Evaluation

    def figures(self) -> list[dict[str, Any]]:
        """Return the figures for each number of dimensions; the last row, with None, is the unchanged policy."""
        rows = zip((*self.dimensions, None), (*self.explained, None), (*self.evaluations, self.whole), strict=True)
        return [
            {"dimensions": n, "explained": share, **{key: value.mean for key, value in result.summary().items()}}
            for n, share, result in rows
        ]

    def table(self) -> str:
        """Return the figures for people."""
        said = "only" if self.mode == "keep" else "without"
        lines = [f"{self.policy}, {said} its leading components",
                 f"  {'components':>10} {'variance':>9} {'success':>8} {'coverage':>9}"]  # fmt: skip
        for row in self.figures():
            n = "as it is" if row["dimensions"] is None else str(row["dimensions"])
            share = "" if row["explained"] is None else f"{row['explained']:.3f}"
            values = " ".join(f"{row[key]:>{width}.3f}" if key in row else " " * (width - 1) + "-"
                              for key, width in zip(_FIGURES, (8, 9), strict=True))  # fmt: skip
            lines.append(f"  {n:>10} {share:>9} {values}")
        return "\n".join(lines)

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw success and coverage over the dimensions.

        Args:
            path: file to write; the suffix determines the format.

        Raises:
            OptionalDependencyError: matplotlib is not installed.
        """
        figure = new_figure(6.0, 4.0)
        axes = figure.add_subplot()
        rows = self.figures()
        for (key, label), color in zip(_FIGURES.items(), (_SUCCESS, _COVERAGE), strict=True):
            if all(key in row for row in rows):
                axes.plot(self.dimensions, [row[key] for row in rows[:-1]], "o-", color=color, label=label)
                axes.axhline(rows[-1][key], color=color, linewidth=1, linestyle=":", label=f"{label}, as it is")
        axes.plot(self.dimensions, self.explained, color=_INK, linewidth=1, linestyle="--", label="variance of actions")
        said = "kept" if self.mode == "keep" else "removed"
        axes.set(xlabel=f"components {said}, of {NU} dimensions", ylim=(-0.03, 1.03), title=self.policy)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
        with whole_file(path) as temporary:
            figure.savefig(temporary, dpi=110)


def redundancy(
    policy: Policy | str | os.PathLike[str],
    env_id: str = "Kinesis-Imitate-v0",
    *,
    record: str | os.PathLike[str],
    dimensions: Sequence[int] = DIMENSIONS,
    mode: Mode = "keep",
    per: Literal["pooled", "skill", "clip"] = "pooled",
    folder: str | os.PathLike[str] | None = None,
    trust: bool = False,
    on_progress: Callable[[int, int, str], None] | None = None,
    **arguments: Any,
) -> Redundancy:
    """Evaluate a policy unchanged, and with fewer and fewer of its dimensions.

    The policy runs once unchanged and is recorded; its control basis comes from the recorded actions. It then runs with
    each number of components. With ``folder``, an interrupted sweep continues where it stopped.

    Args:
        policy: the policy, see :func:`~kinesis_env.evaluation.evaluate`.
        env_id: the id.
        record: folder of the recorded episodes.
        dimensions: the numbers of components, 0 to 80; those beyond the number of recorded steps are omitted.
        mode: "keep" only the leading components, or "remove" them.
        per: "pooled" for one basis; or "skill" or "clip" for one each.
        folder: folder that caches finished episodes, see :func:`~kinesis_env.evaluation.evaluate`.
        trust: see :func:`~kinesis_env.evaluation.evaluate`.
        on_progress: called with the number of finished evaluations, the number of all evaluations, and the name of the
            last.
        arguments: further arguments of :func:`~kinesis_env.evaluation.evaluate`: ``motions``, ``seeds``, ``protocol``,
            ...

    Raises:
        AnalysisError: impossible dimensions, or an unknown mode.
        PolicyError, ConfigError, EvaluationError, MotionError: as for :func:`~kinesis_env.evaluation.evaluate`.
    """
    check_choice("the mode of a control subspace", mode, MODES, error=AnalysisError)
    wanted = sorted({check_integer("dimensions", n, 0, NU, error=AnalysisError) for n in dimensions})
    if not wanted:
        raise AnalysisError("a sweep needs at least one number of dimensions")
    loaded = load_policy(policy, trust=trust) if isinstance(policy, str | os.PathLike) else policy
    whole = evaluate(loaded, env_id, record=record, folder=folder, **arguments)
    basis = basis_of_episodes(record, per)
    kept = [n for n in wanted if n <= basis.dimensions]
    total = 1 + len(kept)
    _tell(on_progress, 1, total, "as it is")
    explained = [_explained(basis.shares, n) for n in kept]
    results = []
    for done, n in enumerate(kept, start=2):
        results.append(evaluate(control_subspace(loaded, basis, n, mode), env_id, folder=folder, **arguments))
        _tell(on_progress, done, total, f"{n} components")
    return Redundancy(whole.name(), mode, tuple(kept), tuple(explained), tuple(results), whole)


def _explained(shares: Mapping[str, Any], n: int) -> float:
    return sum(float(part[:n].sum()) for part in shares.values()) / len(shares)


def _tell(on_progress: Callable[[int, int, str], None] | None, done: int, total: int, what: str) -> None:
    if on_progress is not None:
        on_progress(done, total, what)
