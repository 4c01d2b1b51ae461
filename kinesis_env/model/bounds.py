"""Bounds of states: a state beyond them means an unstable simulation or a corrupt file.

Random full excitations of all muscles, in both action modes and at all rates with stable physics, reach 5.5 m/s, 24
rad/s at the root and 137 rad/s in a hinge; sprinters reach 12 m/s.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.model.names import NV
from kinesis_env.typing import Array, Mask

__all__ = ["BEYOND_RANGE", "FARTHEST", "FASTEST", "HIGHEST", "SpeedWatch", "beyond"]

#: Speed of the root [m/s], its rotation [rad/s] and the hinges [rad/s], (20,).
FASTEST: Array = np.repeat((30.0, 100.0, 200.0), (3, 3, NV - 6))
#: Height of the pelvis above or below the ground [m], and its distance from the origin [m].
HIGHEST, FARTHEST = 10.0, 1e5
#: Largest excursion of a hinge beyond its range [rad]; its limits are springs.
BEYOND_RANGE = 0.7


class SpeedWatch:
    """Tells after every step, cheaply, whether any of many states may be out of bounds.

    Speeds are enough: positions stay in bounds as long as they do.

    Args:
        qvel: live view of the velocities, (n, 20).
    """

    def __init__(self, qvel: Array) -> None:
        self._qvel = qvel
        self._per_fastest: Array = np.tile(1.0 / FASTEST, len(qvel))

    def alarmed(self) -> bool:
        """Return whether a speed is beyond its limit, or not a finite number."""
        shares = self._qvel.reshape(-1) * self._per_fastest
        # If the sum of squares is less than one, so is every number.
        if shares.dot(shares) < 1.0:
            return False
        # Written so that a number that is not finite is out of bounds.
        return not (np.maximum.reduce(shares) < 1.0 and np.minimum.reduce(shares) > -1.0)


def beyond(qpos: Array, qvel: Array) -> Mask:
    """Return whether states (n, 21) and (n, 20) are out of bounds or not finite, (n,)."""
    with np.errstate(invalid="ignore"):
        slow = (np.abs(qvel) < FASTEST).all(axis=1)
        near = (np.abs(qpos[:, :2]) < FARTHEST).all(axis=1) & (np.abs(qpos[:, 2]) < HIGHEST)
    within: Mask = slow & near & np.isfinite(qpos).all(axis=1)
    return ~within
