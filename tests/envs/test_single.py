from __future__ import annotations

import json
import pickle
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from kinesis_env.envs import ImitateEnv
from kinesis_env.errors import ActionError, ConfigError, MotionError, ResetError
from kinesis_env.motions import Motion
from tests.envs.support import HEADINGS, headings_of
from tests.support import ENV_ID, has_display, make_env, random_actions

#: Warnings of the environment checkers that are meant, and why.
EXPECTED_WARNINGS = (
    "A Box observation space minimum value is -infinity",  # positions and velocities have no natural bounds
    "A Box observation space maximum value is infinity",
)


def rollout(env, seed, steps=12):
    observation, _ = env.reset(seed=seed)
    rows = [observation]
    for action in random_actions(seed, steps, scale=0.3):
        observation, reward, terminated, truncated, _ = env.step(action)
        rows.append(np.append(observation, reward))
        if terminated or truncated:
            rows.append(env.reset()[0])
    return np.concatenate(rows)


def test_gymnasium_finds_nothing_to_complain_about(motions):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # every render mode is opened too, where there is a display for the human one
        check_env(make_env(motions=motions).unwrapped, skip_render_check=not has_display())
    unexpected = [str(w.message) for w in caught if not any(known in str(w.message) for known in EXPECTED_WARNINGS)]
    assert not unexpected


def test_what_step_returns(motions):
    env = make_env(motions=motions)
    observation, reset_info = env.reset(seed=0)
    action = env.action_space.sample()
    second, reward, terminated, truncated, info = env.step(action)
    assert observation.dtype == second.dtype == np.float32
    assert not np.shares_memory(observation, second)
    assert (type(reward), type(terminated), type(truncated)) == (float, bool, bool)
    assert list(reset_info) == list(info)
    assert {type(value) for value in info.values()} <= {np.float64, bool, str}
    assert json.loads(json.dumps(info)) == info
    assert sum(value for key, value in info.items() if key.startswith("reward_")) == reward
    assert info["is_success"] is False


def test_observations_are_not_overwritten(motions):
    env = make_env(motions=motions)
    first, _ = env.reset(seed=0)
    kept = first.copy()
    env.step(env.action_space.sample())
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("mode", ["length", "excitation"])
def test_equal_seeds_equal_trajectories(motions, mode):
    first, second = (make_env(motions=motions, action_mode=mode) for _ in range(2))
    assert np.array_equal(rollout(first, 7), rollout(second, 7))
    assert np.array_equal(rollout(first, 7), rollout(first, 7))


def test_different_seeds_differ(motions):
    env = make_env(motions=motions)
    starts = {env.reset(seed=seed)[0].tobytes() for seed in range(20)}
    assert len(starts) == 20
    # without a seed the generator goes on
    assert env.reset()[0].tobytes() != env.reset()[0].tobytes()


@pytest.mark.parametrize("seed", [0, 2**32, 2**63, 2**64 - 1])
def test_every_64_bit_seed_works(motions, seed):
    env = make_env(motions=motions)
    assert np.array_equal(env.reset(seed=seed)[0], env.reset(seed=seed)[0])
    assert env.unwrapped.np_random_seed == seed


def test_the_global_generator_is_left_alone(motions):
    np.random.seed(0)  # noqa: NPY002 (the generator that must not be used)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    rollout(make_env(motions=motions), 0)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_equal_seeds_equal_trajectories_in_another_process(motions):
    code = (
        "import hashlib; from tests.envs.test_single import rollout; from tests.support import make_env;"
        f"print(hashlib.sha256(rollout(make_env(motions={motions!r}), 3).tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }
    assert len(digests) == 1


def test_pickle_and_spec_give_the_same_environment(motions):
    env = make_env(motions=motions, lookahead=2, rewards={"energy": {"weight": 0.3}}, random_heading=True)
    rebuilt = EnvSpec.from_json(env.spec.to_json())
    for other in (pickle.loads(pickle.dumps(env)), gymnasium.make(env.spec), gymnasium.make(rebuilt)):
        assert other.spec.id == ENV_ID
        assert other.spec.kwargs == env.spec.kwargs
        assert np.array_equal(rollout(env, 5), rollout(other, 5))


def test_what_users_poke_at(motions):
    env = make_env(motions=motions)
    env.reset(seed=1, options={"clip": "amble", "start_time": 1.0})
    base = env.unwrapped
    assert isinstance(base, ImitateEnv)
    assert base.model.nu == 80
    assert isinstance(base.motion, Motion)
    assert base.motion.name == "amble"
    assert np.array_equal(base.data.qpos, base.reference.qpos)
    assert base.reference.body_pos.shape == (7, 3)
    # what has been computed at the start is all there: sites, contacts, lengths
    assert base.data.time == 0
    assert np.abs(base.data.ten_length).min() > 0.01
    qpos = base.data.qpos.copy()
    qpos[2] += 0.1
    base.set_state(qpos, base.data.qvel)
    assert base.data.qpos[2] == qpos[2]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (np.zeros(79), r"shape \(80,\), given \(79,\)"),
        (np.zeros((1, 80)), r"given \(1, 80\)"),
        (np.full(80, np.nan), "finite, given nan at index .0"),
        (np.r_[np.zeros(79), np.inf], "given inf at index .79"),
        ("walk", "array of numbers"),
        (None, "finite|array of numbers|shape"),
    ],
)
def test_bad_actions(motions, action, message):
    env = make_env(motions=motions).unwrapped
    env.reset(seed=0)
    before = env.data.qpos.copy()
    with pytest.raises(ActionError, match=message):
        env.step(action)
    assert np.array_equal(env.data.qpos, before)  # nothing half-done


def test_actions_out_of_range_are_clipped(motions):
    results = []
    for scale in (1.0, 3.0):
        env = make_env(motions=motions).unwrapped
        env.reset(seed=0)
        results.append(env.step(np.sign(random_actions(0, 1)[0]) * scale)[0])
    assert np.array_equal(*results)


def test_step_before_reset(motions):
    with pytest.raises(ResetError, match="reset"):
        make_env(motions=motions).unwrapped.step(np.zeros(80))


def test_unknown_keyword(motions):
    with pytest.raises(ConfigError, match=r"unexpected keyword argument 'terminaton' .did you mean 'termination'"):
        make_env(motions=motions, terminaton="mean")


def test_missing_motion():
    with pytest.raises(MotionError, match="moonwalk"):
        make_env(motions="moonwalk")


def test_time_limit_by_gymnasium(motions):
    env = make_env(motions=motions, max_episode_steps=3, start_time=0.0, termination_distance=float("inf"))
    env.reset(seed=0)
    assert [env.step(np.zeros(80, np.float32))[3] for _ in range(3)] == [False, False, True]


def test_the_docstring_is_the_page_in_gymnasiums_order():
    assert headings_of(ImitateEnv) == HEADINGS


def test_memory_is_flat_over_many_steps(motions):
    """20,000 steps with resets; what Python holds afterward has not grown by more than noise."""
    import tracemalloc

    env = make_env(motions=motions, termination="mean").unwrapped
    actions = random_actions(0, 500, scale=0.2)

    def run(steps):
        env.reset(seed=0)
        for i in range(steps):
            if any(env.step(actions[i % 500])[2:4]):
                env.reset()

    run(200)
    tracemalloc.start()
    run(300)
    before = tracemalloc.get_traced_memory()[0]
    run(1500)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 20_000
    resident = _resident()
    run(18_000)
    assert _resident() - resident < 4_000_000


def _resident():
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
