"""Checks on real recordings with plates and EMG, where there are some: set KINESIS_RECORDINGS to their folder."""

import dataclasses

import numpy as np
import pytest

from kinesis_env.analysis import KINESIS_EMG_LONG_HEAD, analyze, compare_emg, foot_events, gait_cycles, read_emg
from kinesis_env.errors import AnalysisError
from kinesis_env.motions import read_loads, read_recorded
from tests.motions.retargeting.fits import FOLDER

TREADMILL = ("emg/treadmill_walk_1.0_ik.sto", "emg/treadmill_walk_1.0_grf.mot", "emg/treadmill_walk_1.0_emg.sto")
OVERGROUND = ("opensim/subject_walk_armless_ik.mot", "emg/subject_walk_armless_grf.mot",
              "emg/subject_walk_armless_emg.sto")  # fmt: skip


def files(names):
    if not all((FOLDER / name).is_file() for name in names):
        pytest.skip("no such recordings: set KINESIS_RECORDINGS to their folder")
    return [FOLDER / name for name in names]


def test_plates_that_catch_the_other_foot_lose_no_stride():
    motion_file, loads_file, _ = files(TREADMILL)
    motion, loads = read_recorded(motion_file), read_loads(loads_file)
    alone, both = gait_cycles(loads, side="r"), gait_cycles(loads, motion, side="r")
    assert len(alone) == 44
    assert "5 of 49 right gait cycles" in alone.notes[0]
    assert len(both) == 52
    assert foot_events(loads, motion).missed == (4, 0)
    assert both.durations.std() < 0.03


def test_events_of_the_motion_are_near_those_of_the_plates():
    for names in (TREADMILL, OVERGROUND):
        motion_file, loads_file, _ = files(names)
        motion, loads = read_recorded(motion_file), read_loads(loads_file)
        seen, measured = foot_events(motion=motion), foot_events(loads, motion)
        for kind in ("strikes", "offs"):
            for side in range(2):
                off = getattr(seen, kind)[side] - getattr(measured, kind)[side]
                assert np.abs(off).max() < 0.04


@pytest.fixture(scope="module")
def treadmill():
    return analyze(*files(TREADMILL), mass=70.0)


def test_the_treadmill_walk_agrees_with_emg_as_published(treadmill):
    emg = read_emg(files(TREADMILL)[2])
    events = treadmill.gait.events
    found = compare_emg(treadmill.activity, emg, events=events, protocol=KINESIS_EMG_LONG_HEAD)
    assert found.mean_r >= 0.70
    assert (found.side, found.activity_side, found.cycles) == ("r", "l", 52)
    assert found.ceiling.min() > 0.98


def test_the_treadmill_walk_is_reported_with_what_is_wrong_in_its_files(treadmill):
    assert treadmill.gait.figures["speed"] == pytest.approx(1.02, abs=0.03)  # at this body's size
    assert min(treadmill.gait.inside.values()) > 0.7
    assert any("4 landings of the right foot" in note for note in treadmill.notes)
    assert treadmill.emg.clock == pytest.approx(0.15, abs=0.02)
    assert any("do the clocks of EMG and motion agree?" in note for note in treadmill.emg.notes)
    assert treadmill.emg.alignment.startswith("cycles from the other leg's toe-off")
    assert treadmill.alignments["heel-strike"] < 0.4 < 0.58 < treadmill.alignments["kinesis"] < treadmill.emg.mean_r
    assert any("the loads carry 58 kg, but the person weighs 70 kg" in note for note in treadmill.notes)


def test_the_overground_emg_is_of_the_left_leg():
    motion, loads, emg = files(OVERGROUND)
    found = analyze(motion, loads, emg)
    assert found.emg.side == "l"
    assert found.emg.mean_r >= 0.50
    with pytest.raises(AnalysisError, match=r"none of the 1 right gait cycles.*the left leg fits the EMG better"):
        analyze(motion, loads, emg, side="r")
    late = dataclasses.replace(read_emg(emg), times=read_emg(emg).times - 0.02)
    assert analyze(motion, loads, late).emg.clock > found.emg.clock
