"""The joint of a skeleton for each landmark: by the user's map, by name, or by the shape of the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

import numpy as np

from kinesis_env.errors import MotionError
from kinesis_env.motions.formats.joint_names import Label, labels_of, leg_chain, proposed_map
from kinesis_env.motions.recording import LANDMARKS
from kinesis_env.typing import Array

__all__ = ["JointTree", "find_landmarks"]

_LEG_PARTS = ("hip", "knee", "ankle", "toe")
#: Range of the ratio of thigh to shank, and largest difference in length between the legs of a body.
_RATIO, _SAME = 1.7, 0.15
#: Cosine between a leg at rest and the direction away from the rest of the body.
_DOWN = 0.5
#: Offsets below this fraction of the distance from hips to neck count as zero; a spine joint is at least this far above
#: the hips, as a fraction of the same.
_NO_OFFSET, _ABOVE_HIPS = 0.02, 0.08


@dataclass(frozen=True, eq=False)
class JointTree:
    """Joints, parents first.

    Attributes:
        names: names of the joints; an end site has its joint's name with "_end" added.
        parents: index of the joint above, -1 for a root.
        rest: positions of the joints in the hierarchy's own pose (J, 3), in any unit.
        ends: whether each joint is an end site.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Array
    ends: tuple[bool, ...]

    def path(self, joint: int) -> list[int]:
        """Return the joints from the root to ``joint``."""
        found = []
        while joint >= 0:
            found.append(joint)
            joint = self.parents[joint]
        return found[::-1]

    @cached_property
    def children(self) -> list[list[int]]:
        """The children of each joint."""
        below: list[list[int]] = [[] for _ in self.parents]
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                below[parent].append(joint)
        return below

    @cached_property
    def reach(self) -> Array:
        """Length of the longest path below each joint (J,)."""
        reach = np.zeros(len(self.parents))
        for joint in reversed(range(len(self.parents))):
            parent = self.parents[joint]
            if parent >= 0:
                step = float(np.linalg.norm(self.rest[joint] - self.rest[parent]))
                reach[parent] = max(reach[parent], reach[joint] + step)
        return reach

    def chain(self, joint: int) -> list[int]:
        """Return the longest path from ``joint`` down."""
        chain = [joint]
        while below := self.children[chain[-1]]:
            top = self.rest[chain[-1]]
            chain.append(max(below, key=lambda j: float(np.linalg.norm(self.rest[j] - top)) + self.reach[j]))
        return chain

    def below(self, joint: int) -> set[int]:
        """Return ``joint`` and all joints below it."""
        found, left = {joint}, [joint]
        while left:
            children = self.children[left.pop()]
            found.update(children)
            left += children
        return found

    def leaves(self) -> list[int]:
        """Return the joints without children, ignoring end sites."""
        inner = {parent for other, parent in enumerate(self.parents) if not self.ends[other]}
        return [joint for joint in range(len(self.names)) if joint not in inner and not self.ends[joint]]


def find_landmarks(tree: JointTree, joint_map: Mapping[str, str] | None = None) -> tuple[dict[str, int], list[str]]:
    """Return the index of each landmark's joint, and notes about those not recognized by name.

    Raises:
        MotionError: the map names a landmark or joint that does not exist, or a joint twice; or not all landmarks are
            found. The message proposes a complete map.
    """
    found = _mapped(tree, dict(joint_map or {}))
    notes: list[str] = []
    labels = labels_of(tree.names)
    for side in "rl":
        for landmark, joint in _leg_by_name(tree, labels, side).items():
            if joint not in found.values():
                found.setdefault(landmark, joint)
    legs = [f"{part}_{side}" for side in "rl" for part in _LEG_PARTS[:3]]
    if not joint_map and not set(legs) <= set(found):
        shape = _legs_by_shape(tree, labels)
        if shape:
            found = shape
            named = ", ".join(f"{landmark} is {tree.names[joint]}" for landmark, joint in found.items())
            notes.append(f"unknown joint names; joints found by the shape of the hierarchy: {named}")
    for side in "rl":
        ankle = found.get(f"ankle_{side}", -1)
        below = tree.chain(ankle)[1:2] if ankle >= 0 else []
        if f"toe_{side}" not in found and below:
            found[f"toe_{side}"] = below[0]
            notes.append(f"no joint named toe_{side}: {tree.names[below[0]]}, below {tree.names[ankle]}, is used")
    _add_spine(tree, labels, found, notes)
    missing = [name for name in LANDMARKS if name not in found]
    if missing:
        known = ", ".join(name for name, end in zip(tree.names, tree.ends, strict=True) if not end)
        shown = {**_guessed(labels), **found}
        raise MotionError(
            f"no joint found for {', '.join(missing)}. Give a joint map (--joint-map MAP.yaml) with a line for each "
            f"landmark; replace each '?':\n{proposed_map({key: tree.names[j] for key, j in shown.items()})}\n"
            f"The joints are {known[:2000]}"
        )
    return {name: found[name] for name in LANDMARKS}, notes


def _mapped(tree: JointTree, joint_map: dict[str, str]) -> dict[str, int]:
    """Return the indices of a user's map, or raise."""
    unknown = sorted(set(joint_map) - set(LANDMARKS))
    if unknown:
        raise MotionError(
            f"unknown landmarks in the joint map: {', '.join(unknown)}; the landmarks are {', '.join(LANDMARKS)}"
        )
    missing = sorted({joint for joint in joint_map.values() if joint not in tree.names})
    if missing:
        shown = ", ".join(tree.names)[:2000]
        raise MotionError(f"the joint map names {', '.join(missing)}; the joints are {shown}")
    found: dict[str, int] = {}
    for landmark in (name for name in LANDMARKS if name in joint_map):
        joint = joint_map[landmark]
        if tree.names.count(joint) > 1:
            raise MotionError(f"the joint map names {joint}, but {tree.names.count(joint)} joints have this name")
        other = next((key for key in LANDMARKS if joint_map.get(key) == joint and key != landmark), None)
        if other is not None and {landmark, other} != {"spine", "neck"}:
            raise MotionError(
                f"the joint map gives {joint} to {landmark} and to {other}; each landmark needs its own joint"
            )
        found[landmark] = tree.names.index(joint)
    return found


def _leg_by_name(tree: JointTree, labels: Sequence[Label], side: str) -> dict[str, int]:
    chains = [leg_chain(tree.path(leaf), labels, side) for leaf in tree.leaves()]
    found = [chain for chain in chains if chain is not None]
    if not found:
        # A flat hierarchy: all joints are children of the root.
        flat = leg_chain(range(len(tree.names)), labels, side)
        found = [flat] if flat is not None and len({tree.parents[joint] for joint in flat[1]}) == 1 else []
    best = min(found, key=lambda chain: chain[0], default=None)
    return {} if best is None else {f"{part}_{side}": j for part, j in zip(_LEG_PARTS, best[1], strict=False)}


def _guessed(labels: Sequence[Label]) -> dict[str, int]:
    """Return the joints recognized by single names, for a map that the user completes."""
    found: dict[str, int] = {}
    for landmark in LANDMARKS:
        part, _, side = landmark.partition("_")
        fits = [(label.costs[part], j) for j, label in enumerate(labels) if label.side == side and part in label.costs]
        picked = next((j for _, j in sorted(fits) if j not in found.values()), None)
        if picked is not None:
            found[landmark] = picked
    return found


def _legs_by_shape(tree: JointTree, labels: Sequence[Label]) -> dict[str, int]:
    """Return the landmarks of the two chains, nearest to the root, that point away from the rest of the body."""
    for joint in sorted(range(len(tree.names)), key=lambda j: len(tree.path(j))):
        legs = {child: leg for child in tree.children[joint] if (leg := _leg_of(tree, tree.chain(child)))}
        for tops in combinations(legs, 2):
            pair = legs[tops[0]], legs[tops[1]]
            rest = sorted(tree.below(joint) - {joint} - tree.below(tops[0]) - tree.below(tops[1]))
            if not rest or not _is_pair(tree, pair, rest):
                continue
            sides = _sides(tree, labels, pair, rest)
            return {
                f"{part}_{side}": j
                for leg, side in zip(pair, sides, strict=False)
                for part, j in zip(_LEG_PARTS, leg, strict=False)
            }
    return {}


def _leg_of(tree: JointTree, chain: Sequence[int]) -> list[int]:
    """Return hip, knee, ankle and toes of a chain: around its two longest bones, if they are of similar length."""
    lengths = [float(np.linalg.norm(tree.rest[b] - tree.rest[a])) for a, b in pairwise(chain)]
    kept = [chain[0], *(b for b, length in zip(chain[1:], lengths, strict=True) if length > 0)]
    bones = [float(np.linalg.norm(tree.rest[b] - tree.rest[a])) for a, b in pairwise(kept)]
    pairs = [(one + two, i) for i, (one, two) in enumerate(pairwise(bones)) if 1 / _RATIO < one / two < _RATIO]
    if not pairs:
        return []
    at = max(pairs)[1]
    return list(kept[at : at + 4])


def _is_pair(tree: JointTree, legs: tuple[list[int], list[int]], rest: list[int]) -> bool:
    """Return whether two chains are equally long and point away from the rest of the body."""
    lines = [tree.rest[leg[2]] - tree.rest[leg[0]] for leg in legs]
    lengths = [float(np.linalg.norm(line)) for line in lines]
    up = tree.rest[rest].mean(axis=0) - tree.rest[[legs[0][0], legs[1][0]]].mean(axis=0)
    away = [-float(line @ up) / max(length * float(np.linalg.norm(up)), 1e-9)
            for line, length in zip(lines, lengths, strict=True)]  # fmt: skip
    return len(legs[0]) == len(legs[1]) and abs(np.log(lengths[0] / lengths[1])) < _SAME and min(away) > _DOWN


def _sides(tree: JointTree, labels: Sequence[Label], legs: tuple[list[int], list[int]], rest: list[int]) -> str:
    """Return the sides of two legs, by words in their names, else by the direction of the toes; "" if unclear."""
    told = ["".join({labels[joint].side for joint in leg if labels[joint].side}) for leg in legs]
    if sorted(told) == ["l", "r"]:
        return "".join(told)
    if len(legs[0]) < 4:
        return ""
    hips = [tree.rest[leg[0]] for leg in legs]
    up = tree.rest[rest].mean(axis=0) - 0.5 * (hips[0] + hips[1])
    ahead = sum(tree.rest[tree.chain(leg[2])[-1]] - tree.rest[leg[2]] for leg in legs)
    left = float(np.cross(up, ahead) @ (hips[0] - hips[1]))
    return "" if left == 0 else "lr" if left > 0 else "rl"


def _add_spine(tree: JointTree, labels: Sequence[Label], found: dict[str, int], notes: list[str]) -> None:
    """Add neck and spine, in place: the joint named so or the highest one, and the first joint on the way to it."""
    if not {"hip_r", "hip_l"} <= set(found):
        return
    hips = tree.rest[[found["hip_r"], found["hip_l"]]].mean(axis=0)
    legs = {j for key, j in found.items() if key not in ("spine", "neck")}
    paths = [tree.path(found["hip_r"]), tree.path(found["hip_l"])]
    shared = [a for a, b in zip(*paths, strict=False) if a == b]
    if "neck" not in found:
        named = {word: [(labels[j].costs[word], j) for j in range(len(labels)) if word in labels[j].costs
                        and not tree.ends[j]] for word in ("neck", "head")}  # fmt: skip
        picked = min(named["neck"], default=None) or min(named["head"], default=None)
        if picked is not None:
            found["neck"] = picked[1]
        elif "spine" in found:
            found["neck"] = found["spine"]
            notes.append(f"no neck: {tree.names[found['spine']]} is used")
        elif {"ankle_r", "ankle_l"} <= set(found):
            up = hips - tree.rest[[found["ankle_r"], found["ankle_l"]]].mean(axis=0)
            middle = [j for j in range(len(labels)) if not tree.ends[j] and not labels[j].side
                      and not legs & set(tree.path(j)) and j not in shared]  # fmt: skip
            if middle:
                way = tree.path(max(middle, key=lambda j: (float((tree.rest[j] - hips) @ up), -j)))
                # The neck begins where the arms begin.
                arms = [b for a, b in pairwise(way) if a not in shared and len(tree.children[a]) >= 3]
                found["neck"] = (arms or way)[-1]
                notes.append(f"no joint named neck: {tree.names[found['neck']]} is used")
    if "spine" in found or "neck" not in found:
        return
    neck = found["neck"]
    whole = float(np.linalg.norm(tree.rest[neck] - hips))
    way = [j for j in tree.path(neck) if j not in shared and j != neck and j not in legs]
    top = tree.rest[shared[-1]] if shared else hips
    far = [j for j in way if np.linalg.norm(tree.rest[j] - top) > _NO_OFFSET * whole
           and np.linalg.norm(tree.rest[j] - hips) > _ABOVE_HIPS * whole]  # fmt: skip
    if not far and not way:
        notes.append(f"no spine: {tree.names[neck]} is used")
    found["spine"] = (far or way or [neck])[0]
