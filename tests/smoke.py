"""Tries an installed package: run it with the interpreter that has the wheel, from outside the repository."""

from __future__ import annotations

import sys
import time
from pathlib import Path

start = time.perf_counter()
import gymnasium  # noqa: E402

loaded = time.perf_counter()
import kinesis_env  # noqa: E402

seconds = time.perf_counter() - loaded

if "mujoco" in sys.modules:
    sys.exit("importing kinesis_env has loaded mujoco")
if (Path.cwd() / "kinesis_env").exists():
    sys.exit("run this from outside the repository, so that the installed package is tried")

env = gymnasium.make("Kinesis-Imitate-v0")
env.reset(seed=0)
env.step(env.action_space.sample())
vector = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=2)
vector.reset(seed=0)
vector.step(vector.action_space.sample())

from kinesis_env.testing import check, shipped_traces  # noqa: E402  (loads MuJoCo)

for trace in shipped_traces().values():
    report = check(trace)
    if not report.ok:
        sys.exit(str(report))
where = Path(kinesis_env.__file__).parent
sys.stdout.write(f"kinesis-env {kinesis_env.__version__} works from {where} (import took {1000 * seconds:.0f} ms)\n")
