"""Muscle activity against EMG: the correlation of their mean curves over the gait cycle, muscle by muscle.

comparison = compare_emg(activity, emg, events=foot_events(loads, motion), protocol=KINESIS_EMG)
print(comparison.table())
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinesis_env.analysis.activity import muscle_activity
from kinesis_env.analysis.ceiling import split_half
from kinesis_env.analysis.emg import Emg
from kinesis_env.analysis.events import FootEvents
from kinesis_env.analysis.lags import best_lag, correlations, moved
from kinesis_env.analysis.mean_curves import MeanCurves, known_mean
from kinesis_env.analysis.protocols import EmgProtocol, Lag
from kinesis_env.dynamics.records import MuscleActivity
from kinesis_env.errors import AnalysisError
from kinesis_env.typing import Array

__all__ = ["EmgComparison", "compare_emg"]

_SIDES = {"r": "right", "l": "left"}
#: Differences in correlation worth a note: the other leg fits better, or another clock does.
_OTHER_LEG, OTHER_CLOCK = 0.1, 0.1


@dataclass(frozen=True, eq=False)
class EmgComparison:
    """How muscle activity agrees with EMG.

    Attributes:
        alignment: how curves were aligned, in words.
        side: the leg of the EMG, "r" or "l".
        activity_side: the leg of the muscles.
        channels: the channels compared.
        muscles: muscles of the body that each channel is compared with (their mean).
        r: correlation of each channel (k,), NaN where a curve is constant.
        lag: delay applied to each channel's EMG (k,) [s].
        cycles: number of EMG cycles in the mean.
        activity_cycles: number of muscle activity cycles in the mean.
        ceiling: correlation that a perfect prediction could reach (k,), see :mod:`~kinesis_env.analysis.ceiling`; NaN
            if there are too few cycles.
        percent: percent of the cycle (points,).
        activity: mean curves of the muscles (points, k).
        emg: mean curves of the EMG as moved (points, k).
        emg_spread: standard deviation of the EMG over cycles (points, k).
        others: correlation with the EMG of other people (k,); NaN if none was given.
        clock: the one lag that would fit best [s], within half a cycle.
        notes: remarks on the comparison, one sentence each.
    """

    alignment: str
    side: str
    activity_side: str
    channels: tuple[str, ...]
    muscles: tuple[tuple[str, ...], ...]
    r: Array
    lag: Array
    cycles: int
    activity_cycles: int
    ceiling: Array
    percent: Array
    activity: Array
    emg: Array
    emg_spread: Array
    others: Array
    clock: float
    notes: tuple[str, ...] = ()

    @property
    def mean_r(self) -> float:
        """Mean correlation over channels."""
        return known_mean(self.r)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON types; unknown ones are null."""
        each = zip(self.channels, self.muscles, self.r, self.lag, self.ceiling, self.others, strict=True)
        muscles = {
            channel: {"muscles": list(names), "r": _known(r), "lag": _known(lag), "ceiling": _known(ceiling),
                      "between_subjects": _known(other)}
            for channel, names, r, lag, ceiling, other in each
        }  # fmt: skip
        return {
            "alignment": self.alignment,
            "side": self.side,
            "activity_side": self.activity_side,
            "mean_r": _known(self.mean_r),
            "muscles": muscles,
            "ceiling": _known(known_mean(self.ceiling)),
            "between_subjects": _known(known_mean(self.others)),
            "cycles": self.cycles,
            "activity_cycles": self.activity_cycles,
            "best_common_lag": _known(self.clock),
            "notes": list(self.notes),
        }

    def table(self) -> str:
        """Return the figures for people."""
        legs = f"EMG of the {_SIDES[self.side]} leg against the {_SIDES[self.activity_side]} leg's muscles"
        lines = [
            f"{legs}: mean r {self.mean_r:.2f}",
            f"{self.alignment}; {self.cycles} cycles of EMG, {self.activity_cycles} of the muscles",
            f"  {'channel':<20} {'muscles':<24} {'r':>6} {'lag ms':>7} {'ceiling':>8}",
        ]
        for i, channel in enumerate(self.channels):
            ceiling = "-" if np.isnan(self.ceiling[i]) else f"{self.ceiling[i]:.2f}"
            r = "-" if np.isnan(self.r[i]) else f"{self.r[i]:.2f}"
            names = ", ".join(self.muscles[i])
            lines.append(f"  {channel:<20} {names:<24} {r:>6} {1000 * self.lag[i]:>7.0f} {ceiling:>8}")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def compare_emg(
    activity: MuscleActivity | Any | Sequence[Any],
    emg: Emg,
    muscles: Mapping[str, str | Sequence[str]] | None = None,
    *,
    events: FootEvents | Sequence[FootEvents],
    emg_events: FootEvents | None = None,
    side: str | None = None,
    lag: Lag | None = None,
    max_lag: float | None = None,
    protocol: EmgProtocol | None = None,
    others: Sequence[tuple[Emg, FootEvents]] = (),
) -> EmgComparison:
    """Correlate the mean curves of muscle activity and EMG over the gait cycle.

    Args:
        activity: static optimization, a recorded episode or a solution, see
            :func:`~kinesis_env.analysis.muscle_activity`; or several, whose cycles are put together.
        emg: envelopes.
        muscles: maps each channel to the muscle, or muscles, it is compared with, with or without a side; by default
            from the channels' names.
        events: foot events of the activity, on its clock; a sequence if there are several activities.
        emg_events: the same for the EMG; by default it is on the clock of a single activity.
        side: the leg of the EMG, "r" or "l"; by default from the channels, or the leg that fits better.
        lag: 0, "common" or "each"; by default the protocol's.
        max_lag: [s]; by default the protocol's.
        protocol: everything else; by default :class:`~kinesis_env.analysis.EmgProtocol` unchanged. The published one is
            :data:`~kinesis_env.analysis.KINESIS_EMG`.
        others: EMG of other people with their events, to show how people agree with each other.

    Raises:
        AnalysisError: a channel that is missing or on no muscle, an unknown leg, or no cycle within the signals.
    """
    rules = protocol or EmgProtocol()
    changes = {key: value for key, value in (("lag", lag), ("max_lag", max_lag)) if value is not None}
    rules = dataclasses.replace(rules, **changes)  # type: ignore[arg-type]
    several = list(activity) if isinstance(activity, list | tuple) else [activity]
    landings = [events] if isinstance(events, FootEvents) else list(events)
    if len(several) != len(landings) or not several:
        raise AnalysisError(f"{len(several)} activities need as many gait events, given {len(landings)}")
    if emg_events is None and len(several) > 1:
        raise AnalysisError("several activities have different clocks: give the gait events of the EMG")
    played = [(muscle_activity(each), found) for each, found in zip(several, landings, strict=True)]
    done = MeanCurves(played, emg, muscles, emg_events=emg_events or landings[0], rules=rules)
    leg, told = _leg(side, emg.side, {each: done.mean_r(each) for each in "rl"})
    try:
        return _result(done, leg, others, [*done.notes, *told])
    except AnalysisError as error:
        raise AnalysisError("; ".join((str(error), *told))) from error


def _leg(side: str | None, named: str, means: Mapping[str, float]) -> tuple[str, list[str]]:
    """Return the leg of the EMG, and notes about it.

    Args:
        side: the leg given by the user.
        named: the leg in the channels' names.
        means: mean r with each leg without a lag; NaN where a leg has no cycle.

    Raises:
        AnalysisError: an unknown leg.
    """
    if side not in (None, "", "r", "l"):
        raise AnalysisError(f"side must be 'r' or 'l', given {side!r}")
    notes = []
    if side and named and side != named:
        notes.append(f"the channel names say the {_SIDES[named]} leg; compared with the {_SIDES[side]} leg")
    shown = {leg: "no cycle" if np.isnan(mean) else f"{mean:.2f}" for leg, mean in means.items()}
    known = {leg: -2.0 if np.isnan(mean) else mean for leg, mean in means.items()}
    said = side or named
    if not said:
        said = "l" if known["l"] > known["r"] else "r"
        notes.append(
            f"the leg of the EMG is not given; assumed {_SIDES[said]}, which fits better "
            f"(mean r: right {shown['r']}, left {shown['l']})"
        )
    other = "l" if said == "r" else "r"
    if known[other] > known[said] + _OTHER_LEG:
        notes.append(
            f"the {_SIDES[other]} leg fits the EMG better (mean r: {_SIDES[other]} {shown[other]}, {_SIDES[said]} "
            f"{shown[said]}): was it recorded on the {_SIDES[said]} leg?"
        )
    return said, notes


def _result(curves: MeanCurves, side: str, others: Sequence[tuple[Emg, FootEvents]], notes: list[str]) -> EmgComparison:
    """Compare, taking the EMG as from the leg ``side``."""
    rules = curves.rules
    own, more = curves.of_muscles(side)
    emg, period = curves.of_emg(side)
    mean = emg.mean(axis=0)
    own_mean = own.mean(axis=0)
    lag = np.zeros(mean.shape[1])
    if rules.lag:
        lag = best_lag(own_mean, mean, period, rules.max_lag, each=rules.lag == "each")
    shifted = moved(mean, lag / period)
    clock = float(best_lag(own_mean, mean, period, period / 2, each=False)[0])
    if abs(clock) > OTHER_CLOCK and rules.activity_side in ("", side):
        gain = known_mean(correlations(own_mean, moved(mean, np.full(len(lag), clock) / period)))
        notes.append(
            f"the EMG fits best {1000 * abs(clock):.0f} ms {'later' if clock > 0 else 'earlier'} (mean r "
            f"{gain:.2f}): do the clocks of EMG and motion agree?"
        )
    leg = rules.activity_side or side
    return EmgComparison(
        alignment=rules.alignment,
        side=side,
        activity_side=leg,
        channels=tuple(curves.muscles),
        muscles=tuple(curves.sided(names, leg) for names in curves.muscles.values()),
        r=correlations(own_mean, shifted),
        lag=lag,
        cycles=len(emg),
        activity_cycles=len(own),
        ceiling=split_half(emg),
        percent=np.linspace(0.0, 100.0, rules.points),
        activity=own_mean,
        emg=shifted,
        emg_spread=moved(emg.std(axis=0), lag / period),
        clock=clock,
        others=curves.between(mean, others),
        notes=(*notes, *more),
    )


def _known(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
