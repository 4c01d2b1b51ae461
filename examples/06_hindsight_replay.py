"""Learn from relabeled goals: hindsight experience replay on Kinesis-ReachGoal-v0 with Stable-Baselines3.

By default, it runs a few hundred steps; learning to walk takes millions: STEPS=5000000.
"""

import os
import sys

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the environments)

try:
    from stable_baselines3 import SAC, HerReplayBuffer
except ImportError:
    print("this example needs Stable-Baselines3: pip install stable-baselines3")
    sys.exit(0)

STEPS = int(os.environ.get("STEPS", "400"))

env = gymnasium.make("Kinesis-ReachGoal-v0", success="touch")
model = SAC(
    "MultiInputPolicy",
    env,
    replay_buffer_class=HerReplayBuffer,
    replay_buffer_kwargs={"n_sampled_goal": 4, "goal_selection_strategy": "future"},
    learning_starts=200,
    batch_size=64,
    policy_kwargs={"net_arch": [64, 64]},
    device="cpu",
    seed=0,
)
model.learn(STEPS)

rewards = model.replay_buffer.sample(1000).rewards.numpy()
print(f"{model.num_timesteps} steps; {np.mean(rewards == 0):.1%} of the replayed transitions reach their goal")

observation, info = env.reset(seed=1)
over = False
while not over:
    action, _ = model.predict(observation, deterministic=True)
    observation, reward, terminated, truncated, info = env.step(action)
    over = terminated or truncated
print(f"an episode: {info['distance']:.2f} m from the goal after {info['time']:.1f} s, {info['termination_reason']}")
