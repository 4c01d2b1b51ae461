"""How fast others are: MyoSuite's leg environment, and a length servo that loops over the muscles in Python.

    python benchmarks/peers.py                   a table
    python benchmarks/peers.py --json            the same for programs
    python benchmarks/peers.py --venvs FOLDER    where the peers' virtual environments are kept (.venv-peers)

Each peer is installed into a virtual environment of its own, from the package index; one that cannot be had is left
out with a message. The peers and this package take turns, and a ratio is the median of the ratios of the rounds.

- **MyoSuite** ``myoLegWalk-v0`` (80 muscles): simulated seconds per second, random actions, reset when an episode ends.
  Each package steps at its own rates: MyoSuite 1000 physics steps and 100 actions per second, this one 150 and 30.
- **A servo in Python**: the published environment's controller walks over the muscles with ``mju_muscleGain`` and
  ``mju_muscleBias``, once in each physics step. The stand-in below is written from its formula.
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

#: Runs in a peer's virtual environment: for every line that it reads, steps for half a second and tells how it went.
WORKER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import gymnasium, numpy, {module}
env = gymnasium.make("{env_id}")
base = env.unwrapped
env.reset(seed=0)
rng = numpy.random.default_rng(0)
actions = rng.uniform(env.action_space.low, env.action_space.high, (64, *env.action_space.shape)).astype("float32")
print("ready", float(base.dt), flush=True)
for _ in sys.stdin:
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < 0.5:
        _, _, terminated, truncated, _ = env.step(actions[steps % 64])
        steps += 1
        if terminated or truncated:
            env.reset()
    print("round", steps / (time.perf_counter() - start), flush=True)
"""


class Peer:
    """An environment of another package, in a process of its own.

    Args:
        requirement: what to install.
        module: what to import.
        env_id: what to make.
        folder: its virtual environment; made if need be.
    """

    def __init__(self, requirement: str, module: str, env_id: str, folder: Path) -> None:
        python = folder / "bin" / "python"
        if not (folder / ".done").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "-qqq", requirement], check=True)
            (folder / ".done").touch()
        code = WORKER.format(module=module, env_id=env_id)
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([str(python), "-c", code], **pipes)
        self.control_step = self._answer("ready")

    def simulated_seconds(self) -> float:
        """Step for half a second; return simulated seconds per second."""
        if self.process.stdin is None:
            raise RuntimeError("the peer's process has no input")
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self._answer("round") * self.control_step

    def _answer(self, word: str) -> float:
        for line in self.process.stdout or ():
            if line.startswith(word):
                return float(line.split()[1])
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


def own(rows: int) -> Callable[[], float]:
    """Return what steps this package's environment for half a second, in simulated seconds per second."""
    envs = gymnasium.make_vec(ENV_ID, num_envs=rows, num_threads=0) if rows > 1 else gymnasium.make(ENV_ID)
    envs.reset(seed=0)
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (64, *envs.action_space.shape)).astype(np.float32)

    def run() -> float:
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < 0.5:
            _, _, terminated, truncated, _ = envs.step(actions[steps % 64])
            steps += 1
            if rows == 1 and (terminated or truncated):
                envs.reset()
        return steps * rows / (time.perf_counter() - start) / 30.0

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


def compare_environments(peer: Peer) -> dict[str, float]:
    """Return simulated seconds per second of this package and a peer, taking turns."""
    single, vector = own(1), own(64)
    rounds = [(single(), vector(), peer.simulated_seconds()) for _ in range(ROUNDS)]
    columns = [statistics.median(column) for column in zip(*rounds, strict=True)]
    return {
        "env.step [simulated s/s]": columns[0],
        "vector of 64 [simulated s/s]": columns[1],
        "MyoSuite myoLegWalk-v0 [simulated s/s]": columns[2],
        "env.step / MyoSuite": statistics.median(a / c for a, _, c in rounds),
        "vector of 64 / MyoSuite": statistics.median(b / c for _, b, c in rounds),
    }


def main() -> int:
    """Measure and print."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--venvs", type=Path, default=Path(".venv-peers"), help="the peers' virtual environments")
    arguments = parser.parse_args()
    figures = compare_servos()
    try:
        peer = Peer("myosuite", "myosuite", "myoLegWalk-v0", arguments.venvs.absolute() / "myosuite")
    except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
        print(f"MyoSuite is left out, it cannot be had here: {error}", file=sys.stderr)
    else:
        figures |= compare_environments(peer)
        peer.process.terminate()
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return 0
    for name, value in figures.items():
        print(f"{name:<44}{value:>10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
