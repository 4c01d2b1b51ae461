"""Lengths, velocities, lever arms and forces of the muscles in given states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import NU, NV

__all__ = ["MuscleStates", "Probe"]

Array: TypeAlias = NDArray[np.float64]
_VELOCITY_STAGE = int(mujoco.mjtStage.mjSTAGE_VEL)
_SMALL = 1e-3


@dataclass
class MuscleStates:
    """length, velocity (n, 80); levers: moment per newton of tension (n, 14, 80) [m]; capacity: tension per activation [N] (n, 80), passive tension [N] (n,80)."""

    length: Array
    velocity: Array
    levers: Array
    capacity: Array
    passive: Array
    yielding: Array

    def moment(self, activation: Array) -> Array:
        tension = activation * self.capacity + self.passive
        return (self.levers @ tension[..., None])[..., 0]

    def damping(self, activation: Array) -> Array:
        """(n, 14)"""
        return (self.levers**2 @ (activation * self.yielding)[..., None])[..., 0]


class Probe:
    def __init__(self, model: Any, num: int, num_threads: int = 0) -> None:
        self.model = model
        self.num = num
        self._batch = Batch(model, num, num_threads)
        bind = self._batch.bind
        self._qpos, self._qvel = bind("qpos"), bind("qvel")
        self._length, self._velocity = bind("actuator_length"), bind("actuator_velocity")
        self._moment, self._rownnz, self._rowadr, self._colind = (bind(n) for n in ("actuator_moment", "moment_rownnz", "moment_rowadr", "moment_colind"))
        self.curves = MuscleCurves(model)

    def look(self, qpos: Array, qvel: Array, strength: Array | float = 1.0) -> MuscleStates:
        out = [self._look(qpos[s : s + self.num], qvel[s : s + self.num]) for s in range(0, len(qpos), self.num)]
        length, velocity, levers = (np.concatenate(p) for p in zip(*out, strict=True))
        slow, fast = (-self.curves.gain(length, velocity + sign * _SMALL) for sign in (-1, 1))
        capacity = -self.curves.gain(length, velocity)
        return MuscleStates(length, velocity, levers, capacity * strength, -self.curves.passive_force(length), (fast - slow) / (2 * _SMALL) * strength)

    def _look(self, qpos, qvel):
        n = len(qpos)
        self._qpos[:n], self._qvel[:n] = qpos, qvel
        self._batch.forward(ids=np.arange(n), stage=_VELOCITY_STAGE)
        dense = np.zeros((n, NU, NV))
        # rows of the sparse matrix are the same in every state
        for i in range(n):
            nnz, adr = self._rownnz[i], self._rowadr[i]
            rows = np.repeat(np.arange(NU), nnz)
            at = np.concatenate([np.arange(a, a + k) for a, k in zip(adr, nnz)])
            dense[i, rows, self._colind[i][at]] = self._moment[i][at]
        return self._length[:n].copy(), self._velocity[:n].copy(), -dense[:, :, 6:].swapaxes(1, 2)
