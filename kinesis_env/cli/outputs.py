"""Checks, before any work, that a command's outputs can be written."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.drawing.video import require_imageio
from kinesis_env.errors import OutputError
from kinesis_env.files import check_output, check_output_folder

__all__ = ["FILE", "FOLDER", "NPZ", "NPZ_OR_FOLDER", "PLOT", "PLOTS", "VIDEO", "check_outputs"]

#: Kinds of outputs; a parser gives its command's outputs by ``set_defaults(outputs={"out": NPZ})``.
FILE, FOLDER, NPZ, NPZ_OR_FOLDER, PLOT, PLOTS, VIDEO = range(7)
_SUFFIXES = {NPZ: (".npz",), PLOT: (".png", ".pdf", ".svg", ".jpg", ".jpeg"), VIDEO: (".mp4",)}
_LIBRARIES = {PLOT: require_matplotlib, PLOTS: require_matplotlib, VIDEO: require_imageio}


def check_outputs(arguments: argparse.Namespace) -> None:
    """Raise an error if an output of a command cannot be written.

    Raises:
        OutputError: an invalid suffix, or a location that cannot be written.
        OptionalDependencyError: the library that writes it is not installed.
    """
    for name, kind in getattr(arguments, "outputs", {}).items():
        path = getattr(arguments, name)
        if path is None:
            continue
        suffix = Path(path).suffix.lower()
        allowed = _SUFFIXES.get(kind)
        if allowed is not None and suffix not in allowed:
            raise OutputError(f"--{name} must end in {' or '.join(allowed)}, given {os.fspath(path)!r}")
        if kind in _LIBRARIES:
            _LIBRARIES[kind]()
        folder = kind in (FOLDER, PLOTS) or (kind == NPZ_OR_FOLDER and suffix != ".npz")
        (check_output_folder if folder else check_output)(path)
