"""From joint angles in an OpenSim file to an environment that follows them.

Pass the path of a .mot or .sto file. Without one, the script first writes a small file.
"""

import sys
import tempfile
from pathlib import Path

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401
from kinesis_env.motions import read_motion


def write_example(path: Path) -> None:
    """Two seconds of swinging the legs, at 100 Hz and in degrees."""
    time = np.arange(0, 2, 0.01)
    swing = np.sin(2 * np.pi * time)
    columns = {
        "time": time,
        "pelvis_ty": np.full_like(time, 0.93),
        "hip_flexion_r": 15 * swing,
        "knee_angle_r": 15 + 10 * swing,
        "hip_flexion_l": -15 * swing,
        "knee_angle_l": 15 - 10 * swing,
    }
    header = f"example\nversion=1\nnRows={len(time)}\nnColumns={len(columns)}\ninDegrees=yes\nendheader\n"
    rows = "\n".join("\t".join(f"{value:.6f}" for value in row) for row in np.stack(list(columns.values()), axis=1))
    path.write_text(header + "\t".join(columns) + "\n" + rows + "\n")


with tempfile.TemporaryDirectory() as folder:
    recording = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "example.mot"
    if len(sys.argv) == 1:
        write_example(recording)

    motion = read_motion(recording)
    print(f"{motion.name}: {len(motion)} frames at {motion.fps:g} Hz, {motion.duration:.2f} s")
    for note in motion.notes:
        print(f"  - {note}")

    env = gymnasium.make("Kinesis-Imitate-v0", motions=str(recording), start_time=0.0)
    env.reset(seed=0)
    _, reward, *_ = env.step(np.zeros(80, dtype=np.float32))
    print(f"reward of the first step: {reward:.3f}")
