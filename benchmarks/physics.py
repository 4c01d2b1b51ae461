"""Compare the cost of one physics step with that of myo-sim's ``myolegs``, from which this model is simplified.

    python benchmarks/physics.py
    python benchmarks/physics.py --json

Both run in one process, on one thread, with the same MuJoCo and timestep and random excitations, from their standing
keyframes. They alternate in turns of one second of standing and falling. The result is the median over turns of the
ratio of step times. Exits with 1 if it is above the target.

myo-sim needs mujoco < 4, so the first run creates a private virtual environment in the user's cache. Without a
network, the benchmark says that it cannot compare, and exits with 0. ``--python`` selects an interpreter that has
myo-sim.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import commandline

LOWER_BODY = Path(__file__).parents[1] / "kinesis_env" / "assets" / "lower_body.xml"
PACKAGES = ("mujoco>=3.17,<4", "myo-sim==0.2.4")
#: Ratio of our time per step to theirs.
TARGET = 0.75

#: Runs in the private environment: it has neither this package nor its dependencies.
MEASURE = """
import contextlib, io, json, sys, time, warnings
import mujoco, numpy as np
warnings.simplefilter("ignore")
path, turns = sys.argv[1], int(sys.argv[2])
with contextlib.redirect_stdout(io.StringIO()):
    import myo_sim
    other = myo_sim.load("myolegs")[0]
models = {"kinesis_env": mujoco.MjModel.from_xml_path(path), "myolegs": other}
for model in models.values():
    model.opt.timestep = 1 / 150
states = {name: mujoco.MjData(model) for name, model in models.items()}
times = {name: [] for name in models}
rng = np.random.default_rng(0)
for turn in range(turns):
    actions = rng.uniform(0, 1, (30, 80))
    order = list(models) if turn % 2 else list(models)[::-1]
    for name in order:
        model, data = models[name], states[name]
        mujoco.mj_resetDataKeyframe(model, data, 0)
        start = time.perf_counter()
        for action in actions:
            data.ctrl[:] = action
            mujoco.mj_step(model, data, 5)
        times[name].append((time.perf_counter() - start) / 150)
ours, theirs = np.array(times["kinesis_env"]), np.array(times["myolegs"])
print(json.dumps({
    "mujoco": mujoco.__version__,
    "turns": turns,
    "kinesis_env_us": 1e6 * float(np.median(ours)),
    "myolegs_us": 1e6 * float(np.median(theirs)),
    "ratio": float(np.median(ours / theirs)),
    "ratio_quartiles": np.percentile(ours / theirs, [25, 75]).tolist(),
}))
"""


def private_python() -> Path | None:
    """Return an interpreter with myo-sim, made on the first call, or None if it cannot be made."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kinesis_env" / "myo_sim"
    python = cache / ("Scripts" if os.name == "nt" else "bin") / ("python.exe" if os.name == "nt" else "python")
    check = [str(python), "-c", "import mujoco, myo_sim"]
    if python.exists() and subprocess.run(check, capture_output=True, check=False).returncode == 0:
        return python
    venv.create(cache, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-2000:])
        return None
    return python


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    parser = commandline.parser(__doc__)
    parser.add_argument(
        "--turns", type=int, default=60, help="turns of one simulated second each (default: %(default)s)"
    )
    parser.add_argument("--python", type=Path, help="an interpreter with mujoco < 4 and myo-sim")
    arguments = parser.parse_args(argv)
    python = arguments.python or private_python()
    if python is None:
        print("SKIPPED: no environment with myo-sim could be made (see above)")
        return 0
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [str(python), "-c", MEASURE, str(LOWER_BODY), str(arguments.turns)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        return 2
    result = json.loads(done.stdout.splitlines()[-1])
    passed = result["ratio"] <= TARGET
    if arguments.json:
        print(json.dumps(result | {"target": TARGET, "passed": passed}, indent=2))
        return 0 if passed else 1
    low, high = result["ratio_quartiles"]
    print(
        f"MuJoCo {result['mujoco']}: {result['kinesis_env_us']:.1f} us per step, myolegs {result['myolegs_us']:.1f} us"
    )
    figures = f"ratio {result['ratio']:.3f} (quartiles {low:.3f} to {high:.3f}) over {result['turns']} turns"
    return commandline.verdict(passed, f"{figures}; target <= {TARGET}")


if __name__ == "__main__":
    sys.exit(main())
