"""What the motions made of many files are called: names that are safe as file names, each once."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["file_key", "safe_name", "unclaimed", "unique_names"]


def unique_names(sources: Sequence[Path]) -> list[str]:
    """Return a name for each file: its own; where two are the same, with the folders that tell them apart."""
    names = [safe_name(file.stem) for file in sources]
    for depth in (1, 2, 3):
        counts = Counter(names)
        names = [
            safe_name("_".join((*file.resolve().parts[1:-1][-depth:], file.stem))) if counts[name] > 1 else name
            for name, file in zip(names, sources, strict=True)
        ]
    taken: set[str] = set()
    for i, name in enumerate(names):
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}-{number}", number + 1
        taken.add(unique)
        names[i] = unique
    return names


def unclaimed(name: str, file: Path, index: Mapping[str, Any]) -> str:
    """Return ``name``, with a number added if another file's motion of an earlier run has it."""
    key = file_key(file)
    claimed = {Path(str(made)).stem for other, entry in index.items() if other != key for made in entry["outputs"]}
    unique, number = name, 2
    while unique in claimed:
        unique, number = f"{name}-{number}", number + 1
    return unique


def file_key(file: str | os.PathLike[str]) -> str:
    """Return what a file is remembered by."""
    return os.path.abspath(file)  # noqa: PTH100  (resolve() fails on paths that cannot be)


def safe_name(name: str) -> str:
    """Return a name that is a file name anywhere, and never leads out of a folder."""
    return re.sub(r"[^\w.+=,-]+", "_", name).strip("._")[:150] or "motion"
