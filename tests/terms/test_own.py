from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from kinesis_env.errors import ConfigError, TermError
from tests.support import make_env, make_vec, random_actions

LOW = {"low": {"weight": 0.5, "term": "tests.terms.own:low"}}


#: Nothing but a term of one's own ends an episode of imitation.
FOLLOWED = {"start_time": 0.0, "termination_distance": float("inf")}


def rolled(env, steps=6, seed=0):
    env.reset(seed=seed)
    return [env.step(action) for action in random_actions(1, steps)]


def test_a_reward_of_ones_own_adds_up(motions):
    env = make_env(motions=motions, rewards=LOW, termination_distance=float("inf"))
    for _, reward, _, _, info in rolled(env):
        expected = 0.5 * np.exp(-2.0 * env.unwrapped.task.simulation.body_position([1])[0, 0, 2])
        terms = [value for key, value in info.items() if key.startswith("reward_")]
        assert len(terms) == 5
        assert sum(terms) == pytest.approx(reward, abs=1e-12)
    assert info["reward_low"] == pytest.approx(expected, abs=1e-12)


def test_the_packages_terms_are_as_they_were(motions):
    plain = rolled(make_env(motions=motions))
    extra = rolled(make_env(motions=motions, rewards=LOW, extra_observations={"shanks": "tests.terms.own:shanks"}))
    for before, after in zip(plain, extra, strict=True):
        assert np.array_equal(before[0], after[0][:-2])
        assert all(after[4][key] == value for key, value in before[4].items())


@pytest.mark.parametrize("env_id", ["Kinesis-Imitate-v0", "Kinesis-Reach-v0", "Kinesis-Direction-v0"])
def test_rows_are_single_environments(env_id):
    own = {
        "rewards": LOW,
        "extra_observations": {"all": "tests.terms.own:everything"},
        "extra_terminations": {"late": "tests.terms.own:late"},
        **(FOLLOWED if env_id == "Kinesis-Imitate-v0" else {}),
    }
    envs = gymnasium.make_vec(env_id, num_envs=3, autoreset_mode="Disabled", **own)
    observations, _ = envs.reset(seed=7)
    singles = [gymnasium.make(env_id, **own) for _ in range(3)]
    for row, env in enumerate(singles):
        assert np.array_equal(env.reset(seed=7 + row)[0], observations[row])
    for action in random_actions(2, 4, 3):
        outcome = envs.step(action)
        for row, env in enumerate(singles):
            alone = env.step(action[row])
            assert np.array_equal(outcome[0][row], alone[0])
            assert tuple(part[row] for part in outcome[1:4]) == alone[1:4]


@pytest.mark.parametrize("env_id", ["Kinesis-Imitate-v0", "Kinesis-Reach-v0", "Kinesis-ReachGoal-v0"])
def test_a_termination_of_ones_own_ends_the_episode_with_its_name(env_id):
    followed = FOLLOWED if env_id == "Kinesis-Imitate-v0" else {}
    env = gymnasium.make(env_id, extra_terminations={"late": "tests.terms.own:late"}, **followed)
    env.reset(seed=0)
    action = np.zeros(80, dtype=np.float32)
    for step in range(1, 6):
        _, _, terminated, truncated, info = env.step(action)
        assert not truncated
        assert terminated == (step == 5)  # 5 / 30 s is the first time above 0.15 s
    assert info["termination_reason"] == "late"
    assert not info["is_success"]


def test_the_packages_reason_comes_first(motions):
    env = make_env(motions=motions, termination_distance=1e-6, extra_terminations={"mine": "tests.terms.own:always"})
    assert rolled(env, 1)[0][4]["termination_reason"] == "tracking_lost"


def test_rows_that_were_renewed_do_not_end(motions):
    envs = make_vec(2, motions=motions, extra_terminations={"mine": "tests.terms.own:always"})
    envs.reset(seed=0)
    action = np.zeros((2, 80), dtype=np.float32)
    assert envs.step(action)[2].all()
    _, reward, terminated, _, info = envs.step(action)  # the next step starts anew
    assert not terminated.any()
    assert not reward.any()
    assert list(info["termination_reason"]) == ["", ""]


def test_an_entry_point(monkeypatch, motions):
    from importlib import metadata

    points = metadata.EntryPoints([metadata.EntryPoint("lowness", "tests.terms.own:low", "kinesis_env.rewards")])
    monkeypatch.setattr("kinesis_env.terms.own.entry_points", lambda group: points.select(group=group))
    env = make_env(motions=motions, rewards={"mine": {"weight": 1.0, "term": "lowness"}})
    assert rolled(env, 1)[0][4]["reward_mine"] > 0
    with pytest.raises(ConfigError, match=r"entry point of kinesis_env.rewards \(lowness\), given 'highness'"):
        make_env(motions=motions, rewards={"mine": {"weight": 1.0, "term": "highness"}})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rewards": {"mine": {"weight": 1.0, "term": "no.such:thing"}}}, "cannot be imported from 'no.such:thing'"),
        ({"rewards": {"mine": {"weight": 1.0, "term": "tests.terms.own:absent"}}}, "cannot be imported"),
        ({"rewards": {"mine": {"weight": 1.0, "term": "tests.terms.own:number"}}}, "is a int"),
        ({"rewards": {"mine": {"weight": 1.0}}}, "needs term: 'module:function'"),
        ({"rewards": {"mine": {"term": "tests.terms.own:low"}}}, "weight must be a finite number, given None"),
        ({"rewards": {"energy": {"term": "tests.terms.own:low"}}}, "is a term of the package"),
        ({"rewards": {"mine": {**LOW["low"], "scale": 1.0}}}, "a term of your own has no scale"),
        ({"extra_observations": {"tracking": "tests.terms.own:shanks"}}, "'tracking' is a term of the package"),
        ({"extra_terminations": {"diverged": "tests.terms.own:late"}}, "'diverged' is a term of the package"),
    ],
)
def test_impossible_terms(options, message, motions):
    with pytest.raises(ConfigError, match=message):
        make_env(motions=motions, **options)


@pytest.mark.parametrize(
    ("kind", "function", "message"),
    [
        ("reward", "wrong_shape", r"reward 'mine' must return numbers \(1,\), given shape \(2,\)"),
        ("reward", "not_a_number", "reward 'mine' must return finite numbers, given nan in row 0"),
        ("reward", "text", "reward 'mine' must return numbers"),
        ("reward", "raises", "unknown body 'wing'; the bodies are pelvis"),
        ("termination", "not_bool", r"termination 'mine' must return bool \(1,\), given float64"),
    ],
)
def test_terms_that_misbehave(kind, function, message, motions):
    where = f"tests.terms.own:{function}"
    own = {"rewards": {"mine": {"weight": 1.0, "term": where}}} if kind == "reward" else {}
    env = make_env(motions=motions, **own, **({} if own else {"extra_terminations": {"mine": where}}))
    with pytest.raises(TermError, match=message) as caught:
        rolled(env, 1)
    if function == "raises":
        assert caught.value.__notes__ == ["raised by the reward 'mine'"]


def test_a_term_cannot_change_the_simulation(motions):
    env = make_env(motions=motions, rewards={"mine": {"weight": 1.0, "term": "tests.terms.own:writes"}})
    with pytest.raises(ValueError, match="read-only"):
        rolled(env, 1)


def test_observations_are_checked_when_the_environment_is_made(motions):
    with pytest.raises(TermError, match=r"observation 'mine' must return numbers \(1, k\), given shape \(2,\)"):
        make_env(motions=motions, extra_observations={"mine": "tests.terms.own:wrong_shape"})


def test_observations_keep_their_width(motions):
    env = make_env(motions=motions, extra_observations={"mine": "tests.terms.own:growing"})
    env.reset(seed=0)
    with pytest.raises(TermError, match=r"observation 'mine' must return numbers \(1, 1\), given shape \(1, 2\)"):
        env.step(env.action_space.sample())
