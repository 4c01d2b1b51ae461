"""Motions for the body to follow, read from recordings or made from published curves.

A recording becomes a :class:`Motion`; motions fill a :class:`MotionLibrary`, which environments look up.

    motion = read_motion("trial.mot")
    walk = load_motions("walk")[0]
    concatenate((walk, mirror(motion))).save("both.npz")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.motions.bodies import body_of, measured_lengths
    from kinesis_env.motions.edit import change_speed, compact, concatenate, mirror, trim, turn
    from kinesis_env.motions.export import export_motion
    from kinesis_env.motions.formats.loads import read_loads
    from kinesis_env.motions.library import MotionLibrary
    from kinesis_env.motions.load import load_motions, read_motion, read_motions, read_recorded, shipped_names
    from kinesis_env.motions.motion import Motion
    from kinesis_env.motions.pool import MotionPool
    from kinesis_env.motions.recording import LANDMARKS, AngleRecording, PointRecording, Recording
    from kinesis_env.motions.selections import CLIPS, manifest, selected_names

__all__ = [
    "CLIPS",
    "LANDMARKS",
    "AngleRecording",
    "Motion",
    "MotionLibrary",
    "MotionPool",
    "PointRecording",
    "Recording",
    "body_of",
    "change_speed",
    "compact",
    "concatenate",
    "export_motion",
    "load_motions",
    "manifest",
    "measured_lengths",
    "mirror",
    "read_loads",
    "read_motion",
    "read_motions",
    "read_recorded",
    "selected_names",
    "shipped_names",
    "trim",
    "turn",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "bodies": "body_of measured_lengths",
        "edit": "change_speed compact concatenate mirror trim turn",
        "export": "export_motion",
        "formats.loads": "read_loads",
        "library": "MotionLibrary",
        "load": "load_motions read_motion read_motions read_recorded shipped_names",
        "motion": "Motion",
        "pool": "MotionPool",
        "recording": "LANDMARKS AngleRecording PointRecording Recording",
        "selections": "CLIPS manifest selected_names",
    },
)
