"""Fail if a step becomes a third slower: count instructions, which do not depend on the load of the machine.

    python benchmarks/guard.py           print a table; exit code 1 if a limit is exceeded
    python benchmarks/guard.py --json    print JSON

Needs Valgrind (``apt-get install valgrind``). Each program runs under Callgrind with and without its steps, and the
difference is the cost of the steps. The limit is on the ratio to the physics alone, ``mj_step`` from the same state, so
that another version of MuJoCo, NumPy or Python affects both. A ratio of instructions is smaller than a ratio of times,
because many small calls stall a CPU more than one long loop. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable

import commandline

ENV_ID = "Kinesis-Imitate-v0"
SUBSTEPS = 5
#: Rows, steps that are counted, and the most instructions in those of the physics that the steps contain.
LIMITS = {"env.step": (1, 20, 1.65), "vector of 16": (16, 4, 1.25)}


def program(rows: int, physics_only: bool) -> Callable[[], object]:
    """Return what to repeat: one control step of all rows, or the physics of one."""
    import gymnasium  # noqa: PLC0415  (only in the processes that are counted)
    import mujoco  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    import kinesis_env  # noqa: F401, PLC0415

    endless = {"termination_distance": float("inf"), "lookahead": 1}
    if rows == 1:
        env = gymnasium.make(ENV_ID, disable_env_checker=True, **endless)
    else:
        env = gymnasium.make_vec(ENV_ID, num_envs=rows, num_threads=1, **endless)
    env.reset(seed=0, options={"start_time": 0.0})
    action = np.random.default_rng(0).uniform(-1.0, 1.0, env.action_space.shape).astype(np.float32)
    env.step(action)
    simulation = env.unwrapped.task.simulation
    bodies = [simulation.data(row) for row in range(rows)]

    def physics() -> None:
        for data in bodies:
            mujoco.mj_step(simulation.model, data, SUBSTEPS)

    return physics if physics_only else lambda: env.step(action)


def instructions(rows: int, physics_only: bool, steps: int) -> int:
    """Return the instructions of a process that makes so many steps."""
    command = [sys.executable, __file__, "--count", str(rows), str(int(physics_only)), str(steps)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "KINESIS_COMPILED": "0"}
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    found = re.search(r"refs:\s+([\d,]+)", run.stderr)
    if run.returncode or not found:
        raise SystemExit(f"the program failed under Valgrind:\n{run.stderr[-2000:]}")
    return int(found[1].replace(",", ""))


def measure() -> dict[str, float]:
    """Return the instructions of each kind of step in those of the physics that it contains."""
    ratios = {}
    for name, (rows, steps, _) in LIMITS.items():
        program(rows, False)  # here, so that Python's own files are compiled before anything is counted
        without = instructions(rows, False, 0)
        ratios[name] = (instructions(rows, False, steps) - without) / (instructions(rows, True, steps) - without)
    return ratios


def main() -> int:
    """Count, print, and compare with the limits."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--count", nargs=3, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.count:
        rows, physics_only, steps = arguments.count
        step = program(rows, bool(physics_only))
        for _ in range(steps):
            step()
        return 0
    if shutil.which("valgrind") is None:
        raise SystemExit("this needs Valgrind, for example: apt-get install valgrind")
    ratios = measure()
    passed = {name: ratios[name] <= limit for name, (_, _, limit) in LIMITS.items()}
    if arguments.json:
        print(json.dumps({"ratios": ratios, "passed": passed}, indent=2))
    else:
        for name, (_, _, limit) in LIMITS.items():
            verdict = "PASS" if passed[name] else "FAIL"
            print(f"{verdict}  {name:<14} instructions / physics {ratios[name]:.3f}  limit {limit}")
    return 0 if all(passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
