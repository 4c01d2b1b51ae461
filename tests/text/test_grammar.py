"""What is understood of prompts, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinesis_env.errors import PromptError
from kinesis_env.text import BuiltinTextToMotion, summary, understand
from kinesis_env.text.builtin import plan_of
from kinesis_env.text.sampling import sampled_prompts
from kinesis_env.text.words import MAX_WORDS, read_words, vocabulary

UNDERSTOOD = {
    "a person walks forward then walks backward to where they started": (
        "walk forward; walk backward as far as before"
    ),
    "walk 4 meters then return to where you started": "walk forward 4 m; walk to the start",
    "a person shuffles sideways to the left": "step sideways left 1 steps",
    "walk a little bit forward then stop": "walk forward 1.5 m; stand",
    "walk backward a little": "walk backward 1.5 m",
    "an old man walks slowly": "walk slowly forward",
    "walk a little to the left": "walk forward turning first 35 deg left",
    "walk": "walk forward",
    "a person walks forward then turns around and walks back": (
        "walk forward; turn in place 180 deg; walk forward as far as before"
    ),
    "the man is jogging in a circle counterclockwise": "jog in a circle counterclockwise",
    "someone takes three steps backwards": "step backward 3 steps",
    "walk 3 meters, turn left 90 degrees, then run": "walk forward 3 m; turn in place 90 deg left; run forward",
    "he slowly strolls while veering right": "walk slowly forward in a curve of 60 deg right",
    "run fast for 5 seconds and stop": "run fast forward 5 s; stand",
    "side step to the left twice": "step sideways left 2 steps",
    "turn half a turn to the right": "turn in place 180 deg right",
    "walk forwad slwoly": "walk slowly forward",
    "tunr rihgt 90 degreees": "turn in place 90 deg right",
    "runing in circels": "run in a circle 2 times around",
    "slowly, a man walks forward": "walk slowly forward",
    "walks forward, backward, left and right": (
        "walk forward; walk backward; walk forward turning first 90 deg left; walk forward turning first 90 deg right"
    ),
    "person turns left walks 3 steps then turns right": (
        "turn in place 90 deg left; walk forward 3 steps; turn in place 90 deg right"
    ),
    "after walking 2 metres, turn left": "walk forward 2 m; turn in place 90 deg left",
    "before turning right, walk 3 m": "walk forward 3 m; turn in place 90 deg right",
    "a person starts to walk, then breaks into a run": "walk forward; run forward",
    "a person accelerates from a walk to a jog": "walk forward; jog forward",
    "walk forward with the left foot first": "walk forward left foot first",
    "walk a hundred and fifty steps": "walk forward 150 steps",
    "turn two hundred and seventy degrees left": "turn in place 270 deg left",
    "walk one and a half meters": "walk forward 1.5 m",
    "walk 1/2 m": "walk forward 0.5 m",
    "walk 5 km/h for 4 seconds": "walk forward 4 s 1.39 m/s",
    "turn 90° left": "turn in place 90 deg left",
    "walk in a circle 4 meters in diameter": "walk in a circle 2 m radius",
    "walk in a 3 meter circle": "walk in a circle 1.5 m radius",
    "he stands still": "stand",
    "WALK FORWARD!": "walk forward",
    "walk to the left and right": "walk forward turning first 90 deg left; walk forward turning first 90 deg right",
    "make a sharp right": "turn in place 90 deg right",
    "a person paces back and forth": "walk forward; turn in place 180 deg; walk forward as far as before",
    "turn and walk back": "turn in place 180 deg; walk forward",
    "begin walking then stop after 3 seconds": "walk forward 3 s; stand",
    "a person moves sideways to the left then to the right": "walk sideways left; walk sideways right",
    "walks in a circle to the left then to the right": "walk in a circle counterclockwise; walk in a circle clockwise",
    "veers left then right": "walk forward in a curve of 60 deg left; walk forward in a curve of 60 deg right",
    "steps left twice then right once": "step sideways left 2 steps; step sideways right 1 steps",
    "the person walked forward 4 steps, stopped, turned around and walked back 4 steps.": (
        "walk forward 4 steps; stand; turn in place 180 deg; walk forward 4 steps"
    ),
    "take two steps to the left and two steps back to the right": (
        "step sideways left 2 steps; step sideways right 2 steps"
    ),
    "turn left and take two steps back": "turn in place 90 deg left; step backward 2 steps",
    "a person walks forward for about 3 meters": "walk forward 3 m",
    "walk 1.5m then turn 30° right and run 4m at 2.5 m/s": (
        "walk forward 1.5 m; turn in place 30 deg right; run forward 4 m 2.5 m/s"
    ),
    "a light jog": "jog slowly forward",
    "make a 90-degree left turn": "turn in place 90 deg left",
    "take a right": "turn in place 90 deg right",
    "reverse direction and walk": "turn in place 180 deg; walk forward",
    "a person walks forward, slows down and comes to a stop": "walk forward; walk slowly forward; stand",
    "walk forward, 90 degrees left, forward 2 m": "walk forward; turn in place 90 deg left; walk forward 2 m",
    "someone walks quickly and then slows to a walk": "walk fast forward; walk forward",
    "walk diagonally": "walk forward and left",
    "he walks in a curved path to the right": "walk forward in a curve of 90 deg right",
    "walk a bit faster": "walk fast forward",
    "a person takes a big step forward with his right foot": "step forward 1 steps large right foot first",
    "walk forward 4 m and return": "walk forward 4 m; walk to the start",
    "turn all the way around": "turn in place 360 deg",
    "walk, stop, walk": "walk forward; stand; walk forward",
}

REFUSED = {
    "jump": "cannot do: jump",
    "sit down": "cannot do: sit, down",
    "walk upstairs": "cannot do: upstairs",
    "crawl forward": "cannot do: crawl",
    "wave his hand": "cannot do: wave, hand",
    "walk forward and wave": "cannot do: wave",
    "he stands up": "cannot do: stand up",
    "bend down": "cannot do: bend, down",
    "walk without turning": "cannot do: without",
    "do not walk": "cannot do: not",
    "walk like a blorp": "not understood: like, blorp",
    "walks into the wall": "not understood: wall",
    "hop and frobnicate": "cannot do: hop and has words that are not understood: frobnicate",
    "run backward": "running is possible forward",
    "jog sideways": "running is possible forward",
    "walk 3": "the number '3' needs a unit",
    "walk meters": "'meters' in .* needs a number",
    "walk 0 meters": "above zero",
    "walk -3 meters": "not understood: minus",
    "walk slowly quickly": "slow and fast at once",
    "turn left right": "left and right at once",
    "walk forward backward": "forward and backward at once",
    "walk 3 meters for 2 seconds": "at most one of",
    "walk 3 meters 4 meters": "two amounts of the same kind",
    "walk while running": "run and walk at once",
    "take 2.5 steps": "2.5 steps",
    "turn 5000 degrees": "5000 degrees",
    "stand slowly": "standing has no speed",
    "stand to the left": "does not fit",
    "march in place 3 meters": "does not fit",
    "turn 3 meters": "does not fit",
    "continue": "nothing to continue",
    "slowly": "names nothing to do",
    "he walks and is done": "does not say what to take or to do",
    "walk forward, turn, three times": "does not say what to repeat",
    "the person": "names nothing to do",
    "walk a million times": "not understood: million",
    "walk 3,000 meters": "takes 2500 s; at most 120 s is allowed",
    "walk at 9 m/s": "speed must be from 0.3 to 2, given 9",
    "walk 0.3 meters while turning 360 degrees": "turn by less",
}


PIECES = [
    "walk",
    "turn",
    "left",
    "right",
    "forward",
    "back",
    "slowly",
    "3",
    "meters",
    "steps",
    "and",
    "then",
    ",",
    "circle",
    "run",
    "stop",
]
ORDINARY = [
    "wall",
    "talk",
    "work",
    "match",
    "stair",
    "black",
    "fire",
    "like",
    "later",
    "quiet",
    "paces",
    "heard",
    "every",
    "tree",
    "palace",
    "sand",
    "rejecting",
]


@pytest.mark.parametrize("prompt", UNDERSTOOD)
def test_what_people_type(prompt):
    assert summary(understand(prompt)) == UNDERSTOOD[prompt]


@pytest.mark.parametrize("prompt", REFUSED)
def test_what_cannot_be_done_or_understood_is_said(prompt):
    with pytest.raises(PromptError, match=REFUSED[prompt]):
        plan_of(prompt)


@pytest.mark.parametrize("prompt", ["jump", "walk like a blorp", "slowly", "run backward"])
def test_the_message_lists_what_can_be_said(prompt):
    with pytest.raises(PromptError, match=r"the body can walk, jog, run, .* by metres, feet, steps"):
        understand(prompt)


@pytest.mark.parametrize("prompt", ["", " ", "...", "!?"])
def test_prompts_without_words(prompt):
    with pytest.raises(PromptError, match="has no words"):
        understand(prompt)


def test_prompts_that_are_too_long_or_no_text():
    with pytest.raises(PromptError, match=f"at most {MAX_WORDS} words, given 130"):
        understand("walk " * 130)
    with pytest.raises(PromptError, match="at most 1200 characters"):
        understand("walk" * 400)
    with pytest.raises(PromptError, match="a prompt must be a string, given int"):
        understand(3)
    with pytest.raises(PromptError, match="actions; at most 80 are allowed"):
        understand("walk in a square 20 times")


@given(
    st.lists(
        st.one_of(st.sampled_from(sorted(vocabulary())), st.sampled_from([",", ".", "3", "90", "2.5"])), max_size=9
    )
)
@example(["in", "place", "back", "and", "forth"])
def test_any_words_are_understood_or_refused(words):
    try:
        actions = understand(" ".join(words))
    except PromptError:
        return
    assert actions
    assert summary(actions)


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text):
    try:
        understand(text)
    except PromptError:
        return


@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=8,
    )
)
def test_what_is_understood_can_be_planned_or_is_refused(words):
    prompt = " ".join(words)
    try:
        plan, actions = plan_of(prompt, seed=len(words))
    except PromptError:
        return
    assert 0 < plan.course().duration < 200
    assert all(action.side for action in actions if action.turn)


def test_no_word_is_left_out_in_silence():
    """Whatever known word is added, the prompt is understood otherwise, or refused, unless it is a filler."""
    base = understand("walk forward")
    silent = {
        word.text
        for word in vocabulary().values()
        if word.kind in ("way", "manner", "shape", "verb") and _same(f"walk forward {word.text}", base)
    }
    said = {
        "forward",
        "walk",
        "straight",
        "normal",
        "start",
        "go",
        "keep",
        "march",
        "rather",
        "take",
        "sudden",
        "come",
        "step",
    }
    assert {vocabulary()[word].means for word in silent} <= said


def _same(prompt, base):
    try:
        return understand(prompt) == base
    except PromptError:
        return False


def test_common_words_are_not_taken_for_typos():
    for word in ORDINARY:
        [read] = read_words(word)
        assert read.kind in ("unknown", "cannot", "joint") or read.text == word or word == "paces", word


def test_sampled_prompts_are_all_understood():
    prompts = sampled_prompts(300, seed=1)
    assert len(set(prompts)) == 300
    assert prompts == sampled_prompts(300, seed=1)
    verbs = {action.verb for prompt in prompts for action in understand(prompt)}
    assert verbs == {"go", "turn", "step", "circle", "stand", "march"}
    for prompt in prompts[:100]:
        assert plan_of(prompt, seed=3)[0].segments


def test_the_same_seed_gives_the_same_motion_and_another_one_varies():
    generator = BuiltinTextToMotion()
    first = generator.generate("walk forward", seed=5)
    assert first.digest == generator.generate("walk forward", seed=5).digest
    others = [generator.generate("walk forward", seed=seed) for seed in range(6)]
    reach = [float(motion.qpos[-1, 0]) for motion in others]
    assert len({motion.name for motion in others}) == 6
    assert reach[0] == pytest.approx(3.0, abs=0.05)
    assert np.std(reach) > 0.05
    assert all(2.4 < value < 3.6 for value in reach)


def test_seeds_do_not_change_what_the_prompt_says():
    for seed in range(4):
        motion = BuiltinTextToMotion().generate("walk 2 meters at 1 m/s", seed=seed)
        assert motion.qpos[-1, 0] == pytest.approx(2.0, abs=0.05)


def test_seeds_choose_the_side_that_the_prompt_leaves_open():
    turns = {plan_of("turn around", seed=seed)[1][0].side for seed in range(8)}
    assert turns == {"left", "right"}
    assert {plan_of("turn around to the left", seed=seed)[1][0].side for seed in range(8)} == {"left"}
    assert plan_of("turn around")[1][0].side == "left"


@pytest.mark.parametrize(
    "prompt", ["walk", "walk in a circle", "stand", "turn left then walk", "march in place", "walk 1 meter"]
)
@pytest.mark.parametrize("duration", [8.0, 13.0])
def test_a_duration_is_kept(prompt, duration):
    motion = BuiltinTextToMotion().generate(prompt, duration=duration)
    assert motion.duration == pytest.approx(duration, abs=1e-6)
    if prompt == "walk":
        assert motion.qpos[-1, 0] > 0.8 * 1.2 * (duration - 2.0)  # what is open becomes longer, it does not only stand


def test_a_duration_that_is_too_short():
    with pytest.raises(PromptError, match=r"takes at least \d+\.\d s, given duration=2"):
        BuiltinTextToMotion().generate("walk 10 meters", duration=2.0)


def test_motions_say_what_they_are():
    motion = BuiltinTextToMotion(60.0).generate("  Walk   Forward ")
    assert motion.caption == "Walk Forward"
    assert motion.name.startswith("walk-forward-")
    assert motion.fps == 60.0
    assert "doi" in motion.source


def test_the_body_returns_to_where_it_began():
    for prompt in ("walk forward 3 m, turn left, walk 2 m and return", "run 10 meters and return"):
        motion = BuiltinTextToMotion().generate(prompt)
        assert math.hypot(*motion.qpos[-1, :2]) < 0.25


def test_another_seed_varies_the_steps():
    assert [plan_of("walk forward", seed=seed)[0].seed is None for seed in (0, 1)] == [True, False]
