from __future__ import annotations

import mujoco
import numpy as np
import pytest

from kinesis_env.errors import ConfigError, ModelError, ResetError
from kinesis_env.model import ModelNames, load_model
from kinesis_env.simulation import Simulation
from tests.support import make_task, random_actions

ROWS = np.arange(1)


def stand(simulation):
    rows = np.arange(simulation.num)
    simulation.set_state(rows, np.tile(simulation.model.key_qpos[0], (len(rows), 1)), np.zeros((len(rows), 20)))


def test_excitation_mode_is_plain_mujoco():
    """A control step is five mj_steps with the excitations held, number by number."""
    simulation = Simulation(load_model(), 1, action_mode="excitation")
    stand(simulation)
    data = mujoco.MjData(simulation.model)
    mujoco.mj_resetDataKeyframe(simulation.model, data, 0)
    data.act[:] = data.ctrl[:] = 0
    mujoco.mj_forward(simulation.model, data)
    for action in random_actions(0, 20).astype(np.float64):
        simulation.step(action[None])
        data.ctrl = 0.5 * (action + 1)
        for _ in range(5):
            mujoco.mj_step(simulation.model, data)
        assert np.array_equal(simulation.qpos[0], data.qpos)
        assert np.array_equal(simulation.act[0], data.act)


def test_everything_is_current_after_a_step():
    simulation = Simulation(load_model(), 1)
    stand(simulation)
    for action in random_actions(1, 5):
        simulation.step(action[None].astype(np.float64))
    data = mujoco.MjData(simulation.model)
    data.qpos, data.qvel, data.act = simulation.qpos[0], simulation.qvel[0], simulation.act[0]
    mujoco.mj_forward(simulation.model, data)
    np.testing.assert_allclose(simulation.muscle_length[0], data.actuator_length, atol=1e-14)
    np.testing.assert_allclose(simulation.muscle_velocity[0], data.actuator_velocity, atol=1e-12)
    np.testing.assert_allclose(
        simulation.body_position(simulation.names.tracked)[0], data.xpos[simulation.names.tracked]
    )


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_threads_do_not_change_a_bit(mode):
    states = []
    for threads in (1, 2):
        simulation = Simulation(load_model(), 8, num_threads=threads, action_mode=mode)
        stand(simulation)
        for action in random_actions(2, 15, 8).astype(np.float64):
            simulation.step(action)
        states.append((simulation.qpos.copy(), simulation.qvel.copy(), simulation.act.copy()))
    for first, second in zip(*states, strict=True):
        assert np.array_equal(first, second)


def test_rows_left_out_stay_where_they_are():
    simulation = Simulation(load_model(), 3)
    stand(simulation)
    before = simulation.qpos.copy()
    simulation.step(random_actions(3, 3).astype(np.float64), np.array([True, False, True]))
    assert np.array_equal(simulation.qpos[1], before[1])
    assert not np.array_equal(simulation.qpos[0], before[0])


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e12])
@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_a_diverged_row_is_marked_and_disturbs_no_other(value, mode, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to MUJOCO_LOG.TXT
    healthy, ill = (Simulation(load_model(), 3, action_mode=mode) for _ in range(2))
    for simulation in (healthy, ill):
        stand(simulation)
    ill.qvel[1, 9] = value
    for action in random_actions(4, 4, 3).astype(np.float64):
        for simulation in (healthy, ill):
            simulation.step(action)
        if not ill.diverged[1]:
            assert not np.array_equal(ill.qpos[1], healthy.qpos[1])
        for row in (0, 2):
            assert np.array_equal(ill.qpos[row], healthy.qpos[row])
        assert np.isfinite(ill.qpos).all()
        assert np.isfinite(ill.muscle_length).all()
        if ill.diverged.any():
            assert ill.diverged.tolist() == [False, True, False]
            break
    else:
        pytest.fail("the divergence went unnoticed")
    ill.step(np.zeros((3, 80)))
    assert not ill.diverged.any()


def test_activation_does_not_leak_across_resets():
    simulation = Simulation(load_model(), 1, action_mode="excitation")
    trajectories = []
    for _ in range(2):
        stand(simulation)
        assert not simulation.act.any()
        for action in random_actions(5, 10).astype(np.float64):
            simulation.step(action[None])
        trajectories.append(simulation.qpos.copy())
    assert np.array_equal(*trajectories)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"physics_rate": 100}, "whole multiple"),
        ({"physics_rate": -150}, "positive"),
        ({"control_rate": 0}, "positive"),
        ({"num_threads": -1}, "num_threads"),
        ({"action_mode": "torque"}, "action_mode"),
    ],
)
def test_impossible_arguments(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Simulation(load_model(), 1, **arguments)


def test_no_simulation_at_all():
    with pytest.raises(ConfigError, match="at least 1, given 0"):
        Simulation(load_model(), 0)


def test_another_model_is_refused():
    with pytest.raises(ModelError, match="80 muscles"):
        ModelNames.of(mujoco.MjModel.from_xml_string("<mujoco/>"))


def test_unknown_muscle():
    names = ModelNames.of(load_model())
    assert names.muscles[names.muscle("soleus_l")] == "soleus_l"
    with pytest.raises(ModelError, match=r"'biceps'.*soleus_r"):
        names.muscle("biceps")


ILL = {
    "fatigue": True,
    "initial_fatigue": (0.0, 0.4),
    "weakness": {"soleus_*": (0.3, 0.9)},
    "excitation_noise": 0.2,
    "activation_delay": (0.01, 0.05),
    "mass_scale": (0.8, 1.2),
}


@pytest.mark.parametrize("mode", ["length", "excitation"])
@pytest.mark.parametrize("ill", [{}, ILL])
def test_a_restored_snapshot_goes_on_bit_for_bit(mode, ill):
    """In other rows too, and whatever has happened there in between."""
    task = make_task(4, action_mode=mode, **ill)
    simulation = task.simulation
    task.reset(np.arange(4), [np.random.default_rng(i) for i in range(4)], {})
    actions = random_actions(6, 12, 4, scale=0.7).astype(np.float64)
    for action in actions[:5]:
        simulation.step(action)
    kept = simulation.snapshot(np.array([1, 3]))
    runs = []
    for rows in ([1, 3], [1, 3], [0, 2]):
        simulation.restore(np.array(rows), kept)
        for action in actions[5:]:
            full = np.zeros((4, 80))
            full[rows] = action[[1, 3]]
            simulation.step(full)
        own = simulation.snapshot(np.array(rows))
        runs.append({key: part for key, part in own.items() if key != "diverged"})
    for run in runs[1:]:
        for key, part in runs[0].items():
            assert np.array_equal(part, run[key]), key


def test_a_snapshot_of_other_conditions_is_refused():
    well, ill = make_task(2).simulation, make_task(2, **ILL).simulation
    with pytest.raises(ResetError, match="same conditions"):
        ill.restore(np.arange(2), well.snapshot(np.arange(2)))
    with pytest.raises(ResetError, match="2 simulations does not fit 1 rows"):
        well.restore(np.arange(1), well.snapshot(np.arange(2)))


def test_muscle_states_by_hand():
    simulation = Simulation(load_model(), 2)
    qpos = np.tile(simulation.model.key_qpos[0], (2, 1))
    qpos[:, 10] = 0.4
    simulation.set_state(np.arange(2), qpos, np.random.default_rng(0).normal(size=(2, 20)))
    curves = simulation.muscles.curves
    length = simulation.muscle_state("length")
    expected = (simulation.muscle_length - curves.slack_length) / curves.optimal_length
    np.testing.assert_allclose(length, expected, atol=1e-12)
    velocity = simulation.muscle_state("velocity")
    np.testing.assert_allclose(velocity * curves.optimal_length, simulation.muscle_velocity, atol=1e-12)
    assert np.all(simulation.muscle_state("force") >= 0)
    assert np.all(simulation.muscle_state("activation") == 0)


def test_the_given_model_is_not_changed():
    model = load_model()
    before = model.opt.timestep
    simulation = Simulation(model, 1, physics_rate=300.0)
    assert model.opt.timestep == before
    assert simulation.model.opt.timestep == 1 / 300
