"""Speed of other packages: MyoSuite's leg environment, and a length servo that loops over the muscles in Python.

    python benchmarks/peers.py                   print a table
    python benchmarks/peers.py --json            print JSON
    python benchmarks/peers.py --venvs FOLDER    folder of the peers' virtual environments (.venv-peers)

Each peer is installed from the package index into a separate virtual environment; a peer that cannot be installed is
left out with a message. The peers and this package alternate, and a ratio is the median of the ratios of the rounds.

- **MyoSuite** ``myoLegWalk-v0`` (80 muscles): simulated seconds per second, random actions, reset when an episode ends.
  Each package steps at its own rates: MyoSuite 1000 physics steps and 100 actions per second, this one 150 and 30.
- **EnvPool** ``MyoSuite/myoLegWalk-v0``, the same environment in C++, one body and 64 on one thread; also in steps.
- **A servo in Python**: the controller of the published environment loops over the muscles with ``mju_muscleGain`` and
  ``mju_muscleBias`` in each physics step. The stand-in below implements its formula.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import commandline
import gymnasium
import mujoco
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)

ENV_ID = "Kinesis-Imitate-v0"
ROUNDS = 9
#: Actions per simulated second of this package.
OWN_RATE = 30.0

#: Runs in a peer's virtual environment: for every line that it reads, steps for half a second and tells how it went.
WORKER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import numpy
{make}
env.reset()
rng = numpy.random.default_rng(0)
actions = rng.uniform(env.action_space.low, env.action_space.high, (64, {rows}, *env.action_space.shape))
actions = actions.astype("float32") if {many} else actions[:, 0].astype("float32")
print("ready", flush=True)
for _ in sys.stdin:
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < 0.5:
        _, _, terminated, truncated, _ = env.step(actions[steps % 64])
        steps += 1
        if not {many} and (terminated or truncated):
            env.reset()
    print("round", {rows} * steps / (time.perf_counter() - start), flush=True)
"""


class Peer:
    """An environment of another package, in a process of its own.

    Args:
        requirement: what to install.
        make: the program that makes ``env``.
        folder: its virtual environment; made if need be.
        rows: bodies that step side by side and reset by themselves; 0 is one that does not.
    """

    #: Actions per simulated second.
    RATE = 100.0

    def __init__(self, requirement: str, make: str, folder: Path, rows: int = 0) -> None:
        python = folder / "bin" / "python"
        if not (folder / ".done").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "-qqq", requirement], check=True)
            (folder / ".done").touch()
        code = WORKER.format(make=make, rows=max(rows, 1), many=rows > 0)
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([str(python), "-c", code], **pipes)
        self._answer("ready")

    def steps(self) -> float:
        """Step for half a second; return steps per second."""
        if self.process.stdin is None:
            raise RuntimeError("the peer's process has no input")
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self._answer("round")

    def _answer(self, word: str) -> float:
        for line in self.process.stdout or ():
            if line.startswith(word):
                return float(line.split()[-1]) if " " in line else 0.0
        raise RuntimeError("the peer's process ended")


def servo_in_python(model: Any, data: Any, target: np.ndarray) -> np.ndarray:
    """Return excitations (80,) for target lengths [m], muscle by muscle."""
    excitation = np.zeros(model.nu)
    for muscle in range(model.nu):
        length, velocity = data.actuator_length[muscle], data.actuator_velocity[muscle]
        peak = model.actuator_gainprm[muscle, 2]
        force = 5.0 * peak * (target[muscle] - length) - 0.5 * peak * velocity
        force = np.clip(force, -peak, 0.0)
        length_range, scale = model.actuator_lengthrange[muscle], model.actuator_acc0[muscle]
        gain = mujoco.mju_muscleGain(length, velocity, length_range, scale, model.actuator_gainprm[muscle, :9])
        bias = mujoco.mju_muscleBias(length, length_range, scale, model.actuator_biasprm[muscle, :9])
        excitation[muscle] = np.clip((force - bias) / min(-1.0, gain), 0.0, 1.0)
    return excitation


def seconds_of(function: Callable[[], Any], repeats: int) -> float:
    """Return the mean time [s] of a call."""
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats


def own(rows: int, threads: int = 0) -> Callable[[], float]:
    """Return what steps this package's environment for half a second, in steps per second."""
    envs = gymnasium.make_vec(ENV_ID, num_envs=rows, num_threads=threads) if rows > 1 else gymnasium.make(ENV_ID)
    envs.reset(seed=0)
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (64, *envs.action_space.shape)).astype(np.float32)

    def run() -> float:
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < 0.5:
            _, _, terminated, truncated, _ = envs.step(actions[steps % 64])
            steps += 1
            if rows == 1 and (terminated or truncated):
                envs.reset()
        return steps * rows / (time.perf_counter() - start)

    return run


def compare_servos() -> dict[str, float]:
    """Return the time [s] of five servo steps, here and muscle by muscle, and check that they agree."""
    env = gymnasium.make(ENV_ID).unwrapped
    env.reset(seed=0)
    model, data, curves = env.model, env.data, env.task.simulation.muscles.curves
    target = np.random.default_rng(0).uniform(0.8, 1.0, (1, model.nu)) * curves.length_max
    length, velocity = data.actuator_length[None].copy(), data.actuator_velocity[None].copy()
    ours = curves.servo_excitation(target, length, velocity)
    np.testing.assert_allclose(servo_in_python(model, data, target[0]), ours[0], rtol=0, atol=1e-9)
    here, python = [], []
    for _ in range(ROUNDS):
        here.append(5 * seconds_of(lambda: curves.servo_excitation(target, length, velocity), 400))
        python.append(5 * seconds_of(lambda: servo_in_python(model, data, target[0]), 20))
    return {
        "servo, five physics steps [us]": 1e6 * statistics.median(here),
        "servo in Python, five physics steps [us]": 1e6 * statistics.median(python),
        "servo in Python / servo": statistics.median(b / a for a, b in zip(here, python, strict=True)),
    }


def in_turns(own_steps: Callable[[], float], peer: Peer) -> tuple[float, float, float]:
    """Return steps per second of this package and of a peer, and the median of their ratios."""
    rounds = [(own_steps(), peer.steps()) for _ in range(ROUNDS)]
    here, there = (statistics.median(column) for column in zip(*rounds, strict=True))
    return here, there, statistics.median(a / b for a, b in rounds)


def compare_myosuite(folder: Path) -> dict[str, float]:
    """Return how fast MyoSuite's environment is beside a single one and 64 bodies of this package."""
    peer = Peer("myosuite", "import gymnasium, myosuite; env = gymnasium.make('myoLegWalk-v0')", folder / "myosuite")
    figures = {}
    for name, rows in (("env.step", 1), ("vector of 64", 64)):
        here, there, ratio = in_turns(own(rows), peer)
        figures[f"{name} [simulated s/s]"] = here / OWN_RATE
        figures["MyoSuite myoLegWalk-v0 [simulated s/s]"] = there / peer.RATE
        figures[f"{name} / MyoSuite, simulated s/s"] = ratio * peer.RATE / OWN_RATE
    peer.process.terminate()
    return figures


def compare_envpool(folder: Path) -> dict[str, float]:
    """Return how fast MyoSuite's environment in EnvPool is, on one thread."""
    figures = {}
    for rows in (1, 64):
        make = f"import envpool; env = envpool.make_gymnasium('MyoSuite/myoLegWalk-v0', num_envs={rows}, num_threads=1)"
        peer = Peer("envpool", make, folder / "envpool", rows)
        here, there, ratio = in_turns(own(rows, 1), peer)
        bodies = f"{rows} {'body' if rows == 1 else 'bodies'}, one thread"
        figures[f"{bodies} [steps/s]"] = here
        figures[f"EnvPool, {bodies} [steps/s]"] = there
        figures[f"{bodies} / EnvPool, steps"] = ratio
        figures[f"{bodies} / EnvPool, simulated s/s"] = ratio * peer.RATE / OWN_RATE
        peer.process.terminate()
    return figures


def main() -> int:
    """Measure and print."""
    parser = commandline.parser(__doc__)
    parser.add_argument(
        "--venvs", type=Path, default=Path(".venv-peers"), help="folder of the peers' virtual environments"
    )
    arguments = parser.parse_args()
    figures = compare_servos()
    for name, compare in (("MyoSuite", compare_myosuite), ("EnvPool", compare_envpool)):
        try:
            figures |= compare(arguments.venvs.absolute())
        except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
            print(f"{name} is left out, it cannot be had here: {error}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return 0
    for name, value in figures.items():
        print(f"{name:<44}{value:>10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
