"""What can be said of a body, and what follows from it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.errors import ConfigError
from kinesis_env.model.anatomy import read_anatomy
from kinesis_env.model.bodies.proportions import total_mass
from kinesis_env.model.bodies.scaling import SEGMENTS, masses_of
from kinesis_env.model.bodies.sizes import HEIGHT, LENGTHS, default_lengths, read_sizes

ANATOMY = read_anatomy()


def sizes(**body):
    return read_sizes(body, ANATOMY)


def test_lengths_of_the_default_body():
    """By hand from the tables: hips 77.26 mm off the middle; the knee's hinge, 0.4055 m below the hip."""
    lengths = default_lengths(ANATOMY)
    assert lengths["pelvis"] == pytest.approx(0.15452)
    assert lengths["femur"] == pytest.approx(math.hypot(-4.6e-07 + 0.004888, 0.404425 + 0.001022, 0.000883), abs=1e-4)
    assert lengths["tibia"] == pytest.approx(0.3993, abs=1e-4)
    assert lengths["foot"] == pytest.approx(0.26, abs=0.005)


def test_height_and_mass_scale_all_segments_alike():
    found = sizes(height=1.53, mass=60.0)
    assert set(found.scales) == set(SEGMENTS)
    for factors in found.scales.values():
        assert factors == pytest.approx((0.9, 0.9, 0.9))
    before = masses_of(ANATOMY)
    for segment, mass in found.masses.items():
        assert mass == pytest.approx(before[segment] * 60.0 / total_mass(before))


def test_masses_of_women_and_men():
    """A thigh is 14.6 % of a woman's mass and 12.3 % of a man's, a shank 4.5 and 4.8, a foot 1.0 and 1.2."""
    woman, man = sizes(height=1.6, mass=50.0, sex="f"), sizes(height=1.6, mass=50.0, sex="m")
    assert [woman.masses[s] for s in ("femur", "tibia", "foot")] == pytest.approx([7.3, 2.25, 0.5])
    assert [man.masses[s] for s in ("femur", "tibia", "foot")] == pytest.approx([6.15, 2.4, 0.6])
    for one in (woman, man):
        assert total_mass(one.masses) == pytest.approx(50.0)
        assert one.masses["pelvis"] / one.masses["torso"] == pytest.approx(10.96 / 37.14147, rel=1e-4)


def test_a_mass_that_is_not_told_keeps_the_index():
    found = sizes(height=1.6)
    assert found.mass / found.height**2 == pytest.approx(total_mass(masses_of(ANATOMY)) / HEIGHT**2)


def test_lengths_tell_the_height_and_stand_beside_it():
    default = default_lengths(ANATOMY)
    alone = sizes(lengths={"femur": 1.1 * default["femur"], "tibia": 1.1 * default["tibia"]})
    assert alone.height == pytest.approx(1.1 * HEIGHT)
    assert alone.scales["torso"] == pytest.approx((1.1, 1.1, 1.1))
    both = sizes(height=1.53, lengths={"tibia": default["tibia"]})
    assert both.scales["tibia"] == pytest.approx((1.0, 1.0, 1.0))
    assert both.scales["femur"] == pytest.approx((0.9, 0.9, 0.9))
    wide = sizes(height=HEIGHT, lengths={"pelvis": 1.2 * default["pelvis"]})
    assert wide.scales["pelvis"] == pytest.approx((1.0, 1.2, 1.0))  # wider hips do not make it taller
    assert wide.height == HEIGHT


@settings(max_examples=60, deadline=None)
@given(
    height=st.floats(1.35, 2.2),
    index=st.floats(14.0, 45.0),
    sex=st.sampled_from(["", "f", "m"]),
)
def test_a_description_comes_back(height, index, sex):
    body = {"height": height, "mass": index * height**2} | ({"sex": sex} if sex else {})
    found = read_sizes(body, ANATOMY)
    assert total_mass(found.masses) == pytest.approx(found.mass)
    assert read_sizes(found.as_mapping(), ANATOMY) == found


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"height": 3.0}, r"body\['height'\] must be from 1.2 to 2.3, given 3.0"),
        ({"mass": -54.0}, r"body\['mass'\] must be from 25 to 250, given -54"),
        ({"height": float("nan")}, "must be from 1.2"),
        ({"height": "tall"}, "must be a number"),
        ({"height": 1.2, "mass": 240.0}, "kg/m\\^2; 11 to 70 are allowed"),
        ({"sex": "x"}, "must be one of 'f', 'm'"),
        ({"heigth": 1.7}, "did you mean 'height'"),
        ({"lengths": {"arm": 0.3}}, "unknown key 'arm'; the keys are pelvis, torso, femur, tibia, foot"),
        ({"lengths": {"femur": 0.9}}, "from the hip to the knee joint center"),
        ({"lengths": {"pelvis": 0.12}}, "at least 0.1329 m apart, or the thighs touch"),
        ({"lengths": 0.4}, "must map segments to meters"),
        ({"masses": {"femur": 8.0}}, "needs body"),
        ({"scales": {"femur": [1, 1, 1]}}, "must have a value for each of pelvis, torso, femur, tibia, foot"),
    ],
)
def test_what_cannot_be(body, message):
    with pytest.raises(ConfigError, match=message):
        read_sizes(body, ANATOMY)


def test_keys_that_contradict_each_other():
    told = sizes(height=1.6, mass=60.0).as_mapping()
    with pytest.raises(ConfigError, match="contradict each other"):
        read_sizes({**told, "lengths": {"femur": 0.4}}, ANATOMY)
    with pytest.raises(ConfigError, match="masses of the segments sum to 60 kg, but mass is 70"):
        read_sizes({**told, "mass": 70.0}, ANATOMY)
    assert set(LENGTHS) == set(SEGMENTS)
