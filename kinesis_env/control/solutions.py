"""The solutions that are shipped, and those in the files of others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kinesis_env.control.solution import Solution
from kinesis_env.errors import ControlError

__all__ = ["SHIPPED", "read_solutions", "shipped_solution"]

#: The folder of the shipped solutions; ``python -m kinesis_env.making.solutions`` makes them anew.
SHIPPED = Path(__file__).parent / "solutions"


def read_solutions(path: str | os.PathLike[str]) -> dict[str, Solution]:
    """Return the solutions in a file or a folder, by the digests of their motions.

    Raises:
        ControlError: no such file, a folder without any, or one that is damaged or no solution.
    """
    place = Path(path).expanduser()
    files = sorted(place.glob("*.npz")) if place.is_dir() else [place]
    if not files:
        raise ControlError(f"{place}: there is no solution (.npz) in this folder")
    found: dict[str, Solution] = {}
    for file in files:
        solution = Solution.load(file)
        found[solution.digest] = solution
    return found


def shipped_solution(digest: str) -> Solution | None:
    """Return the shipped solution of a motion by its digest, or None if there is none."""
    return _shipped().get(digest)


@cache
def _shipped() -> Mapping[str, Solution]:
    return read_solutions(SHIPPED) if any(SHIPPED.glob("*.npz")) else {}
