"""The standing pose: what the table says holds the body."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from kinesis_env.errors import ModelError
from kinesis_env.making.standing import main
from kinesis_env.model import load_model
from kinesis_env.model.anatomy import read_anatomy, read_standing
from kinesis_env.model.names import NU
from kinesis_env.model.standing import residual_acceleration, solve


@pytest.fixture(scope="module")
def model():
    return load_model()


def test_the_keyframe_is_the_table(model):
    standing = read_standing(read_anatomy())
    key = model.key("stand")
    assert key.qpos[2] == pytest.approx(standing.height, abs=1e-9)
    np.testing.assert_allclose(key.qpos[7:], np.tile(standing.angles, 2), atol=1e-9)
    np.testing.assert_allclose(key.act, np.tile(standing.activation, 2), atol=1e-9)
    np.testing.assert_array_equal(key.act, key.ctrl)


def test_nothing_accelerates(model):
    standing = read_standing(read_anatomy())
    assert residual_acceleration(model, standing) < 1e-3
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    mujoco.mj_forward(model, data)
    assert np.abs(data.qacc).max() < 1e-3
    # the feet carry the body, no more and no less
    assert sum(data.sensordata) == pytest.approx(model.body_mass.sum() * 9.81, rel=1e-3)


def test_muscles_hold_it_and_not_the_bones(model):
    """Without the activations the body gives way at once; with them it stands for more than a second."""

    def seconds(activation):
        data = mujoco.MjData(model)
        mujoco.mj_resetDataKeyframe(model, data, 0)
        data.act[:] = data.ctrl[:] = activation
        while data.qpos[2] > 0.7:
            mujoco.mj_step(model, data)
        return data.time

    assert seconds(np.zeros(NU)) < 0.9
    assert seconds(model.key("stand").act) > 1.4


def test_solving_finds_the_table_again(model, tmp_path, capsys):
    shipped = read_standing(read_anatomy())
    found = solve(model, shipped)
    assert residual_acceleration(model, found) < 5e-4
    assert found.height == pytest.approx(shipped.height, abs=1e-6)
    assert found.pitch == pytest.approx(shipped.pitch, abs=1e-6)
    np.testing.assert_allclose(found.activation, shipped.activation, atol=2e-4)
    assert main(["--out", str(tmp_path)]) == 0
    assert "acceleration" in capsys.readouterr().out
    again = read_standing(read_anatomy(), tmp_path)
    np.testing.assert_allclose(again.activation, found.activation, atol=1e-7)


def test_activations_are_the_nearest_that_hold(model):
    """Near to rest they are fewer, and hold the body as well."""
    shipped = read_standing(read_anatomy())
    found = solve(model, replace(shipped, activation=np.zeros(NU // 2)))
    assert residual_acceleration(model, found) < 5e-4
    assert found.activation.min() >= 0.0
    assert np.square(found.activation).sum() < 0.25 * np.square(shipped.activation).sum()


def test_poses_that_cannot_be_held(model):
    shipped = read_standing(read_anatomy())
    bent = shipped.angles.copy()
    bent[1] = 0.5  # legs astride, soles not on the ground
    with pytest.raises(ModelError, match="in this pose"):
        solve(model, replace(shipped, angles=bent))
    with pytest.raises(ModelError, match="the ground cannot carry"):
        solve(model, replace(shipped, height=2.0))


def test_a_table_that_lacks_a_joint(tmp_path):
    (tmp_path / "standing.csv").write_text("kind,name,value\nroot,height,0.9\nroot,pitch,0\n")
    with pytest.raises(ModelError, match="lacks hip_flexion, hip_adduction"):
        read_standing(read_anatomy(), tmp_path)
