"""Reward regression: pin what an environment gives, and have every change found.

    trace = record("Kinesis-Imitate-v0", rewards={"energy": {"weight": 0.2}})
    trace.save("my_rewards.npz")
    report = check("my_rewards.npz")     # a year later, in CI
    assert report.ok, report

With pytest, ``pytest --kinesis-reward-trace=my_rewards.npz`` is the same in one line, and the fixture ``reward_trace``
does it in a test of your own. The shipped ids have traces in the package: :func:`shipped_traces`.
"""

from __future__ import annotations

from pathlib import Path

from kinesis_env.regression.checking import SIMULATION_TOLERANCE, TERM_TOLERANCE, Finding, Report, check
from kinesis_env.regression.reward_trace import RewardTrace
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

_TRACES = Path(__file__).parents[1] / "traces"


def shipped_traces() -> dict[str, Path]:
    """Return the trace of each registered id."""
    return {path.stem: path for path in sorted(_TRACES.glob("*.npz"))}
