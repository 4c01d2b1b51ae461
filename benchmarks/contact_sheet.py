"""Draw moments of motions side by side, for inspection: shipped clips, files, or the motions of prompts.

    MUJOCO_GL=egl python benchmarks/contact_sheet.py --out sheets/clips "*"
    MUJOCO_GL=egl python benchmarks/contact_sheet.py --out sheets/text --prompt "turn left" --prompt "turn around"

Each row is a motion. Below each moment are its time [s], the position of the pelvis (forward, left) [m] and its
heading [deg]. Needs matplotlib and OpenGL.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from kinesis_env.drawing import prepare_headless

prepare_headless()

import mujoco  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from kinesis_env import rotations  # noqa: E402
from kinesis_env.files import whole_file  # noqa: E402
from kinesis_env.model.names import load_model  # noqa: E402
from kinesis_env.motions.load import load_motions  # noqa: E402
from kinesis_env.motions.motion import Motion  # noqa: E402
from kinesis_env.text import BuiltinTextToMotion  # noqa: E402

WIDTH, HEIGHT = 200, 260


class Painter:
    """Draws single frames."""

    def __init__(self, azimuth: float) -> None:
        self._model = load_model()
        self._data = mujoco.MjData(self._model)
        self._renderer = mujoco.Renderer(self._model, HEIGHT, WIDTH)
        self._camera = mujoco.MjvCamera()
        self._camera.distance, self._camera.elevation, self._camera.azimuth = 2.5, -8.0, azimuth

    def draw(self, qpos: np.ndarray) -> np.ndarray:
        """Return a picture of a pose."""
        self._data.qpos[:] = qpos
        mujoco.mj_forward(self._model, self._data)
        self._camera.lookat[:] = (qpos[0], qpos[1], 0.72)
        self._renderer.update_scene(self._data, self._camera)
        return self._renderer.render()


def sheet(motions: list[Motion], path: Path, moments: int, painter: Painter, span: float | None) -> None:
    """Write a sheet of motions, a row each."""
    figure = Figure(figsize=(1.4 * moments, 2.15 * len(motions)))
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.02, top=0.97, wspace=0.03, hspace=0.22)
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(motions), moments, squeeze=False)
    for motion, row in zip(motions, axes, strict=True):
        end = motion.duration if span is None else min(span, motion.duration)
        row[0].set_title(f"{motion.name}: {motion.caption}"[:110], loc="left", fontsize=8)
        for time, axis in zip(np.linspace(0.0, end, moments), row, strict=True):
            qpos = motion.qpos[min(round(time * motion.fps), len(motion) - 1)]
            heading = math.degrees(rotations.heading(qpos[3:7]))
            axis.imshow(painter.draw(qpos))
            axis.set_xticks([])
            axis.set_yticks([])
            axis.set_xlabel(f"{time:.2f}  ({qpos[0]:.1f}, {qpos[1]:.1f})  {heading:.0f}", fontsize=6)
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=110)


def main() -> None:
    """Draw the sheets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("motions", nargs="*", help="shipped names or patterns, files, folders")
    parser.add_argument("--prompt", action="append", default=[], help="a prompt; can be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True, help="prefix of the picture files")
    parser.add_argument("--moments", type=int, default=9)
    parser.add_argument("--rows", type=int, default=6, help="motions per sheet")
    parser.add_argument("--seconds", type=float, help="only the first seconds")
    parser.add_argument("--azimuth", type=float, default=110.0, help="camera azimuth [deg]; 90 shows the right side")
    arguments = parser.parse_args()
    motions = load_motions(arguments.motions) if arguments.motions else []
    motions += [BuiltinTextToMotion().generate(prompt, seed=arguments.seed) for prompt in arguments.prompt]
    painter = Painter(arguments.azimuth)
    for number, first in enumerate(range(0, len(motions), arguments.rows), start=1):
        path = Path(f"{arguments.out}-{number:02d}.png")
        sheet(motions[first : first + arguments.rows], path, arguments.moments, painter, arguments.seconds)
        print(path)


if __name__ == "__main__":
    main()
