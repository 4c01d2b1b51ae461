"""From actions to excitations, for every muscle of every simulation at once.

Two action modes, both with actions in [-1, 1]:

- ``"excitation"``: the excitation is ``(action + 1) / 2``.
- ``"length"``: each muscle is a length servo. The target length is ``(action + 1) / 2`` of the muscle's maximum
  length; a spring and damper on the muscle-tendon length gives the desired tension, and the excitation is what the
  muscle model needs to produce it. This is the controller of the published KINESIS environment.

The muscle curves are MuJoCo's own (``mju_muscleGain`` and ``mju_muscleBias``), written for arrays (n, 80); a test
compares them to 1e-12.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeAlias, get_args

import mujoco
import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import ConfigError
from kinesis_env.loops import servo
from kinesis_env.loops.compiled import compiled
from kinesis_env.typing import Array

__all__ = ["ACTION_MODES", "ActionMode", "MuscleCurves", "Muscles"]

ActionMode: TypeAlias = Literal["length", "excitation"]

ACTION_MODES: tuple[str, ...] = get_args(ActionMode)

#: Gains of the length servo in units of the peak isometric force: per meter, and per meter per second.
STIFFNESS = 5.0
DAMPING = 0.5

# Rows of the lines that make up the curves, see MuscleCurves.
_TOE, _FLANK, _MISSING, _SHORTEN, _STRETCH, _PULL, _LINE, _RISING = range(8)
_SQUARES, _MOVING = slice(0, 5), slice(3, 6)
# 0-d arrays: NumPy converts a Python number anew in every operation.
_ONE, _MINUS_ONE = np.array(1.0), np.array(-1.0)


class MuscleCurves:
    """The force curves of a model's muscles.

    Every curve is a sum of squares of clipped straight lines, which needs few passes over the muscles:

    - force-length: ``f^2 - g^2 + 1/2`` with ``f`` and ``g`` proportional to the height on the nearer flank and to the
      distance to the top, each clipped half-way;
    - force-velocity: ``a^2 - b^2 + y`` with ``a`` for shortening, ``b`` for lengthening, and y the plateau above 1;
    - passive: ``p + z^2`` with ``p`` the linear part and ``z`` rounding its toe.

    Forces are in units of 5 F0 per meter, that is, the stretch [m] at which the servo would pull as hard.

    Args:
        model: an ``mujoco.MjModel`` whose actuators are all muscles.

    Attributes:
        peak_force: peak isometric force [N], (nu,).
        optimal_length: optimal fiber length [m], (nu,).
        slack_length: tendon slack length [m], (nu,).
        length_max: upper end of the muscle-tendon length range [m], (nu,).
        constants: the constants of the curves for :func:`kinesis_env.loops.servo`: one record with a field of (nu,)
            numbers for each.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        parameters: Array = model.actuator_gainprm[:, :9].T.copy()
        range_lo, range_hi, peak_force, _, lmin, lmax, vmax, fpmax, fvmax = parameters
        lengths: Array = model.actuator_lengthrange.T.copy()
        self.peak_force: Array = peak_force
        self.length_max: Array = lengths[1]
        self.optimal_length: Array = (lengths[1] - lengths[0]) / (range_hi - range_lo)
        self.slack_length: Array = lengths[0] - range_lo * self.optimal_length
        zero, one = np.zeros_like(lmin), np.ones_like(lmin)
        unit = 1.0 / STIFFNESS
        plateau = fvmax - 1.0
        flank = np.sqrt(2.0 * unit) * one
        toe, line = np.sqrt(0.5 * unit * fpmax), unit * fpmax
        rise, fall, stretch = 1.0 / (1.0 - lmin), 1.0 / (lmax - 1.0), 2.0 / (lmax - 1.0)
        # The lines by row: slope over fiber length, slope over fiber velocity, value at zero, minimum, maximum.
        # The row of g is the distance from f to the top; the last row is the rising flank; f uses the lower flank.
        lines = (
            (-toe * stretch, zero, toe * (1.0 + stretch), zero, toe),
            (-flank * fall, zero, flank * fall * lmax, zero, 0.5 * flank),
            (zero, zero, zero, zero, 0.5 * flank),
            (zero, 1.0 / vmax, one, zero, one),
            (zero, -1.0 / (vmax * np.sqrt(plateau)), np.sqrt(plateau), zero, np.sqrt(plateau)),
            (zero, zero, zero, zero, unit * one),
            (line * stretch, zero, -line * (stretch + 0.5), -0.5 * line, np.inf * one),
            (flank * rise, zero, -flank * rise * lmin, zero, zero),
        )
        slopes, rates, values, least, greatest = (np.stack(column) for column in zip(*lines, strict=True))
        slopes /= self.optimal_length
        rates /= self.optimal_length
        values -= slopes * self.slack_length
        slopes[_PULL], rates[_PULL], values[_PULL] = 1.0, DAMPING / STIFFNESS, 0.0
        bases = np.stack((0.5 * unit * one, plateau))
        limits = least[:_RISING], greatest[:_RISING]
        self._constants = (slopes, rates[_MOVING], values, *limits, bases, flank, unit / peak_force)
        self._scratch = _Scratch(self._constants, 1)
        self.constants = _record(
            toe_slope=slopes[_TOE],
            toe_value=values[_TOE],
            toe_greatest=greatest[_TOE],
            fall_slope=slopes[_FLANK],
            fall_value=values[_FLANK],
            rise_slope=slopes[_RISING],
            rise_value=values[_RISING],
            half_flank=greatest[_FLANK],
            flank_top=flank,
            shorten_rate=rates[_SHORTEN],
            stretch_rate=rates[_STRETCH],
            stretch_greatest=greatest[_STRETCH],
            line_slope=slopes[_LINE],
            line_value=values[_LINE],
            line_least=least[_LINE],
            pull_rate=rates[_PULL],
            pull_greatest=greatest[_PULL],
            plateau=plateau,
            least_gain=unit / peak_force,
        )

    def fiber_length(self, length: Array) -> Array:
        """Return fiber lengths in optimal lengths, (n, nu), from muscle-tendon lengths [m]."""
        fibers: Array = (length - self.slack_length) / self.optimal_length
        return fibers

    def gain(self, length: Array, velocity: Array) -> Array:
        """Return the force per activation [N], (n, nu), never positive: muscles only pull.

        Args:
            length: muscle-tendon lengths [m], (n, nu).
            velocity: their rates of change [m/s], (n, nu).
        """
        gain, _, _ = self._evaluate(length, length, velocity)
        force: Array = -STIFFNESS * self.peak_force * gain
        return force

    def passive_force(self, length: Array) -> Array:
        """Return the force without activation [N], (n, nu), never positive."""
        _, passive, _ = self._evaluate(length, length, np.zeros_like(length))
        force: Array = -STIFFNESS * self.peak_force * passive
        return force

    def servo_target(self, activation: Array, length: Array, velocity: Array) -> Array:
        """Return the target lengths (n, nu) [m] at which the servo requests the current tension of muscles.

        Args:
            activation: current muscle activations, (n, nu).
            length: muscle-tendon lengths [m], (n, nu).
            velocity: their rates of change [m/s], (n, nu).
        """
        force = self.gain(length, velocity) * activation + self.passive_force(length)
        target: Array = length + (DAMPING * velocity + force / self.peak_force) / STIFFNESS
        return target

    def servo_excitation(self, target: Array, length: Array, velocity: Array) -> Array:
        """Return the excitations (n, nu) with which the muscles pull toward target lengths.

        The desired force is ``clip(5 F0 (target - length) - 0.5 F0 velocity, -F0, 0)`` with F0 the peak isometric
        force; the excitation is ``clip((force - passive) / min(-1, gain), 0, 1)``.

        Args:
            target: target muscle-tendon lengths [m], (n, nu).
            length: muscle-tendon lengths [m], (n, nu).
            velocity: their rates of change [m/s], (n, nu).
        """
        quick = compiled(servo)
        if quick is not None:
            result = np.empty_like(length)
            quick(target, length, velocity, self.constants, result, result)
            return result
        gain, passive, pull = self._evaluate(target, length, velocity)
        pull -= passive
        np.maximum(gain, self._scratch.least_gain, out=gain)
        pull /= gain
        np.maximum(pull, 0.0, out=pull)
        return np.minimum(pull, 1.0)

    def most_excitation(self, length: Array, velocity: Array) -> Array:
        """Return the highest excitations (n, nu) that the servo gives: those of targets of 0 m.

        Its desired force is at most 5 F0 length + 0.5 F0 velocity, which is less than F0 in muscles shorter than 0.2 m.

        Args:
            length: muscle-tendon lengths [m], (n, nu).
            velocity: their rates of change [m/s], (n, nu).
        """
        return self.servo_excitation(np.zeros_like(length), length, velocity)

    def _evaluate(self, target: Array, length: Array, velocity: Array) -> tuple[Array, Array, Array]:
        """Return force per activation, passive force and the servo's desired force, all nonnegative, (n, nu) each.

        They are overwritten by the next call.
        """
        if len(length) != len(self._scratch.gain):
            self._scratch = _Scratch(self._constants, len(length))
        s = self._scratch
        np.multiply(s.slopes, length, out=s.lines)
        np.multiply(s.rates, velocity, out=s.rated)
        s.moving += s.rated
        s.lines += s.values
        s.pull -= target
        np.minimum(s.flank, s.rising, out=s.flank)
        np.subtract(s.top, s.flank, out=s.missing)
        np.maximum(s.clipped, s.least, out=s.clipped)
        np.minimum(s.clipped, s.greatest, out=s.clipped)
        s.squares *= s.squares
        s.heights -= s.gaps
        s.heights += s.bases
        s.toe += s.line
        s.gain *= s.speed
        return s.gain, s.toe, s.pull


def _record(**fields: Array) -> NDArray[Any]:
    """Return one record of named vectors, (1,), which compiled loops read by name."""
    record = np.zeros(1, dtype=[(name, np.float64, field.shape) for name, field in fields.items()])
    for name, field in fields.items():
        record[name][0] = field
    return record


class _Scratch:
    """Constants repeated for ``num`` simulations, as passes over equal shapes are twice as fast, and work arrays."""

    def __init__(self, constants: tuple[Array, ...], num: int) -> None:
        repeated = [np.repeat(array[..., None, :], num, axis=-2) for array in constants]
        self.slopes, self.rates, self.values, self.least, self.greatest, self.bases, self.top, self.least_gain = (
            repeated
        )
        self.lines: Array = np.empty_like(self.slopes)
        self.rated: Array = np.empty_like(self.rates)
        self.moving, self.clipped, self.squares = self.lines[_MOVING], self.lines[:_RISING], self.lines[_SQUARES]
        self.toe, self.line, self.pull = self.lines[_TOE], self.lines[_LINE], self.lines[_PULL]
        self.flank, self.missing, self.rising = self.lines[_FLANK], self.lines[_MISSING], self.lines[_RISING]
        self.heights, self.gaps = self.lines[_FLANK : _PULL - 1 : 2], self.lines[_MISSING:_PULL:2]
        self.gain, self.speed = self.heights


class Muscles:
    """The action modes of a model's muscles.

    Args:
        model: an ``mujoco.MjModel`` whose actuators are all muscles.
        mode: ``"length"`` or ``"excitation"``.

    Raises:
        ConfigError: an unknown mode.
    """

    def __init__(self, model: mujoco.MjModel, mode: str) -> None:
        if mode not in ACTION_MODES:
            raise ConfigError(f"action_mode must be one of {', '.join(map(repr, ACTION_MODES))}, given {mode!r}")
        self.mode = mode
        self.curves = MuscleCurves(model)
        self._half_greatest = 0.5 * (self.curves.length_max if mode == "length" else np.ones(model.nu))[None]

    @property
    def closed_loop(self) -> bool:
        """Whether the excitation depends on the state, and so changes within a control step."""
        return self.mode == "length"

    def command(self, action: Array) -> Array:
        """Return the command of an action, (n, nu): target lengths [m], or excitations.

        Args:
            action: (n, nu) in [-1, 1]; values outside are clipped.
        """
        command: Array = np.minimum(np.maximum(action, _MINUS_ONE), _ONE)
        command += _ONE
        command *= self._half_greatest
        return command

    def excitation(self, command: Array, length: Array, velocity: Array) -> Array:
        """Return the excitations (n, nu) for a command at the muscles' current lengths and velocities."""
        return self.curves.servo_excitation(command, length, velocity) if self.closed_loop else command

    def driver(self, command: Array, length: Array, velocity: Array) -> Callable[[Array, Array], None]:
        """Return a function that writes the servo's current excitations, (n, nu), to two arrays.

        Args:
            command: target lengths [m], (n, nu).
            length: live muscle-tendon lengths [m], (n, nu).
            velocity: their live rates of change [m/s], (n, nu).
        """
        quick = compiled(servo)
        if quick is not None:
            return partial(quick, command, length, velocity, self.curves.constants)

        def drive(excitation: Array, ctrl: Array) -> None:
            excitation[:] = ctrl[:] = self.curves.servo_excitation(command, length, velocity)

        return drive

    def action_for_length(self, length: Array) -> Array:
        """Return the actions (n, nu) of the length mode whose targets are the given muscle-tendon lengths [m]."""
        action: Array = np.clip(2.0 * length / self.curves.length_max - 1.0, -1.0, 1.0)
        return action
