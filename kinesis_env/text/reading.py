"""Sides, angles, sizes, counts and distances from the words and amounts of a clause."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypedDict

from kinesis_env.errors import PromptError
from kinesis_env.text.action import Action
from kinesis_env.text.grammar import Clause
from kinesis_env.text.words import can_do

__all__ = ["MOST_TIMES", "MOST_TURNS", "SIDES", "HowFar", "Reader", "direction_of", "sides_of"]

#: Distances for "short" and "long" [m].
_SHORT, _LONG = 1.5, 6.0
#: Maximum number of steps and turns.
_MOST_STEPS, MOST_TURNS = 200, 10
#: Maximum number of repetitions.
MOST_TIMES = 20
#: Auxiliary verbs, and verbs that cannot be combined with others at the same time.
_CARRYING = ("start", "take", "keep", "go", "come")
_GAITS = ("walk", "stroll", "run", "dash", "jog", "sprint", "march")
_BENDS = ("spin", "circle", "zigzag", "step", "sidestep")
_APART = {
    "stand": (*_GAITS, "retreat", "return", "circle", "zigzag", "pacing", "veer", "quicken", "slacken"),
    "circle": ("spin", "sidestep", "face"),
    "spin": ("circle", "march"),
    "sidestep": ("circle",),
    "face": ("circle", "step", "sidestep", "zigzag", "pacing"),
    "zigzag": ("turn", "veer", "retreat", "face", *_BENDS[:2], *_BENDS[3:]),
    "pacing": ("veer", "retreat", "return", *_BENDS),
    "return": ("turn", "veer", "retreat", "face", "march", *_BENDS),
    "retreat": ("march", "zigzag", "return"),
    "quicken": ("slacken", "turn", "retreat", "return", "face", "pacing", *_BENDS),
    "slacken": ("quicken", "turn", "retreat", "return", "face", "pacing", *_BENDS),
}
#: Words that name a side.
SIDES = {"left": "left", "right": "right", "clockwise": "right", "anticlockwise": "left"}


class HowFar(TypedDict):
    """At most one of these is given."""

    distance: float | None
    duration: float | None
    steps: int | None


class Reader:
    """Reads clauses of one prompt.

    Args:
        prompt: the prompt, for messages.

    Attributes:
        actions: the actions so far.
    """

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.actions: list[Action] = []
        self._gait, self._pace = "walk", 0
        self._last_times = False

    def _side(self, clause: Clause, said: str) -> str:
        named = set()
        while way := clause.take(*SIDES):
            named.add(SIDES[way])
        if len(named) > 1:
            raise self._error(said, "left and right at once")
        return next(iter(named), "")

    def _ahead(self, clause: Clause, said: str) -> str:
        forward, backward = bool(clause.take("forward")), bool(clause.take("backward"))
        if clause.has("retreat"):
            backward = True
        if forward and backward:
            raise self._error(said, "forward and backward at once")
        return "forward" if forward else "backward" if backward else ""

    def _angle(self, clause: Clause, said: str) -> tuple[float | None, bool]:
        angle, turns = clause.amount("angle"), clause.amount("turns")
        if angle is not None and turns is not None:
            raise self._error(said, "an angle and a number of turns at once")
        if turns is not None:
            angle = 2 * math.pi * turns
        if angle is not None and not math.radians(3) <= angle <= 2 * math.pi * MOST_TURNS:
            raise self._error(said, f"{math.degrees(angle):g} degrees; 3 degrees to {MOST_TURNS} turns are allowed")
        return angle, angle is not None

    def _size(self, clause: Clause, said: str) -> int:
        wide, tight = bool(clause.take("wide")), bool(clause.take("tight"))
        if clause.has("step", "circle"):
            wide, tight = wide or bool(clause.take("long")), tight or bool(clause.take("short"))
        if wide and tight:
            raise self._error(said, "large and small at once")
        return int(wide) - int(tight)

    def _count(self, clause: Clause, said: str) -> int | None:
        steps = clause.amount("steps")
        if steps is None:
            return None
        if steps != round(steps) or not 1 <= steps <= _MOST_STEPS:
            raise self._error(said, f"{steps:g} steps; 1 to {_MOST_STEPS} are allowed")
        return int(steps)

    def _how_far(self, clause: Clause, said: str) -> HowFar:
        steps, length, time = self._count(clause, said), clause.amount("length"), clause.amount("time")
        self._one_amount(said, length, time, steps)
        if steps is None and length is None and time is None and not clause.has("step"):
            length = _SHORT if clause.take("short", "brief") else _LONG if clause.take("long") else None
        return {"distance": length, "duration": time, "steps": steps}

    def _turned(self) -> bool:
        """Return whether the last action, apart from standing, is to turn around."""
        done = [action for action in self.actions if action.verb != "stand"]
        return bool(done) and done[-1].verb == "turn" and abs(done[-1].turn - math.pi) < 0.2

    def _one_amount(self, said: str, *amounts: float | None) -> None:
        if sum(value is not None for value in amounts) > 1:
            raise self._error(said, "at most one of a distance, a time and a number of steps is allowed")

    def _error(self, said: str, why: str) -> PromptError:
        return PromptError(f"the prompt {self.prompt!r}: {said!r}: {why}; {can_do()}")

    def _again(self, clause: Clause, said: str) -> None:
        """Repeat the only action so far, or all of them: "do this 3 times", "repeat"."""
        times = clause.amount("times")
        if clause.has("repeat"):
            if times is not None:
                raise self._error(said, "it is unclear whether the first time counts; say 'do this 3 times'")
            times = 2.0
        elif len(self.actions) != 1 and not clause.has("take"):
            raise self._error(said, "it does not say what to repeat")
        if not self.actions:
            raise self._error(said, "there is nothing yet to repeat")
        self.actions[:] = self._repeated(self.actions, times or 1.0, said)

    def _repeated(self, actions: list[Action], times: float, said: str) -> list[Action]:
        if not (times == round(times) and 1 <= times <= MOST_TIMES):
            raise self._error(said, f"{times:g} times; 1 to {MOST_TIMES} are allowed")
        if len(actions) == 1 and actions[0].verb == "step" and actions[0].steps == 1:
            return [replace(actions[0], steps=round(times))]
        if len(actions) == 3 and actions[1].verb == "turn" and actions[2].back:
            return [*actions, *[actions[1], actions[2]] * (2 * (round(times) - 1))]
        return actions * round(times)

    def _both(self, clause: Clause) -> float | None:
        """Return how often to do the last action and this one: "left and right twice"; None if not both."""
        only = clause.said - {"times"} <= {"left", "right", "forward", "backward", "back"}
        if clause.joint != "and" or not only or not clause.ways or not self.actions:
            return None
        return None if self._last_times else clause.amount("times")

    def _check_together(self, clause: Clause, said: str) -> None:
        """Reject verbs that cannot be combined, so that none is silently ignored."""
        done = [verb for verb in clause.verbs if verb not in _CARRYING]
        figures = [noun for noun in clause.nouns if noun in ("circle", "zigzag")]
        if "stop" in done[1:] and done[0] != "stop":
            raise self._error(said, "stopping and something else at once")
        for verb in done:
            # "rotates in a circle" says one thing, "walks in a circle while spinning" two.
            others = (*done, *figures) if verb != "spin" or done[1:] else done
            other = next((one for one in others if one in _APART.get(verb, ())), "")
            if other:
                raise self._error(said, f"{verb} and {other} at once")


def sides_of(clause: Clause) -> set[str]:
    """Return the words of a clause that name a side."""
    return clause.ways & set(SIDES)


def direction_of(ahead: str, side: str, *, diagonal: bool = False, aside: bool = False) -> float:
    """Return the direction of travel relative to the body [rad]; an open side is the left."""
    sign = -1.0 if side == "right" else 1.0
    if aside and not ahead:
        return sign * math.pi / 2
    if side or diagonal or aside:
        along = {"backward": 3 * math.pi / 4, "forward": math.pi / 4}
        return sign * along.get(ahead, math.pi / 4 if diagonal else math.pi / 2)
    return math.pi if ahead == "backward" else 0.0
