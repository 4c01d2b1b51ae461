"""Rendering: offscreen frames and the interactive viewer.

OpenGL is initialized when the first frame is drawn, never before. Muscles are colored by activation (blue at rest, red
when fully active); the reference is drawn as a translucent ghost.
"""

from __future__ import annotations

import atexit
import copy
import math
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from kinesis_env import rotations
from kinesis_env.checks import check_integer
from kinesis_env.drawing.renderer import Renderer, move_lights
from kinesis_env.errors import ConfigError, RenderingError, shown
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.markers import Marker
from kinesis_env.typing import Array

__all__ = ["RENDER_MODES", "OffscreenRenderer", "Viewer"]


#: Maximum pixels per side: a larger number is a typing error, and would exhaust memory.
_MOST_PIXELS = 16_384
RENDER_MODES = ("human", "rgb_array", "depth_array")

REST = np.array([0.25, 0.35, 0.65, 1.0])
ACTIVE = np.array([0.9, 0.1, 0.08, 1.0])
GHOST = np.array([0.2, 0.55, 0.85, 0.35])
BONE_GROUP = 1

_SHAPES = {
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "arrow": mujoco.mjtGeom.mjGEOM_ARROW,
}


class _Picture:
    """A private copy of the model to color, and the ghost's data.

    Args:
        model: the simulated ``mujoco.MjModel``; it is not changed.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self.model = copy.copy(model)
        self.data = mujoco.MjData(self.model)
        self._ghost = mujoco.MjData(self.model)
        self._perturb = mujoco.MjvPerturb()
        self._bones_only = mujoco.MjvOption()
        self._bones_only.geomgroup[:] = 0
        self._bones_only.geomgroup[BONE_GROUP] = 1
        self._bones_only.flags[mujoco.mjtVisFlag.mjVIS_TENDON] = 0

    def take(self, simulation: Simulation, row: int) -> mujoco.MjData:
        """Copy the state of one body, color its tendons by the activations of their muscles, and show it upright."""
        simulation.data(row, self.data)
        activation = simulation.act[row]
        perturbations = simulation.perturbations
        if perturbations is not None and perturbations.slope is not None:
            self._tilt(math.radians(float(perturbations.slope[row])))
        self.model.tendon_rgba[:] = REST + np.clip(activation, 0.0, 1.0)[:, None] * (ACTIVE - REST)
        return self.data

    def _tilt(self, slope: float) -> None:
        """Rotate the cameras about their body by an angle [rad], so that gravity is down and the ground slopes."""
        turn = rotations.to_matrix(rotations.from_rotvec(np.array([0.0, slope, 0.0])))
        mujoco.mj_camlight(self.model, self.data)
        center = self.data.xpos[self.model.cam_bodyid]
        self.data.cam_xpos[:] = center + (self.data.cam_xpos - center) @ turn.T
        self.data.cam_xmat[:] = (turn @ self.data.cam_xmat.reshape(-1, 3, 3)).reshape(-1, 9)

    def add_ghost(self, scene: mujoco.MjvScene, qpos: Array) -> None:
        """Add the reference's bones to a scene."""
        self._ghost.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, self._ghost)
        first = scene.ngeom
        category = int(mujoco.mjtCatBit.mjCAT_DYNAMIC)
        mujoco.mjv_addGeoms(self.model, self._ghost, self._bones_only, self._perturb, category, scene)
        for geom in scene.geoms[first : scene.ngeom]:
            geom.rgba[:] = GHOST
            geom.matid = -1

    def add_markers(self, scene: mujoco.MjvScene, markers: Sequence[Marker]) -> None:
        """Add shapes to a scene; shapes for which it has no room are omitted."""
        for marker in markers[: scene.maxgeom - scene.ngeom]:
            turn, quat = np.empty(9), np.empty(4)
            mujoco.mju_quatZ2Vec(quat, np.array(marker.axis))
            mujoco.mju_quat2Mat(turn, quat)
            geom = scene.geoms[scene.ngeom]
            rgba = np.array(marker.rgba, dtype=np.float32)
            mujoco.mjv_initGeom(geom, _SHAPES[marker.shape], np.ones(3), np.array(marker.pos), turn, rgba)
            geom.size[:] = marker.size
            geom.category = mujoco.mjtCatBit.mjCAT_DECOR
            scene.ngeom += 1


class OffscreenRenderer:
    """Draws frames into arrays.

    Args:
        model: the ``mujoco.MjModel``.
        width: width of a frame in pixels.
        height: height of a frame in pixels.
        camera: name of a camera of the model; they follow the body.

    Raises:
        ConfigError: an unknown camera or an impossible size.
        RenderingError: OpenGL is not available.
    """

    def __init__(self, model: mujoco.MjModel, width: int, height: int, camera: str) -> None:
        check_view(model, width, height, camera)
        self._picture = _Picture(model)
        self._camera = camera
        self._renderer = Renderer(self._picture.model, width, height)

    def draw(
        self,
        simulation: Simulation,
        row: int,
        ghost: Array | None,
        markers: Sequence[Marker] = (),
        *,
        depth: bool = False,
    ) -> NDArray[Any]:
        """Return a frame of one row: (height, width, 3) uint8, or with ``depth`` (height, width) float32 [m].

        Args:
            simulation: the :class:`~kinesis_env.simulation.Simulation`.
            row: index of the body.
            ghost: the reference's qpos, (21,), to draw beside it.
            markers: shapes to draw beside it.
            depth: distances from the camera instead of colors.
        """
        data = self._picture.take(simulation, row)

        def decorate(scene: mujoco.MjvScene) -> None:
            if ghost is not None:
                self._picture.add_ghost(scene, ghost)
            self._picture.add_markers(scene, markers)

        return self._renderer.frame(data, self._camera, depth=depth, decorate=decorate)

    def close(self) -> None:
        """Free the OpenGL context."""
        self._renderer.close()


class Viewer:
    """MuJoCo's interactive viewer, in real time.

    Args:
        model: the ``mujoco.MjModel``.
        camera: name of the camera to start with.
        step: seconds of simulation between two frames.
        on_key: called with the GLFW code of every pressed key, from the viewer's thread.

    Raises:
        RenderingError: the window cannot be opened.
    """

    def __init__(
        self, model: mujoco.MjModel, camera: str, step: float, on_key: Callable[[int], None] | None = None
    ) -> None:
        check_view(model, 1, 1, camera)
        self._picture = _Picture(model)
        self._step = step
        self._next = time.monotonic()
        before = set(threading.enumerate())
        self._window = _open_window(self._picture, on_key)
        self._threads = set(threading.enumerate()) - before
        # The viewer's threads must end before GLFW is shut down at exit; the last registered handler runs first.
        atexit.register(self.close)
        with self._window.lock():
            self._window.cam.type = mujoco.mjtCamera.mjCAMERA_FIXED
            self._window.cam.fixedcamid = self._picture.model.camera(camera).id

    def show(self, simulation: Simulation, row: int, ghost: Array | None, markers: Sequence[Marker] = ()) -> None:
        """Show one row when it is due. Does nothing once the user has closed the window."""
        if not self._window.is_running():
            return
        with self._window.lock():
            move_lights(self._picture.take(simulation, row))
            self._window.user_scn.ngeom = 0
            if ghost is not None:
                self._picture.add_ghost(self._window.user_scn, ghost)
            self._picture.add_markers(self._window.user_scn, markers)
        self._window.sync()
        self._next = max(self._next + self._step, time.monotonic() - self._step)
        time.sleep(max(0.0, self._next - time.monotonic()))

    def close(self) -> None:
        """Close the window and wait for its threads."""
        atexit.unregister(self.close)
        self._window.close()
        for thread in self._threads:
            thread.join(timeout=5.0)


def _open_window(picture: _Picture, on_key: Callable[[int], None] | None) -> Any:
    """Open MuJoCo's viewer; without a display its thread would end the process, so check GLFW first."""
    try:
        import glfw  # noqa: PLC0415  (opens a connection to the display)
        import mujoco.viewer  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if sys.platform != "darwin" and not glfw.init():
                raise RenderingError("cannot open a window: GLFW finds no display; use render_mode='rgb_array'")
        return mujoco.viewer.launch_passive(
            picture.model, picture.data, key_callback=on_key, show_left_ui=False, show_right_ui=False
        )
    except (ImportError, RuntimeError) as error:
        if isinstance(error, RenderingError):
            raise
        raise RenderingError(f"cannot open a window: {error}; on macOS, start Python with mjpython") from error


def check_view(model: mujoco.MjModel, width: int, height: int, camera: str) -> None:
    """Raise a :class:`~kinesis_env.errors.ConfigError` for an impossible size or an unknown camera."""
    check_integer("width", width, 1, _MOST_PIXELS)
    check_integer("height", height, 1, _MOST_PIXELS)
    cameras = [model.camera(i).name for i in range(model.ncam)]
    if camera not in cameras:
        raise ConfigError(f"camera must be one of {', '.join(map(repr, cameras))}, given {shown(camera)}")
