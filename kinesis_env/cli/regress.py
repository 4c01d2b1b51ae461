"""The commands for reward traces."""

from __future__ import annotations

import argparse
import json

from kinesis_env.cli.config import overrides
from kinesis_env.cli.terminal import named_each, named_progress
from kinesis_env.errors import TraceError
from kinesis_env.regression.plot import plot_report
from kinesis_env.testing import check, record, shipped_traces

__all__ = ["run_check", "run_record"]


def run_record(arguments: argparse.Namespace) -> int:
    """Record a trace."""
    keywords = overrides(None, arguments.set)
    if arguments.config is not None:
        keywords = {"config": arguments.config, **keywords}
    show = named_progress("recorded")
    trace = record(arguments.id, seed=arguments.seed, steps=arguments.steps, on_part=show, **keywords)
    file = trace.save(arguments.out)
    steps = int(trace.lived.sum())
    if arguments.json:
        print(json.dumps({"file": str(file), "steps": steps, "ends": sorted(trace.reached()), **trace.meta}, indent=2))
        return 0
    print(f"{file}: {steps} steps of {arguments.id}; episodes ended {', '.join(sorted(trace.reached()))}")
    print(f"to check it: kinesis-env regress check {file} or pytest --kinesis-reward-trace={file}")
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Check traces, by default the shipped ones of the registered ids."""
    files = arguments.files or [str(path) for path in shipped_traces().values()]
    if arguments.plot and len(files) > 1:
        raise TraceError(f"--plot takes one trace, given {len(files)}")
    reports = [
        check(file, terms_only=arguments.terms_only, tolerance=arguments.tolerance, trust=arguments.trust)
        for file in named_each(files, "checked")
    ]
    for report in reports:
        if arguments.plot:
            plot_report(report, arguments.plot)
    if arguments.json:
        print(json.dumps([{"file": f, **r.as_dict()} for f, r in zip(files, reports, strict=True)], indent=2))
    else:
        print(*reports, sep="\n")
    return 0 if all(report.ok for report in reports) else 1
