"""Films of single episodes, in memory, at half the control rate, as rendering a frame takes longer than a step."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from kinesis_env.drawing.video import VideoWriter, open_video
from kinesis_env.envs.vector import KinesisVectorEnv
from kinesis_env.evaluation.cases import Case
from kinesis_env.evaluation.episodes import Episode
from kinesis_env.evaluation.policy import Actor
from kinesis_env.evaluation.protocols import make_envs
from kinesis_env.evaluation.rollout import Stepped, run_cases
from kinesis_env.tasks.base import Task
from kinesis_env.typing import Rows

__all__ = ["film"]

#: Steps from one frame to the next.
EVERY = 2


def film(
    actor: Actor, env_id: str, arguments: Mapping[str, Any], case: Case, *, size: tuple[int, int] = (480, 270)
) -> bytes:
    """Run one case again, and return an H.264 film of it.

    Args:
        actor: calls the policy.
        env_id: the id.
        arguments: its keyword arguments.
        case: the episode.
        size: width and height in pixels.

    Raises:
        OptionalDependencyError: imageio-ffmpeg is not installed.
        RenderingError: rendering is not possible here; the message says what to install.
        PolicyError: as for :func:`~kinesis_env.evaluation.rollout.run_cases`.
    """
    view = {"render_mode": "rgb_array", "width": size[0], "height": size[1], "camera": "angle"}
    with tempfile.TemporaryDirectory() as folder, closing(make_envs(env_id, 1, {**arguments, **view})) as envs:
        path = Path(folder) / "film.mp4"
        with open_video(path, envs.metadata["render_fps"] / EVERY) as writer:
            run_cases(envs, actor, [case], lambda _case, _episode: None, _Camera(envs, writer))
        return path.read_bytes()


class _Camera:
    """Adds a frame after the start and after every second step."""

    def __init__(self, envs: KinesisVectorEnv[Task], writer: VideoWriter) -> None:
        self._envs, self._writer = envs, writer
        self._steps = 0

    def begin(self, rows: Rows, cases: Sequence[Case], observation: Any) -> None:  # noqa: ARG002
        self._shoot()

    def step(self, stepped: Stepped) -> None:  # noqa: ARG002
        self._steps += 1
        if self._steps % EVERY == 0:
            self._shoot()

    def end(self, row: int, episode: Episode) -> None:
        """Do nothing: the last frame is already there."""

    def _shoot(self) -> None:
        frames: tuple[NDArray[Any], ...] | None = self._envs.render()
        if frames:
            self._writer.add(frames[0])
