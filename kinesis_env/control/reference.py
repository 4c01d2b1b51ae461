"""What a tracker needs to know of a motion at its own steps."""
from __future__ import annotations
from dataclasses import dataclass
from typing import Any
import numpy as np
from kinesis_env.control.allocation import allocate
from kinesis_env.control.planner import Goal
from kinesis_env.control.probe import Probe
from kinesis_env.control.twin import MOMENT_UNIT, Twin
from kinesis_env.dynamics import estimate_ground_force

@dataclass
class Path:
    qpos: Any
    qvel: Any
    fps: float
    features: Any
    motors: Any
    damping: Any

    @classmethod
    def of(cls, qpos, qvel, fps, twin: Twin, probe: Probe):
        from types import SimpleNamespace
        ff = estimate_ground_force(SimpleNamespace(qpos=qpos, qvel=qvel, fps=fps)).joint_moment
        s = probe.look(qpos, qvel)
        F0 = probe.curves.peak_force
        mom = ff - (s.levers @ s.passive[..., None])[..., 0]
        hi = s.capacity / F0
        x, _ = allocate(mom, s.levers * F0, np.zeros_like(hi), hi)
        act = x / np.maximum(hi, 1e-6)
        lo, up = twin.motor_range
        return cls(qpos, qvel, fps, twin.features(qpos, qvel), np.clip(ff / MOMENT_UNIT, lo, up), s.damping(act))

    def goal(self, t: int, horizon: int) -> Goal:
        """Steps t+1..t+horizon"""
        last = len(self.qpos) - 1
        k = np.arange(t + 1, t + horizon + 1)
        f = self.features[np.minimum(k, last)][None]
        mid = np.minimum(k, last)
        mot = 0.5 * (self.motors[np.minimum(k - 1, last)] + self.motors[mid])
        return Goal(f, mot[None], self.damping[mid][None], (k <= last).astype(float)[None])
