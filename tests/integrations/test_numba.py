"""With Numba, the same seeds give the same trajectories. Run by ``make test-integrations``."""

from __future__ import annotations

import subprocess
import sys

import gymnasium
import numpy as np
import pytest

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env import loops
from kinesis_env.loops import compiled

pytestmark = pytest.mark.integration

pytest.importorskip("numba", reason="the extra 'fast' is not installed")


@pytest.mark.parametrize(
    ("env_id", "options"),
    [
        ("Kinesis-Imitate-v0", {}),
        ("Kinesis-Imitate-v0", {"action_mode": "excitation", "muscle_observations": ["length", "force"]}),
        ("Kinesis-Imitate-v0", {"lookahead": 3, "random_heading": True}),
        ("Kinesis-Imitate-v0", {"physics_rate": 300.0}),
        ("Kinesis-Direction-v0", {}),
        ("Kinesis-Reach-v0", {"observation": "imitation"}),
        ("Kinesis-Text-v0", {"prompts": ["walk forward"], "observe_reference": False}),
    ],
)
def test_trajectories_and_rewards_are_the_same_to_the_last_bit(env_id, options, monkeypatch):
    def run(wanted: str) -> list[np.ndarray]:
        monkeypatch.setenv("KINESIS_COMPILED", wanted)
        compiled.forget()
        envs = gymnasium.make_vec(env_id, num_envs=8, num_threads=2, **options)
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


def test_making_an_environment_does_not_wait_for_numba():
    program = (
        "import gymnasium, kinesis_env, sys; env = gymnasium.make('Kinesis-Imitate-v0');"
        "print('numba' in sys.modules); env.reset(seed=0); print('numba' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True"]
