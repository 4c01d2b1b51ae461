"""What the muscles did: activity against EMG, gait cycles and their report, synergies.

    emg = read_emg("trial_emg.sto")
    comparison = compare_emg(activity, emg, cycles=gait_cycles(loads, side="r"))
    print(comparison.table())

``docs/muscles.md`` and ``docs/emg.md`` are its pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.analysis.channels import muscles_of_channel, side_of_channel
    from kinesis_env.analysis.cycles import GaitCycles, gait_cycles
    from kinesis_env.analysis.emg import Emg, read_emg
    from kinesis_env.analysis.envelope import linear_envelope
    from kinesis_env.analysis.events import FootEvents, foot_events

__all__ = [
    "Emg",
    "FootEvents",
    "GaitCycles",
    "foot_events",
    "gait_cycles",
    "linear_envelope",
    "muscles_of_channel",
    "read_emg",
    "side_of_channel",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "channels": "muscles_of_channel side_of_channel",
        "cycles": "GaitCycles gait_cycles",
        "emg": "Emg read_emg",
        "envelope": "linear_envelope",
        "events": "FootEvents foot_events",
    },
)
