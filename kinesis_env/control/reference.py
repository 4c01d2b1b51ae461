"""A reference motion at the control rate, as the tracker needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinesis_env.control.cost import Goal
from kinesis_env.control.twin import MOMENT_UNIT, Twin
from kinesis_env.dynamics import ROOT_ONLY, estimate_ground_force
from kinesis_env.dynamics.allocation import allocate
from kinesis_env.dynamics.probe import Probe
from kinesis_env.model.bodies import Body
from kinesis_env.typing import Array

__all__ = ["Reference", "between", "goals"]


@dataclass(frozen=True)
class _Path:
    qpos: Array
    qvel: Array
    fps: float
    body: Body


@dataclass(frozen=True)
class Reference:
    """A reference motion at the control rate, with the moments, damping and limits along it.

    Attributes:
        features: features of the states, see :mod:`kinesis_env.control.twin`, (T, 84).
        motors: moments of inverse dynamics with the best-fitting ground force, in motor units, (T, 14).
        damping: damping by the muscles about each hinge at the activations of static optimization [N m s/rad], (T, 14).
        low, high: moments that the muscles can produce at their lengths and velocities in the motion, in motor units,
            (T, 14).
    """

    features: Array
    motors: Array
    damping: Array
    low: Array
    high: Array

    @classmethod
    def of(
        cls,
        qpos: Array,
        qvel: Array,
        rate: float,
        *,
        twin: Twin,
        probe: Probe,
        strength: Array | None = None,
        moments: Array | None = None,
        servo: bool = False,
    ) -> Reference:
        """Compute the reference of a motion.

        Args:
            qpos: positions, (T, 21); T is at least 3.
            qvel: velocities, (T, 20).
            rate: frames per second [Hz].
            twin: twin of the body that follows the motion.
            probe: computes the states of its muscles.
            strength: factor of the active force under muscle conditions, (80,).
            moments: muscle moments of an earlier solution for the first k steps, (k, 14) [N m]; they replace the
                moments of inverse dynamics.
            servo: whether excitations come from the servo, which does not excite short muscles fully.
        """
        path = _Path(qpos, qvel, rate, twin.body)
        ground = estimate_ground_force(path, np.zeros(3), costs=ROOT_ONLY, slope=twin.slope)
        moment = twin.mass_scale * ground.joint_moment
        if moments is not None:
            known = moments[: len(moment) - 1]
            moment[: len(known)] = known
        muscles = probe.look(qpos, qvel, None if strength is None else np.broadcast_to(strength, (len(qpos), 80)))
        peak = probe.curves.peak_force
        allowed = probe.curves.most_excitation(muscles.length, muscles.velocity) if servo else 1.0
        most = allowed * muscles.capacity / peak
        asked = moment - muscles.passive_moment()
        tension, _ = allocate(asked, muscles.levers * peak, low=np.zeros_like(most), high=most)
        activation = tension / np.maximum(muscles.capacity / peak, 1e-6)
        return cls(
            twin.features(qpos, qvel),
            np.clip(moment / MOMENT_UNIT, *twin.motor_range),
            muscles.damping(np.minimum(activation, 1.0)),
            *(bound / MOMENT_UNIT for bound in muscles.reach(allowed)),
        )


def goals(references: Sequence[Reference], places: Array, horizon: int, stride: int) -> Goal:
    """Return the targets for the next steps of n bodies.

    Args:
        references: the reference of each body.
        places: current position of each body in its reference, in control steps, (n,).
        horizon: number of steps in a plan.
        stride: control steps per step of a plan.
    """
    parts: list[tuple[Array, ...]] = []
    ahead = stride * np.arange(1.0, horizon + 1.0)
    for reference, place in zip(references, places.tolist(), strict=True):
        begin, end = place + ahead - stride, place + ahead
        motors = 0.5 * (between(reference.motors, begin) + between(reference.motors, end))
        weight = (end <= len(reference.features) - 1).astype(np.float64)
        features, damping = between(reference.features, end), between(reference.damping, end)
        parts.append((features, motors, damping, weight, between(reference.low, end), between(reference.high, end)))
    return Goal(*(np.stack(part) for part in zip(*parts, strict=True)))


def between(values: Array, places: Array) -> Array:
    """Interpolate values (T, ...) linearly at places (k,); beyond the end, return the last row."""
    place = np.minimum(places, len(values) - 1)
    first = place.astype(np.int64)
    share = (place - first)[:, None]
    if not share.any():
        return values[first]
    second = np.minimum(first + 1, len(values) - 1)
    mixed: Array = (1.0 - share) * values[first] + share * values[second]
    return mixed
