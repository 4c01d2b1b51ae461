"""The tracker in a window: a motion, a prompt, or an environment whose goal it follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import gymnasium
import numpy as np

from kinesis_env.control.pilot import Pilot
from kinesis_env.envs.single import KinesisEnv
from kinesis_env.errors import ControlError, MotionError
from kinesis_env.motions.load import load_motions
from kinesis_env.registration import ENV_IDS

__all__ = ["play", "what_to_play"]

_ROW = np.zeros(1, dtype=np.int64)


def what_to_play(what: str) -> tuple[str, dict[str, Any]]:
    """Return the id and the keyword arguments of what a user names: an id, a motion, a file, or else a prompt.

    Raises:
        ControlError: an empty text.
        MotionError: a file that is no motion.
    """
    if not what.strip():
        raise ControlError("name a motion, a file, a prompt or an id to play")
    if what in ENV_IDS:
        return what, {"start_time": 0.0} if what in ("Kinesis-Imitate-v0", "Kinesis-Text-v0") else {}
    follow: dict[str, Any] = {"start_time": 0.0, "random_heading": False, "termination_distance": np.inf}
    if Path(what).exists():
        return "Kinesis-Imitate-v0", {"motions": what, **follow}
    try:
        load_motions(what)
    except MotionError:
        if " " not in what.strip():
            raise
        return "Kinesis-Text-v0", {"prompts": [what], **follow}
    return "Kinesis-Imitate-v0", {"motions": what, **follow}


def play(
    what: str,
    *,
    action_mode: str = "excitation",
    seed: int = 0,
    episodes: int = 1,
    render_mode: str = "human",
    on_step: Callable[[dict[str, Any]], None] | None = None,
    **overrides: Any,
) -> list[dict[str, Any]]:
    """Show the tracker at work, and return how each episode ended: its last ``info``.

    In the window, space pushes the body, and the arrow keys steer ``Kinesis-Direction-v0``.

    Args:
        what: see :func:`what_to_play`.
        action_mode: of the muscles.
        seed: of the first episode.
        episodes: how many.
        render_mode: ``"human"``, or ``"rgb_array"`` to draw nothing.
        on_step: called with the ``info`` of every step.
        **overrides: further keyword arguments of the id.

    Raises:
        RenderingError: no window can be opened here; the message says what is missing.
        MotionError, PromptError, ControlError: what is named cannot be played.
    """
    env_id, arguments = what_to_play(what)
    env = gymnasium.make(env_id, render_mode=render_mode, action_mode=action_mode, **{**arguments, **overrides})
    base = cast(KinesisEnv[Any], env.unwrapped)
    ends = []
    try:
        pilot = Pilot(base.task)
        for episode in range(episodes):
            base.reset(seed=seed + episode)
            pilot.begin(_ROW)
            over = False
            while not over:
                action = pilot.act(_ROW)[0].astype(np.float32)
                _, _, terminated, truncated, info = base.step(action)
                over = terminated or truncated
                if on_step is not None:
                    on_step(info)
            ends.append(info)
    finally:
        env.close()
    return ends
