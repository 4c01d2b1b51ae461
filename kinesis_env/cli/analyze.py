"""The command analyze; it returns an exit code."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from typing import Any

from kinesis_env.analysis import EMG_PROTOCOLS, EmgProtocol, analyze
from kinesis_env.cli.bodies import told_body
from kinesis_env.cli.reading import reading_of
from kinesis_env.cli.terminal import named_progress
from kinesis_env.control.solution import Solution
from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.errors import ControlError, EvaluationError
from kinesis_env.evaluation.recorder import read_episode
from kinesis_env.files import is_regular

__all__ = ["HEEL_STRIKE", "emg_protocol", "recorded", "run_analyze"]

#: The alignment available for every recording.
HEEL_STRIKE = "heel-strike"


def run_analyze(arguments: argparse.Namespace) -> int:
    """Analyze a recording, and write the results."""
    require_matplotlib()
    rules = None
    if arguments.alignment is not None or arguments.lag is not None:
        rules = emg_protocol(arguments.alignment or HEEL_STRIKE, arguments.lag)
    analysis = analyze(
        recorded(arguments.recording),
        arguments.loads,
        arguments.emg,
        side=arguments.side,
        belt=arguments.belt,
        mass=arguments.mass,
        protocol=rules,
        reading=reading_of(arguments),
        body=told_body(arguments),
        on_progress=named_progress("analyzed"),
    )
    files = analysis.save(arguments.out)
    if arguments.json:
        print(json.dumps(analysis.as_dict(), indent=1, allow_nan=False))
        return 0
    print(analysis.table())
    for file in files:
        print(os.fspath(file), file=sys.stderr)
    return 0


def emg_protocol(alignment: str, lag: str | None) -> EmgProtocol:
    """Return the protocol of an alignment, with a lag if given."""
    rules = EMG_PROTOCOLS[alignment]
    if lag is None:
        return rules
    return dataclasses.replace(rules, lag="common" if lag == "common" else "each" if lag == "each" else 0)


def recorded(path: str) -> Any:
    """Return the recorded episode or solution in a file; the path itself if the file is anything else."""
    if not path.lower().endswith(".npz") or not is_regular(path):
        return path
    for read, error in ((read_episode, EvaluationError), (Solution.load, ControlError)):
        try:
            return read(path)
        except error:
            continue
    return path
