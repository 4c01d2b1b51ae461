"""Reward traces: recorded once, checked from then on; users import them from :mod:`kinesis_env.testing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.regression.checking import SIMULATION_TOLERANCE, TERM_TOLERANCE, Finding, Report, check
    from kinesis_env.regression.reward_trace import RewardTrace
    from kinesis_env.regression.shipped import shipped_traces
    from kinesis_env.regression.tracing import record

__all__ = [
    "SIMULATION_TOLERANCE",
    "TERM_TOLERANCE",
    "Finding",
    "Report",
    "RewardTrace",
    "check",
    "record",
    "shipped_traces",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "checking": "SIMULATION_TOLERANCE TERM_TOLERANCE Finding Report check",
        "tracing": "record",
        "reward_trace": "RewardTrace",
        "shipped": "shipped_traces",
    },
)
