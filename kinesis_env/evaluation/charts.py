"""Plots as SVG, for a self-contained page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from kinesis_env.evaluation.statistics import Estimate

__all__ = ["Line", "interval_plot", "line_plot"]

REACHED, LOST, INK, GRID = "#2a6fb0", "#b3261e", "#444", "#e3e3e3"
_WIDTH, _HEIGHT = 380, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 26, 34


@dataclass(frozen=True)
class Line:
    """One episode's error over time.

    Attributes:
        label: shown when the pointer is on it.
        values: one number a step.
        step: seconds between them.
        lost: whether the episode ended early; the line then ends with a dot.
    """

    label: str
    values: Sequence[float]
    step: float
    lost: bool


def line_plot(title: str, lines: Sequence[Line], unit: str, limit: float | None = None) -> str:
    """Return a plot of errors over time.

    Args:
        title: above it.
        lines: what is drawn.
        unit: of the values.
        limit: where an episode ends, drawn as a dashed line.
    """
    longest = max((len(line.values) * line.step for line in lines), default=0.0) or 1.0
    highest = (
        max([value for line in lines for value in line.values] + ([limit] if limit is not None else []), default=0.0)
        or 1.0
    )
    right, top = _round_up(longest), _round_up(highest)

    def x(seconds: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * seconds / right

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top

    parts = [f'<text x="{_LEFT}" y="16" class="title">{escape(title)}</text>']
    for tick in _ticks(top):
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{GRID}"/>'
        )
        parts.append(f'<text x="{_LEFT - 5}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    parts += [
        f'<text x="{x(tick):.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">{tick:g}</text>'
        for tick in _ticks(right)
    ]
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 4}" text-anchor="end">time [s]</text>')
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 4}">error [{escape(unit)}]</text>')
    if limit is not None:
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(limit):.1f}" y2="{y(limit):.1f}" stroke="{INK}" '
            'stroke-dasharray="4 3"/>'
        )
    for line in lines:
        if not line.values:
            continue
        colour = LOST if line.lost else REACHED
        points = " ".join(f"{x((i + 1) * line.step):.1f},{y(value):.1f}" for i, value in enumerate(line.values))
        shape = f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-opacity="0.75"/>'
        if line.lost:
            end, last = x(len(line.values) * line.step), y(line.values[-1])
            shape += f'<circle cx="{end:.1f}" cy="{last:.1f}" r="3" fill="{colour}"/>'
        parts.append(f"<g><title>{escape(line.label)}</title>{shape}</g>")
    return _svg(parts, _WIDTH, _HEIGHT)


def interval_plot(title: str, rows: Sequence[tuple[str, Estimate]], digits: int) -> str:
    """Return means with their intervals, one row each.

    Args:
        title: above it.
        rows: label and estimate.
        digits: of the numbers.
    """
    ends = [value for _, e in rows for value in (e.mean, e.low, e.high) if value is not None]
    top = _round_up(max([*ends, 0.0]) or 1.0)
    left, height = 120, _TOP + 22 * len(rows) + 24

    def x(value: float) -> float:
        return left + (_WIDTH - left - 60) * value / top

    parts = [f'<text x="8" y="16" class="title">{escape(title)}</text>']
    for tick in _ticks(top):
        parts.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{_TOP}" y2="{height - 20}" stroke="{GRID}"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{height - 6}" text-anchor="middle">{tick:g}</text>')
    for number, (label, e) in enumerate(rows):
        y = _TOP + 22 * number + 12
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(label)}</text>')
        if e.low is not None and e.high is not None:
            across = f'x1="{x(e.low):.1f}" x2="{x(e.high):.1f}" y1="{y}" y2="{y}"'
            parts.append(f'<line {across} stroke="{REACHED}" stroke-width="3" stroke-opacity="0.4"/>')
        parts.append(f'<circle cx="{x(e.mean):.1f}" cy="{y}" r="4" fill="{REACHED}"/>')
        parts.append(f'<text x="{_WIDTH - 6}" y="{y + 4}" text-anchor="end">{e.mean:.{digits}f}</text>')
    return _svg(parts, _WIDTH, height)


def _svg(parts: Sequence[str], width: int, height: int) -> str:
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">{"".join(parts)}</svg>'


def _round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * factor for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 20) if power * factor >= value * (1 - 1e-9))


def _ticks(top: float) -> list[float]:
    count = 3 if round(top / 10 ** math.floor(math.log10(top)), 3) in (1.5, 3.0, 6.0) else 4
    return [top * i / count for i in range(count + 1)]
