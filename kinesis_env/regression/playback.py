"""Running the episodes of a trace: simulated, or replayed from recorded states without any physics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import mujoco
import numpy as np
from gymnasium.utils import seeding

from kinesis_env.model.names import NU
from kinesis_env.regression.replay import Replay
from kinesis_env.regression.scenarios import MOMENT, Episode, befall
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Array, Mask

__all__ = ["STATES", "Rollout", "play", "simulate"]


_log = logging.getLogger(__name__)

#: State of the simulation kept after each step, with its shape per row; None stands for the physics steps.
STATES: Mapping[str, tuple[int | None, ...]] = {
    "qpos": (21,),
    "qvel": (20,),
    "act": (80,),
    "excitation": (None, 80),
    "foot_force": (4,),
    "muscle_force": (80,),
    "diverged": (),
}


@dataclass(frozen=True)
class Rollout:
    """T control steps of n episodes.

    Attributes:
        lived: whether each episode took each step, (T, n).
        figures: the numbers in ``info``, the reward, and termination and truncation, by name, (T, n) each.
        states: see :data:`STATES`, (T, n, ...) each.
        start: positions and velocities at the start, (n, 41).
        texts: the strings in ``info`` at the start (clip, prompt), for each episode.
        reasons: names of the numbers in the figure ``termination_reason``.
    """

    lived: Mask
    figures: Mapping[str, Array]
    states: Mapping[str, Array]
    start: Array
    texts: Sequence[Mapping[str, str]]
    reasons: Sequence[str]


def simulate(task: Task, episodes: Sequence[Episode], actions: Array, seed: int) -> Rollout:
    """Run episodes with the physics.

    Args:
        task: the task, with a row for each episode.
        episodes: the episodes.
        actions: (T, n, 80).
        seed: row i gets ``seed + i``.
    """

    def happen(row: int) -> None:
        befall(task, episodes[row], row)

    with _warnings_logged():
        return _roll(task, episodes, actions, seed, happen)


def play(task: Task, episodes: Sequence[Episode], states: Mapping[str, Array], seed: int) -> Rollout:
    """Run episodes through recorded states (T, n, ...), which need no physics; arguments as for :func:`simulate`.

    The task is made with ``simulation_class=Replay``.
    """
    assert isinstance(task.simulation, Replay)
    task.simulation.states = states
    steps, num = states["diverged"].shape
    return _roll(task, episodes, np.zeros((steps, num, NU)), seed, lambda _: None)


@contextmanager
def _warnings_logged() -> Iterator[None]:
    """Keep MuJoCo from printing and logging to the current folder that a simulation is unstable: it is intended."""
    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(lambda message: _log.debug("MuJoCo: %s", message))
    try:
        yield
    finally:
        mujoco.set_mju_user_warning(before)


def _roll(task: Task, episodes: Sequence[Episode], actions: Array, seed: int, happen: Callable[[int], None]) -> Rollout:
    num = len(episodes)
    for number, episode in enumerate(episodes):
        task.reset(np.array([number]), [seeding.np_random(seed + number)[0]], episode.options)
    simulation = task.simulation
    start = np.concatenate((simulation.qpos, simulation.qvel), axis=1)
    words = {key: value for key, value in task.info().items() if value.dtype == object}
    texts = [{key: str(words[key][row]) for key in words if key != "termination_reason"} for row in range(num)]
    reasons = ["", *task.reasons]
    alive = np.ones(num, dtype=np.bool_)
    lived, figures, states = [], [], []
    for step, action in enumerate(actions):
        if step == MOMENT:
            for row in np.flatnonzero(alive):
                happen(int(row))
        outcome = task.step(action, alive.copy())
        lived.append(alive)
        info = task.info()
        numbers = {key: value.astype(np.float64) for key, value in info.items() if value.dtype != object}
        numbers["reward"] = outcome.reward
        numbers["terminated"] = outcome.terminated.astype(np.float64)
        numbers["truncated"] = outcome.truncated.astype(np.float64)
        numbers["termination_reason"] = np.array(
            [reasons.index(reason) for reason in info["termination_reason"]], float
        )
        figures.append({key: np.where(alive, value, 0.0) for key, value in numbers.items()})
        states.append({key: np.array(getattr(simulation, key), dtype=np.float64) for key in STATES})
        alive = alive & ~(outcome.terminated | outcome.truncated)
    return Rollout(np.array(lived), _stacked(figures), _stacked(states), start, texts, reasons)


def _stacked(steps: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {key: np.array([step[key] for step in steps]) for key in steps[0]}
