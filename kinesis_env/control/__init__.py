"""Controllers that do not learn: the tracker, tasks driven by it, and solutions. See ``docs/control.md``.

pilot = Pilot(env.unwrapped.task)
pilot.begin(np.arange(1))
env.step(pilot.act(np.arange(1))[0])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.control.cost import Weights
    from kinesis_env.control.demo import run_demo
    from kinesis_env.control.episode import Trace
    from kinesis_env.control.pilot import Pilot
    from kinesis_env.control.player import SolutionPlayer
    from kinesis_env.control.search import track
    from kinesis_env.control.solution import Solution
    from kinesis_env.control.solutions import read_solutions
    from kinesis_env.control.tracker import Tracker

__all__ = [
    "Pilot",
    "Solution",
    "SolutionPlayer",
    "Trace",
    "Tracker",
    "Weights",
    "read_solutions",
    "run_demo",
    "track",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "cost": "Weights",
        "demo": "run_demo",
        "episode": "Trace",
        "pilot": "Pilot",
        "player": "SolutionPlayer",
        "search": "track",
        "solution": "Solution",
        "solutions": "read_solutions",
        "tracker": "Tracker",
    },
)
