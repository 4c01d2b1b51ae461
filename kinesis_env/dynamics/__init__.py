"""Forces of the body: inverse dynamics, ground reaction forces, and joint moments.

    force = estimate_ground_force(motion)
    force.joint_moment, force.root_residual

All functions accept any object with qpos, qvel and fps: a motion, or the states of a recorded episode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.dynamics.ground_force import FRICTION, GroundForce, estimate_ground_force
    from kinesis_env.dynamics.instruments import SIDES, Instruments
    from kinesis_env.dynamics.inverse import generalized_forces
    from kinesis_env.dynamics.records import JointMoments, Loads, MuscleActivity
    from kinesis_env.dynamics.support import GRAVITY, center_of_mass, needed_support
    from kinesis_env.dynamics.trajectory import Trajectory, accelerations

__all__ = [
    "FRICTION",
    "GRAVITY",
    "SIDES",
    "GroundForce",
    "Instruments",
    "JointMoments",
    "Loads",
    "MuscleActivity",
    "Trajectory",
    "accelerations",
    "center_of_mass",
    "estimate_ground_force",
    "generalized_forces",
    "needed_support",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "support": "GRAVITY center_of_mass needed_support",
        "ground_force": "FRICTION GroundForce estimate_ground_force",
        "instruments": "SIDES Instruments",
        "inverse": "generalized_forces",
        "records": "JointMoments Loads MuscleActivity",
        "trajectory": "Trajectory accelerations",
    },
)
