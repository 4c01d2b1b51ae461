"""Everything here runs on Warp's CPU device, whose kernels are compiled once and cached."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch")
    pytest.importorskip("mujoco_warp")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
