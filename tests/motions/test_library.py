import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions import MotionLibrary, load_motions

KEYS = ("qpos", "qvel", "body_pos", "body_vel")


@pytest.fixture(scope="session")
def library(motion, other):
    return MotionLibrary([motion, other], weights=[1, 3])


def test_properties(library, motion, other):
    assert library.names == ("wander", "other")
    assert len(library) == 2
    assert library["other"] is library[1] is other
    assert list(library) == [motion, other]
    assert "wander" in library
    np.testing.assert_allclose(library.durations, [39 / 30, 76 / 50])
    np.testing.assert_array_equal(library.fps, [30, 50])
    np.testing.assert_allclose(library.weights, [0.25, 0.75])
    np.testing.assert_allclose(MotionLibrary([motion, other]).weights, [0.5, 0.5])


def test_stored_frames_come_back_unchanged(library, motion, other):
    for clip, made in enumerate((motion, other)):
        frames = library.lookup(np.full(len(made), clip), np.arange(len(made)) / made.fps)
        for key in KEYS:
            np.testing.assert_array_equal(getattr(frames, key), getattr(made, key))


def test_times_are_clamped(library, motion, other):
    frames = library.lookup([0, 1], [-5.0, 99.0])
    np.testing.assert_array_equal(frames.qpos, [motion.qpos[0], other.qpos[-1]])


def test_shapes(library):
    frames = library.lookup([0, 1, 0], np.zeros((3, 4)))
    assert [getattr(frames, key).shape for key in KEYS] == [(3, 4, 21), (3, 4, 20), (3, 4, 7, 3), (3, 4, 7, 3)]
    assert library.lookup([1], [0.1]).body_vel.shape == (1, 7, 3)
    assert library.lookup(np.zeros(0, int), np.zeros(0)).qpos.shape == (0, 21)


def test_lookup_returns_fresh_arrays(library, motion):
    frames = library.lookup([0], [0.0])
    frames.qpos[:] = 0
    np.testing.assert_array_equal(library.lookup([0], [0.0]).qpos[0], motion.qpos[0])


@settings(max_examples=100, deadline=None)
@given(time=st.floats(0, 76 / 50))
def test_interpolation_is_linear_and_spherical(library, other, time):
    frames = library.lookup([1], [time])
    stamps = np.arange(len(other)) / other.fps
    linear = [np.interp(time, stamps, column) for column in other.qpos.T]
    np.testing.assert_allclose(np.delete(frames.qpos[0], range(3, 7)), np.delete(linear, range(3, 7)), atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(frames.qpos[0, 3:7]), 1, atol=1e-12)
    expected = Slerp(stamps, Rotation.from_quat(other.qpos[:, 3:7], scalar_first=True))(min(time, stamps[-1]))
    given_ = Rotation.from_quat(frames.qpos[0, 3:7], scalar_first=True)
    assert (expected.inv() * given_).magnitude() < 2e-6
    height = np.interp(time, stamps, other.body_pos[:, 3, 2])
    np.testing.assert_allclose(frames.body_pos[0, 3, 2], height, atol=1e-7)


def test_sampling_follows_weights_and_the_generator(library):
    drawn = library.sample(np.random.default_rng(3), 4000)
    np.testing.assert_array_equal(drawn, library.sample(np.random.default_rng(3), 4000))
    assert abs(drawn.mean() - 0.75) < 0.03
    rng = np.random.default_rng(3)
    assert [library.sample_one(rng) for _ in range(4000)] == drawn.tolist()
    assert set(MotionLibrary(list(library), weights=[0, 1]).sample(np.random.default_rng(0), 100)) == {1}


def test_errors(library, motion):
    with pytest.raises(MotionError, match="unknown motion 'wandr'; the motions are wander, other"):
        library.index("wandr")
    with pytest.raises(MotionError, match="at least one"):
        MotionLibrary([])
    with pytest.raises(MotionError, match="repeated are wander"):
        MotionLibrary([motion, motion])
    for weights in ([1], [0, 0], [-1, 2], [np.nan, 1]):
        with pytest.raises(MotionError, match="weights"):
            MotionLibrary(list(library), weights)
    for clips in ([2], [-1]):
        with pytest.raises(MotionError, match="from 0 to 1"):
            library.lookup(clips, [0.0])
    with pytest.raises(MotionError, match="times that are numbers"):
        library.lookup([0], [np.nan])
    for clips, times in (([0], [0.0, 1.0]), (0, 0.0), ([0.5], [0.0]), ([[0]], [[0.0]])):
        with pytest.raises(MotionError, match="lookup needs"):
            library.lookup(clips, times)


def test_load_motions_from_files_folders_and_lists(motion, other, tmp_path):
    motion.save(tmp_path / "b.npz")
    other.save(tmp_path / "a.npz")
    (tmp_path / "readme.txt").write_text("ignored")
    assert [m.name for m in load_motions(tmp_path / "b.npz")] == ["wander"]
    assert [m.name for m in load_motions(str(tmp_path))] == ["other", "wander"]
    assert [m.name for m in load_motions([tmp_path, tmp_path / "b.npz", motion])] == ["other", "wander"]
    renamed = other.replace(name="wander")
    assert [m.name for m in load_motions([motion, renamed, renamed, motion])] == ["wander", "wander-2"]


def test_load_motions_says_what_there_is(tmp_path):
    with pytest.raises(MotionError, match=r"no motion 'wlak': not a shipped motion.*the motions are"):
        load_motions("wlak")
    with pytest.raises(MotionError, match="no motion file in this folder"):
        load_motions(tmp_path)
    with pytest.raises(MotionFormatError, match="no such file"):
        load_motions(tmp_path / "none.npz")
    with pytest.raises(MotionError, match="no motion given"):
        load_motions([])
    with pytest.raises(MotionError, match="must be a string, a path or a Motion"):
        load_motions([3])
