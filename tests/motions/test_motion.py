import contextlib
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions import Motion, MotionLibrary, mirror
from tests.support import make_wandering_qpos


def test_arrays_are_read_only_float64(motion):
    for key, width in (("qpos", (21,)), ("qvel", (20,)), ("body_pos", (7, 3)), ("body_vel", (7, 3))):
        array = getattr(motion, key)
        assert array.shape == (40, *width)
        assert array.dtype == np.float64
        assert array.flags["C_CONTIGUOUS"]
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert (motion.frames, len(motion)) == (40, 40)
    assert motion.duration == pytest.approx(39 / 30)


def test_the_given_array_is_not_changed_or_kept():
    qpos = make_wandering_qpos()
    before = qpos.copy()
    made = Motion.from_qpos(qpos, 30, name="x")
    np.testing.assert_array_equal(qpos, before)
    qpos[:] = 0
    assert made.qpos[0, 2] == before[0, 2]


def test_quaternions_are_normalized_and_made_continuous():
    qpos = make_wandering_qpos()
    qpos[::2, 3:7] *= -(1 + 5e-7)
    made = Motion.from_qpos(qpos, 30, name="x")
    assert (np.sum(made.qpos[1:, 3:7] * made.qpos[:-1, 3:7], axis=1) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(made.qpos[:, 3:7], axis=1), 1, atol=1e-15)
    np.testing.assert_allclose(made.qvel, Motion.from_qpos(make_wandering_qpos(), 30, name="x").qvel, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"qpos": np.zeros((40, 20))}, r"qpos must have shape \(T, 21\), given \(40, 20\)"),
        ({"qpos": np.ones((1, 21))}, "at least 2 frames, given 1"),
        ({"qpos": np.zeros((40, 21))}, "not a unit quaternion in 40 frames"),
        ({"qpos": np.full((40, 21), np.nan)}, "qpos must be finite, but 40 frames are not, the first is frame 0"),
        ({"qvel": np.zeros((39, 20))}, r"qvel must have shape \(40, 20\), given \(39, 20\)"),
        ({"body_pos": np.full((40, 7, 3), np.inf)}, "body_pos must be finite"),
        ({"body_vel": "x"}, "must be an array of numbers"),
        ({"fps": 0}, "fps must be above 0"),
        ({"fps": float("nan")}, "fps must be above 0 and at most 10000, given nan"),
        ({"fps": "30"}, "fps must be a number"),
        ({"fps": True}, "fps must be a number"),
        ({"name": ""}, "needs a name"),
        ({"caption": None}, "caption of a motion must be a string"),
        ({"notes": "abc"}, "sequence of strings"),
    ],
)
def test_what_does_not_fit_is_an_error(motion, change, match):
    with pytest.raises(MotionError, match=match):
        motion.replace(**change)


def test_save_and_load_give_the_same_motion(motion, tmp_path):
    path = motion.save(tmp_path / "m.npz")
    back = Motion.load(path)
    assert back.digest == motion.digest
    assert back.notes == motion.notes
    assert back.fps == motion.fps
    np.testing.assert_array_equal(back.qpos, motion.qpos)
    assert list(tmp_path.iterdir()) == [path]
    again = motion.save(tmp_path / "n.npz")
    assert path.read_bytes() == again.read_bytes()
    assert pickle.loads(pickle.dumps(motion)).digest == motion.digest


def test_digest_tells_motions_apart(motion, other):
    assert motion.digest != other.digest
    assert motion.digest != motion.replace(name="else").digest
    assert motion.digest == motion.replace().digest


def test_save_is_whole_or_nothing(motion, tmp_path, monkeypatch):
    with pytest.raises(MotionError, match=r"must end in \.npz"):
        motion.save(tmp_path / "m.npy")
    path = motion.save(tmp_path / "m.npz")
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        motion.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def parts(motion):
    meta = {"name": "m", "caption": "", "source": "", "license": "", "fps": 30.0, "notes": []}
    arrays = {key: getattr(motion, key) for key in ("qpos", "qvel", "body_pos", "body_vel")}
    return meta, {"format_version": np.array(1), **arrays}


def write(path, meta, arrays):
    np.savez(path, metadata=np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8), **arrays)
    return path


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"format_version": np.array(99)}, "format_version must be 1, given 99"),
        ({"format_version": None}, "the arrays must be"),
        ({"extra": np.zeros(3)}, "the arrays must be"),
        ({"qpos": np.zeros((3, 21), dtype=np.float32)}, "qpos must be float64, given float32"),
        ({"qpos": np.full((40, 21), np.nan)}, "qpos must be finite"),
        ({"qvel": np.zeros((40, 19))}, "qvel must have shape"),
        ({"qpos": np.array([[object()]])}, "qpos: must be plain numbers, given object"),
        ({"meta": {"fps": 1}}, "the keys of metadata must be"),
        ({"meta": []}, "the keys of metadata must be .* given list"),
        ({"fps": -1}, "fps must be above 0"),
        ({"notes": 3}, "notes must be a list"),
        ({"name": 3}, "name of a motion must be a string"),
    ],
)
def test_load_names_file_place_and_reason(motion, tmp_path, change, match):
    meta, arrays = parts(motion)
    for key, value in change.items():
        if key == "meta":
            meta = value
        elif key in meta:
            meta[key] = value
        elif value is None:
            del arrays[key]
        else:
            arrays[key] = value
    path = write(tmp_path / "bad.npz", meta, arrays)
    with pytest.raises(MotionFormatError, match=match) as caught:
        Motion.load(path)
    assert "bad.npz" in str(caught.value)


def test_load_refuses_what_is_not_an_archive(tmp_path):
    with pytest.raises(MotionFormatError, match="no such file"):
        Motion.load(tmp_path / "none.npz")
    for content in (b"", b"PK\x03\x04", b"not a zip", pickle.dumps({"qpos": 1})):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(MotionFormatError, match="not a readable"):
            Motion.load(tmp_path / "bad.npz")


def test_load_refuses_a_zip_bomb_before_decompressing(motion, tmp_path):
    meta, arrays = parts(motion)
    path = tmp_path / "bomb.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"shape": (4_000_000, 21), "fortran_order": False, "descr": "<f8"})
    write(path, meta, {key: value for key, value in arrays.items() if key != "qpos"})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("qpos.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(header.getvalue())
        for _ in range(10):
            stream.write(bytes(4_000_000 * 21 * 8 // 10))
    assert path.stat().st_size < 2**20
    with pytest.raises(MotionFormatError, match="bytes after decompression"):
        Motion.load(path)


def test_load_refuses_a_header_larger_than_its_data(motion, tmp_path):
    meta, arrays = parts(motion)
    path = write(tmp_path / "lie.npz", meta, arrays)
    body = path.read_bytes().replace(b"(40, 21)", b"(9**9,1)").replace(b"(40, 20)", b"(-1, 20)")
    path.write_bytes(body)
    with pytest.raises(MotionFormatError):
        Motion.load(path)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_give_only_format_errors(motion, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    raw = bytearray(motion.save(folder / "good.npz").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw
    (folder / "bad.npz").write_bytes(raw)
    with contextlib.suppress(MotionFormatError):
        Motion.load(folder / "bad.npz")


def test_mirrored(motion, walking):
    there = mirror(motion)
    assert there.name == "wander-mirrored"
    assert mirror(there).digest == motion.digest
    again = Motion.from_qpos(there.qpos, there.fps, name="x")
    np.testing.assert_allclose(again.qvel, there.qvel, atol=1e-9)
    np.testing.assert_allclose(again.body_pos, there.body_pos, atol=1e-9)
    np.testing.assert_allclose(again.body_vel, there.body_vel, atol=1e-9)
    # A symmetric walk is its own mirror image half a stride later.
    np.testing.assert_allclose(mirror(walking).qpos[16:, 1:], walking.qpos[:-16, 1:], atol=1e-5)


def test_a_notebook_shows_one_line():
    motion = Motion.from_qpos(make_wandering_qpos(31), 30.0, name="around", caption="wanders")
    assert repr(motion) == "<Motion 'around': 1.00 s, 31 frames at 30 Hz, 'wanders'>"
    assert "&lt;Motion &#x27;around&#x27;: 1.00 s" in motion._repr_html_()


def test_the_time_of_the_recording_is_kept_where_there_is_one(motion, tmp_path):
    later = motion.replace(start=12.5)
    assert Motion.load(later.save(tmp_path / "later.npz")).start == 12.5
    assert "start" not in motion.metadata()
    assert later.digest != motion.digest
    assert MotionLibrary([later])[0].start == 12.5
    with pytest.raises(MotionError, match="start"):
        motion.replace(start=float("nan"))
