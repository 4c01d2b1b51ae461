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
    r"""A muscle-driven lower body moves the way it is told, as fast as it is told.

    ## Description
    The body is that of `Kinesis-Imitate-v0`: 20 degrees of freedom, moved by 80 muscles. A command names a heading, any
    direction relative to the way the body faced at the start, and a speed from 0 to 3 m/s; it changes every few seconds. The
    body may walk there in whichever way it likes: forward, backward or sideways.

    ## Action Space
    `Box(-1, 1, (80,), float32)`, one number per muscle: a target length (`action_mode="length"`) or an excitation
    (`"excitation"`), as in `Kinesis-Imitate-v0`; with `"residual"`, a target length moved away from the target of a servo to the
    standing pose, in which action 0 stands for 7.2 s.

    ## Observation Space
    `Box(-inf, inf, (174 + 80 muscle quantities,), float32)`: the terms of `Kinesis-Reach-v0` with, in place of `goal`:

    | Term | Numbers | What | Unit |
    |---|---|---|---|
    | `command` | 3 | the commanded velocity in the heading frame, forward and left, and its speed | m/s |

    With `observation="imitation"`, the space and the slices are exactly those of `Kinesis-Imitate-v0`: in place of `command`
    is `tracking`, in which the reference of the pelvis leaves from where the pelvis is with the commanded velocity, at
    standing height, and every other tracked body is its own reference (zero differences). One network then serves both tasks.

    ## Rewards
    The sum of three terms, with v the velocity of the pelvis over the ground and c the command that was observed:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_velocity` | 0.8 | `exp(-2 \|v - c\|^2)` [m/s] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, u the 80 excitations |

    `info` has each term, weighted; they add up to the reward.

    ## Starting State
    As in `Kinesis-Reach-v0`. `reset(options={"command": [heading, speed], "heading": radians})` chooses: a command for the
    whole episode, and the way the body faces. `env.unwrapped.set_command(heading, speed)` gives another at any time; it
    then holds until the end of the episode. In the window of `render_mode="human"`, the arrow keys do: left and right turn
    the command by 15 degrees, up and down change its speed by 0.25 m/s.

    ## Episode End
    Terminated when the pelvis is below 0.7 m (`info["termination_reason"]` is `"fallen"`), or when the simulation diverges
    (`"diverged"`; that step's reward is 0). Truncated after 300 control steps; `info["is_success"]` then says whether the
    mean of `|v - c|` over the episode was below `success_error`.

    `info` has the same keys after `reset` and `step`: `reward_<term>`, `time` [s], `command_heading` [rad],
    `command_speed` [m/s], `velocity_error` (`|v - c|` now) and `mean_velocity_error` [m/s], `is_success`,
    `termination_reason`, and one for each muscle condition that is on.

    ## Arguments
    {arguments}

    ```python
    env = gymnasium.make("Kinesis-Direction-v0", speed_range=[0.8, 1.6], start="walk")
    ```
    """

    def __init__(self, **keywords: Unpack[DirectionArguments]) -> None:
        super().__init__(**keywords)

    def set_command(self, heading: float, speed: float) -> None:
        """Command a heading [rad] relative to the start, to the left, and a speed [m/s] until the end of the episode.

        Raises:
            ResetError: a command that is not finite, or a speed outside 0 to 3 m/s.
        """
        self.task.set_command(heading, speed)


class DirectionVectorEnv(KinesisVectorEnv[DirectionTask], AnyVectorEnv, definition=DIRECTION):
    """Many bodies follow their commands; see :class:`DirectionEnv`; the other arguments are in :class:`KinesisVectorEnv`."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[DirectionVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)

    def set_command(self, heading: ArrayLike, speed: ArrayLike, rows: Any = slice(None)) -> None:
        """Command headings [rad] and speeds [m/s], a number or (k,), for some rows, by default all.

        Raises:
            ResetError: a command that is not finite, or a speed outside 0 to 3 m/s.
        """
        self._task.set_command(heading, speed, rows)
