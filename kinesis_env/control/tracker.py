"""A controller that learns nothing: short-sighted model-predictive tracking.

At every control step it simulates a few steps ahead, once with its present excitations and once more with each muscle's
excitation changed a little, and takes the excitations that bring the tracked bodies nearest to the reference on the
linearised outcome (a Gauss-Newton step with a penalty on effort, repeated). Feet in the air aim at where they catch the
body rather than at where the reference put them, which is what keeps it from falling for a while. It sees the
simulation itself, not the observation: it is a demonstration and a sanity check of model and motion, not an agent.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, minimize

from kinesis_env import rotations
from kinesis_env.model.frames import Frames
from kinesis_env.model.names import NU, TRACKED_BODIES, load_model
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.imitate import ImitateTask
from kinesis_env.typing import Array

__all__ = ["PredictiveTracker"]


#: The orientation of the trunk counts like points at this distance [m] from the pelvis.
TRUNK_LENGTH = 0.5
#: A reference foot that moves faster than this is in the air [m/s].
SWING_SPEED = 0.4
#: A foot in the air aims beside its reference by the pelvis' error in position, plus this time [s] its error in
#: velocity, and at most REACH [m] in each direction.
FALL_TIME = 0.2
REACH = 0.3
#: How much of a foot's change of place the bodies of its leg take over.
LEGS = tuple({f"tibia_{s}": 0.5, f"talus_{s}": 1.0, f"toes_{s}": 1.0} for s in "rl")
#: Change of an excitation with which outcomes are differentiated.
PROBE = 0.1


class PredictiveTracker:
    """Finds excitations that follow the reference of one row of a task.

    Args:
        task: the imitation task, in the ``"excitation"`` mode.
        row: which row; the first by default.
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
        row: int = 0,
        horizon: int = 3,
        iterations: int = 2,
        effort: float = 1e-3,
        velocity_weight: float = 0.1,
        trust: float = 0.3,
        num_threads: int = 0,
    ) -> None:
        self._task = task
        self._row = row
        self._horizon = horizon
        self._iterations = iterations
        self._effort = effort
        self._velocity_weight = velocity_weight
        self._trust = trust
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
        wanted = self._wanted()
        for _ in range(self._iterations):
            self._improve(wanted)
        return 2.0 * self._excitation - 1.0

    def _improve(self, wanted: Array) -> None:
        base = self._excitation
        change = np.where(base > 0.5, -PROBE, PROBE)
        excitations = np.tile(base, (NU + 1, 1))
        excitations[1:][np.diag_indices(NU)] += change
        outcome, weight = self._simulate(excitations)
        jacobian = (weight * (outcome[1:] - outcome[0]) / change[:, None]).T
        residual = weight * (outcome[0] - wanted)
        curvature = jacobian.T @ jacobian + self._effort * np.eye(NU)
        slope = jacobian.T @ (jacobian @ base - residual)
        bounds = Bounds(np.maximum(base - self._trust, 0.0), np.minimum(base + self._trust, 1.0))

        def cost(x: Array) -> tuple[float, Array]:
            return float(0.5 * x @ curvature @ x - slope @ x), curvature @ x - slope

        solution = minimize(cost, base, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60})
        self._excitation = np.clip(solution.x, 0.0, 1.0)

    def _simulate(self, excitations: Array) -> tuple[Array, Array]:
        """Return where the tracked bodies go, (n, features), and the weight of each feature."""
        actual, trials, row = self._task.simulation, self._trials, self._row
        rows = np.arange(trials.num)
        trials.set_state(rows, np.tile(actual.qpos[row], (trials.num, 1)), np.tile(actual.qvel[row], (trials.num, 1)))
        trials.act[:] = actual.act[row]
        outcomes, weights = [], []
        for step in range(self._horizon):
            trials.step(2.0 * excitations - 1.0)
            velocity, _ = trials.body_velocity(trials.names.tracked)
            position = trials.body_position(trials.names.tracked)
            outcomes.append(self._features(position, velocity, trials.qpos[:, 3:7], trials.qvel[:, 3:6]))
            weights.append(np.full(outcomes[-1].shape[1], (step + 1) / self._horizon))
        return np.concatenate(outcomes, axis=1), np.concatenate(weights)

    def _wanted(self) -> Array:
        """Return where the bodies should go, (features,)."""
        seconds: Array = self._task.simulation.control_step * np.arange(self._horizon + 1.0)
        frames, row = self._task.clock.ahead(seconds), self._row
        position = (frames.body_pos[row] + self._foot_placement(frames))[1:]
        root, spin = frames.qpos[row, 1:, 3:7], frames.qvel[row, 1:, 3:6]
        return self._features(position, frames.body_vel[row, 1:], root, spin).ravel()

    def _foot_placement(self, frames: Frames) -> Array:
        """Return by how much the legs should miss their reference [m], (frames, 7, 3).

        A foot in the air makes up for the error of the pelvis; one on the ground stays where it is.
        """
        simulation, row = self._task.simulation, self._row
        position = simulation.body_position(simulation.names.tracked)[row]
        velocity = simulation.body_velocity(simulation.names.tracked)[0][row]
        error = position - frames.body_pos[row, 0]
        catch = error[0] + FALL_TIME * (velocity[0] - frames.body_vel[row, 0, 0])
        shift: Array = np.zeros(frames.body_pos.shape[1:])
        for leg in LEGS:
            foot = next(TRACKED_BODIES.index(body) for body in leg if body.startswith("talus"))
            swinging = np.linalg.norm(frames.body_vel[row, :, foot], axis=-1) > SWING_SPEED
            wanted = np.where(swinging[:, None], np.clip(catch, -REACH, REACH), error[foot])
            for body, share in leg.items():
                shift[:, TRACKED_BODIES.index(body), :2] = share * wanted[:, :2]
        return shift

    def _features(self, position: Array, velocity: Array, root: Array, spin: Array) -> Array:
        """Positions and velocities of the tracked bodies, and of three points that turn with the trunk, (n, k)."""
        axes = rotations.to_matrix(rotations.normalize(root)).swapaxes(-1, -2)
        rates = np.cross(rotations.rotate(root, spin)[:, None], axes)
        parts = (
            position,
            TRUNK_LENGTH * axes,
            self._velocity_weight * velocity,
            self._velocity_weight * TRUNK_LENGTH * rates,
        )
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
