"""Film the tracker as it carries out a prompt: ``python docs/film.py OUT.mp4 [PROMPT]``.

Needs the extra ``video`` and an OpenGL.
"""

from __future__ import annotations

import sys
from typing import cast

from kinesis_env.drawing.gl import prepare_headless

prepare_headless()

import gymnasium  # noqa: E402
import numpy as np  # noqa: E402

import kinesis_env  # noqa: E402, F401
from kinesis_env.control import Pilot  # noqa: E402
from kinesis_env.drawing.video import open_video  # noqa: E402
from kinesis_env.envs.single import KinesisEnv  # noqa: E402

PROMPT = "walk 3 meters, turn left 90 degrees, then walk"


def main(out: str, prompt: str = PROMPT) -> None:
    """Film a prompt."""
    env = gymnasium.make(
        "Kinesis-Text-v0",
        prompts=[prompt],
        action_mode="excitation",
        start_time=0.0,
        random_heading=False,
        termination_distance=0.5,
        render_mode="rgb_array",
        width=480,
        height=360,
    )
    base, row = cast(KinesisEnv, env.unwrapped), np.zeros(1, dtype=np.int64)
    base.reset(seed=0)
    pilot = Pilot(base.task)
    pilot.begin(row)
    over = False
    with open_video(out, 30) as film:
        while not over:
            frame = base.render()
            assert frame is not None
            film.add(frame)
            _, _, terminated, truncated, info = base.step(pilot.act(row)[0].astype(np.float32))
            over = terminated or truncated
    env.close()
    done = "done" if info["semantic_success"] else "not done"
    sys.stdout.write(f"{prompt!r}: {done}, {info['frame_coverage']:.0%}, MPJPE {info['mpjpe']:.0f} mm\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
