"""A policy's muscle activity against human EMG, over the gait cycles of all episodes of an evaluation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kinesis_env.analysis import Emg, EmgComparison, EmgProtocol, FootEvents, compare_emg, foot_events
from kinesis_env.analysis.activity import muscle_activity, played_moments, played_states
from kinesis_env.errors import AnalysisError
from kinesis_env.evaluation.recorder import read_episode
from kinesis_env.motions import read_loads, read_recorded

__all__ = ["compare_episodes", "emg_events_of"]


def compare_episodes(
    files: Sequence[str | os.PathLike[str]],
    emg: Emg,
    emg_events: FootEvents,
    *,
    side: str | None = None,
    protocol: EmgProtocol | None = None,
) -> EmgComparison:
    """Compare the muscles of recorded episodes with EMG.

    Args:
        files: files of the episodes, from ``evaluate --record``.
        emg: envelopes.
        emg_events: foot events of the person with the EMG.
        side: the leg of the EMG; by default from its channels, or the leg that fits better.
        protocol: protocol of the comparison, see :func:`~kinesis_env.analysis.compare_emg`.

    Raises:
        AnalysisError: no episode has a whole gait cycle, or channels that cannot be compared.
        EvaluationError: a file that is not an episode.
    """
    activity, events = [], []
    for file in files:
        episode = read_episode(file)
        if len(episode.arrays["time"]) < 3:
            continue  # ended too early to be compared
        activity.append(muscle_activity(episode))
        events.append(foot_events(played_moments(episode), played_states(episode)))
    if not activity:
        raise AnalysisError(f"all {len(files)} episodes end at once: nothing to compare with EMG")
    return compare_emg(activity, emg, events=events, emg_events=emg_events, side=side, protocol=protocol)


def emg_events_of(loads: str | os.PathLike[str] | None, motions: Sequence[str] | str | None) -> FootEvents:
    """Return the foot events of the person with the EMG, from loads or from the single recording that is followed.

    Raises:
        AnalysisError: neither is given; the message says what to give.
        MotionFormatError: a file that cannot be read.
    """
    if loads is not None:
        return foot_events(read_loads(loads))
    named = [motions] if isinstance(motions, str) else list(motions or ())
    if len(named) != 1 or not Path(named[0]).is_file() or Path(named[0]).suffix.lower() == ".npz":
        raise AnalysisError(
            "EMG needs the gait cycles of its recording: give the ground forces that were recorded with it "
            "(--emg-loads), or evaluate on the recording that it belongs to (--motions FILE)"
        )
    return foot_events(motion=read_recorded(named[0]))
