"""Gain of each compiled loop, as the share of a step that it saves.

    python benchmarks/loops.py            print a table
    python benchmarks/loops.py --json     print JSON

Needs Numba (the extra ``fast``). Each loop is switched off alone, and environments with and without it alternate. Each
figure is the median over rounds of the share by which a step is longer without the loop. A loop is justified if it
saves at least 5 % of ``env.step``, or of the step of 64 rows on 2 threads.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env import loops
from kinesis_env.loops import compiled

ROWS, THREADS = 64, 2
KEPT_FROM = 0.05


def single() -> Callable[[], object]:
    """Return the step of one environment that never ends."""
    env = gymnasium.make("Kinesis-Imitate-v0", termination_distance=float("inf")).unwrapped
    env.reset(seed=0, options={"start_time": 0.0})
    actions = np.random.default_rng(0).uniform(-1, 1, (64, 80)).astype(np.float32)
    done = 0

    def step() -> None:
        nonlocal done
        if done % 64 == 0:
            env.reset(options={"start_time": 0.0})
        env.step(actions[done % 64])
        done += 1

    return step


def vector() -> Callable[[], object]:
    """Return the step of many environments with autoreset."""
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", ROWS, num_threads=THREADS)
    envs.reset(seed=0)
    actions = np.random.default_rng(0).uniform(-1, 1, (64, ROWS, 80)).astype(np.float32)
    done = 0

    def step() -> None:
        nonlocal done
        envs.step(actions[done % 64])
        done += 1

    return step


def seconds(step: Callable[[], object], count: int) -> float:
    """Return how long so many steps take."""
    start = time.perf_counter()
    for _ in range(count):
        step()
    return time.perf_counter() - start


def gain(name: str, step: Callable[[], object], count: int, rounds: int) -> float:
    """Return by which share of itself a step is longer without a loop, a median over rounds."""
    loop = getattr(loops, name)
    machine_code = compiled.compiled(loop)
    shares = []
    for number in range(rounds):
        taken = {}
        for on in (True, False) if number % 2 else (False, True):
            compiled.replace(loop, machine_code if on else None)
            taken[on] = seconds(step, count)
        shares.append(taken[False] / taken[True] - 1.0)
    compiled.replace(loop, machine_code)
    return statistics.median(shares)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=60, help="rounds of each comparison; default: 60")
    options = parser.parse_args()
    one, many = single(), vector()
    seconds(one, 128)
    seconds(many, 64)
    rows = {
        name: {"env_step": gain(name, one, 64, options.rounds), "vector_step": gain(name, many, 8, options.rounds)}
        for name in loops.__all__
    }
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'loop':<14} {'env.step':>9} {'vector step':>12}")
    for name, row in rows.items():
        worth = max(row.values()) >= KEPT_FROM
        print(f"{name:<14} {row['env_step']:>9.1%} {row['vector_step']:>12.1%} {'' if worth else '  below 5 %'}")


if __name__ == "__main__":
    main()
