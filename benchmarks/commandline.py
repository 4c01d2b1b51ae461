"""What the benchmarks' command lines share."""

from __future__ import annotations

import argparse


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows a module's docstring as it is written, and takes ``--json``."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", action="store_true", help="print JSON")
    return made


def verdict(passed: bool, figures: str = "") -> int:
    """Say whether the target is met, and return the exit code."""
    print("PASS" if passed else "FAIL", *([figures] if figures else []), sep="  ")
    return 0 if passed else 1
