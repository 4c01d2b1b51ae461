"""Plots of expected against actual figures; need matplotlib (the extra ``plot``)."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kinesis_env.drawing.matplotlib import new_figure
from kinesis_env.files import whole_file
from kinesis_env.regression.checking import Finding, Report

__all__ = ["plot_report"]

EXPECTED, GOT = "#2a6fb0", "#b3261e"
#: Maximum number of panels.
_PANELS = 12


def plot_report(report: Report, path: str | os.PathLike[str]) -> None:
    """Write a plot of each figure that differs, in the episode where it differs most; all rewards if nothing differs.

    Args:
        report: report of a check.
        path: file to write; the suffix determines the format.

    Raises:
        OptionalDependencyError: matplotlib is not installed.
    """
    panels = _panels(report)
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(6.5 * columns, 0.8 + 2.2 * rows)
    result = "ok" if report.ok else f"{len(report.failures)} failures"
    figure.suptitle(f"{report.env_id}: {result}")
    for number, (stage, place, title) in enumerate(panels):
        _draw(figure.add_subplot(rows, columns, number + 1), report, stage, place, title, legend=number == 0)
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _panels(report: Report) -> list[tuple[str, tuple[int, int, int, int], str]]:
    found = [_panel(finding) for finding in (*report.failures, *report.drift) if finding.step > 0][:_PANELS]
    if found:
        return found
    names = [episode["name"] for episode in report.trace.meta["episodes"]]
    longest = int(np.argmax(report.trace.lived[0].sum(axis=0)))
    return [
        ("terms", (0, number, longest, 0), f"{name}, row {names[longest]!r}")
        for number, name in enumerate(report.trace.figures)
        if name.startswith("reward")
    ]


def _panel(finding: Finding) -> tuple[str, tuple[int, int, int, int], str]:
    title = f"{finding.figure} ({finding.stage}; {finding.part}), row {finding.row!r}"
    return finding.stage, finding.place, title


def _draw(axes: Any, report: Report, stage: str, place: tuple[int, int, int, int], title: str, *, legend: bool) -> None:
    part, figure, row, step = place
    recorded = report.trace.played if stage == "terms" else report.trace.simulated
    lived = report.trace.lived[part, :, row]
    steps = 1 + np.flatnonzero(lived)
    axes.plot(steps, recorded[part, figure, lived, row], "o-", color=EXPECTED, ms=4, lw=2.5, label="expected")
    axes.plot(steps, report.got[stage][part, figure, lived, row], ".--", color=GOT, label="got")
    if report.failures or report.drift:
        axes.axvline(step + 1, color="0.6", lw=0.8)
    axes.set_title(title, fontsize="small")
    axes.set(xlabel="control step", xlim=(0.5, max(2, len(lived)) + 0.5 if not lived.any() else steps[-1] + 0.5))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    apart = axes.twinx()
    away = report.got[stage][part, figure, lived, row] - recorded[part, figure, lived, row]
    apart.bar(steps, away, width=0.25, color="0.5", alpha=0.5)
    apart.set_ylabel("got - expected", fontsize="x-small", color="0.4")
    apart.tick_params(labelsize="x-small", colors="0.4")
    if legend:
        axes.legend(fontsize="small")
