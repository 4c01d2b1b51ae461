"""From a recording to a motion of this body, and how well the motion fits it.

motion = retarget(recording, RetargetOptions(fps=60.0))
inspect(motion).flags
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.motions.retargeting.inspection import describe, plot_motion, record_motion
    from kinesis_env.motions.retargeting.other_body import leg_length_of, onto_body
    from kinesis_env.motions.retargeting.physics import Physics, measure_physics
    from kinesis_env.motions.retargeting.quality import FitReport, inspect
    from kinesis_env.motions.retargeting.retarget import RetargetOptions, retarget

__all__ = [
    "FitReport",
    "Physics",
    "RetargetOptions",
    "describe",
    "inspect",
    "leg_length_of",
    "measure_physics",
    "onto_body",
    "plot_motion",
    "record_motion",
    "retarget",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "inspection": "describe plot_motion record_motion",
        "other_body": "leg_length_of onto_body",
        "physics": "Physics measure_physics",
        "quality": "FitReport inspect",
        "retarget": "RetargetOptions retarget",
    },
)
