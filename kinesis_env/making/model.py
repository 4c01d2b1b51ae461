"""Build ``assets/lower_body.xml`` from the anatomy tables.

``python -m kinesis_env.making.model`` regenerates the shipped model; ``--check`` only compares.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kinesis_env.model.mjcf import build_xml
from kinesis_env.model.names import LOWER_BODY

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Write the model, or with ``--check`` report whether the shipped file is current."""
    parser = argparse.ArgumentParser(prog="python -m kinesis_env.making.model", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=LOWER_BODY, help="file to write (default: the shipped model)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file differs")
    arguments = parser.parse_args(argv)
    xml = build_xml()
    if arguments.check:
        current = arguments.out.exists() and arguments.out.read_text(encoding="utf-8") == xml
        sys.stdout.write(f"{arguments.out} is {'current' if current else 'out of date'}\n")
        return 0 if current else 1
    arguments.out.write_text(xml, encoding="utf-8")
    sys.stdout.write(f"wrote {arguments.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
