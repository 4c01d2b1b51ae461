"""Return types of this package: loads on the feet, joint moments and muscle activity.

All arrays share a leading axis of frames, and ``times`` are on the recording's own clock, which plates and EMG share.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinesis_env.checks import check_array, check_number
from kinesis_env.errors import MotionError
from kinesis_env.typing import Array, Mask

__all__ = ["JointMoments", "Loads", "MuscleActivity"]


@dataclass(frozen=True, eq=False)
class Loads:
    """Measured or estimated forces of the ground on the feet.

    Attributes:
        times: (n,) [s], on the recording's clock.
        force: on the right and the left foot (n, 2, 3) [N], in the order of
            :data:`~kinesis_env.dynamics.instruments.SIDES`, in the world of motions: x forward, y left, z up.
        point: where it acts (n, 2, 3) [m]; meaningless where the force is zero.
        torque: free moment at that point (n, 2, 3) [N m].
        mass: mass of the person [kg]; None if unknown.
        notes: decisions made in reading and scaling the loads, one sentence each.

    Raises:
        MotionError: arrays of other shapes, with a number that is not finite, or times that do not increase.
    """

    times: Array
    force: Array
    point: Array
    torque: Array
    mass: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        times = check_array("loads: times", self.times, np.shape(self.times)[:1], error=MotionError)
        if len(times) < 2 or (np.diff(times) <= 0).any():
            raise MotionError("loads: times must be at least two, and increase")
        object.__setattr__(self, "times", times)
        for key in ("force", "point", "torque"):
            value = check_array(f"loads: {key}", getattr(self, key), (len(times), 2, 3), error=MotionError)
            object.__setattr__(self, key, value)
        if self.mass is not None:
            check_number("loads: mass [kg]", self.mass, above=0.0, error=MotionError)


@dataclass(frozen=True, eq=False)
class Found:
    """Results for every frame of a motion.

    Attributes:
        times: (T,) [s], on the recording's clock.
        notes: one sentence each.
        covered: frames whose loads carry the body (T,); in the others a foot stood off the plates, and the figures are
            meaningless. None if all frames do.
    """

    times: Array
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    covered: Mask | None = field(default=None, kw_only=True)


@dataclass(frozen=True, eq=False)
class JointMoments(Found):
    """Net moments of the joints that a motion requires; with ``times``, ``notes`` and ``covered`` of :class:`Found`.

    Attributes:
        names: the 14 hinges in the order of :data:`~kinesis_env.model.names.JOINTS`.
        moments: (T, 14) [N m], required across the joint in addition to its own stiffness and damping; positive in the
            direction of the coordinate.
        powers: moment times angular velocity (T, 14) [W]; positive where the muscles generate.
        residual: load at the pelvis that neither ground nor joints provide (T, 6): force in the world [N], and moment
            about the pelvis' origin in the pelvis' axes [N m] (roll, pitch, yaw).
        ground_force: on the right and the left foot (T, 2, 3) [N] in the world.
        loads: the ground force with the points where it acts on this body; None if unknown.
    """

    names: tuple[str, ...]
    moments: Array
    powers: Array
    residual: Array
    ground_force: Array
    loads: Loads | None = None


@dataclass(frozen=True, eq=False)
class MuscleActivity(Found):
    """Activity of every muscle; with ``times``, ``notes`` and ``covered`` of :class:`Found`.

    Attributes:
        muscles: their 80 names in the order of the model.
        activation: (T, 80), from 0 to 1.
        excitation: (T, 80), what drives that activation: a + tau(a) da/dt, from 0 to 1.
        force: (T, 80) [N]; positive, tension of muscle and tendon.
        reserve: moments that no muscle could provide (T, 14) [N m].
        saturated: (T, 80), whether a muscle is at its bound.
    """

    muscles: tuple[str, ...]
    activation: Array
    excitation: Array
    force: Array
    reserve: Array
    saturated: Mask
