"""Add your own reward, observation and termination: functions that the arguments name."""

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)


def soft_steps(context):
    """Reward small ground forces, in multiples of 1000 N, (n,)."""
    return np.exp(-context.foot_force.sum(axis=1) / 1000.0)


def pelvis_height(context):
    """Observe the height of the pelvis in centimeters, (n, 1)."""
    return 100.0 * context.body_position("pelvis")[:, 2:]


def too_low(context):
    """End an episode when the pelvis is below 0.7 m, (n,) bool."""
    return context.body_position("pelvis")[:, 2] < 0.7


env = gymnasium.make(
    "Kinesis-Imitate-v0",
    motions="skill:walk",
    rewards={"soft_steps": {"weight": 0.2, "term": "__main__:soft_steps"}, "energy": {"weight": 0.0}},
    extra_observations={"pelvis_height": "__main__:pelvis_height"},
    extra_terminations={"too_low": "__main__:too_low"},
)
observation, info = env.reset(seed=0)
print("pelvis height", observation[env.unwrapped.task.layout["pelvis_height"]], "cm")
for _ in range(3):
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    print({key: round(value, 3) for key, value in info.items() if key.startswith("reward_")}, "sum", round(reward, 3))
