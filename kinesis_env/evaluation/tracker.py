"""A controller that learns nothing: short-sighted model-predictive tracking.

At every control step it simulates a few steps ahead, once with its present excitations and once more with each muscle's
excitation changed a little, and takes the excitations that bring the tracked bodies nearest to the reference on the
linearised outcome (one or more Gauss-Newton steps, with a penalty on effort). It sees the simulation itself, not the
observation: it is a demonstration and a sanity check of model and motion, not an agent.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from kinesis_env import rotations
from kinesis_env.model.names import NU, load_model
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.imitate import ImitateTask

__all__ = ["PredictiveTracker"]

Array: TypeAlias = NDArray[np.float64]

#: The orientation of the trunk counts like points at this distance [m] from the pelvis.
TRUNK_LENGTH = 0.5


class PredictiveTracker:
    """Finds excitations that follow the reference of a task's first row.

    Args:
        task: the imitation task, in the ``"excitation"`` mode.
        horizon: control steps to look ahead.
        iterations: Gauss-Newton steps per control step.
        effort: penalty on the squared excitations [m^2].
        velocity_weight: weight of a velocity error against a position error [s].
        trust: greatest change of an excitation in one Gauss-Newton step.
        num_threads: threads for its simulations; 0 means one per processor.
    """

    def __init__(
        self,
        task: ImitateTask,
        *,
        horizon: int = 3,
        iterations: int = 2,
        effort: float = 1e-3,
        velocity_weight: float = 0.1,
        trust: float = 0.3,
        num_threads: int = 0,
    ) -> None:
        self._task = task
        self._horizon = horizon
        self._iterations = iterations
        self._effort = effort
        self._velocity_weight = velocity_weight
        self._trust = trust
        self._probe = 0.1
        actual = task.simulation
        self._trials = Simulation(
            load_model(),
            NU + 1,
            num_threads=num_threads,
            action_mode="excitation",
            physics_rate=actual.substeps / actual.control_step,
            control_rate=1.0 / actual.control_step,
        )
        self._excitation: Array = np.full(NU, 0.05)

    def __call__(self) -> Array:
        """Return the action for the task's next step, (80,)."""
        for _ in range(self._iterations):
            self._improve()
        return 2.0 * self._excitation - 1.0

    def _improve(self) -> None:
        base = self._excitation
        change = np.where(base > 0.5, -self._probe, self._probe)
        excitations = np.tile(base, (NU + 1, 1))
        excitations[1:][np.diag_indices(NU)] += change
        outcome, weight = self._simulate(excitations)
        jacobian = (weight * (outcome[1:] - outcome[0]) / change[:, None]).T
        residual = weight * (outcome[0] - self._wanted())
        effort = np.sqrt(self._effort)
        solution = lsq_linear(
            np.vstack((jacobian, effort * np.eye(NU))),
            np.concatenate((jacobian @ base - residual, np.zeros(NU))),
            bounds=(np.maximum(base - self._trust, 0.0), np.minimum(base + self._trust, 1.0) + 1e-9),
            tol=1e-4,
            max_iter=50,
        )
        self._excitation = np.clip(solution.x, 0.0, 1.0)

    def _simulate(self, excitations: Array) -> tuple[Array, Array]:
        """Return where the tracked bodies go, (n, features), and the weight of each feature."""
        actual, trials = self._task.simulation, self._trials
        rows = np.arange(trials.num)
        trials.set_state(rows, np.repeat(actual.qpos[:1], trials.num, 0), np.repeat(actual.qvel[:1], trials.num, 0))
        trials.act[:] = actual.act[0]
        outcomes, weights = [], []
        for step in range(self._horizon):
            trials.step(2.0 * excitations - 1.0)
            velocity, _ = trials.body_velocity(trials.names.tracked)
            position = trials.body_position(trials.names.tracked)
            outcomes.append(self._features(position, velocity, trials.qpos[:, 3:7], trials.qvel[:, 3:6]))
            weights.append(np.full(outcomes[-1].shape[1], (step + 1) / self._horizon))
        return np.concatenate(outcomes, axis=1), np.concatenate(weights)

    def _wanted(self) -> Array:
        """Return where the reference goes, (features,)."""
        clock, step = self._task.clock, self._task.simulation.control_step
        ahead: Array = step * np.arange(1.0, self._horizon + 1.0)
        frames = clock.ahead(ahead)
        root, spin = frames.qpos[0, :, 3:7], frames.qvel[0, :, 3:6]
        return self._features(frames.body_pos[0], frames.body_vel[0], root, spin).ravel()

    def _features(self, position: Array, velocity: Array, root: Array, spin: Array) -> Array:
        """Positions and velocities of the tracked bodies, and of three points that turn with the trunk, (n, k)."""
        axes = rotations.to_matrix(rotations.normalize(root))
        rates = np.cross(rotations.rotate(root, spin)[:, None], axes.swapaxes(-1, -2))
        parts = (
            position,
            TRUNK_LENGTH * axes,
            self._velocity_weight * velocity,
            self._velocity_weight * TRUNK_LENGTH * rates,
        )
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
