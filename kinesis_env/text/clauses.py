"""From the words of a prompt to clauses, in order of time.

A prompt is cut at commas, at words such as "and" and "then", and before every further verb. Things that happen at the
same time ("while", "walks turning left") are one clause.
"""

from __future__ import annotations

from collections.abc import Sequence

from kinesis_env.errors import PromptError
from kinesis_env.text.grammar import ARTICLES, GOING, SPELT, Clause, is_noun
from kinesis_env.text.words import Word, can_do, read_words

__all__ = ["clauses_of"]

#: Auxiliary verbs that only introduce another one: "starts walking", "takes a step", "keeps going".
_CARRIERS = ("start", "take", "keep", "go")
#: Words that introduce what the body does.
_BEFOREHAND = {"start", "leftfoot", "rightfoot"}


def clauses_of(prompt: str) -> list[Clause]:
    """Return the clauses of a prompt in order of time.

    Raises:
        PromptError: unknown words, or words for what this body cannot do; the message names all of them.
    """
    words = read_words(prompt)
    cannot = list(dict.fromkeys(SPELT.get(word.text, word.text) for word in words if word.kind == "cannot"))
    unknown = list(dict.fromkeys(word.text for word in words if word.kind == "unknown"))
    if cannot or unknown:
        said = [f"asks for something this body cannot do: {', '.join(cannot)}"] if cannot else []
        said += [f"has words that are not understood: {', '.join(unknown)}"] if unknown else []
        raise PromptError(f"the prompt {prompt!r} {' and '.join(said)}; {can_do()}")
    return _ordered(_split(_cut(words)))


def _cut(words: Sequence[Word]) -> list[tuple[str, list[Word]]]:
    """Return the words between joints, with the joint before them; of several joints, the strongest counts."""
    parts: list[tuple[str, list[Word]]] = []
    joint, current = "start", []
    for i, word in enumerate(words):
        if word.kind != "joint":
            current.append(word)
            continue
        first = all(one.kind == "filler" or one.text in ARTICLES for one in current)
        if not first:
            parts.append((joint, current))
            joint = "comma"
        current = []
        if word.means in ("while", "after", "then", "before") or joint == "comma":
            joint = "later" if first and word.means == "after" and _waited(words[i + 1 :]) else word.means
    if current:
        parts.append((joint, current))
    return parts


def _split(parts: list[tuple[str, list[Word]]]) -> list[Clause]:
    """Cut before each further verb; an -ing form happens at the same time, any other form after."""
    clauses: list[Clause] = []
    for joint, words in parts:
        pieces: list[tuple[str, list[Word]]] = [(joint, [])]
        carried = True
        waited = _waited(words) if joint == "later" else 0
        for i, word in enumerate(words):
            if i and i == waited:
                pieces.append(("then", []))
            if word.kind == "verb" and not is_noun(words, i):
                if not carried:
                    stopping = any(one.means == "stop" for one in pieces[-1][1])
                    turned = word.means == "face" and any(one.means in ("turn", "spin") for one in pieces[-1][1])
                    if not (word.ing and stopping) and not turned:
                        before = pieces[-1][1]
                        how = word.means in ("quicken", "slacken") and before and before[-1].means == "gradual"
                        moved = [before.pop()] if how else []  # "walks, gradually speeding up"
                        pieces.append(("while" if word.ing else "then", moved))
                    elif not turned:
                        continue
                carried = word.means in _CARRIERS and i + 1 < len(words)
            pieces[-1][1].append(word)
        clauses += [Clause(piece, kind) for kind, piece in pieces]
    return [clause for clause in clauses if not clause.empty]


def _ordered(clauses: list[Clause]) -> list[Clause]:
    """Return clauses in order of time, with simultaneous ones merged."""
    done: list[Clause] = []
    late: Clause | None = None
    for i, clause in enumerate(clauses):
        last = done[-1] if done else None
        if clause.joint == "later" or (clause.joint == "after" and len(done) == 1 and clause.said == {"time"}):
            done[-1:] = _after(last, clause)
        elif clause.joint == "after" and last is not None:
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
        elif last is not None and clause.joint == "while" and last.has("stop") and clause.has(*GOING):
            done.insert(len(done) - 1, clause)  # "he stops while walking"
        elif last is not None and (clause.joint == "while" or _at_once(last, clause)):
            done[-1] = Clause([*last.words, *clause.words], last.joint)
        elif last is not None and _is_beforehand(last, clause):
            # "Slowly, he walks", "start with the left foot and walk": the manner comes before the verb.
            done[-1] = Clause([*last.words, *clause.words], last.joint)
        elif last is not None and last.words[0].text == "with" and not last.verbs and clause.verbs:
            # "With small steps, he walks".
            done[-1] = Clause([*clause.words, *last.words], last.joint)
        else:
            done.append(clause)
        if late is not None and i == 1:
            done.append(late)
            late = None
    return done


def _is_beforehand(last: Clause, clause: Clause) -> bool:
    """Return whether a clause only says how the next one begins; "start slowly, then speed up" says more."""
    if last.plain or not last.said <= _BEFOREHAND:
        return False
    return not (last.has("start") and last.manners and clause.has("quicken", "slacken"))


def _waited(words: Sequence[Word]) -> int:
    """Return the end of a leading distance, time or number of steps: "3 seconds turn left"; 0 without one."""
    at = next((i for i, word in enumerate(words) if word.kind != "filler"), len(words))
    amount = words[at : at + 2]
    if len(amount) < 2 or amount[0].kind != "number" or amount[1].means not in ("length", "time", "step"):
        return 0
    rest = words[at + 2 : at + 3]
    return 0 if rest and (rest[0].text == "of" or rest[0].ing) else at + 2


def _after(last: Clause | None, clause: Clause) -> list[Clause]:
    """Return the last clause with an amount after which something else follows: its own, or a wait's or a walk's."""
    if last is None:
        verb = Word("wait", "verb", "stand") if clause.said == {"time"} else Word("walk", "verb", "walk")
        return [Clause([verb, *clause.words])]
    if clause.joint == "after":
        return [*_after(None, clause), last]
    if last.has(*GOING, "stand", "stop", "circle") and not last.amounts:
        return [Clause([*last.words, *clause.words], last.joint)]
    return [last, *_after(None, clause)]


def _at_once(last: Clause, clause: Clause) -> bool:
    """Return whether a clause only continues the last one."""
    if clause.joint in ("then", "after", "before"):
        return False
    if clause.verbs:
        # "walks forward, turning to the left"; but "walking, turning and stopping" is a list.
        aside = clause.verbs == ["go"] and bool(clause.ways & {"left", "right", "diagonal", "sideways"})
        bends = clause.ing and not last.ing and (clause.has("turn", "veer") or aside)
        return bends and any(verb in GOING for verb in last.verbs) and clause.joint == "comma"
    if clause.nouns:
        return False
    if not clause.said:
        return not clause.plain and not clause.manners & {"faster", "slower"}
    if clause.said == {"times"}:
        return False  # repeats the last thing, or all of it: see the meaning
    if clause.said == {"angle"} and last.has("turn", "spin") and clause.joint == "comma":
        return not {"angle", "turns"} & last.amounts.keys()  # "turn right, about 45 degrees"
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
