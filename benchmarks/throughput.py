"""Cost of a step relative to the physics that it contains.

    python benchmarks/throughput.py            print a table
    python benchmarks/throughput.py --json     print JSON
    python benchmarks/throughput.py --quick    use fewer repetitions

Every figure is a median over rounds. All candidates alternate within each round, so that drift in the speed of the
machine does not favor one of them. The limit for one environment is raw ``mj_step`` on the same states; for a vector
environment, it is ``mujoco.batch.Batch.step`` with the same rows and threads. A ratio is the median of the ratios of
the rounds. Actions are random: with the training rules, a third of the episodes end at every step, and each new
episode costs a forward pass of the physics; with the rule of the published evaluation, one in twenty ends. The last
lines compare with the targets, which assume Numba (the extra ``fast``); the exit code is 1 if one is missed.
"""

from __future__ import annotations

import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import commandline
import gymnasium
import mujoco
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)

ENV_ID = "Kinesis-Imitate-v0"
#: Single environments whose episodes do not end, by name: id, keyword arguments and reset options.
ENDLESS = {"termination_distance": float("inf")}
UPRIGHT: dict[str, Any] = {"fall_height": 0.0}
SINGLES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "length mode": (ENV_ID, {"action_mode": "length", **ENDLESS}, {"start_time": 0.0}),
    "excitation mode": (ENV_ID, {"action_mode": "excitation", **ENDLESS}, {"start_time": 0.0}),
    "reach": ("Kinesis-Reach-v0", UPRIGHT, {}),
    "reach, goal API": ("Kinesis-ReachGoal-v0", UPRIGHT, {}),
    "direction": ("Kinesis-Direction-v0", UPRIGHT, {}),
    "text": ("Kinesis-Text-v0", ENDLESS, {"start_time": 0.0}),
}
SUBSTEPS = 5
#: Steps after which everything that is timed starts over.
RECORDED = 64
ROWS = (1, 8, 64, 256)
#: About how long all rounds of things that are compared may take [s].
LONGEST = 90.0
#: What has no target. Numba, where it is installed, is loaded with the first episode; it compiles what is not kept.
FIRST_STEP = "make, a first reset and a first step [s]"
FIRST_EVER = "the same with no compiled loops kept [s]"
TARGETS = {
    **{f"env.step / raw physics, {name}": ("<=", 1.5) for name in SINGLES},
    "vector 64x2 / Batch.step 64x2, speed": (">=", 0.9),
    "the same, 0.5 m on average ends an episode": (">=", 0.9),
    "vector 64x2 / vector 64x1, speed": (">=", 1.7),
    "vector 64x2 / AsyncVectorEnv with 2 workers, speed": (">=", 1.5),
    "import beyond gymnasium [s]": ("<=", 0.1),
    "make [s]": ("<=", 0.5),
    "memory per row at 256 rows [MB]": ("<=", 1.5),
    "reset of a row [ms]": ("<=", 1.0),
}


@dataclass
class Runner:
    """Something to time: ``step`` is one control step of ``rows`` bodies."""

    name: str
    rows: int
    step: Callable[[], Any]
    seconds: list[float] = field(default_factory=list)

    def round(self, steps: int) -> None:
        """Time some steps and keep the mean time of one."""
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        self.seconds.append((time.perf_counter() - start) / steps)

    @property
    def median(self) -> float:
        """Median time of a step of all rows [s]."""
        return statistics.median(self.seconds)


def take_turns(runners: list[Runner], rounds: int, budget: float) -> None:
    """Time all runners in turn, with about ``budget`` seconds each per round.

    There are ``rounds`` of them, but fewer, at least five, where many rows would take minutes.
    """
    steps, duration = [], 0.0
    for runner in runners:
        runner.round(RECORDED)  # warm-up
        steps.append(max(1, round(budget / runner.seconds[-1] / RECORDED)) * RECORDED)
        duration += steps[-1] * runner.seconds.pop()
    for _ in range(max(min(5, rounds), min(rounds, round(LONGEST / duration)))):
        for runner, count in zip(runners, steps, strict=True):
            runner.round(count)


def ratio(over: Runner, under: Runner) -> float:
    """Median over rounds of the time of one step of ``over`` in that of ``under``, per row."""
    pairs = zip(over.seconds, under.seconds, strict=True)
    return statistics.median(a / b for a, b in pairs) * under.rows / over.rows


def actions(shape: tuple[int, ...], count: int = 64) -> np.ndarray:
    """Return actions that keep the body moving, (count, *shape)."""
    return np.random.default_rng(0).uniform(-1.0, 1.0, (count, *shape)).astype(np.float32)


def single(name: str) -> tuple[Runner, Runner]:
    """Return one environment that never ends, and plain ``mj_step`` through its very states, with its controls."""
    env_id, keywords, start = SINGLES[name]
    env = gymnasium.make(env_id, disable_env_checker=True, **keywords)
    moves = actions((80,), RECORDED)

    def restart() -> None:
        env.reset(seed=0, options=start)

    recording = Recording(env.unwrapped.task.simulation, restart, lambda i: env.step(moves[i]))
    turn = {"step": 0}

    def step() -> None:
        index = turn["step"] % RECORDED
        if index == 0:
            restart()
        turn["step"] += 1
        env.step(moves[index])

    return Runner(f"env.step, {name}", 1, step), raw(recording, f"raw mj_step x 5, {name}")


class Recording:
    """What a simulation went through: its states before every step [0..RECORDED), and the controls of every substep."""

    def __init__(self, simulation: Any, restart: Callable[[], Any], step: Callable[[int], Any]) -> None:
        self.model, self.num = simulation.model, simulation.num
        self.states: list[tuple[np.ndarray, ...]] = []
        self.controls: list[list[np.ndarray]] = []
        plain = simulation.step

        def recorded(*arguments: Any) -> None:
            self.states.append(tuple(field.copy() for field in (simulation.qpos, simulation.qvel, simulation.act)))
            plain(*arguments)
            self.controls.append([simulation.excitation[:, i].copy() for i in range(SUBSTEPS)])

        restart()
        simulation.step = recorded
        for index in range(RECORDED):
            step(index)
        del simulation.step


def raw(recording: Recording, name: str) -> Runner:
    """Return plain ``mj_step`` x 5 that goes through recorded states."""
    model = recording.model
    data = mujoco.MjData(model)
    controls = [[row[0] for row in rows] for rows in recording.controls]
    count = {"steps": 0}

    def step() -> None:
        index = count["steps"] % RECORDED
        if index == 0:
            mujoco.mj_resetData(model, data)
            data.qpos[:], data.qvel[:], data.act[:] = (field[0] for field in recording.states[0])
        count["steps"] += 1
        for control in controls[index]:
            data.ctrl[:] = control
            mujoco.mj_step(model, data)

    return Runner(name, 1, step)


def vector(rows: int, threads: int, **options: Any) -> tuple[Runner, Any]:
    """Return a vector environment with autoreset; every RECORDED steps it starts over."""
    envs = gymnasium.make_vec(ENV_ID, num_envs=rows, num_threads=threads, autoreset_mode="SameStep", **options)
    moves, turn = actions((rows, 80), RECORDED), {"step": 0}

    def step() -> None:
        index = turn["step"] % RECORDED
        if index == 0:
            envs.reset(seed=0)
        turn["step"] += 1
        envs.step(moves[index])

    return Runner(f"vector {rows}x{threads}", rows, step), envs


def batch(envs: Any) -> Runner:
    """Return ``Batch.step`` alone through the very states of a vector environment, with its controls.

    It is the environment's own ``Batch`` that runs, so that both find the same memory.
    """
    moves = actions((envs.num_envs, 80), RECORDED)
    simulation = envs.unwrapped.task.simulation
    recording = Recording(simulation, lambda: envs.reset(seed=0), lambda i: envs.step(moves[i]))
    bare = simulation._batch
    state = [bare.bind(name) for name in ("qpos", "qvel", "act")]
    ctrl, warm = bare.bind("ctrl"), bare.bind("qacc_warmstart")
    stage = int(mujoco.mjtStage.mjSTAGE_VEL)
    count = {"steps": 0}

    def step() -> None:
        index = count["steps"] % RECORDED
        count["steps"] += 1
        new = (state[0] != recording.states[index][0]).any(axis=1)  # episodes that begin
        if new.any():
            warm[new] = 0.0
            for field, values in zip(state, recording.states[index], strict=True):
                field[new] = values[new]
        for control in recording.controls[index]:
            ctrl[:] = control
            bare.step(stage=stage)

    return Runner(f"Batch.step {bare.nsim}x{bare.nthread}", bare.nsim, step)


def beside_physics(rounds: int, budget: float, **options: Any) -> tuple[Runner, Runner]:
    """Return 64 bodies on two threads and the physics of the same, timed."""
    runner, envs = vector(64, 2, **options)
    limit = batch(envs)
    take_turns([runner, limit], rounds, budget)
    envs.close()
    return runner, limit


def gymnasium_vector(mode: str, rows: int) -> tuple[Runner, Any]:
    """Return Gymnasium's own vector environment of the single one."""
    envs = gymnasium.make_vec(ENV_ID, num_envs=rows, vectorization_mode=mode)
    envs.reset(seed=0)
    moves, turn = actions((rows, 80)), iter(range(10**9))
    name = {"sync": "SyncVectorEnv", "async": "AsyncVectorEnv"}[mode]
    return Runner(f"{name} {rows}", rows, lambda: envs.step(moves[next(turn) % len(moves)])), envs


def time_of(code: str, setup: str, repeats: int) -> float:
    """Return the median time [s] of ``code`` in new interpreters, after ``setup``."""
    program = f"import time\n{setup}\nstart = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"
    runs = [
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        for _ in range(repeats)
    ]
    return statistics.median(float(run.stdout) for run in runs)


def memory_per_row(rows: int) -> float:
    """Return the memory [MB] that each further row takes; NaN where /proc does not tell."""
    if not Path("/proc/self/status").exists():
        return float("nan")
    code = (
        "import gymnasium, kinesis_env, sys; n = int(sys.argv[1]);"
        f"envs = gymnasium.make_vec('{ENV_ID}', num_envs=n, num_threads=2); envs.reset(seed=0);"
        "[envs.step(envs.action_space.sample()) for _ in range(5)];"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'));"
        "print(int(status['VmRSS'].split()[0]) / 1024)"
    )
    peaks = [
        float(subprocess.run([sys.executable, "-c", code, str(n)], check=True, capture_output=True, text=True).stdout)
        for n in (1, rows)
    ]
    return (peaks[1] - peaks[0]) / (rows - 1)


def reset_of_a_row(repeats: int) -> float:
    """Return the median time [s] of a reset of one environment."""
    env = gymnasium.make(ENV_ID)
    env.reset(seed=0)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        env.reset()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(rounds: int, budget: float) -> tuple[list[Runner], dict[str, float]]:
    """Return every runner, timed, and the figures that have targets."""
    singles = {name: single(name) for name in SINGLES}
    alone = [runner for pair in singles.values() for runner in pair]
    take_turns(alone, 2 * rounds, budget)

    vectors: dict[str, Runner] = {}
    for rows in ROWS:
        pairs = [vector(rows, threads) for threads in (1, 2)]
        bare = batch(pairs[1][1])
        group = [pairs[0][0], pairs[1][0], bare]
        closing = [envs for _, envs in pairs]
        if rows == 64:
            for mode, count in (("sync", 8), ("async", 2)):
                runner, envs = gymnasium_vector(mode, count)
                group.append(runner)
                closing.append(envs)
        take_turns(group, rounds, budget)
        vectors |= {runner.name: runner for runner in group}
        for envs in closing:
            envs.close()
        gc.collect()

    # Two that are nearly as fast: they take turns alone, and longer, as a round scatters by more than what is asked.
    often, often_limit = beside_physics(2 * rounds, budget)
    seldom, seldom_limit = beside_physics(2 * rounds, budget, termination="mean", termination_distance=0.5)
    seldom.name, seldom_limit.name = "vector 64x2, longer episodes", "Batch.step 64x2, longer episodes"
    vectors |= {runner.name: runner for runner in (seldom, seldom_limit)}
    wide = vectors["vector 64x2"]
    beginning = f"env = gymnasium.make('{ENV_ID}'); env.reset(seed=0); env.step(env.action_space.sample())"
    figures = {
        **{f"env.step / raw physics, {name}": ratio(*pair) for name, pair in singles.items()},
        "vector 64x2 / Batch.step 64x2, speed": ratio(often_limit, often),
        "the same, 0.5 m on average ends an episode": ratio(seldom_limit, seldom),
        "vector 64x2 / vector 64x1, speed": ratio(vectors["vector 64x1"], wide),
        "vector 64x2 / AsyncVectorEnv with 2 workers, speed": ratio(vectors["AsyncVectorEnv 2"], wide),
        "import beyond gymnasium [s]": time_of("import kinesis_env", "import gymnasium", 5),
        "make [s]": time_of(f"gymnasium.make('{ENV_ID}')", "import gymnasium, kinesis_env, mujoco", 5),
        FIRST_STEP: time_of(beginning, "import gymnasium, kinesis_env, mujoco", 5),
        FIRST_EVER: time_of(
            beginning,
            "import os, tempfile; kept = tempfile.TemporaryDirectory(); os.environ['NUMBA_CACHE_DIR'] = kept.name;"
            "import gymnasium, kinesis_env, mujoco",
            3,
        ),
        "memory per row at 256 rows [MB]": memory_per_row(256),
        "reset of a row [ms]": 1e3 * reset_of_a_row(200),
    }
    return [*alone, *vectors.values()], figures


def main() -> int:
    """Measure, print, and compare with the targets."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    arguments = parser.parse_args()
    runners, figures = measure(*((5, 0.1) if arguments.quick else (15, 0.3)))
    passed = {
        name: figures[name] <= bound if sign == "<=" else figures[name] >= bound
        for name, (sign, bound) in TARGETS.items()
    }
    if arguments.json:
        rows = [
            {"name": r.name, "rows": r.rows, "seconds_per_step": r.median, "steps_per_second": r.rows / r.median}
            for r in runners
        ]
        print(json.dumps({"runners": rows, "figures": figures, "passed": passed}, indent=2))
        return 0 if all(passed.values()) else 1
    print(f"{'':<36}{'us/step':>10}{'us/row':>10}{'env steps/s':>13}")
    for r in runners:
        print(f"{r.name:<36}{1e6 * r.median:>10.0f}{1e6 * r.median / r.rows:>10.1f}{r.rows / r.median:>13.0f}")
    print()
    for name, (sign, bound) in TARGETS.items():
        print(f"{'PASS' if passed[name] else 'FAIL'}  {name:<52}{figures[name]:>8.3f}  target {sign} {bound}")
    for name in (FIRST_STEP, FIRST_EVER):
        print(f"      {name:<52}{figures[name]:>8.3f}")
    print(f"peak memory of this run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if all(passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
