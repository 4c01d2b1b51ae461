"""The start of an episode: conditions of the bodies, and their state with a little noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.config.tracking import BodyConfig
from kinesis_env.model.names import JOINTS
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.options import option_of_row
from kinesis_env.typing import Array, Rows

__all__ = ["start_bodies"]


def start_bodies(
    simulation: Simulation,
    config: BodyConfig,
    rows: Rows,
    rngs: Sequence[np.random.Generator],
    options: Mapping[str, Any],
    *,
    qpos: Array,
    qvel: Array,
    act: ArrayLike = 0.0,
) -> None:
    """Draw the conditions and the noise of new episodes, and set the bodies to their states.

    Args:
        simulation: the bodies.
        config: the configuration; its ``start_noise`` is used.
        rows: the bodies that start, (k,), sorted.
        rngs: their generators, k; nothing is drawn for disabled features.
        options: the options of the reset; ``fatigue`` is used.
        qpos: positions without noise, (k, 21).
        qvel: velocities, (k, 20).
        act: activations of muscles at full strength, (k, 80); weaker ones are activated more. By default none.

    Raises:
        ResetError: an impossible fatigue.
    """
    fatigue = None
    if "fatigue" in options:
        fatigue = [option_of_row("fatigue", options["fatigue"], i, len(rows)) for i in range(len(rows))]
    simulation.renew(rows, rngs, fatigue)
    if any(config.start_noise):
        qpos = _disturbed(qpos, rngs, config.start_noise, simulation.model.jnt_range[1:])
    if simulation.conditions is not None:
        act = simulation.conditions.compensated(np.asarray(act), rows)
    simulation.set_state(rows, qpos, qvel, act)


def _disturbed(qpos: Array, rngs: Sequence[np.random.Generator], noise: Sequence[float], limits: Array) -> Array:
    """Return positions (k, 21) with uniform noise: on the pelvis along the ground [m], and on the hinges [rad]."""
    away, turned = noise
    drawn = np.stack([rng.uniform(-1.0, 1.0, 2 + len(JOINTS)) for rng in rngs])
    noisy = qpos.copy()
    noisy[:, :2] += away * drawn[:, :2]
    low, high = limits.T
    noisy[:, 7:] = np.clip(noisy[:, 7:] + turned * drawn[:, 2:], low, high)
    return noisy
