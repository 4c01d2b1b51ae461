"""From files to figures in one call: a made walk, its own ground forces, and EMG that is what its muscles do."""

import dataclasses
import json

import numpy as np
import pytest

from kinesis_env.analysis import KINESIS_EMG_LONG_HEAD, Emg, EmgProtocol, analyze, foot_events
from kinesis_env.cli import main as cli
from kinesis_env.dynamics import inverse_dynamics, static_optimization
from kinesis_env.errors import AnalysisError, MotionFormatError
from kinesis_env.evaluation import evaluate, read_episode
from kinesis_env.motions import export_motion, read_loads, read_recorded
from kinesis_env.motions.export import opensim_table
from kinesis_env.motions.gait import Gait

CHANNELS = {"soleus_r": "soleus_r", "tib_ant_r": "tibant_r", "med_gas_r": "gasmed_r", "vas_lat_r": "vaslat_r"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A recording, its loads and its EMG, as a laboratory would give them."""
    folder = tmp_path_factory.mktemp("lab")
    export_motion(Gait(1.2).motion(3.6), folder / "walk_ik.mot")
    motion = read_recorded(folder / "walk_ik.mot")
    moments = inverse_dynamics(motion)
    activity = static_optimization(motion, moments)
    from kinesis_env.analysis import write_opensim

    write_opensim(folder / "made", moments=moments)
    (folder / "made" / "ground_forces.mot").rename(folder / "walk_grf.mot")
    emg = {name: activity.activation[:, activity.muscles.index(muscle)] for name, muscle in CHANNELS.items()}
    (folder / "walk_emg.sto").write_text(opensim_table("emg", activity.times, emg))
    return folder


@pytest.fixture(scope="module")
def whole(files):
    told = []
    found = analyze(
        files / "walk_ik.mot",
        files / "walk_grf.mot",
        files / "walk_emg.sto",
        on_progress=lambda done, total, what: told.append((done, total, what)),
    )
    assert told[0] == (0, 6, "read")
    assert told[-1] == (6, 6, "done")
    return found


def test_the_whole_way_comes_back_to_the_muscles_it_began_with(whole):
    assert whole.emg.mean_r > 0.9
    assert whole.emg.side == "r"
    assert whole.gait.figures["speed"] == pytest.approx(1.2, rel=0.03)
    assert 1.5 < whole.metabolic.mean < 8.0
    assert whole.measured


def test_the_json_has_the_shape_that_programs_expect(whole):
    about = json.loads(json.dumps(whole.as_dict(), allow_nan=False))
    assert set(about) == {"emg", "moments", "ground_force", "residual", "gait", "metabolic"}
    assert {"alignment", "side", "mean_r", "muscles", "ceiling", "cycles"} <= set(about["emg"])
    assert set(about["emg"]["muscles"]) == set(CHANNELS)
    assert len(about["moments"]["joints"]) == 14
    assert about["ground_force"]["source"] == "measured"
    assert 0.9 < about["ground_force"]["right"]["maximum"]["up"] < 1.6
    assert len(about["residual"]["force"]) == len(about["residual"]["moment"]) == 3
    assert about["metabolic"]["mean"] > about["metabolic"]["basal"]


def test_files_are_written_whole_with_a_page_of_plots(whole, tmp_path):
    files = whole.save(tmp_path / "out")
    names = {file.name for file in files}
    assert {"analysis.json", "analysis.txt", "analysis.png", "moments.sto", "activations.sto"} <= names
    assert (tmp_path / "out" / "analysis.png").stat().st_size > 50_000
    assert "cycles from heel strike, zero lag" in (tmp_path / "out" / "analysis.txt").read_text()
    assert not [file for file in (tmp_path / "out").iterdir() if file.name not in names]


def test_without_plates_and_emg_the_forces_are_estimated(files):
    found = analyze(files / "walk_ik.mot", belt=0.0)
    about = found.as_dict()
    assert about["emg"] is None
    assert about["ground_force"]["source"] == "estimated"
    assert "ground force estimated from the motion" in found.notes


def test_loads_of_another_person_are_told(files):
    loads = read_loads(files / "walk_grf.mot")
    told = analyze(files / "walk_ik.mot", loads, mass=55.0).notes
    assert any("the loads carry 75 kg, but the person weighs 55 kg" in note for note in told)
    heavy = dataclasses.replace(loads, force=2.5 * loads.force, torque=2.5 * loads.torque)
    assert any("a person of this size weighs about" in note for note in analyze(files / "walk_ik.mot", heavy).notes)
    assert not any("carry" in note and "?" in note for note in analyze(files / "walk_ik.mot", loads, mass=75.0).notes)


def test_what_no_belt_and_nobody_can_be_is_refused(files):
    for belt in (float("nan"), -1.0, 30.0):
        with pytest.raises(AnalysisError, match="the speed of the belt must be from 0 to 15"):
            analyze(files / "walk_ik.mot", belt=belt)
    with pytest.raises(AnalysisError, match="the mass of the person must be from 10 to 300, given -5"):
        analyze(files / "walk_ik.mot", mass=-5.0)


def test_clocks_that_disagree_are_told(files):
    loads = read_loads(files / "walk_grf.mot")
    late = dataclasses.replace(loads, times=loads.times + 0.2)
    (note,) = [note for note in analyze(files / "walk_ik.mot", late).notes if "clocks of plates" in note]
    assert "200 ms earlier" in note or "ms later" in note
    with pytest.raises(Exception, match="do not overlap"):
        analyze(files / "walk_ik.mot", dataclasses.replace(loads, times=loads.times + 100.0))


def test_a_plate_that_catches_the_other_foot_is_told(files):
    loads = read_loads(files / "walk_grf.mot")
    force = loads.force.copy()
    part = (loads.times > 1.5) & (loads.times < 2.9)
    force[part, 0] += force[part, 1]
    force[part, 1] = 0.0
    told = analyze(files / "walk_ik.mot", dataclasses.replace(loads, force=force)).notes
    assert any("not seen by the forces" in note for note in told)


def test_wrong_columns_are_named(files, tmp_path):
    text = (files / "walk_grf.mot").read_text().replace("ground_force_r_vy", "plate_up")
    (tmp_path / "bad.mot").write_text(text)
    with pytest.raises(MotionFormatError, match=r"bad\.mot: loads 'r': no column for y of the force"):
        analyze(files / "walk_ik.mot", tmp_path / "bad.mot")
    with pytest.raises(MotionFormatError, match="no ground forces among the columns"):
        analyze(files / "walk_ik.mot", files / "walk_emg.sto")


def test_a_recorded_episode_is_analyzed_by_the_same_call(files, tmp_path):
    evaluate("solution:" + str(_shipped_solution()), motions="walk", record=tmp_path, num_threads=1,
             config={"action_mode": "excitation", "random_heading": False})  # fmt: skip
    episode = read_episode(next(tmp_path.glob("*.npz")))
    found = analyze(episode)
    assert found.name == "walk"
    assert found.gait is not None
    assert found.gait.figures["speed"] == pytest.approx(1.2, abs=0.25)
    assert found.as_dict()["residual"]["force"] == [0.0, 0.0, 0.0]
    emg = files / "walk_emg.sto"
    with pytest.raises(AnalysisError, match="an episode has its own clock: give the loads"):
        analyze(episode, emg=emg)
    compared = analyze(episode, files / "walk_grf.mot", emg, protocol=KINESIS_EMG_LONG_HEAD)
    assert compared.emg.activity_side == "l"
    assert compared.emg.side == "r"
    assert compared.emg.cycles >= 2


def _shipped_solution():
    from kinesis_env.control.solutions import SHIPPED

    return SHIPPED


def test_standing_still_has_moments_and_no_gait(tmp_path):
    motion = Gait(1.2).motion(5.0)
    still = np.tile(motion.qpos[:1], (60, 1))
    from kinesis_env.motions import Motion

    found = analyze(Motion.from_qpos(still, 30.0, name="still"))
    assert found.gait is None
    assert any("no gait report" in note for note in found.notes)
    found.save(tmp_path)
    assert json.loads((tmp_path / "analysis.json").read_text())["gait"] is None


def test_a_recording_of_positions_is_put_onto_this_body_and_smoothed(tmp_path):
    export_motion(Gait(1.2).motion(3.0), tmp_path / "walk.bvh")
    found = analyze(tmp_path / "walk.bvh", belt=0.0)
    assert any("low-pass filtered again at 6 Hz" in note for note in found.notes)
    assert found.motion.fps == 100.0
    assert found.gait.figures["speed"] == pytest.approx(1.2, rel=0.05)
    assert np.abs(found.moments.moments).max() < 200.0


def test_the_command_prints_figures_and_writes_files(files, tmp_path, capsys):
    arguments = ["analyze", str(files / "walk_ik.mot"), "--loads", str(files / "walk_grf.mot"), "--emg",
                 str(files / "walk_emg.sto"), "--side", "r", "--out", str(tmp_path / "out")]  # fmt: skip
    assert cli.main([*arguments, "--json", "--lag", "each", "--alignment", "kinesis-long-head"]) == 0
    out, err = capsys.readouterr()
    alignment = json.loads(out)["emg"]["alignment"]
    assert alignment.startswith(
        "cycles from the other leg's toe-off, of the EMG from heel strike, a lag for each channel"
    )
    assert "analyzed 6/6" in err
    assert (tmp_path / "out" / "analysis.png").is_file()
    assert alignment in (tmp_path / "out" / "analysis.txt").read_text()
    assert cli.main(["analyze", str(files / "walk_ik.mot"), "--emg", "none.sto", "--out", str(tmp_path / "no")]) == 2
    assert "none.sto: no such file" in capsys.readouterr().err
    assert not (tmp_path / "no").exists() or not list((tmp_path / "no").iterdir())


def test_protocols_take_emg_objects_too(files):
    emg = Emg(np.arange(0, 5, 0.01), ("soleus_l",), np.abs(np.sin(np.arange(0, 5, 0.01)))[:, None], "l")
    found = analyze(files / "walk_ik.mot", emg=emg, protocol=EmgProtocol(lag="common"), belt=0.0)
    assert found.emg.side == "l"
    assert foot_events(found.moments).measured == "force"
