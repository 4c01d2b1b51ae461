"""The tables of docs/muscles.md and docs/emg.md from the figures of benchmarks/analysis.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tables import table

__all__ = ["PUBLISHED", "make_tables"]

#: What the paper reports: its policy's correlation with EMG, by muscle (arXiv 2503.14637).
PUBLISHED = (0.73, 0.81, 0.89, 0.17, 0.12, 0.42, -0.18, 0.26, 0.26)
_PUBLISHED_MEAN = 0.373


def make_tables(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the tables in Markdown, by the name of their place."""
    treadmill, overground = (list(facts["emg"].values())[i] for i in (0, 1))
    return {
        "loads": _table("recording", "person kg", "size ratio, body to person", "shift forward mm",
                        "right foot to the left", "left foot",
                        "frames covered", rows=_loads(facts["loads"])),
        "moments": _table("joint", "r", "rms difference N m", "rms of OpenSim's N m", rows=_moments(facts["moments"])),
        "residual": _table("recording", "Fx N", "Fy", "Fz", "Mx N m", "My", "Mz", rows=(
            [name, *(f"{value:.0f}" for value in row)] for name, row in facts["residual"].items())),
        "ground force": _table("recording", "forward r", "lateral", "vertical", "forward rms % of weight", "lateral",
                               "vertical", rows=_forces(facts["ground_force"])),
        "metabolic": _table("recording", "plates W/kg", "estimated ground force", rows=(
            [name, f"{row['plates']:.1f}", f"{row['estimated']:.1f}"] for name, row in facts["metabolic"].items())),
        "recorded forces": _table("", "forward r", "lateral", "vertical", rows=[
            ["the last of 5 physics steps against their mean", *(f"{r:.2f}" for r in facts["recorded_forces"])]]),
        "emg": _table("recording", "ground force", "comparison", "mean r", "cycles", rows=_emg(facts["emg"])),
        "emg muscles": _muscles(treadmill, "long head", PUBLISHED),
        "emg overground": _muscles(overground, "zero lag"),
    }  # fmt: skip


def _table(*head: str, rows: Iterable[list[str]]) -> str:
    return table([list(head), *rows])


def _loads(found: Mapping[str, Any]) -> Iterable[list[str]]:
    for name, row in found.items():
        moved = [f"{shift + 0.0:.0f}" for shift in (row["forward"], *row["left"])]
        yield [name, f"{row['mass']:.0f}", f"{row['scale']:.2f}", *moved, f"{row['covered']:.0%}"]


def _moments(found: Mapping[str, Any]) -> Iterable[list[str]]:
    for joint, row in found.items():
        yield [joint, f"{row['r']:.3f}", f"{row['rms']:.1f}", f"{row['size']:.1f}"]


def _forces(found: Mapping[str, Any]) -> Iterable[list[str]]:
    for name, rows in found.items():
        yield [name, *(f"{row['r']:.2f}" for row in rows), *(f"{100 * row['rms']:.1f}" for row in rows)]


def _emg(found: Mapping[str, Any]) -> Iterable[list[str]]:
    for name, kinds in found.items():
        for kind, rules in kinds.items():
            for rule, row in rules.items():
                yield [name, kind, rule, f"{row['mean_r']:.2f}", str(row["activity_cycles"])]


def _muscles(found: Mapping[str, Any], rule: str, published: tuple[float, ...] = ()) -> str:
    plates, estimated = found["plates"][rule], found["estimated"][rule]
    head = ["electrode", "muscles", "plates", "estimated ground force", *(["KINESIS policy"] if published else [])]
    rows = []
    for i, (channel, row) in enumerate(plates["muscles"].items()):
        values = [row["r"], estimated["muscles"][channel]["r"], *published[i : i + 1]]
        names = ", ".join(name.removesuffix("_l") for name in row["muscles"])
        rows.append([channel, names, *(f"{value:.2f}" for value in values)])
    means = [plates["mean_r"], estimated["mean_r"], *([_PUBLISHED_MEAN] if published else [])]
    return _table(*head, rows=[*rows, ["mean", "", *(f"{value:.2f}" for value in means)]])
