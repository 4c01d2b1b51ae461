"""How long the standing pose stands without control.

    python benchmarks/standing.py
    python benchmarks/standing.py --json

The body starts in the model's keyframe `stand`, with the activations that hold it. It runs with constant excitations
(only the stiffness of the muscles), with constant target lengths (the length servo acts like a stretch reflex) and,
for comparison, with all muscles at rest. The result is the time until the pelvis is below 0.7 m.
"""

from __future__ import annotations

import json
import sys

import commandline
import mujoco
import numpy as np

from kinesis_env.making.standing import holding_action
from kinesis_env.model import load_model
from kinesis_env.model.bodies import Body, make_body
from kinesis_env.simulation import Simulation

FALLEN, LONGEST = 0.7, 60.0


def seconds(mode: str, *, at_rest: bool = False, body: Body | None = None) -> float:
    """Return how long a body stands [s], by default the default one: until its pelvis is at three quarters."""
    simulation = Simulation(body or make_body(), 1, action_mode=mode)
    model = simulation.model
    activation = np.zeros(model.nu) if at_rest else model.key_act[0]
    simulation.set_state(np.arange(1), model.key_qpos[:1], np.zeros((1, model.nv)), activation)
    action = holding_action(simulation)
    steps = 0
    fallen = FALLEN * float(model.key_qpos[0, 2] / make_body().model.key_qpos[0, 2])
    while simulation.qpos[0, 2] > fallen and steps * simulation.control_step < LONGEST:
        simulation.step(action)
        steps += 1
    return steps * simulation.control_step


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    parser = commandline.parser(__doc__)
    arguments = parser.parse_args(argv)
    model = load_model()
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    mujoco.mj_forward(model, data)
    figures = {
        "greatest_acceleration": float(np.abs(data.qacc).max()),
        "mean_activation": float(model.key_act[0].mean()),
        "constant_excitations_s": seconds("excitation"),
        "constant_target_lengths_s": seconds("length"),
        "at_rest_s": seconds("excitation", at_rest=True),
    }
    if arguments.json:
        print(json.dumps({"mujoco": mujoco.__version__, **figures}, indent=2))
        return 0
    print(f"greatest acceleration at the start {figures['greatest_acceleration']:.1e} m/s^2 or rad/s^2")
    print(f"mean activation {figures['mean_activation']:.3f}")
    print(f"stands {figures['constant_excitations_s']:.2f} s with constant excitations")
    print(f"       {figures['constant_target_lengths_s']:.2f} s with constant target lengths")
    print(f"       {figures['at_rest_s']:.2f} s with all muscles at rest")
    return 0


if __name__ == "__main__":
    sys.exit(main())
