"""Reach a goal without learning: a planner generates the walk, the tracker follows it. SECONDS=5 shows all of it."""

import os

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the environments)
from kinesis_env.control import Pilot

STEPS = round(30 * float(os.environ.get("SECONDS", "1")))

env = gymnasium.make("Kinesis-Reach-v0", action_mode="excitation")
env.reset(seed=0, options={"goal": [1.0, 0.5]})
row = np.zeros(1, dtype=np.int64)
pilot = Pilot(env.unwrapped.task)
pilot.begin(row)
for step in range(STEPS):
    _, _, terminated, truncated, info = env.step(pilot.act(row)[0].astype(np.float32))
    if step % 15 == 0 or terminated or truncated:
        print(f"{info['time']:.2f} s: {info['distance']:.2f} m to go")
    if terminated or truncated:
        break
env.close()
