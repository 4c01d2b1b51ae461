"""MuJoCo's activation dynamics, forward and back: what a muscle can reach in a few physics steps, and how it gets there."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["ActivationDynamics"]

Array: TypeAlias = NDArray[np.float64]

_BISECTIONS = 12


class ActivationDynamics:
    def __init__(self, model: object) -> None:
        self._rise, self._fall = model.actuator_dynprm[:, :2].T
        self._timestep = model.opt.timestep

    def after(self, activation: Array, excitation: Array | float, steps: int) -> Array:
        """Return the activations after some physics steps with constant excitations."""
        for _ in range(steps):
            shape = 0.5 + 1.5 * np.minimum(np.maximum(activation, 0.0), 1.0)
            change = excitation - activation
            time = np.where(change > 0.0, self._rise * shape, self._fall / shape)
            activation = activation + self._timestep * change / time
        return activation

    def excitation(self, activation: Array, wanted: Array, steps: int) -> Array:
        """Return the constant excitations in [0, 1] that bring activations nearest to the wanted ones."""
        low, high = np.zeros_like(wanted), np.ones_like(wanted)
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            short = self.after(activation, middle, steps) < wanted
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        middle = 0.5 * (low + high)
        # the ends themselves
        middle = np.where(wanted <= self.after(activation, 0.0, steps), 0.0, middle)
        return np.where(wanted >= self.after(activation, 1.0, steps), 1.0, middle)
