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
        """Set the sampling weights of clips, from the next reset on.

        Args:
            weights: maps names or patterns (``"walk*"``) to the weight of each clip that matches; all other clips keep
                their weights.

        Raises:
            ConfigError: a pattern that matches no clip, or an impossible weight.
        """
        self._task.clips.set_weights(weights)

    def set_clip_starts(self, starts: Mapping[str, Sequence[float] | None]) -> None:
        """Set the distribution of random start times in clips, from the next reset on.

        Args:
            starts: maps clip names to the weights of equal parts of the clip, any number of them; None restores the
                uniform distribution.

        Raises:
            ConfigError: an unknown clip, or impossible weights.
        """
        self._task.clips.set_starts(starts)

    def clip_statistics(self) -> dict[str, dict[str, Any]]:
        """Return the statistics of the episodes of each clip since the environment was created.

        Maps each clip name to ``episodes``, ``coverage`` (mean fraction of the remaining clip completed), ``failures``
        (number of terminated episodes), and ``failures_by_part`` (failures in each tenth of the clip). Episodes that a
        time limit or a reset cuts short do not count.
        """
        statistics: dict[str, dict[str, Any]] = self._task.clips.statistics()
        return statistics


class ImitateEnv(ClipApi, MotionEnv[ImitateTask], definition=IMITATE):
    r"""A muscle-driven lower body follows a reference motion.

    ## Description
    The body has a free pelvis that carries the trunk, and two legs with seven hinge joints each: 20 degrees of freedom.
    80 Hill-type muscles are its only actuators. An episode follows one clip of recorded or generated motion at the clip's
    own pace. At every step, the reward measures how close seven bodies (pelvis, knees, ankles, toes) are to their
    positions in the clip. The task and its constants are those of KINESIS (arXiv 2503.14637).

    ## Action Space
    `Box(-1, 1, (80,), float32)`: one action per muscle, in the order of `env.unwrapped.task.simulation.names.muscles`:
    the 40 muscles of the right leg (`addbrev_r` ... `vasmed_r`), then the 40 of the left. Values outside [-1, 1] are clipped.

    | `action_mode` | Meaning of an action | -1 | 1 |
    |---|---|---|---|
    | `"length"` (default) | target length of the muscle-tendon unit; a servo computes the excitation at each physics step | 0 | the muscle's maximum length |
    | `"excitation"` | excitation of the muscle | 0 | 1 |
    | `"residual"` | offset from the target length of a servo to the reference's next pose | shorter by half of the maximum length | longer by half of it |

    The servo: with target length l* [m], length l [m], lengthening velocity v [m/s] and peak isometric force F0 [N], the
    desired force is `F = clip(5 F0 (l* - l) - 0.5 F0 v, -F0, 0)`, and the excitation is
    `clip((F - F_passive) / min(-1, gain), 0, 1)`, with MuJoCo's muscle gain and bias.

    ## Observation Space
    `Box(-inf, inf, (171 + 63 lookahead + 80 muscle quantities,), float32)`: 234 numbers by default. Vectors are in the
    heading frame (x forward, y left, z up; it turns with the pelvis about the vertical only). `env.unwrapped.task.layout`
    gives the slice of each term.

    | Term | Size | Content | Unit |
    |---|---|---|---|
    {body_terms}
    | `tracking` | 63 per frame ahead | for each frame: position difference (7 x 3), velocity difference (7 x 3), and reference position relative to the pelvis (7 x 3) | m, m/s, m |

    The bodies are the pelvis and, right leg first, femur, tibia, talus, calcn and toes.

    ## Rewards
    The reward is the sum of four terms. Means are over the 7 tracked bodies and x, y, z; the reference is taken at the time
    after the step:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_position` | 0.6 | `exp(-200 mean (x - x_ref)^2)`, positions [m] |
    | `reward_velocity` | 0.2 | `exp(-5 mean (v - v_ref)^2)`, linear velocities [m/s] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, where u is the 80 excitations |

    `info` contains each weighted term; they sum to the reward.

    ## Starting State
    An episode starts in a random clip at a random time (reference state initialization): all joint positions and
    velocities are those of the reference, and all activations are zero. To choose the start, call
    `reset(options={"clip": name, "start_time": seconds, "heading": radians})`; `heading` is the direction that the body
    faces. Clips are drawn by `motion_weights`. `set_clip_weights` and `set_clip_starts` change the weights and the start
    times for the next resets, and `clip_statistics()` returns how the episodes of each clip ended
    (`kinesis_env.curriculum` has a rule that uses it).

    ## Episode End
    An episode terminates when any tracked body is more than 0.15 m from its reference (`info["termination_reason"]` is
    `"tracking_lost"`), or when the simulation diverges (`"diverged"`; the state then returns to standing, and the reward of
    that step is 0). It is truncated at the end of the clip. There is no time limit unless you set `max_episode_steps`.

    `info` has the same keys after `reset` and `step`: `reward_<term>`, `clip`, `time` (in the clip [s]), `tracking_error`
    (current mean distance of the tracked bodies [m]), `mpjpe` (its mean over the episode so far [mm]), `frame_coverage`
    (completed fraction of the clip, counted from the start of the episode), `is_success` (whether the end was reached) and
    `termination_reason`. At the last step of an episode, they are its result.

    ## Arguments
    {arguments}

    ```python
    env = gymnasium.make("Kinesis-Imitate-v0", motions="my_recording.mot", lookahead=3)
    ```
    """

    def __init__(self, **keywords: Unpack[ImitateArguments]) -> None:
        super().__init__(**keywords)


class ImitateVectorEnv(ClipApi, KinesisVectorEnv[ImitateTask], AnyVectorEnv, definition=IMITATE):
    """Many bodies follow reference motions. See :class:`ImitateEnv`, and :class:`KinesisVectorEnv` for the other arguments."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[ImitateVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)
