from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.config import ReachConfig, ReachGoalConfig, from_mapping, load_preset
from kinesis_env.errors import ConfigError, MotionError, ResetError
from kinesis_env.making.standing import holding_action
from kinesis_env.tasks import ReachGoalTask, ReachTask
from kinesis_env.terms import observations, rewards
from tests.support import make_task, random_actions, weights_of

TERMS = ("progress", "upright", "energy", "goal")


def make(num=1, **overrides):
    return ReachTask(from_mapping(ReachConfig, load_preset("Kinesis-Reach-v0"), overrides), num)


def make_goal_env_task(num=1, **overrides):
    return ReachGoalTask(from_mapping(ReachGoalConfig, load_preset("Kinesis-ReachGoal-v0"), overrides), num)


def reset(task, seed=0, **options):
    num = task.simulation.num
    task.reset(np.arange(num), [np.random.default_rng(seed + i) for i in range(num)], options)


def put(task, xy):
    """Put the pelvis of every row over a place in the world."""
    simulation = task.simulation
    qpos = np.tile(simulation.model.key_qpos[0], (simulation.num, 1))
    qpos[:, :2] = xy
    simulation.set_state(np.arange(simulation.num), qpos, np.zeros((simulation.num, 20)), simulation.model.key_act[0])


def test_published_numbers():
    config = from_mapping(ReachConfig, load_preset("Kinesis-Reach-v0"), {})
    weights = {"progress": (0.8, 20.0), "upright": (0.1, 3.0), "energy": (0.1, 0.05), "goal": (100.0, None)}
    assert weights_of(config) == weights
    assert (config.goal_range, config.radius, config.time_limit, config.fall_height) == (2.0, 0.1, 150, 0.7)


def test_the_start_stands_with_the_activations_that_hold_it():
    task = make(2)
    reset(task)
    model = task.simulation.model
    np.testing.assert_array_equal(task.simulation.qpos, np.tile(model.key_qpos[0], (2, 1)))
    np.testing.assert_array_equal(task.simulation.act, np.tile(model.key_act[0], (2, 1)))
    assert task.simulation.act.any()


def test_layout_and_goal_in_the_heading_frame():
    task = make()
    assert task.layout["goal"] == slice(171, 174)
    assert task.observation_size == 174
    reset(task, goal=[1.2, -0.5], heading=0.7)
    # in the frame of the start, whatever the way the body faces in the world
    np.testing.assert_allclose(task.observe()[0, 171:], [1.2, -0.5, 1.3], atol=1e-6)
    assert task.info()["distance"][0] == pytest.approx(1.3)
    c, s = math.cos(0.7), math.sin(0.7)
    np.testing.assert_allclose(task.goal_world()[0], [1.2 * c + 0.5 * s, 1.2 * s - 0.5 * c], atol=1e-12)


def test_goals_are_spread_and_never_too_near():
    task = make(500)
    reset(task)
    goals = task.desired()
    away = np.hypot(*goals.T)
    assert np.abs(goals).max() <= 2.0
    assert away.min() >= 0.5
    assert away.max() > 2.3  # the corners of the square
    assert goals.max(axis=0).min() > 1.8
    assert goals.min(axis=0).max() < -1.8
    assert len({tuple(goal) for goal in goals}) == 500


def test_reward_by_hand():
    task = make(3)
    reset(task, goal=[1.0, 0.0])
    before = task.info()["distance"]
    for action in random_actions(1, 6, 3).astype(np.float64):
        outcome = task.step(action)
        state = observations.BodyState.of(task.simulation)
        after = np.hypot(1.0 - state.root[:, 0], state.root[:, 1])
        info = task.info()
        np.testing.assert_allclose(info["reward_progress"], 0.8 * 20 * (before - after), atol=1e-12)
        np.testing.assert_allclose(info["reward_upright"], 0.1 * rewards.upright(*state.angles), rtol=1e-12)
        np.testing.assert_allclose(info["reward_energy"], 0.1 * rewards.energy(task.simulation.excitation), rtol=1e-12)
        assert not info["reward_goal"].any()
        assert np.array_equal(sum(info[f"reward_{name}"] for name in TERMS), outcome.reward)
        np.testing.assert_allclose(info["distance"], after, atol=1e-12)
        before = after


def test_a_hundred_while_at_the_goal():
    task = make(2, radius=0.1)
    reset(task, goal=[1.0, 0.0])
    put(task, [[0.95, 0.0], [0.85, 0.0]])
    task.step(holding_action(task.simulation))
    assert task.info()["reward_goal"].tolist() == [100.0, 0.0]


@pytest.mark.parametrize("last", [True, False], ids=["there", "gone"])
def test_success_at_the_timeout(last):
    task = make(time_limit=3)
    reset(task, goal=[1.0, 0.0])
    for step in range(3):
        put(task, [1.0, 0.0] if step < 2 or last else [0.0, 0.0])
        outcome = task.step(holding_action(task.simulation))
        assert bool(outcome.truncated[0]) == (step == 2)
        assert bool(task.info()["is_success"][0]) == (step == 2 and last)
    assert not outcome.terminated[0]
    assert task.info()["termination_reason"][0] == ""
    assert task.info()["time"][0] == pytest.approx(0.1)


def test_success_at_first_touch():
    task = make(2, success="touch")
    reset(task, goal=[1.0, 0.0])
    put(task, [[1.05, 0.0], [0.0, 0.0]])
    outcome = task.step(holding_action(task.simulation))
    info = task.info()
    assert outcome.terminated.tolist() == [True, False]
    assert not outcome.truncated.any()
    assert info["is_success"].tolist() == [True, False]
    assert info["termination_reason"].tolist() == ["reached", ""]
    assert info["reward_goal"].tolist() == [100.0, 0.0]


def test_a_fall_is_no_success_even_at_the_goal():
    for success in ("timeout", "touch"):
        task = make(2, success=success, time_limit=1, fall_height=1.0)
        reset(task, goal=[1.0, 0.0])
        put(task, [1.0, 0.0])
        outcome = task.step(holding_action(task.simulation))
        assert outcome.terminated.all()
        assert not outcome.truncated.any()
        assert not task.info()["is_success"].any()
        assert set(task.info()["termination_reason"]) == {"fallen"}


def test_several_goals_in_a_row():
    task = make(goals=3, success="touch")
    assert task.layout["goal"] == slice(171, 174)
    reset(task, goal=[[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    hold = holding_action(task.simulation)
    for index, place in enumerate([(1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]):
        assert task.desired()[0].tolist() == list(place)
        put(task, place)
        outcome = task.step(hold)
        info = task.info()
        assert info["goals_reached"][0] == index + 1
        assert bool(outcome.terminated[0]) == bool(info["is_success"][0]) == (index == 2)
        # coming to a goal is rewarded; that the next one is a meter away costs nothing
        assert info["reward_progress"][0] == pytest.approx(16.0, abs=0.3)


def test_drawn_goals_follow_each_other():
    task = make(50, goals=4, min_distance=1.0)
    reset(task)
    steps = np.diff(np.concatenate((np.zeros((50, 1, 2)), task._goals), axis=1), axis=1)
    assert np.hypot(steps[..., 0], steps[..., 1]).min() >= 1.0
    assert np.abs(steps).max() <= 2.0


def test_sparse_reward():
    task = make(2, reward="sparse")
    reset(task, goal=[1.0, 0.0])
    put(task, [[0.95, 0.0], [0.85, 0.0]])
    outcome = task.step(holding_action(task.simulation))
    assert outcome.reward.tolist() == [0.0, -1.0]
    assert [key for key in task.info() if key.startswith("reward_")] == ["reward_sparse"]


def test_start_in_a_frame_of_a_motion(motions):
    task = make(40, start=motions)
    reset(task)
    simulation = task.simulation
    assert not simulation.act.any()
    assert np.abs(simulation.qvel).max() > 0.1
    assert len(np.unique(simulation.qpos[:, 7].round(6))) > 30
    np.testing.assert_allclose(task.info()["distance"], np.hypot(*task.desired().T), atol=1e-12)
    with pytest.raises(MotionError, match="moonwalk"):
        make(start="moonwalk")


def test_a_heading_turns_the_start_and_its_velocities(motions):
    tasks = [make(3, start=motions) for _ in range(2)]
    reset(tasks[0], goal=[1.0, 0.5])
    reset(tasks[1], goal=[1.0, 0.5], heading=[2.0, -1.0, 0.1])
    np.testing.assert_allclose(tasks[0].observe(), tasks[1].observe(), atol=2e-5)
    state = observations.BodyState.of(tasks[1].simulation)
    np.testing.assert_allclose(np.arctan2(state.sin, state.cos), [2.0, -1.0, 0.1], atol=1e-9)


@pytest.mark.parametrize(
    "overrides",
    [{}, {"lookahead": 3}, {"muscle_observations": ["activation", "length"], "lookahead": 2}],
)
def test_layout_of_the_imitation_task(motions, overrides):
    imitation, task = make_task(motions=motions, **overrides), make(observation="imitation", **overrides)
    assert task.layout == imitation.layout
    assert task.observation_size == imitation.observation_size
    reset(task, goal=[1.0, -0.5])
    seen = task.observe()[0][task.layout["tracking"]].reshape(-1, 3, 7, 3)
    for frame in seen:
        np.testing.assert_allclose(frame[0, 0], [1.0, -0.5, 0.0], atol=1e-6)  # the pelvis should be at the goal
        np.testing.assert_allclose(frame[1, 0], 0.0, atol=1e-6)  # and stand there
        assert not frame[:2, 1:].any()
    # all that is not about the goal is the same in both tasks
    reset(imitation)
    imitation.set_state(np.arange(1), task.simulation.qpos.copy(), task.simulation.qvel.copy())
    imitation.simulation.act[:] = task.simulation.act
    own = slice(0, task.layout["tracking"].start)
    unfelt = np.r_[task.layout["foot_contacts"]]
    mine, theirs = task.observe()[0][own].copy(), imitation.observe()[0][own].copy()
    mine[unfelt] = theirs[unfelt] = 0.0  # the forces on the feet depend on the muscles' forces at the start
    np.testing.assert_array_equal(mine, theirs)


def test_a_scripted_walk_to_nowhere_fails_and_a_teleporter_succeeds():
    """Controllers that ignore the goal; the whole of it, with 150 steps, is in ``benchmarks/goals.py``."""
    ignorant = make(200)
    reset(ignorant)
    over, won = np.zeros(200, dtype=bool), np.zeros(200, dtype=bool)
    rng = np.random.default_rng(0)
    while not over.all():
        outcome = ignorant.step(rng.uniform(-1, 1, (200, 80)), ~over)
        won |= ignorant.info()["is_success"] & ~over
        over |= outcome.terminated | outcome.truncated
    assert won.mean() < 0.02
    teleporter = make(200, time_limit=5)
    reset(teleporter)
    hold = holding_action(teleporter.simulation)
    for _ in range(5):
        put(teleporter, teleporter.goal_world())
        outcome = teleporter.step(hold)
    assert outcome.truncated.all()
    assert teleporter.info()["is_success"].all()


def test_divergence_ends_only_its_own_episode(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to MUJOCO_LOG.TXT
    task = make(3)
    reset(task)
    task.simulation.qvel[1, 7] = np.nan
    outcome = task.step(holding_action(task.simulation))
    assert outcome.terminated.tolist() == [False, True, False]
    assert task.info()["termination_reason"].tolist() == ["", "diverged", ""]
    assert outcome.reward[1] == 0
    assert np.isfinite(task.observe()).all()


def test_goal_env_task_observes_its_heading_and_not_the_goal():
    task = make_goal_env_task()
    reset(task, goal=[1.0, 1.0], heading=2.0)
    assert list(task.layout)[-1] == "heading"
    np.testing.assert_allclose(task.observe()[0, task.layout["heading"]], [1.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(task.achieved(), 0.0, atol=1e-6)
    before = task.observe().copy()
    reset(task, goal=[-1.0, 0.5], heading=2.0)
    assert np.array_equal(task.observe(), before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": [1, 1]}, "unknown reset options target; the options are goal, heading, fatigue"),
        ({"goal": [1.0]}, r"shape \(2,\) or \(2, 2\)"),
        ({"goal": [math.nan, 1.0]}, "finite"),
        ({"goal": "there"}, "numbers, given 'there'"),
        ({"heading": "north"}, "finite number, given 'north'"),
        ({"fatigue": 0.5}, "fatigue=True"),
    ],
)
def test_impossible_options(options, message):
    task = make(2)
    with pytest.raises(ResetError, match=message):
        reset(task, **options)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"success": "soon"}, "success must be one of 'timeout', 'touch', given 'soon'"),
        ({"goals": 10**9}, "goals must be from 1 to 1000, given 1000000000"),
        ({"reward": "shaped"}, "reward must be one of 'dense', 'sparse'"),
        ({"observation": "pixels"}, "observation must be one of 'goal', 'imitation'"),
        ({"min_distance": 3.0}, "min_distance must be at most goal_range"),
        ({"radius": 0.0}, "radius must be above 0"),
        ({"goals": 0}, "goals must be from 1 to 1000"),
        ({"time_limit": 0}, "time_limit must be a whole number from 1"),
        ({"rewards": {"speed": {"weight": 1.0}}}, "unknown key 'speed'"),
        ({"radios": 1.0}, "did you mean 'radius'"),
    ],
)
def test_impossible_configurations(overrides, message):
    with pytest.raises(ConfigError, match=message):
        make(**overrides)


def test_the_goal_env_has_one_goal_and_its_own_observation():
    with pytest.raises(ConfigError, match="Kinesis-Reach-v0 allows others"):
        make_goal_env_task(goals=2)
    with pytest.raises(ConfigError, match="Kinesis-Reach-v0 allows others"):
        make_goal_env_task(observation="imitation")
