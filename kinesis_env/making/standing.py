"""Find the height, the pitch and the muscle activations with which a pose stands still.

The pose and a little co-contraction are a choice, that of ``standing.csv``: nearly upright, with the center of mass
three centimeters in front of the ankles. Ground and muscles must carry it so that nothing accelerates. Contact is soft:
how far the soles sink in, and how the body is tilted over them, decide how much of the weight the ground takes and
where, which are two equations of inverse dynamics. What is left to the joints is linear in the activations, and of all
that hold them those nearest to the ones of the table are taken: a convex problem, so that every machine and version of
MuJoCo finds the same.

``python -m kinesis_env.making.standing`` reads ``standing.csv``, rewrites it and prints what still accelerates. Run
it after a change of bodies, muscles or contacts, and ``python -m kinesis_env.making.model`` afterward.
``benchmarks/standing.py`` measures how long the pose stands.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from scipy.optimize import lsq_linear, root

from kinesis_env import rotations
from kinesis_env.errors import ModelError
from kinesis_env.model.anatomy import TABLES, Standing, read_anatomy, read_standing
from kinesis_env.model.names import JOINTS, NU, load_model
from kinesis_env.simulation import Simulation
from kinesis_env.typing import Array

__all__ = ["holding_action", "main", "residual_acceleration", "solve", "write_table"]


#: Degrees of freedom of a body that is alike left and right: up and pitch of the pelvis, and those of one leg.
UP_AND_PITCH = [2, 4]
LEG = slice(6, 13)
#: Least share of the weight, and of it on a lever of a meter, that the ground may leave uncarried.
CARRIED = 1e-9
#: What a newton meter that is left to a joint weighs against an activation, and how many may be left.
BALANCE, LEFT = 1e4, 1e-4


def solve(model: mujoco.MjModel, near: Standing) -> Standing:
    """Return the joint angles of ``near`` with the height, pitch and activations with which nothing accelerates.

    Args:
        model: an ``mujoco.MjModel`` of the lower body.
        near: the angles to take; height and pitch to start from; the activations to stay near to.

    Raises:
        ModelError: the ground cannot carry the body in this pose, or the muscles cannot hold it.
    """
    data = mujoco.MjData(model)
    half, weight = NU // 2, float(model.body_mass.sum() * -model.opt.gravity[2])

    def torque(activation: Array) -> Array:
        data.act[:] = np.tile(activation, 2)
        mujoco.mj_fwdActuation(model, data)
        pull: Array = data.qfrc_actuator[LEG].copy()
        return pull

    def uncarried(x: Array) -> Array:
        _place(model, data, Standing(float(x[0]), float(x[1]), near.angles, np.zeros(half)))
        data.qacc[:] = 0.0
        mujoco.mj_inverse(model, data)
        force: Array = data.qfrc_inverse[UP_AND_PITCH] / weight
        return force

    height, pitch = root(uncarried, (near.height, near.pitch), tol=1e-14).x
    if np.abs(uncarried(np.array((height, pitch)))).max() > CARRIED:
        raise ModelError("the ground does not carry the body in this pose, however it is raised and tilted")
    passive = torque(np.zeros(half))
    pull = np.stack([torque(muscle) - passive for muscle in np.eye(half)], axis=1)
    asked = data.qfrc_inverse[LEG] - passive
    matrix = np.vstack((BALANCE * pull, np.eye(half)))
    wanted = np.concatenate((BALANCE * asked, near.activation))
    activation = lsq_linear(matrix, wanted, bounds=(0.0, 1.0), method="bvls").x
    if np.abs(pull @ activation - asked).max() > LEFT:
        raise ModelError("the muscles do not hold the body in this pose")
    return Standing(float(height), float(pitch), near.angles, activation)


def residual_acceleration(model: mujoco.MjModel, standing: Standing) -> float:
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
    length = simulation.muscle_length
    return muscles.action_for_length(muscles.curves.servo_target(activation, length, np.zeros_like(length)))


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


def _place(model: mujoco.MjModel, data: Any, standing: Standing) -> None:
    mujoco.mj_resetData(model, data)
    data.qpos[:7] = 0.0, 0.0, standing.height, *rotations.from_rotvec([0.0, standing.pitch, 0.0])
    data.qpos[7:] = np.tile(standing.angles, 2)
    data.act[:] = data.ctrl[:] = np.tile(standing.activation, 2)
    mujoco.mj_forward(model, data)


def main(argv: Sequence[str] | None = None) -> int:
    """Find the standing pose, write the table, and print what still accelerates."""
    parser = argparse.ArgumentParser(prog="python -m kinesis_env.making.standing", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=TABLES, help="folder of the table (default: the shipped ones)")
    arguments = parser.parse_args(argv)
    model = load_model()
    standing = solve(model, read_standing(read_anatomy()))
    muscles = [model.actuator(i).name.removesuffix("_r") for i in range(NU // 2)]
    write_table(standing, muscles, arguments.out)
    sys.stdout.write(
        f"greatest acceleration {residual_acceleration(model, standing):.1e}, "
        f"sum of squared activations {2 * float(standing.activation @ standing.activation):.2f}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
