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
    back and up to 2 m to either side of where the body starts; it has to walk there, and to be there when the time is up.
    Reward, fall and success are those of KINESIS (arXiv 2503.14637). Unlike there, the goal is always observed, it is drawn
    in the frame of the body's start from the environment's own generator, and it has a least distance.

    ## Action Space
    `Box(-1, 1, (80,), float32)`, one number per muscle: a target length (`action_mode="length"`) or an excitation
    (`"excitation"`), as in `Kinesis-Imitate-v0`; with `"residual"`, a target length moved away from the target of a servo to the
    standing pose, in which action 0 stands for 7.2 s.

    ## Observation Space
    `Box(-inf, inf, (174 + 80 muscle quantities,), float32)`. Vectors are in the heading frame (x forward, y left, z up; it
    turns with the pelvis about the vertical only). `env.unwrapped.task.layout` gives the slice of each term.

    | Term | Numbers | What | Unit |
    |---|---|---|---|
    {body_terms}
    | `goal` | 3 | the goal relative to the pelvis, forward and left, and its distance | m |

    With `observation="imitation"`, the space and the slices are exactly those of `Kinesis-Imitate-v0`: in place of `goal`
    is `tracking`, in which the reference of the pelvis stands still at the goal, at standing height, and every other
    tracked body is its own reference (zero differences). One network then serves both tasks.

    ## Rewards
    The sum of four terms, with d the distance of the pelvis to the goal over the ground:

    | Term | Weight | Formula |
    |---|---|---|
    | `reward_progress` | 0.8 | `20 (d_before - d_after)` [m] |
    | `reward_upright` | 0.1 | `exp(-3 (roll^2 + pitch^2))` of the pelvis [rad] |
    | `reward_energy` | 0.1 | mean over the physics steps of `exp(-0.05 (\|u\|_1 + \|u\|_2))`, u the 80 excitations |
    | `reward_goal` | 100 | 1 while `d < radius`, else 0 |

    With `reward="sparse"` it is `reward_sparse` alone: 0 while `d < radius`, else -1. `info` has each term, weighted; they
    add up to the reward.

    ## Starting State
    Standing in static equilibrium, with the activations that hold it (the model's keyframe `stand`); or, with
    `start=<motions>`, in a random frame of one of those motions, muscles at rest.
    `reset(options={"goal": [x, y], "heading": radians})` chooses: the goal in meters forward and to the left of the start
    (with `goals=n`, an array (n, 2)), and the way the body faces.

    ## Episode End
    Terminated when the pelvis is below 0.7 m (`info["termination_reason"]` is `"fallen"`), when the simulation diverges
    (`"diverged"`; that step's reward is 0), and, with `success="touch"`, when the goal is touched (`"reached"`). Truncated
    after 150 control steps: the task knows the time limit, so that `info["is_success"]` of the last step is the result.
    With `success="timeout"` an episode succeeds that has `d < radius` at that moment; with `"touch"`, one that ever has.
    With `goals=n`, touching a goal brings up the next, drawn around it; success is judged by the last.

    `info` has the same keys after `reset` and `step`: `reward_<term>`, `time` [s], `distance` to the goal [m],
    `goals_reached`, `is_success`, `termination_reason`, and one for each muscle condition that is on.

    ## Arguments
    {arguments}

    ```python
    env = gymnasium.make("Kinesis-Reach-v0", goals=5, success="touch", time_limit=600)
    ```
    """

    def __init__(self, **keywords: Unpack[ReachArguments]) -> None:
        super().__init__(**keywords)


class ReachVectorEnv(KinesisVectorEnv[ReachTask], AnyVectorEnv, definition=REACH):
    """Many bodies go to their goals; see :class:`ReachEnv`; the other arguments are in :class:`KinesisVectorEnv`."""

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
        """Return whether such a step ends an episode: a fall does, and with ``success="touch"`` the goal.

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
        """Return whether the time was up with such a step; arguments as for :meth:`compute_terminated`."""
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
    The task of `Kinesis-Reach-v0` for algorithms that learn from goals they did not have (hindsight experience replay,
    arXiv 1707.01495): the observation is a dict of what the body feels, where it is and where it should be, and the reward
    is a function of the last two.

    ## Action Space
    `Box(-1, 1, (80,), float32)`, as in `Kinesis-Imitate-v0`.

    ## Observation Space
    `Dict(observation, achieved_goal, desired_goal)`:

    | Key | Space | What |
    |---|---|---|
    | `observation` | `Box(-inf, inf, (173 + 80 muscle quantities,), float32)` | the terms of `Kinesis-Reach-v0` with, in place of `goal`, `heading`: cos and sin of the way the body faces, relative to the start |
    | `achieved_goal` | `Box(-inf, inf, (2,), float32)` | where the pelvis is [m], forward and to the left of the start |
    | `desired_goal` | `Box(-inf, inf, (2,), float32)` | where it should be [m], likewise |

    A goal in the heading frame would change with the body and could not be exchanged afterward; in the frame of the start it
    can, and with `heading` nothing is lost.

    ## Rewards
    | `reward` | Term | Formula |
    |---|---|---|
    | `"sparse"` (default) | `reward_sparse` | 0 while the goal is nearer than `radius`, else -1 |
    | `"dense"` | `reward_distance` | minus the distance to the goal [m] |

    `compute_reward`, `compute_terminated` and `compute_truncated` take achieved goals, desired goals and infos, one or many
    at once, and say what a step with these would have given. (The step in which a simulation diverges has reward 0.)

    ## Starting State
    As in `Kinesis-Reach-v0`.

    ## Episode End
    As in `Kinesis-Reach-v0`; `info` too.

    ## Arguments
    {arguments}

    Of `observation`, `lookahead`, `goals` and `rewards` only the defaults are allowed: the reward is a function of two
    places.

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
    """Many bodies go to their goals; see :class:`ReachGoalEnv`, and :class:`ReachVectorEnv` for further arguments."""

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
