"""Shared command-line arguments of the benchmarks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows a module's docstring as it is written, and takes ``--json``."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", action="store_true", help="print JSON")
    return made


def parser_of_recordings(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that takes the folder of the recordings, and ``--write`` for the tables of the documents."""
    made = parser(description)
    made.add_argument("recordings", type=Path, help="folder of the recordings")
    made.add_argument("--write", action="store_true", help="update the tables in the documents")
    return made


def print_tables(tables: Mapping[str, str]) -> None:
    """Print tables under their names."""
    for part, text in tables.items():
        print(f"\n{part}\n{text}")


def print_facts(facts: Mapping[str, Any], tables: Mapping[str, str], *, as_json: bool) -> None:
    """Print what was measured: as JSON, or as tables."""
    if as_json:
        print(json.dumps(facts, indent=1))
    else:
        print_tables(tables)


def verdict(passed: bool, figures: str = "") -> int:
    """Say whether the target is met, and return the exit code."""
    print("PASS" if passed else "FAIL", *([figures] if figures else []), sep="  ")
    return 0 if passed else 1
