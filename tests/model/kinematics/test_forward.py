import mujoco
import numpy as np
import pytest

from kinesis_env.model import shared_model
from kinesis_env.model.kinematics import differentiate, skeleton
from tests.support import make_wandering_qpos


def test_poses_and_velocities_agree_with_mujoco():
    model = shared_model()
    data = mujoco.MjData(model)
    qpos = make_wandering_qpos(12)
    qvel = np.random.default_rng(0).normal(size=(12, 20))
    tree = skeleton()
    poses = tree.poses(qpos)
    velocities = tree.body_velocities(poses, qvel, tree.tracked)
    jacobian = np.zeros((3, model.nv))
    for frame in range(12):
        data.qpos[:] = qpos[frame]
        mujoco.mj_forward(model, data)
        np.testing.assert_allclose(poses.pos[frame], data.xpos, atol=1e-12)
        np.testing.assert_allclose(abs(np.sum(poses.quat[frame] * data.xquat, axis=-1)), 1, atol=1e-12)
        np.testing.assert_allclose(poses.anchors[frame], data.xanchor[1:], atol=1e-12)
        np.testing.assert_allclose(poses.axes[frame], data.xaxis[1:], atol=1e-12)
        for column, body in enumerate(tree.tracked):
            mujoco.mj_jacBody(model, data, jacobian, None, body)
            np.testing.assert_allclose(velocities[frame, column], jacobian @ qvel[frame], atol=1e-12)


def test_sole_is_the_contact_capsules_of_the_foot():
    model = shared_model()
    data = mujoco.MjData(model)
    qpos = make_wandering_qpos(3)
    tree = skeleton()
    data.qpos[:] = qpos[2]
    mujoco.mj_kinematics(model, data)
    ends, radii = tree.sole(tree.poses(qpos), 0)
    assert ends.shape == (3, 8, 3)
    for capsule in tree.feet[0]:
        geom = model.geom(capsule.name).id
        half = model.geom_size[geom, 1] * data.geom_xmat[geom].reshape(3, 3)[:, 2]
        expected = np.array([data.geom_xpos[geom] - half, data.geom_xpos[geom] + half])
        at = 2 * [c.name for c in tree.feet[0]].index(capsule.name)
        np.testing.assert_allclose(ends[2, at : at + 2], expected, atol=1e-12)
        assert radii[at] == model.geom_size[geom, 0]


def test_velocity_agrees_with_mujoco_and_is_second_order_at_the_ends():
    model = shared_model()
    qpos = make_wandering_qpos(400, 400.0)
    qvel = differentiate(qpos, 400.0)
    expected = np.zeros(model.nv)
    mujoco.mj_differentiatePos(model, expected, 2 / 400.0, qpos[10], qpos[12])
    np.testing.assert_allclose(qvel[11], expected, atol=1e-9)
    coarse = differentiate(qpos[::4], 100.0)
    for end in (0, -1):
        np.testing.assert_allclose(
            coarse[end, :6],
            qvel[::4][end, :6] if end == 0 else differentiate(qpos[: 4 * 99 + 1], 400.0)[-1, :6],
            atol=5e-3,
        )


@pytest.mark.parametrize("frames", [2, 3])
def test_velocity_of_few_frames(frames):
    qpos = np.zeros((frames, 21))
    qpos[:, 3] = 1
    qpos[:, 0] = np.arange(frames) * 0.1
    qpos[:, 9] = np.arange(frames) * 0.2
    qvel = differentiate(qpos, 10.0)
    np.testing.assert_allclose(qvel[:, 0], 1.0)
    np.testing.assert_allclose(qvel[:, 8], 2.0)
