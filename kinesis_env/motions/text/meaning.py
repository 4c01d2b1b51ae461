"""What the clauses of a prompt mean, one after the other; a clause may lean on those before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from kinesis_env.errors import PromptError
from kinesis_env.motions.text.grammar import Action, Clause

__all__ = ["Meaning"]

_HELPERS = ("start", "take", "go")
_MOVES = ("walk", "run", "jog", "sprint", "march", "go", "veer", "retreat", "circle", "sidestep", "step")
_SIDE = {"left": "left", "right": "right", "clockwise": "right", "anticlockwise": "left"}
_SIGN = {"left": 1.0, "right": -1.0}
#: How far a turn goes without a word about it [rad]: in place, while walking, a slight one, a curve.
_TURN, _CORNER, _SLIGHT, _CURVE = math.pi / 2, math.pi / 2, math.radians(35), math.radians(60)
#: What "short" and "long" stand for [m].
_SHORT, _LONG = 1.5, 6.0
#: How often something may be repeated.
_MOST = 20


class Meaning:
    """Collects actions.

    Args:
        prompt: for messages.

    Attributes:
        actions: so far.
    """

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.actions: list[Action] = []
        self._verb = ""
        self._turned = 0.0

    def add(self, clause: Clause) -> None:
        """Add what a clause says.

        Raises:
            PromptError: it contradicts itself, or a part of it fits nowhere.
        """
        if clause.plain:
            raise self._error(clause, f"the number {clause.plain[0].text!r} needs a unit: metres, steps, seconds, degrees")
        pace = self._pace(clause)
        only_how = not (clause.verbs or clause.ways or clause.amounts or clause.shapes)
        if only_how and self.actions:
            changes = any(word.text.startswith(("slows", "slowi", "slowed", "slower", "speed")) for word in clause.manners)
            changed = replace(self.actions[-1], pace=pace)
            self.actions[-1:] = [self.actions[-1], changed] if changes else [changed]
            return
        verb = self._main_verb(clause)
        rest = dict(clause.amounts)
        action = self._readers()[verb](clause, rest)
        action = replace(action, pace=pace, side=self._side(clause))
        times = rest.pop("times", 1.0)
        if rest:
            raise self._error(clause, f"an amount of {', '.join(sorted(rest))} does not fit")
        self._keep(action, times, clause)

    def _readers(self) -> dict[str, Callable[[Clause, dict[str, float]], Action]]:
        return {
            "stand": self._stand,
            "turn": self._turn,
            "step": self._step,
            "circle": self._circle,
            "march": self._march,
            "walk": self._walk,
            "run": self._walk,
        }

    def _keep(self, action: Action, times: float, clause: Clause) -> None:
        if action.verb in ("circle", "pace"):
            action = replace(action, times=action.times * times)
        elif action.verb == "turn" and action.turn is not None:
            action = replace(action, turn=action.turn * times)
        elif not (times == round(times) and 1 <= times <= _MOST):
            raise self._error(clause, f"{times:g} times: allowed are 1 to {_MOST}")
        repeats = 1 if action.verb in ("circle", "pace", "turn") else int(times)
        self.actions += [action] * repeats
        if action.verb == "turn":
            self._turned += action.turn if action.turn is not None else _TURN
        elif action.verb != "stand":
            self._turned = 0.0

    def _main_verb(self, clause: Clause) -> str:
        means = [verb.means for verb in clause.verbs]
        real = [verb for verb in means if verb not in _HELPERS]
        going = [verb for verb in real if verb in ("walk", "run", "jog", "sprint", "march")]
        if len(set(going)) > 1:
            raise self._error(clause, f"{' and '.join(sorted(set(going)))} at once")
        if "stop" in real or "stand" in real:
            if going:
                raise self._error(clause, "standing and going at once")
            return "stand"
        if "place" in clause.shapes and ("turn" not in real):
            return "march"
        if going:
            self._verb = going[0]
        if "circle" in real or ("around" in {way.means for way in clause.ways} and going and "turn" not in real):
            return "turn" if "turn" in real and not going else "circle"
        if "sidestep" in real or ("step" in real and not going) or ("take" in means and "steps" in clause.amounts):
            return "step"
        if "steps" in clause.amounts and not real and (not self._verb or "go" not in means):
            return "step"
        if ("turn" in real or "face" in real or "uturn" in clause.shapes) and not going and "veer" not in real:
            self._verb = self._verb or "turn"
            return "turn"
        if going or set(real) & {"veer", "retreat"} or "go" in means or "start" in means:
            return self._going(clause)
        if not self.actions:
            return self._going(clause) if clause.ways or clause.amounts else self._nothing(clause)
        return self._as_before(clause)

    def _going(self, clause: Clause) -> str:
        words = {verb.text.rstrip("s").removesuffix("ing") for verb in clause.verbs}
        if not self._verb or self._verb == "turn" or not (words & {"continue", "continu", "keep", "start", "begin"}):
            named = [verb.means for verb in clause.verbs if verb.means in ("run", "jog", "sprint", "march", "walk")]
            self._verb = named[0] if named else "walk"
        if self._verb == "march":
            return "walk" if clause.ways or clause.amounts.keys() - {"time", "steps"} else "march"
        return "run" if self._verb in ("run", "jog", "sprint") else "walk"

    def _as_before(self, clause: Clause) -> str:
        last = self.actions[-1].verb
        if last in ("stand", "pace", "circle"):
            last = "turn" if clause.amounts.keys() & {"angle", "turns"} else "walk"
        return last

    def _nothing(self, clause: Clause) -> str:
        raise self._error(clause, "it names nothing to do")

    def _stand(self, clause: Clause, rest: dict[str, float]) -> Action:
        if any(way.means not in ("back",) for way in clause.ways):
            raise self._error(clause, f"{clause.ways[0].text!r} does not fit standing")
        return Action("stand", duration=rest.pop("time", None))

    def _turn(self, clause: Clause, rest: dict[str, float]) -> Action:
        side = self._side(clause)
        angle = self._angle(clause, rest)
        spins = any(verb.text.startswith("sp") for verb in clause.verbs)
        if angle is None:
            if "uturn" in clause.shapes or clause.has("back", "opposite"):
                angle = math.pi
            elif clause.has("around"):
                angle = 2 * math.pi if spins or any(verb.means == "circle" for verb in clause.verbs) else math.pi
            elif spins or "all" in clause.shapes or any(verb.means == "circle" for verb in clause.verbs):
                angle = 2 * math.pi
            else:
                angle = self._bent(clause, _TURN)
        rest.pop("time", None)
        return Action("turn", way=side, turn=angle * _SIGN.get(side, 1.0))

    def _step(self, clause: Clause, rest: dict[str, float]) -> Action:
        way = self._way(clause)
        lateral = any(verb.means == "sidestep" for verb in clause.verbs) or clause.has("sideways")
        side = self._side(clause)
        if lateral and not side:
            side = "right"
        count = rest.pop("steps", None)
        size = self._size(clause)
        distance, duration = rest.pop("length", None), rest.pop("time", None)
        if side or distance or duration:
            way = side or way
        if count is not None and (count != round(count) or not 1 <= count <= 200):
            raise self._error(clause, f"{count:g} steps: allowed are 1 to 200")
        steps = int(count) if count is not None else (None if distance or duration else (2 if lateral else 1))
        return Action("step", way=way or "forward", steps=steps, distance=distance, duration=duration, size=size,
                      lateral=bool(side))  # fmt: skip

    def _circle(self, clause: Clause, rest: dict[str, float]) -> Action:
        side = self._side(clause)
        turns = rest.pop("turns", 1.0)
        angle = rest.pop("angle", None)
        if angle is not None:
            turns = angle / (2 * math.pi)
        length = rest.pop("length", None)
        rest.pop("time", None)
        running = self._verb in ("run", "jog", "sprint")
        self._verb = self._verb or "walk"
        return Action("circle", way=side, times=turns, distance=length, speed=rest.pop("speed", None),
                      size=self._size(clause), gait="run" if running else "")  # fmt: skip

    def _march(self, clause: Clause, rest: dict[str, float]) -> Action:
        if any(way.means in ("left", "right", "forward", "backward") for way in clause.ways):
            raise self._error(clause, f"{clause.ways[0].text!r} and in place at once")
        count = rest.pop("steps", None)
        self._verb = self._verb or "march"
        return Action("march", steps=None if count is None else int(count), duration=rest.pop("time", None))

    def _walk(self, clause: Clause, rest: dict[str, float]) -> Action:
        way, side = self._way(clause), self._side(clause)
        if any(verb.means == "retreat" for verb in clause.verbs):
            if way == "forward":
                raise self._error(clause, "forward and backward at once")
            way = "backward"
        amounts = {"distance": rest.pop("length", None), "duration": rest.pop("time", None)}
        steps = rest.pop("steps", None)
        if sum(value is not None for value in (*amounts.values(), steps)) > 1:
            raise self._error(clause, "at most one of a distance, a time and a number of steps can be asked for")
        if not any(amounts.values()) and steps is None:
            amounts["distance"] = _SHORT if "short" in clause.shapes else _LONG if "long" in clause.shapes else None
        verb = "run" if self._verb in ("run", "jog", "sprint") else "walk"
        action = Action(
            verb, way=way or "forward", gait=self._verb if verb == "run" else "", speed=rest.pop("speed", None),
            steps=None if steps is None else int(steps), size=self._size(clause), **amounts,
        )  # fmt: skip
        if clause.has("forth"):
            return replace(action, verb="pace", gait=verb, way="forward")
        if clause.has("opposite"):
            self._keep(Action("turn", turn=math.pi), 1.0, clause)
            return replace(action, way="forward")
        if clause.has("diagonal"):
            return replace(action, lateral=True, turn=_SIGN.get(side or "right", 1.0) * math.pi / 4)
        lateral = clause.has("sideways") or (steps is not None and bool(side) and not self._turns(clause))
        if lateral:
            return replace(action, way=side or "right", lateral=True)
        angle = self._angle(clause, rest)
        if side or angle is not None or self._turns(clause):
            default = _CURVE if any(verb.means == "veer" for verb in clause.verbs) else _CORNER
            if way == "forward":
                default = math.pi / 4
            if clause.has("around"):
                default = math.pi
            bend = angle if angle is not None else self._bent(clause, default)
            return replace(action, turn=bend * _SIGN.get(side, 1.0), way=action.way)
        return action

    def _turns(self, clause: Clause) -> bool:
        return any(verb.means in ("turn", "veer") for verb in clause.verbs)

    def _way(self, clause: Clause) -> str:
        ahead = clause.has("forward")
        behind = clause.has("backward")
        if clause.has("back"):
            returning = any(verb.text.startswith(("return", "come", "came")) for verb in clause.verbs)
            turned = 150 <= math.degrees(abs(self._turned)) % 360 <= 210
            if returning and not turned and self.actions:
                self._keep(Action("turn", turn=math.pi), 1.0, clause)
                turned = True
            ahead, behind = ahead or turned, behind or not turned
        elif any(verb.text.startswith("return") for verb in clause.verbs) and self.actions:
            if not 150 <= math.degrees(abs(self._turned)) % 360 <= 210:
                self._keep(Action("turn", turn=math.pi), 1.0, clause)
            ahead = True
        if ahead and behind:
            raise self._error(clause, "forward and backward at once")
        return "forward" if ahead else "backward" if behind else ""

    def _side(self, clause: Clause) -> str:
        sides = {_SIDE[way.means] for way in clause.ways if way.means in _SIDE}
        if len(sides) > 1:
            raise self._error(clause, "left and right at once")
        return next(iter(sides), "")

    def _angle(self, clause: Clause, rest: dict[str, float]) -> float | None:
        angle, turns = rest.pop("angle", None), rest.pop("turns", None)
        if angle is not None and turns is not None:
            raise self._error(clause, "an angle and a number of turns")
        return angle if angle is not None else None if turns is None else 2 * math.pi * turns

    def _bent(self, clause: Clause, usual: float) -> float:
        return _SLIGHT if any(word.means == "slightly" for word in clause.manners) else usual

    def _size(self, clause: Clause) -> int:
        if {"wide", "tight"} <= clause.shapes:
            raise self._error(clause, "large and small at once")
        return 1 if "wide" in clause.shapes else -1 if "tight" in clause.shapes else 0

    def _pace(self, clause: Clause) -> int:
        manners = {word.means for word in clause.manners}
        slow, fast = "slow" in manners, bool({"fast", "brisk"} & manners)
        if slow and fast:
            raise self._error(clause, "slow and fast at once")
        if any(verb.text.startswith(("dash", "rush", "race")) for verb in clause.verbs):
            fast = True
        return (2 if "very" in manners else 1) * (fast - slow)

    def _error(self, clause: Clause, why: str) -> PromptError:
        return PromptError(f"the prompt {self.prompt!r}: {clause.text!r}: {why}")
