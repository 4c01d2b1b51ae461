"""The demonstration: the predictive tracker follows one clip in ``Kinesis-Imitate-v0``."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from typing import Any, cast

import gymnasium

from kinesis_env.control.episode import Trace, record
from kinesis_env.control.plots import plot_trace
from kinesis_env.control.tracker import PredictiveTracker
from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.drawing.video import VideoWriter, open_video, require_imageio
from kinesis_env.envs.imitate import ImitateEnv
from kinesis_env.errors import RenderingError

__all__ = ["run_demo"]

_log = logging.getLogger(__name__)

#: The published evaluation: an episode ends when the tracked bodies are more than 0.5 m away in the mean.
PROTOCOL: dict[str, Any] = {"termination": "mean", "termination_distance": 0.5, "start_time": 0.0}


def run_demo(
    motion: str = "walk",
    *,
    video: str | os.PathLike[str] | None = None,
    plot: str | os.PathLike[str] | None = None,
    size: tuple[int, int] = (960, 540),
    on_step: Callable[[int, int], None] | None = None,
) -> Trace:
    """Follow one clip from its start, and write a plot and a video of it.

    Where nothing can be drawn, a warning says why and what to install, and the video is left out.

    Args:
        motion: a shipped name or a file.
        video: where to write an ``.mp4``.
        plot: where to write a picture.
        size: width and height of the video, in pixels.
        on_step: called after each step with the steps done and the steps of the clip.

    Raises:
        MotionError: the motion cannot be found or read.
        OptionalDependencyError: matplotlib or imageio-ffmpeg is asked for and not installed.
    """
    if plot is not None:
        require_matplotlib()
    if video is not None:
        require_imageio()
    env = gymnasium.make(
        "Kinesis-Imitate-v0",
        motions=motion,
        action_mode="excitation",
        render_mode="rgb_array" if video is not None else None,
        width=size[0],
        height=size[1],
        **PROTOCOL,
    )
    base = cast(ImitateEnv, env.unwrapped)
    try:
        base.reset(seed=0)
        with contextlib.ExitStack() as stack:
            writer = _open(stack, base, video)
            trace = record(base, PredictiveTracker(base.task), on_step=_also_film(base, writer, on_step))
    finally:
        env.close()
    if plot is not None:
        plot_trace(trace, plot, base.task.simulation.names.muscles)
    return trace


def _open(stack: contextlib.ExitStack, env: ImitateEnv, video: str | os.PathLike[str] | None) -> VideoWriter | None:
    if video is None:
        return None
    try:
        first = env.render()
    except RenderingError as error:
        _log.warning("no video: %s", error)
        return None
    writer = stack.enter_context(open_video(video, env.metadata["render_fps"]))
    if first is not None:
        writer.add(first)
    return writer


def _also_film(
    env: ImitateEnv, writer: VideoWriter | None, on_step: Callable[[int, int], None] | None
) -> Callable[[int, int], None]:
    def after_step(done: int, total: int) -> None:
        if writer is not None:
            frame = env.render()
            if frame is not None:
                writer.add(frame)
        if on_step is not None:
            on_step(done, total)

    return after_step
