"""Clauses beyond simple travel: standing, marching, circles, figures, back and forth, faster and slower."""

from __future__ import annotations

import math
from dataclasses import replace

from kinesis_env.text.action import GAITS, Action
from kinesis_env.text.grammar import Clause
from kinesis_env.text.reading import MOST_TURNS, Reader, direction_of

__all__ = ["FigureReader"]

#: A brief and a long pause [s].
_BRIEF, _LENGTHY = 0.7, 4.0


class FigureReader(Reader):
    """Reads clauses of figures."""

    def _stand(self, clause: Clause, pace: int, said: str) -> list[Action]:
        clause.take("still"), clause.take("place"), clause.take("sharp"), clause.take("all"), clause.take("straight")
        duration = clause.amount("time")
        if clause.take("brief", "short"):
            duration = duration or _BRIEF
        if clause.take("long"):
            duration = duration or _LENGTHY
        stand = Action("stand", duration=duration)
        gradual = bool(clause.take("gradual")) or pace < 0
        last = self.actions[-1] if self.actions else None
        if pace < 0 and not clause.has("stop"):
            raise self._error(said, "standing has no speed")
        if gradual and last is not None and last.verb == "go" and last.gait == "walk" and last.speed is None:
            slowing = replace(
                last, pace=max(-2, last.pace - 1), turn=0.0, distance=None, duration=1.5, steps=None, back=False
            )
            return [slowing, stand]
        return [stand]

    def _back_and_forth(self, clause: Clause, pace: int, said: str) -> list[Action]:
        swaying = bool(clause.take("swaying"))
        (
            clause.take("forth"),
            clause.take("straight"),
            clause.take("around"),
            clause.take("back"),
            clause.take("forward"),
        )
        aside = bool(clause.take("sideways")) or swaying
        times = clause.amount("times") or 1.0
        clause.amounts["times"] = times
        side = self._side(clause, said)
        amounts = self._how_far(clause, said)
        if aside:
            first = math.copysign(math.pi / 2, -1 if side == "right" else 1)
            verb = "step" if clause.has("step", "sidestep") else "go"
            if verb == "step":
                amounts["steps"] = amounts["steps"] or 1
            there = Action(verb, direction=first, pace=pace, **amounts)
            return [there, replace(there, direction=-first, back=True)]
        if clause.has("step", "sidestep"):
            amounts["steps"] = amounts["steps"] or 1
            there = Action("step", pace=pace, **amounts)
            return [there, replace(there, direction=math.pi)]
        there = Action("go", gait=self._gait, pace=pace, speed=clause.amount("speed"), **amounts)
        around = Action("turn", turn=math.pi, side=side, exact=True)
        return [there, around, replace(there, back=True, distance=None, duration=None, steps=None)]

    def _shape(self, clause: Clause, pace: int, said: str) -> list[Action]:
        """Read figures of eight, zigzags and shapes with corners."""
        side = self._side(clause, said)
        clause.take("around"), clause.take("forward")
        gait, speed, size = self._gait, clause.amount("speed"), self._size(clause, said)
        if clause.take("eight"):
            first = side or "left"
            one = Action("circle", gait=gait, side=first, pace=pace, size=size, speed=speed)
            return [one, replace(one, side="right" if first == "left" else "left")]
        length = clause.amount("length")
        if clause.has("zigzag"):
            first, second = ("right", "left") if side == "right" else ("left", "right")
            each = None if length is None else length / 4
            one = Action(
                "go", gait=gait, pace=pace, speed=speed, turn=math.pi / 4, side=first, bend="curve", distance=each
            )
            wide = replace(one, turn=math.pi / 2, side=second)
            return [one, wide, replace(wide, side=first), replace(one, side=second)]
        kind = clause.take("square", "triangle", "rectangle")
        corner = Action(
            "turn", turn=2 * math.pi / 3 if kind == "triangle" else math.pi / 2, side=side or "left", exact=True
        )
        longer = length if length is not None else {-1: 1.2, 0: 2.0, 1: 3.5}[size]
        sides = [longer, 0.6 * longer] * 2 if kind == "rectangle" else [longer] * (3 if kind == "triangle" else 4)
        legs = [Action("go", gait=gait, pace=pace, speed=speed, distance=each) for each in sides]
        return [action for leg in legs for action in (leg, corner)]

    def _march(self, clause: Clause, pace: int, said: str) -> list[Action]:
        clause.take("place"), clause.take("still"), clause.take("straight")
        steps = self._count(clause, said)
        return [Action("march", pace=pace, steps=steps, duration=clause.amount("time"))]

    def _circle(self, clause: Clause, pace: int, said: str) -> Action:
        side = self._side(clause, said)
        (
            clause.take("around"),
            clause.take("circular"),
            clause.take("straight"),
            clause.take("curved"),
            clause.take("all"),
        )
        half = 0.5 if clause.take("semicircle") else 1.0
        backward = self._ahead(clause, said) == "backward"
        angle, _ = self._angle(clause, said)
        turns = half if angle is None else angle / (2 * math.pi)
        radius, length = None, clause.amount("length")
        if clause.take("radius"):
            radius, length = length, None
        elif clause.take("diameter"):
            radius, length = None if length is None else length / 2, None
        steps = self._count(clause, said)
        time, times = clause.amount("time"), clause.amount("times")
        self._one_amount(said, length, time, steps)
        if times is not None:
            turns *= times
        if turns > MOST_TURNS:
            raise self._error(said, f"{turns:g} circles; at most {MOST_TURNS} are allowed")
        return Action(
            "circle", gait=self._gait, direction=math.pi if backward else 0.0, side=side, pace=pace, turns=turns,
            distance=length, duration=time, steps=steps, radius=radius, size=self._size(clause, said),
            speed=clause.amount("speed"), exact=True,
        )  # fmt: skip

    def _change(self, clause: Clause, said: str) -> list[Action]:
        """Read speeding up and slowing down."""
        last = next((action for action in reversed(self.actions) if action.verb in ("go", "circle", "march")), None)
        ahead = self._ahead(clause, said)
        if last is None:
            last = Action("go", gait=self._gait, direction=direction_of(ahead, ""))
            self.actions.append(last)
        elif ahead:
            last = replace(last, direction=direction_of(ahead, ""))
        clause.take("gradual"), clause.take("slightly"), clause.take("sharp")
        named = [noun for noun in clause.nouns if noun in GAITS]
        change = 1 if clause.has("quicken") else -1
        pace = 0 if named else max(-2, min(2, last.pace + change))
        gait = self._gait if named else last.gait
        amounts = self._how_far(clause, said)
        return [Action("go", gait=gait, direction=last.direction if gait == "walk" else 0.0, pace=pace, **amounts)]
