"""Readers: one module per file format, detected by content and extension.

Each returns :class:`~kinesis_env.motions.recording.Recording` objects: most files hold one, some several.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.files import open_regular
from kinesis_env.motions import archive
from kinesis_env.motions.formats.amass import is_amass, read_amass
from kinesis_env.motions.formats.bvh import is_bvh, read_bvh
from kinesis_env.motions.formats.c3d import is_c3d, read_c3d
from kinesis_env.motions.formats.coordinates import coordinate_of
from kinesis_env.motions.formats.humanml3d import is_humanml3d, read_humanml3d
from kinesis_env.motions.formats.opensim import read_opensim
from kinesis_env.motions.formats.smpl import RestJoints
from kinesis_env.motions.formats.text_results import is_text_results, read_text_results
from kinesis_env.motions.formats.trc import is_trc, read_trc
from kinesis_env.motions.formats.unknown import explained
from kinesis_env.motions.recording import Recording

__all__ = ["EXTENSIONS", "FORMATS", "Format", "ReadOptions", "detect", "is_recording", "read_recordings"]


@dataclass(frozen=True)
class ReadOptions:
    """Options for reading a file.

    Attributes:
        format: one of :data:`FORMATS`; detected by default.
        joint_map: maps landmarks to joint names, for BVH files with unknown names.
        marker_map: maps roles (:data:`~kinesis_env.motions.formats.markers.ROLES`) to marker names, for unknown marker
            sets.
        fps: frame rate [Hz]; by default the file's, or the format's if files do not specify it.
        rest_joints: rest joints of the person in AMASS files, see
            :func:`~kinesis_env.motions.formats.smpl.read_rest_joints`; the mean shape by default.
    """

    format: str | None = None
    joint_map: Mapping[str, str] | None = None
    marker_map: Mapping[str, str] | None = None
    fps: float | None = None
    rest_joints: RestJoints | None = None


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
        extensions: extensions of its files.
        matches: returns whether a file has this format, from its first bytes or its table of contents.
        read: reads a file.
    """

    extensions: tuple[str, ...]
    matches: Callable[[Path], bool]
    read: Callable[[Path, ReadOptions], Sequence[Recording]]


def _opensim_like(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(20_000)
    text = head.replace(b"\0", b"").decode("utf-8", errors="replace")
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith(("#", "//"))), "")
    return "endheader" in text.lower() or any(map(coordinate_of, re.split(r"[\t;,]|\s{2,}| (?![(\[])", first)))


#: Extensions of files that often are not recordings.
_SHARED = (".csv", ".pkl", ".pickle")
_ARRAYS = (".npz", ".npy", ".pkl", ".pickle")
FORMATS: dict[str, Format] = {
    "opensim": Format((".mot", ".sto", ".csv"), _opensim_like, lambda path, say: [read_opensim(path, fps=say.fps)]),
    "bvh": Format((".bvh",), is_bvh, lambda path, say: [read_bvh(path, joint_map=say.joint_map, fps=say.fps)]),
    "amass": Format(_ARRAYS, is_amass, lambda path, say: read_amass(path, rest_joints=say.rest_joints, fps=say.fps)),
    "text-results": Format(_ARRAYS, is_text_results, lambda path, say: read_text_results(path, fps=say.fps)),
    "trc": Format((".trc",), is_trc, lambda path, say: [read_trc(path, marker_map=say.marker_map, fps=say.fps)]),
    "c3d": Format((".c3d",), is_c3d, lambda path, say: [read_c3d(path, marker_map=say.marker_map, fps=say.fps)]),
    "humanml3d": Format(_ARRAYS, is_humanml3d, lambda path, say: read_humanml3d(path, fps=say.fps)),
}
#: Extensions of all formats.
EXTENSIONS = tuple(dict.fromkeys(extension for form in FORMATS.values() for extension in form.extensions))


def is_recording(path: Path) -> bool:
    """Return whether a file in a folder is a recording: by extension, and by content if others use the extension."""
    suffix = path.suffix.lower()
    if suffix not in EXTENSIONS or path.name.startswith(".") or not path.is_file():
        return False
    return suffix not in _SHARED or any(_matches(form, path) for form in FORMATS.values() if suffix in form.extensions)


def _check_file(path: Path) -> None:
    """Raise an error, before any reader opens it, if a path is not a file that can be read to its end."""
    with open_regular(path, sys.maxsize, MotionFormatError):
        pass


def _matches(form: Format, path: Path) -> bool:
    try:
        return form.matches(path)
    except (MotionFormatError, OSError):
        return False


def detect(path: Path) -> str:
    """Return the name of a file's format: by content, trying formats with its extension first; else by extension.

    Raises:
        MotionFormatError: no such file, or no format fits.
    """
    where = str(path)
    suffix = path.suffix.lower()
    try:
        _check_file(path)
    except MotionFormatError as error:
        if suffix in EXTENSIONS:
            raise
        raise MotionFormatError(f"{error}, and there is no reader for {suffix!r}") from error
    ordered = sorted(FORMATS, key=lambda name: suffix not in FORMATS[name].extensions)
    for name in ordered:
        if _matches(FORMATS[name], path):
            return name
    # Damaged beyond recognition: the reader for the extension explains the problem.
    by_extension = [name for name in ordered if suffix in FORMATS[name].extensions]
    if len(by_extension) != 1:
        if suffix == ".npy" and _is_array(path):
            return "humanml3d"
        why = explained(path, EXTENSIONS)
        raise MotionFormatError(why if where in why else f"{where}: {why}")
    return by_extension[0]


def _is_array(path: Path) -> bool:
    try:
        return not archive.npy_header(path)[1].hasobject
    except MotionFormatError:
        return False


def read_recordings(path: Path, options: ReadOptions | None = None) -> list[Recording]:
    """Read a file.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the place and the reason.
        MotionError: there is no such format.
    """
    options = options or ReadOptions()
    if options.format is not None and options.format not in FORMATS:
        raise MotionError(f"unknown format {options.format!r}; the formats are {', '.join(FORMATS)}")
    if options.format is not None:
        _check_file(path)
    name = options.format or detect(path)
    return list(FORMATS[name].read(path, options))
