"""Imitation learning from an expert that needs no training: DAgger (Ross, Gordon and Bagnell 2011) with PyTorch.

The learner acts, and learns from the actions that the tracker would have taken. By default, it runs a few rounds of
half a second; ROUNDS=20 SECONDS=6 takes longer.
"""

import os
import sys

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the environments)
from kinesis_env.control import Pilot

try:
    import torch
except ImportError:
    print("this example needs PyTorch: pip install torch")
    sys.exit(0)

ROUNDS, STEPS = int(os.environ.get("ROUNDS", "2")), round(30 * float(os.environ.get("SECONDS", "0.5")))
rng = np.random.default_rng(0)
torch.manual_seed(0)

env = gymnasium.make(
    "Kinesis-Imitate-v0",
    motions="sidestep-right",
    action_mode="excitation",
    start_time=0.0,
    random_heading=False,
    muscle_observations=["activation"],
)
size = env.observation_space.shape[0]
learner = torch.nn.Sequential(
    torch.nn.Linear(size, 256), torch.nn.Tanh(), torch.nn.Linear(256, 256), torch.nn.Tanh(), torch.nn.Linear(256, 80)
)
optimizer = torch.optim.Adam(learner.parameters(), 1e-3)
seen, labels = [], []
row = np.zeros(1, dtype=np.int64)
pilot = Pilot(env.unwrapped.task)
for number in range(ROUNDS):
    observation, _ = env.reset(seed=number)
    pilot.begin(row)
    trust = 0.6**number  # the share of steps in which the expert acts
    for _ in range(STEPS):
        label = pilot.act(row)[0].astype(np.float32)
        seen.append(observation)
        labels.append(label)
        with torch.no_grad():
            own = learner(torch.as_tensor(observation)).numpy()
        observation, _, terminated, truncated, _ = env.step(label if rng.random() < trust else own)
        if terminated or truncated:
            break
    x, y = torch.as_tensor(np.array(seen)), torch.as_tensor(np.array(labels))
    for _ in range(200):
        loss = torch.nn.functional.mse_loss(learner(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"round {number}: {len(seen)} labels, loss {loss.item():.3f}")
env.close()
