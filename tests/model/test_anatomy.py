"""The anatomy tables: what they hold, and how mistakes in them are reported."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from kinesis_env.errors import ModelError
from kinesis_env.model.anatomy import AXES, TABLES, read_anatomy, read_table


@pytest.fixture
def tables(tmp_path):
    """A private copy of the tables."""
    return shutil.copytree(TABLES, tmp_path / "anatomy")


def edit(tables, name, old, new):
    file = tables / f"{name}.csv"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_axes_turn_without_reflection():
    np.testing.assert_allclose(AXES @ AXES.T, np.eye(3), atol=1e-15)
    assert np.linalg.det(AXES) == pytest.approx(1.0)
    np.testing.assert_array_equal(AXES @ [0, 1, 0], [0, 0, 1])  # up in the tables is z here
    np.testing.assert_array_equal(AXES @ [0, 0, 1], [0, -1, 0])  # right in the tables is -y here


def test_counts():
    anatomy = read_anatomy()
    assert len(anatomy.muscles) == 40
    assert [body.name for body in anatomy.leg] == ["femur", "tibia", "talus", "calcn", "toes"]
    assert len(anatomy.joints) == 7
    assert all(joint.range[0] < joint.range[1] for joint in anatomy.joints)


def test_inertias_are_possible():
    anatomy = read_anatomy()
    for body in (anatomy.pelvis, *anatomy.trunk, *anatomy.leg):
        moments = np.linalg.eigvalsh(body.inertia)
        assert moments[0] > 0, body.name
        assert moments[0] + moments[1] >= moments[2] * (1 - 1e-6), body.name


def test_axes_are_units():
    anatomy = read_anatomy()
    for joint in anatomy.joints:
        assert np.linalg.norm(joint.axis) == pytest.approx(1.0)
    for muscle in anatomy.muscles:
        for element in muscle.path:
            if element.axis is not None:
                assert np.linalg.norm(element.axis) == pytest.approx(1.0, abs=1e-5), muscle.name


def test_side_sites_are_outside_their_surfaces():
    for muscle in read_anatomy().muscles:
        for element in muscle.path:
            if element.side is None or muscle.name not in {row["muscle"] for row in read_table("fitted_paths")}:
                continue
            distance = np.linalg.norm(np.cross(element.side - element.pos, element.axis))
            assert distance > 1.1 * element.radius, muscle.name


def test_optimal_length_and_slack_follow_from_the_ranges():
    for muscle in read_anatomy().muscles:
        lo, hi = muscle.length_range
        fiber, slack = muscle.optimal_fiber_length, muscle.tendon_slack_length
        assert lo == pytest.approx(slack + muscle.operating_range[0] * fiber)
        assert hi == pytest.approx(slack + muscle.operating_range[1] * fiber)
        assert fiber > 0.02


def test_fitted_tables_replace_the_published_ones():
    published, fitted = read_anatomy(fitted=False), read_anatomy()
    changed = {b.name for a, b in zip(published.joints, fitted.joints, strict=True) if not np.allclose(a.axis, b.axis)}
    assert changed == {"knee_angle"}
    names = {row["muscle"] for row in read_table("fitted_paths")}
    assert len(names) == 13
    for before, after in zip(published.muscles, fitted.muscles, strict=True):
        same = len(before.path) == len(after.path) and all(
            np.array_equal(a.pos, b.pos) for a, b in zip(before.path, after.path, strict=True)
        )
        assert same == (after.name not in names), after.name


def test_reads_a_folder(tables):
    edit(tables, "muscles", "soleus", "sole")
    edit(tables, "paths", "soleus", "sole")
    with pytest.raises(ModelError, match="soleus"):  # the rest of its path
        read_anatomy(tables)


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("bodies", "8.4", "heavy", "bad number"),
        ("joints", "2.0944", "", "bad number"),
        ("contacts", "0.07", "thick", "bad number"),
        ("muscles", "604.625", "strong", "bad number"),
        ("paths", "addbrev,site", "addbrev,loop", "unknown kind 'loop'; the kinds are site, sphere, cylinder"),
        ("bones", "ellipsoid", "banana", "unknown type 'banana'; the types are sphere, capsule, ellipsoid"),
        ("bones", "0.014,", "thin,", "not a list of numbers"),
        ("fitted_paths", "bflh,site", "bflh,loop", "unknown kind"),
        ("fitted_knee", "0.0", "x", "bad number"),
    ],
)
def test_mistakes_are_reported(tables, table, old, new, message):
    edit(tables, table, old, new)
    with pytest.raises(ModelError, match=message):
        read_anatomy(tables)


def test_muscle_without_path_is_reported(tables):
    file = tables / "paths.csv"
    file.write_text("\n".join(line for line in file.read_text().splitlines() if not line.startswith("soleus")))
    with pytest.raises(ModelError, match="no path of muscle 'soleus'"):
        read_anatomy(tables)
