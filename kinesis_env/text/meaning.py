"""The meaning of the clauses of a prompt, in order; a clause may depend on earlier ones."""

from __future__ import annotations

import math
from dataclasses import replace

from kinesis_env.errors import PromptError
from kinesis_env.text.action import GAITS, Action
from kinesis_env.text.clauses import clauses_of
from kinesis_env.text.grammar import GOING, Clause
from kinesis_env.text.reading import MOST_TIMES, MOST_TURNS, direction_of, sides_of
from kinesis_env.text.shapes import FigureReader
from kinesis_env.text.words import can_do

__all__ = ["understand"]

#: Turn angle if none is given [rad].
_TURN, _CURVE, _DIAGONAL, _SLIGHT = math.pi / 2, math.pi / 3, math.pi / 4, math.radians(35)


def understand(prompt: str) -> tuple[Action, ...]:
    """Return the actions that a prompt asks for, in order.

    Raises:
        PromptError: a word is unknown, asks for something the body cannot do or fits nowhere, or the words contradict
            each other; the message says which, and what can be said.
    """
    meaning = _Meaning(prompt)
    for clause in clauses_of(prompt):
        meaning.add(clause)
    if not meaning.actions:
        raise PromptError(f"the prompt {prompt!r} names nothing to do; {can_do()}")
    if len(meaning.actions) > 4 * MOST_TIMES:
        raise PromptError(
            f"the prompt {prompt!r} has {len(meaning.actions)} actions; at most {4 * MOST_TIMES} are allowed"
        )
    return tuple(meaning.actions)


class _Meaning(FigureReader):
    """Collects actions."""

    def add(self, clause: Clause) -> None:
        """Add the actions of a clause.

        Raises:
            PromptError: the clause contradicts itself, or part of it fits nowhere.
        """
        said = clause.text
        if clause.plain:
            number = clause.plain[0].text
            raise self._error(said, f"the number {number!r} needs a unit: meters, steps, seconds, degrees, times")
        if not clause.said:
            self._how_only(clause, said)
            return
        foot = clause.take("leftfoot", "rightfoot").removesuffix("foot")
        all_of_it = any(word.text in ("this", "that", "it", "these") for word in clause.words)
        if clause.said <= {"repeat", "times"} or (clause.said == {"take", "times"} and all_of_it):
            self._again(clause, said)
            return
        if clause.has("repeat"):
            raise self._error(said, "'repeat' must stand alone, after the actions to repeat")
        if clause.said == {"take"}:
            raise self._error(said, "it does not say what to take or to do")
        clause.take("normal"), clause.take("rather"), clause.take("sudden")
        if clause.manners & {"faster", "slower"}:
            clause.take("gradual")
        both = self._both(clause)
        self._check_together(clause, said)
        self._read_gait(clause, said)
        pace = self._read_pace(clause, said)
        before = len(self.actions)
        new = self._read(clause, pace, said)
        times = clause.amount("times")
        if times is not None:
            new = self._repeated(new, times, said)
        if both is not None:
            new = self._repeated([self.actions.pop(), *new], both, said)
        if foot and new:
            if before or new[0].verb not in ("go", "step", "march", "circle"):
                raise self._error(said, "only the first walk or step can have a first foot")
            new[0] = replace(new[0], foot=foot)
        if clause.ways or clause.manners or clause.shapes or clause.amounts:
            raise self._error(said, f"{clause.left_over()!r} does not fit here")
        for action in new:
            if action.gait != "walk" and math.cos(action.direction) < 0.5:
                raise self._error(said, "running is possible forward and in curves, not backward or sideways")
        self.actions += new
        self._last_times = times is not None or both is not None

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
        if has("return"):
            if not self.actions:
                raise self._error(said, "there is nothing yet to return from")
            return self._return(clause, pace)
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
            and (sides_of(clause) or clause.amounts)
            and not clause.amounts.keys() - {"angle", "turns"}
        ):
            return [self._turn(clause, pace, said)]  # "takes a left", "does a full rotation"
        if has("step", "sidestep") and not going:
            return [self._step(clause, pace, said)]
        if not (clause.verbs or clause.nouns):
            return self._as_before(clause, pace, said)
        if has("keep") and not clause.said - {"keep"} and not self.actions:
            raise self._error(said, "there is nothing to continue")
        return self._go(clause, pace, said)

    def _as_before(self, clause: Clause, pace: int, said: str) -> list[Action]:
        """Return the actions of a clause without a verb, which takes the verb of the previous one."""
        last = self.actions[-1] if self.actions else None
        if {"angle", "turns"} & clause.amounts.keys() or (
            last is not None and last.verb == "turn" and sides_of(clause)
        ):
            return [self._turn(clause, pace, said)]
        if last is not None and last.verb == "step" and not clause.amounts.keys() - {"steps", "times"}:
            return [self._step(clause, pace, said)]
        if last is not None and sides_of(clause) and clause.said == sides_of(clause):
            side = "left" if sides_of(clause) & {"left", "anticlockwise"} else "right"
            if last.verb == "circle" or (last.verb == "go" and last.bend == "curve"):
                return [replace(last, side=self._side(clause, said), pace=pace or last.pace)]
            if last.verb == "go" and abs(math.sin(last.direction)) > 0.99:
                self._side(clause, said)
                direction = math.copysign(math.pi / 2, 1 if side == "left" else -1)
                return [replace(last, direction=direction, side=side, pace=pace or last.pace)]
        if last is not None and last.verb == "stand" and clause.amounts.keys() == {"time"}:
            return self._stand(clause, pace, said)
        return self._go(clause, pace, said)

    def _how_only(self, clause: Clause, said: str) -> None:
        """Apply a clause that gives only a manner, to the last action or ("then faster") to what follows."""
        if not self.actions:
            raise self._error(said, "it names nothing to do")
        last = self.actions[-1]
        later = clause.joint == "then" or clause.manners & {"faster", "slower"}
        pace = self._read_pace(clause, said)
        clause.take("normal"), clause.take("gradual"), clause.take("rather"), clause.take("sudden")
        if clause.manners:
            raise self._error(said, f"{clause.left_over()!r} does not fit here")
        changed = replace(last, pace=pace)
        self.actions[-1:] = [last, changed] if later else [changed]

    def _read_gait(self, clause: Clause, said: str) -> None:
        gaits = {GAITS[verb] for verb in (*clause.verbs, *clause.nouns) if verb in GAITS}
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
        own = max((GAITS[verb][1] for verb in clause.verbs if verb in GAITS), key=abs, default=0)
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

    def _return(self, clause: Clause, pace: int) -> list[Action]:
        clause.take("back"), clause.take("around"), clause.take("straight")
        clause.take("forward")
        if not clause.take("backward"):
            return [Action("return", gait=self._gait, pace=pace, speed=clause.amount("speed"))]
        return [Action("go", direction=math.pi, pace=pace, back=True)]

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
        times = clause.amount("times")
        self._size(clause, said)
        if angle is None:
            exact = around or whole or circle or opposite or half or clause.has("spin")
            if opposite or half or (around and not (whole or circle or clause.has("spin"))):
                angle = math.pi
            elif side and times is None and not (around or whole or circle) and clause.words_begin("rotat"):
                angle, exact = _TURN, False  # "rotates to the left"
            elif whole or circle or clause.has("spin"):
                angle = 2 * math.pi
            else:
                angle = _SLIGHT if slight else _TURN
        if clause.has("face") and not (side or opposite or exact):
            raise self._error(said, "it does not say which way to face")
        turn = Action("turn", turn=angle, side=side, pace=pace, exact=exact, duration=clause.amount("time"))
        if times is not None:
            turn = replace(turn, turn=turn.turn * times)
        if turn.turn > 2 * math.pi * MOST_TURNS:
            raise self._error(said, f"at most {MOST_TURNS} turns are allowed")
        return turn

    def _step(self, clause: Clause, pace: int, said: str) -> Action:
        aside = bool(clause.take("sideways")) or clause.has("sidestep")
        diagonal = bool(clause.take("diagonal"))
        side = self._side(clause, said)
        ahead = self._ahead(clause, said)
        if clause.take("back") and not (side and self.actions and math.sin(self.actions[-1].direction)):
            # After turning around, steps back are taken facing their direction.
            ahead = ahead or ("forward" if self._turned() else "backward")
        clause.take("straight"), clause.take("slightly")
        steps, length, time = self._count(clause, said), clause.amount("length"), clause.amount("time")
        direction = direction_of(ahead, side, diagonal=diagonal, aside=aside)
        open_side = (aside or diagonal) and not side
        size = self._size(clause, said)
        if clause.has("turn", "spin", "veer"):
            raise self._error(said, "stepping and turning at once; say 'walk while turning', or one after the other")
        if steps is None and length is None and time is None:
            steps = 1
        self._one_amount(said, length, time, steps)
        return Action("step", direction=direction, side="" if open_side else side, pace=pace, steps=steps,
                      distance=length, duration=time, size=size)  # fmt: skip

    def _go(self, clause: Clause, pace: int, said: str) -> list[Action]:
        if clause.has("face"):
            raise self._error(said, "facing one way and going another")
        if clause.take("opposite") and not self._turned():
            self.actions.append(Action("turn", turn=math.pi, exact=True))
        turning = clause.has("turn", "veer", "spin") or bool(clause.take("curved"))
        if turning or sides_of(clause) or clause.amounts.keys() & {"angle", "turns"}:
            turning = bool(clause.take("gradual")) or turning
        aside = bool(clause.take("sideways")) or clause.has("sidestep")
        if "step" in clause.verbs and sides_of(clause) and not turning:
            aside = True  # "walk, stepping to the left"
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
            raise self._error(said, "'large' or 'small' does not fit here")
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
            return [replace(action, direction=direction_of(ahead, ""), turn=turn, side=side, bend=bend,
                                    exact=exact or around)]  # fmt: skip
        steps_aside = action.steps is not None and bool(side) and not ahead and self._gait == "walk"
        if (
            aside
            or steps_aside
            or (diagonal and ahead != "forward" and self._gait == "walk")
            or (ahead == "backward" and side)
        ):
            direction = direction_of(ahead, side, diagonal=diagonal, aside=aside or steps_aside)
            return [replace(action, direction=direction, side="" if (aside or diagonal) and not side else side)]
        if side or diagonal:
            turn = _SLIGHT if slight else _DIAGONAL if ahead == "forward" or diagonal else _TURN
            return [replace(action, turn=turn, side=side, bend="corner")]
        if slight:
            raise self._error(said, "'slightly' does not fit here")
        return [replace(action, direction=direction_of(ahead, ""))]

    def _coming_back(self, clause: Clause, ahead: str) -> tuple[str, bool]:
        """Return which way the body faces to come back, and whether it retraces its path."""
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
