"""Many motions at once: folders of recordings, the generated benchmark, and KIT-Locomotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.motions.datasets.conversion import ConvertOptions, convert
    from kinesis_env.motions.datasets.generation import generate
    from kinesis_env.motions.datasets.kit import SKILLS
    from kinesis_env.motions.datasets.kit_prepare import prepare_kit_locomotion

__all__ = ["SKILLS", "ConvertOptions", "convert", "generate", "prepare_kit_locomotion"]

__getattr__, __dir__ = attach(
    __name__,
    {
        "conversion": "ConvertOptions convert",
        "generation": "generate",
        "kit": "SKILLS",
        "kit_prepare": "prepare_kit_locomotion",
    },
)
