"""The standing pose of a body: height, pitch and muscle activations with which a pose stands still.

Ground and muscles must carry the pose so that nothing accelerates. Contact is soft: the depth of the soles and the
tilt of the body over them determine how much of the weight the ground takes and where, which gives two equations of
inverse dynamics. The remaining joint moments are linear in the activations; of all activations that hold them, those
closest to given ones are taken. This is a convex problem, so that every machine and version of MuJoCo finds the same.
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


#: Degrees of freedom of a left-right symmetric body: height and pitch of the pelvis, and the joints of one leg.
UP_AND_PITCH = [2, 4]
LEG = slice(6, 13)
#: Fraction of the weight, and of the weight on a lever of a meter, that the ground may leave uncarried.
CARRIED = 1e-9
#: Weight of a residual newton meter at a joint relative to an activation, and the largest residual allowed.
BALANCE, LEFT = 1e4, 1e-4


def solve(model: mujoco.MjModel, near: Standing) -> Standing:
    """Return the joint angles of ``near`` with the height, pitch and activations at which nothing accelerates.

    Args:
        model: an ``mujoco.MjModel`` of the lower body.
        near: the angles to keep; initial height and pitch; activations to stay close to.

    Raises:
        ModelError: the ground cannot carry the body in this pose, or the muscles cannot hold it.
    """
    from scipy.optimize import lsq_linear, root  # noqa: PLC0415  (slow to import, and not needed by the default body)

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
        raise ModelError("the ground cannot carry the body in this pose at any height and tilt")
    passive = torque(np.zeros(half))
    pull = np.stack([torque(muscle) - passive for muscle in np.eye(half)], axis=1)
    asked = data.qfrc_inverse[LEG] - passive
    matrix = np.vstack((BALANCE * pull, np.eye(half)))
    wanted = np.concatenate((BALANCE * asked, near.activation))
    activation = lsq_linear(matrix, wanted, bounds=(0.0, 1.0), method="bvls").x
    if np.abs(pull @ activation - asked).max() > LEFT:
        raise ModelError("the muscles cannot hold the body in this pose")
    return Standing(float(height), float(pitch), near.angles, activation)


def residual_acceleration(model: mujoco.MjModel, standing: Standing) -> float:
    """Return the largest acceleration of any degree of freedom in a pose, [m/s^2] or [rad/s^2]."""
    data = mujoco.MjData(model)
    _place(model, data, standing)
    return float(np.abs(data.qacc).max())


def _place(model: mujoco.MjModel, data: Any, standing: Standing) -> None:
    mujoco.mj_resetData(model, data)
    data.qpos[:7] = 0.0, 0.0, standing.height, *rotations.from_rotvec([0.0, standing.pitch, 0.0])
    data.qpos[7:] = np.tile(standing.angles, 2)
    data.act[:] = data.ctrl[:] = np.tile(standing.activation, 2)
    mujoco.mj_forward(model, data)
