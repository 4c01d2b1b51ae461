"""The user's own terms: looked up by name, called with a :class:`Context`, and checked.

A term is named ``"module:function"``, or by an entry point of the groups ``kinesis_env.rewards``,
``kinesis_env.observations`` and ``kinesis_env.terminations``. A reward returns (n,) numbers, an observation (n, k), a
termination bool (n,).

    def low_knees(context):
        return np.exp(-5.0 * context.body_position("tibia_r")[:, 2])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import ConfigError, TermError
from kinesis_env.model.frames import Frames
from kinesis_env.simulation import Simulation
from kinesis_env.typing import Array

__all__ = ["Context", "OwnTerms", "find_term"]

Term: TypeAlias = Callable[["Context"], Any]

KINDS = ("rewards", "observations", "terminations")


@dataclass(frozen=True, slots=True)
class Context:
    """The input of a user's term: N bodies after a step. Arrays are read-only copies, world axes, SI units.

    With ``backend="warp"`` they are tensors on the device; :func:`kinesis_env.arrays.array_namespace` gives the module
    of functions for either.

    Attributes:
        reference: qpos (n, 21), qvel (n, 20), body_pos and body_vel (n, 7, 3) of the reference now, or None.
        goal: position of the goal on the ground [m], (n, 2), or None for a task without one.
        command: the commanded velocity over the ground [m/s], (n, 2), or None.
        time: since the start of the episode [s], (n,).
        control_step: seconds per step.
    """

    _simulation: Simulation
    reference: Frames | None
    goal: Array | None
    command: Array | None
    time: Array
    control_step: float

    @property
    def num(self) -> int:
        """Number of bodies."""
        return self._simulation.num

    @property
    def qpos(self) -> Array:
        """Positions: root [m], its quaternion wxyz, then 14 hinges [rad], (n, 21)."""
        return _read_only(self._simulation.qpos)

    @property
    def qvel(self) -> Array:
        """Velocities: root [m/s], its rotation [rad/s], then 14 hinges [rad/s], (n, 20)."""
        return _read_only(self._simulation.qvel)

    @property
    def activation(self) -> Array:
        """Activations of the muscles, (n, 80)."""
        return _read_only(self._simulation.act)

    @property
    def excitation(self) -> Array:
        """Excitations that reached the muscles in the physics steps of the last action, (n, physics steps, 80)."""
        return _read_only(self._simulation.excitation)

    @property
    def muscle_force(self) -> Array:
        """Tension of the muscles [N], (n, 80), of the last physics step."""
        return _read_only(-self._simulation.muscle_force)

    @property
    def foot_force(self) -> Array:
        """Ground force on heel-and-ball and toes, right then left [N], (n, 4), of the last physics step."""
        return _read_only(self._simulation.foot_force)

    @property
    def muscles(self) -> tuple[str, ...]:
        """Names of the muscles."""
        return self._simulation.names.muscles

    @property
    def bodies(self) -> tuple[str, ...]:
        """Names of the moving bodies."""
        return self._simulation.names.bodies

    def body_position(self, name: str) -> Array:
        """Return the position of the origin of a body [m], (n, 3)."""
        return _read_only(self._simulation.body_position(self._id(name))[:, 0])

    def body_velocity(self, name: str) -> Array:
        """Return the linear velocity of the origin of a body [m/s], (n, 3)."""
        return _read_only(self._simulation.body_velocity(self._id(name))[0][:, 0])

    def body_matrix(self, name: str) -> Array:
        """Return the orientation of a body, (n, 3, 3)."""
        return _read_only(self._simulation.body_matrix(self._id(name))[:, 0])

    def _id(self, name: str) -> NDArray[np.integer[Any]]:
        if name not in self.bodies:
            raise TermError(f"unknown body {name!r}; the bodies are {', '.join(self.bodies)}")
        return self._simulation.names.body_ids[[self.bodies.index(name)]]


class OwnTerms:
    """The user's terms of one environment.

    Args:
        rewards: maps names to functions, as for :func:`find_term`.
        observations: likewise.
        terminations: likewise.

    Raises:
        ConfigError: a function that cannot be imported or called.
    """

    def __init__(
        self, rewards: Mapping[str, str], observations: Mapping[str, str], terminations: Mapping[str, str]
    ) -> None:
        given = zip(KINDS, (rewards, observations, terminations), strict=True)
        found = {kind: {name: find_term(kind, name, where) for name, where in terms.items()} for kind, terms in given}
        self._rewards, self._observations, self._terminations = found.values()
        self._widths: dict[str, int] = {}

    @property
    def rewards(self) -> tuple[str, ...]:
        """Names of the rewards."""
        return tuple(self._rewards)

    @property
    def terminations(self) -> tuple[str, ...]:
        """Names of the terminations, also used as reasons."""
        return tuple(self._terminations)

    @property
    def after_step(self) -> bool:
        """Whether there is anything to compute after a step besides observations."""
        return bool(self._rewards or self._terminations)

    @property
    def observed(self) -> bool:
        """Whether there are observations."""
        return bool(self._observations)

    def call(self, kind: str, context: Context) -> Iterator[tuple[str, Any]]:
        """Call the terms of a kind, one of :data:`KINDS`; yield names and unchecked values."""
        for name, term in getattr(self, f"_{kind}").items():
            yield name, _call(kind.removesuffix("s"), name, term, context)

    def reward(self, context: Context) -> Array:
        """Return the values, (terms, n).

        Raises:
            TermError: a value of the wrong shape, or one that is not finite.
        """
        return np.array(
            [_numbers("reward", name, value, (context.num,)) for name, value in self.call("rewards", context)]
        ).reshape(-1, context.num)

    def observe(self, context: Context) -> dict[str, Array]:
        """Return the observations by name, (n, k) each, with the k of the first call; errors as for :meth:`reward`."""
        found: dict[str, Array] = {}
        for name, value in self.call("observations", context):
            found[name] = _numbers("observation", name, value, (context.num, self._widths.get(name, -1)))
        self._widths = {name: value.shape[1] for name, value in found.items()}
        return found

    def terminated(self, context: Context) -> NDArray[np.int64]:
        """Return each row's first termination that applies, from 1, or 0, (n,); errors as for :meth:`reward`."""
        which = np.zeros(context.num, dtype=np.int64)
        for number, (name, given) in enumerate(self.call("terminations", context), 1):
            value = np.asarray(given)
            if value.shape != (context.num,) or value.dtype != np.bool_:
                raise TermError(
                    f"termination {name!r} must return bool ({context.num},), given {value.dtype} {value.shape}"
                )
            which[value & (which == 0)] = number
        return which


def find_term(kind: str, name: str, where: str) -> Term:
    """Return the function of a term.

    Args:
        kind: ``"rewards"``, ``"observations"`` or ``"terminations"``.
        name: name of the term, for messages.
        where: ``"module:function"``, or an entry point of the group ``kinesis_env.<kind>``.

    Raises:
        ConfigError: it cannot be imported or called.
    """
    group = f"kinesis_env.{kind}"
    try:
        if ":" in where:
            module, _, path = where.partition(":")
            found: Any = import_module(module)
            for part in path.split("."):
                found = getattr(found, part)
        else:
            listed = {point.name: point for point in entry_points(group=group)}
            if where not in listed:
                raise ConfigError(
                    f"{kind}: term {name!r} must be 'module:function' or an entry point of {group} "
                    f"({', '.join(sorted(listed)) or 'there are none'}), given {where!r}"
                )
            found = listed[where].load()
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:  # importing runs the user's code
        raise ConfigError(f"{kind}: term {name!r} cannot be imported from {where!r}: {error}") from error
    if not callable(found):
        raise ConfigError(f"{kind}: term {name!r} must be a function, {where!r} is a {type(found).__name__}")
    term: Term = found
    return term


def _call(kind: str, name: str, term: Term, context: Context) -> Any:
    try:
        return term(context)
    except Exception as error:
        error.add_note(f"raised by the {kind} {name!r}")
        raise


def _numbers(kind: str, name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """Return a term's result as finite floats of the given shape, where -1 is any length."""
    wanted = "(" + ", ".join("k" if length < 0 else str(length) for length in shape) + ("," * (len(shape) == 1)) + ")"
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TermError(f"{kind} {name!r} must return numbers {wanted}, given {value!r}") from error
    if array.ndim != len(shape) or any(a != b for a, b in zip(array.shape, shape, strict=True) if b >= 0):
        raise TermError(f"{kind} {name!r} must return numbers {wanted}, given shape {array.shape}")
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise TermError(f"{kind} {name!r} must return finite numbers, given {array[row]} in row {row}")
    return array


def _read_only(array: Array) -> Array:
    of_device: Any = array
    if not isinstance(of_device, np.ndarray):
        clone: Array = of_device.clone()  # which cannot be made read-only
        return clone
    copy = np.array(array)
    copy.flags.writeable = False
    return copy
