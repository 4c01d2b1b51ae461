"""Plots of an evaluation as SVG, for a self-contained page; they need matplotlib (the extra ``plot``)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kinesis_env.drawing.matplotlib import new_figure
from kinesis_env.evaluation.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Line", "interval_plot", "line_plot"]

REACHED, LOST, INK = "#2a6fb0", "#b3261e", "#444"


@dataclass(frozen=True)
class Line:
    """One episode's error over time.

    Attributes:
        label: the episode, as the id of the line's group in the SVG.
        values: one number per step.
        step: seconds between them.
        lost: whether the episode ended early; the line then ends with a dot.
    """

    label: str
    values: Sequence[float]
    step: float
    lost: bool


def line_plot(title: str, lines: Sequence[Line], unit: str, limit: float | None = None) -> str:
    """Return a plot of errors over time, as SVG.

    Args:
        title: title of the plot.
        lines: the lines.
        unit: unit of the values.
        limit: error at which an episode ends, drawn as a dashed line.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    figure, axes = _figure(title, 2.3)
    for line in lines:
        if not line.values:
            continue
        color, times = LOST if line.lost else REACHED, line.step * np.arange(1, len(line.values) + 1)
        axes.plot(times, line.values, color=color, linewidth=1.2, alpha=0.75, gid=line.label)
        if line.lost:
            axes.plot(times[-1], line.values[-1], "o", color=color, markersize=4)
    if limit is not None:
        axes.axhline(limit, color=INK, linewidth=1.0, linestyle="--")
    axes.set(xlabel="time [s]", ylabel=f"error [{unit}]")
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    return _svg(figure)


def interval_plot(title: str, rows: Sequence[tuple[str, Estimate]], digits: int) -> str:
    """Return means with their intervals, one row each, as SVG.

    Args:
        title: title of the plot.
        rows: label and estimate.
        digits: digits after the decimal point.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    figure, axes = _figure(title, 0.7 + 0.25 * len(rows))
    for place, (_, estimate) in enumerate(rows):
        if estimate.low is not None and estimate.high is not None:
            axes.plot([estimate.low, estimate.high], [place, place], color=REACHED, linewidth=3, alpha=0.4)
        axes.plot(estimate.mean, place, "o", color=REACHED, markersize=5)
    axes.set_yticks(range(len(rows)), [f"{label}  {estimate.mean:.{digits}f}" for label, estimate in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(left=0.0)
    return _svg(figure)


def _figure(title: str, height: float) -> tuple[Figure, Axes]:
    figure = new_figure(4.0, height)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=9, loc="left", parse_math=False)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    return figure, axes


def _svg(figure: Figure) -> str:
    """Return a figure as an ``<svg>`` element whose text is text."""
    from matplotlib import rc_context  # noqa: PLC0415

    for label in (text for axes in figure.axes for text in (*axes.get_yticklabels(), axes.title)):
        label.set_parse_math(False)
    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :].strip()
