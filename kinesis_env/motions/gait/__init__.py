"""Walking and running generated from published curves: a steady gait, or a plan of several segments.

Gait(2.8, running=True).motion(10.0)
GaitPlan((Walk(distance=3.0), TurnInPlace(1.57), Stand(1.0)), seed=1).motion(name="there")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_env.doors import attach

if TYPE_CHECKING:
    from kinesis_env.motions.gait.curves import Curve, published_curves, published_spread
    from kinesis_env.motions.gait.gait import Gait, walk
    from kinesis_env.motions.gait.plan import GaitPlan
    from kinesis_env.motions.gait.segments import Circle, March, Run, Segment, Stand, Step, TurnInPlace, Walk

__all__ = [
    "Circle",
    "Curve",
    "Gait",
    "GaitPlan",
    "March",
    "Run",
    "Segment",
    "Stand",
    "Step",
    "TurnInPlace",
    "Walk",
    "published_curves",
    "published_spread",
    "walk",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "curves": "Curve published_curves published_spread",
        "gait": "Gait walk",
        "plan": "GaitPlan",
        "segments": "Circle March Run Segment Stand Step TurnInPlace Walk",
    },
)
