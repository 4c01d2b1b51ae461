"""Muscle activity: comparison with EMG, gait cycles, gait reports and synergies.

    emg = read_emg("trial_emg.sto")
    comparison = compare_emg(activity, emg, cycles=gait_cycles(loads, side="r"))
    print(comparison.table())

See ``docs/muscles.md`` and ``docs/emg.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.analysis.activity import muscle_activity
    from kinesis_env.analysis.channels import muscles_of_channel, side_of_channel
    from kinesis_env.analysis.comparison import EmgComparison, compare_emg
    from kinesis_env.analysis.control_space import ControlBasis, control_basis
    from kinesis_env.analysis.cycles import GaitCycles, gait_cycles
    from kinesis_env.analysis.emg import Emg, read_emg
    from kinesis_env.analysis.envelope import linear_envelope
    from kinesis_env.analysis.events import FootEvents, foot_events
    from kinesis_env.analysis.factors import Synergies, synergies
    from kinesis_env.analysis.normal import NormalBand, normal_bands
    from kinesis_env.analysis.opensim import write_opensim
    from kinesis_env.analysis.protocols import EMG_PROTOCOLS, KINESIS_EMG, KINESIS_EMG_LONG_HEAD, EmgProtocol
    from kinesis_env.analysis.report import GaitReport, gait_report
    from kinesis_env.analysis.survival import MomentShares, moment_shares
    from kinesis_env.analysis.whole import Analysis, analyze

__all__ = [
    "EMG_PROTOCOLS",
    "KINESIS_EMG",
    "KINESIS_EMG_LONG_HEAD",
    "Analysis",
    "ControlBasis",
    "Emg",
    "EmgComparison",
    "EmgProtocol",
    "FootEvents",
    "GaitCycles",
    "GaitReport",
    "MomentShares",
    "NormalBand",
    "Synergies",
    "analyze",
    "compare_emg",
    "control_basis",
    "foot_events",
    "gait_cycles",
    "gait_report",
    "linear_envelope",
    "moment_shares",
    "muscle_activity",
    "muscles_of_channel",
    "normal_bands",
    "read_emg",
    "side_of_channel",
    "synergies",
    "write_opensim",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "activity": "muscle_activity",
        "channels": "muscles_of_channel side_of_channel",
        "comparison": "EmgComparison compare_emg",
        "control_space": "ControlBasis control_basis",
        "cycles": "GaitCycles gait_cycles",
        "emg": "Emg read_emg",
        "envelope": "linear_envelope",
        "events": "FootEvents foot_events",
        "factors": "Synergies synergies",
        "normal": "NormalBand normal_bands",
        "opensim": "write_opensim",
        "protocols": "EMG_PROTOCOLS EmgProtocol KINESIS_EMG KINESIS_EMG_LONG_HEAD",
        "report": "GaitReport gait_report",
        "survival": "MomentShares moment_shares",
        "whole": "Analysis analyze",
    },
)
