"""Inverse dynamics: the generalized forces that a motion requires, without assumptions about the ground."""

from __future__ import annotations

from functools import cache
from typing import Any

import mujoco
import numpy as np

from kinesis_env.dynamics.trajectory import Trajectory, accelerations
from kinesis_env.model.names import NV, load_model
from kinesis_env.typing import Array

__all__ = ["generalized_forces"]


@cache
def _free_model() -> Any:
    """Return the model without contacts and joint limits, so that no force is provided by constraints."""
    model = load_model()
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    return model


def generalized_forces(trajectory: Trajectory, acceleration: Array | None = None, *, every: int = 1) -> Array:
    """Return the generalized forces (T, 20) that muscles, ground and residuals must provide together.

    M(q) a + c(q, v) - passive joint forces (``mj_inverse`` of MuJoCo without contacts and joint limits). The first
    three are the force on the root in the world [N], the next three the moment about its origin in its own axes [N m],
    the rest are moments of the 14 hinges [N m].

    Args:
        trajectory: the motion.
        acceleration: (T, 20); by default :func:`~kinesis_env.dynamics.trajectory.accelerations`.
        every: use every n-th frame only; T of the result is the number of frames used.

    Raises:
        MotionError: fewer than three frames.
    """
    model = _free_model()
    data = mujoco.MjData(model)
    if acceleration is None:
        acceleration = accelerations(trajectory)
    states = [array[::every] for array in (trajectory.qpos, trajectory.qvel, acceleration)]
    out = np.empty((len(states[0]), NV))
    for frame, (qpos, qvel, qacc) in enumerate(zip(*states, strict=True)):
        data.qpos[:], data.qvel[:], data.qacc[:] = qpos, qvel, qacc
        mujoco.mj_inverse(model, data)
        out[frame] = data.qfrc_inverse
    return out
