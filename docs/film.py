"""Film a body: ``python docs/film.py OUT.mp4 [SCENE or PROMPT]``. Needs OpenGL, and the extras video and onnx."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

from kinesis_env.drawing.gl import prepare_headless

prepare_headless()

import gymnasium  # noqa: E402
import numpy as np  # noqa: E402

import kinesis_env  # noqa: E402, F401
from kinesis_env.control import Pilot  # noqa: E402
from kinesis_env.drawing.video import open_video  # noqa: E402
from kinesis_env.envs.single import KinesisEnv  # noqa: E402
from kinesis_env.evaluation import load_policy  # noqa: E402
from kinesis_env.evaluation.policy import settings_of  # noqa: E402

PROMPT = "walk 3 meters, turn left 90 degrees, then walk"
#: Follows the whole motion, even if a body is far from it.
WHOLE = {"start_time": 0.0, "random_heading": False, "termination_distance": 0.5}
#: The policies of scenes that are not the tracker's.
POLICIES = {"learned": Path(__file__).parents[1] / "baselines" / "walk.onnx"}
#: An id, its settings, and the seed of the episode.
SCENES: dict[str, tuple[str, dict[str, Any], int]] = {
    "walk": ("Kinesis-Imitate-v0", {**WHOLE, "motions": "walk"}, 0),
    "learned": ("Kinesis-Imitate-v0", {**WHOLE, "motions": "walk"}, 0),
    "goals": ("Kinesis-Reach-v0", {"goals": 3, "success": "touch", "time_limit": 450}, 2),
    "commands": ("Kinesis-Direction-v0", {"speed_range": [0.4, 1.4], "command_time": [2.5, 3.5]}, 5),
    "pushed": (
        "Kinesis-Imitate-v0",
        {**WHOLE, "motions": "walk-steady-1.5", "push": 20.0, "push_times": [1.0, 3.0], "push_direction": 90.0},
        1,
    ),
    "uphill": ("Kinesis-Imitate-v0", {**WHOLE, "motions": "walk-steady-0.9", "slope": 8.0}, 0),
}


def main(out: str, scene: str = PROMPT) -> None:
    """Film a scene or a prompt."""
    env_id, settings, seed = SCENES.get(scene, ("Kinesis-Text-v0", {**WHOLE, "prompts": [scene]}, 0))
    view = {"render_mode": "rgb_array", "width": 400, "height": 300}
    policy: Any = load_policy(POLICIES[scene]) if scene in POLICIES else None
    settings = {"action_mode": "excitation", **({} if policy is None else settings_of(policy)), **settings}
    env = gymnasium.make(env_id, **settings, **view)
    base, row = cast(KinesisEnv, env.unwrapped), np.zeros(1, dtype=np.int64)
    observation, _ = base.reset(seed=seed)
    pilot = Pilot(base.task) if policy is None else None
    if pilot is not None:
        pilot.begin(row)
    over = False
    with open_video(out, 30) as film:
        while not over:
            frame = base.render()
            assert frame is not None
            film.add(frame)
            action = policy.act(observation[None], row) if pilot is None else pilot.act(row)
            observation, _, terminated, truncated, info = base.step(action[0].astype(np.float32))
            over = terminated or truncated
    env.close()
    shown = {key: value for key, value in info.items() if not key.startswith("reward")}
    sys.stdout.write(f"{scene}: {shown}\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
