"""The base class of all tasks.

A :class:`Task` runs N episodes in parallel on one :class:`~kinesis_env.simulation.Simulation`. Both environment
classes drive it with the same three calls: :meth:`Task.reset` for some rows, :meth:`Task.step` for some rows, and
:meth:`Task.observe` for all. Everything it returns is a fresh array with a leading axis of rows.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.tracking import BodyConfig, RewardTerm
from kinesis_env.errors import ConfigError, ResetError, shown
from kinesis_env.loops import observation
from kinesis_env.loops.compiled import compiled, loading_later
from kinesis_env.model.bodies import Body
from kinesis_env.model.frames import Frames
from kinesis_env.motions.bodies import body_of_config
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.pool import MotionPool
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.markers import Marker
from kinesis_env.tasks.reference import ReferenceClock
from kinesis_env.tasks.residual import PoseServo
from kinesis_env.terms import observations
from kinesis_env.terms.observations import BodyState
from kinesis_env.terms.own import Context, OwnTerms
from kinesis_env.typing import Array, Mask, Objects, RowInfo, Rows

__all__ = [
    "BODY_OPTIONS",
    "Ending",
    "Outcome",
    "Task",
]


#: GLFW code of the space bar; impulse of its push [N s]; angle between consecutive pushes [rad].
SPACE, PUSH, GOLDEN_ANGLE = 32, 20.0, math.pi * (3.0 - math.sqrt(5.0))
#: Reset options of all tasks, about the bodies themselves.
BODY_OPTIONS: tuple[str, ...] = ("fatigue",)


class Ending(IntEnum):
    """Why an episode was terminated; ``info["termination_reason"]`` has the name in lower case, or "" for none.

    The user's own terminations are numbered after these, in order.
    """

    NONE = 0
    TRACKING_LOST = 1
    FALLEN = 2
    DIVERGED = 3
    REACHED = 4

    @property
    def word(self) -> str:
        """The value in ``info["termination_reason"]``."""
        return "" if self is Ending.NONE else self.name.lower()


@dataclass(slots=True, eq=False)
class Outcome:
    """The outcome of a step: reward, terminated and truncated, (n,) each; rows that did not step have zeros."""

    reward: Array
    terminated: Mask
    truncated: Mask


class Task(ABC):
    """N episodes on one simulation.

    Args:
        config: the configuration.
        num: the number of episodes.
        num_threads: threads for the physics, see :class:`~kinesis_env.simulation.Simulation`.
        simulation_class: :class:`~kinesis_env.simulation.Simulation`, or a class with the same interface.

    Attributes:
        config: the configuration.
        body: the kind of body of all rows.
        simulation: the bodies.
        library: the reference motions, or None for a task without any.
        clock: the reference motion of each row and the row's time in it, or None.
        own_terms: the user's own terms.
        layout, observation_size: position of each observation term, in order, and the size of an observation.
        reward_keys, reward_weights: keys of the reward terms in an info, and their weights, (terms, 1).
        reward_scales: scales of the reward terms that have one, by name.
    """

    #: Reasons for which the package may terminate an episode.
    endings: ClassVar[tuple[Ending, ...]] = ()
    #: Allowed keys of ``reset(options=...)``.
    options: ClassVar[tuple[str, ...]] = ()

    config: BodyConfig
    body: Body
    simulation: Simulation
    library: MotionLibrary | MotionPool | None = None
    clock: ReferenceClock | None = None
    layout: Mapping[str, slice]
    observation_size: int
    own_terms: OwnTerms
    _body: BodyState
    #: The servo that actions are added to in the action mode "residual".
    _servo: PoseServo | None = None
    #: Whether the bodies moved since their state was gathered.
    _stale = True
    #: Direction of the next push of the space bar, to the left of +x [rad].
    _pushes: float = 0.0

    def __init__(
        self, config: BodyConfig, num: int, num_threads: int = 1, simulation_class: type[Simulation] = Simulation
    ) -> None:
        self.config = config
        self.body = body_of_config(config)
        self.simulation = simulation_class(
            self.body,
            num,
            num_threads=num_threads,
            action_mode="length" if config.action_mode == "residual" else config.action_mode,
            physics_rate=config.physics_rate,
            control_rate=config.control_rate,
            conditions=config,
        )
        self.own_terms = _own_terms(config)
        names = (*config.terms, *self.own_terms.rewards)
        table = config.rewards
        self.reward_scales = {name: term.scale for name, term in table.items() if term.scale is not None}
        self.reward_weights = np.array([[_weight(table.get(name))] for name in names])
        self.reward_keys = [f"reward_{name}" for name in names]
        self._reward: Array = np.zeros((len(names), num))
        self._reason: Rows = np.zeros(num, dtype=np.int64)

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts that episodes draw from; empty for a task without prompts."""
        return ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons for termination: the values of ``info["termination_reason"]`` except the empty one."""
        return (*(ending.word for ending in self.endings), *self.own_terms.terminations)

    @abstractmethod
    def reset(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        """Start new episodes.

        Args:
            rows: the rows, (k,), sorted.
            rngs: their random generators, k.
            options: the options of ``reset``; each is one value for all rows, or a sequence with one per row.

        Raises:
            ResetError: an unknown option or an impossible value.
        """

    def set_state(self, rows: Rows, qpos: Array, qvel: Array) -> None:
        """Set rows (k,) to states (k, 21) and (k, 20), with zero activation; their clocks continue."""
        self.simulation.set_state(rows, qpos, qvel)
        self._stale = True

    @abstractmethod
    def step(self, action: Array, rows: Mask | None = None) -> Outcome:
        """Advance some rows, by default all, by one checked action (n, 80)."""

    def observe(self) -> NDArray[np.float32]:
        """Return the observations, (n, observation_size)."""
        if self._stale:
            self._refresh()
        quick = compiled(observation)
        if quick is None:
            return np.concatenate(list(self._terms().values()), axis=1, dtype=np.float32, casting="same_kind")
        body, ahead, num = self._body, self._ahead(), self.simulation.num
        out = np.empty((num, self.observation_size), dtype=np.float32)
        told = (np.empty((num, 0, 0, 3)),) * 2 if ahead is None else ahead
        place = 0 if ahead is None else self.layout["tracking"].start
        state = body.position, body.matrix, body.motion, body.tracked, body.tilt, body.heading
        quick(*state, self._contacts(), *told, place, out)
        for name, term in (self._muscle_terms() | self._task_terms() | self._own_terms()).items():
            out[:, self.layout[name]] = term
        return out

    @abstractmethod
    def info(self) -> RowInfo:
        """Return the info of each row, with the same keys after every call, (n,) each."""

    @abstractmethod
    def reference(self) -> Frames | None:
        """Return the reference at each row's time, (n, ...), or None for a task without one."""

    def context(self) -> Context:
        """Return the context for the user's own terms."""
        goal, command, elapsed = self._context_of_task()
        step = self.simulation.control_step
        return Context(self.simulation, self.reference(), goal, command, np.multiply(elapsed, step), step)

    def _clear(self, rows: Rows) -> None:
        """Clear the rewards and the ending of the last episodes of rows (k,)."""
        self._reward[:, rows] = 0.0
        self._reason[rows] = 0

    def _pose_servo(self) -> PoseServo:
        """Return the servo that actions are added to in the action mode "residual"."""
        return PoseServo(self.simulation, None)

    def _moved(self, action: Array) -> Array:
        """Return the simulation's action for the user's action (n, 80)."""
        return action if self._servo is None else self._servo.moved(action)

    def _total_reward(self) -> Array:
        """Return the sum of the reward terms, (n,), added in order, so that a row does not depend on the others."""
        total: Array = np.add.accumulate(self._reward, axis=0)[-1]
        return total

    def _reward_info(self) -> RowInfo:
        return dict(zip(self.reward_keys, self._reward.copy(), strict=True))

    @cached_property
    def words(self) -> Objects:
        """The words of endings, by number, and of the user's own terminations after them."""
        return np.array([*(ending.word for ending in Ending), *self.own_terms.terminations], dtype=object)

    def _with_own_terminations(self, reasons: Rows, context: Context) -> Rows:
        """Return the numbers of endings, (n,), with the user's own terminations if nothing else ends an episode."""
        own = self.own_terms.terminated(context)
        return np.where((reasons == Ending.NONE) & (own > 0), own + max(Ending), reasons)

    def _lay_out(self) -> None:
        """Determine the position of each observation term; called last when a task is created.

        Raises:
            ConfigError: a user's term has the name of a package term.
            TermError: a term returns the wrong shape, or a value that is not finite.
        """
        if self.config.action_mode == "residual":
            self._servo = self._pose_servo()
        with loading_later():
            self._refresh()
            terms = self._terms()
        stops = np.cumsum([term.shape[1] for term in terms.values()]).tolist()
        self.layout = {name: slice(start, stop) for name, start, stop in zip(terms, [0, *stops], stops, strict=False)}
        self.observation_size = stops[-1]

    def _refresh(self) -> None:
        """Gather the state of the bodies again."""
        self._body = BodyState.of(self.simulation)
        self._stale = False

    def _terms(self) -> dict[str, Array]:
        """Return the observation terms, (n, k) each, in order: the parts of what :meth:`observe` returns."""
        terms = observations.body_terms(self._body, self._contacts()) | self._muscle_terms()
        ahead = self._ahead()
        if ahead is not None:
            terms["tracking"] = observations.tracking(self._body, *ahead)
        terms |= self._task_terms()
        own = self._own_terms()
        taken = sorted(own.keys() & terms.keys())
        if taken:
            raise ConfigError(f"extra_observations: {taken[0]!r} is a term of the package; choose another name")
        return terms | own

    def _muscle_terms(self) -> dict[str, Array]:
        quantities = self.config.muscle_observations
        return {f"muscle_{quantity}": self.simulation.muscle_state(quantity) for quantity in quantities}

    def _contacts(self) -> Array:
        return observations.foot_contacts(self.simulation.foot_force, self.simulation.body_weight)

    def _own_terms(self) -> dict[str, Array]:
        return self.own_terms.observe(self.context()) if self.own_terms.observed else {}

    def _ahead(self) -> tuple[Array, Array] | None:
        """Return the observed reference positions and velocities, (n, frames, 7, 3) each, or None."""
        return None

    def _task_terms(self) -> dict[str, Array]:
        """Return the task's observation terms besides the body and the reference, (n, k) each."""
        return {}

    @abstractmethod
    def _context_of_task(self) -> tuple[Array | None, Array | None, Rows]:
        """Return goal [m] and commanded velocity [m/s] in the world, (n, 2) or None, and the steps so far, (n,)."""

    def markers(self, row: int) -> Sequence[Marker]:  # noqa: ARG002  (a task without markers)
        """Return the markers drawn beside the body of a row."""
        return ()

    def press_key(self, key: int) -> None:
        """Handle a key pressed in the viewer, by its GLFW code; it acts on the first row: space pushes."""
        if key == SPACE:
            self.push(0, PUSH * np.array([math.cos(self._pushes), math.sin(self._pushes), 0.0]))
            self._pushes += GOLDEN_ANGLE

    def push(self, row: int, impulse: Array) -> None:
        """Push the body of a row: its velocity changes by the impulse (3,) [N s] divided by its mass."""
        simulation = self.simulation
        weight = float(np.broadcast_to(simulation.body_weight, (simulation.num, 1))[row, 0])
        simulation.qvel[row, :3] += impulse * float(np.linalg.norm(simulation.model.opt.gravity)) / weight

    def body_info(self) -> RowInfo:
        """Return the conditions, perturbations, strength and body in force, (n,) each, if any."""
        parts = self.simulation.conditions, self.simulation.perturbations
        info: RowInfo = {key: value for part in parts if part is not None for key, value in part.info().items()}
        return info | {key: np.full(self.simulation.num, told, dtype=object) for key, told in self.called.items()}

    @cached_property
    def called(self) -> dict[str, str]:
        """Names in an info of the body and its strength, if they are not the default ones."""
        strength = self.config.strength if isinstance(self.config.strength, str) else dict(self.config.strength)
        own = {} if strength == "model" else {"strength": str(strength)}
        return own if self.body.is_default else {**own, "body": f"{self.body} ({self.body.digest[:12]})"}

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise a :class:`~kinesis_env.errors.ResetError` for an option this task does not know."""
        if not isinstance(options, Mapping):
            raise ResetError(f"reset options must be a dict of {', '.join(self.options)}, given {shown(options)}")
        unknown = [str(key) for key in options if key not in self.options]
        if unknown:
            raise ResetError(f"unknown reset options {', '.join(unknown)}; the options are {', '.join(self.options)}")

    def content(self) -> dict[str, str]:
        """Return digests of inputs of episodes not covered by the configuration or a clip's digest."""
        return {}

    def option_axes(self, key: str) -> int:  # noqa: ARG002
        """Return the number of axes of a reset option's value for one episode: 0 for a number or a name."""
        return 0


def _weight(term: RewardTerm | None) -> float:
    return 1.0 if term is None or term.weight is None else term.weight


def _own_terms(config: BodyConfig) -> OwnTerms:
    words = {ending.word for ending in Ending}
    taken = [name for name in config.extra_terminations if name in words]
    if taken:
        raise ConfigError(f"extra_terminations: {taken[0]!r} is a term of the package; choose another name")
    return OwnTerms(config.own_rewards, config.extra_observations, config.extra_terminations)
