"""Gait cycles: from one event of a leg to its next, and signals over them.

cycles = gait_cycles(loads, side="l", start="single_support")
cycles.normalize(emg.times, emg.values)     # (cycles, 101, channels)
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from kinesis_env.analysis.events import FootEvents, FootForces, foot_events
from kinesis_env.checks import check_choice, check_integer, check_number
from kinesis_env.dynamics.trajectory import Trajectory
from kinesis_env.errors import AnalysisError
from kinesis_env.typing import Array, Mask

__all__ = ["STARTS", "GaitCycles", "gait_cycles"]

#: Where a cycle can begin.
STARTS = ("heel_strike", "single_support")
#: Cycles longer or shorter than the usual one by more than this fraction are not one step of each foot.
_STEADY = 0.2
#: Fraction of a cycle by which signals may begin later or end earlier than the cycle.
_SPARE = 0.02
_NAMES = {"r": "right", "l": "left"}


@dataclass(frozen=True, eq=False)
class GaitCycles:
    """Cycles of a leg.

    Attributes:
        side: "r" or "l".
        start: the event they begin with.
        begins: start time of each cycle (n,) [s], on the recording's clock.
        ends: end time of each cycle (n,) [s].
        points: number of points of a cycle, from 0 to 100 %.
        dropped: number of cycles omitted because of their length.
        notes: the reasons, one sentence each.
    """

    side: str
    start: str
    begins: Array
    ends: Array
    points: int = 101
    dropped: int = 0
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.begins)

    @property
    def durations(self) -> Array:
        """Duration of each cycle (n,) [s]."""
        out: Array = self.ends - self.begins
        return out

    @property
    def percent(self) -> Array:
        """The points of a cycle, (points,), from 0 to 100."""
        return np.linspace(0.0, 100.0, self.points)

    def within(self, times: Array) -> GaitCycles:
        """Return the cycles within ``times`` (n,), to within one sample or a fiftieth of a cycle."""
        if len(times) < 2:
            raise AnalysisError(f"signals over gait cycles need at least two samples, given {len(times)}")
        spare = np.maximum(1.5 * float(np.median(np.diff(times))), _SPARE * self.durations)
        return self.where((self.begins >= times[0] - spare) & (self.ends <= times[-1] + spare))

    def where(self, keep: Mask) -> GaitCycles:
        """Return the cycles of a mask (n,)."""
        return dataclasses.replace(self, begins=self.begins[keep], ends=self.ends[keep])

    def normalize(self, times: Array, values: Array) -> Array:
        """Return signals over the cycles that lie within their times: (cycles, points, k).

        Args:
            times: (n,) [s], increasing.
            values: (n, k), or (n,) for one.

        Raises:
            AnalysisError: shapes that do not fit, or no cycle within the times.
        """
        times, values = np.asarray(times, dtype=np.float64), np.asarray(values, dtype=np.float64)
        columns = values.reshape(len(values), -1) if values.ndim else values
        if times.ndim != 1 or len(columns) != len(times):
            raise AnalysisError(
                f"signals must have shape (n, k) and times (n,), given {values.shape} and {times.shape}"
            )
        inside = self.within(times)
        if not len(inside):
            raise AnalysisError(
                f"no {_NAMES[self.side]} gait cycle lies between {times[0]:.2f} and {times[-1]:.2f} s; "
                f"there are {len(self)}"
                + (f", from {self.begins[0]:.2f} to {self.ends[-1]:.2f} s" if len(self) else "")
            )
        share = np.linspace(0.0, 1.0, self.points)
        at = inside.begins[:, None] + share * inside.durations[:, None]
        return np.stack([np.interp(at, times, column) for column in columns.T], axis=-1)


def gait_cycles(
    forces: FootForces | None = None,
    motion: Trajectory | None = None,
    *,
    side: str = "r",
    start: str = "heel_strike",
    points: int = 101,
    outliers: float = 2.0,
    events: FootEvents | None = None,
) -> GaitCycles:
    """Find the gait cycles of a leg.

    Cycles a fifth longer or shorter than the median are omitted, as steps are missing or a force plate caught the other
    foot; then those more than ``outliers`` standard deviations from the mean.

    Args:
        forces: ground forces: :class:`~kinesis_env.dynamics.Loads`, or another object with ``times`` (n,) and ``force``
            or ``ground_force`` (n, 2, 3), right foot first.
        motion: a motion, alone or with the forces, see :func:`~kinesis_env.analysis.events.foot_events`.
        side: "r" or "l".
        start: "heel_strike", or "single_support": the other leg's toe-off.
        points: number of points of a cycle, end included.
        outliers: limit in standard deviations of the length.
        events: foot events, if already known, in place of forces and motion.

    Raises:
        AnalysisError: an unknown side or start, or neither forces nor a motion.
    """
    check_choice("side", side, ("r", "l"), error=AnalysisError)
    check_choice("the start of a gait cycle", start, STARTS, error=AnalysisError)
    points = check_integer("the points of a gait cycle", points, 2, 10_000, error=AnalysisError)
    limit = check_number("outliers", outliers, above=0.0, error=AnalysisError)
    if events is None:
        events = foot_events(forces, motion)
    own = "rl".index(side)
    when = events.strikes[own] if start == "heel_strike" else events.offs[1 - own]
    begins, ends = when[:-1], when[1:]
    notes: list[str] = []
    steady = _steady(ends - begins)
    if not steady.all():
        notes.append(
            f"{(~steady).sum()} of {len(steady)} {_NAMES[side]} gait cycles last a fifth longer or shorter than the "
            f"usual {np.median(ends - begins):.2f} s: steps are missing, or a force plate caught the other foot; "
            "left out"
        )
    lengths = (ends - begins)[steady]
    usual = np.ones(len(lengths), dtype=bool)
    if len(lengths) > 2:
        usual = np.abs(lengths - lengths.mean()) <= limit * lengths.std() + 1e-9
    if not usual.all():
        notes.append(
            f"{(~usual).sum()} of {len(usual)} {_NAMES[side]} gait cycles are beyond {limit:g} standard deviations of "
            "the length; left out"
        )
    keep = np.flatnonzero(steady)[usual]
    return GaitCycles(side, start, begins[keep], ends[keep], points, len(begins) - len(keep), tuple(notes))


def _steady(lengths: Array) -> Mask:
    if not len(lengths):
        return np.zeros(0, dtype=np.bool_)
    usual = float(np.median(lengths))
    return np.asarray(np.abs(lengths - usual) <= _STEADY * usual)
