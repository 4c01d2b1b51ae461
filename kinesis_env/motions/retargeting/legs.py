"""The legs of a whole motion, solved at once: feet on the ground, angles near the recorded ones, smooth in time.

A stance foot has its lowest point on the ground, and the points that touch do not slide; a swing foot stays above the
ground. The change of the leg angles that achieves this is smooth in time: it solves one banded least squares problem
over all frames of a leg by Gauss-Newton iterations, each of which finds the lowest point and the points that touch from
the last solution. No frame is moved on its own, so there are no spikes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.sole import SOLE_POINTS, sole_jacobians, sole_points
from kinesis_env.typing import Array, Ints

__all__ = ["LegCosts", "adapt_legs"]


#: Hinges of a leg; the last one bends the toes.
_MOVED = 7
#: Fraction of the range of the toe joint that is used.
_TOES = 0.98
#: Weight of the squared step [rad^-2] of a hinge that is held at a limit.
_HOLD = 1e8
#: Frames solved at once, and frames of overlap on either side, so that the pieces join smoothly.
_PIECE, _OVERLAP = 4096, 60


@dataclass(frozen=True)
class LegCosts:
    """Scales of the costs: each is the deviation that costs 1 in one frame at 30 Hz; costs are quadratic.

    Attributes:
        angle: deviation of a hinge from its recorded angle [rad].
        toes: deviation of the toes from their recorded angle [rad].
        far: deviation beyond which the cost of a hinge grows faster than quadratically [rad].
        bend: second difference, from frame to frame, of the deviation from the recorded angle [rad].
        height: height of the lowest point of a stance foot above or below the ground [m].
        slide: distance that a point on the ground moves in one frame [m].
        sink: depth of a point below the ground [m].
        deep: depth beyond which the cost of a point hardly grows [m]; some files cannot be matched without going there.
        touching: height up to which the points of a stance foot must not slide [m].
        iterations: number of Gauss-Newton iterations.
    """

    angle: float = 0.03
    toes: float = 0.1
    far: float = 0.045
    bend: float = 0.012
    height: float = 0.0015
    slide: float = 0.0015
    sink: float = 0.0007
    deep: float = 0.004
    touching: float = 0.008
    iterations: int = 10


def adapt_legs(
    qpos: Array, standing: Array, least: Array, fps: float, *, still: Array, costs: LegCosts | None = None
) -> Array:
    """Return qpos (T, 21) with the legs moved so that the feet stand on the ground.

    Args:
        qpos: the final root pose and the recorded angles (T, 21).
        standing: confidence, 0 to 1, that each foot is on the ground, right first (T, 2).
        least: minimum height of the points of each foot (T, 2) [m].
        fps: frames per second.
        still: confidence, 0 to 1, that each foot does not slide (T, 2).
        costs: scales of the costs; the defaults are for recorded angles.
    """
    costs = costs or LegCosts()
    out = qpos.copy()
    for first in range(0, len(qpos), _PIECE):
        stop = min(first + _PIECE, len(qpos))
        low, high = max(0, first - _OVERLAP), min(len(qpos), stop + _OVERLAP)
        part = slice(low, high)
        solved = _solved(qpos[part], standing[part], still[part], least[part], fps=fps, costs=costs)
        out[first:stop, 7:] = solved[first - low : stop - low, 7:]
    return out


def _solved(qpos: Array, standing: Array, still: Array, least: Array, *, fps: float, costs: LegCosts) -> Array:
    out = qpos.copy()
    columns = [np.arange(7 + 7 * side, 7 + 7 * side + _MOVED) for side in (0, 1)]
    for _ in range(costs.iterations):
        poses = skeleton().poses(out)
        points = sole_points(poses)
        jacobian = sole_jacobians(poses, points)
        largest = 0.0
        for side in (0, 1):
            mine = columns[side]
            foot = slice(side * SOLE_POINTS, (side + 1) * SOLE_POINTS)
            away = out[:, mine] - qpos[:, mine]
            system = _System(len(out))
            spread = np.array([costs.angle] * (_MOVED - 1) + [costs.toes])
            growth: Array = 1.0 + (np.abs(away) * (costs.angle / spread) / costs.far) ** 4
            cost: Array = growth / np.square(spread)
            system.pull(away, cost)
            system.smooth(away, (fps / 30) ** 4 / costs.bend**2)
            arms = jacobian[:, foot][..., mine - 1]
            _ground(system, points[:, foot], arms, standing=standing[:, side], least=least[:, side], costs=costs)
            _no_slide(system, points[:, foot], arms, still=still[:, side], fps=fps, costs=costs)
            low, high = _limits(mine)
            step = system.step()
            # A hinge that would leave its range is held at the limit, and the others are solved again.
            aim = np.clip(out[:, mine] + step, low, high) - out[:, mine]
            held = np.abs(aim - step) > 1e-9
            if held.any():
                system.pull(-aim, np.where(held, _HOLD, 0.0))
                step = system.step()
            moved = np.clip(out[:, mine] + step, low, high)
            largest = max(largest, float(np.abs(moved - out[:, mine]).max()))
            out[:, mine] = moved
        if largest < 1e-4:
            break
    return out


def _limits(columns: Ints) -> tuple[Array, Array]:
    """Return the limits of the hinges of a leg (7,); those of the toes are slightly inside the joint limits."""
    low, high = skeleton().ranges[columns - 7].T
    share = np.array([1.0] * (_MOVED - 1) + [_TOES])
    return low * share, high * share


def _ground(system: _System, points: Array, arms: Array, *, standing: Array, least: Array, costs: LegCosts) -> None:
    """Put the lowest point of a stance foot on the ground, and no point of any foot below its minimum height."""
    height = points[..., 2]
    lowest = height.argmin(axis=1)
    each = np.arange(len(points))
    system.ask(arms[each, lowest, 2], -height[each, lowest], standing / costs.height**2)
    for point in range(SOLE_POINTS):
        sunk = np.maximum(least - height[:, point], 0.0)
        system.ask(arms[:, point, 2], sunk, (sunk > 0) / costs.sink**2 / (1.0 + (sunk / costs.deep) ** 2))


def _no_slide(system: _System, points: Array, arms: Array, *, still: Array, fps: float, costs: LegCosts) -> None:
    """Penalize points on the ground that move from frame to frame."""
    above = points[..., 2] - np.minimum(points[..., 2].min(axis=1, keepdims=True), 0.0)
    touch = still[:, None] * np.exp(-((np.maximum(above, 0.0) / costs.touching) ** 2))
    both = np.minimum(touch[1:], touch[:-1]) / costs.slide**2 * (fps / 30) ** 2
    for point in range(SOLE_POINTS):
        moved = points[1:, point] - points[:-1, point]
        for axis in (0, 1):
            system.ask_step(arms[1:, point, axis], arms[:-1, point, axis], -moved[:, axis], both[:, point])


class _System:
    """Banded normal equations of the changes x (T, 7) of the hinges: each frame is coupled to the next two."""

    def __init__(self, frames: int) -> None:
        self._within = np.zeros((frames, _MOVED, _MOVED))
        self._next = np.zeros((frames - 1, _MOVED, _MOVED))
        self._second = 0.0
        self._right = np.zeros((frames, _MOVED))
        self._diagonal = np.arange(_MOVED)

    def pull(self, away: Array, weight: Array) -> None:
        """Add weight * (away + x)^2 for (T, 7)."""
        self._within[:, self._diagonal, self._diagonal] += weight
        self._right -= weight * away

    def ask(self, arm: Array, wanted: Array, weight: Array) -> None:
        """Add weight * (arm x - wanted)^2 for arms (T, 7), wanted and weights (T,)."""
        weighted = weight[:, None] * arm
        self._within += weighted[:, :, None] * arm[:, None]
        self._right += weighted * wanted[:, None]

    def ask_step(self, ahead: Array, behind: Array, wanted: Array, weight: Array) -> None:
        """Add weight * (ahead x_{t+1} - behind x_t - wanted)^2 for arms (T-1, 7)."""
        front, back = weight[:, None] * ahead, weight[:, None] * behind
        self._within[1:] += front[:, :, None] * ahead[:, None]
        self._within[:-1] += back[:, :, None] * behind[:, None]
        self._next -= front[:, :, None] * behind[:, None]
        self._right[1:] += front * wanted[:, None]
        self._right[:-1] -= back * wanted[:, None]

    def smooth(self, away: Array, weight: float) -> None:
        """Add weight * (second difference of away + x)^2."""
        frames = len(away)
        if frames < 3:
            return
        stencil = np.array([1.0, -2.0, 1.0])
        bend = away[2:] - 2 * away[1:-1] + away[:-2]
        diagonal = np.zeros(frames)
        beside = np.zeros(frames - 1)
        for i, share in enumerate(stencil):
            rows = slice(i, frames - 2 + i)
            diagonal[rows] += weight * share**2
            self._right[rows] -= weight * share * bend
            if i < 2:
                beside[rows] += weight * share * stencil[i + 1]
        self._within[:, self._diagonal, self._diagonal] += diagonal[:, None]
        self._next[:, self._diagonal, self._diagonal] += beside[:, None]
        self._second = weight

    def step(self) -> Array:
        """Return the solution (T, 7)."""
        from scipy.linalg import solveh_banded  # noqa: PLC0415  (only recordings need SciPy)

        frames = len(self._right)
        bands = np.zeros((2 * _MOVED + 1, frames, _MOVED))
        for row in range(_MOVED):
            for column in range(_MOVED):
                if row >= column:
                    bands[row - column, :, column] += self._within[:, row, column]
                bands[_MOVED + row - column, :-1, column] += self._next[:, row, column]
        bands[2 * _MOVED, :-2] += self._second
        flat = bands.reshape(2 * _MOVED + 1, -1)
        out: Array = solveh_banded(flat, self._right.reshape(-1), lower=True, check_finite=False)
        return out.reshape(frames, _MOVED)
