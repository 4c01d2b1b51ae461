"""Markers of a gait lab, as TRC and C3D."""

import numpy as np
import pytest

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions import LANDMARKS, read_motion
from kinesis_env.motions.formats import ReadOptions, detect, read_recordings
from tests.motions import sources

AT = {name: i for i, name in enumerate(LANDMARKS)}
LEGS = [i for name, i in AT.items() if name not in ("spine", "neck")]


def only(path, **options):
    (recording,) = read_recordings(path, ReadOptions(**options))
    return recording


def off(recording, rate=100.0, seconds=2.0):
    """Largest distance of the joints of the legs from those of the walk [m]."""
    right = sources.walking_points(rate, seconds)
    return np.linalg.norm((recording.points - right)[:, LEGS], axis=-1).max()


@pytest.mark.parametrize("family", sources.MARKER_SETS)
def test_marker_sets(tmp_path, family):
    path = sources.write_trc(tmp_path / "walk.trc", names=sources.MARKER_SETS[family])
    assert detect(path) == "trc"
    recording = only(path)
    assert off(recording) < 0.012
    assert recording.rate == pytest.approx(100.0)
    assert any("Harrington" in note for note in recording.notes)
    assert read_motion(path).qpos[-1, 0] == pytest.approx(sources.walking_qpos(100.0, 2.0)[-1, 0], rel=0.03)


@pytest.mark.parametrize("unit", [("m", 1.0), ("mm", 0.001), ("cm", 0.01), ("m", 0.001), ("mm", 1.0)])
def test_units(tmp_path, unit):
    """Also where the header does not say the truth."""
    assert off(only(sources.write_trc(tmp_path / "walk.trc", unit=unit))) < 0.012


def test_gaps(tmp_path):
    def short(placed):
        placed["RKNE"][50:60] = np.nan

    recording = only(sources.write_trc(tmp_path / "short.trc", change=short))
    assert off(recording) < 0.02
    assert any("RKNE filled" in note for note in recording.notes)

    def enters(placed):
        placed["LTOE"][:60] = np.nan
        placed["C7"][100:] = np.nan

    recording = only(sources.write_trc(tmp_path / "enters.trc", change=enters))
    assert len(recording.times) == 201 - 60
    assert any("141 of 201 frames, from 0.60 s" in note for note in recording.notes)

    def never(placed):
        for name in ("RTOE", "RHEE"):
            placed[name][:] = np.nan

    with pytest.raises(MotionFormatError, match=r"no marker for toe_r.*--marker-map.*OpenSim's inverse kinematics"):
        only(sources.write_trc(tmp_path / "never.trc", change=never))


def test_swapped_markers_are_told(tmp_path):
    def swap(frames):
        def change(placed):
            right, left = placed["RANK"].copy(), placed["LANK"].copy()
            placed["RANK"][frames], placed["LANK"][frames] = left[frames], right[frames]

        return change

    recording = only(sources.write_trc(tmp_path / "few.trc", change=swap(slice(30, 40))))
    assert any("swapped or wrong markers" in note and "RANK" in note for note in recording.notes)
    with pytest.raises(MotionFormatError, match=r"swapped or wrong markers in .* RANK to RMED"):
        only(sources.write_trc(tmp_path / "many.trc", change=swap(slice(30, 90))))


def test_no_medial_markers(tmp_path):
    def lateral(placed):
        for name in ("RKNM", "LKNM", "RMED", "LMED"):
            del placed[name]

    recording = only(sources.write_trc(tmp_path / "walk.trc", change=lateral))
    assert off(recording) < 0.02
    assert any("static pose" in note for note in recording.notes)


def test_a_marker_map(tmp_path):
    names = sources.MARKER_SETS["Plug-in Gait"].replace("KNE", "Q1").replace("ANK", "Q2")
    path = sources.write_trc(tmp_path / "walk.trc", names=names)
    with pytest.raises(MotionFormatError, match="no marker for knee_lateral_r"):
        only(path)
    known = {
        f"{part}_lateral_{s}": f"{s.upper()}{name}" for part, name in (("knee", "Q1"), ("ankle", "Q2")) for s in "rl"
    }
    assert off(only(path, marker_map=known)) < 0.012
    with pytest.raises(MotionFormatError, match="the marker 'nothing'"):
        only(path, marker_map={"toe_r": "nothing"})


def test_rows_of_a_trc(tmp_path):
    path = sources.write_trc(tmp_path / "walk.trc")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1][:40]]))
    recording = only(path)
    assert len(recording.times) >= 195
    path.write_text("\n".join(lines).replace("\t", ","))
    assert off(only(path)) < 0.012
    path.write_text("\n".join([*lines[:50], lines[50] + "\t1\t2", *lines[51:]]))
    with pytest.raises(MotionFormatError, match=r"walk\.trc: line 51: 31 values|line 51"):
        only(path)


def write_c3d(path, rate=100.0, seconds=2.0):
    """A walk with one force plate of type 2 and one channel of EMG."""
    ezc3d = pytest.importorskip("ezc3d")
    placed = sources.markers(sources.walking_qpos(rate, seconds))
    frames = len(next(iter(placed.values())))
    c3d = ezc3d.c3d()
    point, analog = c3d["parameters"]["POINT"], c3d["parameters"]["ANALOG"]
    point["UNITS"]["value"], point["RATE"]["value"], point["LABELS"]["value"] = ["mm"], [rate], tuple(placed)
    data = np.ones((4, len(placed), frames))
    data[:3] = np.stack(list(placed.values())).transpose(2, 0, 1)
    c3d["data"]["points"] = data
    analog["RATE"]["value"] = [10 * rate]
    analog["LABELS"]["value"] = ("EMG soleus", "Fx1", "Fy1", "Fz1", "Mx1", "My1", "Mz1")
    channels = np.zeros((1, 7, 10 * frames))
    channels[0, 0] = np.sin(np.arange(10 * frames))
    # 700 N down at 0.1 m along x and -0.05 m along y of the plate, whose sensor is 40 mm below; and 70 N backward.
    force, at = np.array([-70.0, 0.0, 700.0]), np.array([100.0, -50.0, -40.0])
    channels[0, 1:4, 200:], channels[0, 4:, 200:] = force[:, None], np.cross(at, force)[:, None]
    c3d["data"]["analogs"] = channels
    corners = np.array([[600.0, 0, 0], [0, 0, 0], [0, 400, 0], [600, 400, 0]])  # x forward, y right, z down
    for key, value in (
        ("USED", [1]),
        ("TYPE", [2]),
        ("CHANNEL", np.arange(2.0, 8.0)[:, None]),
        ("CORNERS", corners.T[:, :, None]),
        ("ORIGIN", np.array([[0.0, 0.0, -40.0]]).T),
    ):
        c3d.add_parameter("FORCE_PLATFORM", key, value)
    c3d.write(str(path))
    return path


def test_c3d(tmp_path):
    from kinesis_env.motions.formats.c3d import read_lab_signals

    path = write_c3d(tmp_path / "walk.c3d")
    assert detect(path) == "c3d"
    assert off(only(path)) < 0.012
    signals = read_lab_signals(path)
    assert list(signals.analog) == ["EMG soleus"]
    assert signals.times[1000] == pytest.approx(1.0)
    (plate,) = signals.plates
    # The corners of this plate say that its y points to the right: z is down.
    assert np.allclose(plate.force[500], (70.0, 0.0, 700.0), atol=0.1)
    assert np.allclose(plate.point[500], (0.3 + 0.1, 0.2 + 0.05, 0.0), atol=1e-3)
    assert abs(plate.free_moment[500]) < 0.05
    assert np.isnan(plate.point[10]).all()


def test_a_damaged_c3d_is_an_error(tmp_path):
    path = write_c3d(tmp_path / "walk.c3d")
    whole = path.read_bytes()
    for part in (0.1, 0.5):
        path.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(MotionFormatError, match=r"walk\.c3d"):
            only(path)
