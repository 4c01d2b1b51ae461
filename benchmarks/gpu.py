r"""What ``backend="warp"`` costs and how far it agrees with MuJoCo.

    python benchmarks/gpu.py speed --rows 64 1024 8192      steps per second, memory, share of the physics
    python benchmarks/gpu.py agreement                      states, rewards and coverage against MuJoCo
    python benchmarks/gpu.py contacts                       the most contacts and constraints of bodies that fall

All take ``--json``, the first two ``--device`` (by default the GPU if there is one). Things that are compared take
turns; figures are medians over rounds. Needs the extra ``warp``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import commandline
import gymnasium
import mujoco
import numpy as np
import torch
from mujoco.batch import Batch, SimulationError
from tables import table

from kinesis_env import ENV_IDS
from kinesis_env.evaluation import evaluate
from kinesis_env.model import load_model
from kinesis_env.simulation import Simulation

ENV_ID = "Kinesis-Imitate-v0"
#: Rows on a GPU, and on Warp's CPU device.
ROWS, FEW_ROWS = (64, 256, 1024, 4096, 8192, 16384), (8, 32)
ROUNDS, STEPS = 7, 20
#: Bodies that are thrown, physics steps of each throw, and throws.
THROWN, FLIGHT, THROWS = 256, 600, 6
#: How much lower bodies start when coverage is compared [m]: clips start with the soles on the ground to 1e-8 m, where
#: rounding decides which contacts there are. The second is enough to change what MuJoCo alone gives.
LOWER, SLIGHTLY = 1e-6, 1e-7


def main() -> int:
    """Run a part, and print its table."""
    parser = commandline.parser(__doc__)
    parser.add_argument("part", choices=("speed", "agreement", "contacts"))
    parser.add_argument("--device", help='"cuda", "cpu", ...; default: the GPU if there is one')
    parser.add_argument("--rows", type=int, nargs="+", help="numbers of bodies")
    parser.add_argument("--ids", nargs="+", default=[ENV_ID], choices=ENV_IDS, help=f"default: {ENV_ID}")
    arguments = parser.parse_args()
    facts = {"speed": speed, "agreement": agreement, "contacts": contacts}[arguments.part](arguments)
    lines = [list(facts["columns"]), *(list(map(_shown, row)) for row in facts["rows"])]
    commandline.print_facts(facts, {facts["title"]: table(lines)}, as_json=arguments.json)
    return 0


def speed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time steps of environments, their physics alone, and the vector environment of the processor."""
    rows = []
    host = gymnasium.make_vec(ENV_ID, num_envs=64, vectorization_mode="vector_entry_point")
    host.reset(seed=0)
    actions = host.action_space.sample()
    kind = ""
    on_gpu = torch.cuda.is_available() and arguments.device != "cpu"
    for env_id in arguments.ids:
        for num in arguments.rows or (ROWS if on_gpu else FEW_ROWS):
            before = _used()
            envs = gymnasium.make_vec(env_id, num_envs=num, backend="warp", device=arguments.device)
            envs.reset(seed=0)
            device = envs.unwrapped.device
            kind = torch.cuda.get_device_name(device) if device.type == "cuda" else "Warp's CPU device"
            memory = (_used() - before) / num / 2**20 if device.type == "cuda" else None
            action = 0.2 * torch.rand((num, 80), device=device) - 0.1
            simulation = envs.unwrapped.device_task.simulation
            wait = torch.cuda.synchronize if device.type == "cuda" else _nothing

            def physics(simulation: Any = simulation) -> None:
                for _ in range(simulation.substeps):
                    simulation.physics.before_control()
                    simulation.physics.after_control()

            runners: dict[str, Callable[[], Any]] = {
                "step": lambda envs=envs, action=action: envs.step(action),
                "physics": lambda simulation=simulation, physics=physics: simulation.physics.run(physics),
                "host": lambda: host.step(actions),
            }
            times = _in_turns(runners, wait)
            step, alone = times["step"], times["physics"]
            rows.append(
                {
                    "id": env_id,
                    "rows": num,
                    "steps_per_second": num / step,
                    "physics_share": alone / step,
                    "memory_per_row": memory,
                    "against_64_rows_on_the_processor": (num / step) / (64 / times["host"]),
                }
            )
            envs.close()
            del envs, simulation, physics, runners, action
    columns = ("id", "rows", "steps/s", "share of the physics", "MB per row", "against 64 rows on the processor")
    return {
        "title": f"speed on {kind}",
        "columns": columns,
        "rows": [list(row.values()) for row in rows],
        "facts": rows,
    }


def agreement(arguments: argparse.Namespace) -> dict[str, Any]:
    """Compare states after 15 physics steps, rewards after one step, and coverage over the test split."""
    num = 64
    settings: dict[str, Any] = {"start_time": "random", "termination_distance": 100.0}
    envs = gymnasium.make_vec(ENV_ID, num_envs=num, backend="warp", device=arguments.device, **settings)
    host = gymnasium.make_vec(ENV_ID, num_envs=num, vectorization_mode="vector_entry_point", **settings)
    envs.reset(seed=0)
    task = envs.unwrapped.device_task
    host.reset(seed=0, options={"start_time": task.clock.start_time.cpu().numpy()})
    rng = np.random.default_rng(0)
    bodies, simulation = task.simulation.physics, host.unwrapped.task.simulation
    rows: list[list[Any]] = []
    for step in range(3):
        here = simulation.muscles.action_for_length(simulation.muscle_length)
        action = np.clip(here + rng.uniform(-0.1, 0.1, (num, 80)), -1.0, 1.0).astype(np.float32)
        _, reward, *_ = envs.step(torch.as_tensor(action, device=envs.unwrapped.device))
        _, wanted, *_ = host.step(action)
        if step == 0:
            rows.append(["reward after one step", *_spread(reward, wanted)])
    for name, there, expected in (
        ("positions after 15 physics steps [m, rad]", bodies.qpos, simulation.qpos),
        ("velocities [m/s, rad/s]", bodies.qvel, simulation.qvel),
        ("activations", bodies.act, simulation.act),
        ("muscle-tendon lengths [m]", bodies.length, simulation.muscle_length),
        ("muscle forces [N]", bodies.force, simulation.muscle_force),
    ):
        rows.append([name, *_spread(there, expected)])
    for policy in ("zero", "servo"):
        found = [_covered(policy, backend, LOWER) for backend in ("mujoco", "warp")]
        rows += [
            [f"{key} of {policy} over the test split", None, abs(found[0][key] - found[1][key])] for key in found[0]
        ]
    usual, lower = (_covered("servo", "mujoco", by)["frame_coverage"] for by in (0.0, SLIGHTLY))
    rows.append([f"the last with MuJoCo alone, {SLIGHTLY:g} m lower", None, abs(usual - lower)])
    title = f"differences from MuJoCo, {num} bodies"
    return {"title": title, "columns": ("", "median body", "worst body"), "rows": rows}


def contacts(arguments: argparse.Namespace) -> dict[str, Any]:  # noqa: ARG001
    """Throw bodies with random muscles, and count contacts and rows of constraints."""
    model = load_model()
    rng = np.random.default_rng(0)
    batch = Batch(model, THROWN, persistent=True)
    qpos, qvel, ctrl = batch.bind("qpos"), batch.bind("qvel"), batch.bind("ctrl")
    standing = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, standing, 0)
    mujoco.mj_forward(model, standing)
    found = np.zeros(2, dtype=int)
    for throw in range(THROWS):
        batch.reset(keyframe=0)
        quat = rng.normal(size=(THROWN, 4)) if throw % 2 else [1.0, 0.0, 0.0, 0.0] + 0.3 * rng.normal(size=(THROWN, 4))
        qpos[:, 3:7] = quat / np.linalg.norm(quat, axis=1, keepdims=True)
        qpos[:, 2] = rng.uniform(0.3, 1.0, THROWN)
        qvel[:] = rng.normal(size=qvel.shape) * (2.0 if throw > 2 else 0.5)
        for step in range(FLIGHT):
            if step % 5 == 0:
                ctrl[:] = rng.uniform(0.0, 1.0, ctrl.shape) ** (0.2 if throw > 3 else 1.0)
            try:
                batch.step()
            except SimulationError:
                continue
            found = np.maximum(found, (batch.bind("ncon").max(), batch.bind("nefc").max()))
    rows = [["thrown, at most", *found.tolist()], ["standing", int(standing.ncon), int(standing.nefc)]]
    return {"title": "contacts", "columns": ("", "contacts", "rows of constraints"), "rows": rows}


def _covered(policy: str, backend: str, lower: float) -> dict[str, float]:
    """Return success and coverage of a policy over the test split, with bodies that start lower [m]."""
    placed = Simulation.set_state

    def place(self: Any, where: Any, qpos: Any, qvel: Any, act: Any = 0.0) -> None:
        placed(self, where, np.asarray(qpos) - lower * np.eye(21)[2], qvel, act)

    Simulation.set_state = place  # type: ignore[method-assign]
    try:
        summary = evaluate(policy, protocol="kinesis", backend=backend).summary()
    finally:
        Simulation.set_state = placed  # type: ignore[method-assign]
    return {key: summary[key].mean for key in ("success", "frame_coverage")}


def _spread(found: torch.Tensor, expected: Any) -> tuple[float, float]:
    """Return the median and the maximum over bodies of the greatest difference."""
    apart = np.abs(found.cpu().numpy() - expected).reshape(len(expected), -1).max(axis=1)
    return float(np.median(apart)), float(apart.max())


def _in_turns(runners: dict[str, Callable[[], Any]], wait: Callable[[], Any]) -> dict[str, float]:
    """Return the median time of a call of each [s]."""
    times: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(ROUNDS):
        for name, run in runners.items():
            run()
            wait()
            begun = time.perf_counter()
            for _ in range(STEPS):
                run()
            wait()
            times[name].append((time.perf_counter() - begun) / STEPS)
    return {name: statistics.median(found) for name, found in times.items()}


def _used() -> int:
    """Return the memory of the GPU in use, by everybody [bytes]."""
    if not torch.cuda.is_available():
        return 0
    free, total = torch.cuda.mem_get_info()
    return int(total - free)


def _nothing() -> None:
    pass


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return (
        f"{value:.3g}"
        if isinstance(value, float) and abs(value) < 1000
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )


if __name__ == "__main__":
    raise SystemExit(main())
