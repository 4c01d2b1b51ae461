"""Direction: the pelvis moves with a commanded heading and speed, which change during the episode."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from kinesis_env import rotations
from kinesis_env.config.goals import DirectionConfig
from kinesis_env.errors import ResetError, shown
from kinesis_env.model.bounds import FASTEST
from kinesis_env.simulation import Simulation
from kinesis_env.tasks.goal import GoalTask
from kinesis_env.tasks.markers import Marker
from kinesis_env.terms import goals
from kinesis_env.typing import Array, Mask, RowInfo, Rows

__all__ = ["INFO", "KEYS", "DirectionTask", "given_command"]


#: Changes by the arrow keys of the viewer (GLFW codes): heading [rad] and speed [m/s].
KEYS = {265: (0.0, 0.25), 264: (0.0, -0.25), 263: (math.pi / 12, 0.0), 262: (-math.pi / 12, 0.0)}

#: Keys of the info about the command.
INFO = ("command_heading", "command_speed", "velocity_error", "mean_velocity_error")

ARROW_COLOR = (0.95, 0.55, 0.1, 0.8)
#: The arrow's radius, height above the ground and distance from the pelvis [m], and its length per speed [s].
ARROW_RADIUS, ARROW_HEIGHT, ARROW_AHEAD, ARROW_LENGTH = 0.03, 0.06, 0.35, 0.8


class DirectionTask(GoalTask):
    """N episodes of following a command; arguments as for :class:`~kinesis_env.tasks.base.Task`.

    Attributes:
        commands: number of commands of an episode.
    """

    config: DirectionConfig
    options: ClassVar[tuple[str, ...]] = ("command", *GoalTask.options)

    def __init__(
        self,
        config: DirectionConfig,
        num: int,
        num_threads: int = 1,
        *,
        simulation_class: type[Simulation] = Simulation,
    ) -> None:
        super().__init__(config, num, num_threads, simulation_class=simulation_class)
        shortest = config.command_time[0] / self.simulation.control_step
        commands = min(math.ceil(config.time_limit / shortest) + 1, config.time_limit + 1)
        self.commands = commands
        self._headings: Array = np.zeros((num, commands))
        self._speeds: Array = np.zeros((num, commands))
        self._changes: Rows = np.zeros((num, commands), dtype=np.int64)
        self._velocities: Array = np.zeros((num, commands, 2))  # commanded, in the world
        self._now: Rows = np.zeros(num, dtype=np.int64)  # index of the command in force
        self._velocity: Array = np.zeros((num, 2))  # the one in force
        self._error: Array = np.zeros(num)
        self._mean: Array = np.zeros(num)  # of the errors so far
        self._error_sum: Array = np.zeros(num)
        self._lay_out()

    @property
    def command(self) -> tuple[Array, Array]:
        """The commanded heading [rad], relative to the initial heading, and speed [m/s], (n,)."""
        return self._headings[self._rows, self._now], self._speeds[self._rows, self._now]

    def set_command(self, heading: ArrayLike, speed: ArrayLike, rows: Any = slice(None)) -> None:
        """Command a heading [rad] and a speed [m/s] until the end of the episode.

        Args:
            heading: relative to the initial heading, positive to the left; a number, or (k,).
            speed: a number, or (k,).
            rows: the rows; by default all.

        Raises:
            ResetError: a command that is not finite, or a speed outside 0 to 3 m/s.
        """
        headings, speeds = self.check_command(heading, speed)
        self._headings[rows] = headings[..., None]
        self._speeds[rows] = speeds[..., None]
        self._aim(rows)
        self._look_up()

    def check_command(self, heading: ArrayLike, speed: ArrayLike) -> tuple[Array, Array]:
        """Return headings [rad] and speeds [m/s] as arrays.

        Raises:
            ResetError: a command that is not finite, or a speed outside 0 to 3 m/s.
        """
        headings, speeds = np.asarray(heading, dtype=np.float64), np.asarray(speed, dtype=np.float64)
        fast = self.config.MAX_SPEED
        if not (np.isfinite(headings).all() and (speeds >= 0.0).all() and (speeds <= fast).all()):
            raise ResetError(
                f"a command needs a finite heading and a speed from 0 to {fast:g} m/s, given {heading!r} and {speed!r}"
            )
        return headings, speeds

    def place_command(self, heading: float, speed: float, cos: float, sin: float) -> None:
        """Give the first row the command of a row elsewhere, and the cosine and sine of its initial heading."""
        self._place_start(0, self._origin[0], cos, sin)
        self.set_command(heading, speed, [0])

    def press_key(self, key: int) -> None:
        """Turn the command of the first row (left, right arrow keys) or change its speed (up, down)."""
        super().press_key(key)
        if key in KEYS:
            heading, speed = (float(value[0]) for value in self.command)
            turn, faster = KEYS[key]
            self.set_command(heading + turn, min(max(speed + faster, 0.0), self.config.MAX_SPEED), [0])

    def velocity_world(self) -> Array:
        """Return the commanded velocity in the world [m/s], (n, 2)."""
        return self._velocity

    def markers(self, row: int) -> list[Marker]:
        """Return the command as an arrow on the ground, or a disc for standing."""
        velocity = self.velocity_world()[row]
        speed = float(np.hypot(*velocity))
        x, y = self.simulation.qpos[row, :2].tolist()
        if speed < 1e-6:
            return [Marker("cylinder", (x, y, ARROW_HEIGHT), (0.15, 0.15, 0.005), ARROW_COLOR)]
        forward, left = (velocity / speed).tolist()
        spot = (x + ARROW_AHEAD * forward, y + ARROW_AHEAD * left, ARROW_HEIGHT)
        size = (ARROW_RADIUS, ARROW_RADIUS, ARROW_LENGTH * speed)
        return [Marker("arrow", spot, size, ARROW_COLOR, (forward, left, 0.0))]

    def option_axes(self, key: str) -> int:
        """Return the number of axes of a reset option's value for one episode."""
        return {"command": 1}.get(key, 0)

    def _draw_goals(self, rows: Rows, rngs: Sequence[np.random.Generator], options: Mapping[str, Any]) -> None:
        config = self.config
        if "command" in options:
            given = given_command(options["command"], len(rows))
            self.set_command(given[:, 0], given[:, 1], rows)
            self._changes[rows] = 0
            return
        shape, step = self._headings.shape[1], self.simulation.control_step
        for row, rng in zip(rows, rngs, strict=True):
            self._headings[row] = rng.uniform(config.heading_range[0], config.heading_range[1], shape)
            self._speeds[row] = rng.uniform(config.speed_range[0], config.speed_range[1], shape)
            times = np.cumsum(rng.uniform(config.command_time[0], config.command_time[1], shape - 1))
            self._changes[row, 1:] = np.rint(times / step)
        self._changes[rows, 0] = 0

    def _begin(self, rows: Rows) -> None:
        self._error[rows] = 0.0
        self._error_sum[rows] = 0.0
        self._mean[rows] = 0.0
        self._aim(rows)
        self._look_up()

    def _evaluate(self, alive: Mask) -> tuple[Array, Mask]:
        velocity, command = self._body.velocity[:, 0, :2], self.velocity_world()  # the observed one
        self._look_up()
        values = np.empty((3, len(alive)))
        values[0] = goals.velocity_along(velocity, command, scale=self.reward_scales["velocity"])
        values[1:] = self._carriage()
        error = np.hypot(velocity[:, 0] - command[:, 0], velocity[:, 1] - command[:, 1])
        self._error = np.where(alive, error, self._error)
        self._error_sum += np.where(alive, error, 0.0)
        self._mean = self._error_sum / np.maximum(self._elapsed, 1)
        return values, self._mean < self.config.success_error

    def _aim(self, rows: Any) -> None:
        """Convert the commands of some rows to velocities in the world."""
        heading, speed = self._headings[rows], self._speeds[rows]
        forward, left = speed * np.cos(heading), speed * np.sin(heading)
        x, y = rotations.turned(forward, left, self._start_cos[rows, None], self._start_sin[rows, None])
        self._velocities[rows, :, 0], self._velocities[rows, :, 1] = x, y

    def _look_up(self) -> None:
        """Look up which command of each row is in force."""
        begun = np.add.reduce(self._changes <= self._elapsed[:, None], axis=1, dtype=np.int64)
        self._now = np.maximum(begun - 1, 0)
        self._velocity = self._velocities[self._rows, self._now]

    def _goal_term(self) -> tuple[str, Array]:
        return "command", goals.target_in_heading(self._body, self.velocity_world())

    def _pelvis_reference(self, ahead: Array) -> tuple[Array, Array]:
        velocity = np.repeat(self.velocity_world()[:, None], len(ahead), axis=1)
        return self._body.root[:, None, :2] + velocity * ahead[:, None], velocity

    def _context_of_task(self) -> tuple[None, Array, Rows]:
        return None, self.velocity_world().copy(), self._elapsed  # a user's term may write to it

    def _goal_info(self) -> RowInfo:
        return dict(zip(INFO, (*self.command, self._error.copy(), self._mean.copy()), strict=True))


def given_command(value: Any, count: int) -> Array:
    """Return the commands of an option, (count, 2): headings [rad] and speeds [m/s].

    Raises:
        ResetError: something else.
    """
    try:
        given = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ResetError(f"option 'command' must be numbers, given {shown(value)}") from error
    if given.shape not in ((2,), (count, 2)) or (np.abs(given) > FASTEST[0]).any():
        raise ResetError(
            f"option 'command' must be [heading, speed], or {count} of these, each at most {FASTEST[0]:g}; "
            f"given {shown(value)}"
        )
    return np.broadcast_to(given, (count, 2))
