"""Mean curves of muscles and EMG over the gait cycle, under a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kinesis_env.analysis.channels import muscles_of_channel
from kinesis_env.analysis.cycles import GaitCycles, gait_cycles
from kinesis_env.analysis.emg import Emg
from kinesis_env.analysis.events import FootEvents
from kinesis_env.analysis.lags import correlations
from kinesis_env.analysis.protocols import EmgProtocol
from kinesis_env.dynamics.records import MuscleActivity
from kinesis_env.errors import AnalysisError
from kinesis_env.typing import Array

__all__ = ["MeanCurves", "known_mean"]

_SIDES = {"r": "right", "l": "left"}
#: Fraction of a cycle in which measured loads must carry the body.
_CARRIED = 0.9


class MeanCurves:
    """Curves of muscles and EMG over the gait cycle under one protocol, for either leg.

    Args:
        played: activities, each with the events of its feet.
        emg: envelopes.
        muscles: maps channels to a muscle or muscles; None to use the names of the channels.
        emg_events: foot events of the EMG.
        rules: the protocol.

    Attributes:
        rules: the protocol.
        muscles: by channel, without a side.
        notes: what was omitted or changed, one sentence each.

    Raises:
        AnalysisError: a channel that is missing, or no channel on a muscle.
    """

    def __init__(
        self,
        played: Sequence[tuple[MuscleActivity, FootEvents]],
        emg: Emg,
        muscles: Mapping[str, str | Sequence[str]] | None,
        *,
        emg_events: FootEvents,
        rules: EmgProtocol,
    ) -> None:
        self.rules = rules
        self.notes: list[str] = []
        self._played, self._emg_events = list(played), emg_events
        self._known = self._played[0][0].muscles
        self.muscles = self._mapped(emg, muscles)
        self._emg = emg.select(list(self.muscles))

    def _mapped(self, emg: Emg, muscles: Mapping[str, str | Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
        """Return the muscles of a leg that each channel is compared with, without a side."""
        rules = self.rules
        if muscles is not None:
            unknown = [channel for channel in muscles if channel not in emg.channels]
            if unknown:
                raise AnalysisError(f"unknown channel {unknown[0]!r}; the channels are {', '.join(emg.channels)}")
            mapped = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in muscles.items()}
        else:
            mapped = {channel: muscles_of_channel(channel) for channel in emg.channels}
            unknown = [channel for channel, names in mapped.items() if not names]
            if unknown:
                self.notes.append(f"left out, because their names match no muscle: {', '.join(unknown)}")
        if rules.muscles:
            mapped = {channel: names for channel, names in mapped.items() if set(names) <= set(rules.muscles)}
        for channel, names in mapped.items():
            mapped[channel] = tuple(rules.instead.get(name, name) for name in names)
        changed = [f"{new} for {old}" for old, new in rules.instead.items()]
        if changed:
            self.notes.append(f"the protocol uses {', '.join(changed)}")
        mapped = {channel: names for channel, names in mapped.items() if names}
        if not mapped:
            raise AnalysisError(
                f"none of the channels {', '.join(emg.channels)} names a muscle that is compared; assign them with "
                "muscles="
            )
        return mapped

    def mean_r(self, side: str) -> float:
        """Return the mean correlation with a leg without a lag; NaN if it has no cycle."""
        try:
            own, emg = self.of_muscles(side)[0], self.of_emg(side)[0]
        except AnalysisError:
            return float("nan")
        return known_mean(correlations(own.mean(axis=0), emg.mean(axis=0)))

    def of_muscles(self, side: str) -> tuple[Array, tuple[str, ...]]:
        """Return the curves of the muscles for the EMG of a leg (cycles, points, k), and notes.

        Raises:
            AnalysisError: an unknown muscle, or no cycle in any of the activities.
        """
        leg = self.rules.activity_side or side
        columns = [[self._index(name) for name in self.sided(names, leg)] for names in self.muscles.values()]
        curves: list[Array] = []
        notes: list[str] = []
        reason: AnalysisError | None = None
        for activity, events in self._played:
            signal = getattr(activity, self.rules.signal)
            values = np.stack([signal[:, part].mean(axis=1) for part in columns], axis=1)
            try:
                cycles = self._carried(self._cycles(events, leg, self.rules.start), activity)
                curves.append(cycles.normalize(activity.times, values))
                notes += cycles.notes
            except AnalysisError as error:  # an episode shorter than a cycle
                reason = error
        if not curves:
            assert reason is not None
            raise reason
        return np.concatenate(curves), tuple(notes)

    def _carried(self, cycles: GaitCycles, activity: MuscleActivity) -> GaitCycles:
        """Return cycles without those in which the measured loads do not carry the body.

        Raises:
            AnalysisError: no cycle is left.
        """
        covered = activity.covered
        if covered is None:
            return cycles
        inside = cycles.within(activity.times)
        if not len(inside):
            return inside
        share = inside.normalize(activity.times, covered.astype(np.float64)).mean(axis=(1, 2))
        kept = inside.where(share >= _CARRIED)
        if not len(kept):
            raise AnalysisError(
                f"the measured loads carry the body in none of the {len(inside)} {_SIDES[cycles.side]} gait cycles"
            )
        return kept

    def of_emg(self, side: str) -> tuple[Array, float]:
        """Return the curves of the EMG as from a leg (cycles, points, k), and the duration of its cycles [s].

        Raises:
            AnalysisError: no cycle within its times.
        """
        cycles = self._cycles(self._emg_events, side, self.rules.emg_start or self.rules.start)
        curves = cycles.normalize(self._emg.times, self._emg.values)
        return curves, float(cycles.durations.mean())

    def _cycles(self, events: FootEvents, side: str, start: str) -> GaitCycles:
        rules = self.rules
        return gait_cycles(events=events, side=side, start=start, points=rules.points, outliers=rules.outliers)

    def sided(self, names: Sequence[str], leg: str) -> tuple[str, ...]:
        """Return the names of muscles in a leg."""
        return tuple(name if name in self._known else f"{name}_{leg}" for name in names)

    def _index(self, name: str) -> int:
        if name not in self._known:
            raise AnalysisError(f"unknown muscle {name!r}; the muscles are {', '.join(self._known)}")
        return self._known.index(name)

    def between(self, mean: Array, others: Sequence[tuple[Emg, FootEvents]]) -> Array:
        """Return the mean correlation of each channel's curve with other people's on the same muscles, (k,)."""
        found: list[Array] = []
        for emg, events in others:
            known = {muscles_of_channel(channel): channel for channel in emg.channels}
            named = [known.get(muscles_of_channel(channel)) for channel in self.muscles]
            shared = [channel for channel in named if channel is not None]
            if not shared:
                continue
            start = self.rules.emg_start or self.rules.start
            other = (
                self._cycles(events, emg.side or "r", start)
                .normalize(emg.times, emg.select(shared).values)
                .mean(axis=0)
            )
            at = [i for i, channel in enumerate(named) if channel is not None]
            row = np.full(mean.shape[1], np.nan)
            row[at] = correlations(other, mean[:, at])
            found.append(row)
        if not found:
            return np.full(mean.shape[1], np.nan)
        return np.array([known_mean(column) for column in np.stack(found).T])


def known_mean(values: Array) -> float:
    """Return the mean of the finite values; NaN if there are none."""
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
