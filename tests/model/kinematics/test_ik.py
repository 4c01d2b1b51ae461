import numpy as np

from kinesis_env.model.kinematics import BodyTarget, skeleton, solve
from tests.support import make_wandering_qpos


def test_finds_reachable_poses():
    tree = skeleton()
    goal = make_wandering_qpos(30)
    start = goal.copy()
    start[:, 7:] += np.random.default_rng(0).normal(scale=0.1, size=(30, 14))
    start[:, 7:] = np.clip(start[:, 7:], *tree.ranges.T)
    poses = tree.poses(goal)
    bodies = {tree.feet[side][0].body for side in (0, 1)}
    targets = [BodyTarget(body, poses.pos[:, body], poses.quat[:, body]) for body in bodies]
    found = solve(start, targets, rest_weight=1e-6, iterations=60)
    reached = tree.poses(found)
    for body in bodies:
        assert np.abs(reached.pos[:, body] - poses.pos[:, body]).max() < 1e-4
    assert (found[:, 7:] >= tree.ranges[:, 0]).all()
    assert (found[:, 7:] <= tree.ranges[:, 1]).all()
    np.testing.assert_array_equal(found[:, :7], start[:, :7])


def test_a_point_out_of_reach_stays_in_range():
    tree = skeleton()
    goal = make_wandering_qpos(5)
    body = tree.feet[0][0].body
    found = solve(goal, [BodyTarget(body, np.full((5, 3), 3.0), point=(0.1, 0, 0))])
    assert np.isfinite(found).all()
    assert (found[:, 7:] <= tree.ranges[:, 1]).all()
    np.testing.assert_allclose(found[:, 14:], goal[:, 14:], atol=1e-12)
