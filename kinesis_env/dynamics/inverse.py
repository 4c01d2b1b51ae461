"""Inverse dynamics: the generalized forces that a motion requires, without assumptions about the ground."""

from __future__ import annotations

import copy
from typing import Any

import mujoco
import numpy as np

from kinesis_env.checks import check_choice
from kinesis_env.dynamics.trajectory import Trajectory, accelerations, second_differences
from kinesis_env.errors import MotionError
from kinesis_env.model.bodies import body_in_use
from kinesis_env.model.in_use import of_its_body, per_body
from kinesis_env.model.names import NV, model_spec
from kinesis_env.model.perturbations import tilted
from kinesis_env.typing import Array

__all__ = ["TRUNKS", "generalized_forces"]

#: Whether the trunk rotates relative to the pelvis as recorded (if it was), or is rigid with it.
TRUNKS = ("recorded", "rigid")
#: The lumbar joint in the pelvis [m], and its hinges in OpenSim's order, in this package's axes: the joint "back" of
#: A. Rajagopal et al., IEEE Trans. Biomed. Eng. 63, 2016, and of S. Delp et al., IEEE Trans. Biomed. Eng. 37, 1990.
_LUMBAR_PLACE = (-0.1007, 0.0, 0.0815)
_LUMBAR = {
    "lumbar_extension": (0.0, -1.0, 0.0),
    "lumbar_bending": (1.0, 0.0, 0.0),
    "lumbar_rotation": (0.0, 0.0, 1.0),
}


@per_body
def _free_model(*, lumbar: bool) -> Any:
    """Return the model without contacts and joint limits, so that no force is provided by constraints.

    Args:
        lumbar: add three hinges between pelvis and trunk; they come last.
    """
    spec = model_spec()
    sizes = body_in_use().sizes
    place = np.array(_LUMBAR_PLACE) * (1.0 if sizes is None else sizes.scales["pelvis"])
    if lumbar:
        trunk = spec.body("torso")
        for name, axis in _LUMBAR.items():
            trunk.add_joint(name=name, axis=axis, pos=place, range=(-np.pi, np.pi))
    model = spec.compile()
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    return model


def lumbar_of(trajectory: Trajectory, trunk: str = "recorded") -> Array | None:
    """Return recorded angles between trunk and pelvis (T, 3) [rad], or None for a rigid trunk.

    Raises:
        MotionError: an unknown ``trunk``, or angles of another shape.
    """
    check_choice("trunk", trunk, TRUNKS, error=MotionError)
    lumbar = getattr(trajectory, "lumbar", None)
    if lumbar is None or trunk == "rigid":
        return None
    if np.shape(lumbar) != (len(trajectory.qpos), len(_LUMBAR)):
        raise MotionError(
            f"lumbar angles must have shape {(len(trajectory.qpos), len(_LUMBAR))}, given {np.shape(lumbar)}"
        )
    return np.asarray(lumbar, dtype=np.float64)


@of_its_body
def generalized_forces(
    trajectory: Trajectory,
    acceleration: Array | None = None,
    *,
    every: int = 1,
    trunk: str = "recorded",
    slope: float = 0.0,
) -> Array:
    """Return the generalized forces (T, 20) that muscles, ground and residuals must provide together.

    M(q) a + c(q, v) - passive joint forces (``mj_inverse`` of MuJoCo without contacts and joint limits). The first
    three are the force on the root in the world [N], the next three the moment about its origin in its own axes [N m],
    the rest are moments of the 14 hinges [N m].

    Args:
        trajectory: the motion; where it has ``lumbar`` angles (T, 3) [rad], the trunk turns by them.
        acceleration: (T, 20); by default :func:`~kinesis_env.dynamics.trajectory.accelerations`.
        every: use every n-th frame only; T of the result is the number of frames used.
        trunk: "recorded", or "rigid" to ignore lumbar angles.
        slope: angle of the ground, uphill along x, to which z is normal [degrees].

    Raises:
        MotionError: fewer than three frames.
    """
    if acceleration is None:
        acceleration = accelerations(trajectory)
    states = [np.asarray(array) for array in (trajectory.qpos, trajectory.qvel, acceleration)]
    lumbar = lumbar_of(trajectory, trunk)
    if lumbar is not None:
        turned = np.concatenate((states[0], lumbar), axis=1)
        added = lumbar, np.gradient(lumbar, axis=0) * trajectory.fps, second_differences(turned, trajectory.fps)[:, NV:]
        states = [np.concatenate(pair, axis=1) for pair in zip(states, added, strict=True)]
    model = _free_model(lumbar=lumbar is not None)
    if slope:
        model = copy.copy(model)
        model.opt.gravity = tilted(float(np.linalg.norm(model.opt.gravity)), slope)
    data = mujoco.MjData(model)
    states = [array[::every] for array in states]
    out = np.empty((len(states[0]), NV))
    for frame, (qpos, qvel, qacc) in enumerate(zip(*states, strict=True)):
        data.qpos[:], data.qvel[:], data.qacc[:] = qpos, qvel, qacc
        mujoco.mj_inverse(model, data)
        out[frame] = data.qfrc_inverse[:NV]
    return out
