"""The musculoskeletal model: anatomy tables, names, muscle curves and conditions, and its kinematics."""

from kinesis_env.model.conditions import Conditions
from kinesis_env.model.frames import Frames
from kinesis_env.model.muscles import ACTION_MODES, MuscleCurves, Muscles
from kinesis_env.model.names import JOINTS, LOWER_BODY, TRACKED_BODIES, ModelNames, load_model, shared_model

__all__ = [
    "ACTION_MODES",
    "JOINTS",
    "LOWER_BODY",
    "TRACKED_BODIES",
    "Conditions",
    "Frames",
    "ModelNames",
    "MuscleCurves",
    "Muscles",
    "load_model",
    "shared_model",
]
