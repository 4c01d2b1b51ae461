"""Find the height, pitch and muscle activations with which the pose of the table stands still.

The pose and a little co-contraction are chosen in ``standing.csv``: nearly upright, with the center of mass three
centimeters in front of the ankles. :mod:`kinesis_env.model.standing` finds the activations that hold it.

``python -m kinesis_env.making.standing`` reads ``standing.csv``, rewrites it and prints the residual acceleration. Run
it after a change of bodies, muscles or contacts, and ``python -m kinesis_env.making.model`` afterward.
``benchmarks/standing.py`` measures how long the pose stands.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinesis_env.model.anatomy import TABLES, Standing, read_anatomy, read_standing
from kinesis_env.model.names import JOINTS, NU, load_model
from kinesis_env.model.standing import residual_acceleration, solve
from kinesis_env.simulation import Simulation
from kinesis_env.typing import Array

__all__ = ["holding_action", "main", "write_table"]


def holding_action(simulation: Simulation) -> Array:
    """Return the action (num, 80) that requests the current activations, as if nothing moved.

    In the excitation mode they are the excitations; in the length mode they are what the servo gives at the current
    lengths, so that it resists any movement of the body from there.

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


def main(argv: Sequence[str] | None = None) -> int:
    """Find the standing pose, write the table, and print the residual acceleration."""
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
