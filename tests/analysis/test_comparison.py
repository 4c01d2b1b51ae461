"""Muscle activity against EMG: known curves, lags, legs and clocks."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest

from kinesis_env.analysis import (
    KINESIS_EMG,
    KINESIS_EMG_LONG_HEAD,
    Emg,
    EmgProtocol,
    compare_emg,
    foot_events,
    muscle_activity,
)
from kinesis_env.analysis.ceiling import split_half
from kinesis_env.analysis.lags import best_lag, correlations, moved
from kinesis_env.control import Solution
from kinesis_env.dynamics import MuscleActivity
from kinesis_env.errors import AnalysisError
from tests.analysis.synthetic import BURSTS, CYCLE, MUSCLES, STANCE, bump, phase, walking_activity, walking_loads

NAMES = {"soleus": "soleus", "gasmed": "med_gas", "tibant": "tib_ant", "vaslat": "vas_lat", "bflh": "bifemlh"}


def walking_emg(side="r", delay=0.0, noise=0.0, suffix=True, seconds=12.0):
    """Return EMG of the synthetic walk's leg: its bursts, on electrodes."""
    times = np.arange(0.0, seconds, 0.005)
    scatter = noise * np.random.default_rng(0).standard_normal((len(times), len(BURSTS)))
    values = np.stack([bump(phase(times - delay, side), middle) for middle in BURSTS.values()], axis=1)
    names = tuple(f"{NAMES[muscle]}_{side}" if suffix else NAMES[muscle] for muscle in BURSTS)
    return Emg(times, names, 0.3 * values + 0.01 + scatter, side if suffix else "")


@pytest.fixture(scope="module")
def events():
    return foot_events(walking_loads())


@pytest.mark.parametrize("side", ["r", "l"])
@pytest.mark.parametrize("start", ["heel_strike", "single_support"])
def test_emg_that_follows_the_activity_correlates_fully(side, start, events):
    found = compare_emg(walking_activity(), walking_emg(side), events=events, protocol=EmgProtocol(start=start))
    assert found.side == found.activity_side == side
    assert found.mean_r > 0.998
    assert found.notes == ()
    assert abs(found.clock) <= 0.01
    assert found.cycles == found.activity_cycles >= 9
    assert found.muscles[0] == (f"soleus_{side}",)


def test_the_figures_are_those_of_the_columns(events):
    activity, emg = walking_activity(), walking_emg()
    found = compare_emg(activity, emg, {"soleus_r": "tibant", "tib_ant_r": ["tibant", "soleus_l"]}, events=events)
    assert found.channels == ("soleus_r", "tib_ant_r")
    assert found.muscles == (("tibant_r",), ("tibant_r", "soleus_l"))
    mean = 0.5 * (found.activity[:, 0] + _mean_curve(activity, "soleus_l", events))
    assert np.allclose(found.activity[:, 1], mean)
    assert np.allclose(found.r, [np.corrcoef(found.activity[:, i], found.emg[:, i])[0, 1] for i in range(2)])
    assert found.r[0] < 0.0


def _mean_curve(activity, muscle, events):
    from kinesis_env.analysis import gait_cycles

    cycles = gait_cycles(events=events, side="r")
    return cycles.normalize(activity.times, activity.activation[:, [MUSCLES.index(muscle)]]).mean(axis=0)[:, 0]


def test_the_published_protocol_takes_the_left_leg_and_the_short_head(events):
    emg = walking_emg("r")
    early = walking_emg("r", delay=-(STANCE - 0.5) * CYCLE)  # by what lies between heel strike and the other's toe-off
    assert compare_emg(walking_activity(), emg, events=events, protocol=KINESIS_EMG).r[:4].max() < 0.9
    found = compare_emg(walking_activity(), early, events=events, protocol=KINESIS_EMG)
    assert (found.side, found.activity_side) == ("r", "l")
    assert found.muscles == (("soleus_l",), ("gasmed_l",), ("tibant_l",), ("vaslat_l",), ("bfsh_l",))
    assert np.isnan(found.r[4])  # the short head does nothing in this walk
    assert found.r[:4].min() > 0.998
    assert len(found.percent) == 100
    assert found.alignment == "cycles from the other leg's toe-off, of the EMG from heel strike, zero lag"
    assert any("bfsh for bflh" in note for note in found.notes)
    activity = walking_activity()
    right = [i for i, name in enumerate(MUSCLES) if name.endswith("_r")]
    noise = activity.activation.copy()
    noise[:, right] = np.random.default_rng(0).uniform(size=(len(noise), len(right)))
    left = compare_emg(dataclasses.replace(activity, activation=noise), early, events=events, protocol=KINESIS_EMG)
    assert left.r[:4].min() > 0.998
    long = compare_emg(walking_activity(), early, events=events, protocol=KINESIS_EMG_LONG_HEAD)
    assert long.r.min() > 0.998


def test_a_lag_is_found_where_it_is_allowed(events):
    emg = walking_emg(delay=-0.06)  # electricity comes first
    none = compare_emg(walking_activity(), emg, events=events)
    common = compare_emg(walking_activity(), emg, events=events, lag="common")
    each = compare_emg(walking_activity(), emg, events=events, lag="each", max_lag=0.03)
    assert none.mean_r < 0.9
    assert np.allclose(common.lag, 0.06, atol=5e-3)
    assert common.mean_r > 0.998
    assert np.allclose(each.lag, 0.03)
    assert none.mean_r < each.mean_r < common.mean_r
    assert "one lag for all channels of at most 100 ms" in common.alignment


def test_clocks_that_disagree_are_told(events):
    found = compare_emg(walking_activity(), walking_emg(delay=0.2), events=events, side="r")
    (note,) = [note for note in found.notes if "clocks" in note]
    assert "fits best 200 ms earlier" in note
    assert found.as_dict()["best_common_lag"] == pytest.approx(-0.2, abs=0.006)


def test_emg_of_the_other_leg_is_told_and_an_unnamed_leg_found(events):
    emg = walking_emg("l", suffix=False)
    wrong = compare_emg(walking_activity(), emg, events=events, side="r")
    assert any("the left leg fits the EMG better" in note for note in wrong.notes)
    found = compare_emg(walking_activity(), emg, events=events)
    assert found.side == "l"
    assert found.mean_r > 0.998
    assert any("not given; assumed left" in note for note in found.notes)
    named = compare_emg(walking_activity(), walking_emg("l"), events=events, side="r")
    assert any("the channel names say the left leg" in note for note in named.notes)


def test_cycles_beside_the_plates_are_not_compared(events):
    activity = walking_activity()
    spoiled = activity.activation.copy()
    beside = (activity.times > 3.0) & (activity.times < 5.0)
    spoiled[beside] = np.random.default_rng(0).uniform(size=(beside.sum(), 80))
    measured = dataclasses.replace(activity, activation=spoiled, covered=~beside)
    found = compare_emg(measured, walking_emg(), events=events)
    assert found.mean_r > 0.998
    assert found.activity_cycles < found.cycles
    nowhere = dataclasses.replace(measured, covered=np.zeros(len(activity.times), dtype=bool))
    with pytest.raises(AnalysisError, match="the measured loads carry the body in none of the 10 right gait cycles"):
        compare_emg(nowhere, walking_emg(), events=events)


def test_channels_that_are_not_there_or_on_no_muscle_are_named(events):
    emg = walking_emg()
    with pytest.raises(AnalysisError, match="unknown channel 'soleus'; the channels are soleus_r, med_gas_r"):
        compare_emg(walking_activity(), emg, {"soleus": "soleus"}, events=events)
    with pytest.raises(AnalysisError, match="unknown muscle 'calf_r'; the muscles are addbrev_r"):
        compare_emg(walking_activity(), emg, {"soleus_r": "calf"}, events=events)
    odd = dataclasses.replace(emg, channels=("deltoid", *emg.channels[1:]))
    found = compare_emg(walking_activity(), odd, events=events)
    assert found.channels == emg.channels[1:]
    assert any("deltoid" in note for note in found.notes)
    with pytest.raises(AnalysisError, match="none of the channels deltoid"):
        compare_emg(walking_activity(), odd.select(["deltoid"]), events=events)
    with pytest.raises(AnalysisError, match="no right gait cycle lies between"):
        compare_emg(walking_activity(), dataclasses.replace(emg, times=emg.times + 100.0), events=events)
    with pytest.raises(AnalysisError, match="lag must be one of 0, 'common', 'each'"):
        compare_emg(walking_activity(), emg, events=events, lag="own")


def test_noise_lowers_the_ceiling_and_the_ceiling_is_what_the_truth_reaches(events):
    rng = np.random.default_rng(2)
    truth = np.sin(np.linspace(0, 2 * np.pi, 100))
    cycles = truth[None, :, None] + 2.0 * rng.standard_normal((10, 100, 200))
    reached = correlations(np.repeat(truth[:, None], 200, axis=1), cycles.mean(axis=0)).mean()
    assert split_half(cycles).mean() == pytest.approx(reached, abs=0.01)
    assert np.isnan(split_half(cycles[:3])).all()
    clean = compare_emg(walking_activity(), walking_emg(), events=events)
    noisy = compare_emg(walking_activity(), walking_emg(noise=0.2), events=events)
    assert clean.ceiling.min() > 0.99 > noisy.ceiling.mean()


def test_other_people_give_a_ceiling_between_subjects(events):
    later = walking_emg(delay=0.05)
    found = compare_emg(walking_activity(), walking_emg(), events=events, others=[(later, events)])
    assert 0.7 < found.as_dict()["between_subjects"] < 0.97
    assert np.isnan(compare_emg(walking_activity(), walking_emg(), events=events).others).all()


def test_the_dictionary_is_json_and_the_table_names_the_alignment(events):
    found = compare_emg(walking_activity(), walking_emg(), events=events, protocol=KINESIS_EMG)
    about = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert {"alignment", "side", "mean_r", "muscles", "ceiling", "cycles"} <= set(about)
    assert about["muscles"]["bifemlh_r"]["r"] is None
    assert found.alignment in found.table()


def test_lags_are_shares_of_a_periodic_cycle():
    at = np.linspace(0, 1, 101)
    curve = bump(at, 0.3)[:, None]
    assert np.abs(moved(curve, np.array([0.2]))[:, 0] - bump(at, 0.5)).max() < 1e-6
    assert np.abs(moved(curve, np.array([-0.4]))[:, 0] - bump(at, 0.9)).max() < 1e-6
    assert best_lag(np.ones((101, 1)), curve, CYCLE, 0.5, each=True)[0] == 0.0  # where none fits, none
    assert best_lag(bump(at, 0.5)[:, None], curve, CYCLE, 0.5, each=True)[0] == pytest.approx(0.22, abs=0.003)


def test_a_recorded_episode_and_a_solution_are_activity_too(events):
    activity = walking_activity()
    steps = len(activity.times)
    qpos, qvel = np.zeros((steps, 21)), np.zeros((steps, 20))
    qpos[:, 2:4] = 0.92, 1.0
    arrays = {
        "time": activity.times,
        "qpos": qpos,
        "qvel": qvel,
        "activation": activity.activation,
        "excitation": np.repeat(activity.excitation[1:, None], 5, axis=1),  # of each physics step
        "muscle_force": -activity.force,
    }
    episode = SimpleNamespace(arrays=arrays, metadata={"names": {"muscles": list(MUSCLES)}})
    found = compare_emg(episode, walking_emg(), events=events)
    assert found.mean_r > 0.998
    assert isinstance(muscle_activity(episode), MuscleActivity)
    assert np.array_equal(muscle_activity(episode).force, activity.force)
    solution = Solution("walk", "", "excitation", 150.0, 100.0, np.float32(2 * activity.excitation[1:31] - 1),
                        np.zeros((30, 14)), qpos[:31], qvel[:31], activity.activation[:31], {}, {})  # fmt: skip
    taken = muscle_activity(solution)
    assert np.allclose(taken.excitation[:30], activity.excitation[1:31], atol=1e-6)
    assert taken.force.min() >= 0.0
    with pytest.raises(AnalysisError, match="a MuscleActivity, a recorded episode or a solution"):
        muscle_activity(3)
    with pytest.raises(AnalysisError, match="other muscles"):
        muscle_activity(SimpleNamespace(arrays=arrays, metadata={"names": {"muscles": ["a"]}}))
