"""Checks that data fit together: loads of another person, clocks that disagree, plates that catch the other foot."""

from __future__ import annotations

import numpy as np

from kinesis_env.analysis.cycles import gait_cycles
from kinesis_env.analysis.events import FootEvents, foot_events
from kinesis_env.dynamics.records import Loads
from kinesis_env.dynamics.support import GRAVITY, needed_support
from kinesis_env.dynamics.trajectory import Trajectory, times_of
from kinesis_env.model.names import shared_model
from kinesis_env.typing import Array

__all__ = ["carried_mass", "doubts_of_loads", "load_lag"]

#: Lightest and heaviest plausible mass, as a factor of this body's mass at the same size: body mass indices of 16 to 45
#: kg/m^2 around this body's 23 to 25.
_LIGHT, _HEAVY = 0.6, 1.9
#: Allowed difference between the mass of the loads and the given mass.
_TOLD = 0.08
#: Largest lag that is tried [s]; smallest lag that is reported [s], and the gain in fit it needs.
_MOST, _LEAST, _BETTER = 0.5, 0.05, 0.15


def carried_mass(loads: Loads, motion: Trajectory) -> float | None:
    """Return the mass [kg] carried by measured loads, where they carry all of it; None if they never do."""
    up, need = _vertical(loads, motion, 0.0)
    ratio = up / np.maximum(need, 0.3)
    stands = need > 0.3
    if not stands.any() or ratio[stands].max() <= 0:
        return None
    full = stands & (ratio > 0.75 * np.percentile(ratio[stands], 95))
    return float(up[full].sum() / need[full].sum() / GRAVITY)


def load_lag(loads: Loads, motion: Trajectory) -> tuple[float, float, float]:
    """Return the lag at which the loads fit the motion best [s], and the correlation there and without a lag."""
    lags = np.arange(-_MOST, _MOST + 5e-3, 0.01)
    found = np.array([_agreement(*_vertical(loads, motion, lag)) for lag in lags])
    zero = _agreement(*_vertical(loads, motion, 0.0))
    best = int(found.argmax())
    return float(lags[best]), float(found[best]), zero


def doubts_of_loads(loads: Loads, motion: Trajectory, events: FootEvents, mass: float | None = None) -> list[str]:
    """Return reasons to doubt that loads belong to a motion, one sentence each.

    Args:
        loads: the measured loads.
        motion: the recorded motion.
        events: foot events from loads and motion together.
        mass: mass of the person [kg], if known.
    """
    doubts = []
    carried = carried_mass(loads, motion)
    if carried is not None:
        size = float(getattr(motion, "scale", 1.0))
        expected = float(shared_model().body_mass.sum()) / size**3
        if mass is not None and abs(carried - mass) > _TOLD * mass:
            doubts.append(
                f"the loads carry {carried:.0f} kg, but the person weighs {mass:g} kg: are they of another person?"
            )
        elif not _LIGHT < carried / expected < _HEAVY:
            doubts.append(
                f"the loads carry {carried:.0f} kg; a person of this size weighs about {expected:.0f} kg: are they of "
                "another person, or in another unit?"
            )
    lag, best, zero = load_lag(loads, motion)
    if abs(lag) >= _LEAST and best > zero + _BETTER:
        doubts.append(
            f"the loads fit the motion better {1000 * abs(lag):.0f} ms {'later' if lag > 0 else 'earlier'} (r "
            f"{best:.2f} against {zero:.2f}): do the clocks of plates and motion agree?"
        )
    alone = foot_events(loads)
    for side, name, missed in zip("rl", ("right", "left"), events.missed, strict=True):
        caught = gait_cycles(events=alone, side=side).notes
        doubts += [f"plates alone: {note}" for note in caught if "plate caught" in note]
        if missed:
            doubts.append(
                f"{missed} landing{'s' * (missed > 1)} of the {name} foot not seen by the forces: beside the plate, or "
                "on the other foot's; taken from the motion"
            )
    return doubts


def _vertical(loads: Loads, motion: Trajectory, lag: float) -> tuple[Array, Array]:
    """Return the measured vertical force (n,) [N] and the needed support (n,) [body weights], where loads are."""
    times = times_of(motion)
    up = np.interp(times - lag, loads.times, loads.force[..., 2].sum(axis=1), left=0.0, right=0.0)
    used = up > 0.5 * float(loads.force[..., 2].sum(axis=1).max())
    return up[used], needed_support(motion)[used]


def _agreement(up: Array, need: Array) -> float:
    if len(up) < 10 or up.std() == 0 or need.std() == 0:
        return -1.0
    return float(np.corrcoef(up, need)[0, 1])
