"""``kinesis-locomotion-v0``: the location of the generated benchmark, and its motions."""

from __future__ import annotations

from kinesis_env.motions.datasets.kit import split_motions
from kinesis_env.motions.motion import Motion

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
        MotionError: it is not generated (the message says how to generate it), or there is no such part.
    """
    return split_motions(text, lambda folder: f"{text!r} is not in {folder}; to make it, run: kinesis-env generate")
