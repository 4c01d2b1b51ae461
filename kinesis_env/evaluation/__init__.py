"""Running a policy over motions or seeds, and measuring it; see ``docs/evaluation.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.evaluation.benchmark import evaluate
    from kinesis_env.evaluation.comparison import compare
    from kinesis_env.evaluation.emg import compare_episodes
    from kinesis_env.evaluation.measures import METRICS
    from kinesis_env.evaluation.policies import REFERENCE_POLICIES, Passive, Random, Servo, Zero, reference_policy
    from kinesis_env.evaluation.policy import RowPolicy
    from kinesis_env.evaluation.policy_files import load_policy
    from kinesis_env.evaluation.protocols import PROTOCOLS
    from kinesis_env.evaluation.recorder import read_episode
    from kinesis_env.evaluation.report import write_report
    from kinesis_env.evaluation.result import Evaluation
    from kinesis_env.evaluation.subspace import basis_of_episodes, control_subspace
    from kinesis_env.evaluation.sweep import DIMENSIONS, Redundancy, redundancy
    from kinesis_env.evaluation.verification import Verification, verify

__all__ = [
    "DIMENSIONS",
    "METRICS",
    "PROTOCOLS",
    "REFERENCE_POLICIES",
    "Evaluation",
    "Passive",
    "Random",
    "Redundancy",
    "RowPolicy",
    "Servo",
    "Verification",
    "Zero",
    "basis_of_episodes",
    "compare",
    "compare_episodes",
    "control_subspace",
    "evaluate",
    "load_policy",
    "read_episode",
    "redundancy",
    "reference_policy",
    "verify",
    "write_report",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "benchmark": "evaluate",
        "comparison": "compare",
        "emg": "compare_episodes",
        "measures": "METRICS",
        "policies": "REFERENCE_POLICIES Passive Random Servo Zero reference_policy",
        "policy": "RowPolicy",
        "policy_files": "load_policy",
        "protocols": "PROTOCOLS",
        "recorder": "read_episode",
        "sweep": "DIMENSIONS Redundancy redundancy",
        "report": "write_report",
        "result": "Evaluation",
        "subspace": "basis_of_episodes control_subspace",
        "verification": "Verification verify",
    },
)
