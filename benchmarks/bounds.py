"""Run a million random steps over ids, action modes, rates and conditions, and check observations and rewards.

    python benchmarks/bounds.py               # a million steps, about ten minutes on one core
    python benchmarks/bounds.py --steps 50000

Actions are random full excitations or rest, the worst that a policy can do. A simulation that diverges must be
detected: it must end its episode, and its observations and rewards must stay within the reach of a body. Exits with 1
if one does not.
"""

from __future__ import annotations

import itertools
import json
import sys
import warnings
from typing import Any

import commandline
import gymnasium
import numpy as np

import kinesis_env

ROWS = 64
MODES = ("length", "excitation")
RATES = ((150, 30), (60, 30), (60, 60), (500, 100))
CONDITIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "light and strong": {"mass_scale": 0.1, "weakness": {"*": 10.0}},
    "heavy and noisy": {"mass_scale": 3.0, "excitation_noise": 2.0},
    "delayed": {"activation_delay": 0.05, "fatigue": True},
}
#: Greatest size of an observation and of a reward that is not absurd; and of a foot's force in body weights, where a
#: body with a tenth of its mass and ten times its strength stamps on the ground, at 60 physics steps a second.
LARGEST, HARDEST = 1000.0, 10_000.0


def flail(env_id: str, steps: int, arguments: dict[str, Any]) -> dict[str, float]:
    """Apply random actions to rows of an id, and return the extremes."""
    envs = gymnasium.make_vec(env_id, ROWS, num_threads=1, **arguments).unwrapped
    rng = np.random.default_rng(0)
    observation, _ = envs.reset(seed=0)
    largest, force, reward, diverged = 0.0, 0.0, 0.0, 0
    feet = envs.task.layout["foot_contacts"]
    for _ in range(max(steps // ROWS, 1)):
        actions = rng.choice(np.array([-1.0, 1.0], dtype=np.float32), (ROWS, 80))
        observation, rewards, _, _, info = envs.step(actions)
        size = np.abs(observation["observation"] if isinstance(observation, dict) else observation)
        force = max(force, float(size[:, feet].max()))
        size[:, feet] = 0.0
        largest = max(largest, float(size.max()))
        reward = max(reward, float(np.abs(rewards).max()))
        diverged += int((info["termination_reason"] == "diverged").sum())
    envs.close()
    return {"observation": largest, "force": force, "reward": reward, "diverged": diverged}


def main() -> int:
    """Run the benchmark and return the exit status."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000, help="total steps (default: %(default)s)")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = [*itertools.product(kinesis_env.ENV_IDS, MODES, RATES, CONDITIONS)]
    found = []
    for number, (env_id, mode, (physics, control), name) in enumerate(cases):
        settings = {"action_mode": mode, "physics_rate": physics, "control_rate": control, **CONDITIONS[name]}
        extremes = flail(env_id, arguments.steps // len(cases), settings)
        found.append({"id": env_id, "mode": mode, "physics": physics, "control": control, "body": name, **extremes})
        print(f"\r{number + 1}/{len(cases)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    passed = all(max(one["observation"], one["reward"]) < LARGEST and one["force"] < HARDEST for one in found)
    if arguments.json:
        print(json.dumps({"cases": found, "passed": passed}, indent=2))
        return 0 if passed else 1
    for one in sorted(found, key=lambda one: -one["observation"])[:8]:
        print(
            f"{one['id']:<22} {one['mode']:<11} {one['physics']}/{one['control']} Hz, {one['body']:<17} largest "
            f"observation {one['observation']:.0f}, force {one['force']:.0f}, reward {one['reward']:.1f}, "
            f"{one['diverged']} diverged"
        )
    largest, force, reward = (max(one[key] for one in found) for key in ("observation", "force", "reward"))
    figures = f"observations up to {largest:.0f}, feet up to {force:.0f} body weights, rewards up to {reward:.1f}"
    return commandline.verdict(passed, figures)


if __name__ == "__main__":
    sys.exit(main())
