"""Draws docs/walk.png: three moments of the demonstration on the shipped walk. Needs matplotlib and an OpenGL."""

from __future__ import annotations

from pathlib import Path

from kinesis_env.drawing import prepare_headless

prepare_headless()

import gymnasium  # noqa: E402
import matplotlib.image  # noqa: E402
import numpy as np  # noqa: E402

import kinesis_env  # noqa: E402, F401
from kinesis_env.control.tracker import PredictiveTracker  # noqa: E402

MOMENTS = (6, 12, 18)

env = gymnasium.make(
    "Kinesis-Imitate-v0",
    render_mode="rgb_array",
    width=720,
    height=800,
    action_mode="excitation",
    start_time=0.0,
    termination_distance=0.5,
)
env.reset(seed=0)
controller = PredictiveTracker(env.unwrapped.task)
frames = []
for step in range(max(MOMENTS) + 1):
    env.step(controller().astype(np.float32))
    if step in MOMENTS:
        frames.append(env.render()[40:760, 150:570])
env.close()
matplotlib.image.imsave(Path(__file__).with_name("walk.png"), np.concatenate(frames, axis=1))
