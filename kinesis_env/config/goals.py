"""What the goal tasks can be told; see :mod:`kinesis_env.config.tracking`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kinesis_env.config.schema import above, at_least, one_of
from kinesis_env.config.tracking import MOST_FRAMES, BodyConfig
from kinesis_env.errors import ConfigError

__all__ = ["DirectionConfig", "GoalConfig", "ReachConfig", "ReachGoalConfig"]


@dataclass(frozen=True)
class GoalConfig(BodyConfig):
    """What every goal task can be told, beside the fields of :class:`~kinesis_env.config.tracking.BodyConfig`.

    Attributes:
        start: ``"stand"``, or the motions of whose frames one is drawn: shipped names or patterns, files, folders, or a
            list of those.
        observation: ``"goal"``, or ``"imitation"`` for the layout of ``Kinesis-Imitate-v0``.
        lookahead: frames of the reference in the layout of the imitation task.
        time_limit: control steps until an episode is truncated.
        fall_height: height of the pelvis below which the body has fallen [m].
    """

    start: str | tuple[str, ...]
    observation: str
    lookahead: int
    time_limit: int
    fall_height: float

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("observation", self.observation, ("goal", "imitation"))
        at_least("lookahead", self.lookahead, 1, MOST_FRAMES)
        at_least("time_limit", self.time_limit, 1)
        at_least("fall_height", self.fall_height, 0.0)

    @property
    def terms(self) -> tuple[str, ...]:
        """The reward terms in force."""
        return tuple(self.REWARDS)


@dataclass(frozen=True)
class ReachConfig(GoalConfig):
    """What ``Kinesis-Reach-v0`` can be told.

    Attributes:
        goal_range: greatest distance of a goal forward and sideways from where it is drawn [m].
        min_distance: least distance of a goal from there [m].
        radius: how near is there [m].
        goals: how many goals follow each other in an episode.
        success: what counts: ``"timeout"``, to be there when the time is up, or ``"touch"``, to get there.
        reward: ``"dense"`` or ``"sparse"``.
    """

    goal_range: float
    min_distance: float
    radius: float
    goals: int
    success: str
    reward: str

    REWARDS: ClassVar[Mapping[str, bool]] = {"progress": True, "upright": True, "energy": True, "goal": False}

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("success", self.success, ("timeout", "touch"))
        one_of("reward", self.reward, ("dense", "sparse"))
        above("radius", self.radius, 0.0)
        at_least("goals", self.goals, 1, 1000)
        above("goal_range", self.goal_range, 0.0)
        at_least("min_distance", self.min_distance, 0.0)
        if self.min_distance > self.goal_range:
            raise ConfigError(
                f"min_distance must be at most goal_range, given {self.min_distance} and {self.goal_range} m"
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """The reward terms in force."""
        return tuple(self.REWARDS) if self.reward == "dense" else ("sparse",)


@dataclass(frozen=True)
class ReachGoalConfig(ReachConfig):
    """What ``Kinesis-ReachGoal-v0`` can be told: as for reaching, with rewards that two places determine."""

    REWARDS: ClassVar[Mapping[str, bool]] = {}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.observation != "goal" or self.goals != 1:
            raise ConfigError(
                "Kinesis-ReachGoal-v0 has observation='goal' and goals=1, "
                f"given {self.observation!r} and {self.goals}; Kinesis-Reach-v0 has more"
            )
        if self.rewards:
            raise ConfigError(
                "Kinesis-ReachGoal-v0 has a reward that two places determine, and no terms of your own, given "
                f"{', '.join(self.rewards)}; Kinesis-Reach-v0 has them"
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """The reward terms in force."""
        return ("distance",) if self.reward == "dense" else ("sparse",)


@dataclass(frozen=True)
class DirectionConfig(GoalConfig):
    """What ``Kinesis-Direction-v0`` can be told.

    Attributes:
        speed_range: least and greatest commanded speed [m/s].
        heading_range: least and greatest commanded heading [rad], relative to the way the body faces at the start.
        command_time: shortest and longest time until the command changes [s].
        success_error: mean distance of the pelvis' velocity from the command with which an episode succeeds [m/s].
    """

    speed_range: tuple[float, ...]
    heading_range: tuple[float, ...]
    command_time: tuple[float, ...]
    success_error: float

    REWARDS: ClassVar[Mapping[str, bool]] = {"velocity": True, "upright": True, "energy": True}

    MAX_SPEED: ClassVar[float] = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _range("speed_range", self.speed_range, 0.0, self.MAX_SPEED)
        _range("heading_range", self.heading_range, -2.0 * math.pi, 2.0 * math.pi)
        _range("command_time", self.command_time, 1.0 / self.control_rate, math.inf)
        above("success_error", self.success_error, 0.0)


def _range(name: str, ends: tuple[float, ...], least: float, most: float) -> None:
    if len(ends) != 2 or not least <= ends[0] <= ends[1] <= most:
        raise ConfigError(f"{name} must be [low, high] from {least:.4g} to {most:.4g}, given {list(ends)}")
