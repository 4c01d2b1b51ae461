"""The index of a folder of converted motions: which file gave which motions, with which options."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinesis_env.errors import OutputError
from kinesis_env.files import read_text, whole_file

__all__ = ["INDEX", "read_index", "still_there", "write_index"]

_log = logging.getLogger(__name__)

#: Name of the index in the folder of the motions.
INDEX = ".convert.json"
_STATUSES = ("written", "kept out")


def read_index(folder: Path) -> dict[str, Any]:
    """Return the index of a folder, by file; empty, with a warning, if it is damaged."""
    path = folder / INDEX
    if not path.exists():
        return {}
    try:
        index = json.loads(read_text(path))
        fine = isinstance(index, dict) and all(_is_entry(entry) for entry in index.values())
    except (OSError, ValueError, RecursionError):
        fine = False
    if not fine:
        _log.warning("%s is damaged; all files are converted again", path)
        return {}
    return dict(index)


def write_index(folder: Path, index: Mapping[str, Any]) -> None:
    """Write the index; if that fails, warn that the next run will repeat the work."""
    try:
        with whole_file(folder / INDEX) as temporary:
            temporary.write_text(json.dumps(index, indent=1), encoding="utf-8")
    except OutputError as error:
        _log.warning("the record of converted files could not be written: %s", error)


def still_there(entry: Mapping[str, Any], folder: Path) -> bool:
    """Return whether everything in an entry still exists in the folder."""
    return bool(entry["digest"]) and all((folder / name).is_file() for name in entry["outputs"])


def _is_entry(entry: object) -> bool:
    kinds = {"digest": str, "status": str, "outputs": list, "reasons": list, "reports": dict}
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), kind) for key, kind in kinds.items()):
        return False
    texts = (*entry["outputs"], *entry["reasons"])
    return (
        entry["status"] in _STATUSES
        and all(isinstance(text, str) for text in texts)
        and all(Path(name).name == name and name.endswith(".npz") for name in entry["outputs"])
        and all(isinstance(report, dict) for report in entry["reports"].values())
    )
