"""``Kinesis-Reach-v0`` and ``Kinesis-ReachGoal-v0``: bring the pelvis to a point on the ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, Unpack

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from kinesis_env.config.goals import ReachConfig, ReachGoalConfig
from kinesis_env.envs.arguments import ReachArguments, ReachVectorArguments
from kinesis_env.envs.definition import Definition, observation_space
from kinesis_env.envs.single import KinesisEnv
from kinesis_env.envs.vector import AnyVectorEnv, KinesisVectorEnv
from kinesis_env.tasks.reach import ReachGoalTask, ReachTask

__all__ = ["ReachEnv", "ReachGoalEnv", "ReachGoalVectorEnv", "ReachVectorEnv"]

REACH = Definition("Kinesis-Reach-v0", ReachConfig, ReachTask)
REACH_GOAL = Definition("Kinesis-ReachGoal-v0", ReachGoalConfig, ReachGoalTask)

Goals: TypeAlias = dict[str, NDArray[np.float32]]


class ReachEnv(KinesisEnv[ReachTask], definition=REACH):
    r"""A muscle-driven lower body brings its pelvis to a point on the ground.

    ## Description
    The body is that of `Kinesis-Imitate-v0`: 20 degrees of freedom, moved by 80 muscles. A goal lies up to 2 m forward or
    back and up to 2 m to either side of the start. The body must walk there, and be there when the time is up. Reward, fall
    and success are those of KINESIS (arXiv 2503.14637). Unlike in KINESIS, the goal is always observed, is drawn in the
    frame of the body's start by the environment's own generator, and has a minimum distance.

    ## Action Space
    `Box(-1, 1, (80,), float32)`: one action per muscle, a target length (`action_mode="length"`) or an excitation
    (`"excitation"`), as in `Kinesis-Imitate-v0`. With `"residual"`, it is an offset from the target length of a servo to the
    standing pose; with action 0, the body stands for 7.2 s.

    ## Observation Space
    `Box(-inf, inf, (174 + 80 muscle quantities,), float32)`. Vectors are in the heading frame (x forward, y left, z up; it
    turns with the pelvis about the vertical only). `env.unwrapped.task.layout` gives the slice of each term.

    | Term | Size | Content | Unit |
    |---|---|---|---|
    {body_terms}
    | `goal` | 3 | position of the goal relative to the pelvis, forward and left, and its distance | m |

    With `observation="imitation"`, the space and the slices are exactly those of `Kinesis-Imitate-v0`, and `tracking`
    replaces `goal`: the reference of the pelvis stands still at the goal, at standing height, and every other tracked body
    is its own reference (zero differences). One network can then perform both tasks.

    ## Rewards
    The reward is the sum of four terms, where d is the horizontal distance from the pelvis to the goal:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_progress` | 0.8 | `20 (d_before - d_after)` [m] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, where u is the 80 excitations |
    | `reward_goal` | 100 | 1 while `d < radius`, else 0 |

    With `reward="sparse"`, the only term is `reward_sparse`: 0 while `d < radius`, else -1. `info` contains each weighted
    term; they sum to the reward.

    ## Starting State
    The body stands in static equilibrium, with the activations that hold it (the model's keyframe `stand`). With
    `start=<motions>`, it starts in a random frame of one of those motions, with muscles at rest. To choose the start, call
    `reset(options={"goal": [x, y], "heading": radians})`: the goal in meters forward and to the left of the start (with
    `goals=n`, an array (n, 2)), and the direction that the body faces.

    ## Episode End
    An episode terminates when the pelvis is below 0.7 m (`info["termination_reason"]` is `"fallen"`), when the simulation
    diverges (`"diverged"`; the reward of that step is 0), and, with `success="touch"`, when the body touches the goal
    (`"reached"`). It is truncated after 150 control steps. The task itself counts these, so that `info["is_success"]` of
    the last step is the result. With `success="timeout"`, an episode succeeds if `d < radius` at that step; with `"touch"`,
    if `d < radius` at any step. With `goals=n`, touching a goal brings up the next one, drawn around it; the last goal
    decides success.

    `info` has the same keys after `reset` and `step`: `reward_<term>`, `time` [s], `distance` to the goal [m],
    `goals_reached`, `is_success`, `termination_reason`, and one key for each condition that is on.

    ## Arguments
    {arguments}

    ```python
    env = gymnasium.make("Kinesis-Reach-v0", goals=5, success="touch", time_limit=600)
    ```
    """

    def __init__(self, **keywords: Unpack[ReachArguments]) -> None:
        super().__init__(**keywords)


class ReachVectorEnv(KinesisVectorEnv[ReachTask], AnyVectorEnv, definition=REACH):
    """Many bodies go to their goals. See :class:`ReachEnv`, and :class:`KinesisVectorEnv` for the other arguments."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[ReachVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)


class GoalApi:
    """The goal-env API on top of a :class:`~kinesis_env.tasks.reach.ReachGoalTask`."""

    _task: Any

    def compute_reward(self, achieved_goal: ArrayLike, desired_goal: ArrayLike, info: object) -> Any:  # noqa: ARG002
        """Return the reward for an achieved position and a goal.

        Args:
            achieved_goal: positions (2,) or (n, 2) [m].
            desired_goal: goals, the same shape.
            info: not used.

        Returns:
            A float, or (n,).
        """
        reward = self._task.reward_of(*_places(achieved_goal, desired_goal))
        return reward if reward.ndim else float(reward)

    def compute_terminated(self, achieved_goal: ArrayLike, desired_goal: ArrayLike, info: Any) -> Any:
        """Return whether such a step terminates an episode: a fall does and, with ``success="touch"``, the goal.

        Args:
            achieved_goal: positions (2,) or (n, 2) [m].
            desired_goal: goals, the same shape.
            info: info of the step, or n of them.

        Returns:
            A bool, or (n,).
        """
        over = np.isin(_of_info(info, "termination_reason"), ("fallen", "diverged"))
        if self._task.config.success == "touch":
            achieved, desired = _places(achieved_goal, desired_goal)
            over = over | (np.hypot(*np.moveaxis(desired - achieved, -1, 0)) < self._task.config.radius)
        return over if over.ndim else bool(over)

    def compute_truncated(self, achieved_goal: ArrayLike, desired_goal: ArrayLike, info: Any) -> Any:
        """Return whether such a step reaches the time limit; arguments as for :meth:`compute_terminated`."""
        limit = self._task.config.time_limit * self._task.simulation.control_step
        late = np.asarray(_of_info(info, "time"), dtype=np.float64) > limit - 1e-9
        late = late & ~np.asarray(self.compute_terminated(achieved_goal, desired_goal, info))
        return late if late.ndim else bool(late)

    def _observation_space(self) -> Any:
        place = spaces.Box(-np.inf, np.inf, (2,), np.float32)
        own: dict[str, spaces.Space[Any]] = {
            "observation": observation_space(self._task),
            "achieved_goal": place,
            "desired_goal": place,
        }
        return spaces.Dict(own)

    def _observations(self) -> Goals:
        return {
            "observation": self._task.observe(),
            "achieved_goal": self._task.achieved().astype(np.float32),
            "desired_goal": self._task.desired().astype(np.float32),
        }


class ReachGoalEnv(GoalApi, KinesisEnv[ReachGoalTask], definition=REACH_GOAL):
    r"""A muscle-driven lower body brings its pelvis to a point on the ground; the goal-env API.

    ## Description
    This is the task of `Kinesis-Reach-v0` for algorithms that relabel goals (hindsight experience replay,
    arXiv 1707.01495). The observation is a dict of the body's own observation, its position and the goal; the reward is a
    function of the last two.

    ## Action Space
    `Box(-1, 1, (80,), float32)`, as in `Kinesis-Imitate-v0`.

    ## Observation Space
    `Dict(observation, achieved_goal, desired_goal)`:

    | Key | Space | Content |
    |---|---|---|
    | `observation` | `Box(-inf, inf, (173 + 80 muscle quantities,), float32)` | the terms of `Kinesis-Reach-v0`, with `heading` in place of `goal`: cosine and sine of the direction that the body faces, relative to the start |
    | `achieved_goal` | `Box(-inf, inf, (2,), float32)` | position of the pelvis [m], forward and to the left of the start |
    | `desired_goal` | `Box(-inf, inf, (2,), float32)` | position of the goal [m], likewise |

    A goal in the heading frame would change with the body, so it could not be relabeled later. A goal in the frame of the
    start can be, and together with `heading` it carries the same information.

    ## Rewards
    | `reward` | Term | Formula |
    |---|---|---|
    | `"sparse"` (default) | `reward_sparse` | 0 while the goal is nearer than `radius`, else -1 |
    | `"dense"` | `reward_distance` | minus the distance to the goal [m] |

    `compute_reward`, `compute_terminated` and `compute_truncated` take achieved goals, desired goals and infos, one or many
    at once, and return the result of a step with these values. (The step in which a simulation diverges has reward 0.)

    ## Starting State
    As in `Kinesis-Reach-v0`.

    ## Episode End
    As in `Kinesis-Reach-v0`, and so is `info`.

    ## Arguments
    {arguments}

    `observation`, `lookahead`, `goals` and `rewards` allow only their defaults, because the reward is a function of two
    positions.

    ```python
    from stable_baselines3 import SAC, HerReplayBuffer

    model = SAC("MultiInputPolicy", gymnasium.make("Kinesis-ReachGoal-v0"), replay_buffer_class=HerReplayBuffer)
    ```
    """

    def __init__(self, **keywords: Unpack[ReachArguments]) -> None:
        super().__init__(**keywords)

    def _observe(self) -> Goals:
        return {key: value[0] for key, value in self._observations().items()}


class ReachGoalVectorEnv(GoalApi, KinesisVectorEnv[ReachGoalTask], AnyVectorEnv, definition=REACH_GOAL):
    """Many bodies go to their goals. See :class:`ReachGoalEnv`, and :class:`KinesisVectorEnv` for the other arguments."""

    def __init__(self, num_envs: int = 1, **keywords: Unpack[ReachVectorArguments]) -> None:
        super().__init__(num_envs, **keywords)

    def _observe(self) -> Goals:
        return self._observations()

    def _of_row(self, observations: Goals, row: int) -> Goals:
        return {key: value[row] for key, value in observations.items()}


def _places(achieved: ArrayLike, desired: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.asarray(achieved, dtype=np.float64), np.asarray(desired, dtype=np.float64)


def _of_info(info: Mapping[str, Any] | Sequence[Mapping[str, Any]], key: str) -> NDArray[Any]:
    """Return one entry of an info, of many infos, or of the info of a vector environment."""
    if isinstance(info, Mapping):
        return np.asarray(info[key])
    return np.array([one[key] for one in info])
