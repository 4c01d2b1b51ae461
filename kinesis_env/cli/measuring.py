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
        help="run a policy over motions or seeds, and measure it",
        description="Run a policy over every clip from its start (or over seeds, for a task without clips), and "
        "measure it. An interrupted run continues where it stopped. docs/evaluation.md defines every figure.",
    )
    add_body(run)
    run.add_argument(
        "policy",
        metavar="POLICY",
        help="zero, random, passive, servo or tracker; solution:FILE or DIR of kinesis-env track; module:factory or "
        "file.py:factory; an .onnx or TorchScript (.pt) file; sb3:ALGORITHM:model.zip with --trust; "
        "subspace:keep:6:EPISODES:POLICY, with 6 components of the actions in recorded episodes (or remove)",
    )
    run.add_argument("--env", default="Kinesis-Imitate-v0", metavar="ID", help="default: Kinesis-Imitate-v0")
    run.add_argument("--motions", nargs="+", metavar="M", help="shipped names or patterns, files, folders, data sets")
    run.add_argument(
        "--split", choices=("train", "test"), help="of the shipped motions, or of the data set in --motions"
    )
    run.add_argument("--seeds", type=int, metavar="N", help="attempts; default: 1 a clip, 100 for a task without clips")
    run.add_argument(
        "--protocol",
        choices=("kinesis", "musclemimic", "pushed"),
        help="a published one: 0.5 m on average ends a clip; or 0.3 m seen from the pelvis, at 100 Hz; or that of "
        "KINESIS with pushes of 20 N s every 2 to 4 s",
    )
    run.add_argument(
        "--pushes",
        type=float,
        nargs="?",
        const=20.0,
        metavar="N s",
        help="push the pelvis at random with this impulse; default: 20. The same as --set push=20",
    )
    run.add_argument("--config", metavar="FILE", help="a YAML file over the preset of the id")
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. termination_distance=0.3")
    run.add_argument("--rows", type=int, default=64, help="episodes side by side; changes the speed only; default: 64")
    run.add_argument(
        "--backend",
        choices=("mujoco", "warp"),
        default="mujoco",
        help="whose physics: MuJoCo's, or MuJoCo Warp's in single precision (the extra `warp`); default: mujoco",
    )
    run.add_argument("--threads", type=int, default=0, help="for the physics; default: one on each core")
    run.add_argument("--batched", action="store_true", help="call the policy with all rows at once: not exact")
    run.add_argument("--trust", action="store_true", help="unpickle a model of Stable-Baselines3: it can run any code")
    run.add_argument(
        "--normalize", metavar="FILE.pkl", help="statistics of the model's VecNormalize, with --trust; also sb3:PPO:A,B"
    )
    run.add_argument(
        "--keep",
        default=".kinesis-evaluation",
        metavar="DIR",
        help="of finished episodes; default: .kinesis-evaluation",
    )
    run.add_argument("--fresh", action="store_true", help="run episodes again that are cached")
    run.add_argument("--out", metavar="OUT.json", help="write the figures, hashes and versions to a file, for compare")
    run.add_argument("--json", action="store_true", help="print them as JSON")
    run.add_argument("--report", metavar="DIR", help="write a page of plots and films (needs the extra 'plot')")
    run.add_argument("--record", metavar="DIR", help="write each episode: states, excitations, mean forces of steps")
    run.add_argument("--record-physics", action="store_true", help="with the forces of every physics step")
    run.add_argument(
        "--minari", metavar="NAME", help="make a Minari data set of the episodes (needs the extra 'minari')"
    )
    run.add_argument("--author", metavar="NAME", default="", help="of the data set")
    run.add_argument("--emg", metavar="F", help="compare the muscles with EMG (.sto, .mot, .csv, .c3d): docs/emg.md")
    run.add_argument(
        "--emg-loads",
        metavar="F",
        help="ground forces recorded with it; default: the steps of the one file in --motions",
    )
    run.add_argument("--emg-side", choices=("l", "r"), help="its leg; default: what its channels say, or fits better")
    _add_alignment(run, "heel-strike")
    outputs = {"keep": FOLDER, "out": FILE, "report": PLOTS, "record": FOLDER}
    run.set_defaults(run=command_of("evaluation", "run_evaluate"), outputs=outputs)
    pair = commands.add_parser("compare", help="compare two evaluations, clip by clip; or run one again and check it")
    pair.add_argument("first", metavar="A.json", help="written by kinesis-env evaluate --out")
    pair.add_argument("second", metavar="B.json", nargs="?")
    pair.add_argument(
        "--verify", action="store_true", help="run A.json's --policy again: exit code 1 if A does not hold"
    )
    pair.add_argument("--policy", metavar="FILE", help="what A.json is said to be of, as for evaluate")
    pair.add_argument("--trust", action="store_true", help="unpickle a model of Stable-Baselines3: it can run any code")
    pair.add_argument("--json", action="store_true", help="print the differences as JSON")
    pair.set_defaults(run=command_of("evaluation", "run_compare"))


def add_analysis_command(commands: Commands) -> None:
    """Add analyze."""
    look = commands.add_parser(
        "analyze",
        help="say what the muscles did in a recording, against force plates and EMG",
        description="Joint moments, ground forces, muscle activity, gait figures and metabolic cost of a recording; "
        "with force plates where there are some, and against EMG. Writes figures, a page of plots, and OpenSim's "
        "tables. docs/muscles.md and docs/emg.md define every figure.",
    )
    add_body(look)
    look.add_argument(
        "recording",
        metavar="RECORDING",
        help="a recording of any format, a motion, an episode of evaluate --record, or a solution of track",
    )
    look.add_argument(
        "--loads", metavar="F", help="ground forces on the same clock (.mot, .sto, .csv, .c3d); default: estimated"
    )
    look.add_argument("--emg", metavar="F", help="EMG on the same clock (.sto, .mot, .csv, .c3d), raw or envelopes")
    look.add_argument(
        "--side", choices=("l", "r"), help="leg of the EMG; default: what its channels say, or fits better"
    )
    look.add_argument("--belt", type=float, metavar="V", help="speed of the treadmill [m/s]; default: found")
    look.add_argument("--mass", type=float, metavar="KG", help="of the person, to check the loads against")
    _add_alignment(look, None)
    add_reading(look)
    look.add_argument("--out", required=True, metavar="DIR", help="where to")
    look.add_argument("--json", action="store_true", help="print the figures as JSON")
    look.set_defaults(run=command_of("analyze", "run_analyze"), outputs={"out": PLOTS})


def _add_alignment(command: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options for aligning muscles and EMG."""
    command.add_argument(
        "--alignment",
        choices=("heel-strike", "kinesis", "kinesis-long-head"),
        default=default,
        help="of gait cycles: from heel strike, or as published (short or long head of biceps); default: "
        + (default or "heel-strike, or kinesis-long-head where the clocks disagree by over 0.1 s"),
    )
    command.add_argument(
        "--lag",
        choices=("0", "common", "each"),
        help="move the EMG by up to 0.1 s, all channels alike or each; default: 0",
    )
