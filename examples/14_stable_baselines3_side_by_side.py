"""Step many bodies at once for Stable-Baselines3, and measure the gain.

By default, it runs a few thousand steps; a useful policy takes millions: STEPS=5000000.
"""

import os
import sys
import time

import gymnasium

import kinesis_env  # noqa: F401  (registers the environments)

try:
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env as one_by_one
except ImportError:
    print("this example needs Stable-Baselines3: pip install stable-baselines3")
    sys.exit(0)

from kinesis_env.sb3 import make_vec_env

STEPS, BODIES = int(os.environ.get("STEPS", "2048")), 32

kinds = {
    "one by one": one_by_one(lambda: gymnasium.make("Kinesis-Imitate-v0"), BODIES, seed=0),
    "side by side": make_vec_env("Kinesis-Imitate-v0", BODIES, seed=0),
}
for name, envs in kinds.items():
    model = PPO("MlpPolicy", envs, n_steps=32, batch_size=256, n_epochs=2, seed=0, device="cpu")
    began = time.perf_counter()
    model.learn(STEPS)
    rate = model.num_timesteps / (time.perf_counter() - began)
    lasted = sum(episode["l"] for episode in model.ep_info_buffer) / len(model.ep_info_buffer)
    print(f"{name:<13} {model.num_timesteps} steps, {rate:6.0f} a second; an episode lasts {lasted:.1f} steps")
