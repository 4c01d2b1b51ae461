"""Protocols to compare muscle activity with EMG: which leg, where a cycle begins, and how far curves may be shifted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kinesis_env.analysis.cycles import STARTS
from kinesis_env.checks import check_choice, check_integer, check_number
from kinesis_env.errors import AnalysisError

__all__ = ["EMG_PROTOCOLS", "KINESIS_EMG", "KINESIS_EMG_LONG_HEAD", "EmgProtocol", "Lag"]

#: How the EMG may be shifted in time: not at all, all channels together, or each on its own.
Lag: TypeAlias = Literal[0, "common", "each"]
_LAGS: Mapping[Lag, str] = {0: "zero lag", "common": "one lag for all channels", "each": "a lag for each channel"}
_EVENTS = {"heel_strike": "heel strike", "single_support": "the other leg's toe-off"}
#: The nine muscles of the published comparison.
_NINE = ("soleus", "gasmed", "gaslat", "tibant", "semimem", "bflh", "vaslat", "recfem", "vasmed")


@dataclass(frozen=True)
class EmgProtocol:
    """How muscle activity and EMG are aligned.

    Attributes:
        start: where a cycle of the muscles begins: "heel_strike", or "single_support", the other leg's toe-off.
        emg_start: where a cycle of the EMG begins; "" for the same event. Two different events shift the EMG relative
            to the muscles by the time between them.
        points: number of points of a cycle.
        outliers: cycles beyond this many standard deviations of the length are omitted.
        lag: 0, "common" or "each": how the EMG may be shifted.
        max_lag: largest shift [s].
        signal: muscle signal, "activation" or "excitation".
        activity_side: the leg whose muscles are compared; "" for the leg of the EMG.
        muscles: use only channels on these muscles; empty for all known ones.
        instead: muscles that replace others, by name, such as a short head for the long one.
        name: name of the protocol.
    """

    start: str = "heel_strike"
    emg_start: str = ""
    points: int = 101
    outliers: float = 2.0
    lag: Lag = 0
    max_lag: float = 0.1
    signal: Literal["activation", "excitation"] = "activation"
    activity_side: str = ""
    muscles: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        check_choice("the start of a gait cycle", self.start, STARTS, error=AnalysisError)
        check_choice("the start of a cycle of the EMG", self.emg_start, ("", *STARTS), error=AnalysisError)
        check_integer("the points of a gait cycle", self.points, 10, 10_000, error=AnalysisError)
        check_number("outliers", self.outliers, above=0.0, error=AnalysisError)
        if isinstance(self.lag, bool) or self.lag not in _LAGS:
            raise AnalysisError(f"lag must be one of 0, 'common', 'each', given {self.lag!r}")
        check_number("max_lag", self.max_lag, 0.0, 1.0, error=AnalysisError)
        check_choice("the signal of the muscles", self.signal, ("activation", "excitation"), error=AnalysisError)
        check_choice("activity_side", self.activity_side, ("", "r", "l"), error=AnalysisError)

    @property
    def alignment(self) -> str:
        """How curves were aligned, in words; belongs on every plot."""
        start = _EVENTS[self.start]
        if self.emg_start not in ("", self.start):
            start += f", of the EMG from {_EVENTS[self.emg_start]}"
        moved = _LAGS[self.lag] + (f" of at most {1000 * self.max_lag:.0f} ms" if self.lag else "")
        return f"cycles from {start}, {moved}"


#: The published protocol of KINESIS (arXiv 2503.14637), as we read it: the left leg's muscles, nine of them, cycles
#: from the contralateral toe-off, cycles beyond two standard deviations of the length dropped, 100 points, no lag.
#: Cycles of EMG begin at heel strike, a tenth of a cycle earlier, so that the EMG is moved later by about that. It
#: compares the short head of biceps femoris with an electrode that is on the long head.
KINESIS_EMG = EmgProtocol(
    start="single_support",
    emg_start="heel_strike",
    points=100,
    activity_side="l",
    muscles=_NINE,
    instead={"bflh": "bfsh"},
    name="KINESIS",
)
#: The same with the long head of biceps femoris, the muscle under the electrode.
KINESIS_EMG_LONG_HEAD = dataclasses.replace(KINESIS_EMG, instead={}, name="KINESIS, long head of biceps")
#: The ways to align by name, as on the command line.
EMG_PROTOCOLS: Mapping[str, EmgProtocol] = {
    "heel-strike": EmgProtocol(),
    "kinesis": KINESIS_EMG,
    "kinesis-long-head": KINESIS_EMG_LONG_HEAD,
}
