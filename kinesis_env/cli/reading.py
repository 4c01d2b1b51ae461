"""The options that describe input files: --format, --joint-map and so on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinesis_env.motions.formats import ReadOptions

__all__ = ["FORMAT_NAMES", "add_reading", "reading_of"]

FORMAT_NAMES = ("opensim", "bvh", "amass", "humanml3d", "text-results", "trc", "c3d")


def add_reading(command: argparse.ArgumentParser) -> None:
    """Add the options that describe input files."""
    command.add_argument("--format", choices=FORMAT_NAMES, help="format of all files; default: detected")
    command.add_argument(
        "--joint-map", metavar="MAP.yaml", help="maps landmarks to joint names, for unknown BVH skeletons"
    )
    command.add_argument("--marker-map", metavar="MAP.yaml", help="maps roles to marker names, for unknown marker sets")
    command.add_argument(
        "--rest-joints", metavar="FILE", help="AMASS: joints of the person in the rest pose, .npy or text"
    )
    command.add_argument("--source-fps", type=float, help="frame rate of the files [Hz]; overrides what they say")


def reading_of(arguments: argparse.Namespace) -> ReadOptions:
    """Return the options as an object."""
    from kinesis_env.motions.formats import ReadOptions  # noqa: PLC0415  (slow to load)
    from kinesis_env.motions.formats.joint_names import read_joint_map  # noqa: PLC0415
    from kinesis_env.motions.formats.markers import ROLES  # noqa: PLC0415
    from kinesis_env.motions.formats.smpl import read_rest_joints  # noqa: PLC0415

    return ReadOptions(
        format=arguments.format,
        joint_map=read_joint_map(arguments.joint_map) if arguments.joint_map else None,
        marker_map=read_joint_map(arguments.marker_map, tuple(ROLES)) if arguments.marker_map else None,
        fps=arguments.source_fps,
        rest_joints=read_rest_joints(arguments.rest_joints) if arguments.rest_joints else None,
    )
