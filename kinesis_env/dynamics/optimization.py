"""Static optimization: the muscle activity that provides the joint moments of a motion with least effort.

Every frame and leg is a small convex problem: the least sum of squared activations, weighted by the volume of the
muscles, that provides the moments about the seven hinges with the model's own force-length-velocity and passive curves.
It is solved for many frames at once by :func:`~kinesis_env.dynamics.allocation.allocate`. Tendons are rigid, as in the
model.
"""

from __future__ import annotations

import numpy as np

from kinesis_env.dynamics.activation import ActivationDynamics
from kinesis_env.dynamics.allocation import allocate
from kinesis_env.dynamics.moments import inverse_dynamics
from kinesis_env.dynamics.muscle_costs import activation_weights
from kinesis_env.dynamics.probe import Probe
from kinesis_env.dynamics.records import JointMoments, Loads, MuscleActivity
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import MotionError
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.names import JOINTS, ModelNames, shared_model
from kinesis_env.typing import Array

__all__ = ["static_optimization"]

#: Frames solved at once: more take memory without gain.
_CHUNK = 128
#: An activation this close to 1 is at its bound.
_BOUND = 1e-3
#: Reserve moment [N m] that costs as much as a muscle of average volume at full activation.
_RESERVE = np.full(len(JOINTS) // 2, 0.5)


@of_its_body
def static_optimization(
    motion: Trajectory, moments: JointMoments | Loads | None = None, cost: str = "volume"
) -> MuscleActivity:
    """Return the muscle activity that provides the joint moments of a motion with least effort.

    Args:
        motion: the motion.
        moments: its joint moments; or loads, or None for estimated ones, as for
            :func:`~kinesis_env.dynamics.inverse_dynamics`, which is then called.
        cost: the cost to minimize, a sum of squared activations: "volume", weighted by the volume of the muscles, or
            "activation", not weighted.

    Raises:
        MotionError: moments of other frames than the motion's, or as for inverse dynamics.
        ModelError: an unknown cost.
    """
    weights = np.sqrt(activation_weights(cost))
    if not isinstance(moments, JointMoments):
        moments = inverse_dynamics(motion, moments)
    frames = len(motion.qpos)
    if moments.moments.shape != (frames, len(JOINTS)):
        raise MotionError(
            f"moments must have shape {(frames, len(JOINTS))}, like the motion, given {moments.moments.shape}"
        )
    probe = Probe(shared_model(), _CHUNK)
    activation, force = np.empty((2, frames, len(weights)))
    reserve = np.empty((frames, len(JOINTS)))
    for start in range(0, frames, _CHUNK):
        part = slice(start, start + _CHUNK)
        muscles = probe.look(np.asarray(motion.qpos)[part], np.asarray(motion.qvel)[part])
        # The unknowns are activations times the root of their weight, so that the effort is the sum of squares.
        levers = muscles.levers * (muscles.capacity / weights)[:, None]
        high = np.broadcast_to(weights, muscles.capacity.shape)
        asked = moments.moments[part] - muscles.passive_moment()
        shares, _ = allocate(asked, levers, low=np.zeros_like(high), high=high, rest=0.0, tolerance=_RESERVE)
        activation[part] = shares / weights
        force[part] = activation[part] * muscles.capacity + muscles.passive
        reserve[part] = moments.moments[part] - muscles.moment(activation[part])
    return MuscleActivity(
        times=times_of(motion),
        muscles=ModelNames.of(shared_model()).muscles,
        activation=activation,
        excitation=_excitation(activation, motion.fps),
        force=force,
        reserve=reserve,
        saturated=activation > 1.0 - _BOUND,
        notes=(*moments.notes, f"static optimization of every frame: least squared activation, cost {cost!r}"),
        covered=moments.covered,
    )


def _excitation(activation: Array, fps: float) -> Array:
    """Return the excitations (T, 80) that drive activations (T, 80), within 0 and 1."""
    rate = np.gradient(activation, axis=0) * fps
    driven = activation + ActivationDynamics(shared_model(), 1.0).time_constant(activation, rate) * rate
    out: Array = np.clip(driven, 0.0, 1.0)
    return out
