"""The commands demo, play and track; each function returns an exit code."""

from __future__ import annotations

import argparse
import json
import math
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kinesis_env.cli.bodies import told_body, with_body
from kinesis_env.cli.config import overrides as read_assignments
from kinesis_env.cli.terminal import named_progress
from kinesis_env.control.demo import run_demo
from kinesis_env.control.play import play
from kinesis_env.control.search import track
from kinesis_env.control.solution import Solution, versions
from kinesis_env.errors import ControlError, RenderingError
from kinesis_env.evaluation.acting import PolicyController
from kinesis_env.evaluation.benchmark import Job
from kinesis_env.evaluation.minari_dataset import check_minari, mean_return, write_minari
from kinesis_env.evaluation.policy import settings_of
from kinesis_env.evaluation.policy_files import load_policy
from kinesis_env.motions.load import load_motions, read_motions
from kinesis_env.motions.motion import Motion

__all__ = ["run_demonstration", "run_play", "run_track"]

EXIT_INTERRUPTED = 130
#: Maximum deviation of the starts of a data set's episodes [m], [rad].
START_NOISE = (0.02, math.radians(5.0))
#: Figures of a solution in the terminal: key, label, format.
_FIGURES = (
    ("frame_coverage", "frame coverage", "{:.3f}"),
    ("mpjpe", "MPJPE", "{:.1f} mm"),
    ("worst", "largest error", "{:.0f} mm"),
    ("activation", "mean activation", "{:.3f}"),
    ("muscle_power", "positive muscle power", "{:.2f} W/kg"),
    ("retries", "discarded steps", "{:.0f}"),
    ("seconds", "computing time", "{:.1f} s"),
)


def run_demonstration(arguments: argparse.Namespace) -> int:
    """Follow a motion, and print the figures."""
    show = named_progress("stepped")
    policy = None if arguments.policy is None else load_policy(arguments.policy, trust=arguments.trust)
    trace = run_demo(
        arguments.motion,
        controller=None if policy is None else lambda task: PolicyController(task, policy),
        settings=with_body({} if policy is None else {"action_mode": "length", **settings_of(policy)}, arguments),
        video=arguments.video,
        plot=arguments.plot,
        live=arguments.live,
        on_step=lambda done, total: show(done, total, "steps"),
    )
    summary = trace.summary()
    if arguments.json:
        print(json.dumps(summary, indent=2))
        return 0
    ended = "to the end of the clip" if trace.is_success else f"ended early: {trace.termination_reason}"
    print(f"motion               {summary['clip']} ({summary['clip_seconds']:.2f} s)")
    print(f"tracked              {summary['tracked_seconds']:.2f} s, {ended}")
    print(f"frame coverage       {summary['frame_coverage']:.3f}")
    print(f"MPJPE                {summary['mpjpe_mm']:.1f} mm")
    print(f"mean activation      {summary['mean_activation']:.3f}")
    print(f"mean reward          {summary['mean_reward']:.3f}")
    print(f"environment          {summary['env_steps_per_second']:.0f} steps/s")
    print(f"controller           {summary['controller_ms_per_step']:.0f} ms per step")
    for what, path in (("plot", arguments.plot), ("video", arguments.video)):
        if path is not None:
            print(f"{what:<20} {path}")
    return 0


def run_play(arguments: argparse.Namespace) -> int:
    """Show the tracker in a window, and print how each episode ended."""
    overrides = with_body(read_assignments(arguments.config, arguments.set), arguments)
    try:
        ends = play(
            arguments.what,
            action_mode=arguments.mode,
            seed=arguments.seed,
            episodes=arguments.episodes,
            **overrides,
        )
    except RenderingError as error:
        what = shlex.quote(arguments.what)
        raise RenderingError(
            "cannot open a window: there is no display; write a film instead, with kinesis-env demo --motion MOTION "
            f"--video OUT.mp4 or, for a prompt, kinesis-env text {what} --video OUT.mp4"
        ) from error
    shown = ("clip", "prompt", "frame_coverage", "mpjpe", "distance", "mean_velocity_error", "termination_reason")
    for number, info in enumerate(ends):
        parts = [
            f"{key} {info[key]:.3g}" if isinstance(info[key], float) else f"{key} {info[key]}"
            for key in shown
            if info.get(key) not in (None, "")
        ]
        print(f"episode {number}: {', '.join(parts)}")
    return 0


def run_track(arguments: argparse.Namespace) -> int:
    """Search for solutions of motions and write them, or make a data set of tracked episodes."""
    if not (arguments.out or arguments.minari):
        raise ControlError("track has no output: give --out FILE|DIR for solutions, or --minari NAME for a data set")
    motions = _motions(arguments.motions, told_body(arguments))
    if arguments.minari:
        _make_dataset(motions, arguments)
    return _find(motions, arguments) if arguments.out else 0


def _find(motions: Sequence[Motion], arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    single = out.suffix == ".npz"
    if single and len(motions) > 1:
        raise ControlError(f"--out must be a folder for {len(motions)} motions, given the file {str(out)!r}")
    found: list[tuple[Solution, Path]] = []
    for motion in motions:
        target = out if single else out / f"{motion.name}.npz"
        known = _kept(target, motion, arguments)
        if known is None:
            try:
                known = _tracked(motion, target, arguments)
            except KeyboardInterrupt:
                print(
                    f"\nkinesis-env: interrupted; {len(found)} of {len(motions)} motions are done in {out}. "
                    "Run the same command again to continue",
                    file=sys.stderr,
                )
                return EXIT_INTERRUPTED
        found.append((known, target))
        if not arguments.json:
            _tell(known, target)
    if arguments.json:
        figures = [_described(solution, target) for solution, target in found]
        print(json.dumps(figures[0] if len(figures) == 1 else figures, indent=2))
    return 0


def _make_dataset(motions: Sequence[Motion], arguments: argparse.Namespace) -> None:
    """Track motions from perturbed starts, to cover states around them, and store the episodes as a data set."""
    check_minari(arguments.minari)
    config = {
        "action_mode": arguments.mode,
        "physics_rate": arguments.physics_rate,
        "control_rate": arguments.control_rate,
        "excitation_noise": arguments.noise,
        "start_noise": START_NOISE,
        "random_heading": False,
        "body": motions[0].body.description or None,
    }
    with tempfile.TemporaryDirectory(prefix="kinesis-") as folder:
        clips, record = Path(folder) / "clips", Path(folder) / "episodes"
        for motion in motions:
            motion.save(clips / f"{motion.name}.npz")
        jobs = [
            Job(load_policy(name), "Kinesis-Imitate-v0", motions=str(clips), seeds=arguments.seeds, config=config)
            for name in ("zero", "tracker")
        ]
        job = jobs[1]
        scores = mean_return(jobs[0].run()), mean_return(job.run(record=record, on_progress=named_progress("recorded")))
        files = [job.recorded(record, case) for case in job.cases]
        made = write_minari(files, arguments.minari, policy="tracker", author=arguments.author, scores=scores)
        print(f"data set: {made}", file=sys.stderr)


def _tracked(motion: Motion, target: Path, arguments: argparse.Namespace) -> Solution:
    show = named_progress(f"{motion.name}:")
    guess = Solution.load(target) if target.is_file() and not arguments.fresh else None
    solution = track(
        motion,
        action_mode=arguments.mode,
        physics_rate=arguments.physics_rate,
        control_rate=arguments.control_rate,
        num_threads=arguments.threads,
        guess=guess if guess is not None and guess.digest == motion.digest else None,
        on_step=lambda done, total: show(done, total, motion.name),
    )
    solution.save(target)
    return solution


def _kept(target: Path, motion: Motion, arguments: argparse.Namespace) -> Solution | None:
    """Return the solution in the file if it is for this motion, mode, rates and versions."""
    if arguments.fresh or not target.is_file():
        return None
    known = Solution.load(target)
    wanted = motion.digest, arguments.mode, arguments.physics_rate, arguments.control_rate
    return known if known.exact and known.fits(*wanted) else None


def _described(solution: Solution, target: Path) -> dict[str, object]:
    return {
        "motion": solution.motion,
        "file": str(target),
        "action_mode": solution.action_mode,
        "steps": len(solution.actions),
        "metrics": dict(solution.metrics),
        "versions": versions(),
    }


def _tell(solution: Solution, target: Path) -> None:
    seconds = len(solution.actions) / solution.control_rate
    ended = "to the end" if solution.metrics["success"] else "lost"
    print(f"{'motion':<22} {solution.motion}, {seconds:.2f} s, {ended}")
    for key, label, form in _FIGURES:
        print(f"{label:<22} {form.format(solution.metrics[key])}")
    print(f"{'solution':<22} {target}")


def _motions(wanted: Sequence[str], body: dict[str, Any] | None) -> list[Motion]:
    found: list[Motion] = []
    for name in wanted:
        found += read_motions(name, body=body) if Path(name).is_file() else load_motions(name, body=body)
    return found
