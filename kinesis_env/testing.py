"""Reward regression: record what an environment gives, and check it in CI; see :mod:`kinesis_env.regression.testing`.

from kinesis_env.testing import check, record

record("Kinesis-Imitate-v0", rewards={"energy": {"weight": 0.2}}).save("my_rewards.npz")
report = check("my_rewards.npz")
assert report.ok, report
"""

from kinesis_env.regression.testing import (
    SIMULATION_TOLERANCE,
    TERM_TOLERANCE,
    Finding,
    Report,
    RewardTrace,
    check,
    record,
    shipped_traces,
)

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
