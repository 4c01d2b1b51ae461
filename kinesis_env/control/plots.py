"""Plots of one recorded episode; needs matplotlib (the extra ``plot``)."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kinesis_env.control.episode import Trace
from kinesis_env.drawing.matplotlib import new_figure
from kinesis_env.files import whole_file
from kinesis_env.model.names import JOINTS

__all__ = ["plot_trace"]

SHOWN_JOINTS = ("hip_flexion", "knee_angle", "ankle_angle")
BODY, REFERENCE = "#b3261e", "#2a6fb0"


def plot_trace(trace: Trace, path: str | os.PathLike[str], muscles: tuple[str, ...]) -> None:
    """Write a figure with tracking error, joint angles against the reference, and muscle activations.

    Args:
        trace: the recorded episode.
        path: output file; the suffix determines the format (``.png``, ``.pdf``, ``.svg``).
        muscles: the names of the 80 muscles.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    figure = new_figure(11, 12)
    grid = figure.add_gridspec(5, 2, height_ratios=(1, 1, 1, 1, 2.4))
    result = "to the end" if trace.is_success else f"ended early: {trace.termination_reason.replace('_', ' ')}"
    figure.suptitle(
        f"{trace.clip}: {trace.frame_coverage:.0%} of {trace.duration:.2f} s ({result}), MPJPE {trace.mpjpe:.0f} mm"
    )
    _error(figure.add_subplot(grid[0, :]), trace)
    for row, joint in enumerate(SHOWN_JOINTS, start=1):
        for column, side in enumerate("rl"):
            _joint(figure.add_subplot(grid[row, column]), trace, f"{joint}_{side}", legend=row == 1 and column == 0)
    _activations(figure, figure.add_subplot(grid[4, :]), trace, muscles)
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _error(axes: Any, trace: Trace) -> None:
    axes.plot(trace.time, 1000 * trace.tracking_error, color=BODY)
    axes.set(ylabel="tracking error [mm]", xlabel="time [s]", ylim=(0, None), xlim=(trace.time[0], trace.time[-1]))
    axes.grid(alpha=0.3)


def _joint(axes: Any, trace: Trace, joint: str, *, legend: bool) -> None:
    column = 7 + JOINTS.index(joint)
    axes.plot(trace.time, np.degrees(trace.reference_qpos[:, column]), color=REFERENCE, label="reference")
    axes.plot(trace.time, np.degrees(trace.qpos[:, column]), color=BODY, label="body")
    axes.set(ylabel=f"{joint} [deg]", xlim=(trace.time[0], trace.time[-1]))
    axes.grid(alpha=0.3)
    if legend:
        axes.legend(loc="upper right", fontsize="small")


def _activations(figure: Any, axes: Any, trace: Trace, muscles: tuple[str, ...]) -> None:
    image = axes.imshow(
        trace.activation.T,
        aspect="auto",
        vmin=0.0,
        vmax=1.0,
        cmap="magma",
        interpolation="nearest",
        extent=(trace.time[0], trace.time[-1], len(muscles) - 0.5, -0.5),
    )
    shown = range(0, len(muscles), 4)
    axes.set_yticks(list(shown), [muscles[i] for i in shown], fontsize=6)
    axes.set(xlabel="time [s]", ylabel="muscle")
    figure.colorbar(image, ax=axes, label="activation", fraction=0.03)
