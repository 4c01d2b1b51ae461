"""How well recordings and the shipped walk fit this body, and how fast the library answers.

    python benchmarks/motions.py [FILE ...] [--json]

Prints one row for each motion: duration [s], speed [m/s], median and 95th percentile of the slip of standing feet
[m/s], 99th percentile of sole penetration [mm], fastest hinge [rad/s], fraction of hinge angles at a limit, and the
time to read it [s].
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
from kinesis_env.motions import Motion, MotionLibrary, load_motions
from kinesis_env.motions.gait.gait import published_curves
from kinesis_env.motions.retargeting.quality import inspect

COLUMNS = {
    "frames": "{:d}",
    "duration": "{:.2f}",
    "speed": "{:.3f}",
    "stance_slip": "{:.4f}",
    "stance_slip_p95": "{:.3f}",
    "penetration": "{:.2f}",
    "floating": "{:.2f}",
    "peak_joint_speed": "{:.2f}",
    "at_limit": "{:.4f}",
    "seconds": "{:.3f}",
}


def measure(spec: str) -> tuple[Motion, dict[str, Any]]:
    """Read one motion and measure it."""
    start = time.perf_counter()
    motion = load_motions(spec)[0]
    seconds = time.perf_counter() - start
    return motion, {"name": motion.name, **inspect(motion).as_dict(), "seconds": seconds, "notes": list(motion.notes)}


def curve_distance(walk: Motion) -> dict[str, float]:
    """Return how far the walk's right leg is from the published curves (RMS, degrees)."""
    curves = published_curves()["falisse2019", 1.3]
    phase = np.arange(len(walk) - 1) / 32
    columns = {"hip_flexion": 7, "knee_angle": 10, "ankle_angle": 11}
    off = {joint: walk.qpos[:-1, column] - curves[joint](phase) for joint, column in columns.items()}
    return {joint: float(np.rad2deg(np.sqrt((values**2).mean()))) for joint, values in off.items()}


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
    parser.add_argument("files", nargs="*", type=Path, help="recordings, besides the shipped walk")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    walk, row = measure("walk")
    rows, failures = [row], {}
    for file in arguments.files:
        try:
            rows.append(measure(str(file))[1])
        except KinesisError as error:
            failures[str(file)] = str(error)
    result = {
        "motions": rows,
        "failures": failures,
        "walk_from_published_deg": curve_distance(walk),
        "lookup_seconds": lookup_times(walk),
    }
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        _print_table(result)
    if failures:
        raise SystemExit(1)


def _print_table(result: dict[str, Any]) -> None:
    width = max(len(row["name"]) for row in result["motions"])
    print("".ljust(width), *(column.rjust(max(9, len(column))) for column in COLUMNS))
    for row in result["motions"]:
        cells = (form.format(row[column]).rjust(max(9, len(column))) for column, form in COLUMNS.items())
        print(row["name"].ljust(width), *cells)
    for row in result["motions"]:
        print(f"\n{row['name']}")
        print("\n".join(f"  {note}" for note in row["notes"]))
    for file, reason in result["failures"].items():
        print(f"\nFAILED {file}: {reason}")
    off = ", ".join(f"{joint} {value:.1f}" for joint, value in result["walk_from_published_deg"].items())
    print(f"\nwalk from the published curve, RMS degrees: {off}")
    print("lookup, n x k:", ", ".join(f"{size} {1e6 * best:.0f} us" for size, best in result["lookup_seconds"].items()))


if __name__ == "__main__":
    main()
