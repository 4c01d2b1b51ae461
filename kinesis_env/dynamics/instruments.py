"""Forces of a body in a single state: muscles, joints and the ground."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from kinesis_env.model.names import NV
from kinesis_env.typing import Array

__all__ = ["SIDES", "Instruments"]


#: Order of the feet in the measurements of the ground.
SIDES = ("right", "left")
_ROOT = 6


class Instruments:
    """Computes the forces of a body from its state, all at the same time.

    (After a step of an environment, the state is current but the forces are those of the last physics step before it.)

    Args:
        model: an ``mujoco.MjModel`` of the lower body of this package, with the strength and mass of the body measured.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._data = mujoco.MjData(model)
        names = [model.body(i).name for i in range(model.nbody)]
        sides = {"r": 0, "l": 1}
        self._side = [sides.get(name[-1], -1) if name[-2:-1] == "_" else -1 for name in names]

    def measure(self, qpos: Array, qvel: Array, activation: Array, excitation: Array) -> dict[str, Array]:
        """Return the forces in a state.

        Args:
            qpos: (21,).
            qvel: (20,).
            activation: (80,).
            excitation: muscle excitations, (80,).

        Returns:
            ``muscle_force`` [N] (80,), negative as muscles pull; ``muscle_length`` [m] (80,) and ``muscle_velocity``
            [m/s] (80,) of muscle and tendon; ``joint_moment`` [N m] (14,) of all muscles about each hinge;
            ``ground_force`` [N] (2, 3) on the right and the left leg in the world; ``center_of_pressure`` [m] (2, 3)
            on the ground, NaN in the air; ``free_moment`` [N m] (2,) about the vertical through it.
        """
        data = self._data
        data.qpos[:], data.qvel[:], data.act[:], data.ctrl[:] = qpos, qvel, activation, excitation
        mujoco.mj_forward(self._model, data)
        return {
            "muscle_force": data.actuator_force.copy(),
            "muscle_length": data.actuator_length.copy(),
            "muscle_velocity": data.actuator_velocity.copy(),
            "joint_moment": data.qfrc_actuator[_ROOT:NV].copy(),
            **self._ground(),
        }

    def _ground(self) -> dict[str, Array]:
        force, moment = np.zeros((2, 3)), np.zeros((2, 3))
        wrench = np.empty(6)
        for index in range(self._data.ncon):
            contact = self._data.contact[index]
            first, second = (int(self._model.geom_bodyid[geom]) for geom in contact.geom)
            if first and second:
                continue  # two parts of the body
            side = self._side[first or second]
            if side < 0:
                continue
            mujoco.mj_contactForce(self._model, self._data, index, wrench)
            frame = contact.frame.reshape(3, 3)
            sign = 1.0 if second else -1.0  # MuJoCo reports the force on the second geom
            push, twist = sign * (wrench[:3] @ frame), sign * (wrench[3:] @ frame)
            force[side] += push
            moment[side] += np.cross(contact.pos, push) + twist
        center, free = np.full((2, 3), np.nan), np.zeros(2)
        for side in np.flatnonzero(force[:, 2] > 1e-6).tolist():
            up = force[side, 2]
            x, y = -moment[side, 1] / up, moment[side, 0] / up
            center[side] = x, y, 0.0
            free[side] = moment[side, 2] - (x * force[side, 1] - y * force[side, 0])
        return {"ground_force": force, "center_of_pressure": center, "free_moment": free}
