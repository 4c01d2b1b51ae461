"""Random actions in every id, and goal reaching by controllers that must fail or succeed.

    python benchmarks/goals.py               # 20,000 random steps per id, 200 episodes per controller
    python benchmarks/goals.py --steps 2000 --episodes 20 --json

Counts values that are not finite in observations, rewards and infos. Then runs 200 episodes of `Kinesis-Reach-v0` with
controllers that ignore the goal (holding the standing pose; random actions; releasing one muscle group), and with one
that moves the pelvis to the goal before every step, which no policy can do. Exits with 1 if a value is not finite, if
a controller that ignores the goal succeeds in 2 % of its episodes or more, or if the other fails once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import commandline
import gymnasium
import numpy as np

import kinesis_env
from kinesis_env.making.standing import holding_action
from kinesis_env.typing import Array

NUM, SEED = 20, 0


def not_finite(values: Any) -> int:
    """Return how many numbers of an array, or of a dict of arrays, are not finite."""
    if isinstance(values, dict):
        return sum(not_finite(value) for value in values.values())
    array = np.asarray(values)
    return 0 if array.dtype.kind in "OUb" else int((~np.isfinite(array)).sum())


def flail(env_id: str, steps: int) -> dict[str, Any]:
    """Take random actions, new at each step, and return what was counted."""
    envs = gymnasium.make_vec(env_id, num_envs=NUM)
    observations, infos = envs.reset(seed=SEED)
    rng = np.random.default_rng(SEED)
    bad, episodes = not_finite(observations) + not_finite(infos), 0
    for _ in range(steps // NUM):
        actions = rng.uniform(-1, 1, envs.action_space.shape).astype(np.float32)
        observations, rewards, terminated, truncated, infos = envs.step(actions)
        bad += not_finite(observations) + not_finite(rewards) + not_finite(infos)
        episodes += int((terminated | truncated).sum())
    envs.close()
    return {"steps": steps // NUM * NUM, "episodes": episodes, "not_finite": bad}


def success(controller: Callable[[Any, Array, np.random.Generator], Array], episodes: int) -> float:
    """Return the fraction of episodes of reaching in which a controller succeeds."""
    envs = gymnasium.make_vec("Kinesis-Reach-v0", num_envs=episodes, autoreset_mode="Disabled")
    task = envs.unwrapped.task
    envs.reset(seed=SEED)
    rng = np.random.default_rng(SEED)
    hold = holding_action(task.simulation)
    over = np.zeros(episodes, dtype=bool)
    won = np.zeros(episodes, dtype=bool)
    while not over.all():
        outcome = task.step(controller(task, hold, rng), ~over)
        ended = (outcome.terminated | outcome.truncated) & ~over
        won |= ended & task.info()["is_success"]
        over |= ended
    return float(won.mean())


def stand(task: Any, hold: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    """Hold the standing pose."""
    return hold


def thrash(task: Any, hold: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    """Do anything."""
    return rng.uniform(-1, 1, hold.shape)


def lean(task: Any, hold: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    """Fall toward a random side by letting go of the shins or the calves."""
    names = task.simulation.names.muscles
    action = hold.copy()
    for row, part in enumerate(np.arange(len(hold)) % 4):
        group = ("tibant", "soleus", "glmed1", "addlong")[part]
        action[row, [i for i, name in enumerate(names) if name.startswith(group)]] -= 0.02
    return action


def teleport(task: Any, hold: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    """Put the pelvis over the goal, standing."""
    simulation = task.simulation
    qpos = np.tile(simulation.model.key_qpos[0], (simulation.num, 1))
    qpos[:, :2] = task.goal_world()
    simulation.set_state(
        np.arange(simulation.num), qpos, np.zeros((simulation.num, simulation.model.nv)), simulation.model.key_act[0]
    )
    return hold


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--steps", type=int, default=20_000, help="random steps per id (default: %(default)s)")
    parser.add_argument("--episodes", type=int, default=200, help="episodes per controller (default: %(default)s)")
    arguments = parser.parse_args(argv)
    random = {env_id: flail(env_id, arguments.steps) for env_id in kinesis_env.ENV_IDS}
    ignorant = {one.__name__: success(one, arguments.episodes) for one in (stand, thrash, lean)}
    cheat = success(teleport, arguments.episodes)
    passed = not any(one["not_finite"] for one in random.values()) and max(ignorant.values()) < 0.02 and cheat == 1.0
    if arguments.json:
        print(json.dumps({"random": random, "ignorant": ignorant, "teleport": cheat, "passed": passed}, indent=2))
        return 0 if passed else 1
    for env_id, one in random.items():
        print(f"{env_id:<22} {one['steps']} random steps, {one['episodes']} episodes: {one['not_finite']} not finite")
    for name, share in (*ignorant.items(), ("teleport", cheat)):
        print(f"Kinesis-Reach-v0, {name:<9} succeeds in {share:.1%} of {arguments.episodes} episodes")
    return commandline.verdict(passed)


if __name__ == "__main__":
    sys.exit(main())
