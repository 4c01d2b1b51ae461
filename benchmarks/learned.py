"""Evaluate a policy that has learned to follow motions on prompts and goals.

    python benchmarks/learned.py baselines/locomotion.onnx [--every 1] [--seeds 100] [--json]

The prompts are those of ``docs/prompts.csv`` without running, in ``Kinesis-Text-v0`` without observed words. The goals
are those of ``Kinesis-Reach-v0``: the reference is the walk that the goal planner of ``kinesis_env.control`` plans at
the start, and a goal is reached if the body stands within 0.1 m of it at the end. Needs the library of the policy.
"""

from __future__ import annotations

from typing import Any

import commandline
import gymnasium
import numpy as np
from tables import progress, table, walking_prompts

from kinesis_env.control.steering import planner_for
from kinesis_env.envs.definition import definition_of
from kinesis_env.evaluation import evaluate, load_policy
from kinesis_env.evaluation.policy import settings_of
from kinesis_env.motions import Motion

#: Distance at which a goal is reached [m], that of Kinesis-Reach-v0.
REACHED = 0.1


def words(policy: Any, every: int) -> dict[str, float]:
    """Return the figures of prompts."""
    config = {"termination": "mean", "termination_distance": 0.5, "random_heading": False, "embedding": "none"}
    prompts = walking_prompts()[::every]
    found = evaluate(policy, "Kinesis-Text-v0", config={**config, "prompts": prompts}, on_progress=progress)
    keys = ("semantic_success", "success", "frame_coverage", "mpjpe")
    figures = {key: float(np.mean([episode.metrics[key] for episode in found.episodes])) for key in keys}
    return {"prompts": float(len(found.episodes)), **figures}


def routes(seeds: int) -> tuple[list[Motion], np.ndarray]:
    """Return walks to the goals of seeds, and where the goals are from where the body stands, ahead and left [m]."""
    task = definition_of("Kinesis-Reach-v0").make_task({"start": "stand"}, seeds, 0)
    rows = np.arange(seeds)
    task.reset(rows, [np.random.default_rng(seed) for seed in rows], {})
    planner = planner_for(task)
    assert planner is not None
    fps = 1.0 / task.simulation.control_step
    motions = [Motion.from_qpos(planner.start(row).qpos, fps, name=f"goal-{row}") for row in rows.tolist()]
    return motions, np.array(task.goal_world())


def goals(policy: Any, seeds: int) -> dict[str, float]:
    """Return the figures of goals."""
    motions, wanted = routes(seeds)
    envs = gymnasium.make_vec(
        "Kinesis-Imitate-v0",
        num_envs=seeds,
        motions=motions,
        termination="mean",
        termination_distance=0.5,
        random_heading=False,
        **{key: value for key, value in settings_of(policy).items() if key not in ("motions", "random_heading")},
    )
    observation, _ = envs.reset(seed=0, options={"clip": [motion.name for motion in motions], "start_time": 0.0})
    simulation, rows = envs.unwrapped.task.simulation, np.arange(seeds)
    ended, fell = np.zeros(seeds, dtype=bool), np.zeros(seeds, dtype=bool)
    began = simulation.qpos[:, :2].copy()
    place, first = began.copy(), np.array([motion.qpos[0, :2] for motion in motions])
    while not ended.all():
        observation, _, terminated, truncated, _ = envs.step(policy.act(observation, rows))
        going = ~ended  # a row whose episode has ended begins another one, which does not count
        place[going] = simulation.qpos[going, :2]
        fell |= terminated & going
        ended |= terminated | truncated
    distance = np.hypot(*(place - began - (wanted - first)).T)
    return {
        "goals": float(seeds),
        "reached": float(np.mean(~fell & (distance < REACHED))),
        "median_distance": float(np.median(distance)),
        "fell": float(fell.mean()),
    }


def main() -> None:
    """Run the benchmark."""
    parser = commandline.parser(__doc__)
    parser.add_argument("policy", help="a policy, as for kinesis-env evaluate")
    parser.add_argument("--every", type=int, default=1, help="use every N-th prompt")
    parser.add_argument("--seeds", type=int, default=100, help="number of seeds of the goals")
    arguments = parser.parse_args()
    policy = load_policy(arguments.policy)
    facts = {"words": words(policy, arguments.every), "goals": goals(policy, arguments.seeds)}
    tables = {name: table([list(one), [f"{value:.3g}" for value in one.values()]]) for name, one in facts.items()}
    commandline.print_facts(facts, tables, as_json=arguments.json)


if __name__ == "__main__":
    main()
