"""Settings of the goal tasks; see :mod:`kinesis_env.config.tracking`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kinesis_env.checks import check_choice, check_integer, check_number
from kinesis_env.config.schema import Motions, setting
from kinesis_env.config.tracking import MOST_FRAMES, MOST_METERS, MOST_SECONDS, BodyConfig
from kinesis_env.errors import ConfigError

__all__ = ["DirectionConfig", "GoalConfig", "ReachConfig", "ReachGoalConfig"]


@dataclass(frozen=True, repr=False)
class GoalConfig(BodyConfig):
    """Settings of every goal task, in addition to :class:`~kinesis_env.config.tracking.BodyConfig`."""

    start: Motions = setting(
        '`"stand"`, or motions in a random frame of which an episode starts (as `motions` of `Kinesis-Imitate-v0`)'
    )
    observation: str = setting('`"goal"`, or `"imitation"` for the layout of `Kinesis-Imitate-v0`')
    lookahead: int = setting("number of future frames of the reference in that layout")
    time_limit: int = setting("control steps after which an episode is truncated")
    fall_height: float = setting(
        "pelvis height below which the body has fallen; for another body, scaled by the length of its legs", "m"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("observation", self.observation, ("goal", "imitation"))
        check_number("lookahead", self.lookahead, 1, MOST_FRAMES)
        check_integer("time_limit", self.time_limit, 1, 10**9)
        check_number("fall_height", self.fall_height, 0.0, MOST_METERS)


@dataclass(frozen=True, repr=False)
class ReachConfig(GoalConfig):
    """Settings of ``Kinesis-Reach-v0``."""

    goal_range: float = setting("maximum distance of a goal forward or back, and to either side", "m")
    min_distance: float = setting("minimum distance of a goal", "m")
    radius: float = setting("distance below which a goal is reached", "m")
    goals: int = setting("number of goals in a row")
    success: str = setting('`"timeout"`: be at the goal when the time is up; `"touch"`: touch it at any time')
    reward: str = setting('`"dense"` or `"sparse"`')

    REWARDS: ClassVar[Mapping[str, bool]] = {"progress": True, "upright": True, "energy": True, "goal": False}

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("success", self.success, ("timeout", "touch"))
        check_choice("reward", self.reward, ("dense", "sparse"))
        check_number("radius", self.radius, most=MOST_METERS, above=0.0)
        check_number("goals", self.goals, 1, 1000)
        check_number("goal_range", self.goal_range, most=MOST_METERS, above=0.0)
        check_number("min_distance", self.min_distance, 0.0)
        if self.min_distance > self.goal_range:
            raise ConfigError(
                f"min_distance must be at most goal_range, given {self.min_distance} and {self.goal_range} m"
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """The reward terms in force."""
        return tuple(self.REWARDS) if self.reward == "dense" else ("sparse",)


@dataclass(frozen=True, repr=False)
class ReachGoalConfig(ReachConfig):
    """Settings of ``Kinesis-ReachGoal-v0``: the reach settings, with a reward that is a function of two positions."""

    REWARDS: ClassVar[Mapping[str, bool]] = {}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.observation != "goal" or self.goals != 1:
            raise ConfigError(
                "Kinesis-ReachGoal-v0 allows only observation='goal' and goals=1, "
                f"given {self.observation!r} and {self.goals}; Kinesis-Reach-v0 allows others"
            )
        if self.rewards:
            raise ConfigError(
                "the reward of Kinesis-ReachGoal-v0 is a function of two positions and has no terms, given "
                f"rewards={', '.join(self.rewards)}; Kinesis-Reach-v0 has terms"
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """The reward terms in force."""
        return ("distance",) if self.reward == "dense" else ("sparse",)


@dataclass(frozen=True, repr=False)
class DirectionConfig(GoalConfig):
    """Settings of ``Kinesis-Direction-v0``."""

    speed_range: tuple[float, ...] = setting("minimum and maximum commanded speed", "m/s")
    heading_range: tuple[float, ...] = setting(
        "minimum and maximum commanded heading, relative to the way the body faces at the start",
        "rad",
    )
    command_time: tuple[float, ...] = setting("minimum and maximum time until the command changes", "s")
    success_error: float = setting("mean velocity error below which an episode succeeds", "m/s")

    REWARDS: ClassVar[Mapping[str, bool]] = {"velocity": True, "upright": True, "energy": True}

    #: Maximum number of commands, which are drawn when an episode starts; more would fill the memory.
    MAX_COMMANDS: ClassVar[int] = 100_000
    MAX_SPEED: ClassVar[float] = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _range("speed_range", self.speed_range, 0.0, self.MAX_SPEED)
        _range("heading_range", self.heading_range, -2.0 * math.pi, 2.0 * math.pi)
        _range("command_time", self.command_time, 1.0 / self.control_rate, MOST_SECONDS)
        commands = self.time_limit / (self.control_rate * self.command_time[0])
        check_number("time_limit / command_time[0], in steps", commands, most=self.MAX_COMMANDS)
        check_number("success_error", self.success_error, most=MOST_METERS, above=0.0)


def _range(name: str, ends: tuple[float, ...], least: float, most: float) -> None:
    if len(ends) != 2 or not least <= ends[0] <= ends[1] <= most:
        raise ConfigError(f"{name} must be [low, high] from {least:.4g} to {most:.4g}, given {list(ends)}")
