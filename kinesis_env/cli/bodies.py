"""The option --body of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_body", "told_body", "with_body"]

_KINDS = {".osim": "osim", ".trc": "markers", ".c3d": "markers"}


def add_body(command: argparse.ArgumentParser) -> None:
    """Add the option to a command."""
    command.add_argument(
        "--body",
        action="append",
        metavar="BODY",
        help="height=1.62,mass=54,sex=f (also lengths.femur=0.41), a YAML file with these, a scaled OpenSim model "
        "(.osim) or a static trial (.trc, .c3d, with --body mass=54); default: the default body",
    )


def told_body(arguments: argparse.Namespace) -> dict[str, Any] | None:
    """Return the description of the body, or None if none was given.

    Raises:
        ConfigError: a file that cannot be read, or an argument that is not an assignment.
    """
    from kinesis_env.cli.config import overrides  # noqa: PLC0415  (slow to load)
    from kinesis_env.config.files import read_overrides  # noqa: PLC0415

    told: dict[str, Any] = {}
    assignments = []
    for part in getattr(arguments, "body", None) or ():
        kind = _KINDS.get(Path(part).suffix.lower())
        if kind is not None and "=" not in part:
            told[kind] = part
        elif "=" in part:
            assignments += part.split(",")
        else:
            told |= dict(read_overrides(part))
    return {**told, **overrides(None, assignments)} or None


def with_body(settings: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    """Return settings of an environment with the given body."""
    told = told_body(arguments)
    return settings if told is None else {**settings, "body": told}
