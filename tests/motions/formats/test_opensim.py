import contextlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kinesis_env import rotations
from kinesis_env.errors import MotionFormatError
from kinesis_env.model import JOINTS
from kinesis_env.motions.formats.opensim import pelvis_quat, read_opensim

FLEXION = JOINTS.index("hip_flexion_r")
KNEE, KNEE_L = JOINTS.index("knee_angle_r"), JOINTS.index("knee_angle_l")
TIMES = np.arange(50) / 100


def bending(sign=1.0, size=60.0):
    return {"knee_angle_r": sign * size * np.linspace(0.05, 1, 50), "hip_flexion_r": np.linspace(-20, 30, 50)}


def test_angles_map_straight_onto_the_joints(write_mot):
    columns = {joint: np.full(50, 1.0 + column) for column, joint in enumerate(JOINTS)}
    recording = read_opensim(write_mot(columns, TIMES))
    np.testing.assert_allclose(recording.angles[0], np.deg2rad(1.0 + np.arange(14)))
    np.testing.assert_allclose(recording.times, TIMES)
    assert recording.name == "trial"


@pytest.mark.parametrize(
    ("tilt", "lean", "turn", "vector", "expected"),
    [
        # OpenSim's z is to the right: tilting by +90 degrees takes forward to up and up to backward.
        (90, 0, 0, (1, 0, 0), (0, 0, 1)),
        (90, 0, 0, (0, 0, 1), (-1, 0, 0)),
        # Listing about forward takes up (y) to the right (z): here z to -y.
        (0, 90, 0, (0, 0, 1), (0, -1, 0)),
        # Rotating about up takes forward to the left.
        (0, 0, 90, (1, 0, 0), (0, 1, 0)),
        # In sequence, each about the turned axis: forward -> left by rotation -> up by list... -> backward by tilt.
        (90, 90, 90, (1, 0, 0), (-1, 0, 0)),
    ],
)
def test_pelvis_orientation_by_hand(tilt, lean, turn, vector, expected):
    quat = pelvis_quat(*(np.deg2rad([angle]) for angle in (tilt, lean, turn)))
    np.testing.assert_allclose(rotations.rotate(quat[0], np.array(vector, float)), expected, atol=1e-12)


def test_pelvis_position_turns_with_the_axes(write_mot):
    columns = {**bending(), "pelvis_tx": np.full(50, 1.0), "pelvis_ty": np.full(50, 2.0), "pelvis_tz": np.full(50, 3.0)}
    recording = read_opensim(write_mot(columns, TIMES))
    np.testing.assert_allclose(recording.root_pos[0], [1, -3, 2])
    assert recording.recorded_axes == (True, True, True)
    millimeters = {**columns, "pelvis_ty": np.full(50, 950.0)}
    recording = read_opensim(write_mot(millimeters, TIMES))
    assert recording.root_pos[0, 2] == pytest.approx(0.95)
    assert any("millimeters" in note for note in recording.notes)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("low", "high"), [(2, 65), (60, 76), (-4, 30), (12.5, 13)])
def test_knee_flexion_comes_out_positive(write_mot, sign, low, high):
    knee = sign * np.linspace(low, high, 50)
    recording = read_opensim(
        write_mot(
            {
                "knee_angle_r": knee,
                "knee_angle_l": knee,
            },
            TIMES,
        )
    )
    np.testing.assert_allclose(np.rad2deg(recording.angles[:, KNEE]), sign * knee, atol=1e-6)
    assert any("sign flipped" in note for note in recording.notes) == (sign < 0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_nearly_straight_knees_follow_the_feet(write_mot, sign):
    knee = np.full(50, 6.0)
    columns = {"hip_flexion_r": knee / 2, "knee_angle_r": sign * knee, "ankle_angle_r": knee / 2}
    recording = read_opensim(write_mot(columns, TIMES))
    np.testing.assert_allclose(recording.angles[:, KNEE], np.deg2rad(knee))
    assert any("nearly straight" in note for note in recording.notes)


@pytest.mark.parametrize(
    ("header", "scale", "note"),
    [
        ("inDegrees=yes", 180 / np.pi, None),
        ("inDegrees = YES", 180 / np.pi, None),
        ("inDegrees=no", 1.0, None),
        ("Units are S.I.", 180 / np.pi, "read as degrees"),
        ("Units are S.I.", 1.0, "read as radians"),
        ("inDegrees=no", 180 / np.pi, "header says radians"),
    ],
)
def test_degrees_or_radians(write_mot, header, scale, note):
    angle = np.linspace(0.02, 1.1, 50)
    recording = read_opensim(write_mot({"knee_angle_r": angle * scale}, TIMES, header=header))
    np.testing.assert_allclose(recording.angles[:, KNEE], angle, atol=1e-6)
    if note:
        assert any(note in text for text in recording.notes)


def test_full_coordinate_paths(write_mot):
    value = np.linspace(1, 40, 50)
    columns = {
        "/jointset/hip_r/hip_flexion_r/value": value,
        "/jointset/hip_r/hip_flexion_r/speed": 100 * value,
        "/jointset/walker_knee_r/knee_angle_r/value": value,
        "/forceset/soleus_r/activation": value,
    }
    recording = read_opensim(write_mot(columns, TIMES))
    np.testing.assert_allclose(recording.angles[:, FLEXION], np.deg2rad(value))
    assert any(note.startswith("2 columns") for note in recording.notes)


@pytest.mark.parametrize("separator", ["\t", "    ", " \t "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_separators_line_ends_and_blank_lines(write_mot, separator, newline):
    header = "inDegrees=yes||Units are S.I. units (second, meters)|# a comment|  "
    recording = read_opensim(write_mot(bending(), TIMES, header=header, separator=separator, newline=newline))
    assert recording.angles.shape == (50, 14)


def test_wrong_row_count_is_noted(write_mot):
    recording = read_opensim(write_mot(bending(), TIMES, rows=120))
    assert "the header says 120 rows, the file has 50" in recording.notes


def test_planar_models_and_missing_translation_are_noted(write_mot):
    recording = read_opensim(write_mot(bending(), TIMES))
    notes = "; ".join(recording.notes)
    assert "assumed zero: hip_adduction_r" in notes
    assert "assumed zero: pelvis_tilt" in notes
    assert "not in the file: pelvis_tx, pelvis_ty, pelvis_tz" in notes
    assert recording.recorded_axes == (False, False, False)
    assert (recording.root_quat == [1, 0, 0, 0]).all()


def test_short_gaps_are_filled_and_long_ones_refused(write_mot):
    columns = bending()
    whole = columns["hip_flexion_r"].copy()
    columns["hip_flexion_r"][10:20] = np.nan
    recording = read_opensim(write_mot(columns, TIMES))
    np.testing.assert_allclose(recording.angles[:, FLEXION], np.deg2rad(whole), atol=1e-9)
    assert any("10 rows filled" in note for note in recording.notes)
    columns["hip_flexion_r"][10:40] = np.nan
    with pytest.raises(MotionFormatError, match=r"hip_flexion_r is missing for 0\.31 s from 0\.10 s on"):
        read_opensim(write_mot(columns, TIMES))


def test_repeated_times_are_dropped_and_backward_ones_refused(write_mot):
    times = TIMES.copy()
    times[5] = times[4]
    recording = read_opensim(write_mot(bending(), times))
    assert len(recording.times) == 49
    times[5] = 0.0
    with pytest.raises(MotionFormatError, match=r"line 13: time decreases from 0\.04 to 0 s"):
        read_opensim(write_mot(bending(), times))


HEAD = "Coordinates\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\n"
GOOD = HEAD + "time\tknee_angle_r\n0\t10\n0.1\t40\n"


#: What is wrong with the rows below a column of knee angles.
ROWS = {
    "1 rows of numbers": "0 1\n",
    "line 8: 3 values for 2 columns": "0 1\n1 2 3\n",
    "line 8: 1 values for 2 columns": "0 1\n1\n",
    "line 8: 'x' is not a number": "0 1\n1 x\n",
    "line 8: the time is not a number": "0 1\nnan 1\n",
    "all rows have the same time": "0 1\n0 1\n",
    "times must be at most 1e10 in size": "0 1\n1e30 1\n",
    "angles or positions out of reach of a body": "0 1\n1 1e9\n",
}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        *((f"{HEAD}time knee_angle_r\n{rows}", match) for match, rows in ROWS.items()),
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
        ("hello\nworld\n", "no line 'endheader'"),
        (HEAD, "no rows after the header"),
        (HEAD + "knee_angle_r\n1\n2\n", "line 6: no column is named 'time', and the first is 'knee_angle_r'"),
        (HEAD + "time\n1\n2\n", "no column other than 'time'"),
        (HEAD + "time a a\n1 2 3\n", "repeated columns: a"),
        (HEAD + "time force_y\n0 1\n1 2\n", "no joint angle of the legs"),
        (HEAD + "time knee_flexion_r a/b/knee_angle_r/value\n0 1 1\n1 1 1\n", "two columns give knee_angle_r"),
        ("DataType=Vec3\n" + GOOD, "given Vec3"),
        ("Speeds\n" + GOOD, "must contain positions, given Speeds"),
        (GOOD.replace("40", "4\0"), "line 8: a null byte"),
    ],
)
def test_what_cannot_be_read_names_file_line_and_reason(tmp_path, text, match):
    path = tmp_path / "bad.mot"
    path.write_bytes(text.encode())
    with pytest.raises(MotionFormatError, match=match) as caught:
        read_opensim(path)
    assert "bad.mot" in str(caught.value)


def test_a_missing_file_or_a_folder(tmp_path):
    for path in (tmp_path, tmp_path / "none.mot", "a\0b.mot"):
        with pytest.raises(MotionFormatError):
            read_opensim(path)


@settings(max_examples=200, deadline=None)
@given(raw=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)), tail=st.booleans())
@example(raw=b"time\tknee_angle_r\n0\t1_0\n0.1\t2\n", tail=True)
def test_garbage_gives_only_format_errors(tmp_path_factory, raw, tail):
    path = tmp_path_factory.mktemp("fuzz") / "x.mot"
    path.write_bytes(HEAD.encode() + raw if tail else raw)
    with contextlib.suppress(MotionFormatError):
        read_opensim(path)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_files_give_only_format_errors(tmp_path_factory, data):
    raw = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("fuzz") / "x.mot"
    path.write_bytes(raw)
    with contextlib.suppress(MotionFormatError):
        read_opensim(path)
