"""A policy's muscles against EMG, over the episodes of an evaluation."""

import json
from pathlib import Path

import numpy as np
import pytest

from kinesis_env.analysis import EmgProtocol, FootEvents, foot_events, muscle_activity, read_emg
from kinesis_env.analysis.activity import played_moments, played_states
from kinesis_env.cli import main as cli
from kinesis_env.control.solutions import SHIPPED
from kinesis_env.errors import AnalysisError
from kinesis_env.evaluation import Evaluation, compare_episodes, evaluate, read_episode
from kinesis_env.evaluation.emg import emg_events_of
from kinesis_env.motions.export import opensim_table

PLAYED = {"action_mode": "excitation", "random_heading": False}


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Recorded episodes of the shipped solution, one of a policy that falls, and EMG and loads of the first."""
    folder = tmp_path_factory.mktemp("walked")
    evaluate(f"solution:{SHIPPED}", motions="walk", record=folder / "good", num_threads=1, config=PLAYED)
    evaluate("zero", motions="walk", record=folder / "bad", num_threads=1, config=PLAYED)
    (good,), (bad,) = (list((folder / name).glob("*.npz")) for name in ("good", "bad"))
    episode = read_episode(good)
    activity = muscle_activity(episode)
    emg = {f"{name}_r": activity.activation[:, activity.muscles.index(f"{name}_r")] for name in ("soleus", "vaslat")}
    (folder / "emg.sto").write_text(opensim_table("emg", activity.times, emg))
    force = episode.arrays["ground_force"]
    axes = {"vx": force[..., 0], "vy": force[..., 2], "vz": -force[..., 1]}
    loads = {
        f"ground_force_{side}_{axis}": values[:, foot]
        for foot, side in enumerate("rl")
        for axis, values in axes.items()
    }
    loads |= {f"ground_force_{side}_p{axis}": np.zeros(len(force)) for side in "rl" for axis in "xyz"}
    (folder / "loads.mot").write_text(opensim_table("loads", activity.times, loads))
    return folder, good, bad, foot_events(played_moments(episode), played_states(episode))


def test_emg_that_the_muscles_made_is_met(walked):
    folder, good, bad, events = walked
    emg = read_emg(folder / "emg.sto")
    alone = compare_episodes([good], emg, events)
    assert alone.mean_r > 0.99
    both = compare_episodes([bad, good], emg, events)  # who falls has no cycle
    assert both.mean_r == pytest.approx(alone.mean_r)
    twice = compare_episodes([good, good], emg, events)
    assert twice.activity_cycles == 2 * alone.activity_cycles
    with pytest.raises(AnalysisError, match="no right gait cycle lies between"):
        compare_episodes([bad], emg, events, side="r")


def test_the_gait_cycles_of_the_emg_come_from_its_loads_or_its_recording(walked):
    folder, *_ = walked
    assert emg_events_of(folder / "loads.mot", None).measured == "force"
    for motions in (None, "walk", ["walk", "run"], str(folder / "none.mot")):
        with pytest.raises(AnalysisError, match="--emg-loads"):
            emg_events_of(None, motions)
    from kinesis_env.motions import export_motion, load_motions

    export_motion(load_motions("walk")[0], folder / "walk.mot")
    assert isinstance(emg_events_of(None, [str(folder / "walk.mot")]), FootEvents)


def test_the_command_adds_it_to_an_evaluation(walked, tmp_path, monkeypatch, capsys):
    folder, *_ = walked
    monkeypatch.chdir(tmp_path)
    files = ["--emg", str(folder / "emg.sto"), "--emg-loads", str(folder / "loads.mot")]
    settings = ["--set", "action_mode=excitation", "--set", "random_heading=false"]
    command = ["evaluate", f"solution:{SHIPPED}", "--motions", "walk", *settings, *files]
    assert cli.main([*command, "--json", "--out", "result.json"]) == 0
    about = json.loads(capsys.readouterr().out)["emg"]
    assert about["alignment"] == EmgProtocol().alignment
    assert about["mean_r"] > 0.95
    assert Evaluation.load("result.json").emg == about
    assert cli.main(command) == 0
    assert "EMG of the right leg against the right leg's muscles: mean r" in capsys.readouterr().out
    command[1] = "zero"
    assert cli.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["emg"]["mean_r"] is None
    assert cli.main([*command[:-4], "--emg", "none.sto"]) == 2
    assert "none.sto: no such file" in capsys.readouterr().err
    assert not list(Path().glob("kinesis-*"))
