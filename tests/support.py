"""Small motions and environments that the tests share."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env import rotations
from kinesis_env.config import ImitateConfig, from_mapping, load_preset
from kinesis_env.loops import compiled
from kinesis_env.model import JOINTS
from kinesis_env.model.kinematics import skeleton
from kinesis_env.motions import Motion
from kinesis_env.tasks import ImitateTask

ENV_ID = "Kinesis-Imitate-v0"

#: Every muscle condition, each as a range.
CONDITIONS = {
    "fatigue": True,
    "initial_fatigue": [0.0, 0.3],
    "weakness": {"soleus_*": [0.2, 0.8], "tibant_l": 0.0},
    "excitation_noise": [0.05, 0.2],
    "activation_delay": [0.0, 0.05],
    "mass_scale": [0.8, 1.2],
}


def has_display() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def make_task(num: int = 1, **overrides: Any) -> ImitateTask:
    return ImitateTask(from_mapping(ImitateConfig, load_preset(ENV_ID), overrides), num)


def make_env(**kwargs: Any) -> Any:
    return gymnasium.make(ENV_ID, **kwargs)


def make_vec(num_envs: int, **kwargs: Any) -> Any:
    return gymnasium.make_vec(ENV_ID, num_envs=num_envs, **kwargs)


def random_actions(seed: int, *shape: int, scale: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-scale, scale, (*shape, 80)).astype(np.float32)


def small_motions() -> list[Motion]:
    """Two smooth made-up motions at 30 and 50 frames per second, 3 and 2 s long; the first stays near the ground."""
    return [_wander("amble", 91, 30.0), _wander("sway", 101, 50.0)]


def _wander(name: str, frames: int, fps: float) -> Motion:
    t = np.arange(frames) / fps
    qpos = np.zeros((frames, 21))
    qpos[:, 0] = 0.8 * t
    qpos[:, 1] = 0.05 * np.sin(2 * t)
    qpos[:, 2] = 0.94 + 0.01 * np.sin(5 * t)
    qpos[:, 3:7] = rotations.from_rotvec(np.stack((0.05 * np.sin(3 * t), 0.08 * np.cos(2 * t), 0.3 * t), axis=1))
    for side, phase in (("r", 0.0), ("l", np.pi)):
        qpos[:, 7 + JOINTS.index(f"hip_flexion_{side}")] = 0.3 * np.sin(5 * t + phase)
        qpos[:, 7 + JOINTS.index(f"knee_angle_{side}")] = 0.35 - 0.3 * np.cos(5 * t + phase)
        qpos[:, 7 + JOINTS.index(f"ankle_angle_{side}")] = 0.15 * np.sin(5 * t + phase)
    return Motion.from_qpos(qpos, fps, name=name)


def write_motions(folder: Path) -> str:
    """Save the small motions in a folder and return its path, for ``motions=``."""
    for motion in small_motions():
        motion.save(folder / f"{motion.name}.npz")
    return str(folder)


def make_wandering_qpos(frames=40, fps=30.0, seed=0):
    """A smooth, arbitrary qpos (T, 21) inside the joint ranges."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / fps
    low, high = skeleton().ranges.T
    phase = rng.uniform(0, 2 * np.pi, len(JOINTS))
    hinges = low + (high - low) * (0.5 + 0.3 * np.sin(2 * np.pi * t[:, None] * 0.7 + phase))
    turn = np.stack((0.2 * np.sin(3 * t), 0.3 * np.cos(2 * t), 1.5 * t), axis=1)
    root = np.stack((1.2 * t, 0.1 * np.sin(4 * t), 0.93 + 0.02 * np.cos(6 * t)), axis=1)
    return np.concatenate((root, rotations.from_rotvec(turn), hinges), axis=1)


def weights_of(config) -> dict[str, tuple[float, float]]:
    """The table of rewards of a configuration: weight and scale by term."""
    return {name: (term.weight, term.scale) for name, term in config.rewards.items()}


@contextlib.contextmanager
def compiled_loops(wanted: bool):
    """Run the compiled loops, or the array code in their place."""
    before = os.environ.get("KINESIS_COMPILED")
    os.environ["KINESIS_COMPILED"] = str(int(wanted))
    compiled.forget()
    yield
    os.environ["KINESIS_COMPILED"] = before or "1"
    compiled.forget()
