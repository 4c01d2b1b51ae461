"""Builds the KIT-Locomotion benchmark from the user's own AMASS download."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kinesis_env.errors import MotionError
from kinesis_env.files import whole_file
from kinesis_env.motions.datasets.conversion import ConvertOptions, Outcome, convert
from kinesis_env.motions.datasets.kit import (
    SKILLS,
    SPLITS,
    VERSIONS,
    Clip,
    clips,
    data_folder,
    find_amass_file,
    folder_name,
    how_to_get,
)

__all__ = ["Prepared", "prepare_kit_locomotion"]

#: Names, skills and missing clips, beside the motions of a split.
MANIFEST = "clips.json"


@dataclass(frozen=True)
class Prepared:
    """A prepared split.

    Attributes:
        split: "train" or "test".
        folder: folder of its motions.
        outcomes: outcomes of the clips that were found.
        missing: names of the clips that were not.
        skills: number of written clips of each skill.
    """

    split: str
    folder: Path
    outcomes: tuple[Outcome, ...]
    missing: tuple[str, ...]
    skills: dict[str, int]


def prepare_kit_locomotion(
    amass: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    version: str = VERSIONS[0],
    jobs: int = 0,
    on_progress: Callable[[int, int, Outcome], None] | None = None,
) -> list[Prepared]:
    """Convert the clips of both splits, at their true frame rates.

    All published clips are kept, even those flagged by the fit report: the benchmark's list decides.

    Args:
        amass: folder of AMASS, of its KIT part, or a parent.
        out: folder of prepared data sets; by default the user's.
        version: version of the split, one of :data:`~kinesis_env.motions.datasets.kit.VERSIONS`.
        jobs: see :func:`~kinesis_env.motions.datasets.conversion.convert`.
        on_progress: see the same function.

    Returns:
        One record per split; missing clips are listed in it and in the folder's ``clips.json``.

    Raises:
        MotionError: there is no such folder, or it has no clip of the benchmark; the message says how to get them.
    """
    root = Path(amass)
    found = {clip: find_amass_file(root, clip) for clip in clips(version=version)}
    if not any(found.values()):
        raise MotionError(
            how_to_get(
                f"{root}: none of the {len(found)} clips of {folder_name(version)} is in this folder; to get them:",
                version,
            )
        )
    base = (data_folder() if out is None else Path(out)) / folder_name(version)
    return [_prepared(split, found, base / split, jobs, on_progress) for split in SPLITS]


def _prepared(
    split: str,
    found: dict[Clip, Path | None],
    folder: Path,
    jobs: int,
    on_progress: Callable[[int, int, Outcome], None] | None,
) -> Prepared:
    wanted = {clip: path for clip, path in found.items() if clip.split == split}
    there = {clip: path for clip, path in wanted.items() if path is not None}
    missing = tuple(sorted(clip.name for clip in wanted if clip not in there))
    outcomes: list[Outcome] = []
    if there:
        options = ConvertOptions(format="amass", keep_bad=True)
        names = [clip.name for clip in there]
        files = list(there.values())
        outcomes = convert(files, folder, options, jobs=jobs, names=names, on_progress=on_progress)
    written = [clip for clip, outcome in zip(there, outcomes, strict=True) if outcome.outputs]
    counts = Counter(clip.skill for clip in written)
    prepared = Prepared(split, folder, tuple(outcomes), missing, {skill: counts[skill] for skill in SKILLS})
    _write_manifest(prepared, written)
    return prepared


def _write_manifest(prepared: Prepared, written: list[Clip]) -> None:
    content = {
        "split": prepared.split,
        "skills": {clip.name: clip.skill for clip in written},
        "missing": list(prepared.missing),
        "failed": [reason for outcome in prepared.outcomes if outcome.status == "failed" for reason in outcome.reasons],
    }
    with whole_file(prepared.folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
