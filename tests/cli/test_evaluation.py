from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kinesis_env.cli import main as cli
from kinesis_env.evaluation import minari_dataset


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_evaluate_for_people(motions, capsys):
    assert cli.main(["evaluate", "zero", "--motions", motions, "--protocol", "kinesis"]) == 0
    shown = capsys.readouterr()
    assert "zero in Kinesis-Imitate-v0, protocol kinesis: 2 clips, 1 seed" in shown.out
    assert "evaluated 2/2" in shown.err


def test_evaluate_for_programs_and_compare(motions, capsys):
    for policy in ("zero", "passive"):
        command = ["evaluate", policy, "--motions", motions, "--seeds", "2", "--json", "--out", f"{policy}.json"]
        assert cli.main(command) == 0
        saved = Path(f"{policy}.json").read_text(encoding="utf-8")
        assert json.loads(capsys.readouterr().out) == json.loads(saved)
    assert cli.main(["compare", "zero.json", "passive.json"]) == 0
    assert "MPJPE [mm]" in capsys.readouterr().out
    assert cli.main(["compare", "zero.json", "passive.json", "--json"]) == 0
    differences = json.loads(capsys.readouterr().out)["differences"]
    assert differences["excitation"]["change"]["mean"] < -0.4
    assert differences["excitation"]["change"]["count"] == 2


def test_what_does_not_pair_is_an_error(motions, capsys):
    cli.main(["evaluate", "zero", "--motions", motions, "--out", "a.json"])
    cli.main(["evaluate", "zero", "--motions", motions, "--set", "termination_distance=0.3", "--out", "b.json"])
    assert cli.main(["compare", "a.json", "b.json"]) == 2
    assert "termination_distance is 0.15 and 0.3" in capsys.readouterr().err
    assert cli.main(["compare", "a.json", "none.json"]) == 2


def test_an_argument_of_the_id(motions, capsys):
    settings = ["--set", "termination_distance=.inf", "--set", "action_mode=excitation", "--set", "weakness={'*': 0.5}"]
    assert cli.main(["evaluate", "passive", "--motions", motions, "--json", *settings]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["config"]["action_mode"] == "excitation"
    assert content["config"]["termination_distance"] == "inf"
    assert content["summary"]["total"]["success"]["mean"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["walker"], "unknown policy 'walker'"),
        (["zero", "--set", "lookahead"], "--set must be KEY=VALUE"),
        (["zero", "--set", "lookahead={"], "is not YAML"),
        (["zero", "--set", "lokahead=2"], "did you mean 'lookahead'"),
        (["zero", "--motions", "walk", "--split", "test"], "--split needs one data set in --motions"),
        (["zero", "--seeds", "0"], "seeds must be whole numbers"),
        (["zero", "--env", "Kinesis-Fly-v0"], "unknown id"),
        (["model.zip"], "can run any code"),
    ],
)
def test_errors(arguments, message, capsys, tmp_path):
    assert cli.main(["evaluate", *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
    assert not list(tmp_path.iterdir())


def test_splits(capsys):
    assert cli.main(["evaluate", "zero", "--split", "train", "--protocol", "kinesis", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["motions"]) == 33
    assert cli.main(["evaluate", "zero", "--motions", "kinesis-locomotion-v0", "--split", "test"]) == 2
    assert "kinesis-locomotion-v0:test" in capsys.readouterr().err


def test_a_faulty_policy_tells_what_is_kept_and_the_same_command_goes_on(motions, capsys, tmp_path):
    source = """
import numpy as np

class Faulty:
    fingerprint = {"kind": "test"}
    def reset(self, rows, cases):
        self.clip = cases[0].clip
    def act(self, observation, rows):
        if self.clip == "sway" and BROKEN:
            return np.full((1, 80), np.nan)
        return np.zeros((1, 80))
"""
    command = ["evaluate", "faulty.py:Faulty", "--motions", motions, "--rows", "1"]
    (tmp_path / "faulty.py").write_text("BROKEN = True\n" + source)
    assert cli.main(command) == 2
    error = capsys.readouterr().err
    assert "returned nan for muscle 0 at clip 'sway', seed 0, step 1" in error
    assert "1 of 2 episodes are kept in .kinesis-evaluation. Run the same command again to continue" in error
    (tmp_path / "faulty.py").write_text("BROKEN = False\n" + source)
    assert cli.main(command) == 0
    assert cli.main([*command, "--fresh"]) == 0


def test_ctrl_c_leaves_finished_clips(motions, tmp_path):
    (tmp_path / "slow.py").write_text(
        "import time, sys\nimport numpy as np\n\n"
        "class Slow:\n    fingerprint = {'kind': 'test'}\n    seen = 0\n"
        "    def reset(self, rows, cases):\n        self.seen += 1\n"
        "    def act(self, observation, rows):\n"
        "        if self.seen > 1:\n            print('second', flush=True)\n            time.sleep(600)\n"
        "        return np.zeros((1, 80))\n"
    )
    # Who runs tests in the background may ignore Ctrl-C, which a child inherits.
    listening = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{listening}; import sys; from kinesis_env.cli.main import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "evaluate", "slow.py:Slow", "--motions", motions, "--rows", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline() == "second\n"
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "interrupted; 1 of 2 episodes are kept in .kinesis-evaluation" in error
    assert len(list(tmp_path.glob(".kinesis-evaluation/*/episodes/*.json"))) == 1


def test_report_and_recordings(motions, capsys, tmp_path):
    command = ["evaluate", "zero", "--motions", motions, "--report", "page", "--record", "episodes"]
    assert cli.main(command) == 0
    shown = capsys.readouterr()
    assert "page/index.html" in shown.out
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert ("data:video/mp4" in page) != ("No films" in page)
    assert len(list((tmp_path / "episodes").iterdir())) == 2


def test_a_film_is_one(motions):
    pytest.importorskip("imageio_ffmpeg")
    from kinesis_env.errors import RenderingError
    from kinesis_env.evaluation import Zero
    from kinesis_env.evaluation.benchmark import Job

    job = Job(Zero(), "Kinesis-Imitate-v0", motions=motions)
    try:
        film = job.film(job.run().episodes[1])
    except RenderingError as error:
        pytest.skip(str(error))
    assert film[4:8] == b"ftyp"


def test_minari_is_missed_before_any_work(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(minari_dataset, "find_spec", lambda _name: None)
    assert cli.main(["evaluate", "zero", "--minari", "kinesis/zero-v0"]) == 2
    assert "pip install 'kinesis-env[minari]'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
