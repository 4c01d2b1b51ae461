from __future__ import annotations

import pickle
import warnings
from importlib.util import find_spec

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from kinesis_env.errors import ActionError, ConfigError, OptionalDependencyError, ResetError
from tests.envs.support import assert_rows_are_single_environments
from tests.support import ENV_ID, make_env, make_vec, random_actions

N = 4


def singles(motions, **kwargs):
    return [make_env(motions=motions, **kwargs) for _ in range(N)]


LOW = "tests.terms.own:low"


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"action_mode": "excitation", "random_heading": True, "lookahead": 2},
        {"muscle_observations": ["length", "velocity", "force", "activation"], "termination_distance": 0.3},
        {"max_episode_steps": 4},
        {"physics_rate": 480.0, "rewards": {f"low_{i}": {"weight": 0.1 / i, "term": LOW} for i in range(1, 8)}},
    ],
    ids=["default", "excitation", "muscles", "limit", "long sums"],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_row_i_is_the_single_environment_seeded_s_plus_i(motions, kwargs, threads):
    vector = make_vec(N, motions=motions, num_threads=threads, **kwargs)
    envs = singles(motions, **kwargs)
    ends = assert_rows_are_single_environments(vector, envs, seed=11)
    assert ends >= 3  # autoreset has been exercised


def test_same_step_autoreset(motions):
    vector = make_vec(N, motions=motions, autoreset_mode="SameStep")
    assert vector.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    reference = make_vec(N, motions=motions, vectorization_mode="sync", vector_kwargs={"autoreset_mode": "SameStep"})
    first, _ = vector.reset(seed=2)
    second, _ = reference.reset(seed=2)
    assert np.array_equal(first, second)
    seen = 0
    for actions in random_actions(3, 30, N, scale=0.5):
        mine, theirs = vector.step(actions), reference.step(actions)
        for a, b in zip(mine[:4], theirs[:4], strict=True):
            assert np.array_equal(a, b)
        assert ("final_obs" in mine[4]) == ("final_obs" in theirs[4])
        if "final_obs" in mine[4]:
            seen += 1
            assert np.array_equal(mine[4]["_final_obs"], theirs[4]["_final_obs"])
            for row in np.flatnonzero(mine[4]["_final_obs"]):
                assert np.array_equal(mine[4]["final_obs"][row], theirs[4]["final_obs"][row])
                for key in ("mpjpe", "frame_coverage", "termination_reason"):
                    assert mine[4]["final_info"][key][row] == theirs[4]["final_info"][key][row]
    assert seen


def test_disabled_autoreset(motions):
    vector = make_vec(N, motions=motions, autoreset_mode="Disabled", max_episode_steps=2, termination_distance=np.inf)
    vector.reset(seed=0)
    actions = np.zeros((N, 80), np.float32)
    vector.step(actions)
    assert vector.step(actions)[3].all()
    with pytest.raises(ResetError, match=r"rows \[0, 1, 2, 3\] are over"):
        vector.step(actions)
    vector.reset(options={"reset_mask": np.array([True, False, True, True])})
    with pytest.raises(ResetError, match=r"rows \[1\] are over"):
        vector.step(actions)
    before = vector.reset(options={"reset_mask": np.array([False, True, False, False]), "clip": "sway"})
    assert before[1]["clip"][1] == "sway"
    assert before[1]["_clip"].tolist() == [False, True, False, False]
    vector.step(actions)


def test_seeds_and_options_by_row(motions):
    vector = make_vec(2, motions=motions)
    first, _ = vector.reset(seed=[5, 9])
    assert np.array_equal(first[0], make_env(motions=motions).reset(seed=5)[0])
    assert np.array_equal(first[1], make_env(motions=motions).reset(seed=9)[0])
    _, infos = vector.reset(options={"clip": ["sway", "amble"], "start_time": 0.5})
    assert infos["clip"].tolist() == ["sway", "amble"]
    with pytest.raises(ResetError, match="one number for each of 2"):
        vector.reset(seed=[1, 2, 3])
    with pytest.raises(ResetError, match="unknown reset options speed"):
        vector.reset(options={"speed": 1})
    with pytest.raises(ResetError, match="reset_mask"):
        vector.reset(options={"reset_mask": np.zeros(2, dtype=bool)})


def test_spaces_and_copies(motions):
    vector = make_vec(3, motions=motions)
    single = make_env(motions=motions)
    assert vector.single_observation_space == single.observation_space
    assert vector.single_action_space == single.action_space
    observations, _ = vector.reset(seed=0)
    kept = observations.copy()
    actions = vector.action_space.sample()
    second = vector.step(actions)
    assert vector.observation_space.contains(second[0])
    assert np.array_equal(observations, kept)
    assert second[1].dtype == np.float64
    vector.step(actions)
    assert not np.shares_memory(second[0], vector.step(actions)[0])


def test_no_warning_from_make_vec(motions):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vector = gymnasium.make_vec(ENV_ID, num_envs=2, motions=motions)
        vector.reset(seed=0)
        vector.step(vector.action_space.sample())
        vector.close()
        vector.close()


def test_pickle(motions):
    vector = make_vec(2, motions=motions, num_threads=1)
    other = pickle.loads(pickle.dumps(vector))
    assert np.array_equal(vector.reset(seed=1)[0], other.reset(seed=1)[0])


def test_gymnasiums_own_vector_environments(motions):
    for mode in ("sync", "async"):
        theirs = make_vec(2, motions=motions, vectorization_mode=mode)
        mine = make_vec(2, motions=motions)
        assert np.array_equal(theirs.reset(seed=4)[0], mine.reset(seed=4)[0])
        actions = random_actions(1, 2)
        assert np.array_equal(theirs.step(actions)[0], mine.step(actions)[0])
        theirs.close()


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.zeros((3, 80)), r"shape \(2, 80\), given \(3, 80\)"),
        (np.full((2, 80), np.nan), r"given nan at index \[0, 0\]"),
    ],
)
def test_bad_actions(motions, actions, message):
    vector = make_vec(2, motions=motions)
    vector.reset(seed=0)
    with pytest.raises(ActionError, match=message):
        vector.step(actions)


def test_impossible_arguments(motions):
    with pytest.raises(
        ConfigError, match="autoreset_mode must be one of 'NextStep', 'SameStep', 'Disabled', given 'Never'"
    ):
        make_vec(2, motions=motions, autoreset_mode="Never")
    with pytest.raises(ConfigError, match="max_episode_steps"):
        make_vec(2, motions=motions, max_episode_steps=0)
    with pytest.raises(ResetError, match="reset"):
        make_vec(2, motions=motions).step(np.zeros((2, 80)))


def test_parked_bodies_rest_and_leave_the_others_alone(motions):
    envs = make_vec(3, motions=motions, autoreset_mode="Disabled", termination_distance=9.0).unwrapped
    alone = make_vec(3, motions=motions, autoreset_mode="Disabled", termination_distance=9.0).unwrapped
    for each in (envs, alone):
        each.reset(seed=4)
    envs.park(np.array([False, True, False]))
    before = envs.task.simulation.qpos[1].copy()
    for step in range(5):
        actions = random_actions(step, 3, scale=0.3)
        _, reward, terminated, truncated, _ = envs.step(actions)
        _, others, *_ = alone.step(actions)
        assert np.array_equal(reward[[0, 2]], others[[0, 2]])
        assert (reward[1], terminated[1], truncated[1]) == (0.0, False, False)
    assert np.array_equal(envs.task.simulation.qpos[1], before)
    assert np.array_equal(envs.task.simulation.qpos[2], alone.task.simulation.qpos[2])
    envs.reset(seed=[None, 9, None], options={"reset_mask": np.array([False, True, False])})
    envs.step(random_actions(9, 3))
    assert not np.array_equal(envs.task.simulation.qpos[1], before)


def test_a_parked_body_does_not_hide_an_episode_that_is_over(motions):
    envs = make_vec(3, motions=motions, autoreset_mode="Disabled", max_episode_steps=2).unwrapped
    envs.reset(seed=0, options={"start_time": 0.0})
    envs.park(np.array([True, False, False]))
    for _ in range(2):
        _, _, _, truncated, _ = envs.step(np.zeros((3, 80), np.float32))
    assert truncated.tolist() == [False, True, True]
    envs.park(np.array([False, True, False]))
    with pytest.raises(ResetError, match=r"rows \[2\] are over"):
        envs.step(np.zeros((3, 80), np.float32))


def test_parking_is_for_disabled_autoreset(motions):
    envs = make_vec(2, motions=motions).unwrapped
    envs.reset(seed=0)
    with pytest.raises(ResetError, match="needs autoreset_mode='Disabled', given 'NextStep'"):
        envs.park(np.array([True, False]))
    envs = make_vec(2, motions=motions, autoreset_mode="Disabled").unwrapped
    with pytest.raises(ResetError, match="reset_mask must be a bool array"):
        envs.park(np.array([1, 0]))


def test_a_mask_seeds_what_it_selects():
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=3, vectorization_mode="vector_entry_point")
    twin = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=3, vectorization_mode="vector_entry_point")
    for one in (envs, twin):
        one.reset(seed=5)
    envs.reset(seed=9, options={"reset_mask": np.array([True, False, False])})
    # The rows outside go on with their own generators.
    one, other = envs.reset()[0], twin.reset()[0]
    assert np.array_equal(one[1:], other[1:])
    assert not np.array_equal(one[0], other[0])
    # Without a seed, generators stay what they are.
    before = [rng.bit_generator.state for rng in envs.unwrapped._rngs]
    envs.reset(options={"reset_mask": np.array([False, True, False])})
    after = [rng.bit_generator.state for rng in envs.unwrapped._rngs]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]


def test_first_resets_by_masks_make_it_ready():
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=3, vectorization_mode="vector_entry_point")
    envs.reset(seed=1, options={"reset_mask": np.array([True, False, True])})
    with pytest.raises(ResetError, match=r"rows \[1\] before the first step"):
        envs.step(np.zeros((3, 80), np.float32))
    envs.reset(seed=1, options={"reset_mask": np.array([False, True, False])})
    envs.step(np.zeros((3, 80), np.float32))


def test_lists_of_options_with_a_mask():
    envs = gymnasium.make_vec("Kinesis-Imitate-v0", num_envs=3, vectorization_mode="vector_entry_point")
    envs.reset(seed=1, options={"start_time": 0.0})
    mask = np.array([False, True, True])
    for times in ([0.1, 0.2, 0.3], [0.2, 0.3], np.array([0.1, 0.2, 0.3])):
        info = envs.reset(options={"reset_mask": mask, "start_time": times})[1]
        assert info["time"].tolist() == [0.0, 0.2, 0.3]
    with pytest.raises(ResetError, match="one for each of 3 environments, or one for each of the 2 that reset_mask"):
        envs.reset(options={"reset_mask": mask, "start_time": [0.1] * 4})
    reach = gymnasium.make_vec("Kinesis-Reach-v0", num_envs=2, vectorization_mode="vector_entry_point")
    reach.reset(seed=1)
    mask = np.array([False, True])
    for goal in ([1.0, 2.0], [[3.0, 4.0], [1.0, 2.0]], [[1.0, 2.0]]):
        reach.reset(options={"reset_mask": mask, "goal": goal})
        assert reach.unwrapped.task.desired()[1].tolist() == [1.0, 2.0]


@pytest.mark.skipif(find_spec("mujoco_warp") is not None, reason="the extra 'warp' is installed")
@pytest.mark.parametrize("backend", ["warp", "warp-host"])
def test_a_backend_that_is_not_installed(backend):
    with pytest.raises(OptionalDependencyError, match=r"kinesis-env\[warp\]"):
        make_vec(2, backend=backend)


def test_backends_and_their_arguments():
    with pytest.raises(ConfigError, match="'mujoco', 'warp', 'warp-host'"):
        make_vec(2, backend="brax")
    with pytest.raises(ConfigError, match='output needs backend="warp"'):
        make_vec(2, output="torch")
