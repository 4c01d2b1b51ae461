"""The episodes of a trace: their actions, starts and events.

They are few and short, yet cover many values of each reward term and every way an episode can end: lost tracking or a
fall, a diverged simulation, a reached goal, the end of a clip, or the time limit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinesis_env.config.tracking import BodyConfig
from kinesis_env.model.names import NU, NV
from kinesis_env.motions.load import load_motions
from kinesis_env.motions.motion import Motion
from kinesis_env.rotations import from_rotvec
from kinesis_env.tasks.base import Task
from kinesis_env.tasks.imitate import ImitateTask
from kinesis_env.tasks.text import TextTask
from kinesis_env.typing import Array

__all__ = ["ROWS", "STEPS", "Episode", "actions_of", "befall", "episodes", "parts", "shipped_motion"]


#: Number of parallel episodes, and control steps of each.
ROWS, STEPS = 8, 30
#: Actions are multiples of this, which a 16-bit number holds exactly.
GRAIN = 1.0 / 1024.0
#: Prompts of a trace, and the shipped motions that stand for them.
_SHIPPED = {"walk forward": "walk-easy", "turn left": "turn-in-place-90-left", "run": "run"}
#: The control step before which an event happens to a body.
MOMENT = 3
#: The generator of motions for prompts in a trace.
SHIPPED_GENERATOR = f"{__name__}:shipped_motion"


@dataclass(frozen=True)
class Episode:
    """One row of a trace.

    Attributes:
        name: name in reports.
        actions: how the muscles are driven, see :func:`actions_of`.
        options: options of its reset.
        event: what happens to the body at :data:`MOMENT`: ``"tilted"``, ``"flung"`` or nothing.
    """

    name: str
    actions: str
    options: Mapping[str, Any]
    event: str = ""


def parts(config: BodyConfig, steps: int) -> list[dict[str, Any]]:
    """Return the changes to a configuration in each part of a trace.

    Both action modes are run: in one, the time limit falls within the trace and commands change often; in the other, an
    episode ends when its goal is reached.
    """
    known = {field.name for field in dataclasses.fields(config)}
    by_length: dict[str, Any] = {"action_mode": "length"}
    by_excitation: dict[str, Any] = {"action_mode": "excitation"}
    if "time_limit" in known:
        by_length["time_limit"] = max(steps - 6, 1)
    if "command_time" in known:
        by_length["command_time"] = [0.2, 0.4]
    if "success" in known:
        by_excitation["success"] = "touch"
    if getattr(config, "generator", "") == "builtin" and not getattr(config, "prompts", ()):
        # Generated motions differ in their last bits between machines; shipped ones do not.
        prompts = {"prompts": list(_SHIPPED), "generator": SHIPPED_GENERATOR}
        by_length |= prompts
        by_excitation |= prompts
    return [by_length, by_excitation]


def shipped_motion(prompt: str, **_: Any) -> Motion:
    """Return the shipped motion that stands for a prompt in a trace."""
    return load_motions(_SHIPPED[prompt])[0]


def episodes(task: Task) -> list[Episode]:
    """Return the :data:`ROWS` episodes that suit a task."""
    return [
        Episode("random", "random", {}),
        Episode("held", "held", {}),
        Episode("rest", "rest", {}),
        Episode("waves", "waves", {}),
        Episode("weak", "weak", {}),
        Episode("ending", "still", _ending(task)),
        Episode("tilted", "waves", {}, event="tilted"),
        Episode("flung", "random", {}, event="flung"),
    ]


def _ending(task: Task) -> dict[str, Any]:
    """Return the options of an episode that ends at once, if the task has any."""
    if isinstance(task, TextTask):
        prompt = task.prompts[0]
        last = float(task.library.durations[task.pool.slot(prompt, 0)]) - task.simulation.control_step
        return {"prompt": prompt, "variant": 0, "start_time": max(last, 0.0)}
    if isinstance(task, ImitateTask) and "start_time" in task.options:
        last = float(task.library.durations[0]) - task.simulation.control_step
        return {"clip": task.library.names[0], "start_time": max(last, 0.0)}
    if "goal" in task.options:
        return {"goal": [0.05, 0.0]}
    return {"command": [0.5, 1.0]} if "command" in task.options else {}


def actions_of(episode: Episode, rng: np.random.Generator, steps: int) -> Array:
    """Return the actions (steps, 80) of an episode.

    ``"random"`` draws every muscle at every step, ``"held"`` at every fourth, ``"weak"`` within a quarter of the range;
    ``"rest"`` is -1, ``"still"`` 0, and ``"waves"`` moves every muscle up and down at its own rate.
    """
    kind, time = episode.actions, np.arange(steps)[:, None]
    if kind == "random":
        actions = rng.uniform(-1.0, 1.0, (steps, NU))
    elif kind == "held":
        actions = rng.uniform(-1.0, 1.0, (steps // 4 + 1, NU)).repeat(4, axis=0)[:steps]
    elif kind == "weak":
        actions = rng.uniform(-0.25, 0.25, (steps, NU))
    elif kind == "waves":
        actions = np.sin(time * rng.uniform(0.1, 0.9, NU) + rng.uniform(0.0, 2.0 * np.pi, NU))
    else:
        actions = np.full((steps, NU), {"rest": -1.0, "still": 0.0}[kind])
    return np.round(actions / GRAIN) * GRAIN


def befall(task: Task, episode: Episode, row: int) -> None:
    """Apply the event of an episode to its body."""
    if not episode.event:
        return
    simulation = task.simulation
    qpos, qvel = simulation.qpos[[row]].copy(), simulation.qvel[[row]].copy()
    if episode.event == "tilted":  # on its side, so that it falls in time
        qpos[:, 2] = 0.75
        qpos[:, 3:7] = from_rotvec(np.array([[1.2, 0.3, 0.0]]))
    else:  # too fast for any simulation to survive
        qvel = np.full((1, NV), 1e9)
    task.set_state(np.array([row]), qpos, qvel)
