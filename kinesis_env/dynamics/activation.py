"""MuJoCo's activation dynamics and their inverse: the activation after a few physics steps, and the excitation for it.

Activation follows excitation with the time constants of the model. The activation time constant grows with the current
activation, and the deactivation time constant shrinks with it (``mju_muscleDynamics``; M. Millard et al., J. Biomech.
Eng. 135, 2013).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kinesis_env.typing import Array

__all__ = ["ActivationDynamics"]


_BISECTIONS = 12


class ActivationDynamics:
    """The activation dynamics of a model's muscles.

    Args:
        model: an ``mujoco.MjModel``.
        timestep: seconds per physics step.
    """

    def __init__(self, model: Any, timestep: float) -> None:
        self._rise, self._fall = timestep / model.actuator_dynprm[:, :2].T

    def after(self, activation: Array, excitation: Array | float, steps: int) -> Array:
        """Return the activations (n, 80) after ``steps`` physics steps with constant excitations (n, 80)."""
        for _ in range(steps):
            shape = 0.5 + 1.5 * np.minimum(np.maximum(activation, 0.0), 1.0)
            change = excitation - activation
            activation = activation + change * np.where(change > 0.0, self._rise / shape, self._fall * shape)
        return activation

    def time_constant(self, activation: Array, change: Array) -> Array:
        """Return the time constants (n, 80) at activations that rise or fall by ``change`` (n, 80), in time steps."""
        shape = 0.5 + 1.5 * np.minimum(np.maximum(activation, 0.0), 1.0)
        constant: Array = np.where(change > 0.0, shape / self._rise, 1.0 / (self._fall * shape))
        return constant

    def excitation(self, activation: Array, wanted: Array, steps: int) -> Array:
        """Return the constant excitations that bring the activations closest to the wanted ones, (n, 80) each."""
        low, high = np.zeros_like(wanted), np.ones_like(wanted)
        least, most = self.after(activation, 0.0, steps), self.after(activation, 1.0, steps)
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            short = self.after(activation, middle, steps) < wanted
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        between = 0.5 * (low + high)
        return np.where(wanted <= least, 0.0, np.where(wanted >= most, 1.0, between))
