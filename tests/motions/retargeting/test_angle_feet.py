"""Feet of recorded angles are put on the ground."""

import numpy as np

from kinesis_env.model.kinematics import skeleton
from kinesis_env.motions import load_motions
from kinesis_env.motions.retargeting.angle_feet import plant_feet


def lowest(qpos):
    tree = skeleton()
    poses = tree.poses(qpos)
    soles = [tree.sole(poses, side) for side in range(2)]
    return np.stack([(points[..., 2] - radii).min(axis=1) for points, radii in soles], axis=1)


def test_a_motion_on_its_feet_stays_as_it_is():
    walk = load_motions("walk")[0]
    planted, standing = plant_feet(walk.qpos, walk.fps)
    assert standing.any(axis=1).all()
    assert np.abs(planted[:, :3] - walk.qpos[:, :3]).max() < 0.007
    change = np.rad2deg(np.abs(planted - walk.qpos)[:, 7:])
    assert change.mean() < 0.5
    assert change.max() < 4


def test_a_foot_that_hovers_comes_down():
    """The walk with its right leg bent by the recorder's wider pelvis: that foot stands 2 cm above the ground."""
    walk = load_motions("walk")[0]
    qpos = walk.qpos.copy()
    qpos[:, 10] = np.minimum(qpos[:, 10] + np.deg2rad(14), np.deg2rad(119))
    qpos[:, 7] += np.deg2rad(7)
    planted, standing = plant_feet(qpos, walk.fps)
    before, after = lowest(qpos), lowest(planted)
    right = standing[:, 0]
    assert np.median(before[right, 0]) > 0.005
    assert abs(np.median(after[right, 0])) < 0.002
    assert after.min() > -0.004


def test_too_short_or_without_stance_it_comes_back():
    walk = load_motions("walk")[0]
    planted, standing = plant_feet(walk.qpos[:8], walk.fps)
    assert np.array_equal(planted, walk.qpos[:8])
    assert not standing.any()
    flying = walk.qpos.copy()
    flying[:, 0] *= 4  # the feet slide at once
    planted, standing = plant_feet(flying, walk.fps)
    assert np.array_equal(planted, flying)
    assert not standing.any()


def test_no_sole_sinks_even_where_the_feet_are_not_planted():
    """Half a stride with a foot that drops in swing, too short to tell which foot stands."""
    walk = load_motions("walk")[0]
    qpos = walk.qpos[:14].copy()
    qpos[4:10, 2] -= 0.05
    assert lowest(qpos).min() < -0.04
    raised, standing = plant_feet(qpos, walk.fps)
    assert not standing.any()
    assert lowest(raised).min() > -0.004
    assert np.array_equal(raised[:, 7:], qpos[:, 7:])


def test_a_single_frame_off_the_ground_is_no_flight():
    walk = load_motions("walk")[0]
    qpos = walk.qpos.copy()
    qpos[3::6, 2] += 0.08
    assert plant_feet(qpos, walk.fps)[1].any()
    qpos[4::6, 2] += 0.08
    assert not plant_feet(qpos, walk.fps)[1].any()
