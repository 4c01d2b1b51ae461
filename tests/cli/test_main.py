from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from kinesis_env.cli import main as cli
from kinesis_env.control import demo
from kinesis_env.drawing import matplotlib, video
from kinesis_env.errors import OptionalDependencyError
from kinesis_env.motions import Motion
from kinesis_env.version import __version__
from tests.support import small_motions


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A clip of a quarter of a second: the demonstration plans for a tenth of a second per step."""
    motion = small_motions()[0]
    path = tmp_path_factory.mktemp("short") / "short.npz"
    Motion.from_qpos(motion.qpos[:8], motion.fps, name="short").save(path)
    return str(path)


def test_as_a_module():
    command = [sys.executable, "-m", "kinesis_env", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"kinesis-env {__version__}\n"


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert __version__ in capsys.readouterr().out


def test_no_command_is_an_error_that_lists_them(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([])
    assert stop.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_demo_as_json(short, capsys):
    assert cli.main(["demo", "--motion", short, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["clip"] == "short"
    assert 0 < figures["frame_coverage"] <= 1
    assert figures["mpjpe_mm"] > 0
    assert 0 < figures["mean_activation"] < 1
    assert figures["steps"] == pytest.approx(figures["tracked_seconds"] * 30, abs=0.01)


def test_demo_for_people_with_plot_and_video(short, capsys, tmp_path):
    pytest.importorskip("matplotlib")
    pytest.importorskip("imageio_ffmpeg")
    plot, film = tmp_path / "new" / "demo.png", tmp_path / "new" / "demo.mp4"
    assert cli.main(["demo", "--motion", short, "--plot", str(plot), "--video", str(film)]) == 0
    shown = capsys.readouterr()
    for label in ("tracked", "frame coverage", "MPJPE", "mean activation", "steps/s"):
        assert label in shown.out
    assert plot.read_bytes().startswith(b"\x89PNG")
    if film.exists():
        assert film.read_bytes()[4:8] == b"ftyp"
        assert str(film) in shown.out
    assert sorted(path.name for path in plot.parent.iterdir()) == sorted(
        path.name for path in (plot, film) if path.exists()
    )


def test_inspect_films_a_motion(short, capsys, tmp_path):
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    film = tmp_path / "new" / "short.mp4"
    if cli.main(["inspect", short, "--video", str(film)]) != 0:
        assert "rendering is not possible" in capsys.readouterr().err
        assert not film.exists()
        pytest.skip("no OpenGL here")
    frames, _ = imageio_ffmpeg.count_frames_and_secs(str(film))
    assert frames == 8
    reader = imageio_ffmpeg.read_frames(str(film))
    assert next(reader)["size"] == (640, 480)
    pixels = np.frombuffer(next(reader), dtype=np.uint8).reshape(480, 640, 3)
    reader.close()
    assert pixels.std() > 10  # a body on a floor, not one color


def test_demo_is_the_same_every_time(short):
    first, second = (demo.run_demo(short) for _ in range(2))
    assert np.array_equal(first.qpos, second.qpos)


def test_without_opengl_the_demo_works_and_says_so(short, tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    code = f"from kinesis_env.cli.main import main; main(['demo', '--motion', {short!r}, '--video', 'a.mp4'])"
    environment = {"MUJOCO_GL": "disable", "PATH": "/usr/bin:/bin"}
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert "frame coverage" in result.stdout
    assert "no video" in result.stderr
    assert "MUJOCO_GL" in result.stderr
    assert not list(tmp_path.iterdir())


def test_errors_go_to_stderr_and_the_exit_code(capsys):
    assert cli.main(["demo", "--motion", "moonwalk"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("kinesis-env: ")
    assert "moonwalk" in shown.err


def test_missing_extras_are_named_before_any_work(monkeypatch):
    monkeypatch.setattr(matplotlib, "find_spec", lambda _name: None)
    monkeypatch.setattr(video, "find_spec", lambda _name: None)
    with pytest.raises(OptionalDependencyError, match=r"kinesis-env\[plot\]"):
        demo.run_demo("walk", plot="a.png")
    with pytest.raises(OptionalDependencyError, match=r"kinesis-env\[video\]"):
        demo.run_demo("walk", video="a.mp4")


def test_interruption(monkeypatch, capsys):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("kinesis_env.cli.control.run_demo", interrupted)
    assert cli.main(["demo"]) == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["config", "Kinesis-Imitate-v0"], ["regress", "check", "--json", "--terms-only"]])
def test_a_reader_that_has_seen_enough(command):
    with subprocess.Popen(
        [sys.executable, "-m", "kinesis_env", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == cli.EXIT_PIPE
