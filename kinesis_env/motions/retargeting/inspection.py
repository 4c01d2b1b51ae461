"""Descriptions of motion files: figures, a page of plots, a video."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import mujoco
import numpy as np

from kinesis_env.drawing.matplotlib import new_figure
from kinesis_env.drawing.renderer import Renderer
from kinesis_env.drawing.video import open_video, require_imageio
from kinesis_env.errors import MotionError
from kinesis_env.files import whole_file
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.retargeting.ground import soles
from kinesis_env.motions.retargeting.quality import inspect

__all__ = ["describe", "plot_motion", "record_motion"]

_RIGHT, _LEFT = "#b3261e", "#2a6fb0"
_SHOWN = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle")


@of_its_body
def describe(motion: Motion) -> dict[str, Any]:
    """Return the name, origin and figures of a motion as a dictionary that can be written as JSON."""
    return {
        "name": motion.name,
        "caption": motion.caption,
        "fps": motion.fps,
        "source": motion.source,
        "license": motion.license,
        **inspect(motion).as_dict(),
        "notes": list(motion.notes),
    }


@of_its_body
def plot_motion(motion: Motion, path: str | os.PathLike[str]) -> None:
    """Plot joint angles, heights of the feet and the path of the pelvis to an image file.

    Args:
        motion: the motion.
        path: file to write; the suffix determines the format.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    figure = new_figure(11, 10)
    axes = figure.subplots(4, 2)
    time = np.arange(len(motion)) / motion.fps
    figure.suptitle(f"{motion.name}: {motion.duration:.2f} s at {motion.fps:g} Hz")
    for joint, axis in zip(_SHOWN, axes.flat, strict=False):
        for side, color in (("r", _RIGHT), ("l", _LEFT)):
            angle = np.rad2deg(motion.qpos[:, 7 + JOINTS.index(f"{joint}_{side}")])
            axis.plot(time, angle, color=color, label={"r": "right", "l": "left"}[side])
        axis.set(ylabel=f"{joint} [deg]")
        axis.grid(alpha=0.3)
    axes[0, 0].legend(fontsize="small")
    for heights, color in zip(soles(motion.qpos).lowest.T, (_RIGHT, _LEFT), strict=True):
        axes[3, 0].plot(time, 1000 * heights, color=color)
    axes[3, 0].set(ylabel="sole above ground [mm]", xlabel="time [s]")
    axes[3, 0].grid(alpha=0.3)
    axes[3, 1].plot(motion.qpos[:, 0], motion.qpos[:, 1], color="black")
    axes[3, 1].set(xlabel="path: forward [m]", ylabel="left [m]", aspect="equal", adjustable="datalim")
    axes[3, 1].grid(alpha=0.3)
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=100)


def record_motion(
    motions: Motion | Sequence[Motion],
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] = (640, 480),
    on_frame: Callable[[int, int, str], None] | None = None,
) -> None:
    """Write a video of the body performing motions, one after the other.

    Args:
        motions: one motion or several.
        path: ``.mp4`` file to write.
        size: width and height in pixels.
        on_frame: called with the number of frames written, the number of all frames, and the name of the motion.

    Raises:
        MotionError: motions of different bodies.
        OptionalDependencyError: imageio-ffmpeg is not installed.
        RenderingError: no OpenGL context is available.
    """
    require_imageio()
    shown = [motions] if isinstance(motions, Motion) else list(motions)
    model = shown[0].body.load()
    strange = [motion.name for motion in shown if motion.body != shown[0].body]
    if strange:
        raise MotionError(f"a video shows one body, but {strange[0]!r} and {shown[0].name!r} are of different bodies")
    data = mujoco.MjData(model)
    renderer = Renderer(model, *size)
    total, written = sum(len(motion) for motion in shown), 0
    camera = mujoco.MjvCamera()
    camera.distance, camera.elevation, camera.azimuth = 3.0, -10.0, 120.0
    try:
        with open_video(path, shown[0].fps) as video:
            for motion in shown:
                for qpos in motion.qpos:
                    data.qpos[:] = qpos
                    mujoco.mj_forward(model, data)
                    camera.lookat[:] = (qpos[0], qpos[1], 0.75)
                    video.add(renderer.frame(data, camera))
                    written += 1
                    if on_frame is not None:
                        on_frame(written, total, motion.name)
    finally:
        renderer.close()
