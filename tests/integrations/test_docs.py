"""What docs/libraries.md shows works. Run by ``make test-integrations``."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from kinesis_env.evaluation import load_policy
from tests.test_docs import NEEDS_LIBRARIES, ROOT, blocks

pytestmark = pytest.mark.integration

pytest.importorskip("stable_baselines3", reason="the extra 'integrations' is not installed")


@pytest.mark.filterwarnings("ignore:You have specified a mini-batch size:UserWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the exporter that needs no other library
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.filterwarnings("ignore:Support of VecNormV2:UserWarning")
@pytest.mark.filterwarnings("ignore:The env passed to Collector:FutureWarning")
def test_python_runs_one_snippet_after_the_other(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    surroundings: dict[str, Any] = {}
    for text in blocks(ROOT / "docs" / NEEDS_LIBRARIES, "python"):
        short = re.sub(r"learn\([\d_]+", "learn(64", text).replace("range(100)", "range(2)").replace(", 64,", ", 4,")
        short = short.replace("10_000_000, 4096", "32, 16")
        exec(compile(short, NEEDS_LIBRARIES, "exec"), surroundings)
        if "my_policy.onnx" in text:
            check_exported(surroundings["envs"], surroundings["model"])


def check_exported(envs, model) -> None:
    """What the file does is what the library does."""
    told = load_policy("my_policy.onnx")
    assert told.settings == {"action_mode": "residual"}
    raw = np.random.default_rng(0).normal(size=(3, envs.observation_space.shape[0])).astype(np.float32)
    wanted, _ = model.predict(envs.normalize_obs(raw), deterministic=True)
    np.testing.assert_allclose(told.act(raw, np.arange(3)), wanted, atol=1e-5)
