"""Recordings with nothing adapted but the size of the body."""

import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.dynamics import Loads, inverse_dynamics
from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.model.kinematics.forward import skeleton
from kinesis_env.model.kinematics.sole import sole_points
from kinesis_env.motions import AngleRecording, PointRecording, read_motion, read_recorded, trim
from kinesis_env.motions.recording import Recording
from kinesis_env.motions.retargeting.recorded import as_recorded
from tests.dynamics.courses import swaying
from tests.motions import sources


def recording(size=1.0, start=3.0, trunk=False, axes=(True, True, True)):
    """Return the recording of a sway of a person who is ``size`` times as large as this body."""
    sway = swaying(200)
    place = size * sway.qpos[:, :3] * np.array(axes, dtype=float)
    quat = sway.qpos[:, 3:7]
    lean = rotations.from_rotvec(np.tile([0.1, 0.2, 0.0], (200, 1)))
    return AngleRecording(
        "sway", start + np.arange(200) / 100.0, (), "made", "", sway.qpos[:, 7:], quat, place, axes,
        rotations.multiply(quat, lean) if trunk else None,
    )  # fmt: skip


@pytest.mark.parametrize("size", [0.8, 1.0, 1.25])
def test_the_path_is_scaled_to_this_body_and_the_angles_are_kept(size):
    found = as_recorded(recording(size))
    sway = swaying(200)
    assert found.scale == pytest.approx(1 / size, rel=1e-3)
    inner = slice(20, -20)
    np.testing.assert_allclose(found.qpos[inner, 7:], sway.qpos[inner, 7:], atol=1e-4)
    np.testing.assert_allclose(found.qpos[inner, :3], sway.qpos[inner, :3], atol=2e-3)
    low = sole_points(skeleton().poses(found.qpos))[..., 2].min(axis=1)
    assert np.abs(np.median(low)) < 0.002
    assert found.lumbar is None
    np.testing.assert_allclose(found.times, 3.0 + np.arange(200) / 100.0)


def test_the_trunk_and_a_missing_height():
    found = as_recorded(recording(trunk=True))
    assert found.lumbar.shape == (200, 3)
    np.testing.assert_allclose(found.lumbar[50], found.lumbar[100], atol=1e-6)
    assert found.lumbar[50, 0] == pytest.approx(-0.2, abs=0.02)  # it leans forward
    assert found.lumbar[50, 1] == pytest.approx(0.1, abs=0.02)
    flat = as_recorded(recording(axes=(True, True, False)))
    assert np.abs(np.median(sole_points(skeleton().poses(flat.qpos))[..., 2].min(axis=1))) < 0.004


def test_without_a_path_it_is_recovered_from_the_feet():
    found = as_recorded(recording(trunk=True, axes=(False, False, False)))
    assert not found.placed
    assert found.lumbar.shape == (200, 3)
    assert found.start == 3.0
    assert any("no horizontal path" in note for note in found.notes)
    loads = Loads(found.times, *np.zeros((3, 200, 2, 3)))
    with pytest.raises(MotionError, match="no pelvis path"):
        inverse_dynamics(found, loads)
    weight = inverse_dynamics(found).ground_force[..., 2].sum(axis=1)
    assert np.abs(weight[20:-20] / 735.0 - 1.0).max() < 0.05


@pytest.mark.parametrize("belt", [0.0, 1.1])
@pytest.mark.parametrize("size", [0.85, 1.0, 1.2])
def test_positions_of_joints_are_put_where_they_were_recorded(size, belt):
    """A person of another size who walks to the left of the laboratory, and 2 s after its clock began."""
    points = sources.walking_points(100.0, 3.0)
    times = np.arange(len(points)) / 100.0
    points[..., 0] -= belt * times[:, None]
    angle = np.deg2rad(115.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    points = size * points @ turn.T + np.array([2.0, -1.0, 0.0])
    found = as_recorded(PointRecording("points", 2.0 + times, (), "made", "", points))
    assert found.start == 2.0
    assert found.scale == pytest.approx(1.0 / size, rel=1e-2)
    own = found.scale * points + found.offset
    assert found.offset[2] == 0.0
    tree = skeleton()
    ankles = tree.poses(found.qpos).pos[:, tree.tracked[3:5]]
    apart = np.linalg.norm((ankles - own[: len(found), [2, 6]])[..., :2], axis=-1)
    assert np.percentile(apart, 95) < 0.03
    assert any("ankles within" in note for note in found.notes)


def test_a_recording_of_another_kind_is_an_error():
    with pytest.raises(MotionError, match="a Recording cannot be retargeted to this body"):
        as_recorded(Recording("other", np.arange(10) / 10.0, (), "", ""))


def test_the_clock_of_a_file_is_kept(write_mot):
    times = 2.5 + np.arange(150) / 100.0
    columns = {"hip_flexion_r": 20 * np.sin(4 * times), "knee_angle_r": 30 + 20 * np.sin(4 * times)}
    path = write_mot(columns, times)
    assert read_recorded(path).start == pytest.approx(2.5)
    motion = read_motion(path)
    assert motion.start == pytest.approx(2.5)
    assert trim(motion, 0.5).start == pytest.approx(3.0)
    with pytest.raises(MotionFormatError, match=r"(?i)no such file"):
        read_recorded(path.with_name("other.mot"))
