"""Prompts sampled from the built-in grammar, in the words people use."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["draw_prompt", "sampled_prompts"]

_SUBJECTS = ("", "", "a person ", "the man ", "someone ", "a woman ")
_JOINTS = (", then {}", " and {}", " and then {}", ", {}")
_SIDES = ("left", "right")
_HOW = ("", "", "", " slowly", " quickly", " at a normal pace", " briskly")


def sampled_prompts(count: int, seed: int = 0) -> tuple[str, ...]:
    """Return different prompts; the same count and seed give the same ones."""
    rng = np.random.default_rng([seed, count])
    found: dict[str, None] = {}
    while len(found) < count:
        found.setdefault(draw_prompt(rng))
    return tuple(found)


def draw_prompt(rng: np.random.Generator) -> str:
    """Return a prompt with one to three actions; equal generators give equal prompts."""
    subject = _SUBJECTS[int(rng.integers(len(_SUBJECTS)))]
    parts = [_part(rng, third=bool(subject)) for _ in range(int(rng.choice((1, 2, 3), p=(0.5, 0.35, 0.15))))]
    text = subject + parts[0]
    for part in parts[1:]:
        text += _JOINTS[int(rng.integers(len(_JOINTS)))].format(part)
    return text


def _part(rng: np.random.Generator, *, third: bool) -> str:
    number = int(rng.choice(len(_PARTS), p=_SHARES))
    words = _PARTS[number](rng).split(" ")
    if third:
        words[0] = words[0] + ("es" if words[0].endswith("ch") else "s")
    return " ".join(words)


def _side(rng: np.random.Generator) -> str:
    return _SIDES[int(rng.integers(2))]


def _one(rng: np.random.Generator, *choices: str) -> str:
    return choices[int(rng.integers(len(choices)))]


def _walk(rng: np.random.Generator) -> str:
    how = _one(rng, *_HOW)
    far = _one(rng, "", "", f" for {int(rng.integers(2, 6))} seconds", f" {int(rng.integers(2, 6))} meters")
    return _one(rng, f"walk forward{how}{far}", f"walk straight ahead{far}", f"walk{how}{far}", f"stroll forward{far}")


def _curve(rng: np.random.Generator) -> str:
    side = _side(rng)
    how = _one(rng, *_HOW)
    return _one(
        rng, f"walk{how} to the {side}", f"walk forward while turning {side}", f"veer {side}",
        f"walk in a curve to the {side}", f"walk forward and slightly to the {side}",
    )  # fmt: skip


def _turn(rng: np.random.Generator) -> str:
    side = _side(rng)
    angle = int(rng.choice((45, 90, 135, 180)))
    return _one(rng, f"turn {side}", f"turn {angle} degrees to the {side}", "turn around", f"rotate {side} in place")


def _backward(rng: np.random.Generator) -> str:
    return _one(rng, f"walk backward{_one(rng, *_HOW)}", f"take {_one(rng, 'two', 'three', 'four')} steps back")


def _sideways(rng: np.random.Generator) -> str:
    side = _side(rng)
    return _one(rng, f"sidestep to the {side}", f"walk sideways to the {side}", f"take two steps to the {side}")


def _run(rng: np.random.Generator) -> str:
    far = _one(rng, "", "", f" for {int(rng.integers(3, 6))} seconds", f" {int(rng.integers(6, 16))} meters")
    return _one(rng, f"jog forward{far}", f"run forward{far}", f"run fast{far}", f"run to the {_side(rng)}")


def _circle(rng: np.random.Generator) -> str:
    way = _one(rng, "clockwise", "counterclockwise")
    return _one(
        rng, f"walk in a {way} circle", f"walk in a half circle to the {_side(rng)}", f"walk {way} in a small circle"
    )


def _stay(rng: np.random.Generator) -> str:
    return _one(rng, "stand still", f"wait for {int(rng.integers(1, 4))} seconds", "march in place", "stop")


_PARTS: tuple[Callable[[np.random.Generator], str], ...] = (
    _walk, _curve, _turn, _backward, _sideways, _run, _circle, _stay,
)  # fmt: skip
_SHARES = (0.24, 0.18, 0.16, 0.1, 0.08, 0.1, 0.07, 0.07)
