"""Effect of action 0 in the action mode "residual", for gains and leads of its servo.

    python benchmarks/residual.py
    python benchmarks/residual.py --json

Measures how long a body stands, and for how many steps it follows ``walk`` from 30 random starts until a body is 0.15
m away, with the activations of the reference at the start. The package uses GAIN and LEAD of
``kinesis_env.tasks.residual``.
"""

from __future__ import annotations

import json
import sys

import commandline
import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.tasks.holding import HoldingActivations
from kinesis_env.tasks.residual import PoseServo

GAINS, LEADS, STARTS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0), (0, 1, 2), 30
NOTHING = np.zeros((1, 80))


def steps(env: gymnasium.Env, servo: PoseServo, seed: int) -> int:
    """Return how many control steps an episode lasts."""
    env.reset(seed=seed)
    count, over = 0, False
    while not over:
        _, _, terminated, truncated, _ = env.step(servo.moved(NOTHING)[0])
        count, over = count + 1, terminated or truncated
    return count


def standing(gain: float) -> float:
    """Return how long a body stands [s], 30 at most."""
    env = gymnasium.make("Kinesis-Reach-v0", time_limit=900)
    env.reset(seed=0)
    return steps(env, PoseServo(env.unwrapped.task.simulation, None, gain=gain), 0) / 30.0


def walking(gain: float, lead: float) -> float:
    """Return how many steps a body follows the walk, on average over starts."""
    env = gymnasium.make("Kinesis-Imitate-v0", motions="walk", start_activation="hold")
    env.reset(seed=0)
    task = env.unwrapped.task
    holding = HoldingActivations(task.library)
    holding.prepare(np.zeros(1, dtype=np.int64))
    servo = PoseServo(task.simulation, task.clock, holding, gain=gain, lead=lead)
    return float(np.mean([steps(env, servo, seed) for seed in range(STARTS)]))


def main() -> int:
    """Measure and print."""
    arguments = commandline.parser(__doc__).parse_args()
    rows = [
        {"gain": gain, "stands_s": standing(gain), **{f"lead_{k}": walking(gain, k / 30.0) for k in LEADS}}
        for gain in GAINS
    ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    print(f"{'gain':>6} {'stands [s]':>11}   steps in walk, lead " + " ".join(f"{k}/30 s".rjust(8) for k in LEADS))
    for row in rows:
        leads = " ".join(f"{row[f'lead_{k}']:8.1f}" for k in LEADS)
        print(f"{row['gain']:6.0f} {row['stands_s']:11.2f}   {'':19}{leads}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
