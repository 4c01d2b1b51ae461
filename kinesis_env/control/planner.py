"""Receding-horizon planning of moments: iterative LQR on the twin, for many bodies at once.

The cost is a sum of squares of what the features of a state (:mod:`kinesis_env.control.twin`) miss of their targets, of
the moments over those of the reference, and of their change. One iteration differentiates the twin about the present
plan by finite differences, all columns of all steps of all bodies in one batch, and solves the quadratic problem that
results backwards in time (Y. Tassa, T. Erez and E. Todorov, "Synthesis and stabilization of complex behaviors through
online trajectory optimization", IROS 2012, with the Gauss-Newton Hessian). What it finds is tried in full, in half and
in smaller parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinesis_env.control.twin import FEATURES, NM, NS, NX, Twin, difference, retract

__all__ = ["Goal", "Plan", "Planner", "Weights"]

Array: TypeAlias = NDArray[np.float64]

_STEPS: Array = np.concatenate((np.full(40, 1e-4), np.full(2 * NM, 1e-2)))
_JUMP = 300.0
_COLUMNS = NX + NM
_LINE = np.array([1.0, 0.5, 0.2, 0.05])


@dataclass(frozen=True)
class Weights:
    """What the cost compares: residuals per metre, radian, their rates, and unit of a motor.

    Attributes:
        position: of all tracked bodies together [1/m].
        velocity: of them [s/m].
        trunk: orientation of the pelvis [1/rad].
        spin: its angular velocity [s/rad].
        capture: the capture point: where the body would come to a stop, over the ground [1/m].
        angle: of each hinge [1/rad].
        rate: of each hinge [s/rad].
        effort: a motor's unit beside the reference's.
        change: a motor's unit from one step to the next.
        last: how often the last step counts.
    """

    position: float = 10.0
    velocity: float = 0.8
    trunk: float = 4.0
    spin: float = 0.4
    capture: float = 8.0
    angle: float = 1.0
    rate: float = 0.03
    effort: float = 0.3
    change: float = 0.0
    last: float = 2.0

    def of_features(self) -> Array:
        """Return the weight of each feature, (84,)."""
        out = np.empty(max(part.stop for part in FEATURES.values()))
        for name, part in FEATURES.items():
            out[part] = getattr(self, name)
        out[FEATURES["position"]] /= np.sqrt(7.0)
        out[FEATURES["velocity"]] /= np.sqrt(7.0)
        # The difference of two rotation matrices is sqrt(2) times a small angle between them.
        out[FEATURES["trunk"]] /= np.sqrt(2.0)
        return out


@dataclass
class Goal:
    """What the next steps are to be, for n bodies and a horizon of H steps.

    Attributes:
        features: of the reference after each step, (n, H, 84).
        motors: of the reference in each step, (n, H, 14).
        damping: of the muscles in each step [N m s/rad], (n, H, 14).
        weight: of each step, (n, H); 0 beyond the end of a motion.
        qpos, qvel: the hinges of the reference at the end of each step, (n, H, 14), for the first guesses.
    """

    features: Array
    motors: Array
    damping: Array
    weight: Array

    def rows(self, rows: NDArray[np.integer]) -> Goal:
        return Goal(self.features[rows], self.motors[rows], self.damping[rows], self.weight[rows])


@dataclass
class Plan:
    """A plan of n bodies.

    Attributes:
        states: before, between and after the steps, (n, H + 1, 75).
        motors: what the motors are told, (n, H, 14).
        features: after each step, (n, H, 84).
        gains: change of the motors per change of the state, (n, H, 14, 54).
        cost: (n,).
    """

    states: Array
    motors: Array
    features: Array
    gains: Array
    cost: Array


class Planner:
    def __init__(self, twin: Twin, horizon: int, weights: Weights) -> None:
        self.twin, self.horizon, self.weights = twin, horizon, weights
        self._feature_weight = weights.of_features()

    def rollout(self, start: Array, goal: Goal, motors: Array, plan: Plan | None = None, gains: Array | None = None, share: Array | None = None, step: Array | None = None) -> Plan:
        """Try motors (m, H, 14), with feedback on the states of a plan where gains are given."""
        count, horizon = motors.shape[:2]
        states = np.empty((count, horizon + 1, NS))
        used = np.empty_like(motors)
        features = np.empty((count, horizon, goal.features.shape[-1]))
        states[:, 0] = start
        low, high = self.twin.motor_range
        for k in range(horizon):
            u = motors[:, k]
            if gains is not None:
                u = u + (gains[:, k] @ difference(plan.states[:, k], states[:, k])[..., None])[..., 0]
            used[:, k] = np.clip(u, low, high)
            states[:, k + 1], features[:, k] = self.twin.advance(states[:, k], used[:, k], goal.damping[:, k])
        cost = self.cost(states, used, features, goal)
        return Plan(states, used, features, np.zeros((count, horizon, NM, NX)), cost)

    def follow(self, start: Array, goal: Goal, kp: Array, kd: Array, first: Array, motors: Array) -> Plan:
        """Joint PD about the reference from step `first` (m,) on."""
        count, horizon = motors.shape[:2]
        states = np.empty((count, horizon + 1, NS))
        used = np.empty_like(motors)
        features = np.empty((count, horizon, goal.features.shape[-1]))
        states[:, 0] = start
        low, high = self.twin.motor_range
        for k in range(horizon):
            target = goal.features[:, k]
            q = states[:, k, 7:21]; v = states[:, k, 27:41]
            pd = goal.motors[:, k] + kp * (target[:, FEATURES["angle"]] - q - self.twin.control_step * target[:, FEATURES["rate"]]) + kd * (target[:, FEATURES["rate"]] - v)
            u = np.where((k >= first)[:, None], pd, motors[:, k])
            used[:, k] = np.clip(u, low, high)
            states[:, k + 1], features[:, k] = self.twin.advance(states[:, k], used[:, k], goal.damping[:, k])
        cost = self.cost(states, used, features, goal)
        return Plan(states, used, features, np.zeros((count, horizon, NM, NX)), cost)

    def cost(self, states: Array, motors: Array, features: Array, goal: Goal) -> Array:
        w = goal.weight.copy()
        w[:, -1] *= self.weights.last
        miss = ((features - goal.features) * self._feature_weight)
        effort = self.weights.effort * (motors - goal.motors)
        change = self.weights.change * (motors - states[:, :-1, 41:55])
        total = (w * (miss * miss).sum(-1)).sum(-1) + (effort * effort).sum((-1, -2)) + (change * change).sum((-1, -2))
        return np.where(np.isfinite(total), total, np.inf)

    def linearize(self, plan: Plan, goal: Goal) -> tuple[Array, Array]:
        """Return how the state (n, H, 54, 68) and the features (n, H, 84, 68) after a step change with state and motors before it."""
        count, horizon = plan.motors.shape[:2]
        flat = count * horizon
        base = plan.states[:, :-1].reshape(flat, NS)
        motors = plan.motors.reshape(flat, NM)
        damping = goal.damping.reshape(flat, NM)
        after = plan.states[:, 1:].reshape(flat, NS)
        features = plan.features.reshape(flat, -1)
        steps = np.tile(_STEPS, (flat, 1))
        at = np.arange(NM)
        steps[:, NX + at] *= np.where(motors + _STEPS[NX:] > self.twin.motor_range[1], -1.0, 1.0)
        where, column = np.divmod(np.arange(flat * _COLUMNS), _COLUMNS)
        moved, shown = self._differences(base, motors, damping, after, features, where, column, steps[where, column])
        # a foot that touches the ground on one side of the difference only
        jumped = np.flatnonzero(np.abs(moved).max(axis=1) > _JUMP)
        if jumped.size:
            part = where[jumped], column[jumped]
            again = self._differences(base, motors, damping, after, features, *part, -steps[part])
            size = np.abs(again[0]).max(axis=1)
            smaller = size < np.abs(moved[jumped]).max(axis=1)
            moved[jumped[smaller]], shown[jumped[smaller]] = again[0][smaller], again[1][smaller]
            scale = np.minimum(1.0, _JUMP / np.abs(moved[jumped]).max(axis=1))[:, None]
            moved[jumped] *= scale
            shown[jumped] *= scale
        shape = count, horizon, _COLUMNS, -1
        return moved.reshape(shape).swapaxes(-1, -2), shown.reshape(shape).swapaxes(-1, -2)

    def _differences(self, base, motors, damping, after, features, where, column, size):
        changes = np.zeros((len(where), NX))
        of_state = column < NX
        changes[of_state, column[of_state]] = size[of_state]
        state = retract(base[where], changes)
        told = motors[where]
        of_motor = ~of_state
        told[of_motor, column[of_motor] - NX] += size[of_motor]
        moved, shown = self.twin.advance(state, told, damping[where])
        return difference(after[where], moved) / size[:, None], (shown - features[where]) / size[:, None]

    def improve(self, plan: Plan, goal: Goal, mu: Array) -> Plan:
        moved, shown = self.linearize(plan, goal)
        gains, push = self.backward(plan, goal, moved, shown, mu)
        best = replace(plan, gains=gains)
        # line search: all at once
        n = len(plan.motors)
        L = len(_LINE)
        rep = lambda a: np.repeat(a, L, axis=0)
        base = Plan(rep(plan.states), rep(plan.motors), rep(plan.features), rep(plan.gains), rep(plan.cost))
        g = Goal(*(rep(a) for a in (goal.features, goal.motors, goal.damping, goal.weight)))
        tried = rep(plan.motors) + np.tile(_LINE, n)[:, None, None] * rep(push)
        out = self.rollout(rep(plan.states[:, 0]), g, tried, base, rep(gains))
        cost = out.cost.reshape(n, L)
        pick = cost.argmin(axis=1)
        idx = np.arange(n) * L + pick
        better = cost[np.arange(n), pick] < plan.cost
        sel = lambda a, b: np.where(better.reshape(-1, *(1,) * (b.ndim - 1)), a[idx], b)
        return Plan(sel(out.states, plan.states), sel(out.motors, plan.motors), sel(out.features, plan.features), gains, np.where(better, out.cost[idx], plan.cost)), better, pick

    def backward(self, plan: Plan, goal: Goal, moved: Array, shown: Array, mu: Array) -> tuple[Array, Array]:
        n, horizon = plan.motors.shape[:2]
        w = goal.weight.copy()
        w[:, -1] *= self.weights.last
        scale = self._feature_weight * np.sqrt(w)[..., None]
        miss = (plan.features - goal.features) * scale
        slope = shown * scale[..., None]
        effort2, change2 = self.weights.effort**2, self.weights.change**2
        V = np.zeros((n, NX, NX)); v = np.zeros((n, NX))
        gains = np.empty((n, horizon, NM, NX)); push = np.empty((n, horizon, NM))
        eye = np.eye(NM)
        m = np.arange(NM)
        for k in range(horizon - 1, -1, -1):
            J, G = moved[:, k], slope[:, k]
            Jt = J.swapaxes(-1, -2); Gt = G.swapaxes(-1, -2)
            Q = Gt @ G + Jt @ (V @ J)
            q = (Gt @ miss[:, k, :, None] + Jt @ v[..., None])[..., 0]
            du = plan.motors[:, k] - goal.motors[:, k]
            dc = plan.motors[:, k] - plan.states[:, k, 41:55]
            q[:, NX:] += effort2 * du + change2 * dc
            q[:, 40:NX] -= change2 * dc
            Q[:, NX + m, NX + m] += effort2 + change2
            Q[:, 40 + m, 40 + m] += change2
            Q[:, NX + m, 40 + m] -= change2
            Q[:, 40 + m, NX + m] -= change2
            Quu = Q[:, NX:, NX:] + mu[:, None, None] * eye
            rhs = np.concatenate((Q[:, NX:, :NX], q[:, NX:, None]), axis=2)
            sol = np.linalg.solve(Quu, rhs)
            K, kff = -sol[:, :, :NX], -sol[:, :, NX]
            gains[:, k], push[:, k] = K, kff
            Kt = K.swapaxes(-1, -2)
            Qux = Q[:, NX:, :NX]
            v = q[:, :NX] + (Kt @ (Q[:, NX:, NX:] @ kff[..., None] + q[:, NX:, None]) + Qux.swapaxes(-1, -2) @ kff[..., None])[..., 0]
            V = Q[:, :NX, :NX] + Kt @ Q[:, NX:, NX:] @ K + Kt @ Qux + Qux.swapaxes(-1, -2) @ K
            V = 0.5 * (V + V.swapaxes(-1, -2))
        return gains, push
