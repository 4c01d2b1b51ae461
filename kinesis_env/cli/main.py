"""``kinesis-env``: the package from the command line. Every command is one call into the package."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from kinesis_env.cli.bodies import add_body
from kinesis_env.cli.measuring import add_analysis_command, add_evaluation_commands, command_of
from kinesis_env.cli.outputs import FOLDER, NPZ, NPZ_OR_FOLDER, PLOT, VIDEO
from kinesis_env.cli.reading import add_reading
from kinesis_env.cli.running import run_command
from kinesis_env.cli.terminal import printable_streams
from kinesis_env.drawing.gl import prepare_headless
from kinesis_env.registration import ENV_IDS
from kinesis_env.version import __version__

__all__ = ["main"]

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, 1 if a check did not pass, 2 if it failed."""
    with printable_streams():
        arguments = make_parser().parse_args(argv)
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
        prepare_headless()
        return run_command(arguments)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kinesis-env", description="Muscle-driven human locomotion for Gymnasium.")
    parser.add_argument("--version", action="version", version=f"kinesis-env {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_control_commands(commands)
    _add_motion_commands(commands)
    _add_text_command(commands)
    _add_config_command(commands)
    _add_regress_commands(commands)
    add_evaluation_commands(commands)
    add_analysis_command(commands)
    return parser


def _add_control_commands(commands: Commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="follow a motion with the tracking controller or a policy",
        description="Follow a motion in Kinesis-Imitate-v0 with the tracker or a policy, and print metrics. The "
        "tracker plans with the simulator itself, and learns nothing: it shows what the body can do.",
    )
    add_body(demo)
    demo.add_argument(
        "--motion", default="walk", help="a shipped motion, or a file of any supported format; default: walk"
    )
    demo.add_argument("--video", metavar="OUT.mp4", help="write a video (needs the extra 'video' and OpenGL)")
    demo.add_argument("--plot", metavar="OUT.png", help="write a plot (needs the extra 'plot')")
    demo.add_argument("--live", action="store_true", help="plan, even if a solution is shipped")
    demo.add_argument("--policy", metavar="POLICY", help="a policy to use in place of the tracker, as for evaluate")
    demo.add_argument("--trust", action="store_true", help="unpickle a Stable-Baselines3 model, which can run any code")
    demo.add_argument("--json", action="store_true", help="print the figures as JSON")
    demo.set_defaults(run=command_of("control", "run_demonstration"), outputs={"plot": PLOT, "video": VIDEO})
    track = commands.add_parser(
        "track",
        help="find muscle excitations that follow motions, and write them to files",
        description="Follow motions with the tracker, which backtracks where it strays, and write a solution for each: "
        "actions, states, moments, metrics and versions. `evaluate solution:FILE` plays a solution. Existing solutions "
        "are kept, so that an interrupted run continues with the rest.",
    )
    add_body(track)
    track.add_argument("motions", nargs="+", metavar="MOTION", help="shipped names or patterns, files, folders")
    track.add_argument("--out", metavar="FILE|DIR", help="output: a file (.npz) for one motion, or a folder")
    track.add_argument(
        "--minari",
        metavar="NAME",
        help="write a Minari data set of episodes from perturbed starts (needs the extra 'minari')",
    )
    track.add_argument("--author", metavar="NAME", default="", help="author of the data set")
    track.add_argument("--seeds", type=int, default=4, help="episodes per motion in the data set; default: 4")
    track.add_argument("--noise", type=float, default=0.0, help="excitation noise of these episodes; default: 0")
    track.add_argument("--mode", choices=("excitation", "length"), default="excitation", help="default: excitation")
    track.add_argument("--physics-rate", type=float, default=150.0, help="physics steps per second; default: 150")
    track.add_argument("--control-rate", type=float, default=30.0, help="actions per second; default: 30")
    track.add_argument("--threads", type=int, default=0, help="threads for planning; default: one per core")
    track.add_argument("--fresh", action="store_true", help="track again, even if there is a solution")
    track.add_argument("--json", action="store_true", help="print the figures as JSON")
    track.set_defaults(run=command_of("control", "run_track"), outputs={"out": NPZ_OR_FOLDER})
    play = commands.add_parser(
        "play",
        help="show the tracker in a window: a motion, a prompt or an environment",
        description="Show the tracker in a window. The space bar pushes the body; the arrow keys steer it in "
        "Kinesis-Direction-v0.",
    )
    add_body(play)
    play.add_argument(
        "what", metavar="MOTION|PROMPT|ID", help="a shipped motion, a file, a prompt, or an environment id"
    )
    play.add_argument("--mode", choices=("excitation", "length"), default="excitation", help="default: excitation")
    play.add_argument("--seed", type=int, default=0, help="seed of the first episode")
    play.add_argument("--episodes", type=int, default=1, help="number of episodes; default: 1")
    play.add_argument("--config", metavar="FILE", help="a YAML file that overrides the preset of the id")
    play.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. excitation_noise=0.1")
    play.set_defaults(run=command_of("control", "run_play"))


def _add_config_command(commands: Commands) -> None:
    config = commands.add_parser(
        "config",
        help="print the configuration of an environment as YAML",
        description="Print the configuration of an environment as YAML, with a comment on each setting. Save it, edit "
        "it, and create the environment with config='FILE'.",
    )
    add_body(config)
    config.add_argument("id", metavar="ID", help=", ".join(ENV_IDS))
    config.add_argument("--config", metavar="FILE", help="a YAML file that overrides the preset")
    config.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. rewards.energy.weight=0")
    config.add_argument("--json", action="store_true", help="print it as JSON, without comments")
    config.set_defaults(run=command_of("config", "run_config"))


def _add_regress_commands(commands: Commands) -> None:
    regress = commands.add_parser(
        "regress",
        help="record the rewards of an environment, and detect changes",
        description="A trace contains short episodes of an environment: actions, states, rewards and terminations. A "
        "check computes the rewards of the recorded states again, and simulates the episodes again.",
    )
    kinds = regress.add_subparsers(metavar="record|check", required=True)
    record = kinds.add_parser("record", help="write a trace")
    record.add_argument("id", metavar="ID", help=", ".join(ENV_IDS))
    record.add_argument("--out", required=True, metavar="FILE.npz", help="output file")
    record.add_argument(
        "--config", metavar="FILE", help="a YAML file that overrides the preset; a check reads it again"
    )
    record.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. rewards.energy.weight=0")
    record.add_argument("--seed", type=int, default=0, help="seed of the episodes; default: 0")
    record.add_argument("--steps", type=int, default=30, help="steps of each episode; default: 30")
    record.add_argument("--json", action="store_true", help="print a summary as JSON")
    record.set_defaults(run=command_of("regress", "run_record"), outputs={"out": NPZ})
    check = kinds.add_parser("check", help="compare with a trace; the exit code is 1 if anything differs")
    check.add_argument("files", nargs="*", metavar="FILE.npz", help="default: the shipped trace of every id")
    check.add_argument("--terms-only", action="store_true", help="check recorded states only, without simulation")
    check.add_argument("--tolerance", type=float, default=1e-6, help="tolerance of simulated values; default: 1e-6")
    check.add_argument("--trust", action="store_true", help="let the traces run the code that they name")
    check.add_argument("--plot", metavar="OUT.png", help="plot expected and actual values (needs the extra 'plot')")
    check.add_argument("--json", action="store_true", help="print the reports as JSON")
    check.set_defaults(run=command_of("regress", "run_check"), outputs={"plot": PLOT})


def _add_motion_commands(commands: Commands) -> None:
    convert = commands.add_parser(
        "convert",
        help="convert recordings of any supported format to motions of this body",
        description="Convert recordings (BVH, SMPL, joint positions, OpenSim, C3D, TRC; docs/formats.md lists them) to "
        "motions of this body. A second run converts only new files.",
    )
    add_body(convert)
    convert.add_argument("files", nargs="+", metavar="FILE", help="recordings, or folders of them")
    convert.add_argument("--out", required=True, metavar="DIR", help="output folder")
    add_reading(convert)
    convert.add_argument("--fps", type=float, default=30.0, help="frame rate of the motions [Hz]; default: 30")
    convert.add_argument("--keep-size", action="store_true", help="do not scale the path by leg length")
    convert.add_argument(
        "--trunk",
        choices=("pelvis", "carry"),
        default="pelvis",
        help="orientation of the trunk: that of the recorded pelvis, or of the recorded trunk (carry); default: pelvis",
    )
    convert.add_argument("--keep-bad", action="store_true", help="keep motions that are flagged as bad")
    convert.add_argument("--jobs", type=int, default=0, help="processes; default: one per core")
    convert.add_argument("--json", action="store_true", help="print outcomes and figures as JSON")
    convert.set_defaults(run=_motion_command("run_convert"), outputs={"out": FOLDER})
    look = commands.add_parser("inspect", help="show how well a motion fits this body")
    add_body(look)
    look.add_argument(
        "file", metavar="FILE", help="a motion file of any supported format, a folder or a shipped motion"
    )
    add_reading(look)
    look.add_argument("--plot", metavar="OUT.png", help="write a plot (needs the extra 'plot')")
    look.add_argument("--video", metavar="OUT.mp4", help="write a video (needs the extra 'video' and OpenGL)")
    look.add_argument("--json", action="store_true", help="print the figures as JSON")
    look.set_defaults(run=_motion_command("run_inspect"), outputs={"plot": PLOT, "video": VIDEO})
    out = commands.add_parser(
        "export",
        help="write a motion or a recorded episode as OpenSim's .mot, as BVH or as CSV",
        description="Write motions, or an episode recorded by evaluate --record, in another format: OpenSim's .mot "
        "(this body's angles under OpenSim's names), BVH (for Blender) or CSV.",
    )
    add_body(out)
    out.add_argument("what", metavar="MOTION|EPISODE", help="a shipped motion, a file, a folder or an episode")
    out.add_argument("--to", required=True, choices=("mot", "bvh", "csv"), help="output format")
    out.add_argument("--out", required=True, metavar="FILE|DIR", help="output file, or a folder for several motions")
    out.set_defaults(run=_motion_command("run_export"))
    prepare = commands.add_parser(
        "prepare",
        help="convert a downloaded data set",
        description="Convert a data set that you downloaded to motions of this body: kit-locomotion (the KIT part of "
        "AMASS; @2025, @icra2026 and @musclemimic are versions of its split), lafan1, 100style, bones-seed or cmu "
        "(BVH). An interrupted run continues where it stopped.",
    )
    prepare.add_argument("dataset", metavar="NAME", help="kit-locomotion[@VERSION], lafan1, 100style, bones-seed, cmu")
    prepare.add_argument("folder", nargs="?", metavar="FOLDER", help="your download")
    prepare.add_argument("--amass", metavar="DIR", help="your AMASS download, in place of FOLDER")
    prepare.add_argument(
        "--out", metavar="DIR", help="folder for data sets; default: $KINESIS_DATA, or your data folder"
    )
    prepare.add_argument("--jobs", type=int, default=0, help="processes; default: one per core")
    prepare.add_argument("--json", action="store_true", help="print the counts and the rejected files as JSON")
    prepare.set_defaults(run=_motion_command("run_prepare"), outputs={"out": FOLDER})
    make = commands.add_parser(
        "generate",
        help="generate the benchmark kinesis-locomotion-v0: hours of locomotion from a seed",
        description="Generate the benchmark kinesis-locomotion-v0: hours of walking, running and turning from a seed, "
        "with a split and a checksum, the same on every machine. An interrupted run continues where it stopped.",
    )
    make.add_argument("--hours", type=float, default=1.9, help="hours of motion; default: 1.9, the benchmark")
    make.add_argument("--seed", type=int, default=0, help="default: 0, the benchmark")
    make.add_argument("--out", metavar="DIR", help="folder for data sets; default: $KINESIS_DATA, or your data folder")
    make.add_argument("--jobs", type=int, default=0, help="processes; default: one per core")
    make.add_argument("--json", action="store_true", help="print the counts and the checksum as JSON")
    make.set_defaults(run=_motion_command("run_generate"), outputs={"out": FOLDER})


def _add_text_command(commands: Commands) -> None:
    text = commands.add_parser(
        "text",
        help="generate the motion of a prompt",
        description="Generate the motion of a prompt such as 'walk forward, then turn left', and print how it was "
        "understood and what the motion does.",
    )
    add_body(text)
    text.add_argument("prompt", metavar="PROMPT", help="what the body is to do")
    text.add_argument("--out", metavar="FILE.npz", help="save the motion")
    text.add_argument("--seed", type=int, default=0, help="variant of the motion; default: 0")
    text.add_argument(
        "--duration", type=float, metavar="SECONDS", help="duration of the motion; default: as long as the prompt takes"
    )
    text.add_argument("--fps", type=float, default=30.0, help="frame rate of the motion [Hz]; default: 30")
    text.add_argument(
        "--generator", default="builtin", help="builtin, folder:PATH, module:function or a plug-in; default: builtin"
    )
    text.add_argument("--video", metavar="OUT.mp4", help="write a video (needs the extra 'video' and OpenGL)")
    text.add_argument("--json", action="store_true", help="print the figures as JSON")
    text.set_defaults(run=command_of("text", "run_text"), outputs={"out": NPZ, "video": VIDEO})


def _motion_command(name: str) -> Callable[[argparse.Namespace], int]:
    return command_of("motions", name)
