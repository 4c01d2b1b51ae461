"""Muscle lengths, velocities, moment arms and force capacities in given states."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray

from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import NU, NV
from kinesis_env.typing import Array

__all__ = ["MuscleStates", "Probe"]


_VELOCITY_STAGE = int(mujoco.mjtStage.mjSTAGE_VEL)
#: Finite difference for the slope of the force-velocity curve [m/s].
_FASTER = 1e-3


@dataclass
class MuscleStates:
    """Muscles in n states.

    Attributes:
        length: muscle-tendon length [m], (n, 80).
        velocity: rate of change of the length [m/s], (n, 80).
        levers: moment about each hinge per newton of tension [m], (n, 14, 80).
        capacity: active tension at full activation [N], (n, 80).
        passive: tension at zero activation [N], (n, 80).
        yielding: derivative of the tension at full activation by the velocity [N s/m], (n, 80).
    """

    length: Array
    velocity: Array
    levers: Array
    capacity: Array
    passive: Array
    yielding: Array

    def moment(self, activation: Array) -> Array:
        """Return the moments about the hinges at activations (n, 80), (n, 14) [N m]."""
        tension = activation * self.capacity + self.passive
        return _applied(self.levers, tension)

    def passive_moment(self) -> Array:
        """Return the moments about the hinges at zero activation, (n, 14) [N m]."""
        return _applied(self.levers, self.passive)

    def reach(self, most: Array | float = 1.0) -> tuple[Array, Array]:
        """Return the minimum and maximum moment about each hinge, ignoring the others, (n, 14) each [N m].

        Args:
            most: the highest activations, (n, 80).
        """
        passive, active = self.passive_moment(), most * self.capacity
        ways = (np.minimum(self.levers, 0.0), np.maximum(self.levers, 0.0))
        low, high = (passive + _applied(levers, active) for levers in ways)
        return low, high

    def damping(self, activation: Array) -> Array:
        """Return the damping of each hinge by the muscles at activations (n, 80), (n, 14) [N m s/rad]."""
        return _applied(self.levers * self.levers, activation * self.yielding)


class Probe:
    """Computes muscle states.

    Args:
        model: an ``mujoco.MjModel`` of this package's lower body.
        num: number of states per batch.
        num_threads: number of threads; 0 means one per processor.

    Attributes:
        curves: the force curves of the muscles.
    """

    def __init__(self, model: Any, num: int, num_threads: int = 1) -> None:
        self.curves = MuscleCurves(model)
        self._num = num
        self._batch = Batch(model, num, num_threads)
        bind = self._batch.bind
        self._qpos, self._qvel = bind("qpos"), bind("qvel")
        self._length, self._velocity = bind("actuator_length"), bind("actuator_velocity")
        self._moment = bind("actuator_moment")
        self._sparse = bind("moment_rownnz"), bind("moment_rowadr"), bind("moment_colind")
        self._places: tuple[NDArray[np.int64], ...] | None = None

    def look(self, qpos: Array, qvel: Array, strength: Array | None = None) -> MuscleStates:
        """Return the muscle states at qpos (n, 21) and qvel (n, 20).

        Args:
            qpos: positions.
            qvel: velocities.
            strength: factor of the active force under muscle conditions, (n, 80); by default 1.
        """
        parts = [
            self._look(qpos[start : start + self._num], qvel[start : start + self._num])
            for start in range(0, len(qpos), self._num)
        ]
        length, velocity, levers = (np.concatenate(part) for part in zip(*parts, strict=True))
        curves = self.curves
        capacity, slower, faster = (-curves.gain(length, velocity + change) for change in (0.0, -_FASTER, _FASTER))
        yielding = (faster - slower) / (2.0 * _FASTER)
        if strength is not None:
            capacity, yielding = capacity * strength, yielding * strength
        return MuscleStates(length, velocity, levers, capacity, -curves.passive_force(length), yielding)

    def _look(self, qpos: Array, qvel: Array) -> tuple[Array, Array, Array]:
        count = len(qpos)
        self._qpos[:count], self._qvel[:count] = qpos, qvel
        self._batch.forward(ids=np.arange(count), stage=_VELOCITY_STAGE)
        if self._places is None:  # the hinges that a muscle crosses are the same in every state
            size, start, columns = (part[0].astype(np.int64) for part in self._sparse)
            rows = np.repeat(np.arange(NU), size)
            at = np.concatenate([start[i] + np.arange(size[i]) for i in range(NU)])
            self._places = rows, columns[at], at
        rows, columns, at = self._places
        dense = np.zeros((count, NV, NU))
        dense[:, columns, rows] = -self._moment[:count, at]
        return self._length[:count].copy(), self._velocity[:count].copy(), dense[:, NV - 14 :]


def between(first: MuscleStates, second: MuscleStates, share: float) -> MuscleStates:
    """Interpolate linearly between two sets of states."""
    names = [part.name for part in fields(MuscleStates)]
    return MuscleStates(**{name: (1 - share) * getattr(first, name) + share * getattr(second, name) for name in names})


def _applied(levers: Array, tension: Array) -> Array:
    moment: Array = (levers @ tension[..., None])[..., 0]
    return moment
