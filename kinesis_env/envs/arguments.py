"""The keyword arguments of every environment class, as editors and type checkers see them.

A test keeps the names equal to the fields of the configurations, which describe and check the values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from gymnasium.vector import AutoresetMode

from kinesis_env.config.files import Overrides
from kinesis_env.motions.library import MotionLibrary
from kinesis_env.motions.motion import Motion

__all__ = [
    "RUNNER_ARGUMENTS",
    "VIEW_ARGUMENTS",
    "DirectionArguments",
    "DirectionVectorArguments",
    "ImitateArguments",
    "ImitateVectorArguments",
    "ReachArguments",
    "ReachVectorArguments",
    "TextArguments",
    "TextVectorArguments",
]

#: A number, or a range [low, high] from which every episode draws a value.
Amount: TypeAlias = float | Sequence[float]
#: One motion or several: names, patterns, paths, or the motions themselves.
Motions: TypeAlias = str | os.PathLike[str] | Motion | MotionLibrary | Sequence[str | os.PathLike[str] | Motion]

#: Type, default and description of the rendering and configuration arguments of every environment.
VIEW_ARGUMENTS: Mapping[str, tuple[str, Any, str]] = {
    "render_mode": ("str or None", None, '`"human"`, `"rgb_array"` or `"depth_array"`'),
    "width": ("int", 640, "width of a frame [pixels]"),
    "height": ("int", 480, "height of a frame [pixels]"),
    "camera": ("str", "angle", '`"angle"`, `"side"` or `"front"`; all follow the body'),
    "show_reference": ("bool", True, "whether to draw the reference, the goal or the command"),
    "config": (
        "str, dict or None",
        None,
        "a YAML file with the arguments above, a mapping, or the name of a condition; keywords take precedence; `kinesis-env config ID` prints a file",
    ),
}
#: The same for the additional arguments of vector environments.
RUNNER_ARGUMENTS: Mapping[str, tuple[str, Any, str]] = {
    "num_envs": ("int", 1, "number of bodies"),
    "max_episode_steps": ("int or None", None, "control steps after which to truncate episodes; None for no limit"),
    "autoreset_mode": ("str", "NextStep", '`"NextStep"`, `"SameStep"` or `"Disabled"`'),
    "num_threads": (
        "int",
        0,
        "physics threads; 0 for one per processor. They change the speed, never the numbers",
    ),
    "backend": (
        "str",
        "mujoco",
        'what steps the bodies: `"mujoco"`, `"warp"` (on a GPU, see the page GPU) or `"warp-host"` (to compare the two)',
    ),
    "device": (
        "str or None",
        None,
        'with `backend="warp"`: `"cuda"`, `"cuda:1"`, `"cpu"`; None: the GPU, if there is one',
    ),
    "output": ("str or None", None, 'with `backend="warp"`: `"torch"` (the default), `"jax"`, `"warp"` or `"numpy"`'),
    "render_rows": (
        "list of int or None",
        None,
        'with `backend="warp"`: the bodies that are rendered; None: the first',
    ),
}


class _View(TypedDict, total=False):
    render_mode: str | None
    width: int
    height: int
    camera: str
    show_reference: bool
    config: Overrides | None


class _Runner(TypedDict, total=False):
    max_episode_steps: int | None
    autoreset_mode: str | AutoresetMode
    num_threads: int
    backend: str
    device: str | None
    output: str | None
    render_rows: Sequence[int] | None


class _Body(_View, total=False):
    action_mode: str
    body: Mapping[str, Any] | None
    physics_rate: float
    control_rate: float
    muscle_observations: Sequence[str]
    fatigue: bool
    initial_fatigue: Amount
    weakness: Mapping[str, Amount]
    anatomy: str
    strength: str | Mapping[str, float]
    excitation_noise: Amount
    activation_delay: Amount
    mass_scale: Amount
    start_noise: Sequence[float]
    slope: Amount
    push: Amount
    push_times: Sequence[float]
    push_interval: Amount
    push_direction: Amount
    push_duration: float
    extra_observations: Mapping[str, str]
    extra_terminations: Mapping[str, str]
    rewards: Mapping[str, Mapping[str, float | str]]


class _Tracking(_Body, total=False):
    start_time: str | float
    random_heading: bool
    lookahead: int
    lookahead_stride: int
    start_activation: str
    termination: str
    termination_distance: float


class ImitateArguments(_Tracking, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.imitate.ImitateEnv`."""

    motions: Motions
    motion_weights: Mapping[str, float]
    clip: str


class TextArguments(_Tracking, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.text.TextEnv`."""

    prompts: str | Sequence[str]
    num_prompts: int
    variants: int
    generator: str
    embedding: str
    observe_reference: bool
    capacity: int


class _Goal(_Body, total=False):
    start: Motions
    observation: str
    lookahead: int
    time_limit: int
    fall_height: float


class ReachArguments(_Goal, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.reach.ReachEnv` and ``ReachGoalEnv``."""

    goal_range: float
    min_distance: float
    radius: float
    goals: int
    success: str
    reward: str


class DirectionArguments(_Goal, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.direction.DirectionEnv`."""

    speed_range: Sequence[float]
    heading_range: Sequence[float]
    command_time: Sequence[float]
    success_error: float


class ImitateVectorArguments(ImitateArguments, _Runner, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.imitate.ImitateVectorEnv`."""


class TextVectorArguments(TextArguments, _Runner, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.text.TextVectorEnv`."""


class ReachVectorArguments(ReachArguments, _Runner, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.reach.ReachVectorEnv` and ``ReachGoalVectorEnv``."""


class DirectionVectorArguments(DirectionArguments, _Runner, total=False):
    """Keyword arguments of :class:`~kinesis_env.envs.direction.DirectionVectorEnv`."""
