"""The base class of the goal tasks: how an episode starts and ends, and how its reward adds up."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from kinesis_env import rotations
from kinesis_env.config.goals import GoalConfig
from kinesis_env.model.bodies import make_body
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.load import load_motions
from kinesis_env.motions.retargeting.other_body import leg_length_of
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.base import (
    BODY_OPTIONS,
    Ending,
    Outcome,
    Task,
)
from kinesis_env.tasks.options import finite_number, option_of_row
from kinesis_env.tasks.starts import start_bodies
from kinesis_env.terms import goals, imitation
from kinesis_env.typing import Array, Mask, RowInfo, Rows

__all__ = ["GoalTask"]

_NONE = int(Ending.NONE)  # arrays are slow to compare with members of an enum


class GoalTask(Task):
    """N episodes of a goal task; arguments as for :class:`~kinesis_env.tasks.base.Task`.

    Attributes:
        fall_height: height of the pelvis below which this body has fallen [m].
        starts: motions in whose frames episodes start, or None: they start standing.
    """

    endings: ClassVar[tuple[Ending, ...]] = (Ending.FALLEN, Ending.DIVERGED, Ending.REACHED)
    options: ClassVar[tuple[str, ...]] = ("heading", *BODY_OPTIONS)
    config: GoalConfig
    #: Whether an episode ends when its goal is reached.
    ends_when_reached = False

    def __init__(
        self, config: GoalConfig, num: int, num_threads: int = 1, *, simulation_class: type[Simulation] = Simulation
    ) -> None:
        super().__init__(config, num, num_threads, simulation_class)
        # The height limit for a fall is given for the default body.
        self.fall_height = config.fall_height * leg_length_of(self.body) / leg_length_of(make_body())
        self.starts: MotionLibrary | None = None
        if config.start != "stand":
            self.starts = MotionLibrary(load_motions(config.start, fps=config.control_rate, body=self.body))
        self._elapsed: Rows = np.zeros(num, dtype=np.int64)
        self._success: Mask = np.zeros(num, dtype=np.bool_)
        self._rows = np.arange(num)
        self._every: Mask = np.ones(num, dtype=np.bool_)
        self._origin: Array = np.zeros((num, 2))
        self._start_cos: Array = np.ones(num)
        self._start_sin: Array = np.zeros(num)

    def reset(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        """Start episodes standing, or in a random frame of a motion, as configured.

        Options: ``heading`` [rad], the initial heading, and the task's own.
        """
        self.check_options(options)
        qpos, qvel, act = self._start_states(rngs)
        if "heading" in options:
            headings = [option_of_row("heading", options["heading"], i, len(rows)) for i in range(len(rows))]
            _turn(qpos, qvel, np.array([finite_number("heading", heading) for heading in headings]))
        self._draw_goals(rows, rngs, options)
        start_bodies(self.simulation, self.config, rows, rngs, options, qpos=qpos, qvel=qvel, act=act)
        heading = rotations.heading(qpos[:, 3:7])
        self._origin[rows] = self.simulation.qpos[rows, :2]
        self._start_cos[rows], self._start_sin[rows] = np.cos(heading), np.sin(heading)
        self._elapsed[rows] = 0
        self._clear(rows)
        self._success[rows] = False
        self._refresh()
        self._begin(rows)

    def step(self, action: Array, rows: Mask | None = None) -> Outcome:
        """Advance some rows, by default all, by one checked action (n, 80)."""
        self.simulation.step(self._moved(action), rows)
        alive = (self._every if rows is None else rows).copy()
        self._elapsed += alive
        over = self._elapsed >= self.config.time_limit
        over &= alive
        self._refresh()
        reason: Rows = np.zeros(self.simulation.num, dtype=np.int64)
        if self.simulation.any_diverged:
            reason[self.simulation.diverged & alive] = Ending.DIVERGED
            alive &= ~self.simulation.diverged
        values, aim = self._evaluate(alive)
        counted = alive.copy()
        fallen = goals.fallen(self._body.root[:, 2], limit=self.fall_height)
        fallen &= alive
        reason[fallen] = Ending.FALLEN
        alive &= ~fallen  # from here on, the rows that continue
        aim &= alive
        if self.ends_when_reached:
            reason[aim] = Ending.REACHED
            alive &= ~aim
        if self.own_terms.after_step:
            context = self.context()
            values = np.concatenate((values, self.own_terms.reward(context)))
            reason = np.where(alive, self._with_own_terminations(reason, context), reason)
        self._reward = np.where(counted, self.reward_weights * values, 0.0)
        terminated = reason != _NONE
        truncated = over & ~terminated
        self._success = aim if self.ends_when_reached else aim & truncated
        self._reason = reason
        return Outcome(self._total_reward(), terminated, truncated)

    def info(self) -> RowInfo:
        """Return the reward terms (which sum to the reward), the time, and the state of the episode."""
        info = self._reward_info()
        info["time"] = self._elapsed * self.simulation.control_step
        info |= self._goal_info()
        info["is_success"] = self._success.copy()
        info["termination_reason"] = self.words[self._reason]
        return info | self.body_info()

    def reference(self) -> None:
        """Goal tasks have no reference motion."""
        return

    def content(self) -> dict[str, str]:
        """Return a digest of the motions of the starts."""
        if self.starts is None:
            return {}
        digests = [
            f"{motion.digest} {weight!r}"
            for motion, weight in zip(self.starts, self.starts.weights.tolist(), strict=True)
        ]
        return {"start": hashlib.sha256(" ".join(digests).encode()).hexdigest()}

    @abstractmethod
    def _draw_goals(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        """Draw the goals of new episodes, in the frame of their starts."""

    def _begin(self, rows: Rows) -> None:
        """Measure the baseline for the first step, after the bodies of rows (k,) have been placed."""

    @abstractmethod
    def _evaluate(self, alive: Mask) -> tuple[Array, Mask]:
        """Return the values of the reward terms after a step, (terms, n), and whether the goal is reached, (n,)."""

    @abstractmethod
    def _goal_term(self) -> tuple[str, Array]:
        """Return the name and the value of the goal's observation term, (n, k)."""

    @abstractmethod
    def _pelvis_reference(self, ahead: Array) -> tuple[Array, Array]:
        """Return the target position and velocity of the pelvis at ``ahead`` seconds from now, (n, frames, 2) each."""

    @abstractmethod
    def _goal_info(self) -> RowInfo:
        """Return the info about the goal, (n,) each."""

    def _context_of_task(self) -> tuple[Array | None, Array | None, Rows]:
        return None, None, self._elapsed

    def _task_terms(self) -> dict[str, Array]:
        if self.config.observation != "goal":
            return {}
        name, value = self._goal_term()
        return {name: value}

    def _ahead(self) -> tuple[Array, Array] | None:
        if self.config.observation == "goal":
            return None
        ahead: Array = self.simulation.control_step * np.arange(1.0, self.config.lookahead + 1.0)
        position, velocity = self._pelvis_reference(ahead)
        height = np.full((*position.shape[:2], 1), self.simulation.model.key_qpos[0, 2])
        return goals.pelvis_reference(
            self._body,
            np.concatenate((position, height), axis=2),
            np.concatenate((velocity, np.zeros_like(height)), axis=2),
        )

    def _carriage(self) -> Array:
        """Return the reward terms for an upright pelvis and for low effort, (2, n)."""
        return imitation.carriage(self._body, self.simulation.excitation, self.reward_scales)

    def _place_start(self, row: int, origin: Array, cos: float, sin: float) -> None:
        """Give a row another start: its position (2,) [m], and the cosine and sine of its heading."""
        self._origin[row], self._start_cos[row], self._start_sin[row] = origin, cos, sin

    def _to_world(self, vectors: Array) -> Array:
        """Rotate vectors (n, 2) from the start frames to the world."""
        turned = np.empty((len(vectors), 2))
        turned[:, 0], turned[:, 1] = rotations.turned(vectors[:, 0], vectors[:, 1], self._start_cos, self._start_sin)
        return turned

    def _to_start(self, vectors: Array) -> Array:
        """Rotate vectors (n, 2) from the world to the start frames."""
        turned = np.empty((len(vectors), 2))
        turned[:, 0], turned[:, 1] = rotations.turned(vectors[:, 0], vectors[:, 1], self._start_cos, -self._start_sin)
        return turned

    def _start_states(self, rngs: Sequence[np.random.Generator]) -> tuple[Array, Array, Array]:
        """Return the initial qpos, qvel and activations of k episodes."""
        model, count = self.simulation.model, len(rngs)
        if self.starts is None:
            qpos, qvel = np.tile(model.key_qpos[0], (count, 1)), np.zeros((count, model.nv))
            return qpos, qvel, np.tile(model.key_act[0], (count, 1))
        clips = np.array([self.starts.sample_one(rng) for rng in rngs])
        shares = np.array([rng.random() for rng in rngs])
        frames = self.starts.lookup(clips, shares * self.starts.durations[clips])
        return frames.qpos.copy(), frames.qvel.copy(), np.zeros((count, model.nu))


def _turn(qpos: Array, qvel: Array, heading: Array) -> None:
    """Rotate states (k, 21) and (k, 20) about the vertical to face a heading (k,) [rad], in place."""
    turn = rotations.from_yaw(heading - rotations.heading(qpos[:, 3:7]))
    qpos[:, 3:7] = rotations.multiply(turn, qpos[:, 3:7])
    qvel[:, :3] = rotations.rotate(turn, qvel[:, :3])
