"""The shipped motions by skill and by split."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kinesis_env.errors import MotionError

__all__ = ["CLIPS", "MANIFEST", "manifest", "selected_names"]

#: The folder of the shipped motions, and the list of them in it.
CLIPS = Path(__file__).parent / "clips"
MANIFEST = "manifest.yaml"


@cache
def manifest() -> tuple[Mapping[str, Any], ...]:
    """Return the entry of each shipped clip in ``manifest.yaml``."""
    content = yaml.safe_load((CLIPS / MANIFEST).read_text(encoding="utf-8"))
    return tuple(content["clips"])


def selected_names(text: str) -> list[str] | None:
    """Return the shipped names of a selection, sorted; None if the text is not a selection.

    Args:
        text: "skill:" and a skill or a word of one ("skill:turn" takes both kinds of turns), or "split:" and a split.

    Raises:
        MotionError: no such skill or split.
    """
    kind, colon, value = text.partition(":")
    if not colon or kind not in {"skill", "split"}:
        return None
    known = sorted({str(entry[kind]) for entry in manifest()})
    wanted = value.strip().lower()
    chosen = {entry for entry in known if wanted == entry or (kind == "skill" and wanted in entry.split())}
    if not chosen:
        raise MotionError(f"no shipped motion has the {kind} {value!r}; the choices are {', '.join(known)}")
    return sorted(str(entry["name"]) for entry in manifest() if entry[kind] in chosen)
