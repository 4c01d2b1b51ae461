"""Terms of the goal tasks: the position of a goal, rewards for getting there, and falls."""

from __future__ import annotations

from kinesis_env import rotations
from kinesis_env.arrays import array_namespace
from kinesis_env.terms.observations import BodyState
from kinesis_env.typing import Array, Mask

__all__ = [
    "distance",
    "fallen",
    "pelvis_reference",
    "progress",
    "reached",
    "sparse",
    "target_in_heading",
    "velocity_along",
]


def distance(achieved: Array, desired: Array) -> Array:
    """Return the distance between points on the ground (..., 2) [m], (...)."""
    away: Array = array_namespace(desired).hypot(desired[..., 0] - achieved[..., 0], desired[..., 1] - achieved[..., 1])
    return away


def progress(before: Array, after: Array, *, scale: float = 20.0) -> Array:
    """Return ``scale * (before - after)``, the published reward for approaching the goal.

    Args:
        before: distance to the goal before the step [m], (n,).
        after: distance after it [m], (n,).
        scale: [1/m].
    """
    return scale * (before - after)


def reached(away: Array, *, radius: float = 0.1) -> Array:
    """Return 1 if the distance (...) [m] is below the radius, else 0."""
    xp = array_namespace(away)
    there: Array = xp.asarray(away < radius, dtype=away.dtype)
    return there


def sparse(away: Array, *, radius: float = 0.1) -> Array:
    """Return 0 if the distance (...) [m] is below the radius, else -1, as used for hindsight replay."""
    return reached(away, radius=radius) - 1.0


def velocity_along(velocity: Array, command: Array, *, scale: float = 2.0) -> Array:
    """Return ``exp(-scale * |velocity - command|^2)``: 1 at the commanded speed along the commanded direction.

    Args:
        velocity: velocity of the pelvis over the ground [m/s], (n, 2).
        command: the commanded velocity [m/s], (n, 2).
        scale: [s^2/m^2].
    """
    x, y = velocity[:, 0] - command[:, 0], velocity[:, 1] - command[:, 1]
    closeness: Array = array_namespace(velocity).exp(-scale * (x * x + y * y))
    return closeness


def fallen(root_height: Array, *, limit: float = 0.7) -> Mask:
    """Return whether the pelvis (n,) is lower than the limit [m]; the published limit is 0.7 m."""
    return root_height < limit


def target_in_heading(state: BodyState, vector: Array) -> Array:
    """Return a horizontal world vector (n, 2) in the heading frame, followed by its length, (n, 3)."""
    xp = array_namespace(vector)
    x, y = vector[:, 0], vector[:, 1]
    forward, left = rotations.turned(x, y, state.cos, -state.sin)
    seen: Array = xp.concatenate((forward[:, None], left[:, None], xp.hypot(x, y)[:, None]), axis=1)
    return seen


def pelvis_reference(state: BodyState, position: Array, velocity: Array) -> tuple[Array, Array]:
    """Return a goal in place of the imitation task's reference: positions and velocities, (n, frames, 7, 3) each.

    The reference of the pelvis is as given; every other tracked body is its own reference, so that its differences are
    zero.

    Args:
        state: the bodies now.
        position: target position of the pelvis in each frame [m], (n, frames, 3).
        velocity: target velocity of the pelvis in each frame [m/s], (n, frames, 3).
    """
    xp = array_namespace(position)
    count, frames = position.shape[:2]

    def with_others(pelvis: Array, tracked: Array) -> Array:
        others = xp.broadcast_to(tracked[:, None, 1:], (count, frames, tracked.shape[1] - 1, 3))
        reference: Array = xp.concatenate((pelvis[:, :, None], others), axis=2)
        return reference

    return with_others(position, state.tracked_position), with_others(velocity, state.tracked_velocity)
