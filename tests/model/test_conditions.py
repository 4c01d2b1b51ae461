"""Muscle conditions against the published behavior of their models."""

from __future__ import annotations

import math

import gymnasium
import mujoco
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinesis_env.config import BodyConfig, load_preset
from kinesis_env.config.schema import from_mapping
from kinesis_env.errors import ConfigError, ResetError
from kinesis_env.model import Conditions, load_model
from kinesis_env.model.conditions import FATIGUE, fatigue_rates, select_muscles
from kinesis_env.model.draws import standard_normal
from kinesis_env.simulation import Simulation
from tests.support import CONDITIONS, make_task, make_vec, random_actions

MUSCLES = tuple(load_model().actuator(i).name for i in range(80))
SOLEUS, VASTUS, GLUTEUS = (MUSCLES.index(name) for name in ("soleus_r", "vaslat_r", "glmax1_l"))
STEP = 1 / 150


def body(**changes):
    own = {"action_mode": "excitation", "rewards": {}}
    return from_mapping(BodyConfig, {**load_preset("Kinesis-Imitate-v0"), **own}, changes)


def renewed(simulation, seed=0, **kwargs):
    rows = np.arange(simulation.num)
    simulation.renew(rows, [np.random.default_rng(seed + i) for i in rows], **kwargs)
    qpos = np.tile(simulation.model.key_qpos[0], (len(rows), 1))
    simulation.set_state(rows, qpos, np.zeros((len(rows), 20)))
    return simulation


def make(num=1, mode="excitation", **changes):
    return renewed(Simulation(load_model(), num, action_mode=mode, conditions=body(**changes)))


def contract(load, seconds, **changes):
    """Hold a target load from rest with first-order activation dynamics; activation and fatigue over time."""
    conditions = Conditions(body(fatigue=True, **changes), MUSCLES, 1, STEP)
    activation, out = np.zeros((1, 80)), []
    stepped = np.ones(1, dtype=bool)
    for i in range(int(seconds / STEP)):
        target = load(i * STEP) if callable(load) else load
        wanted = conditions.deliver(np.full((1, 80), target), activation, stepped)
        activation = activation + STEP * (wanted - activation) / 0.04
        out.append((activation[0].copy(), conditions.fatigue[0].copy()))
    return np.array([a for a, _ in out]), np.array([f for _, f in out])


# -- fatigue ------------------------------------------------------------------------------------------------------


def test_parameters_are_the_published_ones():
    # Frey-Law, Looft and Heitsman 2012, table of optimal F and R; r of Looft et al. 2018
    assert (FATIGUE["ankle"].fatigue, FATIGUE["ankle"].recovery, FATIGUE["ankle"].rest) == (0.00589, 0.00058, 15)
    assert (FATIGUE["knee"].fatigue, FATIGUE["knee"].recovery, FATIGUE["knee"].rest) == (0.015, 0.00149, 15)
    rates = fatigue_rates(MUSCLES)
    assert rates[0, SOLEUS] == 0.00589
    assert rates[0, VASTUS] == 0.015
    # all joints together, as the hip was not measured
    assert rates[:, GLUTEUS].tolist() == [0.0097, 0.00091, 15]
    np.testing.assert_array_equal(rates[:, :40], rates[:, 40:])


@pytest.mark.parametrize("muscle", [SOLEUS, VASTUS, GLUTEUS])
def test_a_maximal_contraction_decays_as_the_model_has_it(muscle):
    """With everything that is not fatigued active, dM_F/dt = F (1 - M_F) - R M_F: an exponential in closed form."""
    activation, _ = contract(1.0, 180)
    f, r, _ = fatigue_rates(MUSCLES)[:, muscle]
    for seconds in (10, 30, 60, 120, 179):
        expected = r / (f + r) + f / (f + r) * math.exp(-(f + r) * seconds)
        assert activation[int(seconds / STEP), muscle] == pytest.approx(expected, rel=0.01)


def test_what_is_left_after_a_very_long_maximal_contraction():
    # F / R sets the floor: R / (F + R), a tenth of the strength or so (Xia and Frey Law 2008)
    activation, _ = contract(1.0, 1200)
    f, r, _ = fatigue_rates(MUSCLES)
    np.testing.assert_allclose(activation[-1, VASTUS], (r / (f + r))[VASTUS], rtol=0.01)
    assert 0.05 < (r / (f + r)).min() < (r / (f + r)).max() < 0.12


@pytest.mark.parametrize(("load", "measured"), [(0.3, 186.4), (0.4, 108.5), (0.5, 71.3), (0.6, 50.6)])
def test_endurance_times_of_the_knee(load, measured):
    """Against the measured intensity-endurance curve of the knee, 19.38 load^-1.88 seconds (Frey-Law and Avin 2010)."""
    activation, _ = contract(load, 1.3 * measured)
    failing = activation[int(1 / STEP) :, VASTUS] < 0.995 * load
    assert failing.any()
    endurance = 1 + failing.argmax() * STEP
    assert endurance == pytest.approx(measured, rel=0.15)
    # and the model's own closed form, to the second
    f, r, _ = fatigue_rates(MUSCLES)[:, VASTUS]
    assert endurance == pytest.approx(-math.log(1 - (1 - load) * r / (f * load)) / r, abs=1.0)


def test_rest_recovers_fifteen_times_as_fast():
    load = lambda t: 1.0 if t < 60 else 0.0  # noqa: E731
    _, fatigue = contract(load, 90)
    _, r, factor = fatigue_rates(MUSCLES)[:, VASTUS]
    start, end = fatigue[int(61 / STEP), VASTUS], fatigue[-1, VASTUS]
    assert factor == 15
    assert end / start == pytest.approx(math.exp(-15 * r * 29), rel=0.01)


@pytest.mark.parametrize("first", [0.0, 0.6], ids=["from below", "from above"])
def test_holding_a_load_is_no_rest(first):
    _, fatigue = contract(lambda t: first if t < 1 else 0.3, 60)
    f, r, _ = fatigue_rates(MUSCLES)[:, VASTUS]
    assert fatigue[-1, VASTUS] == pytest.approx(0.3 * f / r * (1 - math.exp(-r * 60)), rel=0.03)


def test_a_load_that_comes_and_goes_as_in_walking_is_no_rest():
    """Against the published equations with a fast controller: a load that falls does not rest."""
    muscle = VASTUS
    f, r, factor = fatigue_rates(MUSCLES)[:, muscle]

    def load(t):
        return 0.02 + 0.6 * max(0.0, math.sin(2.0 * math.pi * t)) ** 2

    def slopes(t, state):
        active, tired = state
        wanted = min(load(t), 1.0 - tired)
        drive = (wanted - active) / 0.04
        recovery = (factor if load(t) <= 0.01 else 1.0) * r * tired
        return [drive, f * active - recovery]

    expected = solve_ivp(slopes, (0.0, 120.0), [0.0, 0.0], max_step=0.02, rtol=1e-6).y[1, -1]
    _, fatigue = contract(load, 120)
    assert fatigue[-1, muscle] == pytest.approx(expected, rel=0.01)
    # Were each fall of the load a rest, half of this would be left.
    assert fatigue[-1, muscle] > 0.25


@pytest.mark.parametrize(("load", "rests"), [(0.0, True), (0.01, True), (0.011, False)])
def test_rest_is_a_load_of_at_most_a_hundredth(load, rests):
    _, fatigue = contract(lambda t: 1.0 if t < 60 else load, 81)
    _, r, factor = fatigue_rates(MUSCLES)[:, SOLEUS]
    left = fatigue[-1, SOLEUS] / fatigue[int(61 / STEP), SOLEUS]
    assert (left < math.exp(-0.5 * factor * r * 20)) == rests


def test_the_three_compartments_add_up():
    rng = np.random.default_rng(0)
    loads = rng.random(60)
    activation, fatigue = contract(lambda t: loads[int(t)], 60, initial_fatigue=0.4)
    rest = 1 - activation - fatigue
    assert fatigue.min() >= 0
    assert rest.min() > -0.01  # activation follows 1 - M_F with its own time constant


def test_fatigue_in_the_simulation():
    simulation = make(2, fatigue=True)
    simulation.renew(np.arange(2), [np.random.default_rng(0)] * 2, [0.5, {"soleus_*": 0.9}])
    assert simulation.fatigue[0].tolist() == [0.5] * 80
    assert simulation.fatigue[1].sum() == pytest.approx(1.8)
    simulation.step(np.ones((2, 80)))
    np.testing.assert_allclose(simulation.excitation[0], 0.5, atol=1e-3)
    assert simulation.excitation[1, -1, SOLEUS] == pytest.approx(0.1, abs=1e-3)
    assert simulation.excitation[1, -1, VASTUS] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_a_maximal_contraction_of_the_simulated_muscles(mode):
    """MuJoCo's own activation dynamics are the controller of the model: the same curve, muscle by muscle."""
    simulation = make(mode=mode, fatigue=True)
    action = np.full((1, 80), 1.0 if mode == "excitation" else -1.0)  # full excitation, or a length out of reach
    for _ in range(30 * 20):
        simulation.step(action)
    f, r, _ = fatigue_rates(MUSCLES)
    expected = r / (f + r) + f / (f + r) * np.exp(-(f + r) * 20)
    np.testing.assert_allclose(simulation.act[0, [SOLEUS, VASTUS]], expected[[SOLEUS, VASTUS]], rtol=0.02)


def test_initial_fatigue_is_drawn_muscle_by_muscle():
    simulation = make(3, fatigue=True, initial_fatigue=(0.1, 0.3))
    fatigue = simulation.fatigue
    assert 0.1 <= fatigue.min() < 0.11
    assert 0.29 < fatigue.max() <= 0.3
    assert len(np.unique(fatigue)) == 240


def test_fatigue_is_observed():
    task = make_task(2, fatigue=True, muscle_observations=["fatigue"], initial_fatigue=0.25)
    task.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)], {"fatigue": [0.5, 0.75]})
    seen = task.observe()[:, task.layout["muscle_fatigue"]]
    assert np.all(seen == [[0.5], [0.75]])
    with pytest.raises(ConfigError, match="needs fatigue"):
        make_task(muscle_observations=["fatigue"])


@pytest.mark.parametrize("wish", [1.5, -0.1, "much", {"biceps": 0.5}, {"soleus_r": 2.0}])
def test_impossible_fatigue(wish):
    simulation = make(fatigue=True)
    with pytest.raises(ResetError, match="fatigue"):
        renewed(simulation, fatigue=[wish])


# -- weakness and mass --------------------------------------------------------------------------------------------


def isometric_force(simulation, activation=1.0):
    """Tension of every muscle in the pose, without the passive part, (num, 80)."""
    forces = []
    for row in range(simulation.num):
        data, model = simulation.data(row), simulation._batch.get_model(row)
        data.act[:] = activation
        data.qvel[:] = 0
        mujoco.mj_forward(model, data)
        active = data.actuator_force.copy()
        data.act[:] = 0
        mujoco.mj_forward(model, data)
        forces.append(data.actuator_force - active)
    return np.array(forces)


@pytest.mark.parametrize("left", [0.0, 0.25, 0.5, 1.0])
def test_isometric_force_at_each_weakness(left):
    healthy = isometric_force(make())[0]
    weak = isometric_force(make(weakness={"soleus_r": left, "vas*_l": left}))[0]
    chosen = [SOLEUS, *(i for i, name in enumerate(MUSCLES) if name.startswith("vas") and name.endswith("_l"))]
    expected = healthy.copy()
    expected[chosen] *= left
    np.testing.assert_allclose(weak, expected, rtol=1e-12, atol=1e-9)
    assert healthy[SOLEUS] > 1000


def test_a_paralysed_muscle_keeps_its_passive_force():
    healthy, paralysed = make(), make(weakness={"*": 0.0})
    for simulation in (healthy, paralysed):
        qpos = simulation.model.key_qpos[:1].copy()
        qpos[0, 7 + 4] = 0.5  # dorsiflexion stretches the calf
        simulation.set_state(np.arange(1), qpos, np.zeros((1, 20)))
    np.testing.assert_array_equal(healthy.muscle_force, paralysed.muscle_force)
    assert -healthy.muscle_force[0, SOLEUS] > 100


def test_the_last_glob_that_matches_counts():
    simulation = make(weakness={"*": 0.5, "soleus_*": 0.1, "soleus_l": 0.9})
    strength = simulation.conditions.strength[0]
    assert strength[SOLEUS] == 0.1
    assert strength[MUSCLES.index("soleus_l")] == 0.9
    assert strength[VASTUS] == 0.5


def test_mass_scale():
    simulation = make(3, mass_scale=(0.5, 2.0))
    scale = simulation.conditions.mass_scale
    assert len(set(scale)) == 3
    model = simulation.model
    for row in range(3):
        own = simulation._batch.get_model(row)
        np.testing.assert_allclose(own.body_mass, scale[row] * model.body_mass, rtol=1e-12)
        np.testing.assert_allclose(own.body_inertia, scale[row] * model.body_inertia, rtol=1e-12)
        np.testing.assert_allclose(own.body_subtreemass[1], scale[row] * model.body_subtreemass[1], rtol=1e-12)
    np.testing.assert_allclose(simulation.body_weight[:, 0], scale * model.body_mass.sum() * 9.81, rtol=1e-9)
    assert model.body_mass.sum() == load_model().body_mass.sum()


def test_a_heavier_body_falls_as_fast_and_weighs_more():
    simulation = make(2, mass_scale=2.0)
    plain = make(2)
    for one in (simulation, plain):
        high = one.model.key_qpos[:1].repeat(2, 0)
        high[:, 2] = 3.0
        one.set_state(np.arange(2), high, np.zeros((2, 20)))
        for _ in range(3):
            one.step(np.full((2, 80), -1.0))
    np.testing.assert_allclose(simulation.qpos[:, 2], plain.qpos[:, 2], atol=2e-3)


# -- noise and delay ----------------------------------------------------------------------------------------------


def test_noise_is_in_proportion_to_the_excitation():
    simulation = make(excitation_noise=0.1)
    action = np.full((1, 80), 0.0)
    action[0, :40] = -0.6
    seen = []
    for _ in range(100):
        simulation.step(action)
        assert np.ptp(simulation.excitation[0], axis=0).max() == 0  # one draw for a control step
        seen.append(simulation.excitation[0, 0].copy())
    seen = np.array(seen)
    np.testing.assert_allclose(seen[:, :40].mean(), 0.2, rtol=0.01)
    np.testing.assert_allclose(seen[:, 40:].std(), 0.05, rtol=0.05)
    np.testing.assert_allclose(seen[:, :40].std(), 0.02, rtol=0.05)


def test_noise_leaves_excitations_between_rest_and_all():
    simulation = make(excitation_noise=5.0)
    for _ in range(5):
        simulation.step(np.zeros((1, 80)))
        assert simulation.excitation.min() == 0.0
        assert simulation.excitation.max() == 1.0


def test_noise_numbers_are_standard_normal_and_independent():
    keys = np.random.default_rng(0).integers(0, 2**64, 500, dtype=np.uint64)
    first = standard_normal(keys, np.zeros(500, dtype=np.uint64), 80)
    second = standard_normal(keys, np.ones(500, dtype=np.uint64), 80)
    assert abs(first.mean()) < 0.02
    assert first.std() == pytest.approx(1, abs=0.02)
    assert (first**4).mean() == pytest.approx(3, abs=0.15)
    for a, b in ((first, second), (first[:-1], first[1:]), (first[:, :40], first[:, 40:])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.03
    np.testing.assert_array_equal(standard_normal(keys[7:8], np.ones(1, dtype=np.uint64), 80)[0], second[7])


@pytest.mark.parametrize("steps", [0, 1, 7, 12])
def test_an_excitation_arrives_after_its_delay(steps):
    simulation = make(2, activation_delay=(steps / 150, steps / 150))
    given, arrived = [], []
    for i in range(6):
        action = np.full((2, 80), -1.0 + 0.2 * (i + 1))
        simulation.step(action)
        given += [0.1 * (i + 1)] * 5
        arrived += simulation.excitation[0, :, 0].tolist()
    expected = [0.0] * steps + given[: len(given) - steps]
    assert arrived == pytest.approx(expected, abs=1e-12)


def test_a_delay_begins_with_what_holds_the_start():
    env = gymnasium.make("Kinesis-Reach-v0", activation_delay=0.1, action_mode="excitation").unwrapped
    env.reset(seed=0)
    env.step(np.full(80, -1.0, np.float32))
    np.testing.assert_allclose(env.task.simulation.excitation[0, 0], env.model.key_act[0], atol=1e-12)


# -- episodes and rows --------------------------------------------------------------------------------------------

KEYS = ("fatigue", "weakness_soleus_*", "weakness_tibant_l", "excitation_noise", "activation_delay", "mass_scale")


def test_conditions_are_drawn_by_episode_reported_and_reproducible(motions):
    runs = []
    for _ in range(2):
        vector = make_vec(4, motions=motions, **CONDITIONS)
        _, first = vector.reset(seed=3)
        _, second = vector.reset()
        runs.append([{key: infos[key].tolist() for key in KEYS} for infos in (first, second)])
    assert runs[0] == runs[1]
    first, second = runs[0]
    for key in KEYS:
        if key == "weakness_tibant_l":
            assert first[key] == [0.0] * 4
            continue
        # a delay is a whole number of physics steps: two rows may well have the same
        assert len(set(first[key])) == 4 or key == "activation_delay"
        assert first[key] != second[key]
    assert all(0.2 <= value <= 0.8 for value in first["weakness_soleus_*"])
    assert all(0.8 <= value <= 1.2 for value in first["mass_scale"])


def test_rows_are_independent(motions):
    """What happens in one row, resets of others included, changes nothing in another."""
    alone, crowd = (make_vec(3, motions=motions, termination_distance=np.inf, **CONDITIONS) for _ in range(2))
    alone.reset(seed=1)
    crowd.reset(seed=1)
    for i, actions in enumerate(random_actions(0, 8, 3)):
        other = actions.copy()
        other[[0, 2]] *= -1
        if i == 4:
            crowd.reset(options={"reset_mask": np.array([True, False, True])})
        mine, theirs = alone.step(actions), crowd.step(other)
        assert np.array_equal(mine[0][1], theirs[0][1])
    assert not np.array_equal(mine[0][0], theirs[0][0])


def test_nothing_is_drawn_when_nothing_is_on(motions):
    plain = make_vec(2, motions=motions)
    off = make_vec(2, motions=motions, weakness={}, excitation_noise=0.0, mass_scale=1.0, fatigue=False)
    assert off.unwrapped.task.simulation.conditions is None
    assert np.array_equal(plain.reset(seed=5)[0], off.reset(seed=5)[0])
    assert np.array_equal(plain.step(np.zeros((2, 80)))[0], off.step(np.zeros((2, 80)))[0])


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_conditions_that_change_nothing_change_nothing(mode):
    plain, conditioned = (make(2, mode), make(2, mode, excitation_noise=(0.0, 0.0), weakness={"*": 1.0}))
    for actions in random_actions(2, 5, 2).astype(np.float64):
        plain.step(actions)
        conditioned.step(actions)
    np.testing.assert_allclose(plain.qpos, conditioned.qpos, atol=1e-9)


def test_a_diverged_body_keeps_finite_conditions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to MUJOCO_LOG.TXT
    simulation = make(2, "length", fatigue=True, activation_delay=0.02, excitation_noise=0.1, mass_scale=1.1)
    simulation.qvel[0, 9] = np.nan
    for actions in random_actions(2, 3, 2).astype(np.float64):
        simulation.step(actions)
    assert np.isfinite(simulation.fatigue).all()
    assert np.isfinite(simulation.excitation).all()
    assert np.isfinite(simulation.qpos).all()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"weakness": {"biceps_*": 0.5}}, r"no muscle matches 'biceps_\*'; the muscles are addbrev_r"),
        ({"weakness": {"soleus_r": -0.5}}, r"weakness\['soleus_r'\] must be a number, or a range"),
        ({"weakness": {"soleus_r": "weak"}}, "a number or a list of two numbers"),
        ({"excitation_noise": [0.2, 0.1]}, r"given \[0.2, 0.1\]"),
        ({"activation_delay": 2.0}, "from 0 to 1, given 2"),
        ({"mass_scale": 0.0}, "from 0.1 to 10"),
        ({"initial_fatigue": 1.5}, "from 0 to 1"),
        ({"fatigue": 1}, "true or false"),
    ],
)
def test_impossible_conditions(motions, overrides, message):
    with pytest.raises(ConfigError, match=message):
        make_task(motions=motions, **overrides)


def test_select_muscles():
    assert select_muscles("soleus_r", MUSCLES).tolist() == [SOLEUS]
    assert len(select_muscles("*_l", MUSCLES)) == 40


def test_a_fatigue_that_is_not_finite_is_not_kept():
    conditions = Conditions(body(fatigue=True), MUSCLES, 2, STEP)
    conditions.renew(np.arange(2), [np.random.default_rng(0)] * 2)
    conditions.fatigue[0, :3] = np.nan, np.inf, 1.5
    conditions.fatigue[1] = np.nan
    conditions.restart(np.array([0]), np.zeros((1, 80)))
    np.testing.assert_array_equal(conditions.fatigue[0, :3], [0.0, 1.0, 1.0])
    assert np.isnan(conditions.fatigue[1]).all()  # only the rows that are named
