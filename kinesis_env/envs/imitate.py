"""``Kinesis-Imitate-v0``: follow motion capture with 80 muscles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from kinesis_env.config.tracking import ImitateConfig
from kinesis_env.envs.arguments import ImitateArguments, ImitateVectorArguments
from kinesis_env.envs.definition import Definition
from kinesis_env.envs.single import MotionEnv
from kinesis_env.envs.vector import AnyVectorEnv, KinesisVectorEnv
from kinesis_env.tasks.imitate import ImitateTask

__all__ = ["IMITATE", "ClipApi", "ImitateEnv", "ImitateVectorEnv"]

IMITATE = Definition("Kinesis-Imitate-v0", ImitateConfig, ImitateTask)


class ClipApi:
    """The clip statistics and sampling settings of the single and the vector environment."""

    _task: Any

    def set_clip_weights(self, weights: Mapping[str, float]) -> None:
        """Set how often clips are drawn, from the next reset on.

        Args:
            weights: names or patterns (``"walk*"``), and the weight of each clip that matches; the others keep theirs.

        Raises:
            ConfigError: a pattern that matches no clip, or an impossible weight.
        """
        self._task.clips.set_weights(weights)

    def set_clip_starts(self, starts: Mapping[str, Sequence[float] | None]) -> None:
        """Set the distribution of random start times in clips, from the next reset on.

        Args:
            starts: maps clip names to weights of equal parts of the clip, any number; None restores a uniform
                distribution.

        Raises:
            ConfigError: an unknown clip, or impossible weights.
        """
        self._task.clips.set_starts(starts)

    def clip_statistics(self) -> dict[str, dict[str, Any]]:
        """Return the statistics of the episodes of each clip since the environment was created.

        By name: ``episodes``, ``coverage`` (mean fraction of the remaining clip completed), ``failures`` (number of terminated
        episodes), and ``failures_by_part``, in ten equal parts of the clip. Episodes cut short by a time limit or a
        reset do not count.
        """
        statistics: dict[str, dict[str, Any]] = self._task.clips.statistics()
        return statistics


class ImitateEnv(ClipApi, MotionEnv[ImitateTask], definition=IMITATE):
    r"""A muscle-driven lower body follows a reference motion.

    ## Description
    The body is a free pelvis that carries the trunk, and two legs of seven hinges each: 20 degrees of freedom, moved by 80
    Hill-type muscles and nothing else. An episode follows one clip of recorded or generated motion at its own pace; at
    every step the reward says how near seven bodies (pelvis, knees, ankles, toes) are to where the clip has them. The
    task and its numbers are those of KINESIS (arXiv 2503.14637).

    ## Action Space
    `Box(-1, 1, (80,), float32)`, one number per muscle in the order of `env.unwrapped.task.simulation.names.muscles`:
    the 40 muscles of the right leg (`addbrev_r` ... `vasmed_r`), then those of the left. Values outside are clipped.

    | action_mode | What a number means | -1 | 1 |
    |---|---|---|---|
    | `"length"` (default) | target length of the muscle-tendon unit; a servo finds the excitation at each physics step | 0 | the muscle's greatest length |
    | `"excitation"` | excitation of the muscle | 0 | 1 |
    | `"residual"` | target length as above, moved away from the target of a servo to the reference's next pose | shorter by half of the greatest length | longer by as much |

    The servo: with target l*, length l [m], its rate v [m/s] and peak isometric force F0 [N], the wanted force is
    `F = clip(5 F0 (l* - l) - 0.5 F0 v, -F0, 0)` and the excitation `clip((F - F_passive) / min(-1, gain), 0, 1)`, with
    MuJoCo's muscle gain and bias.

    ## Observation Space
    `Box(-inf, inf, (171 + 63 lookahead + 80 muscle quantities,), float32)`: 234 numbers by default. Vectors are in the
    heading frame (x forward, y left, z up; it turns with the pelvis about the vertical only). `env.unwrapped.task.layout`
    gives the slice of each term.

    | Term | Numbers | What | Unit |
    |---|---|---|---|
    {body_terms}
    | `tracking` | 63 per frame ahead | for each frame: difference in position (7 x 3), in velocity (7 x 3), and position of the reference relative to the pelvis (7 x 3) | m, m/s, m |

    The bodies are pelvis, femur, tibia, talus, calcn and toes, right leg first.

    ## Rewards
    The sum of four terms; means are over the 7 tracked bodies and x, y, z, the reference is that of the time after the step:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_position` | 0.6 | `exp(-200 mean (x - x_ref)^2)`, positions [m] |
    | `reward_velocity` | 0.2 | `exp(-5 mean (v - v_ref)^2)`, linear velocities [m/s] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, u the 80 excitations |

    `info` has each term, weighted; they add up to the reward.

    ## Starting State
    A random clip at a random time (reference state initialization): positions and velocities of all joints are the
    reference's, all activations zero. `reset(options={"clip": name, "start_time": seconds, "heading": radians})` chooses;
    `heading` is the way the body faces at the start. Clips are drawn by `motion_weights`; `set_clip_weights` and
    `set_clip_starts` change these and the times for the next resets, and `clip_statistics()` says how episodes went
    (`kinesis_env.curriculum` has a rule).

    ## Episode End
    Terminated when any tracked body is more than 0.15 m from its reference (`info["termination_reason"]` is
    `"tracking_lost"`), or when the simulation diverges (`"diverged"`; the state is then put back to standing, and that
    step's reward is 0). Truncated at the end of the clip. No time limit unless `max_episode_steps` is given.

    `info` has the same keys after `reset` and `step`: `reward_<term>`, `clip`, `time` (in the clip [s]), `tracking_error`
    (mean distance of the tracked bodies now [m]), `mpjpe` (its mean over the episode so far [mm]), `frame_coverage` (the
    fraction of the way to the clip's end that has been reached), `is_success` (the end was reached),
    `termination_reason`. At an episode's last step they are its result.

    ## Arguments
    {arguments}

    ```python
    env = gymnasium.make("Kinesis-Imitate-v0", motions="my_recording.mot", lookahead=3)
    ```
    """

    def __init__(self, **keywords: Unpack[ImitateArguments]) -> None:
        super().__init__(**keywords)


class ImitateVectorEnv(ClipApi, KinesisVectorEnv[ImitateTask], AnyVectorEnv, definition=IMITATE):
    """Many bodies follow reference motions; see :class:`ImitateEnv`; the other arguments are in :class:`KinesisVectorEnv`."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[ImitateVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)
