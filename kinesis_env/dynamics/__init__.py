"""Forces of the body: inverse dynamics, ground reaction forces, joint moments, and the muscles behind them.

    motion = read_recorded("trial_ik.mot")                     # of kinesis_env.motions, as read_loads
    moments = inverse_dynamics(motion, read_loads("trial_grf.mot"))
    activity = static_optimization(motion, moments)

All functions accept any object with qpos, qvel and fps: a motion, a recording as it was, or the states of a recorded
episode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.dynamics.ground_force import (
        FRICTION,
        MEASURED,
        ROOT_ONLY,
        ForceCosts,
        GroundForce,
        estimate_ground_force,
    )
    from kinesis_env.dynamics.instruments import SIDES, Instruments
    from kinesis_env.dynamics.inverse import generalized_forces
    from kinesis_env.dynamics.metabolic import METABOLIC_MODELS, MetabolicCost, metabolic_cost
    from kinesis_env.dynamics.moments import inverse_dynamics
    from kinesis_env.dynamics.optimization import static_optimization
    from kinesis_env.dynamics.recorded import RecordedMotion
    from kinesis_env.dynamics.records import JointMoments, Loads, MuscleActivity
    from kinesis_env.dynamics.support import GRAVITY, center_of_mass, needed_support
    from kinesis_env.dynamics.trajectory import Trajectory, accelerations, times_of

__all__ = [
    "FRICTION",
    "GRAVITY",
    "MEASURED",
    "METABOLIC_MODELS",
    "ROOT_ONLY",
    "SIDES",
    "ForceCosts",
    "GroundForce",
    "Instruments",
    "JointMoments",
    "Loads",
    "MetabolicCost",
    "MuscleActivity",
    "RecordedMotion",
    "Trajectory",
    "accelerations",
    "center_of_mass",
    "estimate_ground_force",
    "generalized_forces",
    "inverse_dynamics",
    "metabolic_cost",
    "needed_support",
    "static_optimization",
    "times_of",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "ground_force": "FRICTION MEASURED ROOT_ONLY ForceCosts GroundForce estimate_ground_force",
        "instruments": "SIDES Instruments",
        "inverse": "generalized_forces",
        "metabolic": "METABOLIC_MODELS MetabolicCost metabolic_cost",
        "moments": "inverse_dynamics",
        "optimization": "static_optimization",
        "recorded": "RecordedMotion",
        "records": "JointMoments Loads MuscleActivity",
        "support": "GRAVITY center_of_mass needed_support",
        "trajectory": "Trajectory accelerations times_of",
    },
)
