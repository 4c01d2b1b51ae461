"""Commands that cannot do what they are told: one line, exit code 2, nothing half-written, nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kinesis_env.cli import main as cli
from kinesis_env.cli.terminal import printable
from kinesis_env.motions import load_motions
from tests.motions import sources


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["convert", "file", "--out", "file/x"],
        ["text", "walk", "--out", "file/x.npz"],
        ["text", "walk", "--out", "x.bvh"],
        ["text", "walk", "--fps", "0"],
        ["generate", "--hours", "0.001", "--out", "file"],
        ["regress", "record", "Kinesis-Reach-v0", "--out", "file/x.npz"],
        ["regress", "record", "Kinesis-Reach-v0", "--out", "x.npz", "--seed", "-1"],
        ["evaluate", "zero", "--motions", "walk", "--out", "file/x.json"],
        ["evaluate", "zero", "--motions", "walk", "--record", "file/x"],
        ["evaluate", "zero", "--motions", "walk", "--keep", "file"],
        ["evaluate", "sb3:ppo:model.zip", "--trust"],
        ["demo", "--plot", "d.xyz"],
        ["demo", "--video", "d.avi"],
        ["convert", "file", "--out", "x", "--jobs", "-1"],
        ["inspect", "x" * 5000],
        ["compare", "/dev/zero", "x.json"],
        ["config", "Kinesis-Imitate-v0", "--config", "/dev/zero"],
        ["inspect", "~nobody_such"],
    ],
)
def test_one_line_and_nothing_written(command, here, capsys):
    assert cli.main(command) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("kinesis-env: ")
    assert len(shown) < 1600
    assert "Traceback" not in shown
    assert [path.name for path in here.iterdir()] == ["file"]


def test_a_policy_that_exits_is_an_error(here, capsys):
    (here / "quits.py").write_text("import sys\ndef make():\n    return lambda observation: sys.exit(0)\n")
    assert cli.main(["evaluate", "quits.py:make", "--motions", "walk"]) == 2
    assert "SystemExit" in capsys.readouterr().err


def test_a_full_disk_under_the_output():
    command = [sys.executable, "-m", "kinesis_env", "config", "Kinesis-Imitate-v0"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_what_is_not_a_file_is_a_failure_of_its_own(here, capsys):
    os.mkfifo("pipe.mot")
    Path("zero.npy").symlink_to("/dev/zero")
    sources.write_bvh(here / "walk.bvh")
    assert cli.main(["convert", "pipe.mot", "zero.npy", "walk.bvh", "--out", "out"]) == 1
    shown = capsys.readouterr()
    assert "1 written" in shown.out
    assert "pipe.mot: must be a regular file, given a pipe" in shown.err
    assert "zero.npy: must be a regular file, given a device" in shown.err


def test_nothing_to_train_on(capsys):
    assert cli.main(["convert", "absent.bvh", "--out", "out"]) == 1
    assert "to train" not in capsys.readouterr().out


def test_names_do_not_steer_the_terminal(here, capsys):
    load_motions("walk")[0].replace(name="\x1b[2J\x07evil").save(here / "evil.npz")
    assert cli.main(["inspect", "evil.npz"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert r"\x1b[2J\x07evil" in shown
    assert printable("a\rb\n") == r"a\rb" + "\n"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="processes are listed in /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent(here, how):
    for number in range(24):
        sources.write_bvh(here / f"walk{number}.bvh", seconds=20.0)
    command = [sys.executable, "-m", "kinesis_env", "convert", str(here), "--out", "out", "--jobs", "2"]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    workers = wait_for(lambda: len(children(run.pid)) >= 2 and children(run.pid))
    run.send_signal(how)
    assert run.wait(timeout=60) == (143 if how is signal.SIGTERM else -how)
    assert wait_for(lambda: not any(alive(worker) for worker in workers))


def about(entry):
    """State and parent of a process, or None."""
    try:
        state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
    except (OSError, ValueError):
        return None
    return state, int(parent)


def children(pid):
    found = {entry: about(entry) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    return [entry for entry, known in found.items() if known is not None and known[1] == pid]


def alive(entry):
    known = about(entry)
    return known is not None and known[0] != "Z"


def wait_for(condition):
    for _ in range(600):
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    return condition()
