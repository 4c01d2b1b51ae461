"""From the words of a prompt to clauses: what is said about one thing that the body does.

A prompt is cut at commas, "and", "then" and their kin, and before every further verb. What is said to happen at once
("while", "walks turning left") is one clause. A clause hands out what it says piece by piece; what nobody has taken in
the end fits nowhere, and is an error rather than left out in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kinesis_env.errors import PromptError
from kinesis_env.motions.text.words import Word, can_do, read_words

__all__ = ["GOING", "Clause", "clauses_of"]

#: Verbs that move the body from place to place.
GOING = ("walk", "stroll", "run", "dash", "jog", "sprint", "march", "go", "keep", "come", "retreat", "pacing")
#: Verbs that only carry another one: "starts walking", "takes a step", "keeps going".
_CARRIERS = ("start", "take", "keep", "go")
#: Words that are nouns after a number, an article or another verb.
_NOUNS = ("step", "turn", "circle", "spin", "veer", "sidestep", "zigzag", "walk", "run", "jog", "stroll", "march",
          "sprint", "stop", "dash", "pacing", "stand")  # fmt: skip
_ARTICLES = ("a", "an", "one", "another", "single", "full")
#: What some words were before they were read as one.
_SPELT = {"standup": "stand up", "plushalf": "and a half", "sidetoside": "side to side", "figureeight": "figure eight"}
#: What is said before it is said what the body does.
_BEFOREHAND = {"start", "leftfoot", "rightfoot"}
#: Between a number and its noun.
_BETWEEN = ("more", "of", "other", "further")
#: Angles that people say without their unit.
_PLAIN_ANGLES = (30, 45, 60, 90, 120, 135, 180, 270, 360, 540, 720)


@dataclass
class Clause:
    """What is said about one thing the body does.

    Attributes:
        words: all of them.
        joint: what stands before it: "start", "and", "comma", "then", "while" or "after".
        verbs: what their verbs mean.
        nouns: what the verbs mean that stand as nouns.
        ways: where to.
        manners: how.
        shapes: along what, and of what size.
        amounts: how much: "length" [m], "time" [s], "angle" [rad], "turns", "steps", "times", "speed" [m/s].
        plain: numbers without a unit.
    """

    words: list[Word]
    joint: str = "start"
    verbs: list[str] = field(default_factory=list)
    nouns: list[str] = field(default_factory=list)
    ways: set[str] = field(default_factory=set)
    manners: set[str] = field(default_factory=set)
    shapes: set[str] = field(default_factory=set)
    amounts: dict[str, float] = field(default_factory=dict)
    plain: list[Word] = field(default_factory=list)

    def __post_init__(self) -> None:
        _Sorter(self).run()

    @property
    def text(self) -> str:
        """The clause as it was read."""
        text = " ".join(word.text for word in self.words)
        for read, spelt in _SPELT.items():
            text = text.replace(read, spelt)
        return text

    @property
    def ing(self) -> bool:
        """Whether its first verb is an -ing form."""
        return next((word.ing for word in self.words if word.kind == "verb"), False)

    @property
    def said(self) -> set[str]:
        """Everything that counts as something to do or where to."""
        return {*self.verbs, *self.nouns, *self.ways, *self.shapes, *self.amounts}

    @property
    def empty(self) -> bool:
        """Whether nothing in it means anything."""
        return not (self.said or self.manners or self.plain)

    def has(self, *wanted: str) -> bool:
        """Whether a verb or a noun means one of these."""
        return any(value in wanted for value in (*self.verbs, *self.nouns))

    def take(self, *wanted: str) -> str:
        """Take one of some ways, manners or shapes out, and return it; "" if none is there."""
        for name in wanted:
            for kind in (self.ways, self.manners, self.shapes):
                if name in kind:
                    kind.remove(name)
                    return name
        return ""

    def amount(self, name: str) -> float | None:
        """Take an amount out."""
        return self.amounts.pop(name, None)

    def left_over(self) -> str:
        """Return the words that nobody has taken."""
        left = {*self.ways, *self.manners, *self.shapes, *self.amounts}
        texts = [word.text for word in self.words if word.means in left or (word.kind == "number" and self.amounts)]
        return " ".join([*texts, *(word.text for word in self.plain)]) or ", ".join(sorted(left))


def clauses_of(prompt: str) -> list[Clause]:
    """Return the clauses of a prompt in the order in which they happen.

    Raises:
        PromptError: words that are not known, or that ask for what this body cannot do, all of them at once.
    """
    words = read_words(prompt)
    cannot = list(dict.fromkeys(_SPELT.get(word.text, word.text) for word in words if word.kind == "cannot"))
    unknown = list(dict.fromkeys(word.text for word in words if word.kind == "unknown"))
    if cannot or unknown:
        said = [f"asks for what this body cannot do: {', '.join(cannot)}"] if cannot else []
        said += [f"has words that are not understood: {', '.join(unknown)}"] if unknown else []
        raise PromptError(f"the prompt {prompt!r} {' and '.join(said)}; {can_do()}")
    return _ordered(_split(_cut(words)))


def _cut(words: Sequence[Word]) -> list[tuple[str, list[Word]]]:
    """Return the words between joints, with the joint before them; the stronger of several joints counts."""
    parts: list[tuple[str, list[Word]]] = []
    joint, current = "start", []
    for word in words:
        if word.kind != "joint":
            current.append(word)
            continue
        if not all(one.kind == "filler" or one.text in _ARTICLES for one in current):
            parts.append((joint, current))
            joint = "comma"
        current = []
        if word.means in ("while", "after", "then", "before") or joint == "comma":
            joint = word.means
    if current:
        parts.append((joint, current))
    return parts


def _split(parts: list[tuple[str, list[Word]]]) -> list[Clause]:
    """Cut before each further verb; an -ing form happens at the same time, any other form after."""
    clauses: list[Clause] = []
    for joint, words in parts:
        pieces: list[tuple[str, list[Word]]] = [(joint, [])]
        carried = True
        for i, word in enumerate(words):
            if word.kind == "verb" and not _is_noun(words, i):
                if not carried:
                    stopping = any(one.means == "stop" for one in pieces[-1][1])
                    turned = word.means == "face" and any(one.means in ("turn", "spin") for one in pieces[-1][1])
                    if not (word.ing and stopping) and not turned:
                        pieces.append(("while" if word.ing else "then", []))
                    elif not turned:
                        continue
                carried = word.means in _CARRIERS and i + 1 < len(words)
            pieces[-1][1].append(word)
        clauses += [Clause(piece, kind) for kind, piece in pieces]
    return [clause for clause in clauses if not clause.empty]


def _ordered(clauses: list[Clause]) -> list[Clause]:
    """Return clauses in the order in which they happen, those at the same time as one."""
    done: list[Clause] = []
    late: Clause | None = None
    for i, clause in enumerate(clauses):
        last = done[-1] if done else None
        if clause.joint == "after" and last is not None:
            # "walk, stop after 3 seconds": an amount of what came before.
            amount_only = clause.said == set(clause.amounts) and len(done) > 1 and not done[-2].amounts
            if amount_only:
                done[-2] = Clause([*done[-2].words, *clause.words], done[-2].joint)
            else:
                done.insert(len(done) - 1, clause)
        elif clause.joint == "before" and i == 0 and len(clauses) > 1:
            late = clause
        elif clause.joint == "while" and i == 0 and len(clauses) > 1:
            clauses[1].joint = "while"
            done.append(clause)
        elif last is not None and (clause.joint == "while" or _at_once(last, clause)):
            done[-1] = Clause([*last.words, *clause.words], last.joint)
        elif last is not None and last.said <= _BEFOREHAND and not last.plain:
            # "Slowly, he walks", "start with the left foot and walk": how, before what.
            done[-1] = Clause([*last.words, *clause.words], last.joint)
        else:
            done.append(clause)
        if late is not None and i == 1:
            done.append(late)
            late = None
    return done


def _at_once(last: Clause, clause: Clause) -> bool:
    """Whether a clause only goes on about the last one."""
    if clause.joint in ("then", "after", "before"):
        return False
    if clause.verbs:
        # "walks forward, turning to the left"; but "walking, turning and stopping" is a list.
        bends = clause.ing and not last.ing and clause.has("turn", "veer")
        return bends and any(verb in GOING for verb in last.verbs) and clause.joint == "comma"
    if clause.nouns:
        return False
    if not clause.said:
        return not clause.plain and not clause.manners & {"faster", "slower"}
    if clause.said == {"times"}:
        return False  # of the last thing, or of all of it: see the meaning
    kinds_new = {*clause.amounts} & {*last.amounts}
    if clause.amounts and (kinds_new or "angle" in clause.amounts or not last.verbs):
        return False
    if not clause.ways:
        return True
    if not last.ways:
        return bool(last.verbs)
    sides = {"left", "right"}
    ahead = {"forward", "backward", "back"}
    aside = clause.ways <= sides and not last.ways & sides and bool(last.ways & ahead)
    return clause.joint == "and" and aside and bool(last.verbs) and not clause.amounts


def _is_noun(words: Sequence[Word], at: int) -> bool:
    """Whether a verb's word stands as a noun: "a left turn", "walks in circles", "two steps", "to a walk"."""
    word = words[at]
    if _sized(words, at):
        return True
    if word.means not in _NOUNS or (word.ing and word.means not in ("veer", "circle")):
        return False
    before = at - 1
    while before >= 0 and (
        words[before].kind in ("way", "manner", "shape") or words[before].means in ("angle", *_BETWEEN)
    ):
        before -= 1
    if before < 0:
        return False
    last = words[before]
    if last.kind == "number":
        # "a person turns" has no noun: the article belongs to the person, which stands between.
        return True
    described = before < at - 1 and words[at - 1].kind in ("shape", "manner") and word.text.endswith("s")
    if last.text in ("the", "his", "her", "their", "its", "of"):
        return True
    if last.text in ("in", "into", "with"):
        return True
    if last.kind == "verb" and (last.means == "take" or described):
        return last.means == "take" or word.means in ("step", "circle")
    return False


def _sized(words: Sequence[Word], at: int) -> bool:
    """Whether a length says how wide a circle is: "a 3 metre circle"."""
    measured = at >= 2 and words[at - 1].means == "length" and words[at - 2].kind == "number"
    return measured and words[at].means == "circle" and not words[at].ing


class _Sorter:
    """Puts the words of a clause where they belong."""

    def __init__(self, clause: Clause) -> None:
        self._clause = clause
        self._number: Word | None = None

    def run(self) -> None:
        clause = self._clause
        words = clause.words
        for i, word in enumerate(words):
            if word.kind == "number":
                if self._number is not None and self._number.value < 1 and word.text in _ARTICLES:
                    continue  # "a quarter of a turn"
                self._drop_number()
                self._number = word
            elif word.kind == "unit":
                self._measure(word)
            elif word.kind == "verb":
                self._verb(word, _is_noun(words, i))
                if _sized(words, i):
                    clause.shapes.add("diameter")
            elif word.kind == "way":
                clause.ways.add(word.means)
            elif word.kind == "manner":
                clause.manners.add(word.means)
            elif word.kind == "shape":
                self._shape(word)
        self._drop_number()

    def _verb(self, word: Word, noun: bool) -> None:
        clause, number = self._clause, self._number
        if not noun:
            self._drop_number()
            clause.verbs.append(word.means)
            return
        self._number = None
        clause.nouns.append(word.means)
        key = {
            "step": "steps",
            "sidestep": "steps",
            "turn": "turns",
            "circle": "turns",
            "zigzag": "times",
            "spin": "turns",
        }
        plural = word.text.endswith("s")
        if number is not None and word.means in key:
            plain = number.text in _ARTICLES
            if word.means in ("step", "sidestep"):
                self._add("steps", number.value)
            elif word.means == "turn" and number.text == "full":
                self._add("turns", 1.0)
            elif word.means == "turn" and clause.ways & {"left", "right"} and number.value >= 1 and not plain:
                self._add("times", number.value)
            elif not plain:
                self._add(key[word.means], number.value)
        elif plural and word.means == "step" and not any(verb in GOING for verb in clause.verbs):
            self._add("steps", 3.0)
        elif plural and word.means == "circle":
            self._add("turns", 2.0)

    def _shape(self, word: Word) -> None:
        number = self._number
        self._clause.shapes.add(word.means)
        if word.means in ("uturn", "semicircle", "eight", "square", "triangle", "rectangle") and number is not None:
            self._number = None
            if number.text not in _ARTICLES:
                self._add("times", number.value)

    def _measure(self, unit: Word) -> None:
        number, self._number = self._number, None
        if number is None:
            raise PromptError(f"{unit.text!r} in {self._clause.text!r} needs a number before it")
        if number.value <= 0:
            raise PromptError(f"{number.text} {unit.text} in {self._clause.text!r}: allowed is above zero")
        self._add(unit.means, number.value * unit.value)

    def _add(self, key: str, value: float) -> None:
        if key in self._clause.amounts:
            raise PromptError(f"{self._clause.text!r} names two amounts of the same kind ({key})")
        self._clause.amounts[key] = value

    def _drop_number(self) -> None:
        """A number that no unit has taken: an article, "twice", an angle without its unit, or one too many."""
        number, self._number = self._number, None
        if number is None:
            return
        clause = self._clause
        if number.text in ("once", "twice", "thrice"):
            self._add("times", number.value)
        elif number.value in _PLAIN_ANGLES and clause.has("turn", "spin", "take"):
            self._add("angle", number.value * 0.017453292519943295)
            clause.nouns += [] if clause.has("turn", "spin") else ["turn"]
        elif number.means == "half" and "around" in {word.means for word in clause.words}:
            self._add("turns", number.value)
        elif number.text not in _ARTICLES and number.means != "some":
            clause.plain.append(number)
