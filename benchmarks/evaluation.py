"""Figures of ``docs/evaluation.md``: scores of policies that do not learn, and the speed of an evaluation.

python benchmarks/evaluation.py           print the tables of the reference policies
python benchmarks/evaluation.py --write   update them in docs/evaluation.md
python benchmarks/evaluation.py --gains   the servo with other gains, on the training split
python benchmarks/evaluation.py --speed   steps per second
"""

from __future__ import annotations

import sys
import time

import numpy as np
from tables import DOCS, cells, progress, table, write_tables

from kinesis_env.evaluation import Passive, Servo, evaluate
from kinesis_env.evaluation.measures import metric_named
from kinesis_env.evaluation.result import labeled

IMITATION = ("success", "frame_coverage", "mpjpe", "mpjpe_root", "joint_angle_error", "velocity_error", "upright")
GOALS = ("success", "goal_distance", "command_error", "duration")
RUNS = (
    *((name, "length") for name in ("zero", "random", "passive", "servo", "tracker")),
    *((name, "excitation") for name in ("zero", "random", "passive", "servo", "tracker")),
)


def imitation() -> str:
    """Return the table of Kinesis-Imitate-v0 under the published protocol, test split."""
    rows = [["policy", "action mode", *(labeled(key) for key in IMITATION)]]
    for name, mode in RUNS:
        found = evaluate(name, protocol="kinesis", config={"action_mode": mode}, on_progress=progress)
        rows.append([f"`{name}`", mode, *cells(found, IMITATION)])
    return table(rows)


def goals() -> str:
    """Return the table of the goal tasks, 100 seeds."""
    rows = [["id", "policy", *(labeled(key) for key in GOALS)]]
    for env_id in ("Kinesis-Reach-v0", "Kinesis-Direction-v0"):
        rows += [
            [f"`{env_id}`", f"`{name}`", *cells(evaluate(name, env_id), GOALS)]
            for name in ("zero", "random", "passive")
        ]
    return table(rows)


def gains() -> None:
    """Print what the servo scores with other gains."""
    print("the servo on the training split by its gain (protocol kinesis, action mode length)")
    for gain in (0.0, 1.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0):
        policy = type("Other", (Servo,), {"gain": gain})()
        summary = evaluate(policy, protocol="kinesis", motions="split:train").summary()
        figures = ", ".join(
            f"{labeled(k)} {summary[k].mean:.{metric_named(k).digits}f}" for k in ("success", "frame_coverage", "mpjpe")
        )
        print(f"  {gain:5.0f}  {figures}")


def speed() -> None:
    """Print how fast episodes are that nothing ends before their clip does."""
    rng = np.random.default_rng(0)
    layers = [rng.normal(0, 0.05, size).astype(np.float32) for size in ((234, 512), (512, 512), (512, 80))]

    def network(observation: np.ndarray) -> np.ndarray:
        for layer in layers:
            observation = np.tanh(observation @ layer)
        return observation

    config = {"termination_distance": float("inf")}
    cases = (("passive", Passive(), True), ("network, exact", network, True), ("network, batched", network, False))
    for label, policy, exact in cases:
        began = time.perf_counter()
        found = evaluate(policy, motions="split:test", seeds=4, config=config, exact=exact)
        steps = sum(episode.steps for episode in found.episodes)
        seconds = time.perf_counter() - began
        rate = steps / seconds
        print(f"{label:<18} {len(found.episodes)} episodes, {steps} steps in {seconds:5.1f} s: {rate:6.0f} steps/s")


def main() -> None:
    """Do what the command line asks for."""
    if "--gains" in sys.argv:
        gains()
    elif "--speed" in sys.argv:
        speed()
    else:
        tables = {"imitation": imitation(), "goals": goals()}
        print(*tables.values(), sep="\n\n")
        if "--write" in sys.argv:
            write_tables(DOCS / "evaluation.md", tables)


if __name__ == "__main__":
    main()
