"""The legs of a whole motion solved at once."""

import numpy as np

from kinesis_env.motions import load_motions
from kinesis_env.motions.retargeting.contact import find_stands, in_air
from kinesis_env.motions.retargeting.ground import soles
from kinesis_env.motions.retargeting.legs import adapt_legs


def adapted(qpos, fps=30.0):
    stands = find_stands(soles(qpos), fps)
    return adapt_legs(qpos, stands.firm, stands.clearance, fps, still=stands.still), stands


def test_a_motion_on_its_feet_stays_as_it_is():
    walk = load_motions("walk")[0]
    out, stands = adapted(walk.qpos)
    assert (stands.firm.max(axis=1) > 0.5).all()
    assert np.array_equal(out[:, :7], walk.qpos[:, :7])
    change = np.rad2deg(np.abs(out - walk.qpos)[:, 7:])
    assert change.mean() < 0.5
    assert np.delete(change, [6, 13], axis=1).max() < 4


def test_a_foot_that_hovers_comes_down_and_none_is_moved_by_itself():
    """The right leg is bent more: its foot stands above the ground."""
    walk = load_motions("walk")[0]
    qpos = walk.qpos.copy()
    qpos[:, 7] += np.deg2rad(7)
    qpos[:, 10] += np.deg2rad(14)
    out, stands = adapted(qpos)
    right = stands.firm[:, 0] > 0.9
    before, after = soles(qpos).lowest, soles(out).lowest
    assert np.median(before[right, 0]) > 0.006
    assert np.abs(np.median(after[right, 0])) < 0.003
    assert after.min() > -0.006
    moved = np.rad2deg(out - qpos)[:, 7:13]
    bend = np.abs(moved[2:] - 2 * moved[1:-1] + moved[:-2])
    assert bend.max() < 3.5


def test_standing_feet_do_not_slide():
    walk = load_motions("walk")[0]
    qpos = walk.qpos.copy()
    qpos[:, 0] *= 1.1  # the body travels further than its feet
    out, stands = adapted(qpos)
    slides = []
    for motion in (qpos, out):
        points = soles(motion)
        still = (stands.still[1:, 0] > 0.9) & (stands.still[:-1, 0] > 0.9)
        lowest = points.bottom[1:, :8].argmin(axis=1)
        step = np.linalg.norm(np.diff(points.points[:, :8, :2], axis=0), axis=-1)
        slides.append(30 * np.median(step[np.arange(len(step)), lowest][still]))
    assert slides[0] > 0.1
    assert slides[1] < 0.05


def test_the_ends_of_joints_are_kept_and_what_is_beyond_is_left_to_other_joints():
    walk = load_motions("walk")[0]
    qpos = walk.qpos.copy()
    qpos[:, 2] += 0.03  # hardly in reach
    out, _ = adapted(qpos)
    assert (out[:, [10, 17]] >= 0).all()
    assert np.isfinite(out).all()


def test_one_foot_is_on_the_ground_at_any_time_where_that_is_known():
    walk = load_motions("walk")[0]
    qpos = walk.qpos.copy()
    qpos[:, 0] *= 5  # both feet slide at once
    assert not find_stands(soles(qpos), 30.0).firm.any()
    assert (find_stands(soles(qpos), 30.0, always=True).firm.max(axis=1) > 0).all()


def test_in_the_air_is_neither_low_nor_slow():
    walk = load_motions("walk")[0]
    assert not in_air(soles(walk.qpos), 30.0).any()
    qpos = walk.qpos.copy()
    qpos[100:110, 2] += 0.3
    found = in_air(soles(qpos), 30.0)
    assert found[101:109].all()
    assert found.sum() <= 10
