"""What the clauses of a prompt mean, one after the other; a clause may lean on those before it."""

from __future__ import annotations

import math
from dataclasses import replace

from kinesis_env.errors import PromptError
from kinesis_env.motions.text.action import Action
from kinesis_env.motions.text.grammar import GOING, Clause, clauses_of
from kinesis_env.motions.text.words import can_do

__all__ = ["understand"]

#: Gait and pace that a verb says by itself.
_GAITS = {
    "walk": ("walk", 0), "stroll": ("walk", -1), "run": ("run", 0), "dash": ("run", 1), "jog": ("jog", 0),
    "sprint": ("sprint", 0), "march": ("walk", 0), "pacing": ("walk", 0), "retreat": ("walk", 0),
}  # fmt: skip
#: How far a turn goes without a word about it [rad].
_TURN, _CURVE, _DIAGONAL, _SLIGHT = math.pi / 2, math.pi / 3, math.pi / 4, math.radians(35)
#: What "short" and "long" stand for [m], a brief and a short pause [s].
_SHORT, _LONG, _BRIEF = 1.5, 6.0, 0.7
#: How often something may be repeated, how many steps and turns there may be.
_MOST, _MOST_STEPS, _MOST_TURNS = 20, 200, 10
_SIDES = {"left": "left", "right": "right", "clockwise": "right", "anticlockwise": "left"}


def understand(prompt: str) -> tuple[Action, ...]:
    """Return what a prompt asks for, one action after the other.

    Raises:
        PromptError: a word is not known, asks for what the body cannot do or fits nowhere, or the words contradict each
            other; the message says which, and what can be said.
    """
    meaning = _Meaning(prompt)
    for clause in clauses_of(prompt):
        meaning.add(clause)
    if not meaning.actions:
        raise PromptError(f"the prompt {prompt!r} names nothing to do; {can_do()}")
    if len(meaning.actions) > 4 * _MOST:
        raise PromptError(f"the prompt {prompt!r} asks for {len(meaning.actions)} actions; allowed are {4 * _MOST}")
    return tuple(meaning.actions)


class _Meaning:
    """Collects actions."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.actions: list[Action] = []
        self._gait, self._pace = "walk", 0

    def add(self, clause: Clause) -> None:
        """Add what a clause says.

        Raises:
            PromptError: it contradicts itself, or a part of it fits nowhere.
        """
        said = clause.text
        if clause.plain:
            number = clause.plain[0].text
            raise self._error(said, f"the number {number!r} needs a unit: metres, steps, seconds, degrees, times")
        if not clause.said:
            self._how_only(clause, said)
            return
        foot = clause.take("leftfoot", "rightfoot").removesuffix("foot")
        clause.take("normal"), clause.take("rather"), clause.take("sudden")
        self._read_gait(clause, said)
        pace = self._read_pace(clause, said)
        before = len(self.actions)
        new = self._read(clause, pace, said)
        times = clause.amount("times")
        if times is not None:
            new = self._repeated(new, times, said)
        if foot and new:
            if before or new[0].verb not in ("go", "step", "march", "circle"):
                raise self._error(said, "which foot goes first can be said of the first walk or step only")
            new[0] = replace(new[0], foot=foot)
        if clause.ways or clause.manners or clause.shapes or clause.amounts:
            raise self._error(said, f"{clause.left_over()!r} does not fit")
        for action in new:
            if action.gait != "walk" and math.cos(action.direction) < 0.5:
                raise self._error(said, "running is possible forward and in curves, not backward or sideways")
        self.actions += new

    def _read(self, clause: Clause, pace: int, said: str) -> list[Action]:
        """Return the actions of a clause."""
        has, shapes = clause.has, clause.shapes
        going = any(verb in GOING for verb in (*clause.verbs, *clause.nouns))
        if has("stop") or (has("stand") and not has("turn", "spin", "step", "sidestep")):
            return self._stand(clause, pace, said)
        if has("quicken", "slacken"):
            return self._change(clause, said)
        if has("stand"):
            clause.take("still"), clause.take("place")
        if has("return") and self.actions:
            return self._return(clause, pace, said)
        if has("pacing") or ("forth" in clause.ways) or ("swaying" in clause.ways):
            return self._back_and_forth(clause, pace, said)
        if shapes & {"eight", "square", "triangle", "rectangle"} or has("zigzag"):
            return self._shape(clause, pace, said)
        if "place" in shapes and not has("turn", "spin", "circle", "face"):
            return self._march(clause, pace, said)
        turning = has("turn", "spin", "face") or "uturn" in shapes
        circling = (
            has("circle") or shapes & {"circular", "semicircle"} or ({"clockwise", "anticlockwise"} & clause.ways)
        )
        around = "around" in clause.ways
        if turning and not going and not has("veer", "step", "sidestep"):
            return [self._turn(clause, pace, said)]
        if has("march") and not (clause.ways or has("turn", "circle", "veer") or {*clause.amounts} - {"time", "steps"}):
            return self._march(clause, pace, said)
        if circling or (around and (going or not turning) and not has("turn", "step", "veer")):
            return [self._circle(clause, pace, said)]
        if (
            has("take")
            and not clause.nouns
            and not clause.verbs[1:]
            and _sides(clause)
            and not clause.amounts.keys() - {"angle"}
        ):
            return [self._turn(clause, pace, said)]  # "takes a left"
        if has("step", "sidestep") and not going:
            return [self._step(clause, pace, said)]
        if not (clause.verbs or clause.nouns):
            return self._as_before(clause, pace, said)
        if has("keep") and not clause.said - {"keep"} and not self.actions:
            raise self._error(said, "there is nothing to go on with")
        return self._go(clause, pace, said)

    def _as_before(self, clause: Clause, pace: int, said: str) -> list[Action]:
        """A clause without a verb takes that of the one before."""
        last = self.actions[-1] if self.actions else None
        if {"angle", "turns"} & clause.amounts.keys() or (last is not None and last.verb == "turn" and _sides(clause)):
            return [self._turn(clause, pace, said)]
        if last is not None and last.verb == "step" and not clause.amounts.keys() - {"steps"}:
            return [self._step(clause, pace, said)]
        if last is not None and last.verb == "stand" and clause.amounts.keys() == {"time"}:
            return self._stand(clause, pace, said)
        return self._go(clause, pace, said)

    def _how_only(self, clause: Clause, said: str) -> None:
        """A clause that says only how: of the last action, or "then faster", of what follows."""
        if not self.actions:
            raise self._error(said, "it names nothing to do")
        last = self.actions[-1]
        later = clause.joint == "then" or clause.manners & {"faster", "slower"}
        pace = self._read_pace(clause, said)
        clause.take("normal"), clause.take("gradual"), clause.take("rather"), clause.take("sudden")
        if clause.manners:
            raise self._error(said, f"{clause.left_over()!r} does not fit")
        changed = replace(last, pace=pace)
        self.actions[-1:] = [last, changed] if later else [changed]

    def _read_gait(self, clause: Clause, said: str) -> None:
        gaits = {_GAITS[verb] for verb in (*clause.verbs, *clause.nouns) if verb in _GAITS}
        if len({gait for gait, _ in gaits}) > 1:
            raise self._error(said, f"{' and '.join(sorted(gait for gait, _ in gaits))} at once")
        if gaits:
            self._gait, self._pace = next(iter(gaits))
        elif (
            not clause.has("keep", "go", "come", "return", "start", "quicken", "slacken", "veer", "circle")
            and clause.verbs
        ):
            if clause.has("step", "sidestep", "retreat"):
                self._gait, self._pace = "walk", 0
        elif clause.has("go", "start") and not self.actions:
            self._gait, self._pace = "walk", 0

    def _read_pace(self, clause: Clause, said: str) -> int:
        slow, fast = bool(clause.take("slow")), bool(clause.take("fast"))
        faster, slower = bool(clause.take("faster")), bool(clause.take("slower"))
        if (slow or slower) and (fast or faster):
            raise self._error(said, "slow and fast at once")
        own = max((_GAITS[verb][1] for verb in clause.verbs if verb in _GAITS), key=abs, default=0)
        if not (slow or fast or faster or slower):
            if clause.manners & {"very"} and own:
                clause.take("very")
                return 2 * own
            return own
        very = bool(clause.take("very"))
        clause.take("slightly")
        last = next((action.pace for action in reversed(self.actions) if action.verb in ("go", "circle")), 0)
        if faster or slower:
            return max(-2, min(2, last + (1 + very) * (faster - slower)))
        return (2 if very or (fast and own > 0) else 1) * (fast - slow)

    def _stand(self, clause: Clause, pace: int, said: str) -> list[Action]:
        clause.take("still"), clause.take("place"), clause.take("sharp"), clause.take("all"), clause.take("straight")
        duration = clause.amount("time")
        if clause.take("brief", "short"):
            duration = duration or _BRIEF
        if clause.take("long"):
            duration = duration or 4.0
        stand = Action("stand", duration=duration)
        gradual = bool(clause.take("gradual")) or pace < 0
        last = self.actions[-1] if self.actions else None
        if pace < 0 and not clause.has("stop"):
            raise self._error(said, "nobody stands slowly")
        if gradual and last is not None and last.verb == "go" and last.gait == "walk" and last.speed is None:
            slowing = replace(
                last, pace=max(-2, last.pace - 1), turn=0.0, distance=None, duration=1.5, steps=None, back=False
            )
            return [slowing, stand]
        return [stand]

    def _change(self, clause: Clause, said: str) -> list[Action]:
        """Speed up and slow down."""
        last = next((action for action in reversed(self.actions) if action.verb in ("go", "circle", "march")), None)
        if last is None:
            last = Action("go", gait=self._gait)
            self.actions.append(last)
        clause.take("gradual"), clause.take("slightly"), clause.take("sharp")
        named = [noun for noun in clause.nouns if noun in _GAITS]
        change = 1 if clause.has("quicken") else -1
        pace = 0 if named else max(-2, min(2, last.pace + change))
        gait = self._gait if named else last.gait
        amounts = self._how_far(clause, said)
        return [Action("go", gait=gait, direction=last.direction if gait == "walk" else 0.0, pace=pace, **amounts)]

    def _return(self, clause: Clause, pace: int, said: str) -> list[Action]:
        clause.take("back"), clause.take("around"), clause.take("straight")
        clause.take("forward")
        if not clause.take("backward"):
            return [Action("return", gait=self._gait, pace=pace, speed=clause.amount("speed"))]
        return [Action("go", direction=math.pi, pace=pace, back=True)]

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
                amounts = {**amounts, "steps": amounts.get("steps") or 1}
            there = Action(verb, direction=first, pace=pace, **amounts)
            return [there, replace(there, direction=-first, back=True)]
        if clause.has("step", "sidestep"):
            amounts = {**amounts, "steps": amounts.get("steps") or 1}
            there = Action("step", pace=pace, **amounts)
            return [there, replace(there, direction=math.pi)]
        there = Action("go", gait=self._gait, pace=pace, speed=clause.amount("speed"), **amounts)
        around = Action("turn", turn=math.pi, side=side, exact=True)
        return [there, around, replace(there, back=True, distance=None, duration=None, steps=None)]

    def _shape(self, clause: Clause, pace: int, said: str) -> list[Action]:
        """Figures of eight, zigzags and things with corners."""
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

    def _turn(self, clause: Clause, pace: int, said: str) -> Action:
        side = self._side(clause, said)
        clause.take("place"), clause.take("sharp"), clause.take("still")
        if clause.take("gradual"):
            pace = min(pace, -1)
        angle, exact = self._angle(clause, said)
        around, whole = bool(clause.take("around")), bool(clause.take("all"))
        circle = bool(clause.take("circular")) or clause.has("circle")
        opposite = bool(clause.take("uturn", "opposite", "back", "backward"))
        half = bool(clause.take("semicircle"))
        slight = bool(clause.take("slightly"))
        self._size(clause, said)
        if angle is None:
            exact = around or whole or circle or opposite or half or clause.has("spin")
            if opposite or half or (around and not (whole or circle or clause.has("spin"))):
                angle = math.pi
            elif whole or circle or clause.has("spin"):
                angle = 2 * math.pi
            else:
                angle = _SLIGHT if slight else _TURN
        if clause.has("face") and not (side or opposite or exact):
            raise self._error(said, "it does not say which way to face")
        turn = Action("turn", turn=angle, side=side, pace=pace, exact=exact, duration=clause.amount("time"))
        times = clause.amount("times")
        if times is not None:
            turn = replace(turn, turn=turn.turn * times)
        if turn.turn > 2 * math.pi * _MOST_TURNS:
            raise self._error(said, f"at most {_MOST_TURNS} turns are allowed")
        return turn

    def _step(self, clause: Clause, pace: int, said: str) -> Action:
        aside = clause.has("sidestep") or bool(clause.take("sideways"))
        diagonal = bool(clause.take("diagonal"))
        side = self._side(clause, said)
        ahead = self._ahead(clause, said)
        clause.take("straight"), clause.take("slightly")
        steps, length, time = self._count(clause, said), clause.amount("length"), clause.amount("time")
        direction = _direction(ahead, side, diagonal=diagonal, aside=aside)
        open_side = (aside or diagonal) and not side
        size = self._size(clause, said)
        if clause.has("turn", "spin", "veer"):
            raise self._error(said, "stepping and turning at once; say 'walk while turning', or one after the other")
        if steps is None and length is None and time is None:
            steps = 1
        self._one_amount(said, length, time, steps)
        return Action("step", direction=direction, side="" if open_side else side, pace=pace, steps=steps, distance=length,
                      duration=time, size=size)  # fmt: skip

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
        if turns > _MOST_TURNS:
            raise self._error(said, f"{turns:g} circles; at most {_MOST_TURNS} are allowed")
        return Action(
            "circle", gait=self._gait, direction=math.pi if backward else 0.0, side=side, pace=pace, turns=turns,
            distance=length, duration=time, steps=steps, radius=radius, size=self._size(clause, said),
            speed=clause.amount("speed"), exact=True,
        )  # fmt: skip

    def _go(self, clause: Clause, pace: int, said: str) -> list[Action]:
        for verb, why in (
            ("face", "facing one way and going another"),
            ("return", "there is nothing yet to return from"),
        ):
            if clause.has(verb):
                raise self._error(said, why)
        first: list[Action] = []
        opposite = bool(clause.take("opposite"))
        if opposite:
            first.append(Action("turn", turn=math.pi, exact=True))
        turning = clause.has("turn", "veer", "spin") or bool(clause.take("curved", "gradual"))
        aside = bool(clause.take("sideways")) or clause.has("sidestep")
        diagonal = bool(clause.take("diagonal"))
        side = self._side(clause, said)
        ahead = self._ahead(clause, said)
        straight, slight = bool(clause.take("straight")), bool(clause.take("slightly"))
        around = bool(clause.take("around", "uturn", "all"))
        sharp = bool(turning or side or clause.amounts.keys() & {"angle", "turns"}) and bool(clause.take("sharp"))
        back = False
        if clause.take("back") or (clause.has("come") and not ahead and self.actions):
            ahead, back = self._coming_back(clause, ahead)
        angle, exact = self._angle(clause, said)
        amounts = self._how_far(clause, said)
        action = Action(
            "go",
            gait=self._gait,
            pace=pace,
            speed=clause.amount("speed"),
            back=back and not any(amounts.values()),
            **amounts,
        )
        size = self._size(clause, said)
        if size and clause.has("step"):
            action = replace(action, pace=max(-2, min(2, pace + size)))  # large steps are fast ones
        elif size and turning:
            action = replace(action, size=size)
        elif size:
            raise self._error(said, "'large' or 'small' does not fit")
        if clause.has("retreat") and not ahead:
            ahead = "backward"
        if turning or angle is not None or around:
            if straight and not (ahead or side):
                raise self._error(said, "straight and turning at once")
            usual = math.pi if around else _SLIGHT if slight else _CURVE if clause.has("veer") else _TURN
            turn = angle if angle is not None else usual
            bend = "corner" if sharp or (not turning and not around) else "curve"
            if aside or diagonal:
                raise self._error(said, "sideways and turning at once")
            return [*first, replace(action, direction=_direction(ahead, ""), turn=turn, side=side, bend=bend,
                                    exact=exact or around)]  # fmt: skip
        steps_aside = action.steps is not None and bool(side) and not ahead and self._gait == "walk"
        if (
            aside
            or steps_aside
            or (diagonal and not ahead == "forward" and self._gait == "walk")
            or (ahead == "backward" and side)
        ):
            direction = _direction(ahead, side, diagonal=diagonal, aside=aside or steps_aside)
            return [*first, replace(action, direction=direction, side="" if (aside or diagonal) and not side else side)]
        if side or diagonal:
            turn = _SLIGHT if slight else _DIAGONAL if ahead == "forward" or diagonal else _TURN
            return [*first, replace(action, turn=turn, side=side, bend="corner")]
        if slight:
            raise self._error(said, "'slightly' does not fit")
        return [*first, replace(action, direction=_direction(ahead, ""))]

    def _coming_back(self, clause: Clause, ahead: str) -> tuple[str, bool]:
        """Return which way the body faces to come back, and whether it covers what it has covered before."""
        at = next((i for i in reversed(range(len(self.actions))) if self.actions[i].verb != "stand"), -1)
        last = self.actions[at] if at >= 0 else None
        if last is not None and last.verb == "turn" and not last.exact and last.turn == _TURN and ahead != "backward":
            last = self.actions[at] = replace(last, turn=math.pi, exact=True)  # "turns and walks back"
        gone = any(action.verb in ("go", "step") for action in self.actions)
        turned = last is not None and last.verb in ("turn", "go") and abs(last.turn - math.pi) < 0.2
        if ahead == "backward":
            return ahead, gone
        if turned:
            return "forward", gone
        if clause.has("come") and gone:
            self.actions.append(Action("turn", turn=math.pi, exact=True))
            return "forward", True
        straight = last is not None and last.verb == "go" and not last.turn and not last.direction
        return "backward", gone and straight

    def _repeated(self, actions: list[Action], times: float, said: str) -> list[Action]:
        if not (times == round(times) and 1 <= times <= _MOST):
            raise self._error(said, f"{times:g} times: allowed are 1 to {_MOST}")
        if len(actions) == 1 and actions[0].verb == "step" and actions[0].steps == 1:
            return [replace(actions[0], steps=round(times))]
        if len(actions) == 3 and actions[1].verb == "turn" and actions[2].back:
            return [*actions, *[actions[1], actions[2]] * (2 * (round(times) - 1))]
        return actions * round(times)

    def _side(self, clause: Clause, said: str) -> str:
        named = set()
        while way := clause.take(*_SIDES):
            named.add(_SIDES[way])
        if len(named) > 1:
            raise self._error(said, "left and right at once")
        return next(iter(named), "")

    def _ahead(self, clause: Clause, said: str) -> str:
        forward, backward = bool(clause.take("forward")), bool(clause.take("backward"))
        if clause.has("retreat"):
            backward = True
        if not forward and not backward and clause.has("step", "sidestep") and clause.take("back"):
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
        if angle is not None and not math.radians(3) <= angle <= 2 * math.pi * _MOST_TURNS:
            raise self._error(said, f"{math.degrees(angle):g} degrees; allowed are 3 degrees to {_MOST_TURNS} turns")
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

    def _how_far(self, clause: Clause, said: str) -> dict[str, float | int | None]:
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


def _sides(clause: Clause) -> set[str]:
    return clause.ways & set(_SIDES)


def _direction(ahead: str, side: str, *, diagonal: bool = False, aside: bool = False) -> float:
    """Return the direction of travel relative to the body [rad]; an open side is the left."""
    sign = -1.0 if side == "right" else 1.0
    if aside and not ahead:
        return sign * math.pi / 2
    if side or diagonal or aside:
        along = {"backward": 3 * math.pi / 4, "forward": math.pi / 4}
        return sign * along.get(ahead, math.pi / 4 if diagonal else math.pi / 2)
    return math.pi if ahead == "backward" else 0.0
