"""Shared drawing code: the OpenGL backend, matplotlib, and videos."""

from kinesis_env.drawing.gl import prepare_headless
from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.drawing.video import InlineVideo, VideoWriter, open_video, require_imageio

__all__ = [
    "InlineVideo",
    "VideoWriter",
    "open_video",
    "prepare_headless",
    "require_imageio",
    "require_matplotlib",
]
