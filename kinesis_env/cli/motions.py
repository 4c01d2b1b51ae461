"""The commands convert, inspect, export, prepare and generate; each returns an exit code."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.cli.bodies import told_body
from kinesis_env.cli.reading import reading_of
from kinesis_env.cli.terminal import named_progress
from kinesis_env.dynamics.trajectory import Trajectory
from kinesis_env.errors import EvaluationError, MotionError
from kinesis_env.evaluation.recorder import read_episode
from kinesis_env.files import is_regular
from kinesis_env.model.bodies import make_body
from kinesis_env.motions.datasets.conversion import ConvertOptions, Outcome, convert
from kinesis_env.motions.datasets.download_prepare import prepare_download
from kinesis_env.motions.datasets.file_names import safe_name
from kinesis_env.motions.datasets.generation import generate
from kinesis_env.motions.datasets.kit import is_dataset, version_of
from kinesis_env.motions.datasets.kit_prepare import Prepared, prepare_kit_locomotion
from kinesis_env.motions.export import States, export_motion
from kinesis_env.motions.load import load_motions, read_motions
from kinesis_env.motions.retargeting.inspection import describe, plot_motion, record_motion

__all__ = ["run_convert", "run_export", "run_generate", "run_inspect", "run_prepare"]

_FIGURES = (
    ("duration", "duration", "{:.2f} s"),
    ("speed", "speed", "{:.2f} m/s"),
    ("error_mean", "tracked-body error", "{:.1f} mm"),
    ("error_worst", "  largest", "{:.1f} mm"),
    ("direction_error", "limb direction error", "{:.1f} deg"),
    ("angle_worst", "angle error vs. file", "{:.1f} deg (largest)"),
    ("angle_median", "", "{:.1f} deg (median)"),
    ("speed_ratio", "fastest joint / file's", "{:.2f}"),
    ("at_limit", "angles at a limit", "{:.1%}"),
    ("limit_share", "  worst joint", "{:.1%} of frames"),
    ("muscle_jump", "muscle length jump", "{:.1f} mm"),
    ("penetration", "sole penetration", "{:.1f} mm (99th percentile)"),
    ("stance_slip", "stance foot slip", "{:.3f} m/s (median)"),
    ("peak_joint_speed", "fastest joint", "{:.1f} rad/s"),
    ("flight", "flight", "{:.1%} of frames"),
    ("com_range", "center of mass range", "{:.0f} mm"),
    ("support_low", "needed support from", "{:.2f} body weights (2nd percentile)"),
    ("support_high", "  to", "{:.2f} body weights (98th percentile)"),
    ("support_flight", "  in flight", "{:.2f} body weights"),
    ("missing_roll", "missing root moment", "{:.0f} N m (rms), roll"),
    ("missing_pitch", "", "{:.0f} N m, pitch"),
    ("missing_yaw", "", "{:.0f} N m, yaw"),
)


def run_convert(arguments: argparse.Namespace) -> int:
    """Convert files into a folder of motions."""
    reading = reading_of(arguments)
    options = ConvertOptions(
        format=reading.format,
        joint_map=reading.joint_map,
        marker_map=reading.marker_map,
        source_fps=reading.fps,
        rest_joints=reading.rest_joints,
        fps=arguments.fps,
        keep_size=arguments.keep_size,
        trunk=arguments.trunk,
        keep_bad=arguments.keep_bad,
        body=told_body(arguments),
    )
    outcomes = convert(arguments.files, arguments.out, options, jobs=arguments.jobs, on_progress=progress("converted"))
    if arguments.json:
        _say(json.dumps([_as_dict(outcome) for outcome in outcomes], indent=2))
    else:
        _say(_summary(outcomes))
        if any(outcome.outputs for outcome in outcomes):
            _say(f"to use them: gymnasium.make('Kinesis-Imitate-v0', motions={os.fspath(arguments.out)!r})")
    _table(outcomes, ("failed", "kept out"))
    return 1 if any(outcome.status == "failed" for outcome in outcomes) else 0


def run_inspect(arguments: argparse.Namespace) -> int:
    """Print the figures of the motions in a file; plot and record them."""
    file = arguments.file
    reading = reading_of(arguments)
    body = told_body(arguments)
    motions = read_motions(file, reading=reading, body=body) if is_regular(file) else load_motions(file, body=body)
    described = [describe(motion) for motion in motions]
    if arguments.json:
        _say(json.dumps(described, indent=2))
    else:
        for entry in described:
            _say(_figures(entry))
    for number, motion in enumerate(motions, start=1):
        if arguments.plot:
            base, suffix = os.path.splitext(arguments.plot)  # noqa: PTH122
            plot_motion(motion, arguments.plot if len(motions) == 1 else f"{base}-{number}{suffix}")
    if arguments.video:
        record_motion(motions, arguments.video, on_frame=named_progress("drawn"))
    return 0


def states_of_episode(path: str) -> States | None:
    """Return the states of an episode recorded by ``evaluate --record``; None if the file is anything else."""
    try:
        episode = read_episode(path)
    except EvaluationError:
        return None
    arrays = episode.arrays
    body = make_body(episode.metadata.get("body"))
    return States(arrays["qpos"], arrays["qvel"], float(1.0 / np.median(np.diff(arrays["time"]))), body)


def run_export(arguments: argparse.Namespace) -> int:
    """Write motions or an episode to files in another format."""
    named: list[tuple[str, Trajectory]]
    episode = states_of_episode(arguments.what) if os.path.isfile(arguments.what) else None  # noqa: PTH113
    if episode is not None:
        named = [("episode", episode)]
    else:
        named = [(motion.name, motion) for motion in load_motions(arguments.what, body=told_body(arguments))]
    out = Path(arguments.out)
    several = len(named) > 1 or out.is_dir()
    for name, trajectory in named:
        path = out / f"{safe_name(name)}.{arguments.to}" if several else out
        export_motion(trajectory, path, arguments.to)
        _say(os.fspath(path))
    return 0


def run_prepare(arguments: argparse.Namespace) -> int:
    """Build a data set from the user's download."""
    name, folder = arguments.dataset, arguments.folder or arguments.amass
    if folder is None:
        raise MotionError(f"prepare {name} needs the folder of your download: prepare {name} FOLDER")
    show = progress("converted")
    if is_dataset(name):
        prepared = prepare_kit_locomotion(
            folder, arguments.out, version=version_of(name), jobs=arguments.jobs, on_progress=show
        )
    else:
        prepared = prepare_download(name, folder, arguments.out, jobs=arguments.jobs, on_progress=show)
    if arguments.json:
        _say(json.dumps([_of_split(split) for split in prepared], indent=2))
    for split in prepared if not arguments.json else ():
        total = len(split.outcomes) + len(split.missing)
        skills = ", ".join(f"{count} {skill}" for skill, count in split.skills.items())
        _say(f"{split.split}: {_summary(split.outcomes)} of {total} clips in {split.folder}"
             + (f" ({skills})" if skills else ""))  # fmt: skip
        if split.missing:
            print(
                f"{split.split}: {len(split.missing)} clips are missing:", *split.missing, sep="\n  ", file=sys.stderr
            )
        _table(split.outcomes, ("failed", "kept out"))
    failed = any(outcome.status == "failed" for split in prepared for outcome in split.outcomes)
    return 1 if failed or any(split.missing for split in prepared) else 0


def _of_split(split: Prepared) -> dict[str, Any]:
    counts = Counter(outcome.status for outcome in split.outcomes)
    rejected = {o.file: list(o.reasons) for o in split.outcomes if o.status in ("failed", "kept out")}
    return {"split": split.split, "folder": os.fspath(split.folder), **counts, "skills": split.skills,
            "missing": list(split.missing), "rejected": rejected}  # fmt: skip


def run_generate(arguments: argparse.Namespace) -> int:
    """Generate the benchmark."""
    made = generate(
        arguments.out,
        hours=arguments.hours,
        seed=arguments.seed,
        jobs=arguments.jobs,
        on_progress=named_progress("made"),
    )
    if arguments.json:
        _say(json.dumps({**asdict(made), "folder": os.fspath(made.folder)}, indent=2))
        return 0
    clips = ", ".join(f"{count} {split}" for split, count in made.clips.items())
    skills = ", ".join(f"{count} {skill}" for skill, count in made.skills.items())
    _say(f"{clips}: {made.frames} frames in {made.folder} ({made.made} made now)")
    _say(f"skills: {skills}")
    _say(f"checksum: {made.checksum}")
    return 0


def progress(what: str) -> Callable[[int, int, Outcome], None]:
    """Return a counter of files on the error stream, see :func:`named_progress`."""
    show = named_progress(what)
    return lambda done, total, outcome: show(done, total, os.path.basename(outcome.file))  # noqa: PTH119


def _summary(outcomes: Iterable[Outcome]) -> str:
    counts = Counter(outcome.status for outcome in outcomes)
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "nothing"


def _table(outcomes: Sequence[Outcome], statuses: tuple[str, ...]) -> None:
    """Print failures to the error stream."""
    for status in statuses:
        rows = [reason for outcome in outcomes if outcome.status == status for reason in outcome.reasons]
        if rows:
            print(f"{status}:", *rows, sep="\n  ", file=sys.stderr)


def _figures(entry: dict[str, Any]) -> str:
    lines = [f"{'motion':<22} {entry['name']}"]
    if entry["caption"]:
        lines.append(f"{'caption':<22} {entry['caption']}")
    lines += [f"{label:<22} {form.format(entry[key])}" for key, label, form in _FIGURES if entry[key] is not None]
    lines += [f"{'this body cannot':<22} {flag}" for flag in entry["flags"]]
    lines += [f"{'note':<22} {note}" for note in entry["notes"]]
    return "\n".join(lines)


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    return {
        "file": outcome.file,
        "status": outcome.status,
        "outputs": list(outcome.outputs),
        "reasons": list(outcome.reasons),
        "reports": {name: dict(report) for name, report in outcome.reports.items()},
    }


def _say(text: str) -> None:
    print(text)
