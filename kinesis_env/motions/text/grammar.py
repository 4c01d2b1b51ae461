"""From the words of a prompt to what the body is to do, one action after the other.

A prompt is cut into clauses at commas, "and", "then" and their kin. Each has at most one verb; one without takes the verb
of the clause before. Nothing is left out in silence: a word that is not known, or that fits nowhere, is a
:class:`~kinesis_env.errors.PromptError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kinesis_env.errors import PromptError
from kinesis_env.motions.text.words import Word, known_words, read_words

__all__ = ["Action", "Clause", "understand"]


#: Verbs that are nouns after another verb: "walks in a circle".
_NOUNS = ("circle", "circles", "loop", "loops", "curve", "curves", "curved", "arc", "bend")


@dataclass(frozen=True)
class Action:
    """One thing that the body does.

    Attributes:
        verb: walk, run, march, stand, turn, step, circle or there and back ("pace").
        way: forward, backward, left, right or "".
        pace: -2 (very slow) to 2 (very fast).
        gait: jog or sprint, for a run.
        turn: by how much it turns [rad], left positive; None is up to the generator.
        distance: [m], or None.
        duration: [s], or None.
        steps: or None.
        times: how often, for circles and repeats.
        speed: [m/s], or None.
        size: of a circle or a curve: -1 tight, 0, 1 wide.
        lateral: whether the body keeps facing ahead while it goes to the side.
        side: "left" or "right" where the prompt names one; else a turn may go either way.
    """

    verb: str
    way: str = ""
    pace: int = 0
    gait: str = ""
    turn: float | None = 0.0
    distance: float | None = None
    duration: float | None = None
    steps: int | None = None
    times: float = 1.0
    speed: float | None = None
    size: int = 0
    lateral: bool = False
    side: str = ""


@dataclass
class Clause:
    """The words between two joints, sorted."""

    words: list[Word] = field(default_factory=list)
    verbs: list[Word] = field(default_factory=list)
    ways: list[Word] = field(default_factory=list)
    manners: list[Word] = field(default_factory=list)
    shapes: set[str] = field(default_factory=set)
    amounts: dict[str, float] = field(default_factory=dict)
    plain: list[Word] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The clause as it was written."""
        return " ".join(word.text for word in self.words)

    def has(self, *ways: str) -> bool:
        """Whether one of some ways is named."""
        return any(way.means in ways for way in self.ways)

    @property
    def empty(self) -> bool:
        """Whether nothing in it means anything."""
        return not (self.verbs or self.ways or self.manners or self.shapes or self.amounts or self.plain)


def understand(prompt: str) -> tuple[Action, ...]:
    """Return what a prompt asks for.

    Raises:
        PromptError: a word is not known or fits nowhere, or the words contradict each other; the message says which,
            and what can be said.
    """
    from kinesis_env.motions.text.meaning import Meaning  # noqa: PLC0415  (needs Action)

    words = read_words(prompt)
    unknown = sorted({word.text for word in words if word.kind == "unknown"})
    if unknown:
        raise PromptError(
            f"the prompt {prompt!r} has words that are not understood: {', '.join(unknown)}. The body can "
            f"{', '.join(known_words('verb'))}; ways are {', '.join(known_words('way'))}"
        )
    clauses = _ordered(words)
    meaning = Meaning(prompt)
    for clause in clauses:
        meaning.add(clause)
    if not meaning.actions:
        raise PromptError(
            f"the prompt {prompt!r} names nothing to do; the body can {', '.join(known_words('verb'))}"
        )
    return tuple(replace(action) for action in meaning.actions)


def _ordered(words: Sequence[Word]) -> list[Clause]:
    """Return the clauses in the order in which they happen; those that happen at once are one."""
    clauses, joints = _cut(words)
    if joints and joints[0] == "after" and clauses:
        joints[0] = "then"  # "after walking, turn": as it is said
    done: list[Clause] = []
    for clause, joint in zip(clauses, joints, strict=True):
        if joint == "after" and done:
            done.insert(len(done) - 1, clause)
        elif joint == "while" and done and _fits(done[-1], clause):
            done[-1] = _merged(done[-1], clause)
        else:
            done.append(clause)
    return done


def _fits(first: Clause, second: Clause) -> bool:
    return bool(first.verbs) or bool(second.verbs)


def _cut(words: Sequence[Word]) -> tuple[list[Clause], list[str]]:
    """Return the clauses, and the joint before each."""
    clauses, joints = [], []
    current: list[Word] = []
    joint = "then"
    for word in [*words, Word(".", "joint", "and")]:
        if word.kind != "joint":
            current.append(word)
            continue
        clause = _sorted(current)
        if not clause.empty:
            clauses.append(clause)
            joints.append(joint)
            joint = "and"
        current = []
        if word.means in ("while", "after", "before", "then"):
            joint = word.means if word.means != "before" else "then"
    return _split_at_verbs(clauses, joints)


def _split_at_verbs(clauses: list[Clause], joints: list[str]) -> tuple[list[Clause], list[str]]:
    """Cut clauses with several verbs: "walks forward turning left" happens at once, "walks stops turns" in a row."""
    out: list[Clause] = []
    kinds: list[str] = []
    for clause, joint in zip(clauses, joints, strict=True):
        parts: list[list[Word]] = [[]]
        helpers = True
        for word in clause.words:
            if word.kind == "verb" and word.text in _NOUNS and any(before.kind == "verb" for before in parts[-1]):
                parts[-1].append(word)
                continue
            if word.kind == "verb" and not helpers:
                parts.append([])
            if word.kind == "verb":
                helpers = word.means in ("start", "take", "go") and word.text not in ("goes", "move", "moves")
            parts[-1].append(word)
        for number, part in enumerate(parts):
            out.append(_sorted(part))
            again = out[-1].verbs and out[-1].verbs[0].text.endswith("ing")
            kinds.append(joint if number == 0 else "while" if again else "then")
    return out, kinds


def _merged(first: Clause, second: Clause) -> Clause:
    """Return two clauses that happen at once: who walks while turning walks in a curve."""
    return _sorted([*first.words, *second.words])


def _sorted(words: Sequence[Word]) -> Clause:
    clause = Clause(words=list(words))
    number: Word | None = None
    for word in words:
        if word.kind == "number":
            # "half a turn", "a few": the smaller or the later one counts.
            if number is not None and word.value == 1 and number.value < 1:
                continue
            if number is not None and number.value not in (1, 0.5, 0.25) and word.means == "digits":
                clause.plain.append(number)
            number = word
            continue
        if word.kind == "unit":
            _measure(clause, word, number)
            number = None
        elif word.kind == "verb":
            # "two steps", "a turn", "half a circle": nouns.
            articles = ("a", "an", "one", "another", "single")
            if number is not None and word.means in ("turn", "circle") and number.text in articles:
                number = None
            if number is not None and word.means in ("step", "turn", "circle"):
                key = {"step": "steps", "turn": "turns", "circle": "turns"}[word.means]
                clause.amounts[key] = number.value
                number = None
            clause.verbs.append(word)
        elif word.kind == "way":
            clause.ways.append(word)
        elif word.kind == "manner":
            clause.manners.append(word)
        elif word.kind == "shape":
            clause.shapes.add(word.means)
    if number is not None:
        if number.text in ("once", "twice", "thrice"):
            clause.amounts["times"] = number.value
        elif number.value != 1 or number.means == "digits":
            clause.plain.append(number)
    if "twice" in (word.text for word in words):
        clause.amounts["times"] = 2.0
    return clause


def _measure(clause: Clause, unit: Word, number: Word | None) -> None:
    if number is None and unit.means not in ("steps", "times"):
        raise PromptError(f"{unit.text!r} in {clause.text!r} needs a number")
    amount = (number.value if number is not None else 2.0) * unit.value
    if unit.means in clause.amounts:
        raise PromptError(f"{clause.text!r} names two amounts of the same kind")
    if not amount > 0:
        raise PromptError(f"{number.text if number else ''} {unit.text} in {clause.text!r}: allowed is above zero")
    clause.amounts[unit.means] = amount
