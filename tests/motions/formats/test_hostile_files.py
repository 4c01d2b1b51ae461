"""Files that are damaged, absurd or malicious: an error that names file and reason, and nothing else happens."""

import io
import os
import pickle
import struct
import time
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kinesis_env.errors import MotionError, MotionFormatError, OptionalDependencyError
from kinesis_env.motions import load_motions, read_motions
from kinesis_env.motions.datasets import convert
from kinesis_env.motions.export import opensim_columns
from kinesis_env.motions.formats import FORMATS, ReadOptions, read_recordings
from kinesis_env.motions.formats.joint_names import read_joint_map
from tests.motions import sources

WRITERS = {
    "bvh": ("walk.bvh", lambda path: sources.write_bvh(path, rate=20.0, seconds=0.5)),
    "amass": ("walk.npz", lambda path: sources.write_amass(path, rate=20.0, seconds=0.5)),
    "humanml3d": (
        "walk.npy",
        lambda path: np.save(path, sources.smpl_joints(sources.walking_points(20.0, 0.5)).astype(np.float32)),
    ),
    "text-results": ("results.npy", sources.write_results),
    "opensim": ("walk.mot", lambda path: write_table(path, "\t")),
    "csv": ("walk.csv", lambda path: write_table(path, ",")),
    "trc": ("walk.trc", lambda path: sources.write_trc(path, rate=20.0, seconds=0.5)),
    "pickle": (
        "walk.pkl",
        lambda path: path.write_bytes(pickle.dumps(sources.amass_arrays(20.0, 0.5) | {"fps": 20.0})),
    ),
    "joints": (
        "joints.npz",
        lambda path: np.savez(path, joints=sources.smpl_joints(sources.walking_points(20.0, 0.5)), fps=20.0),
    ),
}
#: Formats whose files are called otherwise.
FORMAT_OF = {"csv": "opensim", "pickle": "amass", "joints": "humanml3d"}


def write_table(path, separator):
    """Joint angles of a walk, as OpenSim's table or as CSV."""
    columns = opensim_columns(sources.walking_qpos(20.0, 0.5))
    lines = [] if separator == "," else ["walk", "nRows=11", "inDegrees=yes", "endheader"]
    lines.append(separator.join(("time", *columns)))
    rows = np.column_stack((np.arange(11) / 20.0, *columns.values()))
    lines += [separator.join(f"{value:.4f}" for value in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")


class Boom:
    """Runs a command when unpickled by an unpickler that lets it."""

    def __init__(self, reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


def write_object(path, content, protocol=4):
    header = np.lib.format.header_data_from_array_1_0(np.empty((), dtype=object))
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_no_code_of_a_pickle_is_run(tmp_path, protocol):
    proof = tmp_path / "ran"
    attacks = [
        Boom((os.system, (f"touch {proof}",))),
        Boom((eval, (f"open({str(proof)!r}, 'w')",))),
        Boom((getattr, (str, "format"))),
        {"motion": Boom((open, (str(proof), "w"))), "text": [], "lengths": []},
        [Boom((exec, (f"open({str(proof)!r}, 'w')",)))],
        Boom((np.load, (str(proof),))),
        Boom((os.path.exists, (str(proof),))),
    ]
    for i, attack in enumerate(attacks):
        path = write_object(tmp_path / f"attack{i}.npy", attack, protocol)
        # The same bytes do run where they are let: the attack is real.
        with pytest.raises(MotionFormatError, match=r"attack\d\.npy: refused"):
            read_motions(path)
        assert not proof.exists()
    pickle.loads(pickle.dumps(attacks[0]))
    assert proof.exists()


@pytest.mark.parametrize(
    "content",
    [
        # Names reached through a dot, an extension code, a persistent id, state for a class, an instance by its name.
        b"\x80\x04\x8c\x05numpy\x8c\x0fndarray.__class__\x93.",
        b"\x80\x02\x82\x01.",
        b"Pid\n.",
        b"cnumpy\nndarray\n}(S'x'\nI1\nsb.",
        b"(ios\nsystem\n.",
        b"(S'x'\ncnumpy\ndtype\no.",
        b"c_codecs\nencode\n(Vx\nVrot13\ntR.",
        # Sizes that are only claimed: 2 GB of text, a memo of four billion entries, an array of 2**62 numbers.
        b"\x80\x04X\xff\xff\xff\x7f.",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"N\x72\xff\xff\xff\xff.",
        b"\x80\x04(((((((((((((((((((((.",
        b"",
        b".",
    ],
)
def test_odd_pickles_are_refused(tmp_path, content):
    path = write_object(tmp_path / "odd.npy", content)
    start = time.perf_counter()
    with pytest.raises(MotionFormatError, match=r"odd\.npy"):
        read_motions(path)
    assert time.perf_counter() - start < 30  # what is claimed is not made


@pytest.mark.parametrize("part", [0.3, 0.9, 0.999])
def test_results_cut_short_say_so(tmp_path, part):
    path = sources.write_results(tmp_path / "cut.npy")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with pytest.raises(MotionFormatError, match=r"cut\.npy: refused: \w+"):
        read_motions(path)


def test_a_pickled_array_that_lies_about_its_size(tmp_path):
    array = np.zeros((2, 22, 3, 5), dtype=np.float32)
    data = pickle.dumps({"motion": array, "text": ["a", "b"], "lengths": np.array([5, 5])}, protocol=3)
    big = data.replace(b"K\x02K\x16K\x03K\x05", b"K\xffK\x16K\x03K\x05")
    assert big != data
    with pytest.raises(MotionFormatError, match="refused: an array of shape"):
        read_motions(write_object(tmp_path / "lie.npy", big))


def bomb(path):
    """A small archive that says, truthfully, that it grows to a gigabyte."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (2**20, 156)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("poses.npy", "w", force_zip64=True) as stream:
            stream.write(buffer.getvalue())
            block = bytes(2**20)
            for _ in range(300):
                stream.write(block)
        with archive.open("trans.npy", "w") as stream:
            np.save(stream, np.zeros((2**10, 3)))
    return path


def truncated(name, keep):
    def write(path):
        WRITERS[name][1](path)
        path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])

    return write


def amass_with(**changes):
    def write(path):
        arrays = {**sources.amass_arrays(20.0, 0.5), "mocap_framerate": np.array(20.0)}
        for key, change in changes.items():
            value = change(arrays[key]) if callable(change) else change
            arrays = {**arrays, key: value} if value is not None else {k: v for k, v in arrays.items() if k != key}
        np.savez(path, **arrays)

    return write


def poisoned(array, count=None):
    array = array.copy()
    array[3 : None if count is None else 3 + count] = np.nan
    return array


def bvh_with(old, new):
    def write(path):
        WRITERS["bvh"][1](path)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return write


CASES = {
    "empty.bvh": (lambda p: p.write_bytes(b""), "the file is empty"),
    "empty.npz": (lambda p: p.write_bytes(b""), "empty.npz"),
    "empty.npy": (lambda p: p.write_bytes(b""), "empty.npy"),
    "half.bvh": (truncated("bvh", 0.27), "line [0-9]+|0 frames"),
    "header.bvh": (truncated("bvh", 0.05), "line [0-9]+: "),
    "half.npz": (truncated("amass", 0.6), "half.npz"),
    "half.npy": (truncated("humanml3d", 0.6), "bytes follow"),
    "pickled.npy": (truncated("text-results", 0.6), "refused"),
    "bomb.npz": (bomb, "at most 268435456 are allowed"),
    "time.bvh": (bvh_with("Frame Time: 0.05", "Frame Time: -0.05"), "line [0-9]+: frame time"),
    "channel.bvh": (bvh_with("Zrotation", "Wrotation"), "line [0-9]+: unknown channel 'Wrotation'"),
    "count.bvh": (bvh_with("CHANNELS 6", "CHANNELS 7"), "line [0-9]+: CHANNELS"),
    "word.bvh": (bvh_with(" 0.00000", " wide"), "line [0-9]+: could not convert"),
    "nan.bvh": (bvh_with(" 0.00000", " nan"), "NaN"),
    "offset.bvh": (bvh_with("OFFSET 0 0 1", "OFFSET 0 inf 1"), "line [0-9]+: OFFSET"),
    "brace.bvh": (bvh_with("}\nMOTION", "MOTION"), "line [0-9]+"),
    "nan.npz": (amass_with(poses=poisoned), "contain NaN"),
    "all_nan.npz": (amass_with(poses=lambda a: a * np.nan), "every frame contains NaN"),
    "rate.npz": (amass_with(mocap_framerate=-30.0), "mocap_framerate must be positive and at most 10000 Hz, given -30"),
    "no_rate.npz": (amass_with(mocap_framerate=None), "no frame rate; the file must contain one of mocap_framerate"),
    "nan_rate.npz": (amass_with(mocap_framerate=np.nan), "must be positive and at most 10000 Hz, given nan"),
    "rates.npz": (amass_with(mocap_framerate=np.array([30.0, 60.0])), "mocap_framerate must be one number"),
    "one.npz": (amass_with(poses=lambda a: a[:1], trans=lambda a: a[:1]), "must have 2 to 240000 frames, given 1"),
    "shape.npz": (amass_with(poses=lambda a: a[:, :100]), r"poses must have shape \(T, 3 J\)"),
    "trans.npz": (amass_with(trans=lambda a: a[:-1]), "trans must have shape"),
    "text.npz": (amass_with(poses=lambda a: a.astype(str)), "must contain numbers"),
    "huge.npz": (amass_with(trans=lambda a: a + 1e9), "positions must be within"),
    "keys.npz": (lambda p: np.savez(p, position=np.zeros(3)), r"content: position \(3,\).*'poses' and.*qpos"),
    "objects.npz": (amass_with(poses=lambda a: a.astype(object)), "poses must have shape"),
    "outside.npz": (amass_with(poses=None), "outside.npz"),
    "one.npy": (lambda p: np.save(p, np.ones((1, 22, 3))), "needs 2 to 240000 frames, given 1"),
    "shape.npy": (lambda p: np.save(p, np.ones((9, 23, 3))), "an array of shape"),
    "zeros.npy": (lambda p: np.save(p, np.zeros((9, 22, 3))), "legs must be 0.2 to 2.5 m long, given 0 m"),
    "words.npy": (lambda p: np.save(p, np.full((9, 263), "x")), "must contain numbers"),
    "wide.npy": (lambda p: p.write_bytes(b"\x93NUMPY\x01\x00\xff\xff" + b"{" * 65535), "wide.npy"),
    "giant.npy": (
        lambda p: p.write_bytes(
            b"\x93NUMPY\x01\x00" + struct.pack("<H", 70)
            + b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999, 22, 3)}"
        ),
        "the header says",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_damaged_files(tmp_path, name):
    write, reason = CASES[name]
    path = tmp_path / name
    write(path)
    with pytest.raises(MotionFormatError, match=reason) as caught:
        read_motions(path)
    assert name in str(caught.value)
    out = tmp_path / "out"
    (outcome,) = convert([path], out, jobs=1)
    assert outcome.status == "failed"
    assert not list(out.glob("*.npz"))
    assert [file.name for file in out.iterdir()] in ([], [".convert.json"])


def test_short_gaps_are_filled(tmp_path):
    amass_with(poses=lambda a: poisoned(a, 2))(tmp_path / "gap.npz")
    (recording,) = read_recordings(tmp_path / "gap.npz")
    assert any("2 frames filled" in note for note in recording.notes)


def test_members_that_lead_out_of_the_archive_are_not_looked_at(tmp_path):
    path = tmp_path / "walk.npz"
    sources.write_amass(path, rate=20.0)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.npy", b"x")
    (motion,) = read_motions(path)
    assert motion.name == "walk"
    assert not list(tmp_path.parent.glob("escaped*"))


def test_paths_with_dots_and_odd_names_stay_in_the_folder(tmp_path):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "..hidden ;name$.bvh"
    sources.write_bvh(path, rate=20.0, seconds=1.0)
    (outcome,) = convert([tmp_path / "a" / ".." / "a" / path.name], tmp_path / "out")
    assert outcome.outputs == ("hidden_name.npz",)
    (outcome,) = convert([path], tmp_path / "out", names=["../../up"])
    assert outcome.outputs == ("up.npz",)
    with pytest.raises(MotionFormatError, match=r"\.\./nothing\.bvh: no such file"):
        read_motions(tmp_path / "a" / "../nothing.bvh")


@pytest.mark.parametrize(
    "text", ["", "- a\n", "hip_r: [1]\n", "elbow: Arm\n", "hip_r: !!python/name:os.system\n", "\0"]
)
def test_joint_maps(tmp_path, text):
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(MotionError, match=r"map\.yaml"):
        read_joint_map(path)


def mutate(data, edits):
    out = bytearray(data)
    for kind, at, value in edits:
        place = at % max(len(out), 1)
        if kind == "set" and out:
            out[place] = value
        elif kind == "insert":
            out[place:place] = bytes([value]) * (1 + value % 7)
        elif kind == "cut":
            del out[place : place + 1 + value]
        elif kind == "end":
            del out[place:]
    return bytes(out)


EDITS = st.lists(
    st.tuples(st.sampled_from(["set", "set", "insert", "cut", "end"]), st.integers(0, 2**20), st.integers(0, 255)),
    min_size=1,
    max_size=6,
)


class Valid:
    """A valid file to damage."""

    def __init__(self, kind, folder):
        name, write = WRITERS[kind]
        self.kind, self.path = kind, folder / name
        write(self.path)
        self.data = self.path.read_bytes()

    def __repr__(self):
        return self.kind


@pytest.fixture(scope="module", params=WRITERS)
def valid(request, tmp_path_factory):
    return Valid(request.param, tmp_path_factory.mktemp("fuzz"))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, head=st.booleans())
@example(edits=[("end", 0, 0)], head=True)
@example(edits=[("cut", 18, 55)], head=False)  # numpy's parser of the header: tokenize.TokenError
def test_any_damage_is_an_error_or_a_recording(valid, edits, head):
    """Bytes changed anywhere, or only in the first kilobyte, where the headers are."""
    name, path, data = valid.kind, valid.path, valid.data
    changed = mutate(data[:1000], edits) + data[1000:] if head else mutate(data, edits)
    path.write_bytes(changed)
    for say in (ReadOptions(), ReadOptions(format=FORMAT_OF.get(name, name))):
        recordings, reason = [], path.name
        try:
            recordings = read_recordings(path, say)
        except (MotionError, OptionalDependencyError) as error:  # what begins as a C3D file does needs ezc3d
            reason = str(error)
        assert path.name in reason
        assert all(np.isfinite(recording.times).all() for recording in recordings)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.binary(max_size=300), name=st.sampled_from(sorted(FORMATS)))
@example(data=b"HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 1 Xrotation\n}\nMOTION\nFrames: nan\n", name="bvh")
@example(data=b"HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 1 Xrotation\n}\nMOTION\nFrames:", name="bvh")
@example(data=b"\x93NUMPY\x02\x00\xff\xff\xff\xff{", name="humanml3d")
@example(data=b"\x93NUMPY\x01\x00\x01\x00\n", name="text-results")
@example(data=b"PK\x05\x06" + bytes(18), name="amass")
def test_any_bytes_are_an_error(tmp_path_factory, data, name):
    path = tmp_path_factory.getbasetemp() / "bytes.bin"
    path.write_bytes(data)
    with pytest.raises((MotionError, OptionalDependencyError)):
        read_recordings(path, ReadOptions(format=name))
    with pytest.raises((MotionError, OptionalDependencyError)):
        read_recordings(path)


def quickly_refused(path, match):
    start = time.monotonic()
    with pytest.raises(MotionError, match=match) as caught:
        read_motions(path)
    assert time.monotonic() - start < 5.0
    assert len(str(caught.value)) <= 1500


def test_rows_far_apart_are_no_motion(tmp_path):
    for step in (66_000.0, 600.0, 1.5):
        rows = "\n".join(f"{time}\t10\t20" for time in (0.0, 0.01, 0.02, 0.02 + step))
        text = f"Coordinates\ninDegrees=yes\nendheader\ntime\thip_flexion_r\tknee_angle_r\n{rows}\n"
        (tmp_path / "gap.mot").write_text(text)
        quickly_refused(tmp_path / "gap.mot", r"without a frame|at most 240000 frames")


def test_more_frames_than_any_recording(tmp_path):
    frames = 2_000_000
    poses, trans = np.zeros((frames, 72), np.int8), np.zeros((frames, 3), np.int8)
    np.savez_compressed(tmp_path / "long.npz", poses=poses, trans=trans, mocap_framerate=60.0)
    quickly_refused(tmp_path / "long.npz", "allowed|must have")


def test_labels_given_again_and_again(tmp_path):
    labels = "\t".join(f"l{i % 20_000}" for i in range(60_000))
    (tmp_path / "labels.mot").write_text(f"x\nendheader\ntime\t{labels}\n")
    quickly_refused(tmp_path / "labels.mot", r"at most 20000 are allowed")


def op(code, *parts):
    return code + b"".join(parts)


def text(value):
    return op(pickle.BINUNICODE, struct.pack("<I", len(value)), value.encode())


def test_a_small_pickle_that_would_be_large(tmp_path):
    big = text("x" * 1_000_000) + op(pickle.BINPUT, b"\x00") + pickle.POP
    call = b"c_codecs\nencode\n" + op(pickle.BINPUT, b"\x01") + pickle.POP
    one = b"h\x01" + op(pickle.MARK) + b"h\x00" + text("latin1") + pickle.TUPLE + pickle.REDUCE
    content = b"\x80\x02" + big + call + b"]" + op(pickle.MARK) + one * 2000 + pickle.APPENDS + pickle.STOP
    quickly_refused(write_object(tmp_path / "memo.npy", content), "bytes of text and numbers")


@pytest.mark.parametrize("kind", ["dict", "set"])
def test_numbers_with_one_hash(tmp_path, kind):
    numbers = [i * (2**61 - 1) for i in range(30_000)]
    items = b"".join(pickle.dumps(number, 2)[2:-1] + (b"N" if kind == "dict" else b"") for number in numbers)
    head, tail = (b"}", b"u") if kind == "dict" else (b"\x8f", b"\x90")
    content = b"\x80\x04" + head + b"(" + items + tail + b"."
    quickly_refused(write_object(tmp_path / "hash.npy", content), "keys are neither|a set")


def test_a_header_that_is_too_long_does_not_advise_pickles(tmp_path):
    dtype = np.dtype([(f"field_{i}", "<f8") for i in range(400)])
    np.save(tmp_path / "fields.npy", np.zeros(2, dtype))
    with pytest.raises(MotionFormatError) as caught:
        read_recordings(tmp_path / "fields.npy", ReadOptions(format="humanml3d"))
    assert "allow_pickle" not in str(caught.value)
    assert "the header has more than 4096 bytes" in str(caught.value)


def test_a_frame_rate_that_no_float_holds(tmp_path):
    path = load_motions("walk")[0].save(tmp_path / "m.npz")
    with np.load(path) as file:
        arrays = dict(file)
    meta = bytes(arrays["metadata"]).decode().replace('"fps": 30.0', '"fps": 1' + "0" * 400)
    np.savez(path, **{**arrays, "metadata": np.frombuffer(meta.encode(), np.uint8)})
    quickly_refused(path, "fps must be above 0 and at most 10000")
