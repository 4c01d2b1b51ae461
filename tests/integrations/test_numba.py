"""With Numba, the same seeds give the same trajectories. Run by ``make test-integrations``."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env import compiled, loops

pytestmark = pytest.mark.integration

pytest.importorskip("numba", reason="the extra 'fast' is not installed")


@pytest.mark.parametrize("options", [{}, {"action_mode": "excitation"}, {"lookahead": 3, "random_heading": True}])
def test_trajectories_and_rewards_are_the_same_to_the_last_bit(options, monkeypatch):
    def run(wanted: str) -> list[np.ndarray]:
        monkeypatch.setenv("KINESIS_COMPILED", wanted)
        compiled.compiled.cache_clear()
        envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=8, num_threads=2, **options)
        observation, _ = envs.reset(seed=3)
        rng = np.random.default_rng(0)
        found = [observation.copy()]
        for _ in range(40):
            observation, reward, terminated, _, _ = envs.step(rng.uniform(-0.4, 0.4, (8, 80)).astype(np.float32))
            found += [observation.copy(), reward, terminated, envs.unwrapped.task.simulation.qpos.copy()]
        assert (compiled.compiled(loops.servo) is None) == (wanted == "0")
        return found

    for one, other in zip(run("1"), run("0"), strict=True):
        if one.dtype == np.float32:
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
        else:
            np.testing.assert_array_equal(one, other)
