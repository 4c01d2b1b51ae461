"""Slopes and pushes: hand figures of mechanics, and that rows, threads and snapshots change nothing."""

import gymnasium
import mujoco
import numpy as np
import pytest

import kinesis_env
from kinesis_env.dynamics import Instruments
from kinesis_env.errors import ConfigError
from kinesis_env.evaluation import evaluate, read_episode
from kinesis_env.model import load_model
from kinesis_env.model.perturbations import tilted

PUSHED = {"push": [10.0, 30.0], "push_interval": [0.1, 0.3], "slope": [-5.0, 5.0], "termination_distance": 10.0}
ROW = np.zeros(1, dtype=np.int64)


def made(env_id="Kinesis-Imitate-v0", **arguments):
    return gymnasium.make(env_id, disable_env_checker=True, **arguments).unwrapped


def in_the_air(env, height=5.0):
    """Put the body at rest above the ground."""
    simulation = env.task.simulation
    qpos = simulation.model.key_qpos[:1].copy()
    qpos[0, 2] += height
    env.task.set_state(ROW, qpos, np.zeros((1, 20)))
    return simulation


def momentum(simulation):
    data, model = simulation.data(0), simulation.model
    mujoco.mj_forward(model, data)
    mujoco.mj_subtreeVel(model, data)
    root = simulation.names.root
    return data.subtree_linvel[root] * model.body_subtreemass[root]


def relaxed(env, steps):
    """Step without any excitation; return the infos."""
    return [env.step(np.full(80, -1.0, np.float32))[4] for _ in range(steps)]


FREE = {"action_mode": "excitation", "termination_distance": 1e4}


@pytest.mark.parametrize("angle", [0.0, 90.0, -135.0])
def test_a_push_of_20_newton_seconds_changes_the_momentum_by_20_newton_seconds(angle):
    env = made(push=20.0, push_times=[0.1], push_direction=angle, **FREE)
    env.reset(seed=0)
    simulation = in_the_air(env)
    pushes = [info["push"] for info in relaxed(env, 10)]
    assert pushes == [0, 0, 0, 20, 20, 20, 0, 0, 0, 0]  # 0.1 s from 0.1 s on, at 30 Hz
    ahead = np.radians(angle)
    # The rotor inertia of the hinges (armature) has no momentum: 0.5 % of a push.
    np.testing.assert_allclose(momentum(simulation)[:2], 20.0 * np.array([np.cos(ahead), np.sin(ahead)]), atol=0.1)


def test_the_impulse_does_not_depend_on_how_long_a_push_lasts():
    moved = []
    for duration in (0.0, 0.3):
        env = made(push=20.0, push_times=[0.0], push_direction=0.0, push_duration=duration, **FREE)
        env.reset(seed=0)
        simulation = in_the_air(env)
        relaxed(env, 12)
        moved.append(momentum(simulation)[0])
    np.testing.assert_allclose(moved, 20.0, rtol=0.005)


def test_pushes_go_where_the_body_faces():
    env = made(push=20.0, push_times=[0.0], push_direction=0.0, **FREE)
    env.reset(seed=0, options={"heading": 1.0})
    assert relaxed(env, 1)[0]["push_direction"] == pytest.approx(np.degrees(1.0), abs=6.0)


@pytest.mark.parametrize("slope", [-5.0, 8.0])
def test_on_a_slope_a_falling_body_has_the_component_of_gravity_along_the_ground(slope):
    env = made(slope=slope, **FREE)
    _, info = env.reset(seed=0)
    assert info["slope"] == slope
    simulation = in_the_air(env)
    relaxed(env, 6)
    weight = simulation.model.body_mass.sum() * 9.81
    along, up = -np.sin(np.radians(slope)), -np.cos(np.radians(slope))
    np.testing.assert_allclose(momentum(simulation), 0.2 * weight * np.array([along, 0.0, up]), atol=0.6)


def test_tilted_gravity_has_the_size_of_gravity():
    np.testing.assert_allclose(np.linalg.norm(tilted(9.81, np.linspace(-30, 30, 7)), axis=1), 9.81)
    np.testing.assert_allclose(tilted(10.0, 30.0), [-5.0, 0.0, -np.sqrt(75.0)])


@pytest.mark.parametrize("env_id", kinesis_env.ENV_IDS)
def test_every_id_is_pushed_and_observes_nothing_of_it(env_id):
    arguments = {"prompts": ["walk forward"]} if "Text" in env_id else {}
    plain = made(env_id, **arguments)
    env = made(env_id, push=20.0, push_interval=0.1, slope=3.0, **arguments)
    assert env.observation_space == plain.observation_space
    env.reset(seed=1)
    for _ in range(4):
        *_, info = env.step(np.zeros(80, np.float32))
    assert (info["slope"], info["pushes"]) == (3.0, 1)


def test_row_i_is_the_single_environment_seeded_s_plus_i_whatever_the_threads():
    action = np.random.default_rng(0).uniform(-1.0, 1.0, (25, 3, 80)).astype(np.float32)
    runs = []
    for threads in (1, 2):
        envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=3, num_threads=threads, **PUSHED).unwrapped
        envs.reset(seed=4)
        runs.append([envs.step(each) for each in action])
    one = made(**PUSHED)
    one.reset(seed=5)
    for each, first, second in zip(action, *runs, strict=True):
        np.testing.assert_array_equal(first[0], second[0])
        observation, *_, info = one.step(each[1])
        np.testing.assert_array_equal(observation, first[0][1])
        for key in ("push", "push_direction", "pushes", "slope"):
            assert info[key] == first[4][key][1] == second[4][key][1]
    assert first[4]["pushes"].min() >= 2


def test_a_snapshot_has_the_pushes_to_come():
    env = made(**PUSHED)
    env.reset(seed=3)
    relaxed(env, 5)
    kept = env.task.simulation.snapshot(ROW)
    wanted = relaxed(env, 15)
    state = env.task.simulation.qpos.copy()
    env.reset(seed=8)  # another slope, other pushes
    env.task.simulation.restore(ROW, kept)
    found = relaxed(env, 15)
    np.testing.assert_array_equal(env.task.simulation.qpos, state)
    for key in ("push", "pushes", "slope"):
        assert [info[key] for info in found] == [info[key] for info in wanted]


def test_a_reset_of_some_rows_leaves_the_pushes_of_the_others():
    arguments = {**PUSHED, "autoreset_mode": "Disabled"}
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=2, **arguments).unwrapped
    alone = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=2, **arguments).unwrapped
    action = np.zeros((2, 80), np.float32)
    for each in (envs, alone):
        each.reset(seed=0)
        for _ in range(6):
            each.step(action)
    _, info = envs.reset(options={"reset_mask": np.array([True, False])})
    assert (info["pushes"][0], info["push"][0]) == (0, 0.0)
    for _ in range(6):
        found, wanted = envs.step(action), alone.step(action)
    np.testing.assert_array_equal(found[0][1], wanted[0][1])
    assert found[4]["pushes"][1] == wanted[4]["pushes"][1]


def test_an_episode_that_starts_itself_again_has_its_own_pushes():
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=2, **{**PUSHED, "termination_distance": 0.15}).unwrapped
    envs.reset(seed=0)
    counts = [envs.step(np.zeros((2, 80), np.float32))[4]["pushes"] for _ in range(60)]
    assert (np.diff(counts, axis=0) < 0).any()


def test_a_push_comes_at_its_time_in_every_episode_whatever_steps_are_skipped():
    arguments = {"push": 20.0, "push_times": [0.1], "termination_distance": 0.15, "start_time": "random"}
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=3, **arguments).unwrapped
    _, info = envs.reset(seed=0)
    started, episodes = info["time"].copy(), 1
    for _ in range(60):
        _, _, _, _, info = envs.step(np.zeros((3, 80), np.float32))
        begun = info["frame_coverage"] == 0.0  # the step in which an episode only begins
        started[begun] = info["time"][begun]
        episodes += begun.sum()
        steps = np.rint(30.0 * (info["time"] - started))
        np.testing.assert_array_equal(info["push"] > 0.0, (steps >= 4) & (steps <= 6))
    assert episodes > 6


def test_without_them_nothing_is_drawn_and_nothing_is_kept():
    simulation = made().task.simulation
    assert simulation.perturbations is None
    assert not any(key.startswith("perturbations") for key in simulation.snapshot(ROW))


def test_instruments_repeat_a_step_with_its_push():
    env = made(push=200.0, push_times=[0.0], push_direction=0.0, slope=10.0, **FREE)
    env.reset(seed=0)
    simulation = in_the_air(env)
    start = [array[0].copy() for array in (simulation.qpos, simulation.qvel, simulation.act)]
    relaxed(env, 1)
    instruments = Instruments(simulation.model_of(0))
    instruments.over_steps(*start, simulation.excitation[0], simulation.perturbations.force[0])
    np.testing.assert_allclose(instruments._data.qvel, simulation.qvel[0], atol=1e-6)


def test_recorded_forces_are_those_that_moved_the_pushed_body(tmp_path):
    config = {"push": 20.0, "push_times": [0.0], "push_direction": 90.0, "slope": 4.0, **FREE}
    evaluate("servo", motions="walk", config={**config, "action_mode": "length"}, record=tmp_path, seeds=1)
    arrays = read_episode(next(tmp_path.glob("*.npz"))).arrays
    push = arrays["push_force"]
    assert len(push) == len(arrays["action"])
    np.testing.assert_allclose(push[:4, 1] / 30.0, [20 / 3, 20 / 3, 20 / 3, 0.0], atol=0.2)
    assert np.abs(push[3:]).max() == 0.0
    model = load_model()
    data = mujoco.MjData(model)
    momenta = []
    for data.qpos[:], data.qvel[:] in zip(arrays["qpos"][:7], arrays["qvel"][:7], strict=True):
        mujoco.mj_forward(model, data)
        mujoco.mj_subtreeVel(model, data)
        momenta.append(data.subtree_linvel[1] * model.body_subtreemass[1])
    force = arrays["ground_force"][1:7].sum(axis=1) + push[:6] + model.body_mass.sum() * tilted(9.81, 4.0)
    np.testing.assert_allclose(np.diff(momenta, axis=0), force / 30.0, atol=1.0)  # of 6.7 a step


def test_an_evaluation_says_how_many_pushes_are_survived():
    result = evaluate("servo", motions="walk", protocol="pushed", config={})
    (episode,) = result.episodes
    assert result.protocol == "pushed"
    assert set(episode.metrics) >= {"pushes", "pushes_survived"}
    modified = evaluate("servo", motions="walk", protocol="kinesis", config={"push": 60.0, "push_interval": 0.2})
    assert "kinesis, modified: push=60.0" in modified.protocol
    (episode,) = modified.episodes
    assert episode.termination_reason
    count = episode.metrics["pushes"]
    assert episode.metrics["pushes_survived"] == (count - 1) / count


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"slope": 45.0}, "slope must be a number, or a range .low, high., from -30 to 30"),
        ({"push": -1.0}, "push must be"),
        ({"push": [30.0, 10.0]}, "push must be"),
        ({"push_times": [-1.0]}, "push_times must be"),
        ({"push_direction": 720.0}, "push_direction must be"),
        ({"push_duration": -0.1}, "push_duration must be"),
        ({"push_interval": -1.0}, "push_interval must be"),
    ],
)
def test_impossible_values_are_errors_that_say_what_is_allowed(arguments, said):
    with pytest.raises(ConfigError, match=said):
        made(**arguments)
