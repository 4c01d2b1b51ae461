"""The KIT-Locomotion benchmark: its AMASS clips, their names, and their location once prepared.

The split is from the published KINESIS environment: 975 clips to train on and 109 to test on, all of the KIT part of
AMASS. Later publications split the same clips in other ways, so a split has a version: ``kit-locomotion@2025`` (975 and
109, from arXiv:2503.14637v1, the default), ``@icra2026`` (946 and 108) and ``@musclemimic`` (972 and 108). Three test
clips of the later ones are training clips in the first. This module has names only: the clips themselves come from the
user's own AMASS download.
"""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from kinesis_env.errors import MotionError
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pack import read_pack

__all__ = [
    "KIT_LOCOMOTION",
    "SKILLS",
    "SPLITS",
    "VERSIONS",
    "Clip",
    "clips",
    "data_folder",
    "dataset_motions",
    "find_amass_file",
    "is_dataset",
    "skill_of",
    "split_of",
]

KIT_LOCOMOTION = "kit-locomotion"
SPLITS = ("train", "test")
#: Versions of the split; the first one is the default.
VERSIONS = ("2025", "icra2026", "musclemimic")
SKILLS = ("walk", "gradual turn", "turn in place", "backward", "run")
#: Environment variable with the folder of prepared data sets.
DATA_VARIABLE = "KINESIS_DATA"

_HOW = (
    "{what}\n"
    "1. register at https://amass.is.tue.mpg.de and download the part 'KIT' (SMPL-H or SMPL+H G);\n"
    "2. unpack it and run: kinesis-env prepare {name} FOLDER"
)
_IN_PLACE = re.compile(r"^(turn|left_?turn|right_?turn|turn_?left|turn_?right|turnleft|turnright)", re.IGNORECASE)


@dataclass(frozen=True)
class Clip:
    """One clip of the benchmark.

    Attributes:
        name: as published, "0-KIT_<subject>_<file>_poses".
        split: "train" or "test".
        subject: folder in the KIT part of AMASS.
        file: name of the recording in that folder, without "_poses.npz".
        skill: one of :data:`SKILLS`.
    """

    name: str
    split: str
    subject: str
    file: str
    skill: str


@cache
def clips(split: str | None = None, version: str = VERSIONS[0]) -> tuple[Clip, ...]:
    """Return the clips of a split, or of both, in a version of the split.

    Raises:
        MotionError: there is no such split or version.
    """
    if split is not None and split not in SPLITS:
        raise MotionError(f"unknown split {split!r} of {KIT_LOCOMOTION}; the splits are {', '.join(SPLITS)}")
    if version not in VERSIONS:
        raise MotionError(
            f"unknown version {version!r}; the versions are "
            f"{', '.join(f'{KIT_LOCOMOTION}@{known}' for known in VERSIONS)}"
        )
    found = []
    for part in SPLITS if split is None else (split,):
        name = part if version == VERSIONS[0] else f"{version}_{part}"
        packed = resources.files("kinesis_env") / "assets" / "kit_locomotion" / f"{name}.txt.gz"
        for line in gzip.decompress(packed.read_bytes()).decode().splitlines():
            subject, _, file = line.partition("/")
            name = f"0-KIT_{subject}_{file}_poses"
            found.append(Clip(name, part, subject, file, skill_of(file)))
    return tuple(found)


def split_of(names: Iterable[str]) -> str | None:
    """Return the split and its version that consists of these clips, such as "kit-locomotion@2025:test", or None."""
    wanted = frozenset(names)
    splits = ((version, part) for version in VERSIONS for part in SPLITS)
    return next(
        (
            f"{KIT_LOCOMOTION}@{version}:{part}"
            for version, part in splits
            if wanted == {clip.name for clip in clips(part, version)}
        ),
        None,
    )


def version_of(name: str) -> str:
    """Return the version in the name of the data set, such as "kit-locomotion@icra2026".

    Raises:
        MotionError: there is no such version.
    """
    version = name.partition("@")[2] or VERSIONS[0]
    clips(version=version)
    return version


def folder_name(version: str) -> str:
    """Return the name of the folder of a version of the split."""
    return KIT_LOCOMOTION if version == VERSIONS[0] else f"{KIT_LOCOMOTION}@{version}"


def skill_of(file: str) -> str:
    """Return the skill, from the name of a recording."""
    word = file.lower().replace("-", "_")
    if "backward" in word:
        return "backward"
    if _IN_PLACE.match(word):
        return "turn in place"
    if re.search(r"circle|bend|turn|curve|slalom", word):
        return "gradual turn"
    if re.search(r"(^|_)(run|jog)", word) or "running" in word:
        return "run"
    return "walk"


def skill_counts() -> dict[str, int]:
    """Return the number of clips of each skill."""
    counts = Counter(clip.skill for clip in clips())
    return {skill: counts[skill] for skill in SKILLS}


def find_amass_file(amass: Path, clip: Clip) -> Path | None:
    """Return the file of a clip below a folder (of AMASS, its KIT part, or a parent), or None."""
    for folder in (amass / "KIT" / "KIT", amass / "KIT", amass):
        for suffix in ("_poses.npz", "_stageii.npz", ".npz"):
            path = folder / clip.subject / f"{clip.file}{suffix}"
            if path.is_file():
                return path
    return None


def data_folder() -> Path:
    """Return the folder of prepared data sets: ``$KINESIS_DATA``, or one in the user's data folder."""
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "kinesis_env"


def is_dataset(text: str) -> bool:
    """Whether a text names the benchmark, such as "kit-locomotion:test" or "kit-locomotion@icra2026:test"."""
    return text.partition(":")[0].partition("@")[0] == KIT_LOCOMOTION


def dataset_motions(text: str) -> list[Motion]:
    """Return the motions of a prepared data set or a part of it.

    Args:
        text: "kit-locomotion", "kit-locomotion:train" or "kit-locomotion:test", with or without a version of the split.

    Raises:
        MotionError: the data set is not prepared (the message says how to prepare it, in three lines), or there is no
            such part.
    """
    name, colon, part = text.partition(":")
    version = version_of(name)
    return split_motions(
        f"{folder_name(version)}{colon}{part}",
        lambda folder: how_to_get(f"{text!r} is not prepared in {folder}; to prepare it:", version),
    )


def split_motions(text: str, missing: Callable[[Path], str]) -> list[Motion]:
    """Return the motions of a data set in :func:`data_folder`, or of one of its parts.

    Args:
        text: the name of the data set, or its name and "train" or "test" after a colon.
        missing: returns the message for a folder that has no motions.

    Raises:
        MotionError: there is no such part, or it has no motions.
    """
    name, _, split = text.partition(":")
    if split and split not in SPLITS:
        raise MotionError(f"{name} has no split {split!r}; the splits are {', '.join(SPLITS)}")
    motions: list[Motion] = []
    for part in [split] if split else SPLITS:
        folder = data_folder() / name / part
        files = sorted(file for file in folder.glob("*.npz") if not file.name.startswith("."))
        if not files:
            raise MotionError(missing(folder))
        motions += read_pack(folder, files) or [Motion.load(file) for file in files]
    return motions


def how_to_get(what: str, version: str = VERSIONS[0]) -> str:
    """Return three lines that say what is missing and how to get it."""
    return _HOW.format(what=what, name=folder_name(version))
