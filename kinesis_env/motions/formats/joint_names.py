"""Joint names: their words, and which joint of a skeleton is which landmark.

Programs write the same name in a hundred ways: ``mixamorig:LeftUpLeg``, ``CC_Base_L_Thigh``, ``l_up_leg``, ``thigh.L``,
``lThighBend``, ``Bip01 L Thigh``. A name is split into words; words shared by all joints are ignored; one word gives
the side, and the others the part of the leg. The cheapest chain of hip, knee, ankle and toes down the hierarchy is
chosen, so that a ``leg`` is the hip if a shin is below it, and the knee if it is below a thigh.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from kinesis_env.config.files import parse_yaml
from kinesis_env.errors import MotionError
from kinesis_env.files import read_text
from kinesis_env.motions.recording import LANDMARKS

__all__ = ["Label", "labels_of", "leg_chain", "proposed_map", "read_joint_map", "words_of"]

_SIDES = {"l": "l", "left": "l", "lft": "l", "lt": "l", "r": "r", "right": "r", "rgt": "r", "rt": "r"}
#: The words of a leg: the joint they mean, and the uncertainty (a cost). A ``leg`` with one of ``_UPPER`` or ``_LOWER``
#: is a thigh or a shank.
_LEG = {
    "hip": {"thigh": 0.0, "femur": 0.0, "leg": 1.0, "hip": 1.5},
    "knee": {"knee": 0.0, "shin": 0.0, "calf": 0.0, "shank": 0.0, "tibia": 0.0, "fibula": 0.5, "leg": 1.0},
    "ankle": {"ankle": 0.0, "talus": 0.0, "foot": 0.5},
    "toe": {"toe": 0.0, "toes": 0.0, "ball": 0.0, "forefoot": 0.0, "metatarsal": 1.0, "metatarsals": 1.0, "foot": 1.0},
}
_PARTS = tuple(_LEG)
_UPPER, _LOWER = {"up", "upper", "high"}, {"low", "lower", "down", "fore"}
_DISTAL = {word for part in ("toe", "ankle") for word in _LEG[part]} - {"foot"}
_NEUTRAL = {"bone", "jnt", "base", "def", "end", "joint"}
#: Words of joints that are never landmarks: helpers beside the bones, and single toes.
_HELPERS = {
    "twist", "roll", "ik", "pole", "target", "helper", "effector", "nub", "share", "part", "heel", "pivot", "muscle",
    "big", "small", "mid", "middle", "ring", "pinky", "index", "tip", "eye", "skirt", "finger", "hand", "subtalar",
    "transverse", "goal", "aux", "adj", "sec",
}  # fmt: skip
_PLAIN, _ODD, _HELPER, _NO_TOE = 0.1, 0.3, 3.0, 4.0
_WORDS = sorted({*(word for part in _LEG.values() for word in part), *_UPPER, *_LOWER, *_NEUTRAL, "neck", "head",
                 "hips", "spine"}, key=lambda word: (-len(word), word))  # fmt: skip
_RUN = re.compile(rf"(left|right|lft|rgt|l|r)?((?:{'|'.join(_WORDS)})+?)(left|right|l|r)?")
_WORD = re.compile("|".join(_WORDS))
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
#: Names of MikuMikuDance, whose words are not separated.
_CHARACTERS = {
    "左": " left ", "右": " right ", "足首": " ankle ", "つま先": " toe ", "爪先": " toe ", "ひざ": " knee ",
    "膝": " knee ", "足": " leg ", "首": " neck ", "頭": " head ", "上半身": " spine ", "\uff29\uff2b": " ik ",
}  # fmt: skip
#: Words are shared if this fraction of the names begins or ends with them.
_SHARED = 0.9
_MAX_MAP_BYTES = 100_000


@dataclass(frozen=True)
class Label:
    """The words of a name.

    Attributes:
        side: "l", "r" or "".
        costs: cost of taking the joint for a part of the leg ("hip", "knee", "ankle", "toe"), or the "neck" or "head";
            impossible parts are omitted.
    """

    side: str
    costs: Mapping[str, float]


def words_of(name: str) -> list[str]:
    """Return the words of a name, in lower case, without prefixes before a colon and numbers."""
    name = re.split(r"[:|]", name)[-1]
    for characters, word in sorted(_CHARACTERS.items(), key=lambda pair: -len(pair[0])):
        name = name.replace(characters, word)
    words: list[str] = []
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", name)):
        lower = token.lower()
        run = None if lower in _SIDES else _RUN.fullmatch(lower)
        if lower.isdigit():
            continue
        words += [lower] if run is None else [word for word in (run[1], *_WORD.findall(run[2]), run[3]) if word]
    return words


def labels_of(names: Sequence[str]) -> list[Label]:
    """Return the label of each name, without leading or trailing words that nearly all names share."""
    split = [words_of(name) for name in names]
    for end in (0, -1):
        while True:
            at_end = [words[end] for words in split if words]
            common = max(set(at_end), key=at_end.count, default="")
            if len(names) < 5 or not common or at_end.count(common) < _SHARED * len(names):
                break
            split = [(words[1:] if end == 0 else words[:-1]) if words and words[end] == common else words
                     for words in split]  # fmt: skip
    return [_label(words) for words in split]


def _label(words: list[str]) -> Label:
    # A whole word for a side takes precedence over a letter, which may belong to a prefix.
    sides = [word for word in words if word in _SIDES]
    side = _SIDES[max(sides, key=len)] if sides else ""
    left = [word for word in words if word not in _SIDES and word not in _NEUTRAL]
    known = set(left)
    extra = _HELPER * len(known & _HELPERS) + _PLAIN * sum(word in _NEUTRAL for word in words)
    costs: dict[str, float] = {}
    for part, of_part in _LEG.items():
        found = known & set(of_part)
        if not found or (part in ("hip", "knee") and known & {*_DISTAL, "foot"}):
            continue
        if part == "ankle" and known & set(_LEG["toe"]) - {"foot"}:
            continue
        turned = {"hip": _LOWER, "knee": _UPPER}.get(part, set()) & known
        aid = {"hip": _UPPER, "knee": _LOWER}.get(part, set()) & known
        if found == {"leg"} and (turned or (known & {*_LEG["hip"], *_LEG["knee"]} - {"leg"})):
            continue
        cost = 0.0 if found == {"leg"} and aid else min(of_part[word] for word in found)
        odd = known - set(of_part) - _HELPERS - aid - {"leg", "foot"}
        costs[part] = cost + extra + _ODD * len(odd)
    for word in ("neck", "head"):
        if word in known and not side:
            costs[word] = extra + _ODD * (len(left) - 1)
    return Label(side, costs)


def leg_chain(path: Sequence[int], labels: Sequence[Label], side: str) -> tuple[float, tuple[int, ...]] | None:
    """Return the cost and joints of the cheapest chain of hip, knee, ankle and toes; None if names give none.

    Args:
        path: joints, parents first.
        labels: labels of all joints.
        side: "l" or "r".

    Without toes, the chain has three joints.
    """
    best: list[tuple[float, tuple[int, ...]] | None] = [(0.0, ()), None, None, None, None]
    for joint in path:
        if labels[joint].side != side:
            continue
        for at in reversed(range(4)):
            before, now = best[at], best[at + 1]
            cost = labels[joint].costs.get(_PARTS[at])
            if before is not None and cost is not None and (now is None or before[0] + cost < now[0]):
                best[at + 1] = (before[0] + cost, (*before[1], joint))
    whole, short = best[4], best[3]
    if short is None or (whole is not None and whole[0] <= short[0] + _NO_TOE):
        return whole
    return short[0] + _NO_TOE, short[1]


def proposed_map(found: Mapping[str, str]) -> str:
    """Return a joint map to paste into a file: known landmarks, and a gap for each unknown one."""
    return "\n".join(f"  {landmark}: {found.get(landmark, '?')}" for landmark in LANDMARKS)


def read_joint_map(path: str | os.PathLike[str], allowed: Sequence[str] = LANDMARKS) -> dict[str, str]:
    """Read a YAML map from landmarks to joints, or from any other ``allowed`` names.

    Raises:
        MotionError: it cannot be read, or is not a map of landmarks to names.
    """
    where = str(path)
    try:
        content = parse_yaml(read_text(path, _MAX_MAP_BYTES, MotionError))
    except MotionError:
        raise
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise MotionError(f"{where}: not a joint map ({error})") from error
    if not isinstance(content, dict) or not all(isinstance(x, str) for pair in content.items() for x in pair):
        raise MotionError(
            f"{where}: a joint map must have lines such as '{allowed[1]}: RightLeg', for {', '.join(allowed)}"
        )
    unknown = sorted(set(content) - set(allowed))
    if unknown:
        raise MotionError(f"{where}: unknown landmarks {', '.join(unknown)}; the landmarks are {', '.join(allowed)}")
    return content
