"""The gait report on walks that were made with known speed, cadence and width."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from kinesis_env.analysis import foot_events, gait_report, normal_bands
from kinesis_env.dynamics import JointMoments
from kinesis_env.errors import AnalysisError
from kinesis_env.model.names import JOINTS
from kinesis_env.motions.gait import Gait


@pytest.fixture(scope="module")
def walk():
    return Gait(1.2).motion(8.0)


def test_speed_cadence_and_steps_are_those_the_walk_was_made_with(walk):
    report = gait_report(walk)
    figures = report.figures
    assert figures["speed"] == pytest.approx(1.2, rel=0.02)
    assert figures["cadence"] == pytest.approx(109.5, rel=0.02)
    assert figures["stride_length"] == pytest.approx(2 * 1.2 * 60 / 109.5, rel=0.02)
    both = figures["step_length_right"] + figures["step_length_left"]
    assert both == pytest.approx(figures["stride_length"], rel=0.02)
    assert abs(figures["step_length_right"] - figures["step_length_left"]) < 0.05
    assert 0.05 < figures["step_width"] < 0.2
    assert 0.55 < figures["stance_right"] < 0.7
    assert 0.1 < figures["double_support_right"] < 0.37  # events of a motion are a few frames wide
    assert 20 < figures["com_vertical"] < 60
    assert report.inside["knee_angle_r"] > 0.9


def test_a_treadmill_walk_is_as_fast_as_the_same_walk_over_ground(walk):
    qpos = walk.qpos.copy()
    qpos[:, 0] -= 1.2 * np.arange(len(qpos)) / walk.fps
    qvel = walk.qvel.copy()
    qvel[:, 0] -= 1.2
    belt = SimpleNamespace(qpos=qpos, qvel=qvel, fps=walk.fps)
    over, on = gait_report(walk).figures, gait_report(belt).figures
    for key in ("speed", "step_length_right", "step_length_left", "step_width", "com_vertical", "com_lateral"):
        assert on[key] == pytest.approx(over[key], rel=0.02), key
    told = gait_report(belt, belt=(-1.2, 0.0, 0.0))
    assert told.figures["speed"] == pytest.approx(1.2, rel=0.02)


def test_curves_of_moments_powers_and_forces_are_per_body(walk, tmp_path):
    times = np.arange(len(walk)) / walk.fps
    moments = np.tile(74.88 * np.sin(2 * np.pi * times)[:, None], (1, 14))
    force = np.tile(74.88 * 9.81 * np.array([0.1, 0.0, 1.0]), (len(times), 2, 1))
    found = JointMoments(times, JOINTS, moments, 2 * moments, np.zeros((len(times), 6)), force)
    report = gait_report(walk, found, events=foot_events(motion=walk))
    moment, power = report.curves["moment", "r"], report.curves["power", "r"]
    assert np.allclose(power.mean, 2 * moment.mean)
    assert np.abs(moment.mean).max() < 1.01
    assert np.allclose(report.curves["ground_force", "l"].mean, [0.1, 0.0, 1.0], atol=2e-3)
    assert moment.unit == "N m/kg"
    covered = times < 4.0
    part = JointMoments(times, JOINTS, moments, moments, np.zeros((len(times), 6)), force, covered=covered)
    fewer = gait_report(walk, part, events=foot_events(motion=walk))
    assert 0 < fewer.curves["moment", "r"].cycles < moment.cycles
    assert fewer.curves["angle", "r"].cycles == report.curves["angle", "r"].cycles
    about = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert set(about["curves"]) == {"angle", "moment", "power", "ground_force"}
    assert len(about["curves"]["angle"]["right"]["curves"]["knee_angle"]["mean"]) == 101
    assert "step width" in report.table()
    report.plot(tmp_path / "gait.svg")
    assert (tmp_path / "gait.svg").read_text().startswith("<?xml")


def test_bands_are_of_walking_speeds_alone():
    assert normal_bands(0.2) == normal_bands(2.5) == {}
    slow, free = normal_bands(0.9), normal_bands(1.3)
    assert "fukuchi2018 at 0.9" in slow["knee_angle"].source
    assert "free speed" in free["hip_adduction"].source
    assert np.allclose(free["knee_angle"].deviation[[0, 80, 100]], [5.7, 7.8, 5.6])  # Schwartz 2008, free speed
    band = free["knee_angle"]
    assert band.inside(band.mean) == 1.0
    assert band.inside(band.mean + 3 * band.deviation) == 0.0
    assert 50 < band.mean.max() < 70


def test_standing_has_no_gait(walk):
    still = SimpleNamespace(qpos=np.tile(walk.qpos[:1], (90, 1)), qvel=np.zeros((90, 20)), fps=30.0)
    with pytest.raises(AnalysisError, match=r"no complete gait cycle from 0\.00 to 2\.97 s"):
        gait_report(still)


def test_a_recorded_episode_brings_its_own_forces(walk):
    steps = len(walk)
    times = np.arange(steps) / walk.fps
    arrays = {"time": times, "qpos": walk.qpos, "qvel": walk.qvel, "activation": np.zeros((steps, 80)),
              "muscle_force": np.zeros((steps, 80)), "joint_moment": np.ones((steps, 14)),
              "ground_force": np.zeros((steps, 2, 3))}  # fmt: skip
    for side in range(2):
        for strike in foot_events(motion=walk).strikes[side]:
            arrays["ground_force"][(times > strike) & (times < strike + 0.6), side, 2] = 700.0
    report = gait_report(SimpleNamespace(arrays=arrays, metadata={}))
    assert report.events.measured == "force and motion"
    assert report.figures["speed"] == pytest.approx(1.2, rel=0.03)
    assert ("moment", "l") in report.curves
