"""Force plates of a C3D as loads on the feet: known forces under known feet come back."""

import contextlib
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions import read_loads, read_recorded
from kinesis_env.motions.formats import c3d
from kinesis_env.motions.formats.c3d import read_lab_signals
from tests.motions import sources
from tests.motions.formats.lab import Plate, write_lab

#: What figures of plates are held to [N, m, N m].
NEWTON, MILLIMETER, MOMENT = 1.0, 1e-3, 0.1
RATE, TIMES = 1000.0, 2010


def corners(middle, quarter, *, length=0.6, width=0.4, down=True):
    """The corners of a plate on the floor, turned by quarters; its z is down, or up."""
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * ([1, -1] if down else [1, 1])
    flat = signs * np.array([length, width]) / 2.0
    angle = quarter * np.pi / 2.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack((flat @ turn.T + middle, np.zeros(4)))


def under(ankle, on, quarter=0, force=(70.0, -20.0, 700.0), free=4.0, **options):
    """A plate that is loaded in the part ``on`` of the time, 30 mm ahead and 10 mm left of an ankle (3,)."""
    load = np.zeros((TIMES, 3))
    load[on] = force
    point = np.array([ankle[0] + 0.03, ankle[1] + 0.01, 0.0])
    moment = np.zeros(TIMES)
    moment[on] = free
    down = options.pop("down", True)
    middle = point[:2] - (0.1, 0.05)
    return Plate(corners(middle, quarter, down=down), load, np.tile(point, (TIMES, 1)), moment, **options)


def walk():
    """Markers of a walk by name [mm], and the ankles (T, 2, 3) [m]."""
    qpos = sources.walking_qpos(100.0, 2.0)
    return sources.markers(qpos), sources.landmarks(qpos)[:, [2, 6]]


def stance(ankles, side, after=0):
    """Return the samples in which an ankle is slowest, and where it is then."""
    speed = np.linalg.norm(np.diff(ankles[:, side, :2], axis=0), axis=1)
    frame = after + int(np.convolve(speed[after : after + 110], np.ones(20), "valid").argmin()) + 10
    return slice(10 * frame - 150, 10 * frame + 150), ankles[frame, side]


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("quarter", [0, 1, 2, 3])
@pytest.mark.parametrize(("down", "sign"), [(True, -1.0), (True, 1.0), (False, -1.0)])
def test_a_plate_of_each_type_turned_against_the_laboratory(tmp_path, kind, quarter, down, sign):
    placed, _ = walk()
    plate = under((0.4, 0.2, 0.0), slice(500, 900), quarter, kind=kind, down=down, sign=sign)
    (found,) = read_lab_signals(write_lab(tmp_path / "walk.c3d", placed, [plate])).plates
    np.testing.assert_allclose(found.force[700], (70.0, -20.0, 700.0), atol=NEWTON)
    np.testing.assert_allclose(found.point[700], (0.43, 0.21, 0.0), atol=MILLIMETER)
    assert found.free_moment[700] == pytest.approx(4.0, abs=MOMENT)
    assert np.isnan(found.point[100]).all()


def two_feet(**options):
    """Markers, and three plates turned by quarters: right, left and right foot; and what acts when and where."""
    placed, ankles = walk()
    parts = [(0, *stance(ankles, 0)), (1, *stance(ankles, 1, 30)), (0, *stance(ankles, 0, 90))]
    plates = [under(at, on, quarter, **options) for quarter, (_, on, at) in enumerate(parts, 1)]
    return placed, plates, parts


@pytest.mark.parametrize("up", ["z", "y", "down"])
@pytest.mark.parametrize("moments", ["Nmm", "Nm"])
def test_plates_reach_the_feet_that_stand_on_them(tmp_path, up, moments):
    """In a laboratory with any vertical axis, and moments in either unit."""
    placed, plates, parts = two_feet()
    to_file = {"z": np.eye(3), "y": np.eye(3)[[1, 2, 0]], "down": np.diag([1.0, -1.0, -1.0])}[up]
    placed = {name: place @ to_file.T for name, place in placed.items()}
    for plate in plates:
        plate.force, plate.point, plate.corners = (v @ to_file.T for v in (plate.force, plate.point, plate.corners))
        if up == "down":
            # The plate's z is along the laboratory's, and what is up is against it.
            plate.depth, plate.free = -plate.depth, -plate.free
    path = write_lab(tmp_path / "walk.c3d", placed, plates, moments=moments)
    motion = read_recorded(path)
    loads = read_loads(path, motion)
    for side, on, at in parts:
        middle = (on.start + on.stop) // 2
        np.testing.assert_allclose(loads.force[middle, side], (70.0, -20.0, 700.0), atol=NEWTON)
        np.testing.assert_allclose(loads.point[middle, side], (at[0] + 0.03, at[1] + 0.01, 0.0), atol=MILLIMETER)
        np.testing.assert_allclose(loads.torque[middle, side], (0.0, 0.0, 4.0), atol=MOMENT)
        assert not loads.force[middle, 1 - side].any()
    assert loads.times[1000] == pytest.approx(1000 / RATE, abs=0.01)
    assert any("2 steps of the right foot, 1 of the left" in note for note in loads.notes)


def test_markers_that_are_seen_late_stay_on_the_clock_of_the_plates(tmp_path):
    placed, plates, parts = two_feet()
    placed["LTOE"][:40] = 0.0
    path = write_lab(tmp_path / "walk.c3d", placed, plates)
    motion = read_recorded(path)
    assert motion.start == pytest.approx(0.4)
    loads = read_loads(path, motion)
    side, on, at = parts[1]
    np.testing.assert_allclose(loads.point[(on.start + on.stop) // 2, side, :2], at[:2] + (0.03, 0.01), atol=MILLIMETER)


def test_files_without_plates_and_plates_of_unknown_types_are_errors(tmp_path):
    placed, plates, _ = two_feet()
    with pytest.raises(MotionFormatError, match=r"none\.c3d: no force plates .*OpenSim table"):
        read_loads(write_lab(tmp_path / "none.c3d", placed))
    path = write_lab(tmp_path / "new.c3d", placed, plates, types=[2, 7, 2])
    with pytest.raises(
        MotionFormatError, match=r"new\.c3d: force plate 2 of 3 cannot be read \(type 7; only types 1 to 4"
    ):
        read_loads(path)
    assert len(read_lab_signals(path).plates) == 2
    plates[2].corners = np.zeros((4, 3)) + plates[2].corners[0]
    plates[2].corners[1:] += 1e-4 * np.array([[0, 1, 0], [1, 1, 0], [1, 0, 0]])
    path = write_lab(tmp_path / "point.c3d", placed, plates)
    with pytest.raises(MotionFormatError, match=r"force plate 3 of 3 cannot be read \(the corners"):
        read_loads(path)
    plates = two_feet()[1]
    plates[1].corners = plates[1].corners * 1e9
    with pytest.raises(MotionFormatError, match=r"force plate 2 of 3 cannot be read \(the corners"):
        read_loads(write_lab(tmp_path / "away.c3d", placed, plates))
    plates = two_feet()[1]
    plates[0].force[300:400] = 1e12
    with pytest.raises(
        MotionFormatError, match=r"force plate 1: a force or moment beyond 1e\+07, the limit of any plate"
    ):
        read_loads(write_lab(tmp_path / "far.c3d", placed, plates))
    with pytest.raises(MotionFormatError, match=r"no\.c3d: cannot be read"):
        read_loads(tmp_path / "no.c3d")


ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=4), st.integers(-(2**40), 2**40), st.floats()),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    placed, plates, _ = two_feet()
    return c3d._content(write_lab(tmp_path_factory.mktemp("fuzz") / "walk.c3d", placed, plates))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["FORCE_PLATFORM", "ANALOG", "POINT"]), st.data())
def test_any_parameters_are_an_error_or_plates(content, group, data):
    """Whatever the parameters of a file say."""
    parameters = {key: dict(value) for key, value in content.parameters.items()}
    key = data.draw(st.sampled_from(sorted(parameters[group])))
    parameters[group][key] = data.draw(ODD)
    odd = c3d._Content(content.points, content.analogs, parameters)
    with mock.patch.object(c3d, "_content", return_value=odd):
        for read in (read_loads, c3d.read_c3d):
            with contextlib.suppress(MotionError):
                read(Path("walk.c3d"))
