"""A controller that follows reference motions with muscles, without learning.

At every control step it plans half a second ahead on a body with motors in place of muscles
(:mod:`kinesis_env.control.twin`, :mod:`kinesis_env.control.planner`), takes the joint moments of the plan 27 ms later,
allocates them to the muscles within what the activations can reach by then (:mod:`kinesis_env.dynamics.allocation`),
and computes the excitations that produce these activations (:mod:`kinesis_env.dynamics.activation`). It reads the state
of the simulation, not the observation: its figures show what the body can do, and are not a baseline for learning.

    tracker = Tracker(simulation)
    tracker.follow(0, qpos, qvel)            # at the control rate, from the current step
    simulation.step(tracker.act(np.arange(1)))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.cost import Goal, Weights
from kinesis_env.control.differences import COLUMNS
from kinesis_env.control.planner import Plan, Planner
from kinesis_env.control.reference import Reference, between, goals
from kinesis_env.control.twin import FEATURES, MOMENT_UNIT, MOTORS, NM, POSITIONS, RATES, VELOCITIES, WARM_START, Twin
from kinesis_env.dynamics.activation import ActivationDynamics
from kinesis_env.dynamics.allocation import allocate
from kinesis_env.dynamics.probe import MuscleStates, Probe
from kinesis_env.errors import ControlError
from kinesis_env.simulation import Simulation, Snapshot
from kinesis_env.typing import Array, Rows

__all__ = ["Tracker"]

#: Weights of the cost, and iterations per plan.
_Way: TypeAlias = tuple[Weights, int]

#: Horizon of a plan [s], and maximum rate of planning [Hz].
HORIZON, PLAN_RATE = 0.5, 30.0
#: Time after which the muscles produce the moments of the plan [s], and its minimum as a share of a control step.
LEAD, LEAD_SHARE = 0.027, 0.8
#: Number of plan steps over which the present damping and limits of the muscles decay to those of the reference.
FORGET = 2.0
#: Share of the maximum moment about a hinge, computed for each hinge alone, that a plan may use, and the smallest limit
#: of a motor, in motor units.
REACHED, LEAST_REACH = 0.9, 0.05
#: Horizontal distance of the pelvis from its reference to which the position error is limited [m]: a body farther away
#: follows a reference that is shifted toward it.
CALLS_BACK = 0.1
#: Number of bodies planned in one batch.
TOGETHER = 4
#: Lower bound of the capacity of a muscle, in units of peak isometric force; it avoids a division by zero.
LEAST_CAPACITY = 1e-6


class Tracker:
    """Computes actions with which the bodies of a simulation follow reference motions.

    Args:
        simulation: the bodies; the tracker only reads it.
        weights: weights of the planner's cost.
        horizon: horizon of a plan [s].
        iterations: iterations per plan.
        num_threads: number of threads for planning; 0 means one per processor.

    Attributes:
        simulation: the bodies.
        weights: weights of the planner's cost, unless set by :meth:`vary`.
        moment: moment about each hinge that the last actions aim at [N m], (num, 14).
    """

    def __init__(
        self,
        simulation: Simulation,
        *,
        weights: Weights | None = None,
        horizon: float = HORIZON,
        iterations: int = 1,
        num_threads: int = 0,
    ) -> None:
        self.simulation = simulation
        step = simulation.control_step
        self._rate = 1.0 / step
        self._physics_rate = simulation.substeps / step
        self._stride = max(1, round(self._rate / PLAN_RATE))
        self._lead = max(round(LEAD_SHARE * simulation.substeps), round(LEAD * self._physics_rate), 1)
        self._horizon = max(2, round(horizon / (self._stride * step)))
        self.weights = Weights() if weights is None else weights
        self._threads = num_threads
        self._together = min(TOGETHER, simulation.num)
        self._twins: dict[tuple[float, float], Twin] = {}
        self._probe = Probe(simulation.body.load(), 64)
        self._dynamics = ActivationDynamics(simulation.model, 1.0 / self._physics_rate)
        self._peak = self._probe.curves.peak_force
        num = simulation.num
        self._references: list[Reference | None] = [None] * num
        self._step: NDArray[np.int64] = np.zeros(num, dtype=np.int64)
        self._age: NDArray[np.int64] = np.full(num, -1)
        self._plan = Plan.empty(num, self._horizon)
        self._multiplier: Array = np.zeros((num, NM))
        self._ways: list[_Way] = [(self.weights, iterations)] * num
        self.moment: Array = np.zeros((num, NM))

    def follow(self, row: int, qpos: Array, qvel: Array, *, moments: Array | None = None, fresh: bool = True) -> None:
        """Set the motion that a body follows from the current step on.

        Args:
            row: index of the body.
            qpos: reference positions now and after each control step, (T, 21).
            qvel: reference velocities, (T, 20).
            moments: muscle moments of an earlier solution, (T - 1, 14) or fewer rows [N m]; by default from inverse
                dynamics.
            fresh: discard the current plan; otherwise the new motion is taken as a continuation of the previous one.
        """
        row_strength = self._strength(np.array([row]))
        self._references[row] = Reference.of(
            qpos,
            qvel,
            self._rate,
            twin=self._twin(*self._body(row)),
            probe=self._probe,
            strength=None if row_strength is None else row_strength[0],
            moments=moments,
            servo=self.simulation.muscles.closed_loop,
        )
        self._step[row] = 0
        if fresh:
            self._age[row] = -1
            self._multiplier[row] = 0.0

    def vary(self, row: int, weights: Weights, iterations: int) -> None:
        """Set the weights and the iterations per plan of one body."""
        self._ways[row] = weights, iterations

    def snapshot(self, rows: Rows) -> Mapping[str, Any]:
        """Return a copy of the tracker's own state of rows (k,)."""
        return {
            "references": [self._references[int(row)] for row in rows],
            "plan": self._plan.rows(rows),
            **{name: part[rows].copy() for name, part in self._memory().items()},
        }

    def restore(self, rows: Rows, snapshot: Mapping[str, Any]) -> None:
        """Restore rows (k,) to the state that :meth:`snapshot` returned."""
        for row, reference in zip(rows.tolist(), snapshot["references"], strict=True):
            self._references[row] = reference
        self._plan.put(rows, snapshot["plan"])
        for name, part in self._memory().items():
            part[rows] = snapshot[name]

    def _memory(self) -> dict[str, NDArray[Any]]:
        return {"step": self._step, "age": self._age, "multiplier": self._multiplier, "moment": self.moment}

    def act(self, rows: Rows) -> Array:
        """Return the next actions of rows (k,), (k, 80), in the simulation's action mode.

        Raises:
            ControlError: a row has no reference.
        """
        out = np.empty((len(rows), self.simulation.model.nu))
        groups: dict[tuple[tuple[float, float], int, _Way], list[int]] = {}
        for place, row in enumerate(rows.tolist()):
            groups.setdefault((self._body(row), self._delay(row), self._ways[row]), []).append(place)
        for (body, delay, (weights, iterations)), places in groups.items():
            planner = Planner(self._twin(*body), self._horizon, weights, iterations=iterations)
            for start in range(0, len(places), self._together):
                part = places[start : start + self._together]
                out[part] = self._act(planner, rows[part], delay)
        return out

    def _act(self, planner: Planner, rows: Rows, delay: int) -> Array:
        present = self.simulation.snapshot(rows)
        strength = self._strength(rows)
        here = self._probe.look(present["qpos"], present["qvel"], strength)
        # With a delay, excitations act on a later state: plan from the predicted one.
        kept = self._foreseen(planner, rows, present, here, delay) if delay else present
        now = self._probe.look(kept["qpos"], kept["qvel"], strength) if delay else here
        state = self._state(kept, now)
        goal = self._goal(planner.twin, rows, now, kept, delay / self.simulation.substeps)
        self._replan(planner, rows, state, goal)
        motors, damping = self._plan.motors[rows, 0], goal.damping[:, 0]
        later, _ = planner.twin.advance(state, motors, damping, self._lead)
        then = self._probe.look(later[:, POSITIONS], later[:, VELOCITIES], strength)
        moment = later[:, MOTORS] * MOMENT_UNIT + damping * (state[:, RATES] - later[:, RATES])
        self.moment[rows] = moment
        excitation = self._excite(rows, moment, then, kept["act"], self._most(then))
        self._step[rows] += 1
        self._age[rows] = (self._age[rows] + 1) % self._stride
        return self._action(excitation, here, then, self._lead + delay)

    def _state(self, kept: Snapshot, muscles: MuscleStates) -> Array:
        """Return states of the twin, (k, 75)."""
        moment = muscles.moment(kept["act"]) / MOMENT_UNIT
        return np.concatenate((kept["qpos"], kept["qvel"], moment, kept["qacc_warmstart"]), axis=1)

    def _foreseen(self, planner: Planner, rows: Rows, present: Snapshot, muscles: MuscleStates, delay: int) -> Snapshot:
        """Predict the state after a number of physics steps with the excitations that are already in the delay line."""
        pipe, activation = present["conditions.pipe"], present["act"]
        for step in range(delay):
            activation = self._dynamics.after(activation, pipe[:, (step - delay) % pipe.shape[1]], 1)
        state, told = self._state(present, muscles), self._plan.motors[rows, 0]
        damping = muscles.damping(present["act"])
        later, _ = planner.twin.advance(state, told, damping, delay)
        return {
            "qpos": later[:, POSITIONS],
            "qvel": later[:, VELOCITIES],
            "act": activation,
            "qacc_warmstart": later[:, WARM_START],
        }

    def _goal(self, twin: Twin, rows: Rows, now: MuscleStates, kept: Snapshot, later: float) -> Goal:
        """Return the references ahead; muscle damping and limits decay from their present to their reference values."""
        references = [self._reference_of(int(row)) for row in rows]
        places: Array = self._step[rows].astype(np.float64) + later
        goal = goals(references, places, self._horizon, self._stride)
        here = list(zip(references, places[:, None], strict=True))
        fading = np.exp(-np.arange(self._horizon) / FORGET)[:, None]

        def ahead(usual: Array, seen: Array, there: Array) -> Array:
            return there + (seen - usual)[:, None] * fading

        usual = np.concatenate([between(reference.damping, place) for reference, place in here])
        goal.damping = np.maximum(ahead(usual, now.damping(kept["act"]), goal.damping), 0.0)
        low, high = (bound / MOMENT_UNIT for bound in now.reach(self._most(now)))
        low = ahead(np.concatenate([between(reference.low, place) for reference, place in here]), low, goal.low)
        high = ahead(np.concatenate([between(reference.high, place) for reference, place in here]), high, goal.high)
        least, most = twin.motor_range
        usual = np.concatenate([between(reference.features[:, :2], place) for reference, place in here])
        _shift(goal.features, kept["qpos"][:, :2] - usual)
        goal.low = np.minimum(np.maximum(REACHED * low, least), -LEAST_REACH)
        goal.high = np.maximum(np.minimum(REACHED * high, most), LEAST_REACH)
        return goal

    def _replan(self, planner: Planner, rows: Rows, state: Array, goal: Goal) -> None:
        ages = self._age[rows]
        new, due = np.flatnonzero(ages < 0), np.flatnonzero(ages == 0)
        if new.size:
            self._plan.put(rows[new], planner.first(state[new], goal.rows(new)))
            self._age[rows[new]] = 0
        if due.size:
            self._plan.put(rows[due], planner.next(self._plan.rows(rows[due]), state[due], goal.rows(due)))

    def _most(self, muscles: MuscleStates) -> Array | float:
        """Return the highest excitations that an action can cause."""
        if not self.simulation.muscles.closed_loop:
            return 1.0
        return self._probe.curves.most_excitation(muscles.length, muscles.velocity)

    def _excite(self, rows: Rows, moment: Array, then: MuscleStates, activation: Array, most: Array | float) -> Array:
        """Return the excitations of at most ``most`` that produce moments (k, 14) after the lead time, (k, 80)."""
        least = self._dynamics.after(activation, 0.0, self._lead)
        most = self._dynamics.after(activation, most, self._lead)
        conditions = self.simulation.conditions
        if conditions is not None and conditions.fatigue is not None:
            rested = 1.0 - conditions.fatigue[rows]
            most = np.maximum(np.minimum(most, rested), least)
        capacity = np.maximum(then.capacity / self._peak, LEAST_CAPACITY)
        tension, self._multiplier[rows] = allocate(
            moment - then.passive_moment(),
            then.levers * self._peak,
            low=least * capacity,
            high=most * capacity,
            start=self._multiplier[rows],
        )
        return self._dynamics.excitation(activation, tension / capacity, self._lead)

    def _action(self, excitation: Array, now: MuscleStates, then: MuscleStates, steps: int) -> Array:
        """Return the actions for excitations; ``then`` is ``steps`` physics steps from now."""
        muscles = self.simulation.muscles
        if not muscles.closed_loop:
            return 2.0 * excitation - 1.0
        # The length changes during the control step: the target is exact in the middle of it.
        share = 0.5 * self.simulation.substeps / steps
        length = now.length + share * (then.length - now.length)
        velocity = now.velocity + share * (then.velocity - now.velocity)
        return muscles.action_for_length(self._probe.curves.servo_target(excitation, length, velocity))

    def _reference_of(self, row: int) -> Reference:
        reference = self._references[row]
        if reference is None:
            raise ControlError(f"row {row} has no reference: call follow({row}, qpos, qvel) first")
        return reference

    def _strength(self, rows: Rows) -> Array | None:
        conditions = self.simulation.conditions
        return None if conditions is None or conditions.strength is None else conditions.strength[rows]

    def _delay(self, row: int) -> int:
        """Return the delay of excitations, in physics steps."""
        conditions = self.simulation.conditions
        return 0 if conditions is None or conditions.delay is None else int(conditions.delay[row])

    def _body(self, row: int) -> tuple[float, float]:
        """Return the factor of the masses, and the slope [degrees]."""
        conditions, perturbations = self.simulation.conditions, self.simulation.perturbations
        mass = None if conditions is None else conditions.mass_scale
        slope = None if perturbations is None else perturbations.slope
        return 1.0 if mass is None else float(mass[row]), 0.0 if slope is None else float(slope[row])

    def _twin(self, mass: float, slope: float = 0.0) -> Twin:
        known = mass, slope
        if known not in self._twins:
            if len(self._twins) >= 2 * TOGETHER:
                self._twins.pop(next(iter(self._twins)))
            self._twins[known] = Twin(
                self._together * self._horizon * COLUMNS,
                physics_rate=self._physics_rate,
                substeps=self._stride * self.simulation.substeps,
                mass_scale=mass,
                slope=slope,
                num_threads=self._threads,
                body=self.simulation.body,
            )
        return self._twins[known]


def _shift(features: Array, away: Array) -> None:
    """Shift references (n, H, 84) in place to within :data:`CALLS_BACK` of bodies at offsets (n, 2) [m]."""
    distance = np.maximum(np.hypot(away[:, 0], away[:, 1]), CALLS_BACK)[:, None]
    shift = away * (1.0 - CALLS_BACK / distance)
    place = features[..., FEATURES["position"]]
    for axis in (0, 1):
        place[..., axis::3] += shift[:, None, None, axis]
    features[..., FEATURES["capture"]] += shift[:, None]
