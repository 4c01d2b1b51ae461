"""Regenerate the shipped solutions: ``python -m kinesis_env.making.solutions``.

Run it after a change of clips, physics or controller.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kinesis_env.control.search import track
from kinesis_env.control.solutions import SHIPPED
from kinesis_env.motions.load import load_motions

__all__ = ["SOLVED", "main"]

#: The clips with shipped solutions: the clip of the demonstration.
SOLVED = ("walk",)


def main(argv: Sequence[str] | None = None) -> int:
    """Track the clips, write their solutions, and print their figures."""
    parser = argparse.ArgumentParser(prog="python -m kinesis_env.making.solutions", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder (default: the shipped ones)")
    arguments = parser.parse_args(argv)
    for name in SOLVED:
        solution = track(load_motions(name)[0])
        solution.save(arguments.out / f"{name}.npz")
        figures = ", ".join(f"{key} {value:.4g}" for key, value in solution.metrics.items())
        sys.stdout.write(f"{name}: {figures}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
