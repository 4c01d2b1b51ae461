"""From actions to excitations, for every muscle of every simulation at once.

Two action modes, both with actions in [-1, 1]:

- ``"excitation"``: the excitation is ``(action + 1) / 2``.
- ``"length"``: each muscle is a length servo. The target length is ``(action + 1) / 2`` of the muscle's greatest
  length; a spring and damper on the muscle-tendon length gives the wanted tension, and the excitation is what the
  muscle model needs to produce it. This is the controller of the published KINESIS environment.

The muscle curves are MuJoCo's own (``mju_muscleGain`` and ``mju_muscleBias``), written for arrays (n, 80); a test
compares them to 1e-12.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import ConfigError

__all__ = ["ACTION_MODES", "ActionMode", "MuscleCurves", "Muscles"]

Array: TypeAlias = NDArray[np.float64]
ActionMode: TypeAlias = Literal["length", "excitation"]

ACTION_MODES: tuple[str, ...] = get_args(ActionMode)

#: Gains of the length servo in units of the peak isometric force: per metre, and per metre per second.
STIFFNESS = 5.0
DAMPING = 0.5


class MuscleCurves:
    """The force curves of a model's muscles.

    Args:
        model: an ``mujoco.MjModel`` whose actuators are all muscles.

    Attributes:
        peak_force: peak isometric force [N], (nu,).
        optimal_length: optimal fiber length [m], (nu,).
        slack_length: tendon slack length [m], (nu,).
        length_max: upper end of the muscle-tendon length range [m], (nu,).
    """

    def __init__(self, model: Any) -> None:
        parameters: Array = model.actuator_gainprm[:, :9].T.copy()
        range_lo, range_hi, peak_force, _, lmin, lmax, vmax, fpmax, fvmax = parameters
        lengths: Array = model.actuator_lengthrange.T.copy()
        length_lo = lengths[0]
        self.length_max: Array = lengths[1]
        self.peak_force: Array = peak_force
        self.optimal_length: Array = (self.length_max - length_lo) / (range_hi - range_lo)
        self.slack_length: Array = length_lo - range_lo * self.optimal_length
        self._to_fibers: Array = 1.0 / self.optimal_length
        self._fiber_offset: Array = -self.slack_length / self.optimal_length
        self._to_velocity: Array = 1.0 / (self.optimal_length * vmax)
        self._lmin: Array = lmin
        self._lmax: Array = lmax
        self._rise: Array = 1.0 / (1.0 - lmin)
        self._fall: Array = 1.0 / (lmax - 1.0)
        self._fvmax: Array = fvmax
        self._plateau: Array = fvmax - 1.0
        self._passive_slope: Array = 2.0 / (lmax - 1.0)
        self._passive_peak: Array = self.peak_force * fpmax

    def fiber_length(self, length: Array) -> Array:
        """Return fiber lengths in optimal lengths, (n, nu), of muscle-tendon lengths [m]."""
        return length * self._to_fibers + self._fiber_offset

    def gain(self, length: Array, velocity: Array) -> Array:
        """Return the force per activation [N], (n, nu), never positive: muscles only pull.

        Args:
            length: muscle-tendon lengths [m], (n, nu).
            velocity: their rates of change [m/s], (n, nu).
        """
        return self._gain(self.fiber_length(length), velocity)

    def passive_force(self, length: Array) -> Array:
        """Return the force without activation [N], (n, nu), never positive."""
        return self._passive_force(self.fiber_length(length))

    def _gain(self, fibers: Array, velocity: Array) -> Array:
        # Each side of the force-length curve is two parabolas joined half-way between its foot and its top.
        height = np.minimum((fibers - self._lmin) * self._rise, (self._lmax - fibers) * self._fall)
        np.clip(height, 0.0, 1.0, out=height)
        foot = np.minimum(height, 1.0 - height)
        foot *= foot
        foot *= 2.0
        force_length = np.where(height <= 0.5, foot, 1.0 - foot)
        speed = np.clip(velocity * self._to_velocity, -1.0, self._plateau)
        shortening = speed + 1.0
        missing = self._plateau - speed
        lengthening = self._fvmax - missing * missing / self._plateau
        force_velocity = np.where(speed <= 0.0, shortening * shortening, lengthening)
        return -self.peak_force * force_length * force_velocity

    def _passive_force(self, fibers: Array) -> Array:
        stretch = np.maximum(fibers - 1.0, 0.0) * self._passive_slope
        parabola = np.minimum(stretch, 1.0)
        return -self._passive_peak * (0.5 * parabola * parabola + (stretch - parabola))

    def servo_excitation(self, target: Array, length: Array, velocity: Array) -> Array:
        """Return the excitations (n, nu) with which the muscles pull towards target lengths.

        The wanted force is ``clip(5 F0 (target - length) - 0.5 F0 velocity, -F0, 0)`` with F0 the peak isometric
        force; the excitation is ``clip((force - passive) / min(-1, gain), 0, 1)``.

        Args:
            target: wanted muscle-tendon lengths [m], (n, nu).
            length: muscle-tendon lengths [m], (n, nu).
            velocity: their rates of change [m/s], (n, nu).
        """
        fibers = self.fiber_length(length)
        wanted = np.clip(STIFFNESS * (target - length) - DAMPING * velocity, -1.0, 0.0) * self.peak_force
        gain = np.minimum(self._gain(fibers, velocity), -1.0)
        excitation: Array = (wanted - self._passive_force(fibers)) / gain
        return np.clip(excitation, 0.0, 1.0, out=excitation)


class Muscles:
    """The action modes of a model's muscles.

    Args:
        model: an ``mujoco.MjModel`` whose actuators are all muscles.
        mode: ``"length"`` or ``"excitation"``.

    Raises:
        ConfigError: an unknown mode.
    """

    def __init__(self, model: Any, mode: str) -> None:
        if mode not in ACTION_MODES:
            raise ConfigError(f"unknown action_mode {mode!r}; it is one of {', '.join(ACTION_MODES)}")
        self.mode = mode
        self.curves = MuscleCurves(model)

    @property
    def closed_loop(self) -> bool:
        """Whether the excitation depends on the state, and so changes within a control step."""
        return self.mode == "length"

    def command(self, action: Array) -> Array:
        """Return what an action asks for, (n, nu): target lengths [m], or excitations.

        Args:
            action: (n, nu) in [-1, 1]; values outside are clipped.
        """
        fraction: Array = 0.5 * (np.clip(action, -1.0, 1.0) + 1.0)
        return fraction * self.curves.length_max if self.closed_loop else fraction

    def excitation(self, command: Array, length: Array, velocity: Array) -> Array:
        """Return the excitations (n, nu) for a command at the muscles' present lengths and velocities."""
        return self.curves.servo_excitation(command, length, velocity) if self.closed_loop else command

    def action_for_length(self, length: Array) -> Array:
        """Return the actions (n, nu) of the length mode whose targets are the given muscle-tendon lengths [m]."""
        action: Array = np.clip(2.0 * length / self.curves.length_max - 1.0, -1.0, 1.0)
        return action
