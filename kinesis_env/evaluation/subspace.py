"""Inactivating a policy's control subspace: its actions projected onto, or out of, their leading components.

    basis = basis_of_episodes("episodes/")              # of `kinesis-env evaluate POLICY --record episodes/`
    evaluate(control_subspace(policy, basis, 6), motions="split:test")

The same from the command line: ``kinesis-env evaluate subspace:keep:6:episodes/:POLICY``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kinesis_env.analysis.control_space import MODES, ControlBasis, Mode, control_basis
from kinesis_env.checks import check_choice, check_integer
from kinesis_env.errors import AnalysisError, PolicyError
from kinesis_env.evaluation.cases import Case
from kinesis_env.evaluation.policy import Policy, RowPolicy, fingerprint_of, settings_of
from kinesis_env.evaluation.recorder import read_episode
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Array, Rows

__all__ = ["GROUPS", "ControlSubspace", "basis_of_episodes", "control_subspace"]

#: Grouping of episodes for bases: all together, or by skill, clip or prompt.
GROUPS = ("pooled", "skill", "clip")
_ACTIONS = "action"


def basis_of_episodes(
    folder: str | os.PathLike[str], per: Literal["pooled", "skill", "clip"] = "pooled"
) -> ControlBasis:
    """Return the control basis of episodes recorded by ``evaluate --record``.

    Args:
        folder: folder of the files.
        per: "pooled" for one basis of all episodes; or "skill" or "clip" (or prompt) for one basis each, used for its
            own episodes.

    Raises:
        AnalysisError: no episodes, or fewer than two steps in a group.
        EvaluationError: a file that is not an episode.
    """
    check_choice("per", per, GROUPS, error=AnalysisError)
    files = sorted(Path(folder).glob("*.npz")) if Path(folder).is_dir() else []
    if not files:
        raise AnalysisError(f"{os.fspath(folder)}: no recorded episodes (*.npz) in this folder")
    groups: dict[str, list[Array]] = {}
    for file in files:
        episode = read_episode(file, only=[_ACTIONS])
        about = episode.metadata
        named = {"pooled": "", "skill": about.get("skill", ""), "clip": about.get("clip") or about.get("prompt", "")}
        groups.setdefault(str(named[per]), []).append(episode.arrays[_ACTIONS])
    return control_basis({name: np.concatenate(parts) for name, parts in groups.items()})


def control_subspace(policy: Policy, basis: ControlBasis, n: int, mode: Mode = "keep") -> ControlSubspace:
    """Return a policy whose actions keep only, or remove, the first n components of a basis.

    Args:
        policy: any policy that :func:`~kinesis_env.evaluation.evaluate` takes, except a string.
        basis: basis of its own actions, see :func:`basis_of_episodes`.
        n: number of components.
        mode: "keep" or "remove".

    Raises:
        AnalysisError: more components than the basis has, or an unknown mode.
    """
    return ControlSubspace(policy, basis, n, mode)


class ControlSubspace(RowPolicy):
    """See :func:`control_subspace`; arguments and errors as there."""

    def __init__(self, policy: Policy, basis: ControlBasis, n: int, mode: Mode = "keep") -> None:
        check_choice("the mode of a control subspace", mode, MODES, error=AnalysisError)
        self._n = check_integer("the dimensions of a control subspace", n, 0, basis.dimensions, error=AnalysisError)
        self._policy: Any = policy
        self._basis, self._mode = basis, mode
        self._tasks: dict[int, str] = {}
        self.settings = settings_of(policy)
        # Rows are projected separately: they are independent if the policy's rows are.
        self.row_independent = bool(getattr(policy, "row_independent", False))  # type: ignore[misc]

    @property
    def fingerprint(self) -> Mapping[str, Any] | None:
        """The policy's fingerprint with the basis, or None if the policy has none."""
        known = fingerprint_of(self._policy)
        if known is None:
            return None
        name = str(known.get("name") or known.get("file") or "policy")
        named = f"{name}, {'only' if self._mode == 'keep' else 'without'} {self._n} components"
        about = {"mode": self._mode, "n": self._n, "basis": self._basis.digest}
        return {"kind": "subspace", "name": named, **about, "policy": known}

    def prepare(self, task: Task) -> None:
        """Pass the task to the policy."""
        prepare = getattr(self._policy, "prepare", None)
        if callable(prepare):
            prepare(task)

    def reset(self, rows: Rows, cases: Sequence[Case]) -> None:
        """Find the basis of the new episodes, and pass them to the policy.

        Raises:
            PolicyError: no basis for an episode's clip or skill.
        """
        for row, case in zip(rows.tolist(), cases, strict=True):
            try:
                self._tasks[row] = self._basis.task_of(case.clip or case.prompt, case.skill)
            except AnalysisError as error:
                raise PolicyError(str(error)) from error
        reset = getattr(self._policy, "reset", None)
        if callable(reset):
            reset(rows, cases)

    def act(self, observation: Any, rows: Rows) -> Array:
        """Return the projected actions of rows, (n, 80)."""
        act = getattr(self._policy, "act", None)
        given = np.asarray(act(observation, rows) if callable(act) else self._policy(observation), dtype=np.float64)
        if given.ndim != 2 or len(given) != len(rows):
            return given  # its shape is checked by the caller
        return np.stack(
            [
                self._basis.project(action, self._n, self._mode, self._tasks[row])
                for action, row in zip(np.clip(given, -1.0, 1.0), rows.tolist(), strict=True)
            ]
        )
