"""The standing pose of a body: height, pitch and muscle activations with which a pose stands still.

Ground and muscles must carry the pose so that nothing accelerates. Contact is soft: how far the soles sink in, and how
the body is tilted over them, decide how much of the weight the ground takes and where, which are two equations of
inverse dynamics. What is left to the joints is linear in the activations, and of all that hold them those nearest to
given ones are taken: a convex problem, so that every machine and version of MuJoCo finds the same.
"""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from kinesis_env import rotations
from kinesis_env.errors import ModelError
from kinesis_env.model.anatomy import Standing
from kinesis_env.model.names import NU
from kinesis_env.typing import Array

__all__ = ["residual_acceleration", "solve"]


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
    from scipy.optimize import lsq_linear, root  # noqa: PLC0415  (slow to import, and the default body needs it not)

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


def _place(model: mujoco.MjModel, data: Any, standing: Standing) -> None:
    mujoco.mj_resetData(model, data)
    data.qpos[:7] = 0.0, 0.0, standing.height, *rotations.from_rotvec([0.0, standing.pitch, 0.0])
    data.qpos[7:] = np.tile(standing.angles, 2)
    data.act[:] = data.ctrl[:] = np.tile(standing.activation, 2)
    mujoco.mj_forward(model, data)
