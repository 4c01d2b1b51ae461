"""Motions of one body put onto another."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.model.bodies import make_body
from kinesis_env.motions import Motion, MotionLibrary, concatenate, load_motions, mirror, read_motion, trim
from kinesis_env.motions.gait import GaitPlan, Walk, walk
from kinesis_env.motions.retargeting import leg_length_of, onto_body

SMALL = make_body({"height": 1.53, "mass": 55.0})
UNEVEN = make_body({"height": 1.7, "mass": 70.0, "lengths": {"femur": 0.44, "tibia": 0.37, "pelvis": 0.18}})


@pytest.fixture(scope="module")
def clip():
    return load_motions("walk")[0]


def lowest(motion):
    """Height of the lowest point of each foot (T, 2) [m]."""
    tree = motion.body.skeleton
    poses = tree.poses(motion.qpos)
    soles = [tree.sole(poses, side) for side in (0, 1)]
    return np.stack([(ends[..., 2] - radii).min(axis=1) for ends, radii in soles], axis=1)


def test_a_body_that_is_smaller_in_all_does_the_same_smaller(clip):
    """Nine tenths of the size: equal angles, nine tenths of every place, and of every height over the ground."""
    put = onto_body(clip, SMALL)
    assert put.body == SMALL
    np.testing.assert_allclose(put.qpos[:, 7:], clip.qpos[:, 7:], atol=1e-4)
    np.testing.assert_allclose(put.body_pos, 0.9 * clip.body_pos, atol=1e-5)
    np.testing.assert_allclose(lowest(put), 0.9 * lowest(clip), atol=1e-5)
    assert put.notes[-1].startswith("retargeted to a body of 1.53 m, 55 kg: legs times 0.900")


def test_legs_of_other_proportions_keep_their_feet_on_the_ground(clip):
    put = onto_body(clip, UNEVEN)
    factor = leg_length_of(UNEVEN) / leg_length_of(make_body())
    np.testing.assert_allclose(lowest(put), factor * lowest(clip), atol=1e-4)
    assert np.abs(put.qpos[:, 7:] - clip.qpos[:, 7:]).max() < 0.35
    low, high = UNEVEN.skeleton.ranges.T
    assert (put.qpos[:, 7:] >= low - 1e-9).all()
    assert (put.qpos[:, 7:] <= high + 1e-9).all()


def test_there_and_back(clip):
    back = onto_body(onto_body(clip, UNEVEN), make_body())
    np.testing.assert_allclose(back.body_pos[:, 0], clip.body_pos[:, 0], atol=0.002)


def test_its_own_body_and_one_of_equal_lengths(clip):
    assert onto_body(clip, make_body()) is clip
    heavier = make_body({"height": 1.53, "mass": 65.0})
    put = onto_body(onto_body(clip, SMALL), heavier)
    assert put.body == heavier
    assert len(put.notes) == len(clip.notes) + 1  # no pose has changed


def test_motions_are_loaded_for_a_body(clip):
    found = load_motions("walk", body={"height": 1.53, "mass": 55.0})[0]
    assert found.body == SMALL
    assert found.digest != clip.digest
    with SMALL.in_use():
        assert load_motions("walk")[0].digest == found.digest
    assert load_motions([found], body={})[0].body.is_default


def test_files_say_for_which_body_they_are(clip, tmp_path):
    path = onto_body(clip, SMALL).save(tmp_path / "small.npz")
    again = Motion.load(path)
    assert again.body == SMALL
    assert "body" not in clip.metadata()  # files of the default body are as they were
    assert read_motion(path).body == SMALL
    assert read_motion(path, body={}).body.is_default
    with UNEVEN.in_use():
        assert Motion.load(path).body == SMALL
        assert Motion.load(clip.save(tmp_path / "plain.npz")).body.is_default
    library = load_motions(tmp_path, body=UNEVEN)
    assert {motion.body for motion in library} == {UNEVEN}


def test_a_file_that_lies_about_its_body(clip, tmp_path):
    put = onto_body(clip, SMALL)
    liar = put.replace(body=UNEVEN)
    with pytest.raises(MotionFormatError, match="body_pos contradicts qpos"):
        Motion.load(liar.save(tmp_path / "liar.npz"))
    text = {**put.metadata(), "body": {"height": 9.0}}
    with pytest.raises(MotionFormatError, match=r"body\['height'\] must be"):
        _rewritten(put, text, tmp_path)


def _rewritten(motion, metadata, folder):
    path = motion.save(folder / "bad.npz")
    with np.load(path) as archive:
        arrays = dict(archive)
    import json

    arrays["metadata"] = np.frombuffer(json.dumps(metadata).encode(), dtype=np.uint8)
    np.savez(path, **arrays)
    return Motion.load(path)


def test_edits_keep_the_body(clip):
    put = onto_body(clip, SMALL)
    for edited in (trim(put, 0.0, 1.0), mirror(put), concatenate((put, put))):
        assert edited.body == SMALL
    with pytest.raises(MotionError, match="of one body"):
        concatenate((put, clip))


def test_a_library_is_of_one_body(clip):
    with pytest.raises(MotionError, match="another body"):
        MotionLibrary([clip, onto_body(clip, SMALL).replace(name="small")])
    assert MotionLibrary([onto_body(clip, SMALL)]).body == SMALL


def test_made_gait_covers_the_distance_that_was_asked_for():
    for body in (SMALL, UNEVEN):
        with body.in_use():
            made = GaitPlan((Walk(distance=3.0),)).motion()
            steady = walk(2)
        assert made.body == body
        assert made.body_pos[-1, 0, 0] - made.body_pos[0, 0, 0] == pytest.approx(3.0, abs=0.03)
        assert lowest(made).min() > -0.01
        assert steady.body == body
        assert lowest(steady).min() > -0.01
