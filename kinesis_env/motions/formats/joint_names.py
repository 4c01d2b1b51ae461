"""Joint names in BVH files and the landmarks they stand for: the common families, or the user's map."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

import yaml

from kinesis_env.config.files import parse_yaml
from kinesis_env.errors import MotionError
from kinesis_env.files import read_text
from kinesis_env.motions.recording import LANDMARKS

__all__ = ["match_joints", "read_joint_map"]

#: Names of the landmarks of one leg, without the side: CMU and LAFAN1 (UpLeg, Leg, Foot, ToeBase), its variants (Hip,
#: Knee, Ankle, Toe), Mixamo (as CMU, with a prefix), 3ds Max Biped (Thigh, Calf, Foot, Toe0), Bandai-Namco (UpperLeg_L,
#: LowerLeg_L, Foot_L, Toes_L), 17 joints (UpperLeg, LowerLeg, Foot), Blender, Unreal (thigh, shin, calf, foot, ball).
_LEG = {
    "hip": ("upleg", "upperleg", "thigh", "hip", "femur", "legupper", "legup"),
    "knee": ("leg", "lowerleg", "calf", "knee", "shin", "tibia", "leglower", "legdown"),
    "ankle": ("ankle", "foot", "talus"),
    "toe": ("toebase", "toe", "toes", "toe0", "ball", "forefoot", "toe1", "football", "foot"),
}
_SPINE = (
    "spine", "spine0", "chest", "lowerback", "abdomen", "ab", "l5", "l3", "waist", "spine1", "spine01", "chest1",
    "spinelower", "torso", "spine2", "spine02", "chest2", "spine3", "spine03", "chest3", "chest4", "upperchest",
)  # fmt: skip
_NECK = ("neck", "neck1", "neck01", "lowerneck", "necklower", "neck0", "head", "spine004")
_MAX_MAP_BYTES = 100_000


def match_joints(names: Sequence[str], joint_map: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return which joint each landmark is; landmarks that no joint fits are left out.

    Args:
        names: of the joints, parents first.
        joint_map: landmark to joint; comes before the known families.

    Raises:
        MotionError: the map names a landmark or a joint that does not exist.
    """
    found = dict(joint_map or {})
    unknown = sorted(set(found) - set(LANDMARKS))
    if unknown:
        raise MotionError(f"unknown landmarks in the joint map: {', '.join(unknown)}; allowed: {', '.join(LANDMARKS)}")
    missing = sorted({joint for joint in found.values() if joint not in names})
    if missing:
        raise MotionError(f"the joint map names {', '.join(missing)}; the joints are {', '.join(names)}")
    plain = {_plain(name): name for name in reversed(names)}
    for part, words in _LEG.items():
        for side, letter in (("right", "r"), ("left", "l")):
            spellings = (
                form
                for word in words
                for form in (f"{side}{word}", f"{letter}{word}", f"{word}{letter}", f"{word}{side}")
            )
            # Where there is an ankle, the joint called foot is the ball of it.
            taken = found.get(f"ankle_{letter}") if part == "toe" else None
            match = next((plain[form] for form in spellings if form in plain and plain[form] != taken), None)
            if match is not None:
                found.setdefault(f"{part}_{letter}", match)
    for landmark, words in (("spine", _SPINE), ("neck", _NECK)):
        match = next((plain[word] for word in words if word in plain), None)
        if match is not None:
            found.setdefault(landmark, match)
    return found


def _plain(name: str) -> str:
    """Return a joint's name without its prefix, in lower case letters and digits only."""
    name = re.split(r"[:|]", name)[-1].lower()
    # Programs that allow no colon in a name leave it out.
    name = re.sub(r"^mixamorig\d*(?=[a-z])", "", name)
    name = re.sub(r"^(bip\d*|mixamorig\d*|character\d*|joint|def|jnt|b)(?=[\s_.\-])", "", name)
    return re.sub(r"[^a-z0-9]", "", name)


def read_joint_map(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read a YAML map from landmarks to joints.

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
        raise MotionError(f"{where}: a joint map has lines such as 'knee_r: RightLeg', for {', '.join(LANDMARKS)}")
    unknown = sorted(set(content) - set(LANDMARKS))
    if unknown:
        raise MotionError(f"{where}: unknown landmarks {', '.join(unknown)}; allowed: {', '.join(LANDMARKS)}")
    return content
