"""What single words and amounts of a clause say: sides, angles, sizes, counts, distances."""

from __future__ import annotations

import math
from typing import TypedDict

from kinesis_env.errors import PromptError
from kinesis_env.motions.text.action import Action
from kinesis_env.motions.text.grammar import Clause
from kinesis_env.motions.text.words import can_do

__all__ = ["MOST_TURNS", "SIDES", "HowFar", "Reader"]

#: What "short" and "long" stand for [m].
_SHORT, _LONG = 1.5, 6.0
#: How many steps and turns there may be.
_MOST_STEPS, MOST_TURNS = 200, 10
#: The words that name a side.
SIDES = {"left": "left", "right": "right", "clockwise": "right", "anticlockwise": "left"}


class HowFar(TypedDict):
    """At most one of these is said."""

    distance: float | None
    duration: float | None
    steps: int | None


class Reader:
    """Reads clauses of one prompt.

    Args:
        prompt: for messages.

    Attributes:
        actions: what was understood so far.
    """

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.actions: list[Action] = []
        self._gait, self._pace = "walk", 0

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
            raise self._error(said, "an angle and a number of turns")
        if turns is not None:
            angle = 2 * math.pi * turns
        if angle is not None and not math.radians(3) <= angle <= 2 * math.pi * MOST_TURNS:
            raise self._error(said, f"{math.degrees(angle):g} degrees; allowed are 3 degrees to {MOST_TURNS} turns")
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
            raise self._error(said, f"{steps:g} steps: allowed are 1 to {_MOST_STEPS}")
        return int(steps)

    def _how_far(self, clause: Clause, said: str) -> HowFar:
        steps, length, time = self._count(clause, said), clause.amount("length"), clause.amount("time")
        self._one_amount(said, length, time, steps)
        if steps is None and length is None and time is None and not clause.has("step"):
            length = _SHORT if clause.take("short", "brief") else _LONG if clause.take("long") else None
        return {"distance": length, "duration": time, "steps": steps}

    def _one_amount(self, said: str, *amounts: float | None) -> None:
        if sum(value is not None for value in amounts) > 1:
            raise self._error(said, "at most one of a distance, a time and a number of steps can be asked for")

    def _error(self, said: str, why: str) -> PromptError:
        return PromptError(f"the prompt {self.prompt!r}: {said!r}: {why}; {can_do()}")
