"""A controller that follows reference motions with muscles, and learns nothing.

At every step it plans half a second ahead on a body with motors in place of muscles
(:mod:`kinesis_env.control.twin`, :mod:`kinesis_env.control.planner`), takes the moments that the plan wants a moment
later, shares them out among what the muscles can reach until then (:mod:`kinesis_env.control.allocation`), and excites
the muscles so that they get there (:mod:`kinesis_env.control.activation`). It sees the simulation itself, not the
observation: what it reaches shows what the body can do, and is no baseline for learning.

    tracker = Tracker(simulation)
    tracker.follow(0, qpos, qvel)            # at the control rate, from where the body is now
    simulation.step(tracker.act(np.arange(1)))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.activation import ActivationDynamics
from kinesis_env.control.allocation import allocate
from kinesis_env.control.cost import Goal, Weights
from kinesis_env.control.differences import COLUMNS
from kinesis_env.control.planner import Plan, Planner
from kinesis_env.control.probe import MuscleStates, Probe
from kinesis_env.control.reference import Reference, between, goals
from kinesis_env.control.twin import FEATURES, MOMENT_UNIT, MOTORS, NM, POSITIONS, RATES, VELOCITIES, WARM_START, Twin
from kinesis_env.errors import ControlError
from kinesis_env.model.muscles import DAMPING, STIFFNESS
from kinesis_env.model.names import load_model
from kinesis_env.simulation import Simulation, Snapshot
from kinesis_env.typing import Array, Rows

__all__ = ["Tracker"]

#: How a body is planned: weights of the cost, and iterations a plan.
_Way: TypeAlias = tuple[Weights, int]

#: How far it plans ahead [s], and how often it plans at most [Hz].
HORIZON, PLAN_RATE = 0.5, 30.0
#: When the moments of the plan are to be there [s], and as a share of a control step that is longer.
LEAD, LEAD_SHARE = 0.027, 0.8
#: Over how many steps of the plan the present damping of the muscles gives way to the reference's.
FORGET = 2.0
#: Share that a plan may take of what the muscles could do about one hinge if the others asked for nothing, and the
#: least that it may take in any case, in units of the motors.
REACHED, LEAST_REACH = 0.9, 0.05
#: How far the pelvis is from its reference when this no longer calls the body back [m]: from there on, the reference is
#: followed from beside it.
CALLS_BACK = 0.1
#: How many bodies are planned in one batch.
TOGETHER = 4
#: Least capacity of a muscle, in peak isometric forces; below it an activation would be a division by nothing.
LEAST_CAPACITY = 1e-6


class Tracker:
    """Follows references with the bodies of a simulation.

    Args:
        simulation: the bodies; they are only looked at.
        weights: of the planner's cost.
        horizon: how far it plans ahead [s].
        iterations: of the planner, per plan.
        num_threads: threads for planning; 0 means one per processor.

    Attributes:
        simulation: the bodies.
        weights: of the planner's cost, where :meth:`vary` has not said otherwise.
        moment: that the muscles were last to give about each hinge [N m], (num, 14).
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
        self._twins: dict[float, Twin] = {}
        self._probe = Probe(load_model(), 64)
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
        """Let a body follow a motion from now on.

        Args:
            row: which body.
            qpos: where it is to be now and after each control step, (T, 21).
            qvel: how fast, (T, 20).
            moments: that the muscles had when the motion was followed before, (T - 1, 14) or fewer [N m]; by default
                those of inverse dynamics.
            fresh: forget the present plan; else the new motion is taken to go on like the one before.
        """
        row_strength = self._strength(np.array([row]))
        self._references[row] = Reference.of(
            qpos,
            qvel,
            self._rate,
            twin=self._twin(self._mass_scale(row)),
            probe=self._probe,
            strength=None if row_strength is None else row_strength[0],
            moments=moments,
        )
        self._step[row] = 0
        if fresh:
            self._age[row] = -1
            self._multiplier[row] = 0.0

    def vary(self, row: int, weights: Weights, iterations: int) -> None:
        """Plan with other weights, and so many iterations a plan, for one body."""
        self._ways[row] = weights, iterations

    def snapshot(self, rows: Rows) -> Mapping[str, Any]:
        """Return what the next actions of rows (k,) depend on beside the simulation, a copy."""
        return {
            "references": [self._references[int(row)] for row in rows],
            "plan": self._plan.rows(rows),
            **{name: part[rows].copy() for name, part in self._memory().items()},
        }

    def restore(self, rows: Rows, snapshot: Mapping[str, Any]) -> None:
        """Put rows (k,) back to what :meth:`snapshot` returned."""
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
            ControlError: one of them follows nothing.
        """
        out = np.empty((len(rows), self.simulation.model.nu))
        groups: dict[tuple[float, int, _Way], list[int]] = {}
        for place, row in enumerate(rows.tolist()):
            groups.setdefault((self._mass_scale(row), self._delay(row), self._ways[row]), []).append(place)
        for (mass, delay, (weights, iterations)), places in groups.items():
            planner = Planner(self._twin(mass), self._horizon, weights, iterations=iterations)
            for start in range(0, len(places), self._together):
                part = places[start : start + self._together]
                out[part] = self._act(planner, rows[part], delay)
        return out

    def _act(self, planner: Planner, rows: Rows, delay: int) -> Array:
        present = self.simulation.snapshot(rows)
        strength = self._strength(rows)
        here = self._probe.look(present["qpos"], present["qvel"], strength)
        # What is asked for now arrives later, at bodies that are then elsewhere.
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
        excitation = self._excite(rows, moment, then, kept["act"])
        self._step[rows] += 1
        self._age[rows] = (self._age[rows] + 1) % self._stride
        return self._action(excitation, here, then, self._lead + delay)

    def _state(self, kept: Snapshot, muscles: MuscleStates) -> Array:
        """Return states of the twin, (k, 75)."""
        moment = muscles.moment(kept["act"]) / MOMENT_UNIT
        return np.concatenate((kept["qpos"], kept["qvel"], moment, kept["qacc_warmstart"]), axis=1)

    def _foreseen(self, planner: Planner, rows: Rows, present: Snapshot, muscles: MuscleStates, delay: int) -> Snapshot:
        """Return where bodies are after so many physics steps, with the excitations that are on their way."""
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
        """Return the references ahead; what the muscles are like now gives way to what they will be like there."""
        references = [self._reference_of(int(row)) for row in rows]
        places: Array = self._step[rows].astype(np.float64) + later
        goal = goals(references, places, self._horizon, self._stride)
        here = list(zip(references, places[:, None], strict=True))
        fading = np.exp(-np.arange(self._horizon) / FORGET)[:, None]

        def ahead(usual: Array, seen: Array, there: Array) -> Array:
            return there + (seen - usual)[:, None] * fading

        usual = np.concatenate([between(reference.damping, place) for reference, place in here])
        goal.damping = np.maximum(ahead(usual, now.damping(kept["act"]), goal.damping), 0.0)
        low, high = (bound / MOMENT_UNIT for bound in now.reach())
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

    def _excite(self, rows: Rows, moment: Array, then: MuscleStates, activation: Array) -> Array:
        """Return the excitations that give moments (k, 14) when the lead is over, (k, 80)."""
        least = self._dynamics.after(activation, 0.0, self._lead)
        most = self._dynamics.after(activation, 1.0, self._lead)
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
        """Return actions for excitations; ``then`` is so many physics steps from now."""
        muscles = self.simulation.muscles
        if not muscles.closed_loop:
            return 2.0 * excitation - 1.0
        # The servo sees lengths that change: what it is told is right in the middle of the control step.
        share = 0.5 * self.simulation.substeps / steps
        length = now.length + share * (then.length - now.length)
        velocity = now.velocity + share * (then.velocity - now.velocity)
        curves = self._probe.curves
        force = curves.gain(length, velocity) * excitation + curves.passive_force(length)
        target = length + (DAMPING * velocity + force / self._peak) / STIFFNESS
        return muscles.action_for_length(target)

    def _reference_of(self, row: int) -> Reference:
        reference = self._references[row]
        if reference is None:
            raise ControlError(f"row {row} follows nothing: call follow({row}, qpos, qvel) first")
        return reference

    def _strength(self, rows: Rows) -> Array | None:
        conditions = self.simulation.conditions
        return None if conditions is None or conditions.strength is None else conditions.strength[rows]

    def _delay(self, row: int) -> int:
        """Return how many physics steps an excitation takes to its muscle."""
        conditions = self.simulation.conditions
        return 0 if conditions is None or conditions.delay is None else int(conditions.delay[row])

    def _mass_scale(self, row: int) -> float:
        conditions = self.simulation.conditions
        return 1.0 if conditions is None or conditions.mass_scale is None else float(conditions.mass_scale[row])

    def _twin(self, mass: float) -> Twin:
        if mass not in self._twins:
            if len(self._twins) >= 2 * TOGETHER:
                self._twins.pop(next(iter(self._twins)))
            self._twins[mass] = Twin(
                self._together * self._horizon * COLUMNS,
                physics_rate=self._physics_rate,
                substeps=self._stride * self.simulation.substeps,
                mass_scale=mass,
                num_threads=self._threads,
            )
        return self._twins[mass]


def _shift(features: Array, away: Array) -> None:
    """Move references (n, H, 84), in place, to within :data:`CALLS_BACK` of bodies that are away (n, 2) [m]."""
    distance = np.maximum(np.hypot(away[:, 0], away[:, 1]), CALLS_BACK)[:, None]
    shift = away * (1.0 - CALLS_BACK / distance)
    place = features[..., FEATURES["position"]]
    for axis in (0, 1):
        place[..., axis::3] += shift[:, None, None, axis]
    features[..., FEATURES["capture"]] += shift[:, None]
