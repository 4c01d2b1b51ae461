"""The words that prompts are made of: what each stands for, with its forms, synonyms and common typos."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kinesis_env.errors import PromptError

__all__ = ["MAX_WORDS", "Word", "known_words", "read_words", "vocabulary"]

#: Longest prompt, in words and in characters.
MAX_WORDS, _MAX_CHARACTERS = 120, 1200


@dataclass(frozen=True)
class Word:
    """A word of a prompt.

    Attributes:
        text: as it was written.
        kind: "verb", "way", "manner", "number", "unit", "shape", "joint" (between clauses), "filler" or "unknown".
        means: its meaning within the kind.
        value: of a number, or of a unit in metres, seconds, radians or pieces.
    """

    text: str
    kind: str
    means: str
    value: float = 0.0


_VERBS = {
    "walk": "walk stroll saunter amble stride wander hike pace tread trudge strut tiptoe".split(),
    "run": "run race dash rush".split(),
    "jog": "jog trot lope".split(),
    "sprint": "sprint".split(),
    "march": "march".split(),
    "go": "go move proceed advance head travel come continue keep approach return".split(),
    "stand": "stand wait stay remain pause rest idle".split(),
    "stop": "stop halt freeze".split(),
    "turn": "turn rotate pivot spin swivel twist".split(),
    "veer": "veer curve swerve arc bend".split(),
    "step": "step".split(),
    "sidestep": "sidestep shuffle strafe sidle".split(),
    "retreat": "retreat backpedal backtrack reverse".split(),
    "circle": "circle loop orbit".split(),
    "take": "take make perform do complete".split(),
    "start": "start begin".split(),
    "face": "face".split(),
}
_IRREGULAR = {
    "ran": "run", "went": "go", "gone": "go", "came": "go", "stood": "stand", "took": "take", "taken": "take",
    "made": "take", "did": "take", "does": "take", "done": "take", "strode": "walk", "began": "start", "begun": "start",
    "kept": "go", "spun": "turn", "froze": "stop", "frozen": "stop", "trod": "walk", "bent": "veer", "goes": "go",
    "does a": "take",
}  # fmt: skip
_WAYS = {
    "forward": "forward forwards ahead onward onwards frontward frontwards".split(),
    "backward": "backward backwards rearward rearwards".split(),
    "back": ["back"],
    "left": "left leftward leftwards".split(),
    "right": "right rightward rightwards".split(),
    "around": "around round about".split(),
    "sideways": "sideways sideway sidewards laterally lateral side".split(),
    "diagonal": "diagonal diagonally".split(),
    "clockwise": "clockwise".split(),
    "anticlockwise": "anticlockwise counterclockwise".split(),
    "forth": ["forth"],
    "opposite": ["opposite"],
}
_MANNERS = {
    "slow": "slowly slow slows slowing slowed slower leisurely gently gentle carefully careful cautiously cautious lazily tiredly calmly calm".split(),
    "fast": "speeds speeding quickly quick fast rapidly rapid swiftly swift hurriedly hastily speedily faster".split(),
    "brisk": "briskly brisk energetically purposefully".split(),
    "normal": "normally normal casually casual steadily steady naturally natural comfortably comfortable moderate "
    "moderately regular average medium usual evenly".split(),
    "very": "very really extremely quite so super".split(),
    "slightly": "slightly little bit gradually gradual softly".split(),
    "sharp": "sharply sharp abruptly hard".split(),
}
_SHAPES = {
    "place": "place spot".split(),
    "straight": "straight line directly".split(),
    "short": "short".split(),
    "long": "long".split(),
    "wide": "wide large big".split(),
    "tight": "tight small tiny".split(),
    "still": "still motionless stationary immobile".split(),
    "all": ["all", "completely", "fully", "entire", "whole"],
    "uturn": ["uturn"],
}
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "couple": 2, "pair": 2, "three": 3, "few": 3, "some": 3,
    "several": 4, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fortyfive": 45, "fifty": 50,
    "sixty": 60, "ninety": 90, "hundred": 100, "half": 0.5, "quarter": 0.25, "once": 1, "twice": 2, "thrice": 3,
    "full": 1, "another": 1,
}  # fmt: skip
_UNITS = {
    "metre": ("length", 1.0, "metre metres meter meters m".split()),
    "centimetre": ("length", 0.01, "centimetre centimetres centimeter centimeters cm".split()),
    "foot": ("length", 0.3048, "foot feet ft".split()),
    "yard": ("length", 0.9144, "yard yards".split()),
    "second": ("time", 1.0, "second seconds sec secs s".split()),
    "minute": ("time", 60.0, "minute minutes min mins".split()),
    "degree": ("angle", 0.017453292519943295, "degree degrees deg degs".split()),
    "pace": ("steps", 1.0, "steps strides paces stride".split()),
    "time": ("times", 1.0, "time times lap laps rotation rotations revolution revolutions".split()),
    "mps": ("speed", 1.0, ["mps"]),
    "kmh": ("speed", 1 / 3.6, ["kmh", "kph"]),
    "mph": ("speed", 0.44704, ["mph"]),
}
_JOINTS = {
    "then": "then next afterwards afterward later finally followed eventually subsequently lastly".split(),
    "and": ["and", "&", ",", ";", ".", "plus"],
    "while": "while whilst as when".split(),
    "before": ["before", "until"],
    "after": "after having once-done".split(),
}
_FILLERS = (
    "the person people man woman someone somebody figure human individual guy girl boy lady child kid subject character "
    "body actor he she they it his her hers their its him himself herself themselves is are was were be being been to "
    "in on of at with for by from into onto through this that these there i you we me my your who which please will "
    "would should can can't gets get pace speed rate motion movement direction way manner distance path course "
    "position again just first second's also too only legs leg feet's foot's ground floor room area again both where "
    "they're he's she's it's person's up down toward towards toward's over per moment while's normal's seems appears "
    "facing own hand same starting's other degree's away out while-doing walkway"
).split()


def _forms(verb: str) -> set[str]:
    """Return a regular verb's forms."""
    ending = verb[:-1] if verb.endswith("e") else verb
    doubled = verb + verb[-1] if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]", verb) else ending
    forms = {verb, verb + "s", ending + "ing", ending + "ed", doubled + "ing", doubled + "ed"}
    if verb[-1] in "sxzh" or verb.endswith("o"):
        forms.add(verb + "es")
    if verb.endswith("y") and verb[-2] not in "aeiou":
        forms |= {verb[:-1] + "ies", verb[:-1] + "ied"}
    return forms


@cache
def vocabulary() -> dict[str, Word]:
    """Return every word that is understood, by how it is written."""
    found: dict[str, Word] = {word: Word(word, "filler", word) for word in _FILLERS}
    for kind, table in (("way", _WAYS), ("manner", _MANNERS), ("shape", _SHAPES), ("joint", _JOINTS)):
        for means, spellings in table.items():
            found |= {word: Word(word, kind, means) for word in spellings}
    found |= {word: Word(word, "number", word, value) for word, value in _NUMBERS.items()}
    for _, (means, value, spellings) in _UNITS.items():
        found |= {word: Word(word, "unit", means, value) for word in spellings}
    for means, verbs in _VERBS.items():
        for verb in verbs:
            for form in _forms(verb):
                if form not in found or form in ("paces", "strides"):
                    found[form] = Word(form, "verb", means)
    found |= {form: Word(form, "verb", means) for form, means in _IRREGULAR.items()}
    return found


def known_words(kind: str) -> list[str]:
    """Return the meanings of a kind, for messages."""
    tables = {"verb": _VERBS, "way": _WAYS, "manner": _MANNERS}
    return sorted(word for words in tables[kind].values() for word in words)


def read_words(prompt: str) -> list[Word]:
    """Return the words of a prompt; those that are not known have the kind "unknown".

    Raises:
        PromptError: not a text, an empty or an overlong one.
    """
    if not isinstance(prompt, str):
        raise PromptError(f"a prompt is a text; given {type(prompt).__name__}")
    if len(prompt) > _MAX_CHARACTERS:
        raise PromptError(f"a prompt has at most {_MAX_CHARACTERS} characters; given {len(prompt)}")
    plain = prompt.lower().replace("\u2019", "'")
    for pattern, plainly in _PHRASES:
        plain = re.sub(pattern, plainly, plain)
    pieces = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[a-z]+)?|[,;.&]|[^\s]", plain)
    if not any(re.search(r"\w", piece) for piece in pieces):
        raise PromptError(f"the prompt {prompt!r} has no words")
    if len(pieces) > MAX_WORDS:
        raise PromptError(f"a prompt has at most {MAX_WORDS} words; given {len(pieces)}")
    return [_read(piece) for piece in pieces if piece not in "-!?\"'()[]:"]


#: What is written as several words or in signs, and what it is read as.
_PHRASES = (
    (r"\bback and forth\b", " forth "),
    (r"\b(?:to|at|towards?|into) (?:the|his|her|their|its) (?:start|starting|beginning|original)"
     r"(?: (?:position|point|place|spot))?\b", " "),
    (r"(\d),(\d{3})\b", r"\1\2"),
    (r"[°º]", " degrees "),
    (r"\bu[\s-]?turns?\b", " uturn "),
    (r"\bcounter[\s-]clock", "counterclock"),
    (r"\banti[\s-]clock", "anticlock"),
    (r"\bside[\s-]step", "sidestep"),
    (r"\bback(?:s|ed|ing)?[\s-](?:up|away)\b", " retreats "),
    (r"\bm(?:etres?|eters?)? ?(?:/|per) ?s(?:ec(?:ond)?)?\b", " mps "),
    (r"\bkm ?(?:/|per) ?h(?:our)?\b", " kmh "),
    (r"\bmiles? per hour\b", " mph "),
    (r"\bthree[\s-]quarters?\b", " 0.75 "),
    (r"\bforty[\s-]five\b", " fortyfive "),
    (r"\bone hundred (?:and )?eighty\b", " 180 "),
    (r"\bthree hundred (?:and )?sixty\b", " 360 "),
    (r"\bto (?:a|the) (?:stop|halt|standstill)\b", " stop "),
    (r"\bstand(?:s|ing)? still\b", " stands "),
    (r"\bin (?:a )?straight line\b", " straight "),
    (r"\bstraight (?:ahead|forwards?)\b", " forward "),
    (r"\bthe other (?:way|direction)\b", " opposite "),
    (r"\bafter (?:that|which|this)\b", " then "),
    (r"\bat the same time\b", " "),
    (r"\ba (?:little|bit)(?: bit)?\b", " slightly "),
    (r"\blike a (?:soldier|normal person)\b", " "),
    (r"\bat (?:a|an)\b", " "),
    (r"\btip[\s-]?toes?\b", " tiptoe "),
    (r"-", " "),
)


def _read(piece: str) -> Word:
    if re.fullmatch(r"\d+(?:\.\d+)?", piece):
        return Word(piece, "number", "digits", float(piece))
    table = vocabulary()
    if piece in table:
        return table[piece]
    near = _near(piece)
    return Word(piece, near.kind, near.means, near.value) if near is not None else Word(piece, "unknown", piece)


def _near(piece: str) -> Word | None:
    """Return the one word that a mistyped one must be: one slip from five letters on, two from eight on."""
    slips = 2 if len(piece) >= 8 else 1
    if len(piece) < 4:
        return None
    found: dict[tuple[str, str], Word] = {}
    for word, entry in vocabulary().items():
        if entry.kind in ("filler", "joint") or len(word) < 4 or word[0] != piece[0]:
            continue
        if abs(len(word) - len(piece)) <= slips and _slips(word, piece) <= slips:
            found[entry.kind, entry.means] = entry
    return next(iter(found.values())) if len(found) == 1 else None


def _slips(one: str, other: str) -> int:
    """Return the edits between two words: a letter more, less or another, or two neighbours swapped."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
