"""Names of motions made from many files: unique, and safe as file names."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from kinesis_env.errors import MotionError
from kinesis_env.motions.formats import is_recording
from kinesis_env.motions.load import EXTENSIONS

__all__ = ["file_key", "free_names", "recordings_below", "safe_name", "sample_names", "unique_names"]

#: Maximum length of a name [bytes]; file systems allow 255, some of which suffixes and temporary files need.
_LONGEST = 150


def recordings_below(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return the named files, and the files in named folders, sorted and unique.

    Raises:
        MotionError: a folder without any readable file.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            found.setdefault(path)
            continue
        inside = sorted(
            file
            for file in path.rglob("*")
            if not any(part.startswith(".") for part in file.relative_to(path).parts) and is_recording(file)
        )
        if not inside:
            raise MotionError(f"{path}: no motion file in this folder; the file types are {', '.join(EXTENSIONS)}")
        found.update(dict.fromkeys(inside))
    return list(found)


def unique_names(sources: Sequence[Path]) -> list[str]:
    """Return a name for each file: its own, preceded by folders where needed to distinguish files."""
    names = [safe_name(file.stem) for file in sources]
    for depth in (1, 2, 3):
        counts = Counter(names)
        names = [
            safe_name("_".join((*file.resolve().parts[1:-1][-depth:], file.stem))) if counts[name] > 1 else name
            for name, file in zip(names, sources, strict=True)
        ]
    taken: set[str] = set()
    for i, name in enumerate(names):
        names[i] = free_names(name, 1, lambda one: one.lower() not in taken)[0]
        taken.add(names[i].lower())  # some file systems ignore case
    return names


def sample_names(name: str, count: int) -> list[str]:
    """Return a name for each motion of a file: numbered if there are several."""
    return [name] if count == 1 else [f"{name}-{sample:0{len(str(count))}d}" for sample in range(1, count + 1)]


def free_names(name: str, count: int, free: Callable[[str], bool]) -> list[str]:
    """Like :func:`sample_names`, with a number added to ``name`` until all names are ``free``."""
    base, number = name, 2
    while not all(map(free, names := sample_names(base, count))):
        base, number = f"{name}-{number}", number + 1
    return names


def file_key(file: str | os.PathLike[str]) -> str:
    """Return the key of a file in the index."""
    return os.path.abspath(file)  # noqa: PTH100  (resolve() fails on impossible paths)


def safe_name(name: str) -> str:
    """Return a name that is a valid file name everywhere, and never leads out of a folder."""
    plain = re.sub(r"[^\w.+=,-]+", "_", name).strip("._")
    return plain.encode()[:_LONGEST].decode(errors="ignore") or "motion"
