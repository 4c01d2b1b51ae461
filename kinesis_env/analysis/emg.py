"""Electromyograms (EMG) from files: envelopes, or raw signals that become envelopes.

    emg = read_emg("trial_emg.sto")
    emg.channels, emg.values

Supported are OpenSim's tables (``.sto``, ``.mot``), the same as ``.csv``, and the analog channels of a ``.c3d``.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinesis_env.analysis.channels import muscles_of_channel, side_of_channel
from kinesis_env.analysis.envelope import BAND, LOW_PASS, linear_envelope, looks_raw, smooth
from kinesis_env.checks import check_choice
from kinesis_env.errors import AnalysisError, MotionFormatError
from kinesis_env.motions.formats.c3d import read_lab_signals
from kinesis_env.motions.formats.table import read_table
from kinesis_env.typing import Array

__all__ = ["Emg", "read_emg"]

#: Kinds of signals that a file can hold.
KINDS = ("auto", "envelope", "rectified", "raw")
#: Fraction of samples that may be missing, and the longest gap that is bridged [s].
_MISSING, _LONGEST_GAP = 0.2, 0.2


@dataclass(frozen=True, eq=False)
class Emg:
    """Envelopes of muscle activity over time.

    Attributes:
        times: (n,) [s], on the clock of the recording.
        channels: names of the electrodes, as in the file.
        values: (n, k), in the file's unit; correlations do not depend on it.
        side: "r" or "l" if the names of all channels give that side, otherwise "".
        notes: processing steps, one sentence each.
    """

    times: Array
    channels: tuple[str, ...]
    values: Array
    side: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        times, values = (np.asarray(array, dtype=np.float64) for array in (self.times, self.values))
        if times.ndim != 1 or len(times) < 2 or values.shape != (len(times), len(self.channels)):
            raise AnalysisError(
                f"an EMG needs times (n,), n >= 2, and values (n, {len(self.channels)}) of its {len(self.channels)} "
                f"channels, given {times.shape} and {values.shape}"
            )
        if not np.isfinite(times).all() or (np.diff(times) <= 0).any() or not np.isfinite(values).all():
            raise AnalysisError("an EMG needs finite values and increasing times")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)

    def channel(self, name: str) -> Array:
        """Return the values (n,) of a channel.

        Raises:
            AnalysisError: there is no such channel; the message lists them.
        """
        if name not in self.channels:
            raise AnalysisError(f"unknown channel {name!r}; the channels are {', '.join(self.channels)}")
        out: Array = self.values[:, self.channels.index(name)]
        return out

    def select(self, channels: Sequence[str]) -> Emg:
        """Return an EMG of some channels; errors as for :meth:`channel`."""
        columns = [self.channel(name) for name in channels]
        return dataclasses.replace(self, channels=tuple(channels), values=np.stack(columns, axis=1))


def read_emg(
    path: str | os.PathLike[str],
    *,
    kind: str = "auto",
    channels: Sequence[str] | None = None,
    band: tuple[float, float] = BAND,
    low_pass: float = LOW_PASS,
    fps: float | None = None,
) -> Emg:
    """Read an EMG; raw signals become linear envelopes, as :func:`~kinesis_env.analysis.linear_envelope` makes them.

    Args:
        path: ``.sto``, ``.mot`` or ``.csv``, with a column of times; or ``.c3d``, from which the analog channels named
            like a muscle are read.
        kind: "envelope" (used unchanged), "rectified" (low-passed), "raw" (band-passed, rectified and low-passed); or
            "auto": raw if most channels are negative as often as positive and change fast.
        channels: names of the columns to read; by default all, or in a ``.c3d`` those named like a muscle.
        band: band-pass for raw signals [Hz].
        low_pass: low-pass for rectified signals [Hz].
        fps: samples per second, in place of the file's times.

    Raises:
        MotionFormatError: the file cannot be read, a column is missing, or values are missing for long.
        AnalysisError: an unknown kind, or filters that the rate does not allow.
        OptionalDependencyError: a ``.c3d`` without ezc3d.
    """
    check_choice("the kind of an EMG", kind, KINDS, error=AnalysisError)
    where = os.fspath(path)
    times, labels, values, notes = _signals(path, fps)
    wanted = list(labels) if channels is None else list(channels)
    if channels is None and where.lower().endswith(".c3d"):
        wanted = [label for label in labels if muscles_of_channel(label)]
    missing = [name for name in wanted if name not in labels]
    if missing or not wanted:
        lacking = f"no column {missing[0]!r}" if missing else "no channel is named like a muscle"
        raise MotionFormatError(f"{where}: {lacking}; its columns are {', '.join(labels) or 'none'}")
    values = values[:, [labels.index(name) for name in wanted]]
    values, filled = _filled(times, values, wanted, where)
    notes += filled
    raw = kind == "raw"
    if kind == "auto":
        raw = bool(looks_raw(values, (len(times) - 1) / float(times[-1] - times[0])).mean() > 0.5)
    if raw:
        rate = (len(times) - 1) / float(times[-1] - times[0])
        notes.append(
            f"raw signals at {rate:.0f} Hz: band-pass {band[0]:g} to {min(band[1], 0.45 * rate):g} Hz, rectified, "
            f"low-pass {low_pass:g} Hz; filters of the fourth order, forward and backward"
        )
        times, values = linear_envelope(times, values, band=band, low_pass=low_pass)
    elif kind == "rectified":
        notes.append(f"rectified signals: low-pass {low_pass:g} Hz of the fourth order, forward and backward")
        times, values = smooth(times, np.abs(values), low_pass=low_pass)
    else:
        notes.append("used as envelopes, without a filter")
    sides = {side_of_channel(name) for name in wanted}
    return Emg(times, tuple(wanted), values, sides.pop() if len(sides) == 1 else "", tuple(notes))


def _signals(path: str | os.PathLike[str], fps: float | None) -> tuple[Array, tuple[str, ...], Array, list[str]]:
    """Return times (n,), names, values (n, k) and notes of a file."""
    if os.fspath(path).lower().endswith(".c3d"):
        signals = read_lab_signals(Path(path))
        if not signals.analog:
            raise MotionFormatError(f"{os.fspath(path)}: no analog channels other than those of the force plates")
        values = np.stack(list(signals.analog.values()), axis=1)
        return signals.times, tuple(signals.analog), values, list(signals.notes)
    table = read_table(path, fps=fps)
    return table.times, table.labels, table.values, list(table.notes)


def _filled(times: Array, values: Array, labels: Sequence[str], where: str) -> tuple[Array, list[str]]:
    """Bridge short gaps.

    Raises:
        MotionFormatError: a column with many missing values, or a long gap; the message names it.
    """
    bad = ~np.isfinite(values)
    if not bad.any():
        return values, []
    out, notes = values.copy(), []
    for column in np.flatnonzero(bad.any(axis=0)).tolist():
        lacks = bad[:, column]
        good = np.flatnonzero(~lacks)
        ends = [times[0], *times[good], times[-1]] if good.size else [times[0], times[-1]]
        longest = float(np.diff(ends).max())
        if lacks.mean() > _MISSING or longest > _LONGEST_GAP + 1.5 * float(np.median(np.diff(times))):
            raise MotionFormatError(
                f"{where}: column {labels[column]!r}: {lacks.mean():.0%} of its values are missing, for up to "
                f"{longest:.2f} s; gaps may be up to {_LONGEST_GAP} s"
            )
        out[lacks, column] = np.interp(times[lacks], times[good], values[good, column])
        notes.append(f"{labels[column]}: {int(lacks.sum())} missing values interpolated")
    return out, notes
