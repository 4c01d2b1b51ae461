"""Offscreen rendering with MuJoCo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mujoco
from numpy.typing import NDArray

from kinesis_env.drawing.gl import INSTALL_HINT
from kinesis_env.errors import RenderingError

__all__ = ["Renderer", "move_lights"]

#: The first body after the world, which is the root of the model.
_ROOT = 1


def move_lights(data: mujoco.MjData) -> None:
    """Put the lights above the body: there are shadows only within a few meters of a light."""
    data.light_xpos[:, :2] = data.xpos[_ROOT, :2]


class Renderer:
    """Draws scenes into arrays.

    Args:
        model: an ``mujoco.MjModel``; its offscreen buffer is enlarged if it is smaller than a frame.
        width: width of a frame in pixels.
        height: height of a frame in pixels.

    Raises:
        RenderingError: OpenGL is not available.
    """

    def __init__(self, model: mujoco.MjModel, width: int, height: int) -> None:
        size = model.vis.global_
        size.offwidth, size.offheight = max(width, size.offwidth), max(height, size.offheight)
        try:
            self._renderer = mujoco.Renderer(model, height, width)
        except Exception as error:  # each backend fails in its own way
            raise RenderingError(f"rendering is not possible: {error}. {INSTALL_HINT}") from error

    def frame(
        self,
        data: mujoco.MjData,
        camera: str | mujoco.MjvCamera,
        *,
        depth: bool = False,
        decorate: Callable[[mujoco.MjvScene], None] | None = None,
    ) -> NDArray[Any]:
        """Return a frame: (height, width, 3) uint8, or with ``depth`` (height, width) float32 [m].

        Args:
            data: the state to draw.
            camera: a camera, or the name of one of the model's.
            depth: distances from the camera instead of colors.
            decorate: adds shapes to the scene.
        """
        move_lights(data)
        self._renderer.update_scene(data, camera)
        if decorate is not None:
            decorate(self._renderer.scene)
        if depth:
            self._renderer.enable_depth_rendering()
        else:
            self._renderer.disable_depth_rendering()
        frame: NDArray[Any] = self._renderer.render()
        return frame

    def close(self) -> None:
        """Free the OpenGL context."""
        self._renderer.close()
