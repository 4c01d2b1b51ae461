"""Forces of a body in a single state, and over a control step: muscles, joints and the ground."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from kinesis_env.model.names import NV, ROOT
from kinesis_env.typing import Array

__all__ = ["FORCES", "SIDES", "Instruments", "mean_forces"]


#: Order of the feet in the measurements of the ground.
SIDES = ("right", "left")
#: The measurements that are forces or follow from them: they change within a control step.
FORCES = ("muscle_force", "joint_moment", "ground_force", "center_of_pressure", "free_moment")
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
        self._root = names.index(ROOT)
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
        data = self._put(qpos, qvel, activation)
        data.ctrl[:] = excitation
        mujoco.mj_forward(self._model, data)
        return {
            "muscle_length": data.actuator_length.copy(),
            "muscle_velocity": data.actuator_velocity.copy(),
            **self._forces(),
        }

    def over_steps(
        self, qpos: Array, qvel: Array, activation: Array, excitations: Array, push: Array | float = 0.0
    ) -> dict[str, Array]:
        """Return the forces in each of k physics steps from a state: those that moved the body there.

        Args:
            qpos: (21,).
            qvel: (20,).
            activation: (80,).
            excitations: excitations in each physics step, (k, 80).
            push: force on the center of mass of the pelvis in the world [N], (3,); by default none.

        Returns:
            :data:`FORCES`, as :meth:`measure` returns them, each with a leading axis of k.
        """
        data = self._put(qpos, qvel, activation)
        data.xfrc_applied[self._root, :3] = push
        found = []
        for excitation in excitations:
            data.ctrl[:] = excitation
            mujoco.mj_step(self._model, data)  # forces are computed before the state advances
            found.append(self._forces())
        return {key: np.stack([forces[key] for forces in found]) for key in FORCES}

    def _put(self, qpos: Array, qvel: Array, activation: Array) -> Any:
        data = self._data
        mujoco.mj_resetData(self._model, data)
        data.qpos[:], data.qvel[:], data.act[:] = qpos, qvel, activation
        return data

    def _forces(self) -> dict[str, Array]:
        data = self._data
        force, moment = self._ground()
        center, free = _center(force, moment)
        return {
            "muscle_force": data.actuator_force.copy(),
            "joint_moment": data.qfrc_actuator[_ROOT:NV].copy(),
            "ground_force": force,
            "center_of_pressure": center,
            "free_moment": free,
        }

    def _ground(self) -> tuple[Array, Array]:
        """Return force on each foot, and moment about the origin of the world, (2, 3) each."""
        force, moment = np.zeros((2, 3)), np.zeros((2, 3))
        wrench = np.empty(6)
        for index in range(self._data.ncon):
            contact = self._data.contact[index]
            first, second = (int(self._model.geom_bodyid[geom]) for geom in contact.geom)
            if first and second:
                continue  # contact between two parts of the body
            side = self._side[first or second]
            if side < 0:
                continue
            mujoco.mj_contactForce(self._model, self._data, index, wrench)
            frame = contact.frame.reshape(3, 3)
            sign = 1.0 if second else -1.0  # MuJoCo reports the force on the second geom
            push, twist = sign * (wrench[:3] @ frame), sign * (wrench[3:] @ frame)
            force[side] += push
            moment[side] += np.cross(contact.pos, push) + twist
        return force, moment


def mean_forces(forces: dict[str, Array]) -> dict[str, Array]:
    """Return the means of forces over k physics steps; a center of pressure is weighted by the vertical force."""
    out = {key: forces[key].mean(axis=0) for key in ("muscle_force", "joint_moment", "ground_force")}
    push, center = forces["ground_force"], np.nan_to_num(forces["center_of_pressure"])
    moment = np.cross(center, push)
    moment[..., 2] += forces["free_moment"]
    out["center_of_pressure"], out["free_moment"] = _center(out["ground_force"], moment.mean(axis=0))
    return out


def _center(force: Array, moment: Array) -> tuple[Array, Array]:
    """Return center of pressure (2, 3), NaN in the air, and free moment (2,) of force and moment about the origin."""
    center, free = np.full((2, 3), np.nan), np.zeros(2)
    for side in np.flatnonzero(force[:, 2] > 1e-6).tolist():
        up = force[side, 2]
        x, y = -moment[side, 1] / up, moment[side, 0] / up
        center[side] = x, y, 0.0
        free[side] = moment[side, 2] - (x * force[side, 1] - y * force[side, 0])
    return center, free
