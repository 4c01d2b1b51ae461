"""With Numba, a step gives what it gives without. Run by ``make test-integrations``."""

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
def test_a_step_from_the_same_state(env_id, options, monkeypatch):
    def run(wanted: str) -> list[np.ndarray]:
        monkeypatch.setenv("KINESIS_COMPILED", wanted)
        compiled.forget()
        envs = gymnasium.make_vec(env_id, num_envs=64, num_threads=2, autoreset_mode="Disabled", **options)
        simulation, rng, found = envs.unwrapped.task.simulation, np.random.default_rng(0), []
        for seed in range(3):
            envs.reset(seed=seed)
            observation, reward, terminated, _, _ = envs.step(rng.uniform(-0.9, 0.9, (64, 80)).astype(np.float32))
            state = np.concatenate((simulation.qpos, simulation.qvel, simulation.act), axis=1)
            found += [state, reward, observation, terminated]
        assert (compiled.compiled(loops.servo) is None) == (wanted == "0")
        return found

    tolerances = {0: 1e-12, 1: 1e-9, 2: 1e-5, 3: 0.0}  # state, reward, float32 observation, ends
    for number, (one, other) in enumerate(zip(run("1"), run("0"), strict=True)):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerances[number % 4])


def test_making_an_environment_does_not_wait_for_numba():
    program = (
        "import gymnasium, kinesis_env, sys; env = gymnasium.make('Kinesis-Imitate-v0');"
        "print('numba' in sys.modules); env.reset(seed=0); print('numba' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True"]
