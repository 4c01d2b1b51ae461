"""One page of plots: angles with normal bands, moments, ground forces, and muscle activity against EMG."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from kinesis_env.analysis.comparison import EmgComparison
from kinesis_env.analysis.report import GaitReport
from kinesis_env.drawing.matplotlib import new_figure
from kinesis_env.dynamics.records import JointMoments, MuscleActivity
from kinesis_env.files import whole_file
from kinesis_env.typing import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kinesis_env.analysis.whole import Analysis

__all__ = ["draw_gait", "draw_page"]

_COLORS = {"r": "#b3261e", "l": "#2a6fb0"}
_LABELS = {"r": "right", "l": "left"}
_BAND, _EMG, _MUSCLE = "#bdbdbd", "#444444", "#b3261e"
_JOINTS = (("hip_flexion", "hip flexion"), ("hip_adduction", "hip adduction"), ("knee_angle", "knee flexion"),
           ("ankle_angle", "ankle dorsiflexion"))  # fmt: skip
_FORCES = (("forward", "forward"), ("left", "to the left"), ("up", "up"))
#: Muscles shown if there is no EMG.
_SHOWN = ("soleus", "gasmed", "tibant", "vaslat", "recfem", "semimem", "bflh", "glmax1")
_COLUMNS = 4
#: Rows of a gait report.
_GAIT_ROWS = 4


def draw_page(path: str | os.PathLike[str], analysis: Analysis) -> None:
    """Draw an analysis on one page: without a gait, signals over time; without EMG, the activity of eight muscles.

    Args:
        path: file to write; the suffix determines the format.
        analysis: the analysis.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    gait, emg = analysis.gait, analysis.emg
    panels = len(emg.channels) if emg is not None else len(_SHOWN)
    figure, axes = _figure(_GAIT_ROWS + -(-panels // _COLUMNS))
    force = "measured" if analysis.measured else "estimated"
    title = f"{analysis.name}: ground force {force}"
    if gait is not None and gait.figures["speed"] is not None:
        title += f", {gait.figures['speed']:.2f} m/s"
    if emg is not None:
        title += f"\nEMG of the {_LABELS[emg.side]} leg against the {_LABELS[emg.activity_side]} leg's muscles: "
        title += f"mean r {emg.mean_r:.2f} ({emg.alignment})"
    figure.suptitle(title, fontsize=12)
    if gait is not None:
        _gait_rows(axes, gait)
    else:
        _time_rows(axes, analysis.moments)
    if emg is not None:
        _emg_panels(axes[_GAIT_ROWS:].flat, emg)
    else:
        _muscle_panels(axes[_GAIT_ROWS:].flat, gait, analysis.activity)
    for left in list(axes[_GAIT_ROWS:].flat)[panels:]:
        left.set_axis_off()
    _write(figure, path)


def draw_gait(path: str | os.PathLike[str], name: str, gait: GaitReport) -> None:
    """Draw a gait report on one page; arguments and errors as for :func:`draw_page`."""
    figure, axes = _figure(_GAIT_ROWS)
    figure.suptitle(name, fontsize=12)
    _gait_rows(axes, gait)
    _write(figure, path)


def _figure(rows: int) -> tuple[Any, Any]:
    """Return a figure with this number of rows, and its axes (rows, 4)."""
    figure = new_figure(14, 2.5 * rows + 0.6)
    axes = figure.subplots(rows, _COLUMNS)
    for axis in axes.flat:
        axis.grid(alpha=0.3)
        axis.tick_params(labelsize=8)
    return figure, axes


def _write(figure: Any, path: str | os.PathLike[str]) -> None:
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=90)


def _gait_rows(axes: Any, gait: GaitReport) -> None:
    """Angles, moments and powers over the cycle; ground forces beside a table of figures."""
    for row, (kind, unit) in enumerate((("angle", "deg"), ("moment", "N m/kg"), ("power", "W/kg"))):
        for column, (joint, label) in enumerate(_JOINTS):
            axis = axes[row, column]
            band = gait.bands.get(joint) if kind == "angle" else None
            if band is not None:
                at = np.linspace(0, 100, len(band.mean))
                axis.fill_between(at, band.low, band.high, color=_BAND, alpha=0.5, linewidth=0, label="normal, 2 sd")
            for side in "rl":
                found = gait.curves.get((kind, side))
                if found is not None:
                    i = found.names.index(joint)
                    _curve(axis, found.mean[:, i], found.deviation[:, i], side)
            axis.set_title(f"{label} [{unit}]" if kind == "angle" else f"{label}, {kind} [{unit}]", fontsize=9)
    for column, (name, label) in enumerate(_FORCES):
        axis = axes[3, column]
        for side in "rl":
            found = gait.curves.get(("ground_force", side))
            if found is not None:
                i = found.names.index(name)
                _curve(axis, found.mean[:, i], found.deviation[:, i], side)
        axis.set_title(f"ground force {label} [body weights]", fontsize=9)
        axis.set_xlabel("% of the cycle from heel strike", fontsize=8)
    axes[0, 0].legend(fontsize=7)
    _figures(axes[3, 3], gait)


def _curve(axis: Axes, mean: Array, deviation: Array, side: str) -> None:
    at = np.linspace(0, 100, len(mean))
    axis.plot(at, mean, color=_COLORS[side], label=_LABELS[side])
    axis.fill_between(at, mean - deviation, mean + deviation, color=_COLORS[side], alpha=0.15, linewidth=0)


def _figures(axis: Axes, gait: GaitReport) -> None:
    axis.set_axis_off()
    lines = [line for line in gait.table().splitlines() if not line.strip().startswith(("note:", "within"))]
    axis.text(0.0, 1.0, "\n".join(lines), fontsize=6, family="monospace", va="top", transform=axis.transAxes)


def _time_rows(axes: Any, moments: JointMoments) -> None:
    """Moments and powers over time, if there is no gait."""
    for row, (values, unit) in enumerate(((moments.moments, "N m"), (moments.powers, "W"))):
        for column, (joint, label) in enumerate(_JOINTS):
            for side in "rl":
                at = moments.names.index(f"{joint}_{side}")
                axes[row, column].plot(moments.times, values[:, at], color=_COLORS[side], label=_LABELS[side])
            axes[row, column].set_title(f"{label} [{unit}]", fontsize=9)
    for column, (_, label) in enumerate(_FORCES):
        for foot, side in enumerate("rl"):
            axes[2, column].plot(moments.times, moments.ground_force[:, foot, column], color=_COLORS[side])
        axes[2, column].set_title(f"ground force {label} [N]", fontsize=9)
    for axis in (axes[2, 3], *axes[3]):
        axis.set_axis_off()
    axes[0, 0].legend(fontsize=7)


def _emg_panels(axes: Any, emg: EmgComparison) -> None:
    """Each channel over the cycle, scaled to its largest value, with the muscles it is compared with."""
    at = emg.percent
    for i, (axis, channel) in enumerate(zip(axes, emg.channels, strict=False)):
        top = max(float(np.abs(emg.emg[:, i]).max()), 1e-12)
        mean, spread = emg.emg[:, i] / top, emg.emg_spread[:, i] / top
        axis.fill_between(at, mean - spread, mean + spread, color=_EMG, alpha=0.2, linewidth=0)
        axis.plot(at, mean, color=_EMG, label="EMG, of its maximum")
        most = float(emg.activity[:, i].max())
        axis.plot(at, emg.activity[:, i] / max(most, 1e-12), color=_MUSCLE, label="muscle, of its maximum")
        lag = f", {1000 * emg.lag[i]:+.0f} ms" if emg.lag[i] else ""
        muscles = ", ".join(emg.muscles[i])
        axis.set_title(f"{channel}: {muscles} (to {most:.2f}), r {emg.r[i]:.2f}{lag}", fontsize=8, parse_math=False)
        axis.set_ylim(-0.02, 1.05)
        axis.set_xlabel(f"% of the cycle ({emg.alignment.split(',')[0].removeprefix('cycles ')})", fontsize=7)
        if i == 0:
            axis.legend(fontsize=7)


def _muscle_panels(axes: Any, gait: GaitReport | None, activity: MuscleActivity) -> None:
    """Activation of some muscles of both legs, over the cycle or over time."""
    for axis, muscle in zip(axes, _SHOWN, strict=False):
        for side in "rl":
            values = activity.activation[:, activity.muscles.index(f"{muscle}_{side}")]
            cycles = gait.cycles[side].within(activity.times) if gait is not None else ()
            if gait is not None and len(cycles):
                over = gait.cycles[side].normalize(activity.times, values)[..., 0]
                _curve(axis, over.mean(axis=0), over.std(axis=0), side)
            elif gait is None:
                axis.plot(activity.times, values, color=_COLORS[side])
        axis.set_title(f"{muscle}, activation", fontsize=8)
        axis.set_ylim(-0.02, 1.05)
