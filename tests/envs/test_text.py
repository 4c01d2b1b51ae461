"""``Kinesis-Text-v0``: prompts become references, in single and vector environments."""

from __future__ import annotations

import json
import pickle
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from kinesis_env.envs import TextEnv
from kinesis_env.errors import ConfigError, PromptError, ResetError
from kinesis_env.motions import pool
from kinesis_env.text import embed, understand
from tests.envs.support import HEADINGS, headings_of
from tests.envs.test_single import EXPECTED_WARNINGS
from tests.support import has_display, random_actions

ENV_ID = "Kinesis-Text-v0"
PROMPTS = ["walk forward", "turn left", "take two steps back", "stand still for one second"]
FREE = {"termination_distance": float("inf")}


def make(**kwargs):
    return gymnasium.make(ENV_ID, **{"prompts": PROMPTS, **kwargs})


def follow(env, **options):
    """Put the body where the reference is, at every step to the end: a policy that could not be better."""
    _, info = env.reset(seed=0, options=options)
    task = env.unwrapped.task
    over = False
    while not over:
        ahead = task.clock.ahead(np.array([task.simulation.control_step]))
        env.unwrapped.set_state(ahead.qpos[0, 0], ahead.qvel[0, 0])
        held = task.simulation.step
        task.simulation.step = lambda *_: None
        try:
            _, _, terminated, truncated, info = env.step(np.zeros(80, dtype=np.float32))
        finally:
            task.simulation.step = held
        over = terminated or truncated
    return info


def test_gymnasium_finds_nothing_to_complain_about():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(make().unwrapped, skip_render_check=not has_display())
    unexpected = [str(w.message) for w in caught if not any(known in str(w.message) for known in EXPECTED_WARNINGS)]
    assert not unexpected


def test_steps_after_the_end_are_harmless():
    env = make(**FREE)
    info = follow(env, prompt="stand still for one second")
    assert info["semantic_success"]
    for _ in range(40):
        _, _, terminated, truncated, info = env.step(np.zeros(80, dtype=np.float32))
        assert terminated or truncated


def test_a_prompt_becomes_the_reference():
    env = make()
    observation, info = env.reset(seed=0, options={"prompt": "walk in a circle to the left"})
    assert info["prompt"] == "walk in a circle to the left"
    assert info["understood"] == "walk in a circle counterclockwise"
    assert env.unwrapped.motion.name == info["clip"]
    assert env.unwrapped.motion.caption == info["prompt"]
    assert not info["semantic_success"]
    layout = env.unwrapped.task.layout
    assert np.array_equal(observation[layout["prompt"]], embed(info["prompt"]))
    assert observation.shape == (171 + 63 + 128,)


def test_prompts_are_drawn_from_the_list_or_from_the_grammar():
    env = make()
    assert {env.reset(seed=seed)[1]["prompt"] for seed in range(20)} == set(PROMPTS)
    env = gymnasium.make(ENV_ID, num_prompts=8)
    drawn = {env.reset(seed=seed)[1]["prompt"] for seed in range(12)}
    assert 3 < len(drawn) <= 8
    assert all(understand(prompt) for prompt in drawn)
    assert make(prompts="walk forward").reset(seed=3)[1]["prompt"] == "walk forward"


def test_variants_of_a_prompt_are_different_motions():
    env = make(prompts=["walk forward"], variants=3)
    assert len({env.reset(seed=seed)[1]["clip"] for seed in range(15)}) == 3
    first = env.reset(options={"variant": 0})[1]["clip"]
    assert env.reset(options={"variant": 7})[1]["clip"] != first


def test_words_alone():
    env = make(observe_reference=False, **FREE)
    observation, _ = env.reset(seed=0)
    assert "tracking" not in env.unwrapped.task.layout
    assert observation.shape == env.observation_space.shape == (171 + 128,)


def test_own_terms_stand_behind_the_prompt():
    env = make(extra_observations={"pelvis": "tests.envs.test_text:pelvis_height"})
    observation, _ = env.reset(seed=0)
    assert list(env.unwrapped.task.layout)[-2:] == ["prompt", "pelvis"]
    assert observation[-1] == pytest.approx(env.unwrapped.task.simulation.qpos[0, 2])


def pelvis_height(context):
    return context.qpos[:, 2:3]


@pytest.mark.parametrize(
    "prompt",
    ["walk forward", "turn left", "take two steps back", "walk 2 m then turn around and walk back", "run to the right"],
)
def test_who_follows_the_reference_does_what_the_words_say(prompt):
    info = follow(make(), prompt=prompt)
    assert info["is_success"]
    assert info["semantic_success"]
    assert info["frame_coverage"] == 1.0


def test_who_follows_from_the_middle_on_is_judged_by_what_is_left():
    info = follow(make(), prompt="walk forward 4 meters then turn left", start_time=2.0)
    assert info["is_success"]
    assert info["semantic_success"]


def test_a_heading_of_ones_own_changes_nothing_about_the_meaning():
    info = follow(make(), prompt="walk to the left", heading=2.5)
    assert info["semantic_success"]


def test_who_does_something_else_does_not_do_what_the_words_say():
    env = make(**FREE)
    env.reset(seed=0, options={"prompt": "walk forward 2 meters"})
    over = False
    info = {}
    while not over:
        _, _, terminated, over, info = env.step(np.full(80, 1.0, dtype=np.float32))
        assert not terminated
    assert info["is_success"]  # nothing counts as lost here
    assert not info["semantic_success"]


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize("kwargs", [{}, {"start_time": "random", "random_heading": True}, {"observe_reference": False}])
def test_row_i_is_the_single_environment_seeded_s_plus_i(mode, kwargs):
    n = 3
    vector = gymnasium.make_vec(ENV_ID, num_envs=n, prompts=PROMPTS, autoreset_mode=mode, variants=2, **kwargs)
    envs = [make(variants=2, **kwargs) for _ in range(n)]
    observations, infos = vector.reset(seed=5)
    for row, env in enumerate(envs):
        observation, info = env.reset(seed=5 + row)
        assert np.array_equal(observations[row], observation)
        assert {key: infos[key][row] for key in info} == info
    over = np.zeros(n, dtype=bool)
    ends = 0
    for actions in random_actions(1, 45, n, scale=0.5):
        if mode == "Disabled" and over.any():
            observations, _ = vector.reset(options={"reset_mask": over})
            for row in np.flatnonzero(over):
                assert np.array_equal(observations[row], envs[row].reset()[0])
        observations, rewards, terminated, truncated, infos = vector.step(actions)
        for row, env in enumerate(envs):
            if mode == "NextStep" and over[row]:
                observation, info = env.reset()
                assert np.array_equal(observations[row], observation)
                assert infos["prompt"][row] == info["prompt"]
                continue
            observation, reward, done, cut, info = env.step(actions[row])
            assert (rewards[row], terminated[row], truncated[row]) == (reward, done, cut)
            if (done or cut) and mode == "SameStep":
                assert np.array_equal(infos["final_obs"][row], observation)
                assert {key: infos["final_info"][key][row] for key in info} == info
                observation, info = env.reset()
            assert np.array_equal(observations[row], observation)
            assert {key: infos[key][row] for key in info} == info
        over = terminated | truncated
        ends += int(over.sum())
    assert ends > 3


def test_prompts_of_rows():
    vector = gymnasium.make_vec(ENV_ID, num_envs=3, prompts=PROMPTS)
    wanted = ["walk slowly", "turn around", "walk backward"]
    _, infos = vector.reset(seed=0, options={"prompt": wanted})
    assert infos["prompt"].tolist() == wanted
    _, infos = vector.reset(options={"prompt": "march in place"})
    assert set(infos["prompt"]) == {"march in place"}
    _, infos = vector.reset(options={"prompt": ["stop"], "reset_mask": np.array([False, True, False])})
    assert infos["prompt"].tolist()[1] == "stop"
    with pytest.raises(ResetError, match="one for each of 3"):
        vector.reset(options={"prompt": ["walk", "run"]})


def test_few_motions_are_kept_and_all_are_still_right(monkeypatch):
    """More prompts than there is room for: motions go and are made again, frames move, and the rows notice nothing."""
    monkeypatch.setattr(pool, "_FIRST_ROWS", 64)
    prompts = [f"walk forward {count} steps" for count in range(2, 14)]
    vector = gymnasium.make_vec(ENV_ID, num_envs=3, prompts=prompts, capacity=4, **FREE)
    roomy = gymnasium.make_vec(ENV_ID, num_envs=3, prompts=prompts, **FREE)
    for seed in range(12):
        mask = {"reset_mask": np.roll(np.array([True, seed % 2 == 0, False]), seed)} if seed else None
        few, few_info = vector.reset(seed=[seed, seed + 1, seed + 2], options=mask and dict(mask))
        many, many_info = roomy.reset(seed=[seed, seed + 1, seed + 2], options=mask and dict(mask))
        assert np.array_equal(few, many)
        assert few_info["clip"].tolist() == many_info["clip"].tolist()
        for actions in random_actions(seed, 3, 3, scale=0.1):
            assert np.array_equal(vector.step(actions)[0], roomy.step(actions)[0])
    assert vector.unwrapped.task.library.kept <= 4
    assert roomy.unwrapped.task.library.kept == 12


def test_what_cannot_be_done_is_said_and_leaves_the_episode_alone():
    env = make()
    env.reset(seed=0)
    with pytest.raises(PromptError, match="cannot do: jump; the body can walk, jog, run"):
        env.reset(options={"prompt": "jump"})
    with pytest.raises(PromptError, match="must be a string"):
        env.reset(options={"prompt": 3})
    with pytest.raises(ResetError, match="'variant' must be a whole number"):
        env.reset(options={"variant": -1})
    with pytest.raises(ResetError, match="unknown reset options clip"):
        env.reset(options={"clip": "walk"})
    env.step(np.zeros(80, dtype=np.float32))
    with pytest.raises(PromptError, match="sit"):
        make(prompts=["walk", "sit down"])
    with pytest.raises(ConfigError, match="needs prompts"):
        make(prompts=[], generator="tests.envs.test_text:sliding_joints")
    with pytest.raises(ConfigError, match="embedding must be one of"):
        make(embedding="word2vec")
    with pytest.raises(ConfigError, match="variants"):
        make(variants=0)


def test_without_words_the_observation_is_that_of_imitation():
    words, none = make(prompts=["walk forward"], random_heading=False), make(prompts=["walk forward"], embedding="none")
    seen = none.reset(seed=0)[0]
    assert none.observation_space == gymnasium.make("Kinesis-Imitate-v0").observation_space
    assert none.observation_space.shape[0] == words.observation_space.shape[0] - 128
    assert np.array_equal(seen, words.reset(seed=0)[0][: len(seen)])
    assert "prompt" not in none.unwrapped.task.layout
    envs = gymnasium.make_vec(ENV_ID, num_envs=2, prompts=["walk forward"], embedding="none")
    assert np.array_equal(envs.reset(seed=0)[0][0], seen)


def sliding_joints(prompt, *, seed, duration):
    from tests.text.test_generators import walker

    return walker(seed)


def test_a_generator_of_ones_own():
    env = make(prompts=["somersault"], generator="tests.envs.test_text:sliding_joints")
    _, info = env.reset(seed=0)
    assert info["prompt"] == "somersault"
    assert info["understood"] == ""
    info = follow(env, prompt="somersault")
    assert info["is_success"]
    assert not info["semantic_success"]  # nobody knows what it means


def test_specs_are_json_and_environments_pickle():
    env = make(variants=2)
    again = gymnasium.make(EnvSpec.from_json(env.spec.to_json()))
    json.loads(env.spec.to_json())
    copy = pickle.loads(pickle.dumps(env.unwrapped))
    first = env.reset(seed=4)[0]
    assert np.array_equal(again.reset(seed=4)[0], first)
    assert np.array_equal(copy.reset(seed=4)[0], first)


def test_a_time_limit_cuts_the_episode():
    env = make(max_episode_steps=5, **FREE)
    env.reset(seed=0, options={"prompt": "walk forward"})
    for number in range(5):
        _, _, terminated, truncated, info = env.step(np.zeros(80, dtype=np.float32))
        assert (terminated, truncated) == (False, number == 4)
    assert not info["semantic_success"]


def test_the_page_of_the_environment():
    assert headings_of(TextEnv) == HEADINGS
