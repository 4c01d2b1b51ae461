from __future__ import annotations

import numpy as np

from kinesis_env.dynamics.activation import ActivationDynamics
from kinesis_env.model.names import load_model
from kinesis_env.simulation import Simulation
from tests.support import random_actions


def test_it_is_what_the_simulation_does():
    simulation = Simulation(load_model(), 3, action_mode="excitation")
    dynamics = ActivationDynamics(simulation.model, 1.0 / 150.0)
    rows = np.arange(3)
    simulation.set_state(rows, np.tile(simulation.model.key_qpos[0], (3, 1)), np.zeros((3, 20)))
    for action in random_actions(0, 6, 3).astype(np.float64):
        expected = dynamics.after(simulation.act.copy(), 0.5 * (action + 1.0), 5)
        simulation.step(action)
        assert np.abs(simulation.act - expected).max() < 1e-14


def test_excitations_reach_what_can_be_reached():
    dynamics = ActivationDynamics(load_model(), 1.0 / 150.0)
    rng = np.random.default_rng(0)
    activation, wanted = rng.uniform(0.0, 1.0, (2, 20, 80))
    excitation = dynamics.excitation(activation, wanted, 4)
    assert ((excitation >= 0.0) & (excitation <= 1.0)).all()
    least, most = (dynamics.after(activation, end, 4) for end in (0.0, 1.0))
    reached = dynamics.after(activation, excitation, 4)
    assert np.abs(reached - np.clip(wanted, least, most)).max() < 2e-3
