"""Data sets: folders of recordings, the generated benchmark, KIT-Locomotion, and third-party data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.motions.datasets.conversion import ConvertOptions, convert
    from kinesis_env.motions.datasets.download_prepare import prepare_download
    from kinesis_env.motions.datasets.downloads import DOWNLOADS
    from kinesis_env.motions.datasets.generation import generate
    from kinesis_env.motions.datasets.kit import SKILLS
    from kinesis_env.motions.datasets.kit_prepare import prepare_kit_locomotion

__all__ = [
    "DOWNLOADS",
    "SKILLS",
    "ConvertOptions",
    "convert",
    "generate",
    "prepare_download",
    "prepare_kit_locomotion",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "conversion": "ConvertOptions convert",
        "download_prepare": "prepare_download",
        "downloads": "DOWNLOADS",
        "generation": "generate",
        "kit": "SKILLS",
        "kit_prepare": "prepare_kit_locomotion",
    },
)
