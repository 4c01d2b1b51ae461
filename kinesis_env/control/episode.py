"""A recorded episode: the body, its reference, and the outcome."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinesis_env.envs.imitate import ImitateEnv
from kinesis_env.typing import Array

__all__ = ["Trace", "record"]


@dataclass(frozen=True)
class Trace:
    """An episode of T control steps.

    Attributes:
        clip: name of the motion.
        duration: time from the start of the episode to the end of the clip [s].
        time: clip time after each step [s], (T,).
        qpos: positions of the body, (T, 21).
        reference_qpos: positions of the reference, (T, 21).
        tracking_error: mean distance of the tracked bodies from their reference [m], (T,).
        activation: muscle activations, (T, 80).
        reward: reward of each step, (T,).
        frame_coverage: fraction of the clip that was tracked.
        is_success: whether the end of the clip was reached.
        mpjpe: mean of ``tracking_error`` over the episode [mm].
        termination_reason: why the episode ended early, or "".
        step_seconds: time spent in ``env.step`` [s].
        controller_seconds: time spent in the controller [s].
    """

    clip: str
    duration: float
    time: Array
    qpos: Array
    reference_qpos: Array
    tracking_error: Array
    activation: Array
    reward: Array
    frame_coverage: float
    is_success: bool
    mpjpe: float
    termination_reason: str
    step_seconds: float
    controller_seconds: float

    def summary(self) -> dict[str, str | float | bool]:
        """Return the figures of the episode as JSON types."""
        steps = len(self.time)
        return {
            "clip": self.clip,
            "clip_seconds": round(self.duration, 4),
            "tracked_seconds": round(self.frame_coverage * self.duration, 4),
            "frame_coverage": round(self.frame_coverage, 4),
            "is_success": self.is_success,
            "termination_reason": self.termination_reason,
            "mpjpe_mm": round(self.mpjpe, 2),
            "mean_activation": round(float(self.activation.mean()), 4),
            "mean_reward": round(float(self.reward.mean()), 4),
            "steps": steps,
            "env_steps_per_second": round(steps / self.step_seconds, 1),
            "controller_ms_per_step": round(1e3 * self.controller_seconds / steps, 2),
        }


def record(
    env: ImitateEnv, controller: Callable[[], Array], *, on_step: Callable[[int, int], None] | None = None
) -> Trace:
    """Run one episode from the state that ``env`` was reset to, and return it.

    Args:
        env: an imitation environment after ``reset``.
        controller: returns the next action, (80,).
        on_step: called after each step with the number of finished steps and the number of steps in the clip.
    """
    return _Recorder(env, controller, on_step).run()


class _Recorder:
    def __init__(
        self, env: ImitateEnv, controller: Callable[[], Array], on_step: Callable[[int, int], None] | None
    ) -> None:
        self._env, self._controller, self._on_step = env, controller, on_step
        self._rows: dict[str, list[Array]] = {key: [] for key in _PER_STEP}
        self._step_seconds = self._controller_seconds = 0.0

    def run(self) -> Trace:
        clock = self._env.task.clock
        start, total = float(clock.time[0]), int(clock.length[0])
        done, over = 0, False
        while not over:
            info, over = self._step()
            done += 1
            if self._on_step is not None:
                self._on_step(done, total)
        columns = {key: np.array(values) for key, values in self._rows.items()}
        return Trace(
            clip=info["clip"],
            duration=self._env.motion.duration - start,
            frame_coverage=info["frame_coverage"],
            is_success=info["is_success"],
            mpjpe=info["mpjpe"],
            termination_reason=info["termination_reason"],
            step_seconds=self._step_seconds,
            controller_seconds=self._controller_seconds,
            **columns,
        )

    def _step(self) -> tuple[dict[str, Any], bool]:
        began = time.perf_counter()
        action = self._controller().astype(np.float32)
        decided = time.perf_counter()
        _, reward, terminated, truncated, info = self._env.step(action)
        self._controller_seconds += decided - began
        self._step_seconds += time.perf_counter() - decided
        simulation = self._env.task.simulation
        values = (
            info["time"],
            simulation.qpos[0].copy(),
            self._env.task.reference().qpos[0].copy(),
            info["tracking_error"],
            simulation.act[0].copy(),
            reward,
        )
        for key, value in zip(_PER_STEP, values, strict=True):
            self._rows[key].append(np.asarray(value, dtype=np.float64))
        return info, terminated or truncated


_PER_STEP = ("time", "qpos", "reference_qpos", "tracking_error", "activation", "reward")
