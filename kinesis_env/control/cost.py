"""The cost of a plan."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.twin import FEATURES, MOTORS
from kinesis_env.typing import Array

__all__ = ["Goal", "Weights", "last_counts", "missed", "total_cost"]


@dataclass(frozen=True)
class Weights:
    """Weights of the residuals, per meter, radian, their rates, and motor unit.

    Attributes:
        position: weight of tracked body positions, divided by the square root of their number [1/m].
        velocity: weight of tracked body velocities, likewise [s/m].
        trunk: weight of the orientation of the pelvis [1/rad].
        spin: weight of the angular velocity of the pelvis [s/rad].
        capture: weight of the capture point, the point on the ground above which the body would come to rest [1/m].
        angle: weight of each hinge angle [1/rad].
        rate: weight of each hinge velocity [s/rad].
        effort: weight of the difference between a motor's control and the reference's.
        change: weight of the difference between a motor's control and its present moment.
        last: factor of the tracking residuals in the last step.
    """

    position: float = 10.0
    velocity: float = 0.8
    trunk: float = 4.0
    spin: float = 0.4
    capture: float = 8.0
    angle: float = 1.0
    rate: float = 0.03
    effort: float = 0.3
    change: float = 0.0
    last: float = 2.0

    def of_features(self) -> Array:
        """Return the weight of each feature, (84,)."""
        out = np.empty(max(part.stop for part in FEATURES.values()))
        for name, part in FEATURES.items():
            out[part] = getattr(self, name)
        for name in ("position", "velocity"):
            out[FEATURES[name]] /= np.sqrt(7.0)
        # The norm of the difference of two rotation matrices is sqrt(2) times the small angle between them.
        out[FEATURES["trunk"]] /= np.sqrt(2.0)
        return out


@dataclass
class Goal:
    """Targets of n bodies for the next H steps.

    Attributes:
        features: features of the reference after each step, (n, H, 84).
        motors: motor controls of the reference during each step, (n, H, 14).
        damping: damping by the muscles about each hinge during each step [N m s/rad], (n, H, 14).
        weight: weight of the tracking residuals in each step, (n, H); 0 beyond the end of a motion.
        low, high: moments that the muscles can produce in each step, in motor units, (n, H, 14).
    """

    features: Array
    motors: Array
    damping: Array
    weight: Array
    low: Array
    high: Array

    def rows(self, rows: NDArray[np.integer[Any]]) -> Goal:
        """Return a copy of the goals of some bodies."""
        return Goal(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})


def last_counts(goal: Goal, weights: Weights) -> Array:
    """Return the factor of each step's tracking cost, (n, H)."""
    out = goal.weight.copy()
    out[:, -1] *= weights.last
    return out


def missed(features: Array, goal: Goal, scale: Array) -> Array:
    """Return the weighted tracking residuals of features (n, H, 84)."""
    residual: Array = (features - goal.features) * scale
    return residual


def total_cost(states: Array, motors: Array, features: Array, goal: Goal, *, weights: Weights, scale: Array) -> Array:
    """Return the cost of plans (n,); infinity where the simulation failed.

    Args:
        states: (n, H + 1, 75).
        motors: (n, H, 14).
        features: (n, H, 84).
        goal: the targets of n bodies.
        weights: weights of the residuals.
        scale: the weight of each feature, (84,).
    """
    miss = missed(features, goal, scale)
    effort = weights.effort * (motors - goal.motors)
    change = weights.change * (motors - states[:, :-1, MOTORS])
    tracking = (last_counts(goal, weights) * (miss * miss).sum(axis=-1)).sum(axis=-1)
    total = tracking + (effort * effort + change * change).sum(axis=(-1, -2))
    return np.where(np.isfinite(total), total, np.inf)
