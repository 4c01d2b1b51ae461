"""``Kinesis-Direction-v0``: move with a commanded heading and speed."""

from __future__ import annotations

from typing import Any, Unpack

from numpy.typing import ArrayLike

from kinesis_env.config.goals import DirectionConfig
from kinesis_env.envs.arguments import DirectionArguments, DirectionVectorArguments
from kinesis_env.envs.definition import Definition
from kinesis_env.envs.single import KinesisEnv
from kinesis_env.envs.vector import AnyVectorEnv, KinesisVectorEnv
from kinesis_env.tasks.direction import DirectionTask

__all__ = ["DirectionEnv", "DirectionVectorEnv"]

DIRECTION = Definition("Kinesis-Direction-v0", DirectionConfig, DirectionTask)


class DirectionEnv(KinesisEnv[DirectionTask], definition=DIRECTION):
    r"""A muscle-driven lower body follows a commanded heading and speed.

    ## Description
    The body is that of `Kinesis-Imitate-v0`: 20 degrees of freedom, moved by 80 muscles. A command consists of a heading
    (any direction, relative to the way the body faced at the start) and a speed from 0 to 3 m/s. It changes every few
    seconds. The body may follow it in any way: forward, backward or sideways.

    ## Action Space
    `Box(-1, 1, (80,), float32)`: one action per muscle, a target length (`action_mode="length"`) or an excitation
    (`"excitation"`), as in `Kinesis-Imitate-v0`. With `"residual"`, it is an offset from the target length of a servo to the
    standing pose; with action 0, the body stands for 7.2 s.

    ## Observation Space
    `Box(-inf, inf, (174 + 80 muscle quantities,), float32)`: the terms of `Kinesis-Reach-v0`, with `command` in place
    of `goal`:

    | Term | Size | Content | Unit |
    |---|---|---|---|
    | `command` | 3 | the commanded velocity in the heading frame, forward and left, and its speed | m/s |

    With `observation="imitation"`, the space and the slices are exactly those of `Kinesis-Imitate-v0`, and `tracking`
    replaces `command`: the reference of the pelvis starts at the pelvis, at standing height, and moves with the commanded
    velocity; every other tracked body is its own reference (zero differences). One network can then perform both tasks.

    ## Rewards
    The reward is the sum of three terms, where v is the horizontal velocity of the pelvis and c the observed command:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_velocity` | 0.8 | `exp(-2 \|v - c\|^2)` [m/s] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, where u is the 80 excitations |

    `info` contains each weighted term; they sum to the reward.

    ## Starting State
    As in `Kinesis-Reach-v0`. To choose the start, call `reset(options={"command": [heading, speed], "heading": radians})`:
    a command for the whole episode, and the direction that the body faces. `env.unwrapped.set_command(heading, speed)` sets
    a command at any time, which holds until the end of the episode. In the window of `render_mode="human"`, the left and
    right arrow keys turn the command by 15 degrees, and the up and down keys change its speed by 0.25 m/s.

    ## Episode End
    An episode terminates when the pelvis is below 0.7 m (`info["termination_reason"]` is `"fallen"`), or when the
    simulation diverges (`"diverged"`; the reward of that step is 0). It is truncated after 300 control steps;
    `info["is_success"]` then says whether the mean of `|v - c|` over the episode is below `success_error`.

    `info` has the same keys after `reset` and `step`: `reward_<term>`, `time` [s], `command_heading` [rad],
    `command_speed` [m/s], `velocity_error` (current `|v - c|`) and `mean_velocity_error` [m/s], `is_success`,
    `termination_reason`, and one key for each condition that is on.

    ## Arguments
    {arguments}

    ```python
    env = gymnasium.make("Kinesis-Direction-v0", speed_range=[0.8, 1.6], start="walk")
    ```
    """

    def __init__(self, **keywords: Unpack[DirectionArguments]) -> None:
        super().__init__(**keywords)

    def set_command(self, heading: float, speed: float) -> None:
        """Command a heading [rad], relative to the start and positive to the left, and a speed [m/s] until the episode ends.

        Raises:
            ResetError: a command that is not finite, or a speed outside 0 to 3 m/s.
        """
        self.task.set_command(heading, speed)


class DirectionVectorEnv(KinesisVectorEnv[DirectionTask], AnyVectorEnv, definition=DIRECTION):
    """Many bodies follow their commands. See :class:`DirectionEnv`, and :class:`KinesisVectorEnv` for the other arguments."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[DirectionVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)

    def set_command(self, heading: ArrayLike, speed: ArrayLike, rows: Any = slice(None)) -> None:
        """Command headings [rad] and speeds [m/s], a number or (k,) each, for some rows; by default for all.

        Raises:
            ResetError: a command that is not finite, or a speed outside 0 to 3 m/s.
        """
        self._task.set_command(heading, speed, rows)
