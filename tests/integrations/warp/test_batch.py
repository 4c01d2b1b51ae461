"""Tasks, policies and evaluations of the host on the physics of the device."""

from __future__ import annotations

import json

import gymnasium
import numpy as np
import pytest

from kinesis_env.__main__ import main
from kinesis_env.evaluation import Evaluation, evaluate, load_policy
from kinesis_env.evaluation.verification import verify
from kinesis_env.simulation import Simulation
from tests.support import make_vec

pytestmark = pytest.mark.integration

ROWS = 3


def make(**settings):
    return gymnasium.make_vec(
        "Kinesis-Imitate-v0",
        num_envs=ROWS,
        vectorization_mode="vector_entry_point",
        backend="warp-host",
        **settings,
    )


def test_steps_as_with_mujoco(rng):
    settings = {"fatigue": True, "initial_fatigue": 0.2, "mass_scale": 1.1, "weakness": {"soleus_r": 0.5}, "slope": 3.0}
    envs, expected = make(**settings), make_vec(ROWS, **settings)
    start = {"start_time": [1.0, 2.5, 4.0]}
    observation, info = envs.reset(seed=0, options=start)
    wanted, wanted_info = expected.reset(seed=0, options=start)
    assert observation == pytest.approx(wanted, abs=0.03)
    for _ in range(3):
        action = rng.uniform(-0.2, 0.2, (ROWS, 80)).astype(np.float32)
        observation, reward, terminated, _, info = envs.step(action)
        wanted, wanted_reward, over, _, wanted_info = expected.step(action)
        assert reward == pytest.approx(wanted_reward, abs=1e-3)
        assert terminated.tolist() == over.tolist()
    assert info["fatigue"] == pytest.approx(wanted_info["fatigue"], abs=1e-5)


def test_snapshots_rows_and_models():
    envs = make(autoreset_mode="Disabled", mass_scale=[0.9, 1.1])
    envs.reset(seed=0)
    simulation = envs.unwrapped.task.simulation
    rows = np.arange(ROWS)
    kept = simulation.snapshot(rows)
    action = np.full((ROWS, 80), 0.1, dtype=np.float32)
    envs.step(action)
    after = simulation.qpos.copy()
    simulation.restore(rows, kept)
    simulation.step(action.astype(np.float64), np.array([True, False, True]))
    assert simulation.qpos[[0, 2]] == pytest.approx(after[[0, 2]], abs=1e-9)
    assert simulation.qpos[1].tolist() == kept["qpos"][1].tolist()
    mass = [simulation.model_of(row).body_mass.sum() for row in range(ROWS)]
    assert mass == pytest.approx(envs.unwrapped.task.body_info()["mass_scale"] * simulation.model.body_mass.sum())
    assert simulation.data(1).qpos.tolist() == simulation.qpos[1].tolist()


def test_coverage_of_a_policy_agrees_with_mujoco(monkeypatch):
    """Clips start with the soles on the ground to 1e-8 m, where rounding decides which contacts there are.

    Both physics begin a micrometer lower here. With MuJoCo alone, that changes the mean coverage of the servo over the
    test split by 0.018.
    """
    placed = Simulation.set_state

    def lower(self, rows, qpos, qvel, act=0.0):
        placed(self, rows, np.asarray(qpos) - np.eye(21)[2] * 1e-6, qvel, act)

    monkeypatch.setattr(Simulation, "set_state", lower)
    found = {}
    for backend in ("mujoco", "warp"):
        evaluation = evaluate("servo", protocol="kinesis", backend=backend)
        summary = evaluation.summary()
        found[backend] = summary["success"].mean, summary["frame_coverage"].mean
    assert found["warp"] == pytest.approx(found["mujoco"], abs=0.01)
    assert found["warp"][1] > 0.2
    assert "on the physics of mujoco_warp" in evaluation.table()


def test_the_command_and_its_verification(tmp_path, capsys):
    path = tmp_path / "servo.json"
    command = ["evaluate", "servo", "--motions", "walk", "--backend", "warp", "--out", str(path), "--json"]
    assert main(command) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["versions"]["backend"].startswith("mujoco_warp ")
    claim = Evaluation.load(path)
    found = verify(claim, load_policy("servo"))
    assert found.holds
    assert found.exact
