"""Files that are loaded: those of motions that no body can do say so."""

import json
import logging

import numpy as np
import pytest

from kinesis_env.cli.main import main
from kinesis_env.motions import Motion, load_motions
from kinesis_env.motions.formats import read_recordings


@pytest.fixture
def dropped(walking, tmp_path):
    """A walk whose pelvis drops in one frame at each step."""
    qpos = walking.qpos.copy()
    for first in range(0, len(qpos), 16):
        qpos[first : first + 8, 2] -= 0.019
    return Motion.from_qpos(qpos, 30.0, name="dropped").save(tmp_path / "dropped.npz")


def test_a_flagged_file_is_loaded_with_a_warning(dropped, walking, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert load_motions(dropped)[0].name == "dropped"
    assert "motion 'dropped': falling upward" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        load_motions(walking.save(tmp_path / "fine.npz"))
    assert caplog.text == ""


def test_inspect_and_convert_show_the_physics(walking, as_columns, write_mot, dropped, tmp_path, capsys):
    columns, times = as_columns(walking, 100, seconds=3)
    file = write_mot(columns, times)
    assert main(["inspect", str(file)]) == 0
    shown = capsys.readouterr().out
    for label in ("needed support", "missing root moment", "angle error vs. file", "muscle length jump"):
        assert label in shown
    assert main(["convert", str(file), str(dropped), "--out", str(tmp_path / "out"), "--json"]) == 0
    fine, bad = json.loads(capsys.readouterr().out)
    report = fine["reports"]["trial"]
    assert 0.5 < report["support_low"] < 1 < report["support_high"] < 1.6
    assert report["angle_worst"] < 6
    assert {"com_range", "missing_roll", "limit_share", "muscle_jump", "speed_ratio"} <= set(report)
    assert bad["status"] == "kept out"
    assert any("falling upward" in reason for reason in bad["reasons"])


def test_lumbar_columns_are_a_trunk(walking, as_columns, write_mot):
    columns, times = as_columns(walking, 100, seconds=2)
    assert read_recordings(write_mot(columns, times))[0].trunk_quat is None
    angles = {"lumbar_extension": -3.0, "lumbar_bending": 2.0, "lumbar_rotation": 0.0}
    columns |= {name: np.full(len(times), angle) for name, angle in angles.items()}
    recording = read_recordings(write_mot(columns, times))[0]
    assert recording.trunk_quat.shape == (len(times), 4)
    assert not np.allclose(recording.trunk_quat, recording.root_quat)
