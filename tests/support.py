"""Small motions and environments that the tests share."""

from __future__ import annotations

import os
import sys
from typing import Any

import gymnasium
import numpy as np

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.config import ImitateConfig, from_mapping, load_preset
from kinesis_env.tasks.imitate import ImitateTask

ENV_ID = "Kinesis-Imitate-v0"


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
