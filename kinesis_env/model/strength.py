"""Published strength of people, and muscles scaled to match it.

The maximal torque of a joint in a direction is, at the angle q and the velocity w of shortening,

    T = weight * height * C1 * cos(C2 (q - C3)) * f(w)

with coefficients by sex and age in ``assets/strength/anderson2007.csv``: D. Anderson, M. Madigan and M. Nussbaum, J.
Biomech. 40, 2007, doi:10.1016/j.jbiomech.2007.03.022, table 3. Flexion and dorsiflexion are positive.

The body's own torque comes from all muscles that pull in a direction, fully active, and no others; without their
passive forces, like the published one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from kinesis_env.config.tracking import PEOPLE
from kinesis_env.errors import ConfigError
from kinesis_env.model.bodies import make_body
from kinesis_env.model.bodies.sizes import HEIGHT
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import JOINTS, NV, ModelNames
from kinesis_env.typing import Array

__all__ = [
    "DIRECTIONS",
    "Direction",
    "PublishedTorque",
    "body_torques",
    "published_torque",
    "stature",
    "strength_factors",
    "wanted_torques",
]


@dataclass(frozen=True)
class Direction:
    """A movement of the right leg in which torque is measured.

    Attributes:
        joint: the hinge.
        sign: 1 if the muscles rotate it to positive angles of this model, else -1.
        angles: range in which torque is measured [degrees].
        posture: other hinges that are not at zero [degrees].
        muscles: the muscles of the direction; a muscle of two directions counts half in each.
    """

    joint: str
    sign: float
    angles: tuple[float, float]
    posture: Mapping[str, float]
    muscles: str


#: The scaled directions. The knee is tested sitting, hip and ankle lying or standing with straight knees.
DIRECTIONS: Mapping[str, Direction] = {
    "hip_extension": Direction(
        "hip_flexion_r",
        -1.0,
        (-20.0, 75.0),
        {},
        "glmax1 glmax2 glmax3 glmed1 glmed2 glmed3 glmin1 glmin2 glmin3 piri addmagDist addmagIsch addmagMid "
        "addmagProx bflh semimem semiten",
    ),
    "hip_flexion": Direction(
        "hip_flexion_r",
        1.0,
        (-20.0, 75.0),
        {},
        "iliacus psoas sart tfl recfem addbrev addlong grac glmed1 glmed2 glmed3 glmin1 glmin2 glmin3 piri addmagProx",
    ),
    "knee_extension": Direction(
        "knee_angle_r", -1.0, (5.0, 100.0), {"hip_flexion_r": 70.0}, "vasint vaslat vasmed recfem"
    ),
    "knee_flexion": Direction(
        "knee_angle_r",
        1.0,
        (5.0, 100.0),
        {"hip_flexion_r": 70.0},
        "bflh bfsh semimem semiten sart grac gaslat gasmed",
    ),
    "ankle_plantarflexion": Direction(
        "ankle_angle_r", -1.0, (-35.0, 25.0), {}, "soleus gaslat gasmed tibpost fdl fhl perbrev perlong"
    ),
    "ankle_dorsiflexion": Direction("ankle_angle_r", 1.0, (-35.0, 25.0), {}, "tibant edl ehl"),
}
_GRAVITY = 9.81
#: Number of angles tried.
_ANGLES = 39


@dataclass(frozen=True)
class PublishedTorque:
    """Coefficients of one direction and group of people."""

    c1: float
    c2: float
    c3: float
    c4: float
    c5: float
    c6: float

    def at(self, angle: Array, velocity: Array | float = 0.0) -> Array:
        """Return the torque in units of weight times height.

        Args:
            angle: joint angle [rad].
            velocity: velocity of shortening [rad/s]; negative while the muscles are stretched.
        """
        speed = np.abs(np.asarray(velocity, dtype=np.float64))
        product = 2.0 * self.c4 * self.c5
        factor = (product + speed * (self.c5 - 3.0 * self.c4)) / (product + speed * (2.0 * self.c5 - 4.0 * self.c4))
        factor = factor * np.where(np.asarray(velocity) < 0.0, 1.0 + self.c6 * speed, 1.0)
        return np.asarray(self.c1 * np.maximum(np.cos(self.c2 * (np.asarray(angle) - self.c3)), 0.0) * factor)


@cache
def _published() -> Mapping[tuple[str, str, str], PublishedTorque]:
    file = resources.files("kinesis_env") / "assets" / "strength" / "anderson2007.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {
        (row["direction"], row["sex"], row["age"]): PublishedTorque(*(float(row[f"c{i}"]) for i in range(1, 7)))
        for row in rows
    }


def published_torque(direction: str, people: str = "published") -> PublishedTorque:
    """Return the torque of a direction of :data:`DIRECTIONS` for :data:`~kinesis_env.config.tracking.PEOPLE`."""
    return _published()[(direction, *PEOPLE[people])]


def stature(model: Any) -> float:
    """Return the height of a body's person [m], in proportion to the height of the standing pelvis."""
    return HEIGHT * float(model.key_qpos[0, 2] / make_body().model.key_qpos[0, 2])


def wanted_torques(model: Any, strength: str | Mapping[str, float]) -> dict[str, float]:
    """Return the largest isometric torques [N m] that a strength requires of a body, by direction."""
    if isinstance(strength, Mapping):
        return dict(strength)
    size = float(model.body_mass.sum()) * _GRAVITY * stature(model)
    return {} if strength == "model" else {name: size * published_torque(name, strength).c1 for name in DIRECTIONS}


def body_torques(model: Any, direction: Direction, velocity: float = 0.0) -> tuple[Array, Array]:
    """Return angles [degrees], (k,), and the torque of each muscle there, (k, 80) [N m]; zero for antagonists.

    Args:
        model: an ``mujoco.MjModel`` of this package's lower body.
        direction: one of :data:`DIRECTIONS`, or a custom one.
        velocity: joint velocity in the direction [rad/s]; negative while the muscles are stretched.
    """
    import mujoco  # noqa: PLC0415  (the only place here)

    data = mujoco.MjData(model)
    curves, hinge = MuscleCurves(model), JOINTS.index(direction.joint)
    angles = np.linspace(*direction.angles, _ANGLES)
    torque = np.empty((_ANGLES, model.nu))
    dense = np.zeros((model.nu, model.nv))
    for place, angle in enumerate(angles):
        mujoco.mj_resetDataKeyframe(model, data, 0)
        data.qpos[7:] = 0.0
        for joint, other in direction.posture.items():
            data.qpos[7 + JOINTS.index(joint)] = np.radians(other)
        data.qpos[7 + hinge] = np.radians(angle)
        data.qvel[:] = 0.0
        data.qvel[NV - len(JOINTS) + hinge] = direction.sign * velocity
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        mujoco.mju_sparse2dense(dense, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind)
        arm = -direction.sign * dense[:, NV - len(JOINTS) + hinge]
        force = -curves.gain(data.actuator_length[None], data.actuator_velocity[None])[0]
        torque[place] = np.maximum(arm, 0.0) * force
    return angles, torque


def strength_factors(model: Any, strength: str | Mapping[str, float]) -> Array | None:
    """Return factors of the peak active forces that give a body the requested strength, (80,), or None.

    Each direction has a factor, and a muscle of two directions the geometric mean of both. The six factors
    give each direction the requested largest torque; without a request it does not change. Left and right are the same.

    Args:
        model: an ``mujoco.MjModel`` of this package's lower body.
        strength: ``"model"``, one of :data:`~kinesis_env.config.tracking.PEOPLE`, or torques [N m] by direction.

    Raises:
        ConfigError: torques that no factors can give.
    """
    wanted = wanted_torques(model, strength)
    if not wanted:
        return None
    from scipy.optimize import least_squares  # noqa: PLC0415  (slow to load)

    share = _shares(ModelNames.of(model).muscles)
    torques = [body_torques(model, direction)[1] for direction in DIRECTIONS.values()]
    aims = np.array(
        [wanted.get(name, float(torque.sum(axis=1).max())) for name, torque in zip(DIRECTIONS, torques, strict=True)]
    )

    def missing(logs: Array) -> Array:
        factors = np.exp(share @ logs)
        return np.asarray(np.log(np.array([(torque @ factors).max() for torque in torques]) / aims))

    found = least_squares(missing, np.zeros(len(aims)), bounds=(-6.0, 4.0))
    if np.abs(found.fun).max() > np.log(1.02):
        short = [name for name, off in zip(DIRECTIONS, found.fun, strict=True) if abs(off) > np.log(1.02)]
        raise ConfigError(
            f"strength: no muscle factors give the torques of {', '.join(short)} together with the others, because "
            "muscles that cross two joints act in both; choose torques that differ less"
        )
    factors: Array = np.exp(share @ found.x)
    return factors


def _shares(muscles: Sequence[str]) -> Array:
    """Return the fraction to which each muscle belongs to each direction, (muscles, 6)."""
    share = np.zeros((len(muscles), len(DIRECTIONS)))
    for column, direction in enumerate(DIRECTIONS.values()):
        own = direction.muscles.split()
        share[:, column] = [name.rsplit("_", 1)[0] in own for name in muscles]
    return np.asarray(share / share.sum(axis=1, keepdims=True))
