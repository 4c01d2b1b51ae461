"""Data sets of BVH files from the user's own download: LAFAN1, 100STYLE, BONES-SEED and the CMU database.

Nothing is downloaded, and none of their motions ship with this package: complying with their licenses is up to the
user. Files are recognized by name; clips that this body cannot perform are omitted and counted.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from kinesis_env.motions.datasets.kit import split_motions
from kinesis_env.motions.motion import Motion

__all__ = ["DOWNLOADS", "Download", "download_motions", "how_to_get_download", "is_download"]


@dataclass(frozen=True)
class Download:
    """A data set of BVH files.

    Attributes:
        files: pattern of its file names.
        count: number of files.
        where: where it comes from.
        tests: pattern of the names of test clips; by default a tenth, by a hash of the name.
    """

    files: str
    count: int
    where: str
    tests: str = ""

    def split(self, name: str) -> str:
        """Return the split of a file, by its name without the suffix."""
        if self.tests:
            return "test" if re.search(self.tests, name, re.IGNORECASE) else "train"
        return "test" if hashlib.sha256(name.encode()).digest()[0] % 10 == 0 else "train"


DOWNLOADS = {
    # Split as published: F. Harvey et al. 2020, "Robust Motion In-Betweening", ACM Trans. Graph. 39(4).
    "lafan1": Download(
        r"[A-Za-z]+\d+_subject\d\.bvh", 77, "lafan1.zip of github.com/ubisoft/ubisoft-laforge-animation-dataset",
        tests="_subject5$",
    ),
    "100style": Download(
        r"\w+_(FW|BW|FR|BR|SW|SR|ID|TR\d)\.bvh", 810, "100STYLE.zip of zenodo.org (doi:10.5281/zenodo.8127870)"
    ),
    "bones-seed": Download(r".+\.bvh", 142_220, "the BVH files of huggingface.co/datasets/bones-studio/seed"),
    "cmu": Download(r"\d{2,3}_\d{2,3}\.bvh", 2548, "a BVH conversion of mocap.cs.cmu.edu, such as cgspeed's"),
}  # fmt: skip


def is_download(text: str) -> bool:
    """Whether a text names one of the data sets, such as "lafan1:test"."""
    return text.partition(":")[0] in DOWNLOADS


def download_motions(text: str) -> list[Motion]:
    """Return the motions of a prepared data set, or of one of its splits.

    Raises:
        MotionError: it is not prepared (the message says how to prepare it), or there is no such split.
    """
    name = text.partition(":")[0]
    return split_motions(text, lambda folder: f"{text!r} is not prepared in {folder}; {how_to_get_download(name)}")


def how_to_get_download(name: str) -> str:
    """Return where a data set comes from, and the command that prepares it."""
    return f"get {DOWNLOADS[name].where}, and run: kinesis-env prepare {name} FOLDER"
