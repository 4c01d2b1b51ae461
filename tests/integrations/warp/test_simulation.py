"""The bodies on a device against those of ``kinesis_env.simulation``."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import warp

from kinesis_env.config.files import make_config
from kinesis_env.config.tracking import ImitateConfig
from kinesis_env.errors import ConfigError, DeviceError
from kinesis_env.model import draws as host_draws
from kinesis_env.motions import MotionLibrary, load_motions
from kinesis_env.motions.bodies import body_of_config
from kinesis_env.simulation import Simulation
from kinesis_env.warp import physics as physics_module
from kinesis_env.warp.draws import Draws, standard_normal, uniform
from kinesis_env.warp.simulation import WarpSimulation

pytestmark = pytest.mark.integration

ROWS = 6
CONDITIONS = {
    "fatigue": True,
    "initial_fatigue": 0.3,
    "weakness": {"soleus_r": 0.4, "vas*_l": 0.7},
    "mass_scale": 1.2,
    "slope": 5.0,
    "activation_delay": 0.02,
    "push": 20.0,
    "push_times": [0.1],
    "push_direction": 30.0,
}


def config_of(**settings) -> ImitateConfig:
    return make_config("Kinesis-Imitate-v0", ImitateConfig, settings)


def both(rng, config, num=ROWS):
    """Return the bodies on the host and on the device, in the same random states of a walk."""
    body = body_of_config(config)
    rates = {"physics_rate": config.physics_rate, "control_rate": config.control_rate}
    mode = "excitation" if config.action_mode == "excitation" else "length"
    host = Simulation(body, num, action_mode=mode, conditions=config, **rates)
    device = WarpSimulation(body, num, config, "cpu")
    library = MotionLibrary(load_motions("walk"))
    frames = library.lookup(np.zeros(num, dtype=int), rng.uniform(0.0, 10.0, num))
    act = rng.uniform(0.0, 0.3, (num, 80))
    host.renew(np.arange(num), [np.random.default_rng(i) for i in range(num)])
    host.set_state(np.arange(num), frames.qpos, frames.qvel, act)
    rows = torch.ones(num, dtype=torch.bool)
    numbers = Draws(num, device.device)
    numbers.seed(range(num), range(num))
    device.renew(rows, numbers)
    device.set_state(rows, device.tensor(frames.qpos), device.tensor(frames.qvel), device.tensor(act))
    device.place(rows)
    return host, device


def actions(rng, host):
    if host.muscles.closed_loop:
        here = host.muscles.action_for_length(host.muscle_length)
        return np.clip(here + rng.uniform(-0.1, 0.1, here.shape), -1.0, 1.0)
    return rng.uniform(-1.0, 1.0, (host.num, 80))


def apart(host, device) -> float:
    return float(np.abs(host - device.numpy()).max())


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_fifteen_physics_steps(rng, mode):
    host, device = both(rng, config_of(action_mode=mode))
    assert apart(host.foot_force, device.foot_force) < 0.05  # of 500 N
    for _ in range(3):
        action = actions(rng, host)
        host.step(action)
        device.step(device.tensor(action))
    bodies = device.physics
    assert apart(host.qpos, bodies.qpos) < 2e-5
    assert apart(host.qvel, bodies.qvel) < 2e-3
    assert apart(host.act, bodies.act) < 2e-4
    assert apart(host.excitation, device.excitation) < 5e-4
    assert apart(host.muscle_length, bodies.length) < 1e-5
    assert apart(host.muscle_force, bodies.force) < 0.3  # of 3,000 N
    assert apart(host.foot_force, device.foot_force) < 0.3
    assert not device.diverged.any()


def test_servo_of_one_step_as_on_the_host(rng):
    host, device = both(rng, config_of())
    action = rng.uniform(-1.0, 1.0, (ROWS, 80))
    host.step(action)
    device.step(device.tensor(action))
    assert apart(host.excitation[:, 0], device.excitation[:, 0]) < 1e-5
    assert 0.1 < host.excitation[:, 0].mean() < 0.9


def test_conditions_and_pushes_as_on_the_host(rng):
    host, device = both(rng, config_of(action_mode="excitation", **CONDITIONS))
    for _ in range(6):
        action = actions(rng, host)
        host.step(action)
        device.step(device.tensor(action))
    assert apart(host.qpos, device.physics.qpos) < 5e-5
    assert apart(host.excitation, device.excitation) < 1e-5
    assert apart(host.fatigue, device.conditions.fatigue_now()) < 1e-6
    assert host.perturbations.count.tolist() == device.perturbations.count.tolist() == [1] * ROWS
    assert apart(host.perturbations.force, device.physics.xfrc[:, host.names.root, :3]) < 1e-3
    assert float(np.abs(host.perturbations.force).max()) > 50.0
    infos = host.conditions.info() | host.perturbations.info()
    found = device.conditions.info() | device.perturbations.info()
    assert infos.keys() == found.keys()
    for key, value in infos.items():
        assert found[key].numpy() == pytest.approx(value, abs=1e-3), key


def test_masses_differ_between_rows(rng):
    _, device = both(rng, config_of(mass_scale=[0.8, 1.2]))
    scale = device.conditions.mass_scale.numpy()
    assert len(set(scale.tolist())) == ROWS
    mass = device.physics.field("body_mass").sum(dim=1).numpy()
    assert mass == pytest.approx(scale * device.model.body_mass.sum(), rel=1e-5)
    weight = device.body_weight.numpy()[:, 0]
    assert weight == pytest.approx(mass * 9.81, rel=1e-4)
    # A lighter row falls as a lighter body of the host does.
    light = int(scale.argmin())
    host, same = both(np.random.default_rng(0), config_of(mass_scale=float(scale[light])))
    rows = torch.ones(ROWS, dtype=torch.bool)
    state = same.physics
    device.set_state(rows, state.qpos.clone(), state.qvel.clone(), state.act.clone())
    action = actions(rng, host)
    for _ in range(3):
        host.step(action)
        device.step(device.tensor(action))
    assert apart(host.qpos[light], device.physics.qpos[light]) < 2e-5


def test_noise_is_drawn_once_in_a_control_step(rng):
    _, device = both(rng, config_of(action_mode="excitation", excitation_noise=0.2))
    device.step(torch.zeros((ROWS, 80)))
    first = device.excitation.clone()
    assert torch.equal(first[:, 0], first[:, 4])
    assert 0.05 < float(first.std()) < 0.2
    device.step(torch.zeros((ROWS, 80)))
    assert not torch.equal(first, device.excitation)


def test_idle_rows_keep_their_state_and_get_their_contacts(rng):
    host, device = both(rng, config_of())
    before = device.qpos.clone(), device.physics.qvel.clone(), device.physics.act.clone()
    contacts, force = host.foot_force, host.muscle_force.copy()
    idle = torch.tensor([True, False] * (ROWS // 2))
    device.physics.sensors.zero_()
    device.step(device.tensor(actions(rng, host)), idle)
    bodies = device.physics
    for live, was in zip((bodies.qpos, bodies.qvel, bodies.act), before, strict=True):
        assert torch.equal(live[idle], was[idle])
        assert not torch.equal(live[~idle], was[~idle])
    assert device.foot_force[idle].numpy() == pytest.approx(contacts[idle.numpy()], abs=0.05)
    assert bodies.force[idle].numpy() == pytest.approx(force[idle.numpy()], abs=0.05)


def test_a_diverged_row_stands_and_disturbs_no_other(rng):
    host, device = both(rng, config_of())
    action = actions(rng, host)
    _, twin = both(np.random.default_rng(0), config_of())
    device.physics.qvel[2, 8] = float("nan")
    for simulation in (device, twin):
        simulation.step(device.tensor(action))
    assert device.diverged.tolist() == [False, False, True, False, False, False]
    assert device.qpos[2].numpy() == pytest.approx(device.model.key_qpos[0], abs=1e-6)
    others = [0, 1, 3, 4, 5]
    assert torch.equal(device.qpos[others], twin.qpos[others])
    assert torch.isfinite(device.physics.xpos).all()


def test_run_to_run_and_rows_are_identical():
    config = config_of()
    ends = []
    for num in (2, 5, 5):
        rng = np.random.default_rng(3)
        _, device = both(rng, config, 5)
        if num < 5:
            small = WarpSimulation(device.body, num, config, "cpu")
            rows = torch.ones(num, dtype=torch.bool)
            live = device.physics
            small.set_state(rows, live.qpos[:num].clone(), live.qvel[:num].clone(), live.act[:num].clone())
            small.place(rows)
            device = small
        for k in range(4):
            device.step(torch.full((num, 80), 0.1 * k))
        ends.append(device.qpos[:2].clone())
    assert torch.equal(ends[0], ends[1])
    assert torch.equal(ends[1], ends[2])


def test_too_many_contacts_are_an_error(monkeypatch, rng):
    monkeypatch.setattr(physics_module, "CONSTRAINTS", 64)
    _, device = both(rng, config_of())
    device.physics.check_overflow()
    sunk = device.qpos.clone()
    sunk[3, 2] = 0.3
    rows = torch.arange(ROWS) == 3
    device.set_state(rows, sunk, device.physics.qvel.clone(), device.physics.act.clone())
    device.place(rows)
    device.step(torch.zeros((ROWS, 80)))
    with pytest.raises(DeviceError, match=r"rows \[3\] have more contacts"):
        device.physics.check_overflow()


def test_unknown_device():
    config = config_of()
    with pytest.raises(ConfigError, match="cpu"):
        WarpSimulation(body_of_config(config), 2, config, "tpu:7")


def test_random_numbers_are_those_of_the_host():
    keys = np.array([0, 1, 2**63 + 5, 2**64 - 1], dtype=np.uint64)
    turns = np.array([0, 3, 7, 1000], dtype=np.uint64)
    signed = torch.as_tensor(keys.view(np.int64))
    place = torch.as_tensor(turns.astype(np.int64)) * 6
    assert torch.equal(uniform(signed, place, 6), torch.as_tensor(host_draws.uniform(keys, turns, 6)))
    normal = standard_normal(signed, place, 6).numpy()
    assert normal == pytest.approx(host_draws.standard_normal(keys, turns, 6), rel=1e-12)


def test_draws_of_a_row_depend_on_its_seed_alone():
    few, many = Draws(2, torch.device("cpu")), Draws(5, torch.device("cpu"))
    few.seed([0, 1], [7, 8])
    many.seed(range(5), [1, 2, 7, 8, 9])
    mask = torch.ones(5, dtype=torch.bool)
    first = many.uniform(3, mask)
    assert torch.equal(first[2:4], few.uniform(3, mask[:2]))
    paused = torch.tensor([True, True, False, True, True])
    many.uniform(3, paused)
    assert torch.equal(many.uniform(4, mask)[2], few.uniform(4, mask[:2])[0])
    assert len({tuple(row) for row in first.tolist()}) == 5
    assert abs(float(uniform(torch.arange(2000), torch.zeros(2000, dtype=torch.int64), 1).mean()) - 0.5) < 0.02


def test_warp_prints_nothing(capfd, rng):
    level = warp.config.log_level
    both(rng, config_of())
    assert warp.config.log_level == level
    assert capfd.readouterr().out == ""
