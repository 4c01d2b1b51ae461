"""The demonstration: a controller follows one clip in ``Kinesis-Imitate-v0`` from its first frame."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import gymnasium
import numpy as np

from kinesis_env.control.episode import Trace, record
from kinesis_env.control.pilot import Pilot
from kinesis_env.control.player import SolutionPlayer
from kinesis_env.control.plots import plot_trace
from kinesis_env.control.solution import Solution
from kinesis_env.control.solutions import shipped_solution
from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.drawing.video import VideoWriter, open_video, require_imageio
from kinesis_env.envs.imitate import ImitateEnv
from kinesis_env.errors import RenderingError
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Array, Rows

__all__ = ["run_demo"]


_log = logging.getLogger(__name__)

#: The published evaluation: an episode ends when the tracked bodies are more than 0.5 m away on average.
PROTOCOL: dict[str, Any] = {
    "termination": "mean",
    "termination_distance": 0.5,
    "start_time": 0.0,
    "random_heading": False,
}
_ROW = np.zeros(1, dtype=np.int64)


class Controller(Protocol):
    """Provides the actions of an episode: a pilot or a solution player."""

    def begin(self, rows: Rows) -> None:
        """Start new episodes in rows (k,)."""

    def act(self, rows: Rows) -> Array:
        """Return the next actions of rows (k,), (k, 80)."""


def run_demo(
    motion: str = "walk",
    *,
    video: str | os.PathLike[str] | None = None,
    plot: str | os.PathLike[str] | None = None,
    size: tuple[int, int] = (640, 360),
    live: bool = False,
    controller: Callable[[Task], Controller] | None = None,
    settings: Mapping[str, Any] | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Trace:
    """Follow one clip from its start, and optionally write a plot and a video.

    If a solution of the clip is shipped and was made with the installed versions, it is played. Otherwise the tracker
    plans the actions. If rendering is not possible, a warning says why and what to install, and no video is written.

    Args:
        motion: a shipped motion or a file.
        video: path of the ``.mp4`` to write.
        plot: path of the plot to write.
        size: width and height of the video [pixels].
        live: plan even if a solution is shipped.
        controller: creates the controller to use in place of the tracker.
        settings: further arguments of the id, such as those a policy was trained with.
        on_step: called after each step with the number of finished steps and the number of steps in the clip.

    Raises:
        MotionError: the motion cannot be found or read.
        OptionalDependencyError: matplotlib or imageio-ffmpeg is needed and not installed.
    """
    if plot is not None:
        require_matplotlib()
    if video is not None:
        require_imageio()
    env = gymnasium.make(
        "Kinesis-Imitate-v0",
        motions=motion,
        render_mode="rgb_array" if video is not None else None,
        width=size[0],
        height=size[1],
        **{"action_mode": "excitation", **PROTOCOL, **(settings or {})},
    )
    base = cast(ImitateEnv, env.unwrapped)
    try:
        base.reset(seed=0)
        known = None if live else shipped_solution(base.motion.digest)
        acting = _controller(base, known) if controller is None else controller(base.task)
        acting.begin(_ROW)
        with contextlib.ExitStack() as stack:
            writer = _open(stack, base, video)
            trace = record(base, lambda: acting.act(_ROW)[0], on_step=_also_film(base, writer, on_step))
    finally:
        env.close()
    if plot is not None:
        plot_trace(trace, plot, base.task.simulation.names.muscles)
    return trace


def _controller(env: ImitateEnv, known: Solution | None) -> Controller:
    if known is not None and known.exact:
        return SolutionPlayer(env.task, {known.digest: known})
    return Pilot(env.task)


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
