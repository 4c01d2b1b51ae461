"""N bodies stepped together.

A :class:`Simulation` owns one ``mujoco.batch.Batch`` and exposes its state by name, with a leading axis of simulations.
Positions, velocities, muscle lengths and everything derived from them are current after every call; contact and
actuator forces are from the last physics step, as with ``mj_step``.

    simulation = Simulation(load_model(), 64, num_threads=2)
    simulation.set_state(np.arange(64), qpos, qvel)
    simulation.step(actions)
    simulation.qpos        # (64, 21), a live view: copy what you want to keep
"""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import mujoco
import numpy as np
from mujoco.batch import Batch, SimulationError
from numpy.typing import ArrayLike, NDArray

from kinesis_env import rotations
from kinesis_env.checks import check_integer
from kinesis_env.config.rates import substeps_of
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.engine import end_with_fork, log_warnings
from kinesis_env.errors import ResetError
from kinesis_env.model.bodies import Body, make_body
from kinesis_env.model.bounds import SpeedWatch, beyond
from kinesis_env.model.conditions import NO_FATIGUE, Conditions
from kinesis_env.model.muscles import Muscles
from kinesis_env.model.names import ModelNames
from kinesis_env.model.perturbations import Perturbations, tilted
from kinesis_env.model.snapshots import Snapshot, put, take
from kinesis_env.typing import Array, Mask, Rows

__all__ = ["Simulation", "Snapshot"]

#: Ids of bodies, or a slice of them.
Bodies: TypeAlias = NDArray[np.integer[Any]] | slice

#: Index of a muscle's peak force among MuJoCo's gain parameters.
_PEAK_FORCE = 2
_VELOCITY_STAGE = int(mujoco.mjtStage.mjSTAGE_VEL)


class Simulation:
    """``num`` independent simulations of one model.

    Args:
        model: a :class:`~kinesis_env.model.bodies.Body`, or its ``mujoco.MjModel``, which is not changed.
        num: the number of simulations.
        num_threads: number of threads; 0 means one per processor, at most one per simulation.
        action_mode: ``"length"`` or ``"excitation"``, see :mod:`kinesis_env.model.muscles`.
        physics_rate: physics steps per second [Hz].
        control_rate: actions per second [Hz]; divides ``physics_rate``.
        conditions: settings of muscle conditions and perturbations, if any; other fields are ignored.

    Attributes:
        body: the body; the default one if a model was given.
        model: the model with the timestep of ``physics_rate``: the given one, or a copy.
        names: its names, resolved.
        muscles: the action mode and the muscle curves.
        conditions: the muscle conditions, or None.
        perturbations: slope and pushes, or None.
        num, substeps: the number of simulations, and physics steps per action.
        control_step: seconds per action.
        qpos, qvel, act, ctrl: live views of the state, (num, 21), (num, 20), (num, 80), (num, 80).
        kinematics: live views of MuJoCo's ``xpos`` (num, nbody, 3), ``xmat`` (num, nbody, 3, 3) and ``cvel`` (num,
            nbody, 6), and of the center of mass that velocities refer to, (num, 3).
        excitation: excitations that reached the muscles in the last action's physics steps, (num, substeps, 80).
        body_weight: weight [N], a number, or (num, 1) if bodies differ in mass.
        diverged: whether each simulation diverged in the last step, (num,).
        any_diverged: whether any simulation diverged.

    Raises:
        ConfigError: an impossible number, rate or mode.
    """

    #: What steps the bodies: MuJoCo's, or a class with the same interface.
    batch_class: ClassVar[Any] = Batch

    def __init__(
        self,
        model: mujoco.MjModel | Body,
        num: int,
        *,
        num_threads: int = 1,
        action_mode: str = "length",
        physics_rate: float = 150.0,
        control_rate: float = 30.0,
        conditions: BodyConfig | None = None,
    ) -> None:
        check_integer("the number of simulations", num, 1)
        check_integer("num_threads (0 is one per processor)", num_threads, 0)
        self.num = num
        self.substeps = substeps_of(physics_rate, control_rate)
        self.control_step = 1.0 / control_rate
        self.body, model = (model, model.load()) if isinstance(model, Body) else (make_body(), model)
        if model.opt.timestep != 1.0 / physics_rate:
            model = copy.copy(model)  # the caller's model keeps its timestep
            model.opt.timestep = 1.0 / physics_rate
        self.model = model
        self.names = ModelNames.of(model)
        self.muscles = Muscles(model, action_mode)
        self.body_weight: float | Array = float(model.body_mass.sum() * np.linalg.norm(model.opt.gravity))
        self.num_threads = min(num, num_threads or os.cpu_count() or 1)
        log_warnings()
        self._batch = self.batch_class(model, num, self.num_threads, persistent=True)
        end_with_fork(self)
        bind = self._batch.bind
        self.qpos: Array = bind("qpos")
        self.qvel: Array = bind("qvel")
        self._watch = SpeedWatch(self.qvel)
        self.act: Array = bind("act")
        self.ctrl: Array = bind("ctrl")
        self._time, self._warmstart = bind("time"), bind("qacc_warmstart")
        self.muscle_length: Array = bind("actuator_length")
        self.muscle_velocity: Array = bind("actuator_velocity")
        self.muscle_force: Array = bind("actuator_force")
        self._xpos: Array = bind("xpos")
        self._xmat: Array = bind("xmat").reshape(num, model.nbody, 3, 3)
        self._cvel: Array = bind("cvel")
        self._com: Array = bind("subtree_com")[:, self.names.root]
        self.kinematics = self._xpos, self._xmat, self._cvel, self._com
        self._foot_sensors: Array = bind("sensordata")[:, self.names.feet]
        self.excitation: Array = np.zeros((num, self.substeps, model.nu))
        # The length servo writes physics steps consecutively; for one body that is the same memory.
        self._by_substep: Array = (
            self.excitation.swapaxes(0, 1) if num == 1 else np.zeros((self.substeps, num, model.nu))
        )
        self.diverged: Mask = np.zeros(num, dtype=np.bool_)
        self.any_diverged = False
        self._warnings = self._batch.warning[:, :, 1]
        self._kept = {
            "qpos": self.qpos,
            "qvel": self.qvel,
            "act": self.act,
            "ctrl": self.ctrl,
            "time": self._time,
            "qacc_warmstart": self._warmstart,
            "excitation": self.excitation,
            "diverged": self.diverged,
        }
        self.conditions = None if conditions is None else Conditions.of(conditions, model, num)
        self.perturbations: Perturbations | None = None
        if conditions is not None and conditions.has_perturbations:
            self.perturbations = Perturbations(conditions, num, self.control_step)
            self._push: Array = bind("xfrc_applied")[:, self.names.root, :3]
        self._batch.reset(keyframe=0)

    def renew(self, rows: Rows, rngs: Sequence[np.random.Generator], fatigue: Sequence[Any] | None = None) -> None:
        """Draw the muscle conditions and perturbations of some simulations; call :meth:`set_state` next.

        Args:
            rows: indices of the simulations, (k,), sorted.
            rngs: their generators, k; nothing is drawn for disabled features.
            fatigue: see :meth:`kinesis_env.model.conditions.Conditions.renew`.

        Raises:
            ResetError: an impossible fatigue, or a fatigue if the muscles do not fatigue.
        """
        conditions = self.conditions
        if conditions is None:
            if fatigue is not None:
                raise ResetError(NO_FATIGUE)
        else:
            conditions.renew(rows, rngs, fatigue)
        if self.perturbations is not None:
            self.perturbations.renew(rows, rngs)
        self._apply_drawn(rows)

    def _apply_drawn(self, rows: Rows) -> None:
        """Apply the drawn strength, mass and slope to the bodies of rows."""
        conditions, perturbations = self.conditions, self.perturbations
        if conditions is None and perturbations is None:
            return
        gravity = float(np.linalg.norm(self.model.opt.gravity))
        if conditions is not None and conditions.strength is not None:
            peak = self._batch.expand("actuator_gainprm")[..., _PEAK_FORCE]
            peak[rows] = conditions.strength[rows] * self.model.actuator_gainprm[:, _PEAK_FORCE]
        if conditions is not None and conditions.mass_scale is not None:
            scale = conditions.mass_scale[:, None]
            self._batch.expand("body_mass")[rows] = scale[rows] * self.model.body_mass
            self._batch.expand("body_inertia")[rows] = scale[rows, None] * self.model.body_inertia
            self._batch.set_const(rows)
            self.body_weight = scale * float(self.model.body_mass.sum() * gravity)
        if perturbations is not None:
            self._push[rows] = perturbations.force[rows]
            if perturbations.slope is not None:
                self._batch.expand("opt.gravity")[rows] = tilted(gravity, perturbations.slope[rows])

    def set_state(self, rows: Rows, qpos: ArrayLike, qvel: ArrayLike, act: ArrayLike = 0.0) -> None:
        """Set simulations to a state, and compute everything derived from it.

        Args:
            rows: indices of the simulations, (n,), sorted.
            qpos: positions (n, 21).
            qvel: velocities (n, 20).
            act: activations (n, 80); zero by default.
        """
        self.qpos[rows] = qpos
        self.qvel[rows] = qvel
        self.act[rows] = act
        self.ctrl[rows] = 0.0
        self._time[rows] = 0.0
        self._warmstart[rows] = 0.0
        self.excitation[rows] = 0.0
        self.diverged[rows] = False
        if self.conditions is not None:
            self.conditions.start(rows, self.act[rows])
        self._batch.forward(ids=rows)

    def snapshot(self, rows: Rows) -> Snapshot:
        """Return a copy of everything that the future of simulations depends on.

        Positions, velocities, activations, time, the solver's warm start, and the state of the conditions:
        after :meth:`restore`, equal actions give equal numbers to the last bit.

        Args:
            rows: indices of the simulations, (k,).
        """
        return take(self._kept, {"conditions": self.conditions, "perturbations": self.perturbations}, np.asarray(rows))

    def restore(self, rows: Rows, snapshot: Snapshot) -> None:
        """Set simulations to states from :meth:`snapshot`, and compute everything derived from them.

        Contact and actuator forces are computed in the restored state, not in the step before it.

        Args:
            rows: indices of the simulations, (k,), sorted; may differ from the rows of the snapshot.
            snapshot: snapshot of k simulations with the same conditions.

        Raises:
            ResetError: the snapshot has another number of simulations, or other conditions.
        """
        rows = np.asarray(rows)
        put(self._kept, {"conditions": self.conditions, "perturbations": self.perturbations}, rows, snapshot)
        self._apply_drawn(rows)
        self._batch.forward(ids=rows)
        self._warmstart[rows] = snapshot["qacc_warmstart"]

    def step(self, action: Array, rows: Mask | None = None) -> None:
        """Advance by one action.

        A simulation with a state beyond a body's bounds (:mod:`kinesis_env.model.bounds`), or with a MuJoCo warning, is
        marked in :attr:`diverged` and reset to the standing pose, so that every number read from it stays sane.

        Args:
            action: (num, 80) in [-1, 1]; values outside are clipped.
            rows: mask of the simulations to advance; by default all.
        """
        failed = self.diverged
        failed[:] = self.any_diverged = False
        command = self.muscles.command(action)
        if self.perturbations is not None and self.perturbations.pushes:
            self.perturbations.begin_step(rows, rotations.heading(self.qpos[:, 3:7]))
            self._push[:] = self.perturbations.force
        if self.conditions is not None and self.conditions.dynamic:
            self._step_under(self.conditions, command, rows, failed)
        elif self.muscles.closed_loop:
            drive = self.muscles.driver(command, self.muscle_length, self.muscle_velocity)
            for excitation in self._by_substep:
                drive(excitation, self.ctrl)
                self._advance(rows, 1, failed)
            if self.num > 1:
                self.excitation[:] = self._by_substep.swapaxes(0, 1)
        else:
            self.excitation[:] = command[:, None]
            self.ctrl[:] = command
            self._advance(rows, self.substeps, failed)
        if self._watch.alarmed() or np.count_nonzero(self._warnings):
            failed |= self._warnings.any(axis=1) | beyond(self.qpos, self.qvel)
            self.any_diverged = bool(failed.any())
        if self.any_diverged:
            self._restore(failed)

    def _step_under(self, conditions: Conditions, command: Array, rows: Mask | None, failed: Mask) -> None:
        stepped = np.ones(self.num, dtype=np.bool_) if rows is None else rows
        conditions.begin_step(stepped)
        for substep in range(self.substeps):
            wanted = self.muscles.excitation(command, self.muscle_length, self.muscle_velocity)
            excitation = conditions.deliver(wanted, self.act, stepped)
            self.excitation[:, substep] = excitation
            self.ctrl[:] = excitation
            self._advance(rows, 1, failed)

    def _advance(self, rows: Mask | None, count: int, failed: Mask) -> None:
        try:
            self._batch.step(ids=rows, nstep=count, stage=_VELOCITY_STAGE)
        except SimulationError as error:
            failed[error.ids] = self.any_diverged = True

    def _restore(self, rows: Mask) -> None:
        self._batch.reset(ids=rows, keyframe=0)
        self.excitation[rows] = 0.0
        if self.conditions is not None:
            self.conditions.restart(np.flatnonzero(rows), self.act[rows])

    def body_position(self, bodies: Bodies) -> Array:
        """World positions of the origins of bodies [m], (num, len(bodies), 3)."""
        return self._xpos[:, bodies]

    def body_matrix(self, bodies: Bodies) -> Array:
        """World orientations of bodies as matrices, (num, len(bodies), 3, 3)."""
        return self._xmat[:, bodies]

    def body_velocity(self, bodies: Bodies) -> tuple[Array, Array]:
        """Linear velocities of the origins of bodies [m/s] and angular velocities [rad/s], world axes, (num, k, 3)."""
        return rotations.velocity_at(self._cvel[:, bodies], self._xpos[:, bodies] - self._com[:, None])

    def muscle_state(self, quantity: str) -> Array:
        """Return one quantity of every muscle, (num, 80).

        Args:
            quantity: ``"length"`` (of the fibers, in optimal lengths), ``"velocity"`` (of the fibers, in optimal
                lengths per second), ``"force"`` (tension, in peak isometric forces), ``"activation"`` or ``"fatigue"``
                (the fraction of the muscle that is fatigued).
        """
        curves = self.muscles.curves
        if quantity == "length":
            return curves.fiber_length(self.muscle_length)
        if quantity == "velocity":
            return self.muscle_velocity / curves.optimal_length
        if quantity == "force":
            return -self.muscle_force / curves.peak_force
        return self.fatigue if quantity == "fatigue" else self.act.copy()

    @property
    def fatigue(self) -> Array:
        """Fatigued fraction of every muscle, (num, 80)."""
        if self.conditions is None or self.conditions.fatigue is None:
            return np.zeros((self.num, self.model.nu))
        return self.conditions.fatigue.copy()

    @property
    def foot_force(self) -> Array:
        """Force on heel-and-ball and toes, right then left [N], (num, 4)."""
        return self._foot_sensors.copy()

    def model_of(self, row: int) -> mujoco.MjModel:
        """Return the ``mujoco.MjModel`` of one simulation, a copy: bodies may differ in strength and mass."""
        return self._batch.get_model(row)

    def data(self, row: int, out: mujoco.MjData | None = None) -> mujoco.MjData:
        """Return one simulation as an ``mujoco.MjData``: a copy, for drawing or for any function of MuJoCo."""
        return self._batch.get_data(row, out)
