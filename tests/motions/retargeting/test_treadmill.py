import numpy as np
import pytest

from kinesis_env.motions import PointRecording
from kinesis_env.motions.retargeting.quality import inspect
from kinesis_env.motions.retargeting.retarget import retarget
from kinesis_env.motions.retargeting.treadmill import without_belt
from tests.motions import sources


@pytest.fixture(scope="module")
def walk():
    return sources.walking_points(60.0, 3.0)


def on_belt(points, speed, rate=60.0, heading=0.0):
    path = np.arange(len(points))[:, None, None] / rate * speed * np.array([np.cos(heading), np.sin(heading), 0.0])
    return points - path


def test_the_belt_is_taken_out(walk):
    pace = np.ptp(walk[:, :, 0].mean(axis=1)) / (len(walk) - 1) * 60.0
    moved, speed = without_belt(on_belt(walk, pace), 60.0)
    assert speed == pytest.approx(pace, rel=0.03)
    np.testing.assert_allclose(moved, walk, atol=0.05)


def test_on_firm_ground_nothing_changes(walk):
    moved, speed = without_belt(walk, 60.0)
    assert speed == 0.0
    assert moved is walk


def test_standing_still_is_no_treadmill(walk):
    still = np.repeat(walk[:1], 120, axis=0) + 1e-3 * np.random.default_rng(0).normal(size=(120, 10, 3))
    assert without_belt(still, 60.0)[1] == 0.0


def test_a_short_recording_is_left_alone(walk):
    assert without_belt(on_belt(walk, 1.2)[:30], 60.0)[1] == 0.0


def test_a_treadmill_walk_walks_ahead(walk):
    pace = np.ptp(walk[:, :, 0].mean(axis=1)) / (len(walk) - 1) * 60.0
    recording = PointRecording("belt", np.arange(len(walk)) / 60.0, (), "", "", points=on_belt(walk, pace))
    motion = retarget(recording)
    assert inspect(motion).speed == pytest.approx(pace, rel=0.06)
    assert inspect(motion).stance_slip < 0.05
    assert any("treadmill" in note for note in motion.notes)
