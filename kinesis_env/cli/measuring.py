"""The arguments of evaluate, compare and analyze; and lazy loading of commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from kinesis_env.cli.bodies import add_body
from kinesis_env.cli.outputs import FILE, FOLDER, PLOTS
from kinesis_env.cli.reading import add_reading

__all__ = ["add_analysis_command", "add_evaluation_commands", "command_of"]

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def command_of(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that loads its module when it runs."""

    def run(arguments: argparse.Namespace) -> int:
        # Loads MuJoCo, after MUJOCO_GL is set.
        return int(getattr(import_module(f"kinesis_env.cli.{module}"), name)(arguments))

    return run


def add_evaluation_commands(commands: Commands) -> None:
    """Add evaluate and compare."""
    run = commands.add_parser(
        "evaluate",
        help="run a policy over motions or seeds, and compute metrics",
        description="Run a policy over every clip from its start (or over seeds, for a task without clips), and "
        "compute metrics. An interrupted run continues where it stopped. docs/evaluation.md defines every metric.",
    )
    add_body(run)
    run.add_argument(
        "policy",
        metavar="POLICY",
        help="zero, random, passive, servo or tracker; solution:FILE or DIR of kinesis-env track; module:factory or "
        "file.py:factory; an .onnx or TorchScript (.pt) file; sb3:ALGORITHM:model.zip with --trust; "
        "subspace:keep:6:EPISODES:POLICY, which keeps 6 components of the actions in recorded episodes (or remove)",
    )
    run.add_argument(
        "--env", default="Kinesis-Imitate-v0", metavar="ID", help="environment id; default: Kinesis-Imitate-v0"
    )
    run.add_argument("--motions", nargs="+", metavar="M", help="shipped names or patterns, files, folders, data sets")
    run.add_argument(
        "--split", choices=("train", "test"), help="split of the shipped motions, or of the data set in --motions"
    )
    run.add_argument(
        "--seeds", type=int, metavar="N", help="number of seeds; default: 1 per clip, 100 for a task without clips"
    )
    run.add_argument(
        "--protocol",
        choices=("kinesis", "musclemimic", "pushed"),
        help="kinesis: a mean distance of 0.5 m ends a clip; musclemimic: 0.3 m relative to the pelvis, at 100 Hz; "
        "pushed: kinesis with pushes of 20 N s every 2 to 4 s",
    )
    run.add_argument(
        "--pushes",
        type=float,
        nargs="?",
        const=20.0,
        metavar="N s",
        help="push the pelvis at random times with this impulse; default: 20. Equal to --set push=20",
    )
    run.add_argument("--config", metavar="FILE", help="a YAML file that overrides the preset of the id")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. termination_distance=0.3")
    run.add_argument("--rows", type=int, default=64, help="episodes in parallel; affects the speed only; default: 64")
    run.add_argument(
        "--backend",
        choices=("mujoco", "warp"),
        default="mujoco",
        help="physics of MuJoCo, or of MuJoCo Warp in single precision (needs the extra 'warp'); default: mujoco",
    )
    run.add_argument("--threads", type=int, default=0, help="physics threads; default: one per core")
    run.add_argument("--batched", action="store_true", help="call the policy once for all rows; not exact")
    run.add_argument("--trust", action="store_true", help="unpickle a Stable-Baselines3 model, which can run any code")
    run.add_argument(
        "--normalize", metavar="FILE.pkl", help="the model's VecNormalize statistics, with --trust; also sb3:PPO:A,B"
    )
    run.add_argument(
        "--keep",
        default=".kinesis-evaluation",
        metavar="DIR",
        help="cache of finished episodes; default: .kinesis-evaluation",
    )
    run.add_argument("--fresh", action="store_true", help="ignore the cache, and run all episodes again")
    run.add_argument("--out", metavar="OUT.json", help="write metrics, hashes and versions to a file, for compare")
    run.add_argument("--json", action="store_true", help="print these as JSON")
    run.add_argument("--report", metavar="DIR", help="write a page of plots and films (needs the extra 'plot')")
    run.add_argument(
        "--record", metavar="DIR", help="write each episode: states, excitations, mean forces of each control step"
    )
    run.add_argument("--record-physics", action="store_true", help="also write the forces of every physics step")
    run.add_argument(
        "--minari", metavar="NAME", help="write a Minari data set of the episodes (needs the extra 'minari')"
    )
    run.add_argument("--author", metavar="NAME", default="", help="author of the data set")
    run.add_argument(
        "--emg", metavar="F", help="compare muscle activations with EMG (.sto, .mot, .csv, .c3d); see docs/emg.md"
    )
    run.add_argument(
        "--emg-loads",
        metavar="F",
        help="ground forces recorded with the EMG; default: the steps of the one file in --motions",
    )
    run.add_argument(
        "--emg-side", choices=("l", "r"), help="leg of the EMG; default: from the channel names, or the better fit"
    )
    _add_alignment(run, "heel-strike")
    outputs = {"keep": FOLDER, "out": FILE, "report": PLOTS, "record": FOLDER}
    run.set_defaults(run=command_of("evaluation", "run_evaluate"), outputs=outputs)
    pair = commands.add_parser(
        "compare", help="compare two evaluations clip by clip, or verify one by running it again"
    )
    pair.add_argument("first", metavar="A.json", help="a file written by kinesis-env evaluate --out")
    pair.add_argument("second", metavar="B.json", nargs="?", help="another such file")
    pair.add_argument(
        "--verify",
        action="store_true",
        help="run the --policy of A.json again; the exit code is 1 if the result differs",
    )
    pair.add_argument("--policy", metavar="FILE", help="the policy of A.json, as for evaluate")
    pair.add_argument("--trust", action="store_true", help="unpickle a Stable-Baselines3 model, which can run any code")
    pair.add_argument("--json", action="store_true", help="print the differences as JSON")
    pair.set_defaults(run=command_of("evaluation", "run_compare"))


def add_analysis_command(commands: Commands) -> None:
    """Add analyze."""
    look = commands.add_parser(
        "analyze",
        help="analyze the muscles in a recording, with force plates and EMG",
        description="Compute joint moments, ground forces, muscle activity, gait parameters and metabolic cost of a "
        "recording, with force plates if there are any, and compare with EMG. Writes the figures, a page of plots, and "
        "OpenSim tables. docs/muscles.md and docs/emg.md define every figure.",
    )
    add_body(look)
    look.add_argument(
        "recording",
        metavar="RECORDING",
        help="a recording of any supported format, a motion, an episode of evaluate --record, or a solution of track",
    )
    look.add_argument(
        "--loads", metavar="F", help="ground forces on the same clock (.mot, .sto, .csv, .c3d); default: estimated"
    )
    look.add_argument("--emg", metavar="F", help="EMG on the same clock (.sto, .mot, .csv, .c3d), raw or envelopes")
    look.add_argument(
        "--side", choices=("l", "r"), help="leg of the EMG; default: from the channel names, or the better fit"
    )
    look.add_argument("--belt", type=float, metavar="V", help="treadmill speed [m/s]; default: estimated")
    look.add_argument("--mass", type=float, metavar="KG", help="mass of the person, to check the loads")
    _add_alignment(look, None)
    add_reading(look)
    look.add_argument("--out", required=True, metavar="DIR", help="output folder")
    look.add_argument("--json", action="store_true", help="print the figures as JSON")
    look.set_defaults(run=command_of("analyze", "run_analyze"), outputs={"out": PLOTS})


def _add_alignment(command: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options for aligning muscles and EMG."""
    command.add_argument(
        "--alignment",
        choices=("heel-strike", "kinesis", "kinesis-long-head"),
        default=default,
        help="alignment of gait cycles: from heel strike, or as published (short or long head of the biceps femoris); "
        "default: " + (default or "heel-strike, or kinesis-long-head if the clocks disagree by more than 0.1 s"),
    )
    command.add_argument(
        "--lag",
        choices=("0", "common", "each"),
        help="shift the EMG by up to 0.1 s, all channels together or each; default: 0",
    )
