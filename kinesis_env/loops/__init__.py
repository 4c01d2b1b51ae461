"""The inner loops of a step as plain Python functions, for Numba to compile; see :mod:`kinesis_env.loops.compiled`.

Each duplicates array code elsewhere in the package, and is here because it makes a step at least 5 % shorter
(``benchmarks/loops.py``). After one step from the same state both agree: the state to 1e-12, the reward to 1e-9.
"""

from __future__ import annotations

from kinesis_env.loops.bodies import gather, observation
from kinesis_env.loops.physics import servo
from kinesis_env.loops.tracking import comparison, window

__all__ = ["comparison", "gather", "observation", "servo", "window"]
