"""Muscle conditions: fatigue, weakness, noise, delay, and a heavier or lighter body.

:class:`Conditions` converts the controller's excitations to those that reach the muscles, for every muscle of every
simulation at once, and holds the strength and mass of each. Each amount is a number, or a range from which every
episode draws a value; every row draws from its own generator.

Fatigue is the three-compartment controller model with rest recovery, 3CC-r (T. Xia and L. Frey Law, J. Biomech. 41,
2008; J. Looft, N. Herkert and L. Frey-Law, J. Biomech. 77, 2018): of each muscle a fraction M_A is active, M_F fatigued
and the rest, M_R, at rest. With the target load TL,

    dM_A/dt = C - F M_A        dM_F/dt = F M_A - R' M_F        dM_R/dt = R' M_F - C

where R' = r R while the muscle rests, that is, at a target load of at most 0.01 (R. Rakshit et al., J. Biomech., 2021,
doi:10.1016/j.jbiomech.2021.110695, eq. 7), and R otherwise, also while the load falls; and the controller C brings M_A
to TL as far as M_R allows. Here M_A is the muscle's activation, so that MuJoCo's activation dynamics are the controller
(the published model is insensitive to the controller's gains): the excitation is the target load, and at most 1 - M_F
of it reaches the muscle.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.checks import check_number
from kinesis_env.config.schema import Amount
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.errors import ConfigError, ResetError
from kinesis_env.model.draws import draw, draws, standard_normal
from kinesis_env.model.names import ModelNames
from kinesis_env.model.strength import strength_factors
from kinesis_env.typing import Array, Mask, Rows

__all__ = ["FATIGUE", "LEAST_STRENGTH", "NO_FATIGUE", "Conditions", "FatigueRates", "fatigue_rates", "select_muscles"]


#: Strength below which a muscle is not activated further to make up for it.
LEAST_STRENGTH = 1e-6


@dataclass(frozen=True)
class FatigueRates:
    """Parameters of 3CC-r: fatigue F [1/s], recovery R [1/s], and the factor r of recovery at rest."""

    fatigue: float
    recovery: float
    rest: float


#: Published parameters by joint: F and R of L. Frey-Law, J. Looft and J. Heitsman, J. Biomech. 45, 2012, fitted to
#: endurance times (table 1); r of Looft et al. 2018. The hip was not measured: its muscles have the parameters fitted
#: to all joints together, as in MyoSuite.
FATIGUE = {
    "ankle": FatigueRates(0.00589, 0.00058, 15.0),
    "knee": FatigueRates(0.01500, 0.00149, 15.0),
    "hip": FatigueRates(0.00970, 0.00091, 15.0),
}
#: The joint whose parameters a muscle has, by name without the side; all others have the hip's.
_JOINT = {
    "ankle": "edl ehl fdl fhl gaslat gasmed perbrev perlong soleus tibant tibpost",
    "knee": "bflh bfsh grac recfem sart semimem semiten vasint vaslat vasmed",
}
NO_FATIGUE = "option 'fatigue' needs muscles that fatigue; create the environment with fatigue=True"
#: Largest target load of a muscle at rest.
REST_LOAD = 0.01


class Conditions:
    """The muscle conditions of ``num`` simulations.

    Args:
        config: the conditions and their amounts.
        muscles: names of the muscles.
        num: the number of simulations.
        timestep: seconds per physics step.
        base: factors of the peak active forces without weakness, (80,); None is 1.

    Attributes:
        strength: remaining fraction of the peak active force, (num, 80), or None.
        mass_scale: factor of all masses and inertias, (num,), or None.
        fatigue: fatigued fraction of each muscle, (num, 80), or None.
        noise: standard deviation of an excitation relative to its value, (num,), or None.
        delay: physics steps until an excitation arrives, (num,), or None.

    Raises:
        ConfigError: a pattern that matches no muscle.
    """

    def __init__(
        self, config: BodyConfig, muscles: Sequence[str], num: int, timestep: float, base: Array | None = None
    ) -> None:
        self._config = config
        self._muscles = tuple(muscles)
        self._timestep = timestep
        size = num, len(muscles)
        self._weak = {glob: select_muscles(glob, muscles) for glob in config.weakness}
        self._left = {glob: np.ones(num) for glob in config.weakness}
        self._base = base
        self.strength: Array | None = np.ones(size) if config.weakness or base is not None else None
        self.mass_scale: Array | None = np.ones(num) if config.mass_scale != 1.0 else None
        self.fatigue: Array | None = np.zeros(size) if config.fatigue else None
        self.noise: Array | None = np.zeros(num) if config.excitation_noise != 0.0 else None
        self.delay: NDArray[np.int64] | None = np.zeros(num, dtype=np.int64) if config.activation_delay != 0.0 else None
        rates = fatigue_rates(muscles)
        self._tire = timestep * rates[0]
        self._recover = timestep * rates[1]
        self._rest_factor = rates[2]
        self._keys: NDArray[np.uint64] = np.zeros(num, dtype=np.uint64)
        self._draws: NDArray[np.uint64] = np.zeros(num, dtype=np.uint64)
        self._gain: Array = np.ones(size)
        longest = round(_upper(config.activation_delay) / timestep) + 1
        self._pipe: Array = np.zeros((num, longest, len(muscles)) if self.delay is not None else (0, 0, 0))
        self._head: NDArray[np.int64] = np.zeros(num, dtype=np.int64)
        self._rows = np.arange(num)

    @classmethod
    def of(cls, config: BodyConfig, model: Any, num: int) -> Conditions | None:
        """Return the conditions of bodies with an ``mujoco.MjModel``, or None if there are none.

        Raises:
            ConfigError: a pattern that matches no muscle, or an impossible strength.
        """
        if not config.has_conditions:
            return None
        base = strength_factors(model, config.strength)
        return cls(config, ModelNames.of(model).muscles, num, model.opt.timestep, base)

    @property
    def dynamic(self) -> bool:
        """Whether an excitation changes on its way to the muscle."""
        return self.fatigue is not None or self.noise is not None or self.delay is not None

    def renew(self, rows: Rows, rngs: Sequence[np.random.Generator], fatigue: Sequence[Any] | None = None) -> None:
        """Draw the conditions of new episodes.

        Args:
            rows: indices of the simulations, (k,).
            rngs: their generators, k.
            fatigue: fatigued fraction at the start of each row, k: a number, or a mapping of globs to numbers; None
                draws it from the configuration.

        Raises:
            ResetError: an impossible fatigue, or a fatigue if the muscles do not fatigue.
        """
        if fatigue is not None and self.fatigue is None:
            raise ResetError(NO_FATIGUE)
        config = self._config
        for i, (row, rng) in enumerate(zip(rows, rngs, strict=True)):
            for glob, amount in config.weakness.items():
                self._left[glob][row] = draw(amount, rng)
            if self.noise is not None:
                self.noise[row] = draw(config.excitation_noise, rng)
                self._keys[row] = rng.integers(0, 2**64, dtype=np.uint64)
            if self.delay is not None:
                self.delay[row] = round(draw(config.activation_delay, rng) / self._timestep)
            if self.mass_scale is not None:
                self.mass_scale[row] = draw(config.mass_scale, rng)
            if self.fatigue is not None:
                if fatigue is None:
                    self.fatigue[row] = draws(config.initial_fatigue, rng, len(self._muscles))
                else:
                    self.fatigue[row] = self.given_fatigue(fatigue[i])
        self._draws[rows] = 0
        if self.strength is not None:
            self.strength[rows] = 1.0 if self._base is None else self._base
            for glob, chosen in self._weak.items():
                whole = 1.0 if self._base is None else self._base[chosen]
                self.strength[np.ix_(rows, chosen)] = whole * self._left[glob][rows, None]

    def start(self, rows: Rows, activation: Array) -> None:
        """Fill the delay line with the activations (k, 80) of rows (k,)."""
        if self.delay is not None:
            self._pipe[rows] = activation[:, None]

    def restart(self, rows: Rows, activation: Array) -> None:
        """Reset rows (k,) that have diverged, and continue with activations (k, 80)."""
        self.start(rows, activation)
        if self.fatigue is not None:
            self.fatigue[rows] = np.clip(np.nan_to_num(self.fatigue[rows]), 0.0, 1.0)

    def compensated(self, activation: Array, rows: Any = slice(None)) -> Array:
        """Return activations that give the forces of ``activation`` (k, 80) at full strength, at most 1.

        Args:
            activation: of muscles at full strength, (k, 80).
            rows: the simulations, (k,); by default all.
        """
        if self.strength is None:
            return activation
        more: Array = np.minimum(activation / np.maximum(self.strength[rows], LEAST_STRENGTH), 1.0)
        return more

    def snapshot(self, rows: Rows) -> dict[str, NDArray[Any]]:
        """Return a copy of all draws and state of rows (k,), (k, ...) each."""
        kept = {name: part[rows].copy() for name, part in self._memory().items()}
        if self.delay is not None:
            # The delay line in reading order: the excitation that was put in last comes last.
            length = self._pipe.shape[1]
            order = (self._head[rows, None] + np.arange(length)) % length
            kept["pipe"] = self._pipe[rows[:, None], order]
        return kept

    def restore(self, rows: Rows, kept: Mapping[str, NDArray[Any]]) -> None:
        """Restore rows (k,) to the result of :meth:`snapshot`."""
        for name, part in self._memory().items():
            part[rows] = kept[name]
        if self.delay is not None:
            self._pipe[rows] = kept["pipe"]
            self._head[rows] = 0

    def _memory(self) -> dict[str, NDArray[Any]]:
        parts: dict[str, NDArray[Any] | None] = {
            "strength": self.strength,
            "mass_scale": self.mass_scale,
            "fatigue": self.fatigue,
            "noise": self.noise,
            "delay": self.delay,
            **{f"weakness_{glob}": left for glob, left in self._left.items()},
        }
        if self.noise is not None:
            parts |= {"keys": self._keys, "draws": self._draws}
        return {name: part for name, part in parts.items() if part is not None}

    def begin_step(self, stepped: Mask) -> None:
        """Draw the noise of the next control step of some rows, (num,)."""
        if self.noise is not None:
            self._gain = 1.0 + self.noise[:, None] * standard_normal(self._keys, self._draws, len(self._muscles))
            self._draws += stepped.astype(np.uint64)

    def deliver(self, excitation: Array, activation: Array, stepped: Mask) -> Array:
        """Return the excitations that reach the muscles in one physics step, (num, 80).

        Args:
            excitation: the controller's excitations, (num, 80).
            activation: the muscles' activations at the start of the step, (num, 80).
            stepped: the rows that take the step, (num,); the conditions of the others do not change.
        """
        if self.noise is not None:
            excitation = np.clip(excitation * self._gain, 0.0, 1.0)
        if self.delay is not None:
            length = self._pipe.shape[1]
            self._pipe[self._rows, self._head] = excitation
            excitation = self._pipe[self._rows, (self._head - self.delay) % length]
            self._head = (self._head + stepped) % length
        if self.fatigue is not None:
            load = excitation
            excitation = np.minimum(excitation, 1.0 - self.fatigue)
            recovery = np.where(load <= REST_LOAD, self._rest_factor, 1.0) * self._recover * self.fatigue
            self.fatigue += stepped[:, None] * (self._tire * activation - recovery)
        return excitation

    def info(self) -> dict[str, Array]:
        """Return the amount of each condition in force, (num,) each; for fatigue, the mean over the muscles."""
        info: dict[str, Array] = {f"weakness_{glob}": left.copy() for glob, left in self._left.items()}
        if self.noise is not None:
            info["excitation_noise"] = self.noise.copy()
        if self.delay is not None:
            info["activation_delay"] = self._timestep * self.delay.astype(np.float64)
        if self.mass_scale is not None:
            info["mass_scale"] = self.mass_scale.copy()
        if self.fatigue is not None:
            info["fatigue"] = self.fatigue.mean(axis=1)
        return info

    def given_fatigue(self, value: object) -> Array:
        """Return the fatigued fraction of each muscle, (80,), for a number or a mapping of globs to numbers.

        Raises:
            ResetError: an impossible fatigue, or muscles that do not fatigue.
        """
        if self.fatigue is None:
            raise ResetError(NO_FATIGUE)
        by_pattern = value if isinstance(value, Mapping) else {"*": value}
        start = np.zeros(len(self._muscles))
        for pattern, fraction in by_pattern.items():
            share = check_number("option 'fatigue'", fraction, 0.0, 1.0, error=ResetError)
            try:
                start[select_muscles(pattern, self._muscles)] = share
            except ConfigError as error:
                raise ResetError(f"option 'fatigue': {error}") from error
        return start


def fatigue_rates(muscles: Sequence[str]) -> Array:
    """Return F, R and r of muscles by name, (3, len(muscles)); left and right are the same."""
    joint_of = {muscle: joint for joint, names in _JOINT.items() for muscle in names.split()}
    rates = [FATIGUE[joint_of.get(name.rsplit("_", 1)[0], "hip")] for name in muscles]
    return np.array([(rate.fatigue, rate.recovery, rate.rest) for rate in rates]).T


def select_muscles(glob: str, muscles: Sequence[str]) -> NDArray[np.intp]:
    """Return the indices of the muscles that a glob such as ``"vas*_l"`` matches.

    Raises:
        ConfigError: the glob matches none; the message lists the muscles.
    """
    chosen = [i for i, name in enumerate(muscles) if fnmatch.fnmatchcase(name, glob)]
    if not chosen:
        raise ConfigError(f"no muscle matches {glob!r}; the muscles are {', '.join(muscles)}")
    return np.array(chosen)


def _upper(amount: Amount) -> float:
    return amount[-1] if isinstance(amount, tuple) else amount
