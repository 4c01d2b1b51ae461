"""Gait cycles of forces and of motions, with steps that are missing or that a plate adds."""

from types import SimpleNamespace

import numpy as np
import pytest

from kinesis_env.analysis import foot_events, gait_cycles
from kinesis_env.dynamics import Loads
from kinesis_env.errors import AnalysisError
from kinesis_env.motions.gait import Gait
from kinesis_env.motions.gait.stances import plan_stances
from tests.analysis.synthetic import CYCLE, FIRST, STANCE, phase, walking_loads


def test_cycles_of_forces_begin_where_the_foot_lands():
    cycles = gait_cycles(walking_loads(), side="r")
    assert np.allclose(cycles.begins, FIRST + CYCLE * np.arange(len(cycles)), atol=2e-3)
    assert np.allclose(cycles.durations, CYCLE, atol=1e-3)
    assert cycles.dropped == 0
    assert cycles.percent[[0, -1]].tolist() == [0.0, 100.0]


def test_single_support_begins_where_the_other_foot_leaves():
    cycles = gait_cycles(walking_loads(), side="l", start="single_support")
    right_off = FIRST + STANCE * CYCLE
    assert np.allclose(((cycles.begins - right_off) / CYCLE + 0.5) % 1.0, 0.5, atol=3e-3)


def test_signals_over_cycles_are_the_same_in_each():
    loads = walking_loads()
    cycles = gait_cycles(loads, side="r")
    values = np.stack((phase(loads.times, "r"), np.cos(2 * np.pi * phase(loads.times, "r"))), axis=1)
    curves = cycles.normalize(loads.times, values)
    assert curves.shape == (len(cycles), 101, 2)
    assert np.abs(curves[:, 2:-2, 0] - np.linspace(0, 1, 101)[2:-2]).max() < 3e-3
    assert np.abs(curves[..., 1] - np.cos(2 * np.pi * np.linspace(0, 1, 101))).max() < 0.02


def test_a_cycle_that_a_plate_joined_with_the_next_is_left_out_and_told():
    loads = walking_loads()
    force = loads.force.copy()
    between = (loads.times > FIRST + 2.5 * CYCLE) & (loads.times < FIRST + 3.2 * CYCLE)
    force[between, 0, 2] = np.maximum(force[between, 0, 2], 300.0)  # the other foot on the right plate
    caught = Loads(loads.times, force, loads.point, loads.torque)
    cycles = gait_cycles(caught, side="r")
    assert cycles.dropped == 1
    assert "a force plate caught the other foot" in cycles.notes[0]
    assert np.allclose(cycles.durations, CYCLE, atol=1e-3)


def test_outliers_are_beyond_so_many_standard_deviations():
    loads = walking_loads(30.0)
    late = loads.times + np.where(loads.times > 10.0, 0.1, 0.0)  # one longer cycle, less than a fifth
    cycles = gait_cycles(Loads(late, loads.force, loads.point, loads.torque))
    assert cycles.dropped == 1
    assert "2 standard deviations" in cycles.notes[0]
    # Of 27 cycles, a single longer one is five standard deviations from the mean.
    dropped = [
        gait_cycles(Loads(late, loads.force, loads.point, loads.torque), outliers=limit).dropped for limit in (4, 6)
    ]
    assert dropped == [1, 0]


@pytest.fixture(scope="module")
def walk():
    motion = Gait(1.2).motion(8.0)
    return SimpleNamespace(qpos=motion.qpos, qvel=motion.qvel, fps=motion.fps, start=5.0)


def test_motions_have_cycles_without_forces_on_their_own_clock(walk):
    right, left = gait_cycles(motion=walk, side="r"), gait_cycles(motion=walk, side="l")
    assert len(right) >= 5
    assert right.begins[0] > 5.0
    cadence = 120.0 / right.durations.mean()
    assert cadence == pytest.approx(109.5, rel=0.02)
    for side, feet in zip((right, left), plan_stances(Gait(1.2).plan(8.0).course()), strict=True):
        lands = 5.0 + np.asarray(feet.lands)
        assert np.abs(side.begins[:, None] - lands).min(axis=1).max() < 0.08
    apart = (left.begins[0] - right.begins[0]) / right.durations.mean() % 1.0
    assert apart == pytest.approx(0.5, abs=0.03)


def test_forces_move_the_events_of_a_motion_and_lose_none(walk):
    alone = foot_events(motion=walk)
    times = np.arange(5.0, 13.0, 0.001)
    force = np.zeros((len(times), 2, 3))
    for side in range(2):
        for strike in alone.strikes[side][1:]:  # of the first, no force is known
            force[(times > strike + 0.03) & (times < strike + 0.6), side, 2] = 700.0
    loads = Loads(times, force, force, force)
    both = foot_events(loads, walk)
    assert both.measured == "force and motion"
    assert both.missed == (1, 1)
    for side in range(2):
        assert len(both.strikes[side]) == len(alone.strikes[side])
        assert np.allclose(both.strikes[side], alone.strikes[side] + 0.03, atol=2e-3)


def test_what_cannot_be_is_refused():
    with pytest.raises(AnalysisError, match="given neither"):
        gait_cycles()
    with pytest.raises(AnalysisError, match="side must be one of 'r', 'l'"):
        gait_cycles(walking_loads(), side="left")
    with pytest.raises(AnalysisError, match="'heel_strike', 'single_support'"):
        gait_cycles(walking_loads(), start="toe_off")
    bad = SimpleNamespace(times=np.arange(3.0), force=np.zeros((3, 2)))
    with pytest.raises(AnalysisError, match=r"given \(3, 2\)"):
        gait_cycles(bad)
    cycles = gait_cycles(walking_loads())
    with pytest.raises(AnalysisError, match=r"no right gait cycle lies between 20.00 and 21.00 s; there are"):
        cycles.normalize(np.linspace(20.0, 21.0, 50), np.zeros(50))
    with pytest.raises(AnalysisError, match="signals must have shape"):
        cycles.normalize(np.linspace(20.0, 21.0, 50), np.zeros(49))
