"""How well shipped clips and recordings obey physics, and the speed of a library lookup.

    python benchmarks/motions.py [FILE ...] [--clips PATTERN | --no-clips] [--trunk TRUNK] [--markdown | --json]

One row per motion, the shipped clips first. The columns, in this order: the support that the center of mass needs
(2nd and 98th percentile, and its mean absolute value in flight) [body weights]; the vertical range of the center of
mass [mm]; the root moment that the best ground force leaves missing: roll, pitch and yaw (rms) [N m]; the largest and
the median difference of a leg's angle from the file [deg], and the speed of the fastest joint over that in the file;
the mean distance of the tracked bodies from the recorded person [mm]; the largest share of frames
that a joint is at a limit; the largest jump of a muscle's length [mm]; the median and the 95th percentile of the
slip of stance feet [m/s]; the 99th percentile of sole penetration [mm]; and the fastest joint [rad/s]. The tables of
docs/motions.md are the output of --markdown, which leaves out columns without any figure. Exits with 1 if a file
cannot be read.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_env.errors import KinesisError
from kinesis_env.motions import Motion, MotionLibrary, load_motions, read_motions
from kinesis_env.motions.gait import published_curves
from kinesis_env.motions.retargeting import RetargetOptions, inspect
from kinesis_env.motions.retargeting.trunk import TRUNKS

COLUMNS = {
    "support_low": ("support", "{:.2f}"), "support_high": ("to", "{:.2f}"),
    "support_flight": ("in flight", "{:.2f}"), "com_range": ("CoM mm", "{:.0f}"),
    "missing_roll": ("roll N m", "{:.0f}"), "missing_pitch": ("pitch", "{:.0f}"), "missing_yaw": ("yaw", "{:.0f}"),
    "angle_worst": ("off deg", "{:.1f}"), "angle_median": ("median", "{:.2f}"), "speed_ratio": ("x file", "{:.2f}"),
    "error_mean": ("error mm", "{:.1f}"), "limit_share": ("at limit", "{:.0%}"),
    "muscle_jump": ("muscle mm", "{:.1f}"), "stance_slip": ("slip m/s", "{:.3f}"),
    "stance_slip_p95": ("p95", "{:.2f}"), "penetration": ("sunk mm", "{:.1f}"),
    "peak_joint_speed": ("rad/s", "{:.1f}"),
}  # fmt: skip


def measure(name: str, motions: list[Motion], seconds: float) -> list[dict[str, Any]]:
    """Return the figures of the motions of one file or clip."""
    rows = []
    for motion in motions:
        figures = inspect(motion).as_dict()
        rows.append({"name": motion.name, "from": name, **figures, "seconds": seconds, "notes": list(motion.notes)})
    return rows


def curve_distance(walk: Motion) -> dict[str, float]:
    """Return how far the walk's right leg is from the published curves (RMS and worst, degrees)."""
    curves = published_curves()["falisse2019", 1.3]
    phase = np.arange(len(walk) - 1) / 32
    columns = {"hip_flexion": 7, "knee_angle": 10, "ankle_angle": 11}
    found = {}
    for joint, column in columns.items():
        off = np.rad2deg(walk.qpos[:-1, column] - curves[joint](phase))
        found |= {joint: float(np.sqrt((off**2).mean())), f"{joint} at worst": float(np.abs(off).max())}
    return found


def lookup_times(walk: Motion) -> dict[str, float]:
    """Return the best time of one lookup [s], for some sizes."""
    library = MotionLibrary([walk.replace(name=f"walk{i}") for i in range(100)])
    rng = np.random.default_rng(0)
    found = {}
    for n, k, repeats in ((1, 1, 2000), (1, 5, 2000), (64, 1, 1000), (4096, 1, 50)):
        clips, times = rng.integers(0, 100, n), rng.uniform(0, walk.duration, (n, k))
        best = np.inf
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(repeats):
                library.lookup(clips, times)
            best = min(best, (time.perf_counter() - start) / repeats)
        found[f"{n}x{k}"] = best
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="recordings, in addition to the shipped clips")
    clips = parser.add_mutually_exclusive_group()
    clips.add_argument("--clips", default="*", help="pattern of the shipped clips; default: all")
    clips.add_argument("--no-clips", action="store_true", help="measure only the files")
    parser.add_argument(
        "--trunk", choices=TRUNKS, default=RetargetOptions.trunk, help="handling of the trunk in a file"
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--markdown", action="store_true", help="print a Markdown table, without times and notes")
    shown.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    rows: list[dict[str, Any]] = []
    failures = {}
    for motion in [] if arguments.no_clips else load_motions(arguments.clips):
        rows += measure("shipped", [motion], 0.0)
    for file in arguments.files:
        start = time.perf_counter()
        try:
            motions = read_motions(file, RetargetOptions(trunk=arguments.trunk))
        except KinesisError as error:
            failures[str(file)] = str(error)
            continue
        rows += measure(str(file), motions, time.perf_counter() - start)
    result: dict[str, Any] = {"motions": rows, "failures": failures}
    if arguments.markdown:
        print(markdown(rows))
    else:
        walk = load_motions("walk")[0]
        result |= {"walk_from_published_deg": curve_distance(walk), "lookup_seconds": lookup_times(walk)}
        if arguments.json:
            print(json.dumps(result, indent=2))
        else:
            _print_table(result)
    if failures:
        raise SystemExit(1)


def cells(row: dict[str, Any]) -> list[str]:
    """Return the figures of a motion as text; "-" where there is none."""
    return ["-" if row[key] is None else form.format(row[key]) for key, (_, form) in COLUMNS.items()]


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table, without the columns in which no motion has a figure."""
    shown = [0, *(i for i, key in enumerate(COLUMNS, start=1) if any(row[key] is not None for row in rows))]
    heads = ["motion", *(head for head, _ in COLUMNS.values())]
    lines = [heads, ["---"] * len(heads), *([row["name"], *cells(row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line[i] for i in shown)} |" for line in lines)


def _print_table(result: dict[str, Any]) -> None:
    width = max(len(row["name"]) for row in result["motions"])
    print("".ljust(width), *(head.rjust(9) for head, _ in COLUMNS.values()))
    for row in result["motions"]:
        print(row["name"].ljust(width), *(cell.rjust(9) for cell in cells(row)))
    for row in result["motions"]:
        if row["from"] != "shipped":
            print(f"\n{row['name']}: read in {row['seconds']:.3f} s")
            print("\n".join([f"  {note}" for note in row["notes"]] + [f"  FLAGGED {flag}" for flag in row["flags"]]))
    for file, reason in result["failures"].items():
        print(f"\nFAILED {file}: {reason}")
    off = ", ".join(f"{joint} {value:.1f}" for joint, value in result["walk_from_published_deg"].items())
    print(f"\nwalk from the published curve, RMS degrees: {off}")
    print("lookup, n x k:", ", ".join(f"{size} {1e6 * best:.0f} us" for size, best in result["lookup_seconds"].items()))


if __name__ == "__main__":
    main()
