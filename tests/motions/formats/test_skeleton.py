"""Which joint is which landmark, in the skeletons of many producers."""

import contextlib

import numpy as np
import pytest

from kinesis_env.errors import MotionError
from kinesis_env.motions.formats.skeleton import JointTree, find_landmarks
from tests.motions.formats.bvh_families import FAMILIES, skeleton_of


def found_names(tree, joint_map=None):
    found, notes = find_landmarks(tree, joint_map)
    return {landmark: tree.names[joint] for landmark, joint in found.items()}, notes


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family):
    tree, truth = skeleton_of(family)
    found, _ = found_names(tree)
    assert found == truth


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("change", ["{}", "Name_{}", "name:{}", "{}_jnt", "{}Bone", "left_handed_{}", "P1|{}"])
def test_prefixes_and_suffixes(family, change):
    tree, truth = skeleton_of(family)
    names = tuple(change.format(name.removesuffix("_end")) + ("_end" if end else "")
                  for name, end in zip(tree.names, tree.ends, strict=False))  # fmt: skip
    found, _ = found_names(JointTree(names, tree.parents, tree.rest, tree.ends))
    renamed = dict(zip(tree.names, names, strict=False))
    assert found == {landmark: renamed[name] for landmark, name in truth.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_shape_of_the_hierarchy(family):
    """Names that say nothing: the legs are still found, unless bones are split."""
    tree, truth = skeleton_of(family)
    if any(word in FAMILIES[family] for word in ("upperleg02", "ThighTwist ", ".001 knee", "HipPart1", "metatarsal")):
        pytest.skip("bones in several pieces")
    names = tuple(f"x{i}" for i in range(len(tree.names)))
    renamed = dict(zip(tree.names, names, strict=False))
    found, notes = found_names(JointTree(names, tree.parents, tree.rest, tree.ends))
    legs = [landmark for landmark in truth if landmark not in ("spine", "neck")]
    assert {leg: found[leg] for leg in legs} == {leg: renamed[truth[leg]] for leg in legs}
    assert any("shape of the hierarchy" in note for note in notes)


def test_a_joint_serves_one_landmark():
    tree, truth = skeleton_of("SOMA")
    found, _ = found_names(tree, {"hip_r": "RightLeg", "hip_l": "LeftLeg"})
    assert found == truth
    with pytest.raises(MotionError, match="gives RightLeg to hip_r and to knee_r"):
        find_landmarks(tree, {"hip_r": "RightLeg", "knee_r": "RightLeg"})
    with pytest.raises(MotionError, match=r"unknown landmarks .*elbow"):
        find_landmarks(tree, {"elbow": "RightLeg"})


def test_any_tree_ends_in_time():
    """A star of chains and a deep chain, with the most joints that are read."""
    rng = np.random.default_rng(0)
    star = (-1, *(0 if i % 4 == 1 else i - 1 for i in range(1, 1000)))
    deep = tuple(range(-1, 999))
    for parents in (star, deep):
        names = tuple(f"left leg {i}" for i in range(1000))
        for chosen in (names, tuple(f"n{i}" for i in range(1000))):
            with contextlib.suppress(MotionError):
                find_landmarks(JointTree(chosen, parents, rng.normal(size=(1000, 3)), (False,) * 1000))
