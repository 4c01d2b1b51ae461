"""Shipped solutions, and solutions in files and folders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kinesis_env.control.solution import Solution
from kinesis_env.errors import ControlError

__all__ = ["SHIPPED", "read_solutions", "shipped_solution"]

#: The folder of the shipped solutions; ``python -m kinesis_env.making.solutions`` regenerates them.
SHIPPED = Path(__file__).parent / "solutions"


def read_solutions(path: str | os.PathLike[str]) -> dict[str, Solution]:
    """Return the solutions in a file or a folder, by motion digest.

    Raises:
        ControlError: the file does not exist, the folder has no solutions, or a file is damaged or not a solution.
    """
    place = Path(path).expanduser()
    files = sorted(place.glob("*.npz")) if place.is_dir() else [place]
    if not files:
        raise ControlError(f"{place}: no solutions (.npz) in this folder")
    found: dict[str, Solution] = {}
    for file in files:
        solution = Solution.load(file)
        found[solution.digest] = solution
    return found


def shipped_solution(digest: str) -> Solution | None:
    """Return the shipped solution of the motion with a digest, or None."""
    return _shipped().get(digest)


@cache
def _shipped() -> Mapping[str, Solution]:
    return read_solutions(SHIPPED) if any(SHIPPED.glob("*.npz")) else {}
