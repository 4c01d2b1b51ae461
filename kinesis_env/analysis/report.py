"""The gait report: figures and curves of a gait over the cycle, beside normal bands.

report = gait_report(motion, moments)
print(report.table())
report.as_dict()
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env.analysis.activity import is_played, played_moments, played_states
from kinesis_env.analysis.cycles import GaitCycles, gait_cycles
from kinesis_env.analysis.events import FootEvents, FootForces, foot_events
from kinesis_env.analysis.normal import NormalBand, normal_bands
from kinesis_env.analysis.steps import step_figures
from kinesis_env.analysis.summaries import facing
from kinesis_env.dynamics.records import JointMoments
from kinesis_env.dynamics.support import GRAVITY, center_of_mass, needed_support
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import AnalysisError
from kinesis_env.model.names import JOINTS, shared_model
from kinesis_env.motions.export import opensim_columns
from kinesis_env.typing import Array

__all__ = ["Curves", "GaitReport", "gait_report"]

_SIDES = {"r": "right", "l": "left"}
#: Figures of the table by key: label and format.
_FIGURES = {
    "speed": ("speed", "{:.2f} m/s"),
    "cadence": ("cadence", "{:.0f} steps/min"),
    "stride_length": ("stride length", "{:.2f} m"),
    "step_length_right": ("step length, right", "{:.2f} m"),
    "step_length_left": ("  left", "{:.2f} m"),
    "step_width": ("step width", "{:.2f} m"),
    "stance_right": ("stance, right", "{:.0%} of the cycle"),
    "stance_left": ("  left", "{:.0%} of the cycle"),
    "double_support_right": ("double support", "{:.0%} of the cycle"),
    "com_vertical": ("center of mass rises", "{:.0f} mm"),
    "com_lateral": ("  sways", "{:.0f} mm"),
    "pelvis_tilt_range": ("pelvis tilt, range", "{:.1f} deg"),
    "pelvis_list_range": ("  list", "{:.1f} deg"),
    "pelvis_rotation_range": ("  rotation", "{:.1f} deg"),
    "support_low": ("needed support from", "{:.2f} body weights (2nd percentile)"),
    "support_high": ("  to", "{:.2f} body weights (98th percentile)"),
}
_PELVIS = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
#: Fraction of a cycle in which measured loads must carry the body for its moments to count.
_CARRIED = 0.9


@dataclass(frozen=True, eq=False)
class Curves:
    """Signals of a leg over its gait cycle: mean and standard deviation (points, k), with columns in order of names.

    Attributes:
        names: names of the columns, without a side.
        mean: (points, k).
        deviation: standard deviation over cycles (points, k).
        unit: unit of the values.
        cycles: number of cycles.
    """

    names: tuple[str, ...]
    mean: Array
    deviation: Array
    unit: str
    cycles: int

    def column(self, name: str) -> Array:
        """Return the mean curve (points,) of a name."""
        out: Array = self.mean[:, self.names.index(name)]
        return out


@dataclass(frozen=True, eq=False)
class GaitReport:
    """Figures and curves of a gait.

    Attributes:
        figures: by name, in meters, seconds, degrees, millimeters (center of mass) and fractions; None if no step shows
            it.
        cycles: cycles of the right and the left leg, from heel strike.
        curves: by kind ("angle" [deg], "moment" [N m/kg], "power" [W/kg], "ground_force" [body weights]) and side.
        bands: normal bands of angles by joint, without a side; empty outside walking speeds.
        inside: fraction of the cycle in which each angle is within its band, by joint with its side.
        events: foot events.
        notes: one sentence each.
    """

    figures: Mapping[str, float | None]
    cycles: Mapping[str, GaitCycles]
    curves: Mapping[tuple[str, str], Curves]
    bands: Mapping[str, NormalBand]
    inside: Mapping[str, float]
    events: FootEvents
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        curves: dict[str, Any] = {}
        for (kind, side), found in self.curves.items():
            each = {
                name: {"mean": _rounded(found.mean[:, i]), "deviation": _rounded(found.deviation[:, i])}
                for i, name in enumerate(found.names)
            }
            curves.setdefault(kind, {"unit": found.unit})[_SIDES[side]] = {"cycles": found.cycles, "curves": each}
        return {
            "figures": {key: None if value is None else round(value, 4) for key, value in self.figures.items()},
            "cycles": {_SIDES[side]: len(found) for side, found in self.cycles.items()},
            "inside_normal_band": {joint: round(share, 3) for joint, share in self.inside.items()},
            "normal_bands": {joint: band.source for joint, band in self.bands.items()},
            "curves": curves,
            "notes": list(self.notes),
        }

    def plot(self, path: str | os.PathLike[str], name: str = "gait") -> None:
        """Draw the curves with normal bands, and the figures, on one page.

        Args:
            path: file to write; the suffix determines the format.
            name: name of the recording, as the title.

        Raises:
            OptionalDependencyError: matplotlib is not installed.
        """
        from kinesis_env.analysis.page import draw_gait  # noqa: PLC0415  (it draws reports)

        draw_gait(path, name, self)

    def table(self) -> str:
        """Return the figures for people."""
        counts = ", ".join(f"{len(found)} {_SIDES[side]}" for side, found in self.cycles.items())
        lines = [f"gait over {counts} cycles, events from {self.events.measured}"]
        for key, (label, form) in _FIGURES.items():
            value = self.figures.get(key)
            lines.append(f"  {label:<22} {'-' if value is None else form.format(value)}")
        if self.inside:
            joined = ", ".join(f"{joint} {share:.0%}" for joint, share in self.inside.items())
            lines.append(f"  {'within normal bands':<22} {joined}")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def gait_report(
    motion: Trajectory | Any,
    moments: JointMoments | None = None,
    forces: FootForces | None = None,
    *,
    belt: ArrayLike | None = None,
    events: FootEvents | None = None,
    points: int = 101,
) -> GaitReport:
    """Return the gait report of a motion.

    Args:
        motion: a motion; or a recorded episode of any policy, or a solution of the tracker, which bring their own
            ground forces and moments.
        moments: its joint moments, from inverse dynamics.
        forces: measured loads, for the events of the feet; by default the ground force of the moments.
        belt: velocity of the ground (3,) [m/s]; by default the velocity of the feet in stance.
        events: foot events, if already known.
        points: number of points of a cycle.

    Raises:
        AnalysisError: no whole gait cycle of either leg.
    """
    if is_played(motion):
        moments = moments or played_moments(motion)
        motion = played_states(motion)
    if events is None:
        source = forces if forces is not None else moments
        events = foot_events(source, motion)
    cycles = {side: gait_cycles(events=events, side=side, points=points) for side in "rl"}
    times = times_of(motion)
    cycles = {side: found.within(times) for side, found in cycles.items()}
    if not any(len(found) for found in cycles.values()):
        raise AnalysisError(
            f"no complete gait cycle from {times[0]:.2f} to {times[-1]:.2f} s: a report needs two landings of one foot"
        )
    figures = {**step_figures(motion, events, tuple(cycles.values()), belt), **_body_figures(motion, times, cycles)}
    speed = figures["speed"] or 0.0
    curves = _curves(motion, moments, times, cycles)
    bands = normal_bands(speed, points)
    inside = {
        f"{joint}_{side}": band.inside(curves["angle", side].column(joint))
        for joint, band in bands.items()
        for side in cycles
        if ("angle", side) in curves
    }
    notes = [note for found in cycles.values() for note in found.notes]
    if moments is not None:
        notes += [
            f"no moments over the {_SIDES[side]} cycle: in none of the {len(found)} do the loads carry the body"
            for side, found in cycles.items()
            if len(found) and ("moment", side) not in curves
        ]
    if not bands:
        notes.append(f"no normal bands: no published group walks at {speed:.2f} m/s")
    return GaitReport(figures, cycles, curves, bands, inside, events, tuple(notes))


def _body_figures(motion: Trajectory, times: Array, cycles: Mapping[str, GaitCycles]) -> dict[str, float | None]:
    """Return ranges of center of mass and pelvis over a cycle, and the needed support."""
    qpos = np.asarray(motion.qpos, dtype=np.float64)
    columns = opensim_columns(qpos)
    angles = np.stack([columns[name] for name in _PELVIS], axis=1)
    mass = center_of_mass(qpos)
    used = next(found for found in cycles.values() if len(found))
    over = used.normalize(times, np.concatenate((mass, angles), axis=1))
    line = np.linspace(0.0, 1.0, over.shape[1])[None, :, None]
    # What drifts over a cycle, such as forward travel, is not a range.
    level = over - (over[:, :1] + line * (over[:, -1:] - over[:, :1]))
    ranges = np.ptp(level, axis=1).mean(axis=0)
    forward = over[:, -1, :2] - over[:, 0, :2]
    ahead = forward.sum(axis=0)
    lateral = _lateral(level, ahead, motion)
    support = needed_support(motion)
    low, high = np.percentile(support, (2, 98))
    figures: dict[str, float | None] = {"com_vertical": 1000 * float(ranges[2]), "com_lateral": 1000 * lateral}
    figures |= {f"{name}_range": float(ranges[3 + i]) for i, name in enumerate(_PELVIS)}
    return {**figures, "support_low": float(low), "support_high": float(high)}


def _lateral(level: Array, ahead: Array, motion: Trajectory) -> float:
    """Return the mean range of sway [m] across the path, or across the heading if the body does not advance."""
    if np.linalg.norm(ahead) < 0.3:
        ahead = facing(motion)[0, :2]
    across = np.array([-ahead[1], ahead[0]]) / np.linalg.norm(ahead)
    return float(np.ptp(level[..., :2] @ across, axis=1).mean())


def _curves(
    motion: Trajectory, moments: JointMoments | None, times: Array, cycles: Mapping[str, GaitCycles]
) -> dict[tuple[str, str], Curves]:
    out: dict[tuple[str, str], Curves] = {}
    angles = np.rad2deg(np.asarray(motion.qpos, dtype=np.float64)[:, 7:])
    mass = float(shared_model().body_mass.sum())
    for side, found in cycles.items():
        if not len(found):
            continue
        own = [i for i, joint in enumerate(JOINTS) if joint.endswith(f"_{side}")]
        names = tuple(JOINTS[i].removesuffix(f"_{side}") for i in own)
        out["angle", side] = _over(found, times, angles[:, own], names, "deg")
        carried = None if moments is None else _carried(found, moments)
        if moments is None or carried is None:
            continue
        out["moment", side] = _over(carried, moments.times, moments.moments[:, own] / mass, names, "N m/kg")
        out["power", side] = _over(carried, moments.times, moments.powers[:, own] / mass, names, "W/kg")
        force = moments.ground_force[:, "rl".index(side)] @ facing(motion).T / (mass * GRAVITY)
        out["ground_force", side] = _over(carried, moments.times, force, ("forward", "left", "up"), "body weights")
    return out


def _carried(cycles: GaitCycles, moments: JointMoments) -> GaitCycles | None:
    """Return the cycles in which the loads carry the body; None if there are none."""
    inside = cycles.within(moments.times)
    if moments.covered is not None and len(inside):
        share = inside.normalize(moments.times, moments.covered.astype(np.float64)).mean(axis=(1, 2))
        inside = inside.where(share >= _CARRIED)
    return inside if len(inside) else None


def _over(cycles: GaitCycles, times: Array, values: Array, names: tuple[str, ...], unit: str) -> Curves:
    over = cycles.normalize(times, values)
    return Curves(names, over.mean(axis=0), over.std(axis=0), unit, len(over))


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 4) for value in values]
