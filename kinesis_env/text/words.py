"""The words of prompts: meanings, forms, synonyms and common typos."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from kinesis_env.errors import PromptError
from kinesis_env.text.lexicon import (
    CANNOT,
    FILLERS,
    IRREGULAR,
    JOINTS,
    MANNERS,
    NO_TYPOS,
    NUMBERS,
    SHAPES,
    UNITS,
    VERBS,
    WAYS,
)
from kinesis_env.text.phrases import PHRASES

__all__ = ["MAX_CHARACTERS", "MAX_WORDS", "Word", "can_do", "checked_prompt", "read_words", "vocabulary"]

#: Longest prompt, in words and in characters.
MAX_WORDS, MAX_CHARACTERS = 120, 1200
#: Word lengths from which one slip, one substituted letter, and two slips are allowed. Omitting, doubling or swapping
#: letters yields another real word more rarely than substituting one.
_ONE_SLIP, _OTHER_LETTER, _TWO_SLIPS = 4, 7, 9
#: Typographic characters, and their plain equivalents.
_TYPOGRAPHY = str.maketrans(
    {"\u2019": "'", "\u2018": "'", **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u200b\ufeff", " "), "\u2026": ".",
     "\u2014": ",", "\u2013": "-", "\u2011": "-"}
)  # fmt: skip
_PHRASES = tuple((re.compile(pattern), plainly) for pattern, plainly in PHRASES)


@dataclass(frozen=True)
class Word:
    """A word of a prompt.

    Attributes:
        text: as written.
        kind: "verb", "way", "manner", "number", "unit", "shape", "joint" (between clauses), "filler", "cannot" (what
            this body cannot do) or "unknown".
        means: its meaning within the kind.
        value: value of a number, or of a unit in meters, seconds, radians or pieces.
        ing: whether it is the -ing form of a verb.
    """

    text: str
    kind: str
    means: str
    value: float = 0.0
    ing: bool = False


def checked_prompt(prompt: object) -> str:
    """Return a checked prompt.

    Raises:
        PromptError: not a text, one without words, or one that is too long.
    """
    if not isinstance(prompt, str):
        raise PromptError(f"a prompt must be a string, given {type(prompt).__name__}")
    if len(prompt) > MAX_CHARACTERS:
        raise PromptError(f"a prompt may have at most {MAX_CHARACTERS} characters, given {len(prompt)}")
    if not re.search(r"\w", prompt):
        raise PromptError(f"the prompt {prompt!r} has no words; say for example 'walk forward, then turn left'")
    return prompt


def read_words(prompt: str) -> list[Word]:
    """Return the words of a prompt; unknown ones have the kind "unknown".

    Raises:
        PromptError: as for :func:`checked_prompt`.
    """
    plain = f" {checked_prompt(prompt).lower()} ".translate(_TYPOGRAPHY)
    for pattern, plainly in _PHRASES:
        plain = pattern.sub(plainly, plain)
    pieces = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[a-z]+)?|[^\s]", plain)
    words = [_read(piece) for piece in pieces if piece not in "-!?\"'()[]:_*"]
    if len(words) > MAX_WORDS:
        raise PromptError(f"a prompt may have at most {MAX_WORDS} words, given {len(words)}")
    return _numbers_joined(words)


def can_do() -> str:
    """Return what can be asked for, for messages."""
    return (
        "the body can walk, jog, run, sprint, march in place, stand, stop, turn, step, sidestep, go in circles, "
        "curves, figures of eight, squares or zigzags, and return; forward, backward, left, right, sideways, "
        "diagonally or around; slowly to very fast; by metres, feet, steps, seconds, degrees, turns or times"
    )


@cache
def vocabulary() -> dict[str, Word]:
    """Return every word that is understood, by its spelling."""
    found: dict[str, Word] = {}
    for means, verbs in CANNOT.items():
        for verb in verbs:
            found |= {form: Word(form, "cannot", means) for form in _forms(verb)}
    found |= {word: Word(word, "filler", word) for word in FILLERS}
    for kind, table in (("way", WAYS), ("manner", MANNERS), ("shape", SHAPES), ("joint", JOINTS)):
        for means, spellings in table.items():
            found |= {word: Word(word, kind, means) for word in spellings}
    found |= {word: Word(word, "number", word, value) for word, value in NUMBERS.items()}
    for means, value, spellings in UNITS:
        found |= {word: Word(word, "unit", means, value) for word in spellings}
    for means, verbs in VERBS.items():
        for verb in verbs:
            for form in _forms(verb):
                if form not in found or found[form].kind == "cannot":
                    found[form] = Word(form, "verb", means, ing=form.endswith("ing"))
    for means, forms in IRREGULAR.items():
        found |= {form: Word(form, "verb", means) for form in forms}
    return found


def _forms(verb: str) -> set[str]:
    """Return a regular verb's forms."""
    ending = verb[:-1] if verb.endswith("e") else verb
    doubled = verb + verb[-1] if re.fullmatch(r"[^aeiou]*(?:[aeiou]|ai)[bdgmnprt]", verb) else ending
    forms = {verb, verb + "s", ending + "ing", ending + "ed", doubled + "ing", doubled + "ed"}
    if verb[-1] in "sxzho":
        forms.add(verb + "es")
    if verb.endswith("y") and verb[-2] not in "aeiou":
        forms |= {verb[:-1] + "ies", verb[:-1] + "ied"}
    return forms


def _numbers_joined(words: list[Word]) -> list[Word]:
    """Return the words with multi-word numbers joined: "forty five", "a hundred and eighty", "one and a half"."""
    out: list[Word] = []
    for i, word in enumerate(words):
        last = out[-1] if out else None
        between = 0 < i < len(words) - 1 and words[i + 1].kind == "number" and words[i + 1].value >= 1
        if word.text == "and" and last is not None and last.kind == "number" and last.value >= 100 and between:
            continue
        if word.kind != "number" or last is None or last.kind != "number":
            out.append(word)
            continue
        joined = _sum(last, word)
        if joined is None:
            out.append(word)
        else:
            out[-1] = Word(f"{last.text} {word.text}", "number", "words", joined)
    return out


def _sum(first: Word, second: Word) -> float | None:
    """Return the number that two number words form, or None if they are two numbers."""
    one, other = first.value, second.value
    if first.means == "digits" and second.means == "digits":
        return None
    if second.means == "plushalf":
        return one + 0.5
    if first.means in ("a", "an", "another", "one", "full", "single") and second.means != "digits":
        return other
    if first.means in ("a", "an", "another"):
        return other
    if first.text.split()[-1] == "full" and second.means == "digits":
        return other  # "a full 360"
    if second.means in ("a", "an", "full", "single"):
        return one
    if second.means == "hundred" and one < 100:
        return 100 * one
    if one in (20, 30, 40, 50, 60, 70, 80, 90) and 1 <= other <= 9 and first.means != "digits":
        return one + other
    room = 100 if one % 100 == 0 else 10 if one % 10 == 0 else 0
    if "hundred" in first.text and 1 <= other < room:
        return one + other
    return None


@lru_cache(maxsize=4096)
def _read(piece: str) -> Word:
    if re.fullmatch(r"\d+(?:\.\d+)?", piece):
        return Word(piece, "number", "digits", float(piece))
    table = vocabulary()
    if piece in table:
        return table[piece]
    if piece.endswith("'s") and piece[:-2] in FILLERS:
        return Word(piece, "filler", piece)
    near = None if piece in NO_TYPOS else _near(piece)
    if near is None:
        return Word(piece, "unknown", piece)
    return Word(piece, near.kind, near.means, near.value, near.ing)


def _near(piece: str) -> Word | None:
    """Return the only word that a mistyped one can be: one slip from four letters on, two from nine on."""
    if len(piece) < _ONE_SLIP or not piece.isascii():
        return None
    most = 2 if len(piece) >= _TWO_SLIPS else 1
    best: dict[int, dict[tuple[str, str], Word]] = {}
    for word, entry in vocabulary().items():
        if len(word) < _ONE_SLIP or abs(len(word) - len(piece)) > most or not _begins_alike(word, piece):
            continue
        slips = _slips(word, piece)
        if slips <= most:
            best.setdefault(slips, {})[entry.kind, entry.means] = entry
    for slips in sorted(best):
        found = best[slips]
        return next(iter(found.values())) if len(found) == 1 else None
    return None


def _begins_alike(word: str, piece: str) -> bool:
    return word[0] == piece[0] or word[:2] == piece[1::-1]


def _slips(one: str, other: str) -> int:
    """Return the number of edits between two words: insertions, deletions, substitutions and swaps of neighbors."""
    another = 1 if len(other) >= _OTHER_LETTER else 3
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + another * (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
