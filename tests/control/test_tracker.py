"""What the tracker does with a body; a second of walking takes some seconds."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.control.tracker import Tracker
from kinesis_env.errors import ControlError
from kinesis_env.motions.edit import trim
from kinesis_env.motions.load import load_motions
from tests.support import make_task


@pytest.fixture(scope="module")
def walk():
    return load_motions("walk")[0]


def follow(seconds, rows=1, num_threads=0, **overrides):
    """Return the distances of the tracked bodies from the reference [m], (steps, rows, 7)."""
    task = make_task(rows, motions="walk", random_heading=False, start_time=0.0, **overrides)
    every = np.arange(rows)
    task.reset(every, [np.random.default_rng(i) for i in range(rows)], {})
    step = task.simulation.control_step
    tracker = Tracker(task.simulation, num_threads=num_threads)
    frames = task.clock.ahead(step * np.arange(round(seconds / step) + 1))
    for row in range(rows):
        tracker.follow(row, frames.qpos[row], frames.qvel[row])
    away = []
    for at in range(round(seconds / step)):
        task.simulation.step(tracker.act(every))
        body = task.simulation.body_position(task.simulation.names.tracked)
        away.append(np.linalg.norm(body - frames.body_pos[:, at + 1], axis=-1))
    return np.array(away)


@pytest.mark.parametrize("mode", ["excitation", "length"])
def test_a_second_of_walking_within_30_mm(mode):
    away = follow(1.0, action_mode=mode)
    assert 1000 * away.mean() < 30.0
    assert away.max() < 0.15


@pytest.mark.parametrize(
    "rates", [{"control_rate": 75.0}, {"physics_rate": 300.0, "control_rate": 50.0}, {"control_rate": 15.0}]
)
def test_other_rates(rates):
    assert follow(0.2, action_mode="excitation", **rates).max() < 0.15


def test_conditions():
    ill = {"weakness": {"soleus_*": (0.5, 0.6)}, "mass_scale": (0.95, 1.1), "excitation_noise": 0.1, "fatigue": True}
    away = follow(0.2, rows=2, action_mode="excitation", **ill)
    assert away.max() < 0.15
    assert not np.array_equal(away[:, 0], away[:, 1])


def test_the_tracker_knows_slope_strength_and_anatomy():
    settings = {"slope": (-6.0, 6.0), "strength": "published", "anatomy": "rajagopal"}
    away = follow(0.4, rows=2, action_mode="excitation", **settings)
    assert away.max() < 0.15
    assert not np.array_equal(away[:, 0], away[:, 1])


def test_rows_and_threads_change_no_bit():
    alone = follow(0.1, num_threads=1, action_mode="excitation")
    among = follow(0.1, rows=5, num_threads=2, action_mode="excitation")
    for row in range(5):
        assert np.array_equal(among[:, row], alone[:, 0])


def test_a_row_without_a_reference():
    task = make_task(1)
    with pytest.raises(ControlError, match=r"row 0 has no reference: call follow\(0"):
        Tracker(task.simulation).act(np.arange(1))


def test_a_snapshot_of_a_tracker(walk):
    task = make_task(1, action_mode="excitation", random_heading=False)
    task.reset(np.arange(1), [np.random.default_rng(0)], {"start_time": 1.0})
    tracker = Tracker(task.simulation)
    short = trim(walk, 1.0, 2.0)
    tracker.follow(0, short.qpos, short.qvel)
    row = np.arange(1)
    task.simulation.step(tracker.act(row))
    kept = task.simulation.snapshot(row), tracker.snapshot(row)
    runs = []
    for _ in range(2):
        task.simulation.restore(row, kept[0])
        tracker.restore(row, kept[1])
        for _ in range(2):
            task.simulation.step(tracker.act(row))
        runs.append(task.simulation.qpos.copy())
    assert np.array_equal(*runs)


@pytest.mark.parametrize("mode", ["excitation", "length"])
def test_excitations_that_arrive_late_are_planned_for(mode):
    """Not planned for, 40 ms bring a body 0.2 m away."""
    assert follow(0.6, action_mode=mode, activation_delay=0.04).max() < 0.13
