"""Writing frames to a video; needs imageio-ffmpeg, which brings its own ffmpeg (the extra ``video``)."""

from __future__ import annotations

import base64
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import OptionalDependencyError
from kinesis_env.files import whole_file

__all__ = ["InlineVideo", "VideoWriter", "open_video", "require_imageio"]


class VideoWriter:
    """Adds frames to an open video; see :func:`open_video`."""

    def __init__(self, path: str, fps: float) -> None:
        self._path = path
        self._fps = fps
        self._stream: Generator[None, Any, None] | None = None

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Append a frame, (height, width, 3) uint8; all frames have the size of the first."""
        if self._stream is None:
            import imageio_ffmpeg  # noqa: PLC0415

            height, width = frame.shape[:2]
            self._stream = imageio_ffmpeg.write_frames(
                self._path, (width, height), fps=self._fps, quality=7, macro_block_size=2, ffmpeg_log_level="error"
            )
            self._stream.send(None)
        self._stream.send(np.ascontiguousarray(frame))

    def close(self) -> None:
        """Finish the file."""
        if self._stream is not None:
            self._stream.close()


class InlineVideo:
    """A video that a notebook shows if it is the last value of a cell.

    Args:
        path: an ``.mp4`` file; it becomes part of the notebook.
        width: width on the page, in pixels.
    """

    def __init__(self, path: str | os.PathLike[str], width: int = 480) -> None:
        self._content, self._width = Path(path).read_bytes(), width

    def _repr_html_(self) -> str:
        data = base64.b64encode(self._content).decode("ascii")
        return (
            f'<video controls loop muted playsinline width="{self._width}" src="data:video/mp4;base64,{data}"></video>'
        )


def require_imageio() -> None:
    """Raise a clear error before any work is done.

    Raises:
        OptionalDependencyError: imageio-ffmpeg is not installed.
    """
    if find_spec("imageio_ffmpeg") is None:
        raise OptionalDependencyError("videos need imageio-ffmpeg: pip install 'kinesis-env[video]'")


@contextmanager
def open_video(path: str | os.PathLike[str], fps: float) -> Iterator[VideoWriter]:
    """Write an H.264 video (``.mp4``), whole or not at all.

    Args:
        path: file to write.
        fps: frames per second.

    Raises:
        OptionalDependencyError: imageio-ffmpeg is not installed.
    """
    require_imageio()
    with whole_file(path) as temporary:
        writer = VideoWriter(str(temporary), fps)
        try:
            yield writer
        finally:
            writer.close()
