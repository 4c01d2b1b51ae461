"""Draws docs/walk.png: three moments of the tracker on the shipped walk. Needs matplotlib and an OpenGL."""

from __future__ import annotations

from pathlib import Path

from kinesis_env.drawing import prepare_headless

prepare_headless()

import gymnasium  # noqa: E402
import matplotlib.image  # noqa: E402
import numpy as np  # noqa: E402

import kinesis_env  # noqa: E402, F401
from kinesis_env.control import Pilot  # noqa: E402

MOMENTS = (66, 72, 78)

env = gymnasium.make(
    "Kinesis-Imitate-v0",
    render_mode="rgb_array",
    width=720,
    height=800,
    action_mode="excitation",
    start_time=0.0,
    random_heading=False,
    termination_distance=0.5,
)
env.reset(seed=0)
row = np.zeros(1, dtype=np.int64)
pilot = Pilot(env.unwrapped.task)
pilot.begin(row)
frames = []
for step in range(max(MOMENTS) + 1):
    env.step(pilot.act(row)[0].astype(np.float32))
    if step in MOMENTS:
        frames.append(env.render()[40:760, 150:570])
env.close()
matplotlib.image.imsave(Path(__file__).with_name("walk.png"), np.concatenate(frames, axis=1))
