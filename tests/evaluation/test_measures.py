"""Figures by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kinesis_env.evaluation import METRICS, evaluate
from kinesis_env.evaluation.measures import Measures, metric_named, tracking_errors
from kinesis_env.model import Frames
from tests.support import make_task


def frames(num: int = 2) -> Frames:
    qpos = np.zeros((num, 21))
    qpos[:, 3] = 1.0
    return Frames(qpos, np.zeros((num, 20)), np.zeros((num, 7, 3)), np.zeros((num, 7, 3)))


def test_mpjpe_is_the_mean_distance_in_millimeters():
    body, reference = frames(), frames()
    body.body_pos[0, 0] = 0.03, 0.04, 0.0  # the pelvis, 50 mm away
    body.body_pos[0, 4] = 0.0, 0.0, 0.02  # an ankle, 20 mm
    body.body_pos[1] += 0.1, 0.0, 0.0  # all of the second body, 100 mm
    found = tracking_errors(body, reference)
    assert found["mpjpe"] == pytest.approx([70.0 / 7, 100.0])


def test_root_relative_mpjpe_leaves_out_where_the_pelvis_is():
    body, reference = frames(), frames()
    body.body_pos[1] += 0.1, -0.2, 0.3
    body.body_pos[0, 0] = 0.03, 0.04, 0.0  # then six bodies are 50 mm away from it, the pelvis itself none
    assert tracking_errors(body, reference)["mpjpe_root"] == pytest.approx([6 * 50.0 / 7, 0.0], abs=1e-9)


def test_joint_angle_error_is_the_mean_over_the_hinges_in_degrees():
    body, reference = frames(), frames()
    body.qpos[0, 7] = math.radians(14.0)
    reference.qpos[0, 20] = math.radians(28.0)
    body.qpos[1, :7] = 0.5  # the root does not count
    assert tracking_errors(body, reference)["joint_angle_error"] == pytest.approx([3.0, 0.0])


def test_velocity_error_is_the_mean_over_the_bodies():
    body, reference = frames(), frames()
    body.body_vel[0, 2] = 0.0, 3.0, 4.0
    reference.body_vel[1] += 1.0, 0.0, 0.0
    assert tracking_errors(body, reference)["velocity_error"] == pytest.approx([5.0 / 7, 1.0])


def test_effort_is_that_of_the_simulation(motions):
    task = make_task(2, motions=motions)
    task.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)], {"clip": "amble", "start_time": 0.0})
    measures = Measures(task)
    measures.begin(np.arange(2))
    sums = np.zeros((4, 2))
    for step in range(3):
        task.step(np.full((2, 80), 0.2 * step))
        simulation = task.simulation
        measures.add(np.ones(2, bool), np.array([1.0, 2.0]), task.info())
        power = simulation.muscle_force * simulation.muscle_velocity  # both negative where a muscle shortens
        mass = simulation.model.body_mass.sum()
        sums += [
            [simulation.excitation[i].mean() for i in range(2)],
            [simulation.act[i].mean() for i in range(2)],
            [(simulation.act[i] ** 2).mean() for i in range(2)],
            [power[i][power[i] > 0].sum() / mass for i in range(2)],
        ]
    for row in range(2):
        found = measures.result(row, task.info())
        keys = ("excitation", "activation", "activation_squared", "muscle_power")
        assert [found[key] for key in keys] == pytest.approx(list(sums[:, row] / 3), rel=1e-12)
        assert found["mean_reward"] == row + 1.0
        assert found["duration"] == pytest.approx(0.1)


def test_upright_is_the_share_of_frames_with_the_pelvis_above_the_published_height(motions):
    task = make_task(1, motions=motions, termination_distance=math.inf)
    task.reset(np.arange(1), [np.random.default_rng(0)], {"clip": "amble", "start_time": 0.0})
    measures = Measures(task)
    measures.begin(np.arange(1))
    above = []
    for _ in range(40):
        task.step(np.ones((1, 80)))
        measures.add(np.ones(1, bool), np.zeros(1), task.info())
        above.append(task.simulation.qpos[0, 2] >= 0.7)
    assert 0 < np.mean(above) < 1  # it collapses
    assert measures.result(0, task.info())["upright"] == pytest.approx(np.mean(above))


def test_a_step_that_diverged_is_not_measured(motions):
    task = make_task(1, motions=motions, termination_distance=math.inf)
    task.reset(np.arange(1), [np.random.default_rng(0)], {"clip": "amble", "start_time": 0.0})
    measures = Measures(task)
    measures.begin(np.arange(1))
    task.step(np.zeros((1, 80)))
    measures.add(np.ones(1, bool), np.zeros(1), task.info())
    before = measures.result(0, task.info())
    task.simulation.qvel[:] = 1e12
    outcome = task.step(np.zeros((1, 80)))
    assert outcome.terminated[0]
    measures.add(np.ones(1, bool), np.zeros(1), task.info())
    after = measures.result(0, task.info())
    for key in ("mpjpe", "activation", "upright"):
        assert after[key] == before[key]
    assert len(measures.series(0)) == 1
    assert measures.steps[0] == 2


def test_semantic_success_is_read_where_an_environment_gives_it(motions):
    task = make_task(2, motions=motions)
    task.reset(np.arange(2), [np.random.default_rng(0)] * 2, {})
    measures = Measures(task)
    task.step(np.zeros((2, 80)))
    info = task.info() | {"is_semantic_success": np.array([True, False]), "prompt": np.array(["walk", "run"], object)}
    measures.add(np.ones(2, bool), np.zeros(2), info)
    assert measures.result(0, info)["semantic_success"] == 1.0
    assert measures.result(1, info)["semantic_success"] == 0.0


def test_figures_come_in_the_order_of_the_table(motions):
    order = [metric.key for metric in METRICS]
    found = list(evaluate("zero", motions=motions).episodes[0].metrics)
    assert found == sorted(found, key=order.index)
    assert len(set(order)) == len(order)
    assert metric_named("mpjpe").unit == "mm"
    assert metric_named("new").label == "new"


def test_history_is_forgotten_when_nobody_needs_it(motions):
    task = make_task(1, motions=motions, termination_distance=math.inf)
    measures = Measures(task)
    for _ in range(3):
        task.reset(np.arange(1), [np.random.default_rng(0)], {"clip": "amble", "start_time": 0.0})
        measures.begin(np.arange(1))
        for count in range(1, 5):
            task.step(np.zeros((1, 80)))
            measures.add(np.ones(1, bool), np.zeros(1), task.info())
            assert len(measures.series(0)) == count
        measures.forget(np.array([], dtype=int))
        assert len(measures._history) == 0
