"""The OpenGL backend for MuJoCo. Does not import MuJoCo, which reads ``MUJOCO_GL`` once, when imported."""

from __future__ import annotations

import ctypes.util
import os
import sys

__all__ = ["INSTALL_HINT", "prepare_headless"]

INSTALL_HINT = (
    "Without a display, install a software renderer (Debian, Ubuntu: apt-get install libegl1, or libosmesa6) and set "
    "the environment variable MUJOCO_GL=egl (or osmesa) before mujoco is imported."
)


def prepare_headless() -> None:
    """On Linux without a display, set ``MUJOCO_GL`` to an installed backend, unless it is already set.

    For programs (the command line, the tests); a library must not change its user's environment. Call it before
    ``mujoco`` is imported.
    """
    if sys.platform != "linux" or any(os.environ.get(key) for key in ("MUJOCO_GL", "DISPLAY", "WAYLAND_DISPLAY")):
        return
    for backend, library in (("egl", "EGL"), ("osmesa", "OSMesa")):
        if ctypes.util.find_library(library):
            os.environ["MUJOCO_GL"] = backend
            return
