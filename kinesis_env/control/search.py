"""Search for a solution of a motion: the tracker, with backtracking when it strays from the reference."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kinesis_env.control.cost import Weights
from kinesis_env.control.solution import Solution, versions
from kinesis_env.control.tracker import Tracker
from kinesis_env.errors import ControlError
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.motion import Motion
from kinesis_env.simulation import Simulation, Snapshot
from kinesis_env.typing import Array

__all__ = ["track"]


_log = logging.getLogger(__name__)

#: Distance of any tracked body from its reference above which the search goes back [m]; training ends at 0.15.
ASTRAY = 0.13
#: Mean distance of the tracked bodies above which a motion is lost, as in the published evaluation [m].
LOST = 0.5
#: Number of steps that each attempt goes back, and the maximum number of attempts at one place.
BACK = (7, 11, 15, 20, 9, 13, 18, 24)
TRIES = 14
#: The same if a motion is lost altogether.
FAR_BACK = (20, 35, 50, 27, 42, 65)
FALLS = 24
#: Maximum number of discarded steps in total, per step of the motion.
DISCARDED = 12
_ROW = np.zeros(1, dtype=np.int64)


@dataclass
class _Moment:
    """The complete state before a step."""

    simulation: Snapshot
    tracker: Any
    steps: dict[str, Array]


def track(
    motion: Motion,
    *,
    action_mode: str = "excitation",
    physics_rate: float = 150.0,
    control_rate: float = 30.0,
    num_threads: int = 0,
    guess: Solution | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Solution:
    """Follow a motion from its first frame, starting with all muscles at rest, as far as the body gets.

    Args:
        motion: the motion to follow.
        action_mode: ``"length"`` or ``"excitation"``.
        physics_rate: physics steps per second [Hz].
        control_rate: actions per second [Hz].
        num_threads: number of threads for planning; 0 means one per processor.
        guess: a solution of this motion from another machine or version; its moments are the feed-forward.
        on_step: called with the number of finished steps and the total whenever the search gets further.

    Raises:
        ControlError: a motion shorter than three control steps.
        ConfigError: an invalid mode or rate.
    """
    simulation = Simulation(
        motion.body, 1, action_mode=action_mode, physics_rate=physics_rate, control_rate=control_rate
    )
    return _Search(motion, simulation, num_threads, guess).run(on_step)


class _Search:
    def __init__(self, motion: Motion, simulation: Simulation, num_threads: int, guess: Solution | None) -> None:
        self._motion, self._simulation = motion, simulation
        self._tracker = Tracker(self._simulation, num_threads=num_threads)
        self._weights = self._tracker.weights
        step = self._simulation.control_step
        self._total = int(np.floor(motion.duration / step + 1e-6))
        if self._total < 3:
            raise ControlError(f"{motion.name} lasts {motion.duration:g} s; the tracker needs at least {3 * step:g} s")
        frames = MotionLibrary([motion]).lookup(np.zeros(1, dtype=np.int64), np.arange(self._total + 1)[None] * step)
        self._qpos, self._qvel, self._bodies = frames.qpos[0], frames.qvel[0], frames.body_pos[0]
        moments = None if guess is None else guess.moments
        self._simulation.set_state(_ROW, self._qpos[:1], self._qvel[:1])
        self._tracker.follow(0, self._qpos, self._qvel, moments=moments)
        self._steps: list[dict[str, Array]] = []
        self._kept: list[_Moment] = []
        self._tries = self._falls = self._taken = 0
        self._farthest = -1
        self._varied = False
        self._may_stray = False  # if no attempt has helped, until the body is back

    def run(self, on_step: Callable[[int, int], None] | None) -> Solution:
        began, best = time.perf_counter(), 0
        start = self._state()
        while len(self._steps) < self._total:
            step = self._advance()
            at = len(self._steps)
            if on_step is not None and at > best:
                best = at
                on_step(at, self._total)
            lost = self._simulation.any_diverged or step["mean"] > LOST
            if not lost and step["worst"] <= ASTRAY:
                self._may_stray = False
            if self._varied and at > self._farthest + BACK[0]:
                self._varied, self._tries = False, 0  # past the difficult place
                self._tracker.vary(0, self._weights, 1)
            if lost:
                if self._falls >= FALLS or not self._retry(at, FAR_BACK[self._falls % len(FAR_BACK)], self._falls):
                    break
                self._falls += 1
            elif step["worst"] > ASTRAY and not self._may_stray:
                if self._tries < TRIES and self._retry(at, BACK[self._tries % len(BACK)], self._tries):
                    self._tries += 1
                else:
                    self._may_stray = True
        return self._solution(start, time.perf_counter() - began)

    def _advance(self) -> dict[str, Array]:
        simulation = self._simulation
        self._kept.append(_Moment(simulation.snapshot(_ROW), self._tracker.snapshot(_ROW), {}))
        action = self._tracker.act(_ROW).astype(np.float32)
        simulation.step(action.astype(np.float64))
        self._taken += 1
        at = len(self._steps) + 1
        away = np.linalg.norm(simulation.body_position(simulation.names.tracked)[0] - self._bodies[at], axis=-1)
        pulled = simulation.muscle_force[0] * simulation.muscle_velocity[0]
        step = {
            "action": action[0],
            "moment": self._tracker.moment[0].copy(),
            "mean": away.mean(),
            "worst": away.max(),
            "excitation": simulation.excitation[0].mean(),
            "power": np.maximum(pulled, 0.0).sum() / simulation.model.body_mass.sum(),
            **self._state(),
        }
        self._steps.append(step)
        return step

    def _retry(self, at: int, back: int, number: int) -> bool:
        """Go back some steps and continue with the weights of an attempt.

        Return False if there are too few steps, or too many were discarded.
        """
        back = min(back, len(self._kept) - 1)
        if back < 2 or self._taken - len(self._steps) > DISCARDED * self._total:
            return False
        self._farthest = max(self._farthest, at)
        moment = self._kept[-back]
        del self._kept[-back:], self._steps[-back:]
        self._simulation.restore(_ROW, moment.simulation)
        self._tracker.restore(_ROW, moment.tracker)
        self._tracker.vary(0, *_variant(self._weights, number))
        self._varied = True
        return True

    def _state(self) -> dict[str, Array]:
        simulation = self._simulation
        return {
            "qpos": simulation.qpos[0].copy(),
            "qvel": simulation.qvel[0].copy(),
            "activation": simulation.act[0].copy(),
        }

    def _solution(self, start: dict[str, Array], seconds: float) -> Solution:
        states = [start, *self._steps]
        steps = self._steps
        lost = bool(self._simulation.any_diverged or steps[-1]["mean"] > LOST)
        metrics = {
            "success": float(not lost),
            "frame_coverage": len(steps) / self._total,
            "mpjpe": 1000.0 * float(np.mean([step["mean"] for step in steps])),
            "worst": 1000.0 * float(np.max([step["worst"] for step in steps])),
            "activation": float(np.mean([step["activation"] for step in steps])),
            "excitation": float(np.mean([step["excitation"] for step in steps])),
            "muscle_power": float(np.mean([step["power"] for step in steps])),
            "retries": float(self._taken - len(steps)),
            "seconds": round(seconds, 2),
        }
        return Solution(
            motion=self._motion.name,
            digest=self._motion.digest,
            action_mode=self._simulation.muscles.mode,
            physics_rate=self._simulation.substeps / self._simulation.control_step,
            control_rate=1.0 / self._simulation.control_step,
            actions=np.array([step["action"] for step in steps], dtype=np.float32),
            moments=np.array([step["moment"] for step in steps]),
            qpos=np.array([state["qpos"] for state in states]),
            qvel=np.array([state["qvel"] for state in states]),
            activation=np.array([state["activation"] for state in states]),
            metrics=metrics,
            versions=versions(),
        )


def _variant(weights: Weights, number: int) -> tuple[Weights, int]:
    """Return the weights and iterations of an attempt."""
    ways = (
        (weights, 3),
        (replace(weights, effort=0.5 * weights.effort), 2),
        (replace(weights, effort=1.7 * weights.effort), 2),
        (replace(weights, position=1.5 * weights.position), 2),
        (replace(weights, capture=1.5 * weights.capture), 2),
        (replace(weights, capture=0.5 * weights.capture), 3),
        (replace(weights, velocity=2.0 * weights.velocity), 2),
    )
    return ways[number % len(ways)]
