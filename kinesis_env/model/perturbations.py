"""Perturbations: sloping ground, and pushes on the pelvis.

The world frame is the ground's: z is normal to it, and on a slope gravity is tilted. A body on a slope of angle s about
y, uphill along x, feels gravity g (-sin s, 0, -cos s); this is the same physics as a floor tilted under vertical
gravity, and quantities measured from the ground (heights, references, contacts, goals) keep their meaning.

A push is a constant horizontal force with a given impulse on the center of mass of the pelvis, for a whole number of
control steps. Every row draws from its own generator, once at its reset; later pushes follow from that number alone, so
that rows, threads and the order of resets do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinesis_env.config.schema import Amount
from kinesis_env.config.tracking import BodyConfig
from kinesis_env.model.draws import draw, uniform
from kinesis_env.typing import Array, Mask, Rows

__all__ = ["Perturbations", "tilted"]

#: Random numbers of a push: its impulse, its direction, and the time to the next.
_NUMBERS = 3
#: Their indices.
_IMPULSE, _DIRECTION, _WAIT = range(_NUMBERS)


def tilted(gravity: float, slope: Array | float) -> Array:
    """Return gravity on ground that rises at an angle along x, (..., 3) [m/s^2].

    Args:
        gravity: its magnitude [m/s^2].
        slope: the angle [degrees], any shape.
    """
    angle = np.radians(np.asarray(slope, dtype=np.float64))
    return gravity * np.stack((-np.sin(angle), np.zeros_like(angle), -np.cos(angle)), axis=-1)


class Perturbations:
    """The slope under ``num`` simulations, and their pushes.

    Args:
        config: the perturbations and their amounts.
        num: the number of simulations.
        control_step: seconds per control step.

    Attributes:
        slope: angle of the ground, uphill along x of the world [degrees], (num,), or None.
        push: impulse of the current push [N s], or 0, (num,).
        direction: direction of the push, to the left of +x of the world [degrees], (num,).
        count: number of pushes in the episode so far, (num,).
        force: force on the center of mass of the pelvis in the world in the next (then: the last) control step [N],
            (num, 3).
    """

    def __init__(self, config: BodyConfig, num: int, control_step: float) -> None:
        self._config, self._step = config, control_step
        self.slope: Array | None = np.zeros(num) if config.slope != 0.0 else None
        self.pushes = config.has_pushes
        self._steps = max(1, round(config.push_duration / control_step))
        self.push, self.direction = np.zeros(num), np.zeros(num)
        self.count: NDArray[np.int64] = np.zeros(num, dtype=np.int64)
        self.force: Array = np.zeros((num, 3))
        self._keys: NDArray[np.uint64] = np.zeros(num, dtype=np.uint64)
        self._elapsed, self._next, self._left, self._begun = (np.zeros(num, dtype=np.int64) for _ in range(4))

    @property
    def since(self) -> Array:
        """Time since the last push began [s], or since the start, (num,)."""
        return self._step * (self._elapsed - self._begun).astype(np.float64)

    def renew(self, rows: Rows, rngs: Sequence[np.random.Generator]) -> None:
        """Draw the slopes and the pushes of new episodes in rows (k,) with generators (k)."""
        for row, rng in zip(rows.tolist(), rngs, strict=True):
            if self.slope is not None:
                self.slope[row] = draw(self._config.slope, rng)
            if self.pushes:
                self._keys[row] = rng.integers(0, 2**64, dtype=np.uint64)
        for part in (self.push, self.direction, self.count, self.force, self._elapsed, self._left, self._begun):
            part[rows] = 0
        if self.pushes:
            self._next[rows] = self._when(rows, np.zeros(len(rows), dtype=np.int64))

    def begin_step(self, rows: Mask | None, heading: Array) -> None:
        """Set the forces of the next control step.

        Args:
            rows: mask of the rows that take the step, (num,); None means all.
            heading: heading of all bodies [rad], (num,); directions are relative to it when a push begins.
        """
        stepped = np.ones(len(self.push), dtype=np.bool_) if rows is None else rows
        due = np.flatnonzero(stepped & (self._elapsed >= self._next))
        if due.size:
            drawn = uniform(self._keys[due], self.count[due].astype(np.uint64), _NUMBERS)
            config = self._config
            self.push[due] = _spread(config.push, drawn[:, _IMPULSE])
            self.direction[due] = np.degrees(heading[due]) + _spread(config.push_direction, drawn[:, _DIRECTION])
            self.count[due] += 1
            self._left[due], self._begun[due] = self._steps, self._elapsed[due]
            self._next[due] = np.maximum(self._when(due, self._elapsed[due]), self._elapsed[due] + self._steps)
        over = np.flatnonzero(stepped & (self._left == 0))
        self.push[over] = self.direction[over] = 0.0
        angle = np.radians(self.direction)
        size = self.push / (self._steps * self._step)
        self.force[:, 0], self.force[:, 1] = size * np.cos(angle), size * np.sin(angle)
        self._left -= stepped & (self._left > 0)
        self._elapsed += stepped

    def snapshot(self, rows: Rows) -> dict[str, NDArray[Any]]:
        """Return a copy of all draws and state of rows (k,), (k, ...) each."""
        return {name: part[rows].copy() for name, part in self._memory().items()}

    def restore(self, rows: Rows, kept: Mapping[str, NDArray[Any]]) -> None:
        """Restore rows (k,) to the result of :meth:`snapshot`."""
        for name, part in self._memory().items():
            part[rows] = kept[name]

    def info(self) -> dict[str, Array]:
        """Return slope, impulse and direction of the current push, and number of pushes so far, (num,) each."""
        info: dict[str, Array] = {} if self.slope is None else {"slope": self.slope.copy()}
        if self.pushes:
            info |= {"push": self.push.copy(), "push_direction": _wrapped(self.direction)}
            info["pushes"] = self.count.astype(np.float64)
        return info

    def _memory(self) -> dict[str, NDArray[Any]]:
        parts: dict[str, NDArray[Any]] = {} if self.slope is None else {"slope": self.slope}
        if self.pushes:
            parts |= {
                "push": self.push,
                "direction": self.direction,
                "count": self.count,
                "force": self.force,
                "keys": self._keys,
                "elapsed": self._elapsed,
                "next": self._next,
                "left": self._left,
                "begun": self._begun,
            }
        return parts

    def _when(self, rows: Rows, now: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the control step in which the next push of rows (k,) begins, (k,)."""
        times = self._config.push_times
        if times:
            steps = np.array([*(round(time / self._step) for time in sorted(times)), np.iinfo(np.int64).max])
            return steps[np.minimum(self.count[rows], len(times))]
        # Push number n draws its impulse, its direction and the wait before it together.
        turn = self.count[rows].astype(np.uint64)
        wait = _spread(self._config.push_interval, uniform(self._keys[rows], turn, _NUMBERS)[:, _WAIT])
        return now + np.maximum(np.rint(wait / self._step).astype(np.int64), 1)


def _spread(amount: Amount, share: Array) -> Array:
    """Map uniform random numbers from 0 to 1 to an amount."""
    low, high = amount if isinstance(amount, tuple) else (amount, amount)
    return low + (high - low) * share


def _wrapped(degrees: Array) -> Array:
    """Wrap angles to -180 to 180 degrees."""
    return np.asarray((degrees + 180.0) % 360.0 - 180.0)
