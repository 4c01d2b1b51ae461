"""Receding-horizon planning of moments: iterative LQR on the twin, for many bodies at once.

The cost is a sum of squares of three kinds of residuals: the errors of the predicted features
(:mod:`kinesis_env.control.twin`), the motor controls relative to the reference's, and the change of the motors. Each
iteration differentiates the twin about the current plan by finite differences, with all columns of many steps of many
bodies in one batch, and solves the resulting quadratic problem backward in time (Y. Tassa, T. Erez and E. Todorov,
"Synthesis and stabilization of complex behaviors through online trajectory optimization", IROS 2012, with the
Gauss-Newton Hessian). A line search tries the full change of the plan and parts of it. From one control step to the
next, the plan and its derivatives are shifted by one step, and only some of the derivatives are recomputed.

The plan of a body does not depend on the other bodies that are planned with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from kinesis_env.control.cost import Goal, Weights, last_counts, missed, total_cost
from kinesis_env.control.differences import COLUMNS, differentiate
from kinesis_env.control.twin import FEATURES, HINGES, MOTORS, NM, NS, NX, RATES, Twin, difference
from kinesis_env.model.names import NV
from kinesis_env.typing import Array, Rows

__all__ = ["Plan", "Planner"]


#: Step lengths of the line search.
_PARTS = np.array([1.0, 0.5, 0.2, 0.05])
#: Regularization of the motors: initial value, lower and upper limit, and factors after success and failure.
_START, _LEAST, _MOST, _SHRINK, _GROW = 0.1, 1e-4, 10.0, 0.3, 10.0
#: Regularization that holds a motor at its limit.
_HELD = 1e6
#: Maximum number of iterations for a first plan, and the relative decrease of the cost below which it stops.
_FIRST_ITERATIONS, _ENOUGH = 15, 0.01
#: Gains of the joint servo for initial guesses, in motor units per radian, and per rad/s.
_STIFFNESS = np.tile([5.0, 5.0, 3.0, 4.0, 3.0, 2.0, 0.5], 2)
_DAMPING = 0.1 * _STIFFNESS


@dataclass
class Plan:
    """Plans of n bodies over a horizon of H steps.

    Attributes:
        states: states before the first step and after each step, (n, H + 1, 75).
        motors: controls of the motors, (n, H, 14).
        features: features after each step, (n, H, 84).
        gains: derivative of the motor controls with respect to the state before the step, (n, H, 14, 54).
        moved: derivative of the state after a step with respect to state and motors before it, (n, H, 54, 68).
        shown: the same derivative of the features, (n, H, 84, 68).
        cost: cost of each plan, (n,).
        caution: regularization of the motors, (n,).
    """

    states: Array
    motors: Array
    features: Array
    gains: Array
    moved: Array
    shown: Array
    cost: Array
    caution: Array

    @classmethod
    def empty(cls, count: int, horizon: int) -> Plan:
        """Return plans of zeros with infinite cost."""
        features = max(part.stop for part in FEATURES.values())
        return cls(
            states=np.zeros((count, horizon + 1, NS)),
            motors=np.zeros((count, horizon, NM)),
            features=np.zeros((count, horizon, features)),
            gains=np.zeros((count, horizon, NM, NX)),
            moved=np.zeros((count, horizon, NX, COLUMNS)),
            shown=np.zeros((count, horizon, features, COLUMNS)),
            cost=np.full(count, np.inf),
            caution=np.full(count, _START),
        )

    def rows(self, rows: Rows) -> Plan:
        """Return a copy of the plans of some bodies."""
        return Plan(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})

    def put(self, rows: Rows, other: Plan) -> None:
        """Replace the plans of some bodies."""
        for part in fields(self):
            getattr(self, part.name)[rows] = getattr(other, part.name)

    def moved_on(self, goal: Goal) -> Plan:
        """Return the plans shifted by one step; the motors of the last step come from the reference."""
        ahead = {
            part.name: np.concatenate((whole[:, 1:], whole[:, -1:]), axis=1)
            for part in fields(self)
            if (whole := getattr(self, part.name)).ndim > 1
        }
        plan = Plan(**ahead, cost=self.cost.copy(), caution=self.caution.copy())
        plan.motors[:, -1] = goal.motors[:, -1]
        plan.gains[:, -1] = 0.0
        return plan


class Planner:
    """Plans motor controls of a twin.

    Args:
        twin: the model; it needs ``H * 68`` rows for each body that is planned at once.
        horizon: number of steps H in a plan.
        weights: weights of the cost.
        iterations: number of iterations per control step.
        refreshed: the steps of the horizon whose derivatives are recomputed in every iteration; by default the first
            four, every third of the others, and the last.
        high_cost: above this cost, up to three more iterations are made with all derivatives recomputed.
    """

    def __init__(
        self,
        twin: Twin,
        horizon: int,
        weights: Weights | None = None,
        *,
        iterations: int = 1,
        refreshed: Sequence[int] | None = None,
        high_cost: float = 15.0,
    ) -> None:
        self.twin, self.horizon = twin, horizon
        self.weights = Weights() if weights is None else weights
        self._scale = self.weights.of_features()
        self._iterations, self._high_cost = iterations, high_cost
        chosen = _refreshed(horizon) if refreshed is None else sorted({int(step) for step in refreshed})
        self._refreshed = np.array(chosen, dtype=np.int64)
        self._all = np.arange(horizon)

    def first(self, state: Array, goal: Goal) -> Plan:
        """Return plans from states (n, 75) without a previous plan."""
        count = len(state)
        plan = Plan.empty(count, self.horizon)
        from_step = np.array([0, self.horizon])
        self._choose(plan, state, goal, motors=[goal.motors] * 2, feedback=np.zeros(2), from_step=from_step)
        pending = np.arange(count)
        for _ in range(_FIRST_ITERATIONS):
            part = plan.rows(pending)
            before = part.cost.copy()
            self._improve(part, goal.rows(pending), self._all)
            plan.put(pending, part)
            stuck = (part.cost > (1.0 - _ENOUGH) * before) & (part.caution <= 1.0)
            pending = pending[~stuck]
            if not pending.size:
                break
        return plan

    def next(self, plan: Plan, state: Array, goal: Goal) -> Plan:
        """Return plans a step later, from states (n, 75) that may differ from the planned ones."""
        plan = plan.moved_on(goal)
        horizon = self.horizon
        # As planned, with and without feedback, and with a joint servo to the reference from some step on.
        feedback = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
        from_step = np.array([horizon, horizon, horizon - 1, horizon - max(1, horizon // 3), 0])
        guesses = [plan.motors] * len(feedback)
        self._choose(plan, state, goal, motors=guesses, feedback=feedback, from_step=from_step)
        for _ in range(self._iterations):
            self._improve(plan, goal, self._refreshed)
        for _ in range(3):
            rows = np.flatnonzero(plan.cost > self._high_cost)
            if not rows.size:
                break
            part = plan.rows(rows)
            self._improve(part, goal.rows(rows), self._all)
            plan.put(rows, part)
        return plan

    def _choose(
        self, plan: Plan, state: Array, goal: Goal, *, motors: Sequence[Array], feedback: Array, from_step: Array
    ) -> None:
        """Set each plan to the cheapest of some guesses."""
        count, guesses = len(state), len(motors)
        told = np.stack(motors, axis=1).reshape(count * guesses, *plan.motors.shape[1:])
        self._try(plan, state, goal, told, feedback=np.tile(feedback, count), from_step=np.tile(from_step, count))

    def _improve(self, plan: Plan, goal: Goal, steps: Rows) -> None:
        """Make one iteration, recomputing the derivatives of some steps."""
        moved, shown = differentiate(
            self.twin,
            plan.states[:, steps],
            plan.motors[:, steps],
            goal.damping[:, steps],
            after=plan.states[:, steps + 1],
            features=plan.features[:, steps],
        )
        plan.moved[:, steps], plan.shown[:, steps] = moved, shown
        plan.gains, change = self._solve(plan, goal)
        count, parts = len(plan.motors), len(_PARTS)
        told = (plan.motors[:, None] + _PARTS[:, None, None] * change[:, None]).reshape(-1, *change.shape[1:])
        before = plan.cost.copy()
        tries = count * parts
        never = np.full(tries, self.horizon)
        self._try(plan, plan.states[:, 0], goal, told, feedback=np.ones(tries), from_step=never, better=True)
        factor = np.where(plan.cost < before, _SHRINK, _GROW)
        plan.caution = np.clip(plan.caution * factor, _LEAST, _MOST)

    def _try(
        self,
        plan: Plan,
        state: Array,
        goal: Goal,
        told: Array,
        *,
        feedback: Array,
        from_step: Array,
        better: bool = False,
    ) -> None:
        """Simulate several candidate plans of each body, and keep the cheapest.

        Args:
            plan: updated in place; feedback acts on deviations from its states.
            state: initial states, (n, 75).
            goal: targets of n bodies.
            told: motor controls of the candidates, (n g, H, 14).
            feedback: factor of the plan's gains, (n g,).
            from_step: first step in which the joint servo replaces the controls, (n g,).
            better: replace a plan only by a cheaper one.
        """
        count = len(state)
        guesses = len(told) // count
        owner = np.repeat(np.arange(count), guesses)
        states, motors, features = self._roll(
            plan, state[owner], goal, told, feedback=feedback, from_step=from_step, owner=owner
        )
        cost = total_cost(states, motors, features, goal.rows(owner), weights=self.weights, scale=self._scale)
        pick = cost.reshape(count, guesses).argmin(axis=1) + guesses * np.arange(count)
        taken = np.flatnonzero(cost[pick] < plan.cost) if better else np.arange(count)
        chosen = pick[taken]
        plan.states[taken], plan.motors[taken] = states[chosen], motors[chosen]
        plan.features[taken], plan.cost[taken] = features[chosen], cost[chosen]

    def _roll(
        self, plan: Plan, state: Array, goal: Goal, told: Array, *, feedback: Array, from_step: Array, owner: Rows
    ) -> tuple[Array, Array, Array]:
        count, horizon = told.shape[:2]
        states, motors = np.empty((count, horizon + 1, NS)), np.empty_like(told)
        features = np.empty((count, horizon, plan.features.shape[2]))
        states[:, 0] = state
        steered = bool(feedback.any())
        for k in range(horizon):
            command = told[:, k]
            if steered:
                away = difference(plan.states[owner, k], states[:, k])
                command = command + feedback[:, None] * (plan.gains[owner, k] @ away[..., None])[..., 0]
            servoed = k >= from_step
            if servoed.any():
                command = np.where(servoed[:, None], self._servo(states[:, k], goal, owner, k), command)
            motors[:, k] = np.minimum(np.maximum(command, goal.low[owner, k]), goal.high[owner, k])
            damping = goal.damping[owner, k]
            states[:, k + 1], features[:, k] = self.twin.advance(states[:, k], motors[:, k], damping)
        return states, motors, features

    def _servo(self, state: Array, goal: Goal, owner: Rows, step: int) -> Array:
        """Return the motor controls of a joint servo to the reference."""
        target, step_seconds = goal.features[owner, step], self.twin.control_step
        angle, rate = target[:, FEATURES["angle"]], target[:, FEATURES["rate"]]
        away = angle - step_seconds * rate - state[:, HINGES]
        command: Array = goal.motors[owner, step] + _STIFFNESS * away + _DAMPING * (rate - state[:, RATES])
        return command

    def _solve(self, plan: Plan, goal: Goal) -> tuple[Array, Array]:
        """Solve the quadratic problem about the plan; return gains (n, H, 14, 54) and motor changes (n, H, 14)."""
        count, horizon = plan.motors.shape[:2]
        scale = self._scale * np.sqrt(last_counts(goal, self.weights))[..., None]
        miss, slope = missed(plan.features, goal, self._scale) * (scale / self._scale), plan.shown * scale[..., None]
        effort, change = self.weights.effort**2, self.weights.change**2
        over, told = plan.motors - goal.motors, plan.motors - plan.states[:, :-1, MOTORS]
        gains, changes = np.empty_like(plan.gains), np.empty_like(plan.motors)
        value, slope_of_value = np.zeros((count, NX, NX)), np.zeros((count, NX, 1))
        motor, moment = NX + np.arange(NM), 2 * NV + np.arange(NM)

        def stuck(step: int, rise: Array) -> Array:
            """Return the regularization of motors at a limit that the descent direction would exceed."""
            told, low, high = plan.motors[:, step], goal.low[:, step], goal.high[:, step]
            held = ((told >= high) & (rise < 0.0)) | ((told <= low) & (rise > 0.0))
            return np.where(held, _HELD, 0.0)

        for k in range(horizon - 1, -1, -1):
            step, shown = plan.moved[:, k], slope[:, k]
            back = step.swapaxes(-1, -2)
            first = shown.swapaxes(-1, -2) @ miss[:, k, :, None] + back @ slope_of_value
            second = shown.swapaxes(-1, -2) @ shown + back @ (value @ step)
            first[:, motor, 0] += effort * over[:, k] + change * told[:, k]
            first[:, moment, 0] -= change * told[:, k]
            second[:, motor, motor] += effort + change
            second[:, moment, moment] += change
            second[:, motor, moment] -= change
            second[:, moment, motor] -= change
            cautious = second[:, NX:, NX:].copy()
            cautious[:, motor - NX, motor - NX] += plan.caution[:, None] + stuck(k, first[:, motor, 0])
            answer = -np.linalg.solve(cautious, np.concatenate((second[:, NX:, :NX], first[:, NX:]), axis=2))
            gain, push = answer[..., :NX], answer[..., NX:]
            gains[:, k], changes[:, k] = gain, push[..., 0]
            along, both = gain.swapaxes(-1, -2), second[:, NX:, :NX]
            inner = second[:, NX:, NX:]
            slope_of_value = first[:, :NX] + along @ (inner @ push + first[:, NX:]) + both.swapaxes(-1, -2) @ push
            mixed = along @ both
            value = second[:, :NX, :NX] + along @ (inner @ gain) + mixed + mixed.swapaxes(-1, -2)
            value = 0.5 * (value + value.swapaxes(-1, -2))
        return gains, changes


def _refreshed(horizon: int) -> list[int]:
    """Return the first four steps, every third step after them, and the last one."""
    return sorted({*range(min(4, horizon)), *range(5, horizon, 3), horizon - 1})
