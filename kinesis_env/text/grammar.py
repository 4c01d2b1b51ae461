"""A clause: what the words of a prompt say about one action of the body.

The meaning of a clause is taken piece by piece; any piece left at the end fits nowhere, and is an error rather than
silently ignored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from kinesis_env.errors import PromptError
from kinesis_env.text.words import Word

__all__ = ["ARTICLES", "GOING", "SPELT", "Clause", "is_noun"]

#: Verbs that move the body from place to place.
GOING = ("walk", "stroll", "run", "dash", "jog", "sprint", "march", "go", "keep", "come", "retreat", "pacing")
#: Words that are nouns after a number, an article or another verb.
_NOUNS = ("step", "turn", "circle", "spin", "veer", "sidestep", "zigzag", "walk", "run", "jog", "stroll", "march",
          "sprint", "stop", "dash", "pacing", "stand")  # fmt: skip
ARTICLES = ("a", "an", "one", "another", "single", "full")
#: The original spelling of words that were joined into one.
SPELT = {"standup": "stand up", "plushalf": "and a half", "sidetoside": "side to side", "figureeight": "figure eight",
          "onefoot": "on one foot", "thehead": "head"}  # fmt: skip
#: Words between a number and its noun.
_BETWEEN = ("more", "of", "other", "further")
#: Angles that people give without a unit.
_PLAIN_ANGLES = (30, 45, 60, 90, 120, 135, 180, 270, 360, 540, 720)


@dataclass
class Clause:
    """What is said about one action of the body.

    Attributes:
        words: all words.
        joint: what precedes it: "start", "and", "comma", "then", "while" or "after".
        verbs: meanings of the verbs.
        nouns: meanings of verbs used as nouns.
        ways: directions.
        manners: manners.
        shapes: shapes of the path, and sizes.
        amounts: "length" [m], "time" [s], "angle" [rad], "turns", "steps", "times", "speed" [m/s].
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
        """The text of the clause."""
        text = " ".join(word.text for word in self.words)
        for read, spelt in SPELT.items():
            text = text.replace(read, spelt)
        return text

    @property
    def ing(self) -> bool:
        """Whether its first verb is an -ing form."""
        return next((word.ing for word in self.words if word.kind == "verb"), False)

    @property
    def said(self) -> set[str]:
        """Everything that counts as an action or a direction."""
        return {*self.verbs, *self.nouns, *self.ways, *self.shapes, *self.amounts}

    @property
    def empty(self) -> bool:
        """Whether the clause has no meaning."""
        return not (self.said or self.manners or self.plain)

    def has(self, *wanted: str) -> bool:
        """Whether a verb or a noun means one of these."""
        return any(value in wanted for value in (*self.verbs, *self.nouns))

    def take(self, *wanted: str) -> str:
        """Remove and return one of some ways, manners or shapes; "" if there is none."""
        for name in wanted:
            for kind in (self.ways, self.manners, self.shapes):
                if name in kind:
                    kind.remove(name)
                    return name
        return ""

    def words_begin(self, letters: str) -> bool:
        """Whether a word begins with some letters."""
        return any(word.text.startswith(letters) for word in self.words)

    def amount(self, name: str) -> float | None:
        """Remove and return an amount."""
        return self.amounts.pop(name, None)

    def left_over(self) -> str:
        """Return the words that have not been taken."""
        left = {*self.ways, *self.manners, *self.shapes, *self.amounts}
        texts = [word.text for word in self.words if word.means in left or (word.kind == "number" and self.amounts)]
        return " ".join([*texts, *(word.text for word in self.plain)]) or ", ".join(sorted(left))


def is_noun(words: Sequence[Word], at: int) -> bool:
    """Return whether a verb is used as a noun: "a left turn", "walks in circles", "two steps", "to a walk"."""
    word = words[at]
    if _sized(words, at):
        return True
    if word.means not in _NOUNS or (word.ing and word.means not in ("veer", "circle")):
        return False
    before = at - 1
    while before >= 0 and (
        words[before].kind in ("way", "manner", "shape")
        or words[before].means in ("angle", *_BETWEEN)
        or (word.means == "circle" and words[before].means == "length")
    ):
        before -= 1
    if before < 0:
        return False
    last = words[before]
    if last.kind == "number":
        # "a person turns" has no noun: the article belongs to the person, in between.
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
    """Return whether a length is the width of a circle: "a 3 metre circle"."""
    measured = at >= 2 and words[at - 1].means == "length" and words[at - 2].kind == "number"
    return measured and words[at].means == "circle" and not words[at].ing


class _Sorter:
    """Sorts the words of a clause by kind."""

    def __init__(self, clause: Clause) -> None:
        self._clause = clause
        self._number: Word | None = None
        self._circles = False

    def run(self) -> None:
        clause = self._clause
        words = clause.words
        for i, word in enumerate(words):
            if word.kind == "number":
                if self._number is not None and self._number.value < 1 and word.text in ARTICLES:
                    continue  # "a quarter of a turn"
                self._drop_number()
                self._number = word
            elif word.kind == "unit":
                self._measure(word, words[i - 2] if i > 1 else None)
            elif word.kind == "verb":
                self._verb(word, is_noun(words, i))
                if _sized(words, i):
                    clause.shapes.add("diameter")
            elif word.kind == "way":
                clause.ways.add(word.means)
            elif word.kind == "manner":
                clause.manners.add(word.means)
            elif word.kind == "shape":
                self._shape(word)
        self._drop_number()
        if self._circles and not {"turns", "times"} & clause.amounts.keys():
            self._add("turns", 2.0)  # "in circles"
        sided = clause.ways and clause.ways <= {"left", "right", "clockwise", "anticlockwise"}
        alone = sided and not (clause.verbs or clause.nouns) and len(clause.plain) == 1
        if alone and clause.plain[0].value in _PLAIN_ANGLES:
            self._add("angle", math.radians(clause.plain.pop().value))  # "forward 2 m, left 90"

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
            plain = number.text in ARTICLES
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
            self._circles = True

    def _shape(self, word: Word) -> None:
        number = self._number
        self._clause.shapes.add(word.means)
        if word.means in ("uturn", "semicircle", "eight", "square", "triangle", "rectangle") and number is not None:
            self._number = None
            if number.text not in ARTICLES:
                self._add("times", number.value)

    def _measure(self, unit: Word, before: Word | None) -> None:
        number, self._number = self._number, None
        if number is None:
            raise PromptError(f"{unit.text!r} in {self._clause.text!r} needs a number before it")
        if number.value <= 0:
            raise PromptError(f"{number.text} {unit.text} in {self._clause.text!r} must be above zero")
        if before is not None and before.kind == "unit" and before.means == unit.means and before.value > unit.value:
            self._clause.amounts[unit.means] += number.value * unit.value  # "5 feet 6 inches"
            return
        self._add(unit.means, number.value * unit.value)

    def _add(self, key: str, value: float) -> None:
        if key in self._clause.amounts:
            raise PromptError(f"{self._clause.text!r} names two amounts of the same kind ({key})")
        self._clause.amounts[key] = value

    def _drop_number(self) -> None:
        """Handle a number without a unit: an article, "twice", an angle without its unit, or one too many."""
        number, self._number = self._number, None
        if number is None:
            return
        clause = self._clause
        if number.text in ("once", "twice", "thrice"):
            self._add("times", number.value)
        elif number.value in _PLAIN_ANGLES and clause.has("turn", "spin", "take"):
            self._add("angle", math.radians(number.value))
            clause.nouns += [] if clause.has("turn", "spin") else ["turn"]
        elif (number.value in (0.25, 0.75) and clause.has("turn", "spin")) or (
            number.means == "half" and "around" in {word.means for word in clause.words}
        ):
            self._add("turns", number.value)
        elif number.text not in ARTICLES and number.means != "some":
            clause.plain.append(number)
