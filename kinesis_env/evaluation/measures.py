"""The metrics of an episode; ``docs/evaluation.md`` has the formulas and their sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinesis_env import rotations
from kinesis_env.model.frames import Frames
from kinesis_env.tasks.base import Task
from kinesis_env.terms.terminations import distances
from kinesis_env.typing import Array, Mask, Rows

__all__ = ["METRICS", "Measures", "Metric", "metric_named", "tracking_errors"]


@dataclass(frozen=True)
class Metric:
    """A metric of an episode.

    Attributes:
        key: its name in files.
        label: its name for people.
        unit: "" for a fraction or a count.
        better: "higher", "lower", or "" if neither is.
        digits: digits after the decimal point in a table.
        info: the keys of the environment's last ``info`` it may be read from; empty if it is measured here.
    """

    key: str
    label: str
    unit: str
    better: str
    digits: int
    info: tuple[str, ...] = ()


#: Every metric, in the order of tables. An id has the metrics found in its info; an id with a reference motion also has
#: the tracking errors; effort is measured for all.
METRICS: tuple[Metric, ...] = (
    Metric("success", "success rate", "", "higher", 3, info=("is_success",)),
    Metric("semantic_success", "semantic success", "", "higher", 3, info=("is_semantic_success", "semantic_success")),
    Metric("frame_coverage", "frame coverage", "", "higher", 3, info=("frame_coverage",)),
    Metric("mpjpe", "MPJPE", "mm", "lower", 1),
    Metric("mpjpe_root", "MPJPE, root-relative", "mm", "lower", 1),
    Metric("joint_angle_error", "joint-angle error", "deg", "lower", 2),
    Metric("velocity_error", "velocity error", "m/s", "lower", 3),
    Metric("pelvis_error", "pelvis position error", "mm", "lower", 1),
    Metric("heading_error", "heading error", "deg", "lower", 2),
    Metric("joint_velocity_error", "joint-velocity error", "deg/s", "lower", 1),
    Metric("goals_reached", "goals reached", "", "higher", 2, info=("goals_reached",)),
    Metric("goal_distance", "distance to the goal", "m", "lower", 3, info=("distance",)),
    Metric("command_error", "error to the command", "m/s", "lower", 3, info=("mean_velocity_error",)),
    Metric("pushes", "pushes", "", "", 2, info=("pushes",)),
    Metric("pushes_survived", "pushes survived", "", "higher", 3),
    Metric("upright", "time upright", "", "higher", 3),
    Metric("duration", "time", "s", "higher", 2),
    Metric("mean_reward", "mean reward", "", "higher", 3),
    Metric("excitation", "mean excitation", "", "", 3),
    Metric("activation", "mean activation", "", "", 3),
    Metric("activation_squared", "mean squared activation", "", "", 4),
    Metric("muscle_power", "positive muscle power", "W/kg", "", 2),
)

#: Plotted over time: the first of these in the environment's ``info``, with its unit.
SERIES = {"tracking_error": "m", "distance": "m", "velocity_error": "m/s"}

#: Height of the pelvis below which a body counts as fallen [m], as in the published goal tasks.
FALLEN = 0.7
#: Time after the beginning of a push within which it counts as the cause of a termination [s]: two strides of a walk.
PUSH_LASTS = 2.0

#: Indices of the hinges in qpos.
_HINGES, _RATES = slice(7, None), slice(6, None)
_TRACKING = (
    "mpjpe",
    "mpjpe_root",
    "joint_angle_error",
    "velocity_error",
    "pelvis_error",
    "heading_error",
    "joint_velocity_error",
)
_BODY = ("upright", "excitation", "activation", "activation_squared", "muscle_power")
_FROM_INFO = tuple(metric for metric in METRICS if metric.info)
_BY_KEY = {metric.key: metric for metric in METRICS}


def metric_named(key: str) -> Metric:
    """Return a metric by its key; an unknown one is shown unchanged."""
    return _BY_KEY.get(key, Metric(key, key, "", "", 3))


def tracking_errors(body: Frames, reference: Frames) -> dict[str, Array]:
    """Return the tracking errors of one frame, (n,) each, in the units of :data:`METRICS`.

    Args:
        body: actual positions of the body, (n, ...).
        reference: reference positions, (n, ...).
    """
    body_pos, ref_pos = body.body_pos, reference.body_pos
    local, ref_local = body_pos - body_pos[:, :1], ref_pos - ref_pos[:, :1]
    hinges = body.qpos[:, _HINGES] - reference.qpos[:, _HINGES]
    rates = body.qvel[:, _RATES] - reference.qvel[:, _RATES]
    turned = rotations.heading(body.qpos[:, 3:7]) - rotations.heading(reference.qpos[:, 3:7])
    return {
        "mpjpe": 1000.0 * distances(body_pos, ref_pos).mean(axis=1),
        "mpjpe_root": 1000.0 * distances(local, ref_local).mean(axis=1),
        "joint_angle_error": np.degrees(np.abs(hinges).mean(axis=1)),
        "velocity_error": distances(body.body_vel, reference.body_vel).mean(axis=1),
        "pelvis_error": 1000.0 * distances(body_pos[:, :1], ref_pos[:, :1])[:, 0],
        "heading_error": np.degrees(np.abs((turned + np.pi) % (2.0 * np.pi) - np.pi)),
        "joint_velocity_error": np.degrees(np.abs(rates).mean(axis=1)),
    }


class Measures:
    """Accumulates the metrics of the episodes of a task's rows.

    Args:
        task: the episodes.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        num = task.simulation.num
        keys = (*(_TRACKING if task.reference() is not None else ()), *_BODY)
        self._sums: dict[str, Array] = {key: np.zeros(num) for key in keys}
        self._frames: Rows = np.zeros(num, dtype=np.int64)
        self._steps: Rows = np.zeros(num, dtype=np.int64)
        self._reward: Array = np.zeros(num)
        self._history: list[Array] = []
        self._first: Rows = np.zeros(num, dtype=np.int64)
        self._dropped = 0

    @property
    def steps(self) -> Rows:
        """Control steps of each row's episode so far, (n,)."""
        return self._steps.copy()

    def begin(self, rows: Rows) -> None:
        """Reset rows (k,)."""
        for total in (*self._sums.values(), self._frames, self._steps, self._reward):
            total[rows] = 0
        self._first[rows] = self._dropped + len(self._history)

    def add(self, active: Mask, reward: Array, info: Mapping[str, Any]) -> None:
        """Record a step.

        A row whose simulation diverged was reset to standing: that step has no state to measure.

        Args:
            active: the rows that stepped, (n,).
            reward: reward of each row, (n,).
            info: ``info`` of the vector environment.
        """
        counted = active & ~self._task.simulation.diverged
        self._steps += active
        self._reward += np.where(active, reward, 0.0)
        self._frames += counted
        for key, value in (self._tracking() | self._body()).items():
            self._sums[key] += np.where(counted, value, 0.0)
        series = next((key for key in SERIES if key in info), None)
        if series is not None:
            self._history.append(np.where(counted, info[series], np.nan))

    def result(self, row: int, info: Mapping[str, Any]) -> dict[str, float | None]:
        """Return the figures of a row's episode; None if there was nothing to measure.

        Args:
            row: the row whose episode has just ended.
            info: ``info`` of the vector environment at that step.
        """
        steps, frames = int(self._steps[row]), int(self._frames[row])
        found: dict[str, float | None] = {
            metric.key: float(info[key][row]) for metric in _FROM_INFO for key in metric.info if key in info
        }
        found |= {key: float(total[row]) / frames if frames else None for key, total in self._sums.items()}
        if "pushes" in found:
            found["pushes_survived"] = self._survived(row, lost=info["termination_reason"][row] not in ("", "reached"))
        found["duration"] = steps * self._task.simulation.control_step
        found["mean_reward"] = float(self._reward[row]) / max(steps, 1)
        return {metric.key: found[metric.key] for metric in METRICS if metric.key in found}

    def _survived(self, row: int, *, lost: bool) -> float | None:
        """Return the fraction of pushes that an episode survived, or None without pushes."""
        perturbations = self._task.simulation.perturbations
        count = 0 if perturbations is None else int(perturbations.count[row])
        if perturbations is None or not count:
            return None
        return (count - (lost and float(perturbations.since[row]) <= PUSH_LASTS)) / count

    def series(self, row: int) -> list[float]:
        """Return the error over time of a row's episode, one number per step, omitting a step that diverged."""
        column = [float(values[row]) for values in self._history[self._first[row] - self._dropped :]]
        return [value for value in column if not math.isnan(value)]

    def forget(self, active: Rows) -> None:
        """Drop history older than the running episodes of rows (k,)."""
        total = self._dropped + len(self._history)
        oldest = int(self._first[active].min()) if len(active) else total
        del self._history[: oldest - self._dropped]
        self._dropped = oldest

    def _tracking(self) -> dict[str, Array]:
        reference = self._task.reference()
        if reference is None:
            return {}
        simulation = self._task.simulation
        tracked = simulation.names.tracked
        velocity, _ = simulation.body_velocity(tracked)
        position = simulation.body_position(tracked)
        return tracking_errors(Frames(simulation.qpos, simulation.qvel, position, velocity), reference)

    def _body(self) -> dict[str, Array]:
        simulation = self._task.simulation
        power = np.maximum(simulation.muscle_force * simulation.muscle_velocity, 0.0).sum(axis=1)
        gravity = float(np.linalg.norm(simulation.model.opt.gravity))
        mass = np.asarray(simulation.body_weight).reshape(-1) / gravity
        # Contiguous in memory, so that a row is summed in the same order whatever the number of rows.
        excitation = np.ascontiguousarray(simulation.excitation).reshape(simulation.num, -1)
        return {
            "upright": (simulation.qpos[:, 2] >= FALLEN).astype(np.float64),
            "excitation": excitation.mean(axis=1),
            "activation": simulation.act.mean(axis=1),
            "activation_squared": np.square(simulation.act).mean(axis=1),
            "muscle_power": power / mass,
        }
