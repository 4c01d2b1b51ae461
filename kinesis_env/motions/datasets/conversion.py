"""Conversion of many recordings to a folder of motions: checked, reported, and done only once.

    result = convert(["walks/", "run.bvh"], "library")
    load_motions("library")

Each file is converted on its own; one that fails does not stop the others. Finished work is identified by the content
of the files and by the options, so that a second run converts only new files.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import asdict, dataclass, field, replace
from filecmp import cmp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kinesis_env.errors import KinesisError, MotionError, OutputError, shortened
from kinesis_env.files import check_output_folder, exclusive_folder, is_regular, open_regular
from kinesis_env.model.bodies import Body, body_in_use
from kinesis_env.motions.bodies import body_of
from kinesis_env.motions.datasets.conversion_index import INDEX, read_index, still_there, write_index
from kinesis_env.motions.datasets.file_names import (
    file_key,
    free_names,
    recordings_below,
    safe_name,
    sample_names,
    unique_names,
)
from kinesis_env.motions.formats import ReadOptions
from kinesis_env.motions.formats.smpl import RestJoints
from kinesis_env.motions.load import DEFAULT_FPS, read_motions
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pack import write_pack
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.retargeting.retarget import RetargetOptions
from kinesis_env.processes import checked_jobs, worker_pool
from kinesis_env.version import __version__

__all__ = ["INDEX", "ConvertOptions", "Outcome", "convert", "recordings_below"]

_log = logging.getLogger(__name__)

#: Folder of motions that do not have their names yet.
_STAGING = ".converting-"
#: Increased when the same file would give another motion.
_GENERATION = 6
#: Fewest files worth starting processes for; length of a reason in characters.
_FEW, _LONGEST_REASON = 4, 400


@dataclass(frozen=True)
class ConvertOptions:
    """How files are read and retargeted to this body.

    Attributes:
        format: format of all files; detected by default.
        joint_map: maps landmarks to joint names, for BVH files with unknown names.
        marker_map: maps roles to marker names, for unknown marker sets.
        source_fps: frame rate of files that do not specify it [Hz].
        rest_joints: rest joints of the person in AMASS files [m], see
            :func:`~kinesis_env.motions.formats.smpl.read_rest_joints`.
        fps: frame rate of the motions [Hz].
        keep_size: see :class:`~kinesis_env.motions.retargeting.retarget.RetargetOptions`.
        trunk: see the same class.
        keep_bad: keep motions that are flagged as bad.
        body: see :func:`~kinesis_env.motions.bodies.body_of`; by default the one in use.
    """

    format: str | None = None
    joint_map: Mapping[str, str] | None = None
    marker_map: Mapping[str, str] | None = None
    source_fps: float | None = None
    rest_joints: RestJoints | None = None
    fps: float = DEFAULT_FPS
    keep_size: bool = False
    trunk: str = "pelvis"
    keep_bad: bool = False
    body: Mapping[str, Any] | Body | None = None


@dataclass(frozen=True)
class Outcome:
    """The outcome of one file.

    Attributes:
        file: the recording.
        status: "written"; "unchanged", written earlier; "kept out", beyond what this body can do; or "failed".
        outputs: names of the motion files.
        reasons: why it failed or was kept out.
        reports: figures of each motion, by its name.
    """

    file: str
    status: str
    outputs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def convert(
    files: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    options: ConvertOptions | None = None,
    *,
    jobs: int = 0,
    names: Sequence[str] | None = None,
    on_progress: Callable[[int, int, Outcome], None] | None = None,
) -> list[Outcome]:
    """Convert recordings into motions of this body in the folder ``out``.

    Args:
        files: recordings, or folders of them.
        out: the folder; created if missing.
        options: conversion options.
        jobs: number of processes; 0 for one per core.
        names: names of the motions, one per file; by default the files' names, made unique.
        on_progress: called with the number of finished files, their total, and the last outcome.

    Returns:
        The outcome of each file, in order. Finished files are kept after an interruption (``KeyboardInterrupt``).

    Raises:
        MotionError: impossible options, or nothing to convert.
        OutputError: the folder cannot be written.
        WorkerError: a process was killed; finished files are kept.
    """
    options = options or ConvertOptions()
    RetargetOptions(fps=options.fps, keep_size=options.keep_size, trunk=options.trunk)
    # A file that describes the body is read now: digests of finished work cover its sizes, not its path.
    options = replace(options, body=(body_of(options.body) if options.body else body_in_use()).description or None)
    workers = checked_jobs(jobs, MotionError)
    sources = recordings_below(files) if names is None else [Path(file) for file in files]
    if not sources:
        raise MotionError("convert needs at least one file, given none")
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    finally:
        check_output_folder(folder)  # raises with the reason
    with exclusive_folder(folder):
        return _Conversion(sources, folder, options, names, on_progress).run(workers)


@dataclass(frozen=True)
class _Task:
    file: str
    name: str
    options: ConvertOptions


class _Conversion:
    """A conversion into a folder that no other process writes to meanwhile."""

    def __init__(
        self,
        sources: Sequence[Path],
        folder: Path,
        options: ConvertOptions,
        names: Sequence[str] | None,
        on_progress: Callable[[int, int, Outcome], None] | None,
    ) -> None:
        self._folder, self._on_progress = folder, on_progress
        self._named = names is not None
        self._index = read_index(folder)
        called = unique_names(sources) if names is None else [safe_name(name) for name in names]
        self._tasks = [_Task(str(file), name, options) for file, name in zip(sources, called, strict=True)]
        self._planned = {name.lower() for name in called}
        self._given = {_stem(name) for entry in self._index.values() for name in entry["outputs"]}
        #: Motions without a known source file.
        self._foreign = {_stem(file) for file in folder.glob("*.npz") if not file.name.startswith(".")} - self._given
        self._outcomes: dict[int, Outcome] = {}
        self._changed = False

    def run(self, workers: int) -> list[Outcome]:
        """Convert new files, and return the outcome of each file."""
        for left_over in self._folder.glob(f"{_STAGING}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        with TemporaryDirectory(dir=self._folder, prefix=_STAGING) as staging:
            try:
                for number, digest, made in self._done(Path(staging), workers):
                    self._note(number, digest, made, Path(staging))
                    if self._on_progress is not None:
                        self._on_progress(len(self._outcomes), len(self._tasks), self._outcomes[number])
            finally:
                if self._changed:
                    write_index(self._folder, self._index)
        if self._changed:
            self._pack()
        return [self._outcomes[number] for number in range(len(self._tasks))]

    def _done(self, staging: Path, workers: int) -> Generator[tuple[int, str, Outcome], None, None]:
        """Yield number, digest and outcome of each task as it finishes; those finished earlier come first."""
        left: list[tuple[int, str]] = []
        for number, task in enumerate(self._tasks):
            digest = _digest(task, named=self._named)
            before = self._index.get(file_key(task.file))
            if before is not None and before["digest"] == digest and still_there(before, self._folder):
                status = "unchanged" if before["status"] == "written" else before["status"]
                outputs, reasons = tuple(before["outputs"]), tuple(before["reasons"])
                yield number, digest, Outcome(task.file, status, outputs, reasons, before["reports"])
            else:
                left.append((number, digest))
        workers = min(workers, len(left))
        if workers < 2 or len(left) < _FEW:
            for number, digest in left:
                yield number, digest, _run(self._tasks[number], staging / str(number))
            return
        futures: dict[Future[Outcome], tuple[int, str]] = {}
        try:
            with worker_pool(workers, "converting") as pool:
                for number, digest in left:
                    futures[pool.submit(_run, self._tasks[number], staging / str(number))] = number, digest
                for future in as_completed(futures):
                    yield (*futures[future], future.result())
        finally:
            # After an interruption, tasks that the processes still finished are kept.
            for future, (number, digest) in futures.items():
                ended = future.done() and not future.cancelled() and future.exception() is None
                if ended and number not in self._outcomes:
                    self._note(number, digest, future.result(), staging)

    def _note(self, number: int, digest: str, made: Outcome, staging: Path) -> None:
        """Move the motions of a file into place, and record them.

        Earlier motions that the file no longer gives are removed. Failures are retried.
        """
        key = file_key(made.file)
        before = self._index.get(key)
        if made.status == "unchanged" or (before is not None and before["digest"] == digest != ""):
            self._outcomes[number] = made
            return
        self._changed = True
        try:
            outcome = self._placed(self._tasks[number], made, staging / str(number), before)
        except (OSError, KinesisError) as error:
            outcome = _failure(made.file, error)
        self._outcomes[number] = outcome
        self._index.pop(key, None)
        for name in before["outputs"] if before else ():
            if name not in outcome.outputs:
                (self._folder / name).unlink(missing_ok=True)
        if outcome.status != "failed":
            self._index[key] = {**{k: v for k, v in asdict(outcome).items() if k != "file"}, "digest": digest}

    def _placed(self, task: _Task, made: Outcome, staged: Path, before: Mapping[str, Any] | None) -> Outcome:
        """Move motions to free names, and return the outcome with these names."""
        own = {_stem(name) for name in before["outputs"]} if before else set()

        def free(name: str) -> bool:
            low = name.lower()
            if low in own or low not in self._given | self._planned - {task.name.lower()} | self._foreign:
                return True
            here, there = staged / f"{name}.npz", self._folder / f"{name}.npz"  # perhaps made earlier, and forgotten
            return low in self._foreign and is_regular(here) and is_regular(there) and cmp(here, there, shallow=False)

        names = free_names(task.name, len(made.reports), free) if made.reports else []
        renamed = dict(zip(made.reports, names, strict=True))
        for file in made.outputs:
            old = Path(file).stem
            target = self._folder / f"{renamed[old]}.npz"
            if renamed[old] == old:
                (staged / file).replace(target)
            else:
                Motion.load(staged / file).replace(name=renamed[old]).save(target)
        self._given |= {_stem(name) for name in names}
        self._foreign -= {_stem(name) for name in names}
        return Outcome(
            task.file,
            made.status,
            tuple(f"{renamed[Path(file).stem]}.npz" for file in made.outputs),
            tuple(_renamed(reason, renamed) for reason in made.reasons),
            {renamed[name]: report for name, report in made.reports.items()},
        )

    def _pack(self) -> None:
        files = sorted(file for file in self._folder.glob("*.npz") if not file.name.startswith("."))
        try:
            if files:
                write_pack(self._folder, files)
        except (MotionError, OutputError) as error:
            _log.warning("the pack could not be written, so that the folder loads more slowly: %s", error)


def _run(task: _Task, staged: Path) -> Outcome:
    """Read one file and write its motions to a separate folder, under the names they get if those are free."""
    say = task.options
    reading = ReadOptions(say.format, say.joint_map, say.marker_map, say.source_fps, say.rest_joints)
    try:
        retargeting = RetargetOptions(fps=say.fps, keep_size=say.keep_size, trunk=say.trunk)
        return _written(read_motions(task.file, retargeting, reading, body=body_of(say.body)), task, staged)
    except Exception as error:  # no error in one file stops the others
        return _failure(task.file, error)


def _failure(file: str, error: Exception) -> Outcome:
    reason = str(error) or type(error).__name__
    if not isinstance(error, KinesisError | OSError | MemoryError):
        what = f"{type(error).__name__}: {shortened(reason, _LONGEST_REASON)}"
        reason = f"{what}; this was not expected: please report it, with the file"
    return Outcome(file, "failed", reasons=(reason if file in reason else f"{file}: {reason}",))


def _written(motions: Sequence[Motion], task: _Task, staged: Path) -> Outcome:
    outputs: list[str] = []
    reasons: list[str] = []
    reports = {}
    for name, motion in zip(sample_names(task.name, len(motions)), motions, strict=True):
        report = inspect(motion)
        reports[name] = report.as_dict()
        if report.flags and not task.options.keep_bad:
            reasons += [f"{name}: {flag}" for flag in report.flags]
            continue
        motion.replace(name=name).save(staged / f"{name}.npz")
        outputs.append(f"{name}.npz")
    status = "written" if outputs else "kept out"
    return Outcome(task.file, status, tuple(outputs), tuple(reasons), reports)


def _digest(task: _Task, *, named: bool) -> str:
    """Return a digest of a file's content and of everything that affects its motions; "" if it cannot be read."""
    name = task.name if named else ""
    told = {key: value for key, value in asdict(task.options).items() if key != "body" or value}
    options = json.dumps([told, name, _GENERATION, __version__], sort_keys=True, default=str)
    total = hashlib.sha256(options.encode())
    try:
        with open_regular(task.file, sys.maxsize) as stream:
            while block := stream.read(2**20):
                total.update(block)
    except OSError:
        return ""
    return total.hexdigest()


def _renamed(reason: str, renamed: Mapping[str, str]) -> str:
    name, colon, rest = reason.partition(": ")
    return f"{renamed[name]}{colon}{rest}" if name in renamed else reason


def _stem(file: str | Path) -> str:
    return Path(file).stem.lower()
