"""The hundred prompts of the documentation, and when a body has done what a prompt says."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kinesis_env.motions import trim, turn
from kinesis_env.text import BuiltinTextToMotion, behavior_of, goal_of
from kinesis_env.text.sampling import sampled_prompts

DOCS = Path(__file__).parents[2] / "docs"


@cache
def page():
    spec = importlib.util.spec_from_file_location("prompts_page", DOCS / "prompts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ROWS = page().prompts()


@cache
def made(prompt, seed=0):
    return BuiltinTextToMotion().generate(prompt, seed=seed)


def test_there_are_a_hundred():
    assert len(ROWS) == 100
    assert len({row["prompt"] for row in ROWS}) == 100


@pytest.mark.parametrize("row", ROWS, ids=[row["prompt"] for row in ROWS])
def test_the_motion_does_what_the_prompt_says(row):
    done = behavior_of(made(row["prompt"]))
    for name, value in (
        ("ahead", done.ahead),
        ("aside", done.aside),
        ("turn", math.degrees(done.turn)),
        ("speed", done.speed),
    ):
        low, high = (float(part) for part in row[name].split(":"))
        assert low <= value <= high, name


@pytest.mark.parametrize("row", ROWS, ids=[row["prompt"] for row in ROWS])
def test_the_reference_meets_its_own_goal(row):
    motion = made(row["prompt"])
    goal = goal_of(row["prompt"])
    assert goal.judge(behavior_of(motion)) == dict.fromkeys(goal.judge(behavior_of(motion)), True)
    assert goal.met(behavior_of(motion), motion.duration)


def test_so_do_other_variants_and_sampled_prompts():
    for number, prompt in enumerate(sampled_prompts(40, seed=3)):
        seed = 1 + number % 5
        motion = made(prompt, seed)
        assert goal_of(prompt, seed=seed).met(behavior_of(motion), motion.duration), prompt


@pytest.mark.parametrize(
    ("said", "done"),
    [
        ("walk to the left", "walk to the right"),
        ("walk forward", "walk backward"),
        ("walk forward", "stand for 4 seconds"),
        ("stand for 4 seconds", "walk 3 meters"),
        ("turn left", "turn right"),
        ("turn left", "stand for 3 seconds"),
        ("turn around", "turn left 90 degrees"),
        ("turn left then turn right", "stand for 4 seconds"),
        ("turn left then turn right", "turn right then turn left"),
        ("walk 3 meters", "walk 6 meters"),
        ("walk slowly", "run"),
        ("run 5 meters", "walk 5 meters"),
        ("walk 3 m", "walk 3 m in a circle to the left"),
        ("walk in a circle to the left", "walk in a circle to the right"),
        ("walk in a circle to the left", "spin to the left"),
        ("walk forward then turn left", "turn left then walk forward"),
        ("walk back and forth", "turn around"),
        ("march in place", "stand for 5 seconds"),
        ("sidestep to the left", "sidestep to the right"),
        ("take two steps back", "take two steps forward"),
        ("sprint", "jog"),
    ],
)
def test_a_body_that_does_something_else_does_not_meet_it(said, done):
    motion = made(done)
    goal = goal_of(said)
    assert not goal.met(behavior_of(motion), max(motion.duration, goal.duration))


def test_too_short_is_too_short():
    motion = made("walk forward")
    goal = goal_of("walk forward")
    assert goal.met(behavior_of(motion), 0.85 * goal.duration)
    assert not goal.met(behavior_of(motion), 0.75 * goal.duration)


def test_the_goal_of_what_is_left():
    """Who begins when the walk is over, only has the turn before it."""
    prompt = "walk 4 meters, stand for 2 seconds and turn left"
    motion = made(prompt)
    share = 0.62
    rest = trim(motion, share * motion.duration)
    goal = goal_of(prompt, start=share)
    assert goal.direction is None
    assert goal.met(behavior_of(rest), rest.duration)
    assert not goal.met(behavior_of(motion), motion.duration)


def test_steps_are_counted():
    assert float(behavior_of(made("walk five steps forward")).steps) == pytest.approx(6, abs=1)
    assert float(behavior_of(made("stand for 3 seconds")).steps) == 0
    assert float(behavior_of(made("march in place 10 steps")).steps) == pytest.approx(10, abs=1)


def test_a_turned_world_changes_nothing():
    motion = made("walk to the left")
    one, other = behavior_of(motion), behavior_of(turn(motion, 2.0))
    for name in ("turn", "ahead", "aside", "farthest", "speed"):
        assert float(getattr(one, name)) == pytest.approx(float(getattr(other, name)), abs=1e-6)


def test_the_page_is_current():
    """The words are the same, and the figures to their last digit but one."""
    written = (DOCS / "prompts.md").read_text(encoding="utf-8").splitlines()
    assert "\n".join(written).startswith(page().HEAD.strip())
    lines = written[-len(ROWS) :]
    for row, line in zip(ROWS, lines, strict=True):
        cells, now = (
            [cell.strip() for cell in text.strip("|").split(" | ")] for text in (line, page().row(row["prompt"]))
        )
        assert cells[:2] == now[:2]
        for old, new in zip(cells[2:], now[2:], strict=True):
            assert float(re.sub(r"[^\d.-]", "", old)) == pytest.approx(float(re.sub(r"[^\d.-]", "", new)), abs=1.01)


def test_backward_is_one_direction_from_either_side():
    """A body that backs up ends at +179 or -179 degrees: both are 1 degree off."""
    goal = goal_of("walk backward")
    done = behavior_of(made("walk backward"))
    for aside in (0.05, -0.05):
        drifted = dataclasses.replace(done, aside=np.float64(aside))
        assert goal.judge(drifted)["direction"]
