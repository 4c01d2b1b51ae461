"""Builds the motions of third-party data sets from the user's own download."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from kinesis_env.errors import MotionError
from kinesis_env.files import whole_file
from kinesis_env.motions.datasets.conversion import ConvertOptions, Outcome, convert
from kinesis_env.motions.datasets.downloads import DOWNLOADS, how_to_get_download
from kinesis_env.motions.datasets.kit import SPLITS, data_folder
from kinesis_env.motions.datasets.kit_prepare import MANIFEST, Prepared

__all__ = ["prepare_download"]


def prepare_download(
    name: str,
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    jobs: int = 0,
    on_progress: Callable[[int, int, Outcome], None] | None = None,
) -> list[Prepared]:
    """Convert the files of a data set to motions of this body; a second run converts only new files.

    Args:
        name: one of :data:`DOWNLOADS`.
        folder: folder of its files, or any parent of it.
        out: folder of prepared data sets; by default the user's.
        jobs: see :func:`~kinesis_env.motions.datasets.conversion.convert`.
        on_progress: see the same function.

    Returns:
        One record per split. Clips that this body cannot perform are "kept out" in its outcomes.

    Raises:
        MotionError: there is no such data set, or none of its files is in the folder.
    """
    if name not in DOWNLOADS:
        raise MotionError(f"unknown data set {name!r}; the data sets are {', '.join(DOWNLOADS)}")
    known = DOWNLOADS[name]
    pattern = re.compile(known.files, re.IGNORECASE)
    there = sorted(Path(folder).rglob("*.[bB][vV][hH]"))
    files = [file for file in there if pattern.fullmatch(file.name) and file.is_file()]
    if not files:
        found = f"{len(there)} other BVH files" if there else "no BVH file"
        raise MotionError(f"{os.fspath(folder)}: {found}, and none of {name}; {how_to_get_download(name)}")
    base = (data_folder() if out is None else Path(out)) / name
    prepared = []
    for split in SPLITS:
        chosen = [file for file in files if known.split(file.stem) == split]
        outcomes: list[Outcome] = []
        if chosen:
            options = ConvertOptions(format="bvh")
            outcomes = convert(chosen, base / split, options, jobs=jobs, on_progress=on_progress)
        record = Prepared(split, base / split, tuple(outcomes), (), {})
        prepared.append(record)
        content = {
            "split": split,
            "found": len(files),
            "of": known.count,
            "other_files": len(there) - len(files),
            **{status: sum(o.status == status for o in outcomes) for status in ("written", "unchanged")},
            "rejected": {Path(o.file).stem: list(o.reasons) for o in outcomes if o.status in ("kept out", "failed")},
        }
        with whole_file(base / split / MANIFEST) as temporary:
            temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return prepared
