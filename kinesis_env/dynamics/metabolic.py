"""Metabolic cost: the power used by the muscles in a motion, as heat and work.

The model is from L. Bhargava, M. Pandy and F. Anderson, J. Biomech. 37, 2004: heat of activation and of maintenance
from the excitation, heat of shortening and mechanical power from force and velocity of the fibers. Limits follow its
implementation in OpenSim: heat of at least 1 W per kilogram of muscle, and no muscle that gains energy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.checks import check_choice
from kinesis_env.dynamics.probe import MuscleStates, Probe
from kinesis_env.dynamics.records import MuscleActivity
from kinesis_env.dynamics.trajectory import Trajectory
from kinesis_env.errors import MotionError
from kinesis_env.model.in_use import of_its_body
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import shared_model
from kinesis_env.typing import Array

__all__ = ["METABOLIC_MODELS", "MetabolicCost", "metabolic_cost"]

METABOLIC_MODELS = ("bhargava2004",)
_CHUNK = 128
#: Density of muscle [kg/m^3] (Bhargava et al. 2004), and force per physiological cross-sectional area [Pa] behind the
#: peak forces of this model (A. Rajagopal et al., IEEE Trans. Biomed. Eng. 63, 2016).
_DENSITY, _STRESS = 1059.7, 0.6e6
#: Fraction of slow fibers, the same in all muscles, as the model's anatomy does not specify it.
_SLOW = 0.5
#: Heat of activation and maintenance of slow and fast fibers at full excitation [W/kg of muscle].
_ACTIVATION, _MAINTENANCE = (40.0, 133.0), (74.0, 111.0)
#: Heat of maintenance over fiber length, in optimal lengths.
_LENGTHS, _SHARES = (0.5, 1.0, 1.5), (0.5, 1.0, 0.0)
#: Heat of shortening: fractions of the isometric and the active force; of lengthening: of the active force.
_SHORTENING, _LENGTHENING = (0.16, 0.18), 0.157
#: Least heat [W/kg of muscle].
_LEAST = 1.0
#: Power of the body at rest, standing [W/kg of body] (B. Umberger, K. Gerritsen and P. Martin, Comput. Methods Biomech.
#: Biomed. Eng. 6, 2003).
BASAL = 1.2


@dataclass(frozen=True, eq=False)
class MetabolicCost:
    """Metabolic cost of a motion.

    Attributes:
        times: (T,) [s].
        power: power of each muscle (T, 80) [W].
        heat: the part of it that is heat (T, 80) [W].
        basal: power of the body at rest [W/kg].
        mass: mass of the body [kg].
        notes: one sentence each.
    """

    times: Array
    basal: float
    mass: float
    power: Array
    heat: Array
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Array:
        """Power of the whole body (T,) [W/kg], including at rest."""
        out: Array = self.power.sum(axis=1) / self.mass + self.basal
        return out

    @property
    def mean(self) -> float:
        """Mean power of the whole body [W/kg]."""
        return float(self.total.mean())


@of_its_body
def metabolic_cost(motion: Trajectory, activity: MuscleActivity, model: str = "bhargava2004") -> MetabolicCost:
    """Return the metabolic cost of a motion.

    Frames whose loads do not carry the body (``covered``) are omitted.

    Args:
        motion: the motion.
        activity: activity of its muscles, in the same frames.
        model: "bhargava2004".

    Raises:
        MotionError: an unknown model, or activity of other frames than the motion's.
    """
    check_choice("model", model, METABOLIC_MODELS, error=MotionError)
    frames = len(motion.qpos)
    if len(activity.activation) != frames:
        raise MotionError(f"activity has {len(activity.activation)} frames, the motion {frames}")
    body, curves = shared_model(), MuscleCurves(shared_model())
    probe = Probe(body, _CHUNK)
    power, heat = np.empty((2, frames, body.nu))
    for start in range(0, frames, _CHUNK):
        part = slice(start, start + _CHUNK)
        muscles = probe.look(np.asarray(motion.qpos)[part], np.asarray(motion.qvel)[part])
        heat[part], work = _heat_and_work(muscles, activity.activation[part], activity.excitation[part], curves)
        power[part] = heat[part] + work
    kept = np.ones(frames, dtype=np.bool_) if activity.covered is None else activity.covered
    return MetabolicCost(
        times=activity.times[kept],
        power=power[kept],
        heat=heat[kept],
        basal=BASAL,
        mass=float(body.body_mass.sum()),
        notes=(
            f"metabolic model {model}, {_SLOW:.0%} slow fibers in every muscle, {BASAL} W/kg at rest included",
            "arms and trunk take no power in it",
        ),
    )


def _heat_and_work(
    muscles: MuscleStates, activation: Array, excitation: Array, curves: MuscleCurves
) -> tuple[Array, Array]:
    """Return heat and mechanical power of muscles (n, 80) [W] each."""
    mass = _DENSITY * curves.peak_force / _STRESS * curves.optimal_length
    drive = 0.5 * np.pi * np.clip(excitation, 0.0, 1.0)
    slow, fast = _SLOW * np.sin(drive), (1.0 - _SLOW) * (1.0 - np.cos(drive))
    length = np.interp(curves.fiber_length(muscles.length), _LENGTHS, _SHARES)
    steady = mass * (_ACTIVATION[0] * slow + _ACTIVATION[1] * fast)
    steady += mass * length * (_MAINTENANCE[0] * slow + _MAINTENANCE[1] * fast)
    force = activation * muscles.capacity
    isometric = -activation * curves.gain(muscles.length, np.zeros_like(muscles.velocity))
    shortening = -muscles.velocity  # the tendon is rigid: fibers move as the whole muscle
    share = np.where(shortening > 0.0, _SHORTENING[0] * isometric + _SHORTENING[1] * force, _LENGTHENING * force)
    heat = np.maximum(steady + share * shortening, _LEAST * mass)
    work = force * shortening
    return np.maximum(heat, -work), work
