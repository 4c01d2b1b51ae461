"""Measured loads on this body: scaled from the person's mass and size to this body's, at the frames of a motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.dynamics.ground_force import GroundForce
from kinesis_env.dynamics.instruments import SIDES
from kinesis_env.dynamics.records import Loads
from kinesis_env.dynamics.support import GRAVITY
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.errors import MotionError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.sole import sole_points
from kinesis_env.model.names import shared_model
from kinesis_env.signals import lowpass, resample
from kinesis_env.typing import Array, Mask

__all__ = ["FootWrench", "estimated_wrench", "wrench_on_body"]

#: Cut-off of the low-pass filter of forces and moments [Hz]: the same as for the motion, so that their contents match
#: (E. Kristianslund et al., J. Biomech. 45, 2012).
CUTOFF = 6.0
#: The loads carry the body where the vertical force differs from what the motion requires by at most this fraction of
#: body weight, in the median over this time [s].
_MISSING, _WITHIN = 0.2, 0.15
#: Fraction of the highest measured support above which missing support is not due to a foot off the plates.
_FULL = 0.75
#: Range of a person's mass [kg].
_MASSES = (10.0, 300.0)
#: Below this force the center of pressure is undefined [N].
_PRESSED = 5.0
#: A force of this fraction of body weight that acts this far from every point of the sole of its foot [m] does not, or
#: not only, belong to that foot; nor do forces within this time before and after [s].
_LOADED, _FAR, _AROUND = 0.1, 0.1, 0.1


@dataclass(frozen=True)
class FootWrench:
    """Forces and moments on the feet of this body.

    Attributes:
        force: (T, 2, 3) [N] in the world.
        moment: about the origin of the world (T, 2, 3) [N m].
        covered: frames in which they carry the body (T,).
        mass: mass of the person [kg].
        notes: one sentence each.
    """

    force: Array
    moment: Array
    covered: Mask
    mass: float
    notes: tuple[str, ...]

    def moved(self, shift: Array) -> FootWrench:
        """Return the same forces, acting ``shift`` [m] away: (3,), or (2, 3) for each foot."""
        moment = self.moment + np.cross(shift, self.force)
        return FootWrench(self.force, moment, self.covered, self.mass, self.notes)

    def loads(self, times: Array) -> Loads:
        """Return them with the points of the ground where they act, at the frames' times (T,) [s]."""
        up = self.force[..., 2]
        pressed = np.abs(up) > _PRESSED
        level = np.where(pressed, up, 1.0)
        point = np.stack((-self.moment[..., 1] / level, self.moment[..., 0] / level, np.zeros(up.shape)), axis=-1)
        point = np.where(pressed[..., None], point, 0.0)
        free = self.moment - np.cross(point, self.force)
        return Loads(times, self.force, point, free)


def wrench_on_body(loads: Loads, trajectory: Trajectory, support: Array) -> FootWrench:
    """Return loads at the frames of a motion, scaled to this body.

    Forces are scaled by mass; places by the motion's ``scale`` and ``offset`` where it has them.

    Args:
        loads: measured.
        trajectory: the motion, in the same world and on the same clock.
        support: vertical force that it requires (T,) [N].

    Raises:
        MotionError: loads and motion share no time, the loads never carry the body, or an implausible mass.
    """
    from scipy.ndimage import median_filter  # noqa: PLC0415  (slow to load)

    if not getattr(trajectory, "placed", True):
        raise MotionError("the recording has no pelvis path, so that the loads cannot be placed")
    times = times_of(trajectory)
    notes = [*loads.notes]
    inside = (times >= loads.times[0] - 1e-6) & (times <= loads.times[-1] + 1e-6)
    if not inside.any():
        raise MotionError(
            f"the loads are from {loads.times[0]:.2f} to {loads.times[-1]:.2f} s, the motion from {times[0]:.2f} to "
            f"{times[-1]:.2f} s: they do not overlap; are they of the same trial?"
        )
    moment = np.cross(loads.point, loads.force) + loads.torque
    signals = np.concatenate((loads.force, moment), axis=2).reshape(len(loads.times), -1)
    even, filtered = lowpass(loads.times, signals, CUTOFF)
    wrench = np.where(inside[:, None], resample(even, filtered, times), 0.0).reshape(-1, 2, 6)
    weight = float(shared_model().body_mass.sum()) * GRAVITY
    mass = loads.mass or _mass(wrench[..., 2].sum(axis=1), support / weight)
    if not _MASSES[0] < mass < _MASSES[1]:
        raise MotionError(
            f"the loads carry {mass:.1f} kg; a person weighs {_MASSES[0]:g} to {_MASSES[1]:g} kg: forces must be in "
            "newtons, and vertical forces positive on a foot that stands"
        )
    factor = weight / GRAVITY / mass
    notes.append(
        f"loads of a person of {mass:.1f} kg times {factor:.3f}, as this body has {weight / GRAVITY:.1f} kg"
        + ("" if loads.mass else "; mass from the vertical force")
    )
    scale, offset = float(getattr(trajectory, "scale", 1.0)), np.asarray(getattr(trajectory, "offset", np.zeros(3)))
    force = factor * wrench[..., :3]
    placed = factor * scale * wrench[..., 3:] + np.cross(offset, force)
    missing = np.abs(force[..., 2].sum(axis=1) - support) / weight
    frames = 2 * round(0.5 * _WITHIN * trajectory.fps) + 1
    covered = inside & (median_filter(missing, frames, mode="nearest") < _MISSING)
    stray, told = _stray(trajectory, force, placed)
    covered &= ~stray
    if not covered.any():
        raise MotionError("the loads never carry the body; are they of this trial, and of both feet?")
    if not covered.all():
        beside = float((~covered).mean())
        notes.append(
            f"in {beside:.1%} of the frames a foot stood beside the plates or on the other's, or nothing was measured"
        )
    notes += told
    return FootWrench(force, placed, np.asarray(covered, dtype=np.bool_), mass, tuple(notes))


def estimated_wrench(found: GroundForce, fps: float) -> FootWrench:
    """Return an estimated ground force as loads, filtered like measured ones, as it jumps when contacts switch."""
    points = found.points.reshape(len(found.points), len(SIDES), -1, 3)
    forces = found.point_force.reshape(points.shape)
    wrench = np.concatenate((forces.sum(axis=2), np.cross(points, forces).sum(axis=2)), axis=2)
    _, filtered = lowpass(np.arange(len(wrench)) / fps, wrench.reshape(len(wrench), -1), CUTOFF)
    filtered = filtered.reshape(wrench.shape)
    filtered[filtered[..., 2] < 0.0] = 0.0
    return FootWrench(filtered[..., :3], filtered[..., 3:], np.ones(len(wrench), dtype=np.bool_), 0.0, ())


def _mass(vertical: Array, support: Array) -> float:
    """Return the mass [kg] carried by a vertical force (T,) [N], in frames where it carries all of it.

    Args:
        vertical: force on both feet.
        support: required by the motion, in body weights.
    """
    stands = support > 0.3
    if not stands.any():
        return 0.0
    ratio = np.where(stands, vertical / np.maximum(support, 0.3), 0.0)
    full = stands & (ratio > _FULL * np.percentile(ratio[stands], 95))
    return float(vertical[full].sum() / max(support[full].sum(), 1e-9) / GRAVITY)


def _stray(trajectory: Trajectory, force: Array, moment: Array) -> tuple[Mask, list[str]]:
    """Return the frames (T,) in which a foot's load is not its own, and notes on loads assigned to the wrong foot."""
    from scipy.ndimage import binary_dilation  # noqa: PLC0415  (slow to load)

    soles = sole_points(skeleton().poses(np.asarray(trajectory.qpos)))[..., :2].reshape(len(force), len(SIDES), -1, 2)
    loaded = force[..., 2] > _LOADED * float(shared_model().body_mass.sum()) * GRAVITY
    up = np.where(loaded, force[..., 2], np.inf)
    place = np.stack((-moment[..., 1] / up, moment[..., 0] / up), axis=-1)
    notes = []
    stray = np.zeros(len(force), dtype=np.bool_)
    for side, name in enumerate(SIDES):
        at = loaded[:, side]
        if not at.any():
            notes.append(f"no load on the {name} foot")
            continue
        own, other = (np.linalg.norm(soles[:, foot] - place[:, side, None], axis=-1).min(axis=1) for foot in
                      (side, 1 - side))  # fmt: skip
        usual = float(np.median(own[at]))
        if usual > _FAR:
            nearer = ", nearer to the other one: are the sides exchanged?" if np.median(other[at]) < usual else ""
            notes.append(f"the load of the {name} foot acts {usual:.2f} m beside it on average{nearer}")
            continue
        far = at & (own > _FAR)
        if far.any():
            stray |= binary_dilation(far, iterations=max(1, round(_AROUND * trajectory.fps)))
            lasts = far.sum() / trajectory.fps
            notes.append(f"for {lasts:.2f} s the load of the {name} foot is not, or not only, its own")
    return stray, notes
