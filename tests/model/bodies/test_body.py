"""Bodies of other sizes: masses, inertias, paths, forces and the standing pose of the built model."""

from __future__ import annotations

import pickle
import threading

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.errors import ModelError
from kinesis_env.making.accuracy import lengths_and_moment_arms, worst_step
from kinesis_env.model import MuscleCurves, load_model, shared_model
from kinesis_env.model.bodies import body_in_use, make_body
from kinesis_env.model.bodies.muscles import leg_muscle_volume
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.names import LOWER_BODY
from kinesis_env.model.standing import solve

SMALL, LARGE = {"height": 1.52, "mass": 50.0, "sex": "f"}, {"height": 1.87, "mass": 110.0, "sex": "m"}
UNEVEN = {"height": 1.7, "mass": 70.0, "lengths": {"femur": 0.44, "tibia": 0.37, "pelvis": 0.18}}
BODIES = [SMALL, LARGE, UNEVEN]


def poses(count, seed=0):
    """Random poses (count, 14) within the ranges, with knees bent by up to 100 degrees."""
    low, high = load_model().jnt_range[1:].T.copy()
    high[[3, 10]] = 1.75
    return np.random.default_rng(seed).uniform(low, high, (count, 14))


def test_the_default_body_is_the_shipped_model():
    body = make_body()
    assert body.is_default
    assert body is make_body({})
    assert body.xml == LOWER_BODY.read_text()
    assert body.description == {}
    with body.in_use():
        assert shared_model().body_mass.sum() == load_model().body_mass.sum()


def test_a_body_of_the_default_sizes_is_the_default_one_to_rounding():
    built, shipped = make_body({"height": 1.7}).model, load_model()
    for name in ("body_mass", "body_inertia", "body_pos", "site_pos", "actuator_gainprm", "actuator_lengthrange"):
        np.testing.assert_allclose(getattr(built, name), getattr(shipped, name), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("description", BODIES)
def test_equal_descriptions_are_equal_bodies(description):
    body = make_body(description)
    again = make_body(dict(description))
    assert again is body  # built once
    assert make_body(body.description).digest == body.digest
    assert pickle.loads(pickle.dumps(body)) == body
    assert make_body({**description, "mass": 71.0}) != body


def test_digests_are_of_the_content():
    """On every machine: the text has seven digits of each number."""
    assert make_body(SMALL).digest != make_body(LARGE).digest
    assert make_body(SMALL).shape == make_body({**SMALL, "mass": 60.0}).shape  # what poses depend on
    assert make_body(SMALL).shape != make_body(LARGE).shape


@settings(max_examples=12, deadline=None)
@given(height=st.floats(1.3, 2.1), index=st.floats(15.0, 40.0), sex=st.sampled_from(["", "f", "m"]))
def test_masses_and_inertias(height, index, sex):
    body = {"height": height, "mass": index * height**2} | ({"sex": sex} if sex else {})
    model = make_body(body).model
    assert model.body_mass.sum() == pytest.approx(body["mass"], rel=1e-6)
    moving = model.body_inertia[1:]
    assert (moving > 0).all()
    assert (moving.sum(axis=1)[:, None] >= 2.0 * moving - 1e-9).all()  # no body has a moment above the others' sum
    names = [model.body(i).name for i in range(model.nbody)]
    for name in names:
        if name.endswith("_r"):
            right, left = model.body(name), model.body(f"{name[:-1]}l")
            np.testing.assert_allclose(right.mass, left.mass)
            np.testing.assert_allclose(right.pos, left.pos * (1, -1, 1), atol=1e-9)
            np.testing.assert_allclose(right.ipos, left.ipos * (1, -1, 1), atol=1e-9)
            np.testing.assert_allclose(np.sort(right.inertia), np.sort(left.inertia), rtol=1e-5)


def test_inertia_of_a_body_of_twice_the_mass_at_equal_size():
    """By hand: twice the mass is twice the inertia; 1.1 times the size at equal mass is 1.21 times."""
    before, default = load_model(), make_body().model.body_mass.sum()
    heavy = make_body({"height": 1.7, "mass": 1.2 * default}).model
    np.testing.assert_allclose(heavy.body_inertia[1:], 1.2 * before.body_inertia[1:], rtol=1e-5)
    tall = make_body({"height": 1.87, "mass": default}).model
    np.testing.assert_allclose(tall.body_inertia[1:], 1.21 * before.body_inertia[1:], rtol=1e-5)


def test_thigh_of_a_man():
    """By hand: 12.3 % of 80 kg, its center 42.9 % of its length below the hip, 29 % of it its radius of gyration."""
    body = make_body({"height": 1.7, "mass": 80.0, "sex": "m"})
    femur = body.model.body("femur_r")
    length = 0.4054774
    assert femur.mass[0] == pytest.approx(9.84)
    assert femur.ipos[2] == pytest.approx(-0.429 * length, abs=2e-3)
    assert femur.inertia.max() == pytest.approx(9.84 * (0.30 * length) ** 2, rel=1e-3)
    assert femur.inertia.min() == pytest.approx(9.84 * (0.15 * length) ** 2, rel=1e-3)


def test_moment_arms_grow_with_the_body():
    """Where all segments grow alike, lengths and moment arms do so to a micrometer."""
    angles = poses(20)
    before = lengths_and_moment_arms(load_model(), angles)
    after = lengths_and_moment_arms(make_body({"height": 1.1 * 1.7, "mass": 90.0}).model, angles)
    np.testing.assert_allclose(after[0], 1.1 * before[0], atol=2e-6)
    np.testing.assert_allclose(after[1], 1.1 * before[1], atol=2e-5)


@pytest.mark.parametrize("description", BODIES)
def test_moment_arms_are_smooth(description):
    """On lines through the joint ranges no path jumps by 0.1 mm, as on the default body."""
    model = make_body(description).model
    ends = poses(8, seed=1)
    steps = [worst_step(model, start, end, steps=300) for start, end in zip(ends[::2], ends[1::2], strict=True)]
    usual = [worst_step(load_model(), start, end, steps=300) for start, end in zip(ends[::2], ends[1::2], strict=True)]
    assert np.max(steps) < max(1.3 * np.max(usual), 1e-4)


def test_moment_arms_of_uneven_legs_stay_near_the_segments():
    """Thigh longer by 8.5 %, shank shorter by 7 %, hips wider by 16 %: arms change by millimeters, of the hip by 11."""
    angles = poses(40, seed=2)
    before = lengths_and_moment_arms(load_model(), angles)[1]
    after = lengths_and_moment_arms(make_body(UNEVEN).model, angles)[1]
    ankle = [4, 11]  # of muscles that begin in the shank
    tibant = [i for i in range(80) if load_model().tendon(i).name in ("tibant_r", "soleus_r", "tibpost_r")]
    np.testing.assert_allclose(after[:, tibant][:, :, ankle], before[:, tibant][:, :, ankle], atol=0.0042)
    assert np.abs(after - before).max() < 0.012


@pytest.mark.parametrize("description", BODIES)
def test_muscles_work_where_those_of_the_default_body_do(description):
    angles = poses(60, seed=3)
    models = load_model(), make_body(description).model
    fibers = [MuscleCurves(model).fiber_length(lengths_and_moment_arms(model, angles)[0]) for model in models]
    off = np.abs(fibers[1] - fibers[0])
    within = (fibers[0] > 0.5) & (fibers[0] < 1.5)
    assert off[within].mean() < 0.01
    assert off[within].max() < 0.15


def test_forces_follow_the_volume_over_the_fiber_length():
    """By hand: (47 x 1.52 x 50 + 1285) / (47 x 1.70 x 74.908 + 1285) of the volume, and shorter fibers."""
    model = make_body({"height": 1.52, "mass": 50.0}).model
    volume = (47 * 1.52 * 50 + 1285) / (47 * 1.70 * 74.9084516 + 1285)
    assert leg_muscle_volume(1.52, 50.0) == pytest.approx(4857.0)
    force = model.actuator_gainprm[:, 2] / load_model().actuator_gainprm[:, 2]
    np.testing.assert_allclose(force, volume / (1.52 / 1.70), rtol=1e-4)


@pytest.mark.parametrize("description", BODIES)
def test_it_stands_at_rest_on_the_floor(description):
    model = make_body(description).model
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    mujoco.mj_forward(model, data)
    assert np.abs(data.qacc).max() < 0.01  # seven digits of every number
    assert sum(data.sensordata) == pytest.approx(model.body_mass.sum() * 9.81, rel=1e-3)
    assert 0.0 <= data.act.min() <= data.act.max() < 0.6


def test_a_standing_pose_that_muscles_cannot_hold_is_told(monkeypatch, caplog):
    from kinesis_env.model.bodies import body as module

    def fails(*_):
        raise ModelError("the muscles do not hold the body in this pose")

    monkeypatch.setattr(module, "solve", fails)
    model = make_body({"height": 1.61, "mass": 61.5}).model
    assert "not an equilibrium" in caplog.text
    assert model.key_qpos[0, 2] == pytest.approx(0.9428 * 1.61 / 1.7, abs=0.01)
    assert solve is not fails


def test_the_body_in_use_belongs_to_its_context():
    small = make_body(SMALL)
    seen = []
    with small.in_use():
        assert body_in_use() is small
        assert shared_model() is small.model
        assert skeleton().links[0].offset[1] == pytest.approx(-0.07726 * 1.52 / 1.7, abs=1e-6)
        other = threading.Thread(target=lambda: seen.append(body_in_use()))
        other.start()
        other.join()
        with make_body().in_use():
            assert body_in_use().is_default
        assert body_in_use() is small
    assert seen[0].is_default
    assert body_in_use().is_default
    assert skeleton().links[0].offset[1] == pytest.approx(-0.07726)
