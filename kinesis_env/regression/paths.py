"""Paths in a trace: relative to its file, wherever it is checked from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["as_read", "as_written"]

_FOLDER = "folder:"
_HERE = (f".{os.sep}", f"..{os.sep}")


def as_written(keywords: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return keyword arguments with paths relative to the current folder made relative to another."""

    def relative(text: str) -> str:
        if Path(text).is_absolute() or not os.path.lexists(text):
            return text
        path = os.path.relpath(text, folder)
        return path if path.startswith("..") else f"{os.curdir}{os.sep}{path}"

    return _each(keywords, relative)


def as_read(keywords: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return keyword arguments with paths relative to a folder made absolute."""

    def absolute(text: str) -> str:
        return os.path.normpath(folder / text) if text.startswith(_HERE) else text

    read = _each(keywords, absolute)
    config = read.get("config")
    return {**read, "config": os.path.normpath(folder / config)} if isinstance(config, str) else read


def _each(keywords: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    out = dict(keywords)
    for key in ("config", "motions", "start"):
        value = out.get(key)
        if isinstance(value, str):
            out[key] = change(value)
        elif isinstance(value, list):
            out[key] = [change(item) if isinstance(item, str) else item for item in value]
    generator = out.get("generator")
    if isinstance(generator, str) and generator.startswith(_FOLDER):
        out["generator"] = _FOLDER + change(generator.removeprefix(_FOLDER))
    return out
