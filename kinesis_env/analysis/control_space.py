"""A policy's control space: principal components of its actions, and actions with only some of them.

The actions of a policy fill its 80 dimensions unevenly. Its performance when they are projected onto the leading
components, or out of them, shows how many dimensions it uses (:func:`kinesis_env.evaluation.redundancy`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from kinesis_env.analysis.factors import principal_components
from kinesis_env.checks import check_choice, check_integer
from kinesis_env.errors import AnalysisError
from kinesis_env.model.names import NU
from kinesis_env.typing import Array

__all__ = ["MODES", "ControlBasis", "Mode", "control_basis"]

Mode: TypeAlias = Literal["keep", "remove"]
MODES: tuple[Mode, ...] = ("keep", "remove")


@dataclass(frozen=True, eq=False)
class ControlBasis:
    """Mean and principal components of a policy's actions.

    Attributes:
        means: mean action of each task (80,), by name; only "" if tasks are pooled.
        components: principal components of each task (k, 80), by decreasing variance.
        shares: fractions of the variance (k,).
    """

    means: Mapping[str, Array]
    components: Mapping[str, Array]
    shares: Mapping[str, Array]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks; ("",) if they are pooled."""
        return tuple(self.means)

    @property
    def dimensions(self) -> int:
        """Number of components, of the task with the fewest."""
        return min(len(part) for part in self.components.values())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the means and components."""
        total = hashlib.sha256()
        for task in self.tasks:
            total.update(task.encode() + self.means[task].tobytes() + self.components[task].tobytes())
        return total.hexdigest()

    def task_of(self, *names: str) -> str:
        """Return the first of ``names`` that the basis has, or "" if tasks are pooled.

        Raises:
            AnalysisError: it has none of them; the message lists those it has.
        """
        if "" in self.means:
            return ""
        for name in names:
            if name in self.means:
                return name
        raise AnalysisError(
            f"no control basis of {' or '.join(map(repr, names))}; the tasks are {', '.join(self.tasks)}"
        )

    def project(self, action: Array, n: int, mode: Mode = "keep", task: str = "") -> Array:
        """Return an action (80,) with only the first n components, or without them.

        Args:
            action: in [-1, 1].
            n: number of components; 0 keeps only the mean, or removes nothing.
            mode: "keep" or "remove".
            task: the name of its task.

        Raises:
            AnalysisError: more components than exist, or an unknown mode.
        """
        check_choice("the mode of a control subspace", mode, MODES, error=AnalysisError)
        n = check_integer("the dimensions of a control subspace", n, 0, self.dimensions, error=AnalysisError)
        mean, leading = self.means[task], self.components[task][:n]
        part = leading.T @ (leading @ (action - mean))
        out: Array = np.clip(mean + part if mode == "keep" else action - part, -1.0, 1.0)
        return out


def control_basis(actions: Mapping[str, Array] | Array) -> ControlBasis:
    """Return the basis of actions.

    Args:
        actions: (T, 80), in [-1, 1], all episodes concatenated; or by task, for a basis of each.

    Raises:
        AnalysisError: none, or arrays of another shape.
    """
    groups = dict(actions) if isinstance(actions, Mapping) else {"": actions}
    means, components, shares = {}, {}, {}
    for task, given in groups.items():
        values = np.asarray(given, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != NU or len(values) < 2 or not np.isfinite(values).all():
            raise AnalysisError(
                f"the actions of a control basis must be finite, (T, {NU}), T >= 2, given {values.shape}"
            )
        means[task], components[task], shares[task] = principal_components(np.clip(values, -1.0, 1.0))
    if not groups:
        raise AnalysisError("a control basis needs the actions of at least one episode")
    return ControlBasis(*(MappingProxyType(part) for part in (means, components, shares)))
