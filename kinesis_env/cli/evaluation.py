"""The commands evaluate and compare; each returns an exit code."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from kinesis_env.analysis import read_emg
from kinesis_env.cli.analyze import emg_protocol
from kinesis_env.cli.bodies import with_body
from kinesis_env.cli.config import overrides
from kinesis_env.cli.terminal import named_progress
from kinesis_env.drawing.matplotlib import require_matplotlib
from kinesis_env.errors import AnalysisError, EvaluationError, PolicyError
from kinesis_env.evaluation.benchmark import Job
from kinesis_env.evaluation.comparison import compare
from kinesis_env.evaluation.emg import compare_episodes, emg_events_of
from kinesis_env.evaluation.minari_dataset import check_minari, mean_return, write_minari
from kinesis_env.evaluation.policy_files import load_policy
from kinesis_env.evaluation.report import write_report
from kinesis_env.evaluation.result import Evaluation
from kinesis_env.evaluation.verification import verify
from kinesis_env.motions.datasets.downloads import is_download
from kinesis_env.motions.datasets.generated import LOCOMOTION, is_generated
from kinesis_env.motions.datasets.kit import KIT_LOCOMOTION, is_dataset

__all__ = ["run_compare", "run_evaluate"]

EXIT_INTERRUPTED = 130


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Evaluate a policy, and write the requested outputs."""
    if arguments.minari:
        check_minari(arguments.minari)
    if arguments.report:
        require_matplotlib()
    signals = _Signals(arguments) if arguments.emg else None
    settings: dict[str, Any] = {
        "motions": _motions(arguments.motions, arguments.split),
        "seeds": arguments.seeds,
        "protocol": arguments.protocol,
        "config": with_body(overrides(arguments.config, _assignments(arguments)), arguments),
        "rows": arguments.rows,
        "num_threads": arguments.threads,
    }
    policy = load_policy(arguments.policy, trust=arguments.trust, normalize=arguments.normalize)
    job = Job(policy, arguments.env, exact=not arguments.batched, backend=arguments.backend, **settings)
    count = _Count(named_progress("evaluated"))
    with ExitStack() as stack:
        record = arguments.record
        if (arguments.minari or signals is not None) and record is None:
            record = stack.enter_context(tempfile.TemporaryDirectory(prefix="kinesis-"))
        try:
            evaluation = job.run(
                folder=arguments.keep,
                fresh=arguments.fresh,
                record=record,
                record_physics=arguments.record_physics,
                on_progress=count,
            )
        except KeyboardInterrupt:
            print(f"\nkinesis-env: interrupted; {count.kept(arguments.keep)}", file=sys.stderr)
            return EXIT_INTERRUPTED
        except PolicyError as error:
            raise PolicyError(f"{error}\n{count.kept(arguments.keep)}") from error
        if arguments.minari:
            files = [job.recorded(record, case) for case in job.cases]
            floor = Job(load_policy("zero"), arguments.env, **settings).run(folder=arguments.keep)
            write = partial(write_minari, files, arguments.minari, policy=evaluation.name(), author=arguments.author)
            print(f"data set: {write(scores=(mean_return(floor), mean_return(evaluation)))}", file=sys.stderr)
        comparison = None
        if signals is not None:
            evaluation, comparison = signals.added(evaluation, [job.recorded(record, case) for case in job.cases])
    _write(arguments, job, evaluation, comparison)
    return 0


def _assignments(arguments: argparse.Namespace) -> list[str]:
    """Return the settings of the command line, including pushes."""
    return arguments.set if arguments.pushes is None else [*arguments.set, f"push={arguments.pushes!r}"]


def run_compare(arguments: argparse.Namespace) -> int:
    """Print the paired differences of two evaluations, or whether a claimed one holds."""
    if arguments.verify:
        return _verify(arguments)
    if arguments.second is None or arguments.policy is not None:
        raise EvaluationError("compare takes two files, or --verify with one file and its --policy")
    comparison = compare(Evaluation.load(arguments.first), Evaluation.load(arguments.second))
    print(json.dumps(comparison.to_mapping(), indent=1) if arguments.json else comparison.table())
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.second is not None or arguments.policy is None:
        raise EvaluationError("--verify takes one file and its --policy")
    policy = load_policy(arguments.policy, trust=arguments.trust)
    found = verify(Evaluation.load(arguments.first), policy, on_progress=named_progress("run again"))
    print(json.dumps(found.to_mapping(), indent=1) if arguments.json else found.table())
    return 0 if found.holds else 1


class _Signals:
    """EMG to compare with an evaluation; read before the episodes, so that a wrong file is reported at once."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._side = arguments.emg_side
        self._protocol = emg_protocol(arguments.alignment, arguments.lag)
        self._emg = read_emg(arguments.emg)
        self._events = emg_events_of(arguments.emg_loads, arguments.motions)

    def added(self, evaluation: Evaluation, files: Sequence[Path]) -> tuple[Evaluation, str]:
        """Return the evaluation with the comparison, and its table."""
        try:
            found = compare_episodes(files, self._emg, self._events, side=self._side, protocol=self._protocol)
        except AnalysisError as error:  # a policy that falls before it takes a step
            about: dict[str, Any] = {"alignment": self._protocol.alignment, "mean_r": None, "notes": [str(error)]}
            return dataclasses.replace(evaluation, emg=about), f"EMG: {error}"
        return dataclasses.replace(evaluation, emg=found.as_dict()), found.table()


class _Count:
    """A progress counter that remembers its state."""

    def __init__(self, show: Callable[[int, int, str], None]) -> None:
        self._show = show
        self.done = self.total = 0

    def __call__(self, done: int, total: int, named: str) -> None:
        self.done, self.total = done, total
        self._show(done, total, named)

    def kept(self, folder: str) -> str:
        """Return a message about what is kept, and how to continue."""
        if not self.done:
            return "no episode was finished"
        return f"{self.done} of {self.total} episodes are kept in {folder}. Run the same command again to continue"


def _write(arguments: argparse.Namespace, job: Job, evaluation: Evaluation, comparison: str | None) -> None:
    written = []
    if arguments.out:
        evaluation.save(arguments.out)
        written.append(("figures", arguments.out))
    if arguments.report:
        page = write_report(evaluation, arguments.report, job.film, named_progress("filmed"))
        written.append(("report", page))
    if arguments.record:
        written.append(("episodes", arguments.record))
    if arguments.json:
        print(json.dumps(evaluation.to_mapping(), indent=1))
        return
    print(evaluation.table())
    if comparison is not None:
        print(f"\n{comparison}")
    for what, path in written:
        print(f"{what:<10} {path}")


def _motions(motions: list[str] | None, split: str | None) -> str | list[str] | None:
    if split is None:
        return motions[0] if motions is not None and len(motions) == 1 else motions
    if motions is None:
        return f"split:{split}"
    if (
        len(motions) == 1
        and ":" not in motions[0]
        and any(known(motions[0]) for known in (is_dataset, is_download, is_generated))
    ):
        return f"{motions[0]}:{split}"
    raise EvaluationError(
        f"--split needs one data set in --motions, such as {KIT_LOCOMOTION} or {LOCOMOTION}, or no --motions for the "
        f"shipped motions, given {motions}"
    )
