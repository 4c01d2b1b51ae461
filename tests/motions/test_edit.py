import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.errors import MotionError
from kinesis_env.model.kinematics import skeleton
from kinesis_env.motions import Motion, change_speed, concatenate, trim, turn


def consistent(motion):
    """The stored bodies and velocities are those of qpos."""
    pos, vel = skeleton().tracked_bodies(motion.qpos, motion.qvel)
    assert np.allclose(pos, motion.body_pos, atol=1e-9)
    assert np.allclose(vel, motion.body_vel, atol=1e-9)


def test_trim_keeps_the_frames(motion):
    part = trim(motion, 0.2, 0.8)
    assert len(part) == 19
    assert np.array_equal(part.qpos, motion.qpos[6:25])
    assert np.array_equal(part.qvel, motion.qvel[6:25])
    assert np.array_equal(trim(motion).qpos, motion.qpos)
    for times in ((0.5, 0.5), (9, 10), (float("nan"), 1)):
        with pytest.raises(MotionError):
            trim(motion, *times)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_speed(walking, factor):
    other = change_speed(walking, factor)
    assert other.duration == pytest.approx(walking.duration / factor, abs=1 / walking.fps)
    assert other.qvel[:, 0].mean() == pytest.approx(factor * walking.qvel[:, 0].mean(), rel=0.02)
    consistent(other)
    for wrong in (0, -1, float("nan"), True, 100):
        with pytest.raises(MotionError, match="speed must be a factor"):
            change_speed(walking, wrong)


def test_turn_and_back(motion):
    other = turn(motion, 2.0)
    assert rotations.heading(other.qpos[0, 3:7]) == pytest.approx(2.0)
    assert np.allclose(other.qpos[0, :3], motion.qpos[0, :3])
    consistent(other)
    back = turn(other, float(rotations.heading(motion.qpos[0, 3:7])))
    assert np.allclose(np.abs((back.qpos[:, 3:7] * motion.qpos[:, 3:7]).sum(axis=1)), 1)
    assert np.allclose(back.body_pos, motion.body_pos)
    with pytest.raises(MotionError, match="heading"):
        turn(motion, float("inf"))


def test_in_a_row(walking, other):
    row = concatenate((walking, turn(walking, 1.0), other), blend=0.2)
    consistent(row)
    assert row.fps == walking.fps
    assert row.duration == pytest.approx(2 * walking.duration + other.duration - 0.4, abs=0.1)
    # No jump where they meet.
    step = np.linalg.norm(np.diff(row.qpos[:, :3], axis=0), axis=1) * row.fps
    assert step.max() < 3.0
    assert np.abs(row.qvel[:, 6:]).max() < 40
    low, high = skeleton().ranges.T
    assert (row.qpos[:, 7:] >= low).all()
    assert (row.qpos[:, 7:] <= high).all()
    with pytest.raises(MotionError, match="shorter than the blend"):
        concatenate((walking, other), blend=5.0)
    with pytest.raises(MotionError, match="blend must be a number"):
        concatenate((walking, walking), blend=-1)


def test_fit_is_saved_and_checked(walking, tmp_path):
    fitted = walking.replace(fit={"error_mean": 12.5})
    back = Motion.load(fitted.save(tmp_path / "fitted.npz"))
    assert back.fit == {"error_mean": 12.5}
    assert back.digest == fitted.digest != walking.digest
    for wrong in ({"a": float("nan")}, {"a": "b"}, {1: 2.0}, [1.0]):
        with pytest.raises(MotionError, match="fit"):
            walking.replace(fit=wrong)
