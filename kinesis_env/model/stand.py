"""Find a standing pose and the muscle activations that hold it.

Static optimisation: activations with which nothing accelerates and whose sum of squares is small, in a pose near to the
upright one that has the centre of mass :data:`LEAN` in front of the ankles. Left and right are alike. Contact is soft,
so that the height of the pelvis, and with it how far the soles sink in, is found along with the rest; and it is not
smooth, so that what is found is a local minimum, another one with another version of MuJoCo. All of them hold the body.

``python -m kinesis_env.model.stand`` writes ``standing.csv`` and prints what still accelerates.
Run ``python -m kinesis_env.model.build`` afterwards. ``benchmarks/standing.py`` measures how long the pose stands.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import mujoco
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from kinesis_env import rotations
from kinesis_env.model.anatomy import TABLES, Standing
from kinesis_env.model.muscles import STIFFNESS
from kinesis_env.model.names import JOINTS, NU, NV, load_model
from kinesis_env.simulation import Simulation

__all__ = ["holding_action", "main", "residual_acceleration", "solve", "write_table"]

Array: TypeAlias = NDArray[np.float64]

#: How far the centre of mass is in front of the ankles [m]; in quiet standing it is a few centimetres (D. Winter, Gait
#: and Posture 3, 1995).
LEAN = 0.03
#: Errors that weigh the same, round by round: an acceleration [m/s^2, rad/s^2], an activation, an angle [rad], a
#: distance [m]. The first rounds find a pose that contact can hold, the last the least activations.
ROUNDS = (
    (0.1, 50.0, 5.0, 0.15),
    (0.1, 5.0, 1.0, 0.03),
    (0.1, 2.0, 1.0, 0.03),
    (0.1, 1.0, 0.5, 0.03),
    (0.03, 1.0, 0.5, 0.03),
    (0.01, 1.0, 0.5, 0.03),
)
TOLERANCE = 1e-10
#: Farthest the pose may be from upright: sinking [m], angles of pelvis and joints [rad].
SINK, BEND = 0.005, 0.25
#: The accelerations of a body that is alike left and right: forward, up and pitch, and those of one leg.
SAGITTAL = (0, 2, 4)
LEG = slice(6, 13)
POSE = 2 + len(JOINTS) // 2


def solve(model: Any) -> Standing:
    """Return the pose and the activations.

    Args:
        model: an ``mujoco.MjModel`` of the lower body.
    """
    data = mujoco.MjData(model)
    upright = float(model.qpos0[2])

    def standing(x: Array) -> Standing:
        return Standing(upright + SINK * float(x[0]), BEND * float(x[1]), BEND * x[2:POSE], x[POSE:])

    def errors(x: Array, acceleration: float, activation: float, angle: float, distance: float) -> Array:
        _place(model, data, standing(x))
        lean = data.subtree_com[1, 0] - data.body("talus_r").xpos[0]
        return np.concatenate(
            (
                data.qacc[list(SAGITTAL)] / acceleration,
                data.qacc[LEG] / acceleration,
                x[POSE:] / activation,
                BEND * x[1:POSE] / angle,
                [(lean - LEAN) / distance],
            )
        )

    knee = 2 + JOINTS.index("knee_angle_r")
    lower = np.concatenate((-np.ones(POSE), np.zeros(NU // 2)))
    lower[knee] = 0.0
    x = np.concatenate((np.zeros(POSE), np.full(NU // 2, 0.05)))
    x[knee] = 0.01
    for weights in ROUNDS:
        bounds = lower, np.ones(len(x))
        start = np.clip(x, lower + 1e-9, 1.0)
        solution = least_squares(
            errors, start, bounds=bounds, args=weights, max_nfev=200, x_scale=0.1, ftol=TOLERANCE, xtol=TOLERANCE
        )
        x = solution.x
    return standing(x)


def residual_acceleration(model: Any, standing: Standing) -> float:
    """Return the greatest acceleration of any degree of freedom in a pose, [m/s^2] or [rad/s^2]."""
    data = mujoco.MjData(model)
    _place(model, data, standing)
    return float(np.abs(data.qacc).max())


def holding_action(simulation: Simulation) -> Array:
    """Return the action (num, 80) that asks for the present activations, as if nothing moved.

    In the excitation mode they are the excitations; in the length mode they are what the servo gives at the present
    lengths, so that it resists whatever moves the body from there.

    Args:
        simulation: the bodies.
    """
    muscles, activation = simulation.muscles, simulation.act
    if not muscles.closed_loop:
        return 2.0 * activation - 1.0
    curves, length = muscles.curves, simulation.muscle_length
    force = curves.gain(length, np.zeros_like(length)) * activation + curves.passive_force(length)
    target = length + force / (STIFFNESS * curves.peak_force)
    return 2.0 * target / curves.length_max - 1.0


def write_table(standing: Standing, muscles: Sequence[str], folder: Path) -> None:
    """Write a pose and the activations of the muscles of the right leg."""
    joints = [name.removesuffix("_r") for name in JOINTS[: len(JOINTS) // 2]]
    rows = [("root", "height", standing.height), ("root", "pitch", standing.pitch)]
    rows += [("joint", name, float(value)) for name, value in zip(joints, standing.angles, strict=True)]
    rows += [("muscle", name, float(value)) for name, value in zip(muscles, standing.activation, strict=True)]
    with (folder / "standing.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("kind", "name", "value"))
        writer.writerows((kind, name, f"{value:.7g}") for kind, name, value in rows)


def _place(model: Any, data: Any, standing: Standing) -> None:
    mujoco.mj_resetData(model, data)
    data.qpos[:7] = 0.0, 0.0, standing.height, *rotations.from_rotvec([0.0, standing.pitch, 0.0])
    data.qpos[7:] = np.tile(standing.angles, 2)
    data.act[:] = data.ctrl[:] = np.tile(standing.activation, 2)
    mujoco.mj_forward(model, data)
    assert len(data.qacc) == NV


def main(argv: Sequence[str] | None = None) -> int:
    """Find the standing pose, write the table, and print what still accelerates."""
    parser = argparse.ArgumentParser(prog="python -m kinesis_env.model.stand", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=TABLES, help="folder of the table (default: the shipped ones)")
    arguments = parser.parse_args(argv)
    model = load_model()
    standing = solve(model)
    muscles = [model.actuator(i).name.removesuffix("_r") for i in range(NU // 2)]
    write_table(standing, muscles, arguments.out)
    sys.stdout.write(
        f"greatest acceleration {residual_acceleration(model, standing):.1e}, "
        f"sum of squared activations {2 * float(standing.activation @ standing.activation):.2f}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
