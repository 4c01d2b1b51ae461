"""The inner loops of a step as plain Python functions, for Numba to compile; see :mod:`kinesis_env.loops.compiled`.

Each does number by number, in the same order, what an expression of NumPy does elsewhere in the package, so that the
same seeds give the same trajectories and rewards with and without it, to the last bit; only the time differs. (The
vectors of an observation are turned by a matrix product in NumPy, whose order of additions is the processor's own: they
agree to the rounding of float32.)
"""

from __future__ import annotations

from kinesis_env.loops.bodies import gather, observation
from kinesis_env.loops.physics import command, servo, troubled
from kinesis_env.loops.tracking import average, blend, closeness, misfit, place, progress, window

__all__ = [
    "average",
    "blend",
    "closeness",
    "command",
    "gather",
    "misfit",
    "observation",
    "place",
    "progress",
    "servo",
    "troubled",
    "window",
]
