"""Names of joint angles in the tables of many programs, and the corresponding OpenSim coordinates."""

from __future__ import annotations

import re

__all__ = ["coordinate_of"]

#: Coordinates by the words of a name, without side and meaningless words; a minus sign if the direction is opposite.
_NAMES = {
    "hip_flexion": "hip flexion|hip flex|hip sagittal|-hip extension",
    "hip_adduction": "hip adduction|hip add|hip adduct|-hip abduction|-hip abd|-hip abduct",
    "hip_rotation": "hip rotation|hip rot|hip internal rotation|hip int rot|hip rotation internal|hip endorotation|"
    "-hip external rotation|-hip ext rot|-hip rotation external",
    "knee_angle": "knee|knee flexion|knee flex|knee extension|knee sagittal",
    "ankle_angle": "ankle|ankle flexion|ankle flex|ankle dorsiflexion|ankle dorsi flexion|dorsiflexion|ankle df|"
    "-ankle plantarflexion|-ankle plantar flexion|-plantarflexion",
    "subtalar_angle": "subtalar|subtalar inversion|ankle inversion|inversion|-subtalar eversion|-ankle eversion",
    "mtp_angle": "mtp|mtp flexion|toe|toes|toe flexion|metatarsophalangeal",
    "pelvis_tilt": "pelvis tilt|pelvic tilt",
    "pelvis_list": "pelvis list|pelvic list",
    "pelvis_rotation": "pelvis rotation|pelvic rotation|pelvis rot",
    "pelvis_tx": "pelvis tx|pelvis t x|pelvis trans x",
    "pelvis_ty": "pelvis ty|pelvis t y|pelvis trans y",
    "pelvis_tz": "pelvis tz|pelvis t z|pelvis trans z",
    "lumbar_extension": "lumbar extension|-lumbar flexion",
    "lumbar_bending": "lumbar bending",
    "lumbar_rotation": "lumbar rotation",
}
_MEANINGS = {
    form.lstrip("-"): (name, -1.0 if form.startswith("-") else 1.0)
    for name, forms in _NAMES.items()
    for form in forms.split("|")
}
_SIDES = {"r": "r", "right": "r", "l": "l", "left": "l"}
#: Words without meaning.
_EMPTY = {"q", "qpos", "ik", "angle", "angles", "ang", "joint", "jointset", "coord", "coordinate", "value", "deg",
          "rad", "degrees", "radians", "m"}  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def coordinate_of(label: str) -> tuple[str, float] | None:
    """Return the coordinate of a column, and its sign; None for anything else.

    Speeds, moments and dependent coordinates (``knee_angle_r_beta``) are not values of a coordinate.
    """
    parts = [part for part in label.split("/") if part]
    if len(parts) >= 2 and parts[-1] == "value":
        parts.pop()
    elif len(parts) >= 3 or not parts:
        return None
    words = [word.lower() for word in _WORD.findall(re.sub(r"[\[(].*", "", parts[-1]))]
    sides = [_SIDES[word] for word in words if word in _SIDES]
    told = [word for word in words if word not in _SIDES and word not in _EMPTY]
    meaning = _MEANINGS.get(" ".join(told)) if told else None
    if meaning is None or len(sides) > 1:
        return None
    name, sign = meaning
    middle = name.startswith(("pelvis", "lumbar"))
    if middle == bool(sides):
        return None
    return (name if middle else f"{name}_{sides[0]}"), sign
