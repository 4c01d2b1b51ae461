"""Forces of the ground from OpenSim's tables: names of many laboratories, plates, units and signs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.dynamics import RecordedMotion
from kinesis_env.errors import MotionFormatError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.motions import read_loads
from kinesis_env.motions.formats.loads import _LABEL
from tests.dynamics.courses import standing

TIMES = np.arange(40) / 100.0


def plate(style, *, force=(10.0, 700.0, -5.0), point=(0.1, 0.0, 0.2), torque=(0.0, 3.0, 0.0), on=slice(None)):
    """Return the nine columns of a plate; ``style`` makes names of a quantity and an axis."""
    columns = {}
    for quantity, values in (("v", force), ("p", point), ("t", torque)):
        for axis, value in zip("xyz", values, strict=True):
            column = np.zeros(len(TIMES))
            column[on] = value
            columns[style(quantity, axis)] = column
    return columns


def named(side, before=True):
    def style(quantity, axis):
        head = f"{side}_" if before and side else ""
        tail = "" if before or not side else f"_{side}"
        return f"{head}ground_torque{tail}_{axis}" if quantity == "t" else f"{head}ground_force{tail}_{quantity}{axis}"

    return style


@pytest.mark.parametrize(
    ("right", "left"),
    [
        (named("r", before=False), named("l", before=False)),
        (named("R"), named("L")),
        (named(""), named("l")),
        (named("right", before=False), named("left", before=False)),
        (named("1"), named("2")),
        (named("1", before=False), named("2", before=False)),
        (lambda q, a: f"FP1_moment_m{a}" if q == "t" else f"FP1_force_{q}{a}",
         lambda q, a: f"FP2_moment_m{a}" if q == "t" else f"FP2_force_{q}{a}"),
    ],
)  # fmt: skip
def test_the_names_of_many_laboratories(write_mot, right, left):
    columns = plate(left, force=(-20.0, 300.0, 8.0), point=(0.3, 0.0, -0.1)) | plate(right)
    if right("v", "x").startswith(("1", "FP1")) or "_1_" in right("v", "x"):
        columns = plate(right) | plate(left, force=(-20.0, 300.0, 8.0), point=(0.3, 0.0, -0.1))
    loads = read_loads(write_mot(columns, TIMES, header="inDegrees=no"))
    np.testing.assert_allclose(loads.force[0], [[10, 5, 700], [-20, -8, 300]])
    np.testing.assert_allclose(loads.point[0], [[0.1, -0.2, 0], [0.3, 0.1, 0]])
    np.testing.assert_allclose(loads.torque[0], [[0, 0, 3], [0, 0, 3]])
    np.testing.assert_allclose(loads.times, TIMES)
    assert loads.mass is None


def test_one_foot_alone_is_told(write_mot):
    loads = read_loads(write_mot(plate(named("l")), TIMES))
    assert not loads.force[:, 0].any()
    assert loads.force[0, 1, 2] == 700
    assert any("no load on the right foot" in note for note in loads.notes)


def test_plates_are_assigned_to_the_foot_that_stands_on_them(write_mot):
    """Three plates under two feet, of a person of twice this body's size in another place of the laboratory."""
    stand = standing(40, 100.0)
    motion = RecordedMotion(stand.qpos, stand.qvel, 100.0, "stand", 0.0, None, 0.5, np.array([1.0, 0.0, 0.0]))
    tree = skeleton()
    poses = tree.poses(stand.qpos[:1])
    place = [(poses.pos[0, tree.feet[side][0].body] - motion.offset) / 0.5 for side in range(2)]
    plates = {}
    for number, side, on in ((1, 0, slice(0, 15)), (2, 1, slice(5, 30)), (3, 0, slice(20, 40))):
        x, y, _ = place[side]
        plates |= plate(named(str(number)), point=(x, 0.0, -y), on=on)
    path = write_mot(plates, TIMES)
    loads = read_loads(path, motion)
    assert (loads.force[:, 0, 2] > 0).sum() == 15 + 20
    assert (loads.force[:, 1, 2] > 0).sum() == 25
    np.testing.assert_allclose(loads.point[25, 0, :2], place[0][:2], atol=1e-9)
    np.testing.assert_allclose(loads.torque[25, 0], [0, 0, 3], atol=1e-9)
    assert any("2 steps of the right foot, 1 of the left" in note for note in loads.notes)
    with pytest.raises(MotionFormatError, match="give the motion too"):
        read_loads(path)


def test_units_and_signs_that_are_put_right_are_told(write_mot):
    millimeters = read_loads(write_mot(plate(named("l"), point=(100.0, 0, 200.0), torque=(0, 3000.0, 0)), TIMES))
    np.testing.assert_allclose(millimeters.point[0, 1], [0.1, -0.2, 0])
    np.testing.assert_allclose(millimeters.torque[0, 1], [0, 0, 3])
    turned = read_loads(write_mot(plate(named("l"), force=(1.0, -700.0, 2.0)), TIMES))
    np.testing.assert_allclose(turned.force[0, 1], [-1, 2, 700])
    assert any("signs changed" in note for note in turned.notes)
    columns = {name: column for name, column in plate(named("l")).items() if "torque" not in name}
    assert any("no free moment" in note for note in read_loads(write_mot(columns, TIMES)).notes)


def test_missing_columns_are_named(write_mot):
    columns = plate(named("r")) | plate(named("l"))
    del columns["l_ground_force_vz"], columns["l_ground_force_vx"]
    with pytest.raises(
        MotionFormatError, match=r"loads 'l': no column for x, z of the force; the columns are l_ground_force"
    ):
        read_loads(write_mot(columns, TIMES))
    with pytest.raises(MotionFormatError, match="the limit of any plate"):
        read_loads(write_mot(plate(named("r"), force=(0.0, 1e12, 0.0)) | plate(named("l")), TIMES))
    with pytest.raises(MotionFormatError, match=r"no ground forces among the columns \(hip_flexion_r"):
        read_loads(write_mot({"hip_flexion_r": TIMES}, TIMES))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_label_is_read_or_left(label):
    match = _LABEL.fullmatch(label)
    assert match is None or match.group(5).lower() in "xyz"
