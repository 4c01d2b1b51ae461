"""MuJoCo Warp behind the interface of ``mujoco.batch.Batch``: :class:`WarpBatch`.

It makes any task and any policy of the host run on the physics of the device, which is how the two are compared
(``evaluate(..., backend="warp")``). States go to the device and back in every physics step: for speed there is
:mod:`kinesis_env.envs.device`.
"""

from __future__ import annotations

import copy
from typing import Any

import mujoco
import numpy as np
import torch

from kinesis_env.simulation import Simulation
from kinesis_env.typing import Array, Mask
from kinesis_env.warp.physics import MASS_FIELDS, STRENGTH_FIELDS, Physics

__all__ = ["HostWarpSimulation", "WarpBatch"]

#: What is written on the host, and what is computed on the device: names of MuJoCo and of :class:`Physics`.
_INPUTS = {
    "qpos": "qpos", "qvel": "qvel", "act": "act", "ctrl": "ctrl", "time": "time", "qacc_warmstart": "warmstart",
    "xfrc_applied": "xfrc",
}  # fmt: skip
_OUTPUTS = {
    "actuator_length": "length", "actuator_velocity": "velocity", "actuator_force": "force", "sensordata": "sensors",
    "xpos": "xpos", "xmat": "xmat", "cvel": "cvel", "subtree_com": "com",
}  # fmt: skip
_GRAVITY = "opt.gravity"


class WarpBatch:
    """``num`` bodies on a device, as arrays on the host.

    Args:
        model: the ``mujoco.MjModel``.
        num: the number of bodies.
        num_threads: has no effect.
        persistent: has no effect.

    Attributes:
        warning: no warnings, as MuJoCo Warp has none, (num, kinds, 2).
    """

    def __init__(self, model: mujoco.MjModel, num: int, num_threads: int = 0, persistent: bool = True) -> None:  # noqa: ARG002
        self._model, self._num = model, num
        self._physics = Physics(model, num, own=STRENGTH_FIELDS + MASS_FIELDS)
        self._arrays = {
            name: np.array(self._live(name).cpu().numpy(), dtype=np.float64) for name in (*_INPUTS, *_OUTPUTS)
        }
        self._own: dict[str, Array] = {}
        self._started = self._physics.zeros(num, dtype=int)
        self.warning = np.zeros((num, int(mujoco.mjtWarning.mjNWARNING), 2), dtype=np.int32)

    def bind(self, name: str) -> Array:
        """Return a field of all bodies, (num, ...), which steps keep current."""
        return self._arrays[name]

    def expand(self, name: str) -> Array:
        """Return a field of the model of each body, (num, ...), to be written."""
        if name not in self._own:
            whole = self._model.opt.gravity if name == _GRAVITY else getattr(self._model, name)
            self._own[name] = np.repeat(np.asarray(whole, dtype=np.float64)[None], self._num, axis=0)
        return self._own[name]

    def set_const(self, ids: Any = None) -> None:  # noqa: ARG002  (of all: equal fields give equal constants)
        """Derive the constants of the models from masses and inertias."""
        self._upload()
        self._physics.masses_changed()

    def reset(self, ids: Mask | None = None, keyframe: int = 0) -> None:
        """Put bodies of a mask, by default all, into a keyframe."""
        rows: Any = slice(None) if ids is None else ids
        for array in self._arrays.values():
            array[rows] = 0.0
        model = self._model
        for name, value in (("qpos", model.key_qpos), ("qvel", model.key_qvel), ("act", model.key_act)):
            self._arrays[name][rows] = value[keyframe]
        self._upload()
        self._physics.run(self._physics.kinematics)
        self._download()

    def forward(self, ids: Any = None, stage: int = 0) -> None:  # noqa: ARG002
        """Compute everything that the states of bodies determine; the others keep their contacts and forces."""
        started = np.ones(self._num, dtype=np.int32)
        if ids is not None:
            started[:] = 0
            started[ids] = 1
        self._upload()
        self._started.tensor.copy_(torch.as_tensor(started))
        self._physics.run(self._forward)
        self._download()

    def step(self, ids: Mask | None = None, nstep: int = 1, stage: int = 0) -> None:  # noqa: ARG002
        """Advance bodies of a mask, by default all, by physics steps."""
        kept = {} if ids is None else {name: array[~ids].copy() for name, array in self._arrays.items()}
        self._upload()
        for _ in range(nstep):
            self._physics.run(self._step)
        self._physics.run(self._physics.kinematics)
        self._download()
        for name, value in kept.items():
            self._arrays[name][~ids] = value  # type: ignore[operator]

    def get_model(self, row: int) -> mujoco.MjModel:
        """Return the model of one body, a copy."""
        model = copy.copy(self._model)
        for name, value in self._own.items():
            target = model.opt.gravity if name == _GRAVITY else getattr(model, name)
            target[:] = value[row]
        if "body_mass" in self._own:
            mujoco.mj_setConst(model, mujoco.MjData(model))
        return model

    def get_data(self, row: int, out: mujoco.MjData | None = None) -> mujoco.MjData:
        """Return one body as an ``mujoco.MjData``, a copy."""
        model = self.get_model(row)
        data = mujoco.MjData(model) if out is None else out
        for name in ("qpos", "qvel", "act", "ctrl", "qacc_warmstart"):
            getattr(data, name)[:] = self._arrays[name][row]
        data.time = float(self._arrays["time"][row])
        mujoco.mj_forward(model, data)
        return data

    def _step(self) -> None:
        self._physics.before_control()
        self._physics.after_control()

    def _forward(self) -> None:
        self._physics.keep()
        self._physics.forward()
        self._physics.give_back(self._started, 0)

    def _live(self, name: str) -> torch.Tensor:
        live: torch.Tensor = getattr(self._physics, (_INPUTS | _OUTPUTS)[name])
        return live

    def _upload(self) -> None:
        for name in _INPUTS:
            self._live(name).copy_(torch.as_tensor(self._arrays[name]))
        for name, value in self._own.items():
            live = self._physics.gravity() if name == _GRAVITY else self._physics.field(name)
            live.copy_(torch.as_tensor(value[..., : live.shape[-1]].reshape(live.shape)))

    def _download(self) -> None:
        for name, array in self._arrays.items():
            if name not in ("ctrl", "xfrc_applied"):
                array[:] = self._live(name).cpu().numpy().reshape(array.shape)
        self._physics.check_overflow()


class HostWarpSimulation(Simulation):
    """Simulations on a device, with the arrays and everything else on the host."""

    batch_class = WarpBatch
