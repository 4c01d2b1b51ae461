"""Forces of the body: what a motion takes, what the ground gives, and what is left to the joints."""

from kinesis_env.dynamics.center_of_mass import GRAVITY, center_of_mass, needed_support
from kinesis_env.dynamics.ground_force import FRICTION, GroundForce, estimate_ground_force
from kinesis_env.dynamics.instruments import SIDES, Instruments
from kinesis_env.dynamics.inverse import generalized_forces
from kinesis_env.dynamics.trajectory import Trajectory, accelerations

__all__ = [
    "FRICTION",
    "GRAVITY",
    "SIDES",
    "GroundForce",
    "Instruments",
    "Trajectory",
    "accelerations",
    "center_of_mass",
    "estimate_ground_force",
    "generalized_forces",
    "needed_support",
]
