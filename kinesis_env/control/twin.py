"""The torque twin: the same body with motors in place of muscles, as the model of the planner.

Each hinge has a motor with a first-order lag about as fast as muscles, and damping equal to that of the muscles: a
stretched muscle pulls harder, which provides most of the stability between two control steps. The damping acts on the
change of velocity since the start of the control step, because the muscle allocation accounts for the velocity at the
start. A step of the twin costs a quarter of a step of the body.

A state is a row of 75 numbers: qpos (21), qvel (20), the moments of the motors in units of :data:`MOMENT_UNIT` (14),
and the warm start of the constraint solver (20). A change of a state has 54 numbers: position in the tangent space
(20), velocity (20) and moments (14).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch, SimulationError

from kinesis_env import rotations
from kinesis_env.model.bodies import Body, make_body
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import JOINTS, NQ, NV, ModelNames, model_spec
from kinesis_env.model.perturbations import tilted
from kinesis_env.typing import Array

__all__ = [
    "FEATURES",
    "HINGES",
    "MOMENT_UNIT",
    "MOTORS",
    "NM",
    "NS",
    "NX",
    "POSITIONS",
    "RATES",
    "VELOCITIES",
    "WARM_START",
    "Twin",
    "difference",
    "retract",
]


NM = len(JOINTS)
#: Size of a state, and of a change of state.
NS, NX = NQ + NV + NM + NV, 2 * NV + NM
#: Slices of a state: positions, velocities, moments, warm start; hinge angles and hinge velocities.
POSITIONS, VELOCITIES = slice(0, NQ), slice(NQ, NQ + NV)
MOTORS, WARM_START = slice(NQ + NV, NQ + NV + NM), slice(NQ + NV + NM, NS)
HINGES, RATES = slice(7, NQ), slice(NQ + 6, NQ + NV)
#: Moment of a motor unit [N m]: hip flexion, adduction, rotation, knee, ankle, subtalar, toes; about a fifth of the
#: maximum moment of the muscles.
MOMENT_UNIT: Array = np.tile([60.0, 60.0, 25.0, 60.0, 60.0, 20.0, 6.0], 2)
#: Minimum and maximum moment of the muscles about each hinge [N m]; scaled for other bodies.
MOMENT_LIMITS: Array = np.tile(
    [[-300.0, -150.0, -60.0, -280.0, -230.0, -32.0, -4.5], [180.0, 200.0, 30.0, 200.0, 60.0, 40.0, 5.0]], 2
)

#: Time constant of the motors [s], of the order of the muscles' activation and deactivation (10 and 40 ms).
LAG = 0.03
#: Height of the center of mass in the formula of the capture point [m]; scaled for other bodies.
COM_HEIGHT = 0.9
#: Slices of the features of a state.
FEATURES = {
    "position": slice(0, 21),
    "velocity": slice(21, 42),
    "trunk": slice(42, 51),
    "spin": slice(51, 54),
    "capture": slice(54, 56),
    "angle": slice(56, 70),
    "rate": slice(70, 84),
}
_SIZE = 84
_VELOCITY_STAGE = int(mujoco.mjtStage.mjSTAGE_VEL)


@lru_cache(maxsize=16)
def _twin_xml(body: Body) -> str:
    strength = _strength(body)
    with body.in_use():
        spec = model_spec()
    bare = [*spec.actuators, *spec.tendons, *spec.keys, *spec.sensors, *spec.sites]
    for part in (*bare, *(geom for geom in spec.geoms if geom.classname.name in ("bone", "wrap"))):
        spec.delete(part)
    for name, unit, low, high in zip(JOINTS, MOMENT_UNIT, *MOMENT_LIMITS, strict=True):
        motor = spec.add_actuator(name=f"motor_{name}", target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        motor.dyntype = mujoco.mjtDyn.mjDYN_FILTEREXACT
        motor.dynprm[0], motor.gainprm[0] = LAG, unit
        motor.ctrllimited, motor.ctrlrange = True, (strength * low / unit, strength * high / unit)
    for name in JOINTS:
        hold = spec.add_actuator(name=f"hold_{name}", target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        hold.gainprm[0] = 1.0
    spec.compile()
    return str(spec.to_xml())


@lru_cache(maxsize=16)
def _strength(body: Body) -> float:
    """Return the ratio of the moments of a body's muscles to the default body's.

    Moments scale with force times moment arm, and moment arms with the lengths of the fibers.
    """
    own, usual = (MuscleCurves(each.model) for each in (body, make_body()))
    return 1.0 if body.is_default else float(np.median(_work(own) / _work(usual)))


def _work(curves: MuscleCurves) -> Array:
    return np.asarray(curves.peak_force * curves.optimal_length)


class Twin:
    """A batch of ``num`` bodies with motors.

    Args:
        num: maximum number of bodies.
        body: the kind of body; None is the default one.
        physics_rate: physics steps per second [Hz].
        substeps: physics steps per step of a plan.
        mass_scale: factor of all masses and inertias.
        slope: angle of the ground, uphill along x [degrees].
        num_threads: number of threads; 0 means one per processor.

    Attributes:
        control_step: seconds per step of a plan.
        mass_scale, slope: as given.
        body: the body.
        motor_range: control range of the motors, in units of :data:`MOMENT_UNIT`, (2, 14).
    """

    def __init__(
        self,
        num: int,
        *,
        physics_rate: float,
        substeps: int,
        mass_scale: float = 1.0,
        slope: float = 0.0,
        num_threads: int = 0,
        body: Body | None = None,
    ) -> None:
        self.num, self.substeps = num, substeps
        self.body = body = make_body() if body is None else body
        self.model: Any = mujoco.MjModel.from_xml_string(_twin_xml(body))
        self.model.opt.timestep = 1.0 / physics_rate
        self.control_step, self.mass_scale, self.slope = substeps / physics_rate, mass_scale, slope
        if slope:
            self.model.opt.gravity = tilted(float(np.linalg.norm(self.model.opt.gravity)), slope)
        if mass_scale != 1.0:
            self.model.body_mass *= mass_scale
            self.model.body_inertia *= mass_scale
            mujoco.mj_setConst(self.model, mujoco.MjData(self.model))
        names = ModelNames.of(body.model)
        self._com_height = COM_HEIGHT * float(body.model.key_qpos[0, 2] / make_body().model.key_qpos[0, 2])
        self._tracked = names.tracked
        self._root = names.root
        self._passive = float(self.model.dof_damping[-1])
        self._batch = Batch(self.model, num, num_threads)
        bind = self._batch.bind
        self._qpos, self._qvel, self._act, self._ctrl = bind("qpos"), bind("qvel"), bind("act"), bind("ctrl")
        self._warm = bind("qacc_warmstart")
        self._xpos, self._xmat, self._cvel = bind("xpos"), bind("xmat"), bind("cvel")
        self._xipos, self._com = bind("xipos"), bind("subtree_com")
        self._damping = self._batch.expand("dof_damping")
        self._share = self.model.body_mass / self.model.body_mass.sum()
        self.motor_range: Array = self.model.actuator_ctrlrange[:NM].T.copy()

    def advance(self, state: Array, motors: Array, damping: Array, steps: int | None = None) -> tuple[Array, Array]:
        """Advance bodies by one step of a plan.

        Args:
            state: initial states, (n, 75); n is at most ``num``.
            motors: controls of the motors, in units of :data:`MOMENT_UNIT`, (n, 14); clipped to :attr:`motor_range`.
            damping: damping by the muscles about each hinge [N m s/rad], (n, 14).
            steps: number of physics steps; by default ``substeps``.

        Returns:
            The states (n, 75), and their features (n, 84); NaN where the simulation failed.
        """
        count = len(state)
        self._set(state)
        self._ctrl[:count, :NM] = motors
        np.multiply(damping, state[:, RATES], out=self._ctrl[:count, NM:])
        self._damping[:count, 6:] = damping
        self._damping[:count, 6:] += self._passive
        rows = np.arange(count)
        try:
            self._batch.step(ids=rows, nstep=self.substeps if steps is None else steps, stage=_VELOCITY_STAGE)
        except SimulationError as error:
            self._qpos[error.ids] = np.nan
        return self._state(count), self._features(count)

    def features(self, qpos: Array, qvel: Array) -> Array:
        """Return the features (n, 84) of qpos (n, 21) and qvel (n, 20) for any n."""
        out = np.empty((len(qpos), _SIZE))
        for start in range(0, len(qpos), self.num):
            part = slice(start, start + self.num)
            count = len(qpos[part])
            self._qpos[:count], self._qvel[:count] = qpos[part], qvel[part]
            self._batch.forward(ids=np.arange(count), stage=_VELOCITY_STAGE)
            out[part] = self._features(count)
        return out

    def _set(self, state: Array) -> None:
        count = len(state)
        self._qpos[:count], self._qvel[:count] = state[:, POSITIONS], state[:, VELOCITIES]
        self._act[:count], self._warm[:count] = state[:, MOTORS], state[:, WARM_START]

    def _state(self, count: int) -> Array:
        parts = self._qpos[:count], self._qvel[:count], self._act[:count], self._warm[:count]
        return np.concatenate(parts, axis=1)

    def _features(self, count: int) -> Array:
        """Return the features; positions and velocities of the batch must be up to date."""
        out = np.empty((count, _SIZE))
        cvel, com = self._cvel[:count], self._com[:count, self._root]
        xpos = self._xpos[:count, self._tracked]
        spin, linear = cvel[:, self._tracked, :3], cvel[:, self._tracked, 3:]
        out[:, FEATURES["position"]] = xpos.reshape(count, -1)
        out[:, FEATURES["velocity"]] = (linear + _cross(spin, xpos - com[:, None])).reshape(count, -1)
        out[:, FEATURES["trunk"]] = self._xmat[:count, self._root]
        out[:, FEATURES["spin"]] = cvel[:, self._root, :3]
        arm = self._xipos[:count] - com[:, None]
        drift = self._share @ (cvel[..., 3:] + _cross(cvel[..., :3], arm))
        out[:, FEATURES["capture"]] = com[:, :2] + drift[:, :2] * np.sqrt(self._com_height / 9.81)
        out[:, FEATURES["angle"]] = self._qpos[:count, 7:]
        out[:, FEATURES["rate"]] = self._qvel[:count, 6:]
        return out


def retract(state: Array, change: Array) -> Array:
    """Return states (..., 75) moved by small changes (..., 54)."""
    out = np.array(np.broadcast_to(state, (*change.shape[:-1], NS)))
    out[..., :3] += change[..., :3]
    out[..., 3:7] = rotations.multiply(out[..., 3:7], rotations.from_rotvec(change[..., 3:6]))
    out[..., 7 : NQ + NV + NM] += change[..., 6:]
    return out


def difference(start: Array, end: Array) -> Array:
    """Return the changes (..., 54) from some states (..., 75) to others."""
    turn = rotations.to_rotvec(rotations.multiply(rotations.conjugate(start[..., 3:7]), end[..., 3:7]))
    rest = end[..., 7 : NQ + NV + NM] - start[..., 7 : NQ + NV + NM]
    return np.concatenate((end[..., :3] - start[..., :3], turn, rest), axis=-1)


def _cross(a: Array, b: Array) -> Array:
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    out[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    out[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    out[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return out
