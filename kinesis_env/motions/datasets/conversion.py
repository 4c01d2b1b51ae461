"""Many recordings into a folder of motions: checked, reported, and done once only.

    result = convert(["walks/", "run.bvh"], "library")
    load_motions("library")

Each file is converted on its own; one that fails does not stop the others. Finished work is identified by the content
of the files and by the options, so that a second run does only what is new.
"""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kinesis_env.errors import KinesisError, MotionError
from kinesis_env.files import whole_file
from kinesis_env.motions.datasets.file_names import file_key, safe_name, unclaimed, unique_names
from kinesis_env.motions.formats import ReadOptions, is_recording
from kinesis_env.motions.formats.smpl import RestJoints
from kinesis_env.motions.load import DEFAULT_FPS, EXTENSIONS, read_motions
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.pack import write_pack
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.retargeting.retarget import RetargetOptions
from kinesis_env.version import __version__

__all__ = ["INDEX", "ConvertOptions", "Outcome", "convert", "recordings_below"]

_log = logging.getLogger(__name__)

#: What was done, in the folder of the motions.
INDEX = ".convert.json"
#: Goes up when the same file would give another motion.
_GENERATION = 6
#: Fewer files than this are not worth other processes.
_FEW = 4


@dataclass(frozen=True)
class ConvertOptions:
    """How files are read and put onto this body.

    Attributes:
        format: of all files; detected by default.
        joint_map: landmark to joint name, for BVH files whose names are not known.
        marker_map: role to marker name, for marker sets that are not known.
        source_fps: frame rate of files that do not say [Hz].
        rest_joints: of the person in AMASS files [m], see :func:`~kinesis_env.motions.formats.smpl.read_rest_joints`.
        fps: of the motions [Hz].
        keep_size: see :class:`~kinesis_env.motions.retargeting.retarget.RetargetOptions`.
        trunk: see there.
        keep_bad: keep motions that are flagged as bad.
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


@dataclass(frozen=True)
class Outcome:
    """The outcome of one file.

    Attributes:
        file: the recording.
        status: "written"; "unchanged", written before; "kept out", this body cannot do it; or "failed".
        outputs: names of the motion files.
        reasons: why it failed or was kept out.
        reports: figures of each motion, by its name.
    """

    file: str
    status: str
    outputs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def recordings_below(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return the files that are named, and those in folders that are named, sorted, each once.

    Raises:
        MotionError: a folder without any file that could be read.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            found.setdefault(path)
            continue
        inside = sorted(file for file in path.rglob("*") if is_recording(file))
        if not inside:
            raise MotionError(f"{path}: no motion file in this folder; allowed are {', '.join(EXTENSIONS)}")
        found.update(dict.fromkeys(inside))
    return list(found)


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
        out: the folder; made if it is not there.
        options: how.
        jobs: processes; 0 for one on each core.
        names: what the motions are called, one for each file; by default the files' names, made unique.
        on_progress: called with the number of files done, their total, and the last outcome.

    Returns:
        The outcome of each file, in order. After an interruption (``KeyboardInterrupt``) what is done is kept.

    Raises:
        MotionError: options that cannot be, or nothing to convert.
        OSError: the folder cannot be written.
    """
    options = options or ConvertOptions()
    RetargetOptions(fps=options.fps, keep_size=options.keep_size, trunk=options.trunk)
    sources = recordings_below(files) if names is None else [Path(file) for file in files]
    if not sources:
        raise MotionError("no file was named; convert needs at least one")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    called = unique_names(sources) if names is None else [safe_name(name) for name in names]
    index = _read_index(folder)
    called = [unclaimed(name, file, index) for name, file in zip(called, sources, strict=True)]
    tasks = [_Task(str(file), name, str(folder), options) for file, name in zip(sources, called, strict=True)]
    outcomes: dict[int, Outcome] = {}
    changed = False
    late: list[tuple[int, str, Outcome]] = []
    try:
        with closing(_done(tasks, index, jobs, late)) as done:
            for number, digest, outcome in done:
                outcomes[number] = outcome
                if outcome.status != "unchanged":
                    changed = True
                    _remember(index, folder, outcome, digest)
                if on_progress is not None:
                    on_progress(len(outcomes), len(tasks), outcome)
    finally:
        for _, digest, outcome in late:
            changed = True
            _remember(index, folder, outcome, digest)
        if changed:
            _write_index(folder, index)
    if changed:
        _pack(folder)
    return [outcomes[number] for number in range(len(tasks))]


@dataclass(frozen=True)
class _Task:
    file: str
    name: str
    folder: str
    options: ConvertOptions


def _done(
    tasks: Sequence[_Task], index: dict[str, Any], jobs: int, late: list[tuple[int, str, Outcome]]
) -> Generator[tuple[int, str, Outcome], None, None]:
    """Yield number, digest and outcome of each task as it is done; those done before come first.

    After an interruption, what the processes still brought to an end is added to ``late``.
    """
    left: list[tuple[int, str]] = []
    for number, task in enumerate(tasks):
        digest = _digest(task)
        before = index.get(file_key(task.file))
        if before is not None and before["digest"] == digest and _still_there(before, Path(task.folder)):
            status = "unchanged" if before["status"] == "written" else before["status"]
            yield number, digest, _outcome({**before, "status": status}, task.file)
        else:
            left.append((number, digest))
    workers = min(jobs or os.cpu_count() or 1, len(left))
    if workers < 2 or len(left) < _FEW:
        for number, digest in left:
            yield number, digest, _run(tasks[number])
        return
    # An interruption is handled by this process alone.
    ignoring = (signal.SIGINT, signal.SIG_IGN)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=signal.signal, initargs=ignoring)
    futures = {pool.submit(_run, tasks[number]): (number, digest) for number, digest in left}
    given: set[int] = set()
    try:
        for future in as_completed(futures):
            given.add(futures[future][0])
            yield (*futures[future], future.result())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for future, (number, digest) in futures.items():
            if number not in given and future.done() and not future.cancelled() and future.exception() is None:
                late.append((number, digest, future.result()))


def _run(task: _Task) -> Outcome:
    """Read one file and write its motions."""
    say = task.options
    reading = ReadOptions(
        format=say.format,
        joint_map=say.joint_map,
        marker_map=say.marker_map,
        fps=say.source_fps,
        rest_joints=say.rest_joints,
    )
    try:
        retargeting = RetargetOptions(fps=say.fps, keep_size=say.keep_size, trunk=say.trunk)
        motions = read_motions(task.file, retargeting, reading)
        return _written(motions, task)
    except (KinesisError, OSError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        return Outcome(task.file, "failed", reasons=(reason if task.file in reason else f"{task.file}: {reason}",))


def _written(motions: Sequence[Motion], task: _Task) -> Outcome:
    outputs: list[str] = []
    reasons: list[str] = []
    reports = {}
    for number, motion in enumerate(motions, start=1):
        name = task.name if len(motions) == 1 else f"{task.name}-{number:0{len(str(len(motions)))}d}"
        report = inspect(motion)
        reports[name] = report.as_dict()
        if report.flags and not task.options.keep_bad:
            reasons += [f"{name}: {flag}" for flag in report.flags]
            continue
        motion.replace(name=name).save(Path(task.folder) / f"{name}.npz")
        outputs.append(f"{name}.npz")
    status = "written" if outputs else "kept out"
    return Outcome(task.file, status, tuple(outputs), tuple(reasons), reports)


def _digest(task: _Task) -> str:
    """Return a digest of a file's content and of all that decides what is made of it; "" if it cannot be read."""
    options = json.dumps([asdict(task.options), task.name, _GENERATION, __version__], sort_keys=True, default=str)
    total = hashlib.sha256(options.encode())
    try:
        with Path(task.file).open("rb") as stream:
            while block := stream.read(2**20):
                total.update(block)
    except (OSError, ValueError):
        return ""
    return total.hexdigest()


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        fine = isinstance(index, dict) and all(_is_entry(entry) for entry in index.values())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        fine = False
    if not fine:
        _log.warning("%s is damaged; everything is converted again", path)
        return {}
    return dict(index)


def _is_entry(entry: object) -> bool:
    kinds = {"digest": str, "status": str, "outputs": list, "reasons": list, "reports": dict}
    return isinstance(entry, dict) and all(isinstance(entry.get(key), kind) for key, kind in kinds.items())


def _still_there(entry: Mapping[str, Any], folder: Path) -> bool:
    return bool(entry["digest"]) and all((folder / Path(str(name)).name).is_file() for name in entry["outputs"])


def _outcome(entry: Mapping[str, Any], file: str) -> Outcome:
    return Outcome(file, entry["status"], tuple(entry["outputs"]), tuple(entry["reasons"]), entry["reports"])


def _remember(index: dict[str, Any], folder: Path, outcome: Outcome, digest: str) -> None:
    """Note an outcome; motions that the file gave before and gives no longer are removed. Failures are tried again."""
    before = index.pop(file_key(outcome.file), None)
    still = {name for entry in index.values() for name in entry["outputs"]} | set(outcome.outputs)
    for name in before["outputs"] if before else ():
        if name not in still:
            (folder / Path(str(name)).name).unlink(missing_ok=True)
    if outcome.status != "failed":
        entry = asdict(outcome)
        entry.pop("file")
        index[file_key(outcome.file)] = {**entry, "digest": digest}


def _write_index(folder: Path, index: Mapping[str, Any]) -> None:
    with whole_file(folder / INDEX) as temporary:
        temporary.write_text(json.dumps(index, indent=1), encoding="utf-8")


def _pack(folder: Path) -> None:
    files = sorted(file for file in folder.glob("*.npz") if not file.name.startswith("."))
    try:
        if files:
            write_pack(folder, files)
    except MotionError as error:
        _log.warning("no pack was written, the folder will load more slowly: %s", error)
