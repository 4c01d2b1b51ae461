"""OpenSim's tables as programs really write them, and units that are not what they say."""

import numpy as np
import pytest

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats import ReadOptions, detect, read_recordings
from kinesis_env.motions.formats.coordinates import coordinate_of
from kinesis_env.motions.gait.gait import walk
from tests.motions import sources


def only(path, **options):
    (recording,) = read_recordings(path, ReadOptions(**options))
    return recording


@pytest.fixture(scope="module")
def table(as_columns):
    """Labels, times and rows of a walk, in degrees and meters."""
    motion = walk().from_qpos(sources.walking_qpos(30.0, 2.5), 30.0, name="walk")
    columns, times = as_columns(motion, 100.0, seconds=2.0)
    return list(columns), times, np.stack(list(columns.values()), axis=1)


def text_of(
    table,
    *,
    separator="\t",
    point=".",
    header="inDegrees=yes",
    time="time",
    names=lambda name: name,
    form="{:.6f}",
    newline="\n",
    missing=None,
    units=False,
    comment=None,
):
    labels, times, values = table
    lines = ["trial", f"nRows={len(times)}", f"nColumns={len(labels) + 1}", header, "endheader"] if header else []
    lines.append(separator.join((time, *map(names, labels))))
    lines = [comment, *lines] if comment else lines
    lines += [separator.join(["s", *("deg" for _ in labels)])] if units else []
    for i, row in enumerate(np.column_stack((times, values))):
        cells = [form.format(value).replace(".", point) for value in row]
        if missing and i in (40, 41):
            cells[9] = missing if missing != "empty" else ""
        lines.append(separator.join(cells))
    return newline.join(lines) + newline


def angles(recording):
    return np.concatenate((recording.angles, recording.root_pos, recording.root_quat), axis=1)


@pytest.fixture
def right(table, tmp_path):
    (tmp_path / "right.mot").write_text(text_of(table))
    return only(tmp_path / "right.mot")


FORMS = {
    "tabs": {},
    "commas": {"separator": ","},
    "commas and spaces": {"separator": ", "},
    "semicolons": {"separator": ";"},
    "spaces": {"separator": "  "},
    "decimal commas": {"point": ","},
    "semicolons, decimal commas": {"separator": ";", "point": ","},
    "spaces, decimal commas": {"separator": " ", "point": ","},
    "no header": {"header": None},
    "no header, commas": {"header": None, "separator": ","},
    "no unit": {"header": "version=1"},
    "CRLF": {"newline": "\r\n"},
    "CR": {"newline": "\r"},
    "exponents": {"form": "{:.8e}"},
    "Time": {"time": "Time"},
    "time with its unit": {"time": "Time (s)", "separator": ","},
    "timestamp": {"time": "timestamp"},
    "upper case": {"names": str.upper},
    "q_": {"names": lambda name: f"q_{name}"},
    "right": {"names": lambda name: name.removesuffix("_r") + "_right" if name.endswith("_r") else
              name.removesuffix("_l") + "_left" if name.endswith("_l") else name},
    "side first": {"names": lambda name: f"R_{name[:-2]}" if name.endswith("_r") else
                   f"L_{name[:-2]}" if name.endswith("_l") else name},
    "camel case": {"names": lambda name: "".join(part.title() for part in name.split("_"))},
    "knee_flexion": {"names": lambda name: name.replace("knee_angle", "knee_flexion").replace("ankle_angle",
                                                                                             "ankle_dorsiflexion")},
    "with units": {"names": lambda name: f"{name} (deg)", "separator": ","},
    "paths": {"names": lambda name: f"/jointset/some_joint/{name}/value"},
    "a row of units": {"separator": ",", "units": True},
    "comments": {"header": None, "comment": "# made by hand"},
    "-1.#IND": {"missing": "-1.#IND"},
    "-1.#IND00": {"missing": "-1.#IND00"},
    "nan(ind)": {"missing": "-nan(ind)"},
    "#N/A": {"missing": "NaN"},
    "empty cells": {"missing": "empty", "separator": ","},
    "empty cells, tabs": {"missing": "empty"},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_forms(table, right, tmp_path, form, encoding):
    for name in ("walk.mot", "walk.csv"):
        (tmp_path / name).write_bytes(text_of(table, **FORMS[form]).encode(encoding))
        assert detect(tmp_path / name) == "opensim"
        tolerance = 0.02 if "missing" in FORMS[form] else 1e-5
        assert np.abs(angles(only(tmp_path / name)) - angles(right)).max() < tolerance


def test_no_times(table, right, tmp_path):
    text = "\n".join(line.partition("\t")[2] for line in text_of(table, header=None).splitlines())
    (tmp_path / "walk.csv").write_text(text)
    with pytest.raises(MotionFormatError, match="--source-fps"):
        only(tmp_path / "walk.csv", format="opensim")
    assert np.abs(angles(only(tmp_path / "walk.csv", format="opensim", fps=100.0)) - angles(right)).max() < 1e-5


@pytest.mark.parametrize(("factor", "name"), [(1e3, "milliseconds"), (1e6, "microseconds")])
def test_times_in_other_units(table, right, tmp_path, factor, name):
    labels, times, values = table
    (tmp_path / "walk.mot").write_text(text_of((labels, factor * times, values)))
    recording = only(tmp_path / "walk.mot")
    assert np.allclose(recording.times, right.times, atol=1e-9)
    assert any(name in note for note in recording.notes)


def test_frame_numbers_are_no_times(table, right, tmp_path):
    labels, times, values = table
    (tmp_path / "walk.mot").write_text(text_of((labels, np.arange(len(times)), values)))
    with pytest.raises(MotionFormatError, match=r"like frame numbers.*--source-fps"):
        only(tmp_path / "walk.mot")
    assert np.abs(angles(only(tmp_path / "walk.mot", fps=100.0)) - angles(right)).max() < 1e-5


def changed(table, angle=1.0, place=1.0):
    labels, times, values = table
    places = [name.startswith("pelvis_t") and name != "pelvis_tilt" for name in labels]
    return labels, times, values * np.where(places, place, angle)


UNITS = {
    "radians that are said to be degrees": ({"angle": np.pi / 180}, "inDegrees=yes"),
    "radians that are not said": ({"angle": np.pi / 180}, "version=1"),
    "degrees that are said to be radians": ({}, "inDegrees=no"),
    "pelvis in cm": ({"place": 100}, "inDegrees=yes"),
    "pelvis in mm": ({"place": 1000}, "inDegrees=yes"),
    "pelvis a tenth": ({"place": 0.1}, "inDegrees=yes"),
    "pelvis a hundredth": ({"place": 0.01}, "inDegrees=yes"),
    "both": ({"place": 100, "angle": np.pi / 180}, "inDegrees=yes"),
}


@pytest.mark.parametrize("mistake", UNITS)
def test_wrong_units_are_put_right(table, right, tmp_path, mistake):
    change, header = UNITS[mistake]
    (tmp_path / "walk.mot").write_text(text_of(changed(table, **change), header=header, form="{:.9f}"))
    recording = only(tmp_path / "walk.mot")
    assert np.abs(angles(recording) - angles(right)).max() < 1e-4
    assert len(recording.notes) > len(right.notes)


def test_radians_in_place(table, tmp_path):
    """No path tells the unit: the speed of the knees does."""
    labels, times, values = changed(table, angle=np.pi / 180, place=0.0)
    (tmp_path / "walk.mot").write_text(text_of((labels, times, values)))
    assert np.rad2deg(np.ptp(only(tmp_path / "walk.mot").angles[:, 3])) > 40


def test_a_body_that_stands_keeps_its_degrees(table, tmp_path):
    labels, times, values = table
    rng = np.random.default_rng(0)
    sway = np.cumsum(rng.normal(0, 0.01, values.shape), axis=0)
    still = np.where([name.startswith("pelvis_t") for name in labels], values[0], sway)
    (tmp_path / "still.mot").write_text(text_of((labels, times, still)))
    assert np.rad2deg(np.abs(only(tmp_path / "still.mot").angles).max()) < 2


def test_what_cannot_be_told_is_refused(table, tmp_path):
    labels, times, _values = table
    slow = (
        0.9 * (1 - np.cos(2 * np.pi * times / times[-1]))[:, None] * np.isin(labels, ("knee_angle_r", "knee_angle_l"))
    )
    (tmp_path / "slow.mot").write_text(text_of((labels, 2.5 * times, slow)))
    with pytest.raises(MotionFormatError, match="radians of a slow movement, or degrees of a standing body"):
        only(tmp_path / "slow.mot")


def test_a_cut_last_row(table, tmp_path):
    text = text_of(table)
    (tmp_path / "cut.mot").write_text(text[: len(text) - 60])
    recording = only(tmp_path / "cut.mot")
    assert len(recording.times) == len(table[1]) - 1
    assert any("the last row has" in note for note in recording.notes)


@pytest.mark.parametrize(
    ("label", "coordinate"),
    [
        ("hip_flexion_r", ("hip_flexion_r", 1)),
        ("HIP_FLEXION_R", ("hip_flexion_r", 1)),
        ("hip_flexion_right", ("hip_flexion_r", 1)),
        ("q_hip_flexion_r", ("hip_flexion_r", 1)),
        ("RHipFlexion", ("hip_flexion_r", 1)),
        ("Left Hip Abduction [deg]", ("hip_adduction_l", -1)),
        ("ankle_plantarflexion_l", ("ankle_angle_l", -1)),
        ("/jointset/hip_r/hip_flexion_r/value", ("hip_flexion_r", 1)),
        ("/jointset/hip_r/hip_flexion_r/speed", None),
        ("hip_flexion_r_moment", None),
        ("knee_angle_r_beta", None),
        ("hip_flexion", None),
        ("pelvis_tilt_r", None),
        ("pelvis_ty", ("pelvis_ty", 1)),
        ("arm_flex_r", None),
        ("time", None),
    ],
)
def test_coordinates(label, coordinate):
    assert coordinate_of(label) == coordinate
