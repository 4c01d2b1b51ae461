"""From motion capture in any format to a folder of motions, and an environment that samples from it.

Pass files or folders (.bvh, AMASS .npz, HumanML3D or text-to-motion .npy, OpenSim .mot, .sto). Without any, the script
first writes a short BVH file. On the command line: kinesis-env convert FILE... --out DIR
"""

import sys
import tempfile
from pathlib import Path

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401
from kinesis_env.motions import change_speed, load_motions, mirror
from kinesis_env.motions.datasets import convert


def write_example(path: Path) -> None:
    """Two seconds of marching on the spot, at 60 Hz and in centimeters: a skeleton of eleven joints."""
    lines = ["HIERARCHY", "ROOT Hips", "{", "OFFSET 0 0 0"]
    lines.append("CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation")
    for side, x in (("Left", 9), ("Right", -9)):
        for name, offset in (("UpLeg", f"{x} -8 0"), ("Leg", "0 -41 0"), ("Foot", "0 -40 0"), ("ToeBase", "0 -7 13")):
            lines += [f"JOINT {side}{name}", "{", f"OFFSET {offset}", "CHANNELS 3 Zrotation Xrotation Yrotation"]
        lines += ["End Site", "{", "OFFSET 0 0 6", "}", "}", "}", "}", "}"]
    for name, offset in (("Spine", "0 11 0"), ("Neck", "0 38 0")):
        lines += [f"JOINT {name}", "{", f"OFFSET {offset}", "CHANNELS 3 Zrotation Xrotation Yrotation"]
    lines += ["End Site", "{", "OFFSET 0 15 0", "}", "}", "}", "}"]
    rows = []
    for t in np.arange(0, 2, 1 / 60):
        lift = np.clip(35 * np.sin(2 * np.pi * t * np.array([1, -1])), 0, None)
        row = [0, 97, 0, 0, 0, 0]
        for angle in lift:
            row += [0, -angle, 0, 0, 2 * angle, 0, 0, -angle, 0, 0, 0, 0]
        rows.append(" ".join(f"{value:.4f}" for value in (*row, *[0] * 6)))
    lines += ["MOTION", f"Frames: {len(rows)}", "Frame Time: 0.0166667", *rows]
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(argument) for argument in sys.argv[1:]]
        if not files:
            files = [Path(folder) / "march.bvh"]
            write_example(files[0])

        library = Path(folder) / "library"
        for outcome in convert(files, library):
            print(f"{outcome.file}: {outcome.status}")
            for reason in outcome.reasons:
                print(f"  {reason}")
            for name, report in outcome.reports.items():
                print(f"  {name}: {report['duration']:.2f} s, {report['error_mean']:.1f} mm from the scaled recording")

        motion = load_motions(library)[0]
        print(f"{motion.name}, mirrored and at half speed: {change_speed(mirror(motion), 0.5).duration:.2f} s")

        env = gymnasium.make("Kinesis-Imitate-v0", motions=str(library))
        env.reset(seed=0)
        _, reward, *_ = env.step(np.zeros(80, dtype=np.float32))
        print(f"reward of the first step: {reward:.3f}")
        env.close()
