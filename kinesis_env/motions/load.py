"""Loading of motions by shipped name, pattern, file or folder, or a list of these."""

from __future__ import annotations

import fnmatch
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from kinesis_env.config.schema import MotionLike
from kinesis_env.dynamics.recorded import RecordedMotion
from kinesis_env.errors import MotionError, MotionFormatError, shown
from kinesis_env.model.bodies import Body, body_in_use
from kinesis_env.motions.bodies import body_of
from kinesis_env.motions.datasets.downloads import download_motions, is_download
from kinesis_env.motions.datasets.generated import generated_motions, is_generated
from kinesis_env.motions.datasets.kit import dataset_motions, is_dataset
from kinesis_env.motions.formats import EXTENSIONS as RECORDINGS
from kinesis_env.motions.formats import ReadOptions, is_recording, read_recordings
from kinesis_env.motions.formats.unknown import is_own_motion
from kinesis_env.motions.library import MotionLibrary, suggestions
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pack import read_pack
from kinesis_env.motions.retargeting.other_body import onto_body
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.retargeting.recorded import CUTOFF, RATE, as_recorded
from kinesis_env.motions.retargeting.retarget import RetargetOptions, retarget
from kinesis_env.motions.selections import CLIPS, selected_names

__all__ = [
    "CLIPS",
    "DEFAULT_FPS",
    "EXTENSIONS",
    "load_motions",
    "read_motion",
    "read_motions",
    "read_recorded",
    "shipped_names",
]

#: Names of motions, or motions.
MotionSource: TypeAlias = str | os.PathLike[str] | MotionLike

_log = logging.getLogger(__name__)

#: Rate to which recordings are resampled [Hz]: the control rate of the environments.
DEFAULT_FPS = 30.0
#: Maximum number of names.
_MOST_PARTS = 100_000
#: Input of :func:`read_motion`.
EXTENSIONS = tuple(dict.fromkeys((".npz", *RECORDINGS)))


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped motions, sorted."""
    return tuple(sorted(path.stem for path in CLIPS.glob("*.npz")))


def read_motion(
    path: str | os.PathLike[str], *, fps: float = DEFAULT_FPS, body: Body | Mapping[str, Any] | None = None
) -> Motion:
    """Read a file that holds one motion; see :func:`read_motions`.

    Raises:
        MotionError: as for :func:`read_motions`, or the file holds several motions.
    """
    motions = read_motions(path, RetargetOptions(fps=fps), body=body)
    if len(motions) > 1:
        raise MotionError(f"{path}: contains {len(motions)} motions; read_motions and load_motions return all of them")
    return motions[0]


def read_motions(
    path: str | os.PathLike[str],
    options: RetargetOptions | None = None,
    reading: ReadOptions | None = None,
    *,
    body: Body | Mapping[str, Any] | None = None,
) -> list[Motion]:
    """Read a motion file: this package's ``.npz``, or a recording that is retargeted to this body.

    Args:
        path: the file; its format is detected from content and extension.
        options: how a recording is retargeted; motions of this package are unchanged.
        reading: known properties of the file.
        body: the body, see :func:`~kinesis_env.motions.bodies.body_of`; motions of another body are retargeted to it.
            By default recordings are retargeted to the one in use, and motions keep theirs.

    Returns:
        One motion, or one per sample of a file with several.

    Raises:
        MotionFormatError: the file cannot be read; the message names the file, the place and the reason.
        MotionError: there is no reader for the file.
    """
    file = Path(path)
    if (reading is None or reading.format is None) and _is_own(file):
        motion = Motion.load(file)
        return [motion if body is None else onto_body(motion, body_of(body))]
    own = body_in_use() if body is None else body_of(body)
    try:
        with own.in_use():
            motions = [retarget(recording, options) for recording in read_recordings(file, reading)]
    except MotionFormatError:
        raise
    except MotionError as error:
        raise MotionFormatError(f"{path}: {error}") from error
    for motion in motions:
        for note in motion.notes:
            _log.info("%s: %s", path, note)
    return motions


def read_recorded(
    path: str | os.PathLike[str],
    *,
    fps: float = RATE,
    cutoff: float = CUTOFF,
    reading: ReadOptions | None = None,
    body: Body | Mapping[str, Any] | None = None,
) -> RecordedMotion:
    """Read a recording as it was, for inverse dynamics, on the clock and in the world of its loads.

    Recorded angles are kept. Positions of joints and markers have no angles: they are retargeted to this body like any
    motion, and then rotated and moved back to where they were recorded.

    Args:
        path: the file.
        fps: frames per second of the result [Hz].
        cutoff: cut-off frequency of the low-pass filter [Hz].
        reading: known properties of the file.
        body: the body, see :func:`~kinesis_env.motions.bodies.body_of`; by default the one in use.

    Raises:
        MotionFormatError: the file cannot be read, or holds several recordings.
        MotionError: there is no reader for the file.
    """
    recordings = read_recordings(Path(path), reading)
    if len(recordings) > 1:
        raise MotionFormatError(f"{path}: must contain one recording, given {len(recordings)}")
    own = body_in_use() if body is None else body_of(body)
    try:
        with own.in_use():
            return as_recorded(recordings[0], fps, cutoff)
    except MotionError as error:
        raise MotionFormatError(f"{path}: {error}") from error


def _checked(motions: list[Motion]) -> list[Motion]:
    """Return motions, with a warning for each one that this body cannot perform."""
    for motion in motions:
        for flag in inspect(motion).flags:
            _log.warning("motion %r: %s (kinesis-env inspect shows more)", motion.name, flag)
    return motions


def _is_own(file: Path) -> bool:
    """Return whether a file is a motion of this package, possibly a damaged one, which its reader explains."""
    if file.suffix.lower() != ".npz":
        return False
    return is_own_motion(file)


def load_motions(
    spec: MotionSource | Sequence[MotionSource],
    *,
    fps: float = DEFAULT_FPS,
    body: Body | Mapping[str, Any] | None = None,
) -> list[Motion]:
    """Return the motions that ``spec`` names.

    Args:
        spec: the name of a shipped motion ("walk"); a pattern over the shipped names ("walk*"); the shipped motions of
            a skill or a split ("skill:turn", "split:test"); a prepared or generated data set, or a part of it
            ("kit-locomotion@icra2026:test", "lafan1", "kinesis-locomotion-v0:train"); a file in any supported format; a
            folder, for every motion file in it, sorted by name; a :class:`Motion`; a :class:`MotionLibrary`; or a list
            of these.
            A shipped name takes precedence over a file of the same name: write "./walk" for the file.
        fps: rate to which recordings are resampled [Hz].
        body: the body that performs them, see :func:`~kinesis_env.motions.bodies.body_of`; by default the one in use.
            Recordings are retargeted to it, as are motions of other bodies, with a note.

    A motion named twice is returned once. Different motions with the same name are distinguished by a suffix: the
    second "trial" becomes "trial-2". Recordings and named files of motions that this body cannot perform are loaded
    with a warning that says why.

    Raises:
        MotionError: nothing matches; the message lists what is available.
        MotionFormatError: a file cannot be read. A bad file in a folder is an error too, never silently skipped.
    """
    parts: list[MotionSource] = list(spec) if isinstance(spec, Sequence) and not isinstance(spec, str) else [spec]
    if not parts:
        raise MotionError(f"no motion given; {suggestions('', shipped_names())}")
    if len(parts) > _MOST_PARTS:
        raise MotionError(
            f"at most {_MOST_PARTS} names of motions are allowed, given {len(parts)}: give a folder of them"
        )
    # A file named twice is read once.
    once = list({os.fspath(part) if isinstance(part, str | os.PathLike) else id(part): part for part in parts}.values())
    own = body_in_use() if body is None else body_of(body)
    with own.in_use():
        return _told_apart([onto_body(motion, own) for part in once for motion in _resolve(part, fps)])


def _resolve(part: MotionSource, fps: float) -> list[Motion]:
    if isinstance(part, Motion):
        return [part]
    if isinstance(part, MotionLibrary):
        return list(part)
    if not isinstance(part, str | os.PathLike):
        raise MotionError(f"a motion must be a string, a path or a Motion, given {part!r}")
    text = os.fspath(part)
    if "\0" in text:
        raise MotionError(f"a path must not contain a null character, given {text!r}")
    names = shipped_names()
    named = _named(part, names) if isinstance(part, str) else None
    if named is not None:
        return named
    try:
        path = Path(text).expanduser()
        folder = path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # a name that is too long, or no such user
        raise MotionError(f"no motion {shown(text)}: {shown(str(error))}") from error
    if folder:
        files = sorted(file for file in path.iterdir() if _is_motion_file(file))
        if not files:
            raise MotionError(f"{path}: no motion file in this folder; the file types are {', '.join(EXTENSIONS)}")
        packed = read_pack(path, files)
        if packed is not None:
            return packed
        _log.info("reading %d motion files from %s", len(files), path)
        options = RetargetOptions(fps=fps)
        # Motions of this package in a folder were checked when they were converted.
        read = [(file, read_motions(file, options)) for file in files]
        return [motion for file, motions in read for motion in (motions if _is_own(file) else _checked(motions))]
    if path.is_file() or path.suffix.lower() in EXTENSIONS:
        return _checked(read_motions(path, RetargetOptions(fps=fps)))
    raise MotionError(
        f"no motion {shown(text)}: not a shipped motion, nor a file or folder; {suggestions(text, names)}"
    )


def _named(text: str, names: Sequence[str]) -> list[Motion] | None:
    """Return the motions of a shipped name, a pattern, a selection or a data set; None if the text is none of these."""
    matches = [name for name in names if name == text] or fnmatch.filter(names, text) or selected_names(text)
    if matches:
        return [Motion.load(CLIPS / f"{name}.npz") for name in matches]
    if is_dataset(text):
        return dataset_motions(text)
    if is_download(text):
        return download_motions(text)
    return generated_motions(text) if is_generated(text) else None


def _is_motion_file(file: Path) -> bool:
    return is_recording(file)


def _told_apart(motions: list[Motion]) -> list[Motion]:
    kept: dict[str, Motion] = {}
    originals: dict[str, list[Motion]] = {}
    for motion in motions:
        same = originals.setdefault(motion.name, [])
        if any(motion is other or motion.digest == other.digest for other in same):
            continue
        same.append(motion)
        name, number = motion.name, 2
        while name in kept:
            name, number = f"{motion.name}-{number}", number + 1
        kept[name] = motion if name == motion.name else motion.replace(name=name)
    return list(kept.values())
