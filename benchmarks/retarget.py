"""Speed and memory of converting recordings, and of loading and querying a large library.

    python benchmarks/retarget.py [--frames 205000] [--jobs 2] [--json]

Generates its own data: walks of varied speed, stride and heading, as joint positions in HumanML3D's format. Measures
frames per second on one core, the conversion of the whole set (and of a second run, which should repeat nothing), the
peak memory of the processes, the loading time and memory of the library in a new process, and a lookup of 4096 frames.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import commandline
import numpy as np

from kinesis_env import rotations
from kinesis_env.motions import LANDMARKS, read_motion
from kinesis_env.motions.datasets import convert
from kinesis_env.motions.formats.smpl import LANDMARK_JOINTS
from kinesis_env.motions.gait.gait import walk
from kinesis_env.motions.retargeting.landmarks import landmarks_of

RATE = 30.0

PROBE = """
import json, resource, sys, time
import numpy as np
import kinesis_env.motions.load as load
from kinesis_env.motions import MotionLibrary
def memory():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
load.load_motions("walk")
before, start = memory(), time.perf_counter()
library = MotionLibrary(load.load_motions(sys.argv[1]))
seconds, held = time.perf_counter() - start, memory() - before
rng = np.random.default_rng(0)
clips = library.sample(rng, 4096)
times = rng.uniform(0, library.durations[clips])
best = np.inf
for _ in range(50):
    start = time.perf_counter()
    library.lookup(clips, times)
    best = min(best, time.perf_counter() - start)
print(json.dumps({"library_motions": len(library), "library_frames": int(sum(map(len, library))),
    "library_load_seconds": seconds, "library_mib": held, "lookup_4096_ms": 1000 * best}))
"""


def make_points(frames: int, rng: np.random.Generator) -> np.ndarray:
    """Return the landmarks (T, 10, 3) of a walk with a speed and a curve of its own."""
    motion = walk()
    pace, curve, scale = rng.uniform(0.8, 1.15), rng.uniform(-0.4, 0.4), rng.uniform(0.85, 1.1)
    times = np.arange(frames) / RATE * pace
    laps, phase = np.divmod(times, motion.duration)
    index = np.minimum((phase * motion.fps).astype(int), len(motion) - 2)
    part = (phase * motion.fps - index)[:, None]
    qpos = (1 - part) * motion.qpos[index] + part * motion.qpos[index + 1]
    qpos[:, 3:7] = rotations.normalize(qpos[:, 3:7])
    qpos[:, 0] += laps * (motion.qpos[-1, 0] - motion.qpos[0, 0])
    yaw = curve * times
    steps = np.diff(qpos[:, :3], axis=0, prepend=qpos[:1, :3])
    height = qpos[:, 2].copy()
    qpos[:, :3] = np.cumsum(rotations.rotate(rotations.from_yaw(yaw), steps), axis=0)
    qpos[:, 2] = height
    qpos[:, 3:7] = rotations.multiply(rotations.from_yaw(yaw), qpos[:, 3:7])
    points = landmarks_of(qpos)
    return scale * (points + rng.normal(0, 0.002, points.shape))


def write(path: Path, points: np.ndarray) -> None:
    """Write joints (T, 22, 3), y up."""
    joints = np.repeat(points.mean(axis=1, keepdims=True), 22, axis=1)
    for i, name in enumerate(LANDMARKS):
        joints[:, LANDMARK_JOINTS[name]] = points[:, i]
    np.save(path, joints[..., [1, 2, 0]].astype(np.float32))


def measure(frames: int, jobs: int, folder: Path) -> dict[str, Any]:
    """Make the data and measure."""
    rng = np.random.default_rng(0)
    recordings, total = [], 0
    (folder / "in").mkdir()
    while total < frames:
        # HumanML3D is taken as 20 Hz; the motions have 30.
        count = int(rng.integers(100, 201))
        recordings.append(folder / "in" / f"walk{len(recordings):04d}.npy")
        write(recordings[-1], make_points(count, rng))
        total += int((count - 1) * 1.5) + 1
    start = time.perf_counter()
    done = 0
    for path in recordings[:20]:
        done += len(read_motion(path))
    single = done / (time.perf_counter() - start)
    start = time.perf_counter()
    outcomes = convert(recordings, folder / "out", jobs=jobs, on_progress=_progress)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    again = convert(recordings, folder / "out", jobs=jobs)
    second = time.perf_counter() - start
    made = sum(report["frames"] for outcome in outcomes for report in outcome.reports.values())
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, str(folder / "out")], check=True, capture_output=True, text=True
    )
    return {
        "recordings": len(recordings),
        "frames": made,
        "written": sum(outcome.status == "written" for outcome in outcomes),
        "frames_per_second_one_core": single,
        "jobs": jobs,
        "convert_seconds": seconds,
        "second_run_seconds": second,
        "second_run_converted": sum(outcome.status != "unchanged" for outcome in again),
        "peak_mib_parent": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "peak_mib_worker": children,
        "error_mean_mm": float(np.mean([r["error_mean"] for o in outcomes for r in o.reports.values()])),
        **json.loads(probe.stdout),
    }


def _progress(done: int, total: int, _outcome: Any) -> None:
    if done % 100 == 0 or done == total:
        print(f"{done}/{total}", file=sys.stderr, flush=True)


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser(__doc__)
    parser.add_argument(
        "--frames", type=int, default=205_000, help="frames of motion at 30 Hz; default: 205000, 1.9 hours"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(arguments.frames, arguments.jobs, Path(folder))
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    for key, value in result.items():
        print(f"{key:<28} {value:.4g}" if isinstance(value, float) else f"{key:<28} {value}")


if __name__ == "__main__":
    main()
