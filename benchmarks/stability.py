"""Stability of the model under uniform random actions.

    python benchmarks/stability.py               # 20,000 control steps in each action mode
    python benchmarks/stability.py --json

A new action is drawn at each control step (30 Hz, five physics steps). The body starts standing, falls, and is reset to
standing after two seconds on the ground. Counts control steps that end in a state that is not finite, and MuJoCo's
warnings. Exits with 1 if there are any.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import commandline
import mujoco
import numpy as np

from kinesis_env.model import ACTION_MODES, LOWER_BODY, Muscles

PHYSICS_RATE, CONTROL_RATE = 150, 30
SUBSTEPS = PHYSICS_RATE // CONTROL_RATE
#: A body whose pelvis [m] has been this low for so many control steps is set back on its feet.
FALLEN_HEIGHT, FALLEN_STEPS = 0.5, 2 * CONTROL_RATE


def flail(mode: str, steps: int, seed: int) -> dict[str, Any]:
    """Apply ``steps`` random actions in ``mode`` and return what was counted."""
    model = mujoco.MjModel.from_xml_path(str(LOWER_BODY))
    model.opt.timestep = 1 / PHYSICS_RATE
    data = mujoco.MjData(model)
    muscles = Muscles(model, mode)
    rng = np.random.default_rng(seed)
    speeds = np.zeros(steps)
    falls = not_finite = warnings = on_ground = 0
    mujoco.mj_resetDataKeyframe(model, data, 0)
    for step in range(steps):
        command = muscles.command(rng.uniform(-1, 1, (1, model.nu)))
        for _ in range(SUBSTEPS):
            mujoco.mj_step1(model, data)
            data.ctrl[:] = muscles.excitation(command, data.ten_length[None], data.ten_velocity[None])[0]
            mujoco.mj_step2(model, data)
            speeds[step] = max(speeds[step], np.abs(data.qvel).max())
        finite = all(np.isfinite(part).all() for part in (data.qpos, data.qvel, data.act))
        warned = sum(warning.number for warning in data.warning)
        not_finite += not finite
        warnings += warned
        on_ground = on_ground + 1 if data.qpos[2] < FALLEN_HEIGHT else 0
        if on_ground > FALLEN_STEPS or warned or not finite:
            mujoco.mj_resetDataKeyframe(model, data, 0)
            falls, on_ground = falls + 1, 0
    return {
        "steps": steps,
        "falls": falls,
        "not_finite": not_finite,
        "warnings": int(warnings),
        "max_speed": float(np.nanmax(speeds)),
        "p99_speed": float(np.nanpercentile(speeds, 99)),
    }


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    parser = commandline.parser(__doc__)
    parser.add_argument("--seed", type=int, default=0, help="seed of the actions (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=20_000, help="control steps per mode (default: %(default)s)")
    arguments = parser.parse_args(argv)
    results = {mode: flail(mode, arguments.steps, arguments.seed) for mode in ACTION_MODES}
    passed = not any(result["not_finite"] or result["warnings"] for result in results.values())
    if arguments.json:
        print(json.dumps({"mujoco": mujoco.__version__, "modes": results, "passed": passed}, indent=2))
        return 0 if passed else 1
    for mode, result in results.items():
        print(
            f"{mode:<11} {result['steps']} control steps, {result['falls']} falls: {result['not_finite']} not finite, "
            f"{result['warnings']} warnings; largest |qvel| {result['max_speed']:.1f}, "
            f"99th percentile {result['p99_speed']:.1f}"
        )
    return commandline.verdict(passed)


if __name__ == "__main__":
    sys.exit(main())
