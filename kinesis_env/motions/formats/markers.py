"""From markers on the skin to joint centers: marker sets by name, and published regressions.

Marker names of Plug-in Gait and the Conventional Gait Model, of the ISB's and Qualisys' sets, of OpenSim's models and
of OpenCap are recognized; others need a map from roles to names. The hip centers follow from the pelvis by the
regression of Harrington et al. 2007 (J. Biomech. 40:595-602); knees and ankles lie between their two markers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.axes import UNITS
from kinesis_env.motions.formats.points import MAX_GAP, make_recording
from kinesis_env.motions.recording import LANDMARKS, PointRecording
from kinesis_env.typing import Array, Mask

__all__ = ["ROLES", "marker_roles", "recording_of_markers"]

#: Roles of markers on one side, and their names without the side; some files have joint centers.
_SIDED = {
    "asis": "asi asis ias iasis",
    "psis": "psi psis ips ipsis",
    "hip": "hjc hip hipjc hipcenter",
    "knee": "kjc kneejc kneecenter",
    "ankle": "ajc anklejc anklecenter",
    "knee_lateral": "kne knee kneelat latknee fle lfc lfe lep lepi lek klat lcon latcon lknee kneelateral",
    "knee_medial": "knm mkne kneemed medknee fme mfc mfe mep mepi mek kmed mcon medcon mknee kneemedial kne2 mk",
    "ankle_lateral": "ank ankle anklelat latankle fal lmal latmal lma malleoluslat lankle anklelateral lm",
    "ankle_medial": "med mma mank anklemed medankle tam mmal medmal malleolusmed mankle anklemedial ankm ank2 mm",
    "toe": "toe mt2 fm2 2mt met2 mth2 2meta mtp2 2met",
    "toe_medial": "mt1 fm1 1mt met1 mth1 1meta toemed d1m fmh bigtoebase 1met",
    "toe_lateral": "mt5 fm5 5mt met5 mth5 5meta toelat d5m vmh smalltoe 5met",
    "toe_tip": "toetip bigtoe hallux hal hlx ttip dist",
    "shoulder": "sho shoulder acr acromion acromium sac acrom sae",
}  # fmt: skip
_MIDDLE = {
    "sacrum": "sacr sacrum vsacral vsacrum sac s2 s1",
    "neck": "c7 cv7 neck c7th vc7",
    "sternum": "clav strn sternum sjn ij jn manubrium xiph",
}
#: All roles that a marker map may name.
ROLES = (*(f"{role}_{side}" for role in _SIDED for side in "rl"), *_MIDDLE)
_SIDES = {"r": ("r", "right"), "l": ("l", "left")}
_NAMES = {
    form: f"{role}_{side}"
    for role, names in reversed(_SIDED.items())
    for name in reversed(names.split())
    for side, words in _SIDES.items()
    for word in words
    for form in (f"{name}{word}", f"{word}{name}")
} | {name: role for role, names in _MIDDLE.items() for name in names.split()}
#: Approximate half width of an adult's knee and ankle [m], for sets without medial markers.
_HALF_KNEE, _HALF_ANKLE = 0.05, 0.036
#: Length of an adult's shank [m], and the range for a person.
_SHANK, _SHANKS = 0.41, (0.15, 0.75)
#: A distance within the body that differs from the usual one by this much [m] in a frame means a wrong marker; and the
#: fraction of frames that may have one.
_JUMP, _MOST_JUMPS = 0.045, 0.1
#: Numbers beyond this are not positions, in any unit.
_FAR = 1e7
#: Height of the point above the hips that shows the lean of the pelvis [m].
_ABOVE = 0.1
_NEEDED = (
    "both asis with psis or a sacrum (or hip centers), a knee, an ankle and a toe marker of each side; some sets have "
    "those of knees and ankles in the static pose only"
)


def marker_roles(names: Sequence[str], marker_map: Mapping[str, str] | None, where: str) -> dict[str, str]:
    """Return the marker name of each role that is present.

    Raises:
        MotionFormatError: the map names a role or marker that does not exist.
    """
    found: dict[str, str] = {}
    for role, name in (marker_map or {}).items():
        if role not in ROLES or name not in names:
            what = (
                f"the unknown role {role!r}; the roles are {', '.join(ROLES)}"
                if role not in ROLES
                else f"the marker {name!r}"
            )
            raise MotionFormatError(f"{where}: the marker map names {what}; the markers are {', '.join(names)[:1000]}")
        found[role] = name
    # OpenCap's own markers come before the keypoints of a video.
    for name in sorted(names, key=lambda name: "_study" not in name.lower()):
        plain = re.sub(r"[^a-z0-9]", "", re.sub(r"_study$|_static$", "", re.split(r"[:|]", name)[-1].lower()))
        known = _NAMES.get(plain)
        if known is not None and name not in found.values():
            found.setdefault(known, name)
    if "hip_r" in found and "asis_r" not in found:
        # Keypoints of a video: joints, not markers on the skin.
        for part in ("knee", "ankle"):
            for side in "rl":
                if f"{part}_{side}" not in found and f"{part}_lateral_{side}" in found:
                    found[f"{part}_{side}"] = found.pop(f"{part}_lateral_{side}")
    return found


def recording_of_markers(
    file: Path,
    names: Sequence[str],
    markers: Array,
    rate: float,
    unit: str,
    *,
    kind: str,
    marker_map: Mapping[str, str] | None,
    notes: Sequence[str],
    start: float = 0.0,
) -> PointRecording:
    """Return the joint centers of markers (T, M, 3) from ``start`` [s] on as a recording; missing markers are NaN.

    Raises:
        MotionFormatError: a required marker is missing or never visible; the message names it.
    """
    where = str(file)
    roles = marker_roles(names, marker_map, where)
    said = list(notes)
    markers = np.where(np.abs(markers) < _FAR, markers, np.nan)
    markers, said_unit = _in_meters(markers, unit)
    said += said_unit
    used = {role: markers[:, list(names).index(name)].copy() for role, name in roles.items()}
    dead = [role for role, values in used.items() if not np.isfinite(values).all(axis=1).any()]
    for role in dead:
        said.append(f"marker {roles[role]} is never visible; ignored")
        del used[role]
    missing = _missing(used)
    if missing:
        raise MotionFormatError(
            f"{where}: no marker for {', '.join(missing)}; required are {_NEEDED}. Give a marker map (--marker-map "
            f"MAP.yaml) with lines such as '{missing[0]}: NAME', or run OpenSim's inverse kinematics and use the .mot. "
            f"The roles are {', '.join(ROLES)}. The markers are {', '.join(names)[:1000]}"
        )
    used, first = _without_gaps(used, roles, rate, said, where)
    shank = _shank(used)
    if not _SHANKS[0] < shank < _SHANKS[1]:
        factors = [factor for length in UNITS.values() for factor in (length, 1 / length)]
        factor = min(factors, key=lambda factor: abs(np.log(max(shank, 1e-9) * factor / _SHANK)))
        used = {role: values * factor for role, values in used.items()}
        said.append(f"the shanks are {shank:.3g} m long in the unit of the file, {unit!r}: multiplied by {factor:g}")
    points = _centers(used, said)
    points[_jumps(used, roles, points, rate, notes=said, where=where)] = np.nan
    return make_recording(file, points, rate, kind=kind, notes=said, start=start + first / rate)


def _shank(used: Mapping[str, Array]) -> float:
    """Return the usual distance from a knee marker to the ankle marker."""
    knee, ankle = (used[f"{part}_r" if f"{part}_r" in used else f"{part}_lateral_r"] for part in ("knee", "ankle"))
    return float(np.median(np.linalg.norm(knee - ankle, axis=1)))


def _in_meters(markers: Array, unit: str) -> tuple[Array, list[str]]:
    scale = {"m": 1.0, "meters": 1.0, "metres": 1.0, "cm": 0.01, "mm": 0.001, "millimeters": 0.001}.get(unit.lower())
    if scale is None:
        return markers * 0.001, [f"unknown unit {unit[:20]!r}: read as mm"]
    return markers * scale, ([f"positions are in {unit}"] if scale != 1.0 else [])


def _missing(used: Mapping[str, Array]) -> list[str]:
    missing = []
    hips = {"hip_r", "hip_l"} <= set(used)
    back = "sacrum" in used or {"psis_r", "psis_l"} <= set(used)
    if not hips:
        missing += [role for role in ("asis_r", "asis_l") if role not in used] + ([] if back else ["psis_r", "psis_l"])
    for side in "rl":
        for part in ("knee", "ankle"):
            if not {f"{part}_{side}", f"{part}_lateral_{side}"} & set(used):
                missing.append(f"{part}_lateral_{side}")
        if not {f"toe_{side}", f"toe_medial_{side}", f"toe_lateral_{side}", f"toe_tip_{side}"} & set(used):
            missing.append(f"toe_{side}")
    return missing


def _without_gaps(
    used: dict[str, Array], roles: Mapping[str, str], rate: float, notes: list[str], where: str
) -> tuple[dict[str, Array], int]:
    """Fill short gaps of each marker, and return the longest stretch in which all are visible, and its first frame."""
    frames = len(next(iter(used.values())))
    seen = np.ones(frames, dtype=bool)
    filled: list[str] = []
    spare = {"neck", "sternum", "shoulder_r", "shoulder_l"}
    for role in list(used):
        values, bad = used[role], ~np.isfinite(used[role]).all(axis=1)
        if not bad.any():
            continue
        good = np.flatnonzero(~bad)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False])).astype(int))).reshape(-1, 2)
        long = [(a, b) for a, b in edges if (b - a) / rate > MAX_GAP or a == 0 or b == frames]
        for axis in range(3):
            values[bad, axis] = np.interp(np.flatnonzero(bad), good, values[good, axis])
        if role in spare:
            continue
        if len(long) < len(edges):
            filled.append(roles[role])
        for first, stop in long:
            seen[first:stop] = False
    if filled:
        notes.append(f"gaps of up to {MAX_GAP} s in {', '.join(filled)} filled by interpolation")
    runs = np.flatnonzero(np.diff(np.concatenate(([False], seen, [False])).astype(int))).reshape(-1, 2)
    if not len(runs):
        gaps = {roles[role] for role in used if role not in spare}
        raise MotionFormatError(f"{where}: no time at which all of {', '.join(sorted(gaps))} are visible")
    first, stop = max(runs.tolist(), key=lambda run: run[1] - run[0])
    if stop - first < frames:
        notes.append(f"all markers are visible in {stop - first} of {frames} frames, from {first / rate:.2f} s on; the "
                     "rest is left out")  # fmt: skip
    return {role: values[first:stop] for role, values in used.items()}, first


def _centers(used: Mapping[str, Array], notes: list[str]) -> Array:
    """Return the landmarks (T, 10, 3) of the markers of each role."""
    found: dict[str, Array] = {key: used[key] for key in ("hip_r", "hip_l") if key in used}
    lateral, up = _pelvis(used, found, notes)
    for sign, side in ((1.0, "r"), (-1.0, "l")):
        for part, half, above in (("knee", _HALF_KNEE, "hip"), ("ankle", _HALF_ANKLE, "knee")):
            key = f"{part}_{side}"
            outer, inner = used.get(f"{part}_lateral_{side}"), used.get(f"{part}_medial_{side}")
            if key in used:
                found[key] = used[key]
            elif outer is not None and inner is not None:
                found[key] = 0.5 * (outer + inner)
            else:
                assert outer is not None
                bone = _unit(outer - found[f"{above}_{side}"])
                inward = _unit(lateral - np.einsum("ti,ti->t", lateral, bone)[:, None] * bone)
                found[key] = outer - sign * half * inward
                notes.append(f"no medial marker of {key}: its center {1000 * half:.0f} mm inside the lateral one; "
                             "a static pose would give it")  # fmt: skip
        ends = [used[f"toe_{end}_{side}"] for end in ("medial", "lateral") if f"toe_{end}_{side}" in used]
        found[f"toe_{side}"] = _first(used.get(f"toe_{side}"), _middle(ends), used.get(f"toe_tip_{side}"))
    middle = 0.5 * (found["hip_r"] + found["hip_l"])
    shoulders = [used[key] for key in ("shoulder_r", "shoulder_l") if key in used]
    neck = _middle(shoulders) if len(shoulders) == 2 else None
    found["neck"] = _first(used.get("neck"), neck, used.get("sternum"), middle + 4 * _ABOVE * up)
    if not {"neck", "sternum"} & set(used) and neck is None:
        notes.append("no neck or shoulder marker: the trunk follows the pelvis")
    found["spine"] = found["neck"] if "asis_r" not in used else middle + _ABOVE * up
    return np.stack([found[name] for name in LANDMARKS], axis=1)


def _middle(places: Sequence[Array]) -> Array | None:
    return np.mean(places, axis=0) if places else None


def _first(*places: Array | None) -> Array:
    """Return the first known position."""
    return next(place for place in places if place is not None)


def _pelvis(used: Mapping[str, Array], found: dict[str, Array], notes: list[str]) -> tuple[Array, Array]:
    """Add the hip centers, and return the directions to the right and up (T, 3) of the pelvis."""
    if "asis_r" not in used or "asis_l" not in used:
        right = _unit(found["hip_r"] - found["hip_l"])
        knees = [_first(used.get(f"knee_{s}"), used.get(f"knee_lateral_{s}")) for s in "rl"]
        up = found["hip_r"] + found["hip_l"] - knees[0] - knees[1]
        return right, _unit(up - np.einsum("ti,ti->t", up, right)[:, None] * right)
    front = 0.5 * (used["asis_r"] + used["asis_l"])
    back = 0.5 * (used["psis_r"] + used["psis_l"]) if {"psis_r", "psis_l"} <= set(used) else used.get("sacrum")
    across = used["asis_r"] - used["asis_l"]
    right = _unit(across)
    if back is None:
        ahead = np.cross(found["neck"] - front if "neck" in found else np.array([0.0, 0.0, 1.0]), right)
    else:
        ahead = front - back
    ahead = _unit(ahead - np.einsum("ti,ti->t", ahead, right)[:, None] * right)
    up = np.cross(right, ahead)
    if "hip_r" not in found or "hip_l" not in found:
        assert back is not None
        width = float(np.median(np.linalg.norm(across, axis=1)))
        depth = float(np.median(np.linalg.norm(front - back, axis=1)))
        offset = (-0.24 * depth - 0.0099) * ahead + (-0.30 * width - 0.0109) * up
        for sign, side in ((1.0, "r"), (-1.0, "l")):
            found[f"hip_{side}"] = front + offset + sign * (0.33 * width + 0.0073) * right
        notes.append(
            f"hip centers by Harrington et al. 2007 (pelvis {1000 * width:.0f} mm wide, {1000 * depth:.0f} deep)"
        )
    return right, up


def _jumps(
    used: Mapping[str, Array], roles: Mapping[str, str], points: Array, rate: float, *, notes: list[str], where: str
) -> Mask:
    """Return the frames (T,) in which a fixed distance within the body changes: a wrong marker."""
    at = {name: points[:, i] for i, name in enumerate(LANDMARKS)}
    pairs: list[tuple[str, str, Mapping[str, Array]]]
    pairs = [(f"{one}_{side}", f"{two}_{side}", at)
             for side in "rl" for one, two in (("hip", "knee"), ("knee", "ankle"), ("ankle", "toe"))]  # fmt: skip
    pairs += [(f"{part}_lateral_{side}", f"{part}_medial_{side}", used) for side in "rl" for part in ("knee", "ankle")]
    bad: Mask = np.zeros(len(points), dtype=bool)
    told = []
    for one, two, places in [*pairs, ("asis_r", "asis_l", used)]:
        if one not in places or two not in places:
            continue
        length = np.linalg.norm(places[two] - places[one], axis=1)
        off = np.abs(length - np.median(length)) > _JUMP
        if off.any():
            told.append(f"{roles.get(one, one)} to {roles.get(two, two)} ({off.sum()} frames from "
                        f"{off.argmax() / rate:.2f} s on)")  # fmt: skip
        bad |= off
    if bad.mean() > _MOST_JUMPS:
        raise MotionFormatError(
            f"{where}: swapped or wrong markers in {bad.mean():.0%} of the frames: these distances should be constant, "
            f"{', '.join(told)}"
        )
    if told:
        notes.append(f"swapped or wrong markers, left out: these distances should be constant, {', '.join(told)}")
    return bad


def _unit(vector: Array) -> Array:
    out: Array = vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)
    return out
