"""Show the tracker in a window: a motion, a prompt, or an environment."""

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
    """Return the environment id and keyword arguments for an id, a motion, a file, or otherwise a prompt.

    Raises:
        ControlError: an empty string.
        MotionError: a file that is not a motion, or a single word that names no motion.
    """
    if not what.strip():
        raise ControlError("nothing to play: name a motion, a file, a prompt or an environment id")
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
    """Show the tracker in a window, and return the last ``info`` of each episode.

    Space pushes the body, and the arrow keys steer ``Kinesis-Direction-v0``.

    Args:
        what: a motion, a file, a prompt or an environment id, see :func:`what_to_play`.
        action_mode: ``"length"`` or ``"excitation"``.
        seed: seed of the first episode; each further episode adds 1.
        episodes: number of episodes.
        render_mode: ``"human"``, or ``"rgb_array"`` to open no window.
        on_step: called with the ``info`` of every step.
        **overrides: further keyword arguments of the environment.

    Raises:
        RenderingError: no window can be opened; the message says what is missing.
        MotionError, PromptError, ControlError: ``what`` cannot be played.
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
