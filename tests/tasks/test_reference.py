from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest

from kinesis_env import rotations
from kinesis_env.model import TRACKED_BODIES, shared_model
from kinesis_env.motions import MotionLibrary
from kinesis_env.tasks import ReferenceClock
from tests.support import small_motions

STEP = 1 / 30


@pytest.fixture(scope="module")
def library():
    return MotionLibrary(small_motions())


def start(clock, headings, times=(0.5, 0.5), clips=(0, 1)):
    rows = np.arange(2)
    return clock.start(rows, np.array(clips), np.array(times), np.array(headings))


def test_left_alone_it_is_the_clip(library):
    clock = ReferenceClock(library, 2, STEP, 2)
    frames = start(clock, [math.nan, math.nan])
    expected = library.lookup(np.arange(2), np.array([0.5, 0.5]))
    assert np.array_equal(frames.qpos, expected.qpos)
    assert np.array_equal(frames.body_vel, expected.body_vel)


def test_the_window_is_now_and_ahead(library):
    clock = ReferenceClock(library, 2, STEP, 2)
    start(clock, [math.nan, math.nan])
    clock.elapsed += 3
    position, velocity = clock.window()
    assert position.shape == velocity.shape == (2, 3, 7, 3)
    for ahead in range(3):
        expected = library.lookup(np.arange(2), np.full(2, 0.5 + (3 + ahead) * STEP))
        np.testing.assert_allclose(position[:, ahead], expected.body_pos, atol=1e-12)
        np.testing.assert_allclose(velocity[:, ahead], expected.body_vel, atol=1e-12)


def test_heading_turns_about_the_start_and_keeps_the_place(library):
    clock = ReferenceClock(library, 2, STEP, 1)
    plain = start(clock, [math.nan, math.nan])
    turned = start(clock, [2.0, -3.0])
    np.testing.assert_allclose(rotations.heading(turned.qpos[:, 3:7]), [2.0, -3.0], atol=1e-12)
    np.testing.assert_allclose(turned.qpos[:, :3], plain.qpos[:, :3], atol=1e-12)
    for frames in (plain, turned):
        speed = np.linalg.norm(frames.body_vel, axis=-1)
        np.testing.assert_allclose(speed, np.linalg.norm(plain.body_vel, axis=-1), atol=1e-12)


def test_a_row_that_is_not_turned_does_not_notice_the_others(library):
    alone, beside = ReferenceClock(library, 2, STEP, 3), ReferenceClock(library, 2, STEP, 3)
    start(alone, [math.nan, math.nan])
    start(beside, [math.nan, 2.0])
    for seen, expected in zip(beside.window(), alone.window(), strict=True):
        assert np.array_equal(seen[0], expected[0])
        assert not np.allclose(seen[1], expected[1])
    assert np.array_equal(beside.now().qpos[0], alone.now().qpos[0])


def test_a_turned_reference_is_a_state_of_the_model(library):
    """Positions and velocities of the bodies follow from the turned qpos and qvel, as MuJoCo sees it."""
    model = shared_model()
    data = mujoco.MjData(model)
    clock = ReferenceClock(library, 2, STEP, 1)
    start(clock, [1.0, math.nan])
    clock.elapsed += 4
    frames = clock.now()
    ahead = clock.ahead(np.array([0.0, STEP]))
    np.testing.assert_allclose(ahead.qpos[:, 0], frames.qpos, atol=1e-12)
    np.testing.assert_allclose(ahead.body_pos, clock.window()[0], atol=1e-12)
    for row in range(2):
        data.qpos, data.qvel = frames.qpos[row], frames.qvel[row]
        mujoco.mj_forward(model, data)
        for body, name in enumerate(TRACKED_BODIES):
            # the clip interpolates between frames a tenth of a second apart at most: a few tenths of a millimeter
            np.testing.assert_allclose(frames.body_pos[row, body], data.body(name).xpos, atol=1e-3)
            six = np.zeros(6)
            mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, data.body(name).id, six, 0)
            np.testing.assert_allclose(frames.body_vel[row, body], six[3:], atol=2e-2)


def test_length_counts_whole_steps_to_the_end(library):
    clock = ReferenceClock(library, 2, STEP, 1)
    start(clock, [math.nan, math.nan], times=(0.0, 0.0))
    assert clock.length.tolist() == [round(motion.duration * 30) for motion in library]
    start(clock, [math.nan, math.nan], times=(1.0, 1.01))
    first, second = library
    assert clock.length.tolist() == [round(first.duration * 30) - 30, math.floor((second.duration - 1.01) * 30)]


def test_a_row_that_begins_unturned_leaves_the_others_turned(library):
    clock = ReferenceClock(library, 2, STEP, 1)
    start(clock, [1.0, 1.0])
    before = clock.now()
    clock.start(np.array([0]), np.array([0]), np.array([0.5]))
    after = clock.now()
    np.testing.assert_array_equal(after.qpos[1], before.qpos[1])
    expected = library.lookup(np.zeros(1, dtype=np.int64), np.array([0.5]))
    np.testing.assert_allclose(after.qpos[0], expected.qpos[0], atol=1e-12)


def test_frames_ahead_can_lie_further_apart(library):
    clock = ReferenceClock(library, 2, STEP, 2, stride=6)
    start(clock, [math.nan, math.nan])
    position, _ = clock.window()
    for ahead, steps in enumerate((0, 6, 12)):
        expected = library.lookup(np.arange(2), np.full(2, 0.5 + steps * STEP))
        np.testing.assert_allclose(position[:, ahead], expected.body_pos, atol=1e-12)
