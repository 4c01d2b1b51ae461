"""``kinesis-locomotion-v0``: where the generated benchmark lies, and its motions."""

from __future__ import annotations

from kinesis_env.errors import MotionError
from kinesis_env.motions.datasets.kit import SPLITS, data_folder
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pack import read_pack

__all__ = ["LOCOMOTION", "generated_motions", "is_generated"]

#: Name of the generated benchmark, and of its folder.
LOCOMOTION = "kinesis-locomotion-v0"


def is_generated(text: str) -> bool:
    """Whether a text names the generated benchmark, such as "kinesis-locomotion-v0:test"."""
    return text.partition(":")[0] == LOCOMOTION


def generated_motions(text: str) -> list[Motion]:
    """Return the motions of the generated benchmark or a part of it.

    Args:
        text: "kinesis-locomotion-v0", "kinesis-locomotion-v0:train" or "kinesis-locomotion-v0:test".

    Raises:
        MotionError: it is not generated, and how to do that; or there is no such part.
    """
    _, _, split = text.partition(":")
    if split and split not in SPLITS:
        raise MotionError(f"{LOCOMOTION} has no part {split!r}; allowed are {', '.join(SPLITS)}")
    motions: list[Motion] = []
    for part in [split] if split else SPLITS:
        folder = data_folder() / LOCOMOTION / part
        files = sorted(file for file in folder.glob("*.npz") if not file.name.startswith("."))
        if not files:
            raise MotionError(f"{text!r} is not in {folder}; to make it, run: kinesis-env generate")
        motions += read_pack(folder, files) or [Motion.load(file) for file in files]
    return motions
