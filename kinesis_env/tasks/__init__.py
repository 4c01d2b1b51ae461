"""Tasks: the start state, clock, goal and terms of episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.tasks.base import Outcome, Task
    from kinesis_env.tasks.direction import DirectionTask
    from kinesis_env.tasks.imitate import ImitateTask
    from kinesis_env.tasks.markers import Marker
    from kinesis_env.tasks.reach import ReachGoalTask, ReachTask
    from kinesis_env.tasks.reference import ReferenceClock
    from kinesis_env.tasks.text import TextTask

__all__ = [
    "DirectionTask",
    "ImitateTask",
    "Marker",
    "Outcome",
    "ReachGoalTask",
    "ReachTask",
    "ReferenceClock",
    "Task",
    "TextTask",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "base": "Outcome Task",
        "markers": "Marker",
        "direction": "DirectionTask",
        "imitate": "ImitateTask",
        "reach": "ReachGoalTask ReachTask",
        "reference": "ReferenceClock",
        "text": "TextTask",
    },
)
