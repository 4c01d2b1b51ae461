from __future__ import annotations

import dataclasses
import json
import logging

import numpy as np
import pytest

from kinesis_env.cli import main as cli
from kinesis_env.control import search
from kinesis_env.control.demo import run_demo
from kinesis_env.control.search import track
from kinesis_env.control.solution import Solution
from kinesis_env.control.solutions import shipped_solution
from kinesis_env.errors import ControlError, PolicyError
from kinesis_env.evaluation import evaluate
from kinesis_env.motions.edit import trim
from kinesis_env.motions.load import load_motions


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    path = tmp_path_factory.mktemp("short") / "short.npz"
    trim(load_motions("walk")[0], 0.5, 1.0).replace(name="short").save(path)
    return path


@pytest.fixture(scope="module")
def solution(short):
    return track(load_motions(str(short))[0])


def test_a_solution_is_played_bit_for_bit(short, solution, tmp_path, caplog):
    assert solution.exact
    assert solution.metrics["success"] == 1.0
    assert solution.metrics["worst"] < 150.0
    path = solution.save(tmp_path / "solution.npz")
    config = {"action_mode": "excitation", "random_heading": False}
    with caplog.at_level(logging.WARNING):
        found = evaluate(f"solution:{path}", motions=str(short), config=config).summary()
    assert not caplog.records
    assert found["mpjpe"].mean == pytest.approx(solution.metrics["mpjpe"], abs=1e-9)
    assert found["activation"].mean == pytest.approx(solution.metrics["activation"], abs=1e-9)
    assert found["muscle_power"].mean == pytest.approx(solution.metrics["muscle_power"], rel=0.05)


def test_where_a_bit_differs_it_is_tracked_anew_and_said(short, solution, tmp_path, caplog):
    qpos = solution.qpos.copy()
    qpos[3, 0] += 1e-15
    path = dataclasses.replace(solution, qpos=qpos).save(tmp_path / "other.npz")
    config = {"action_mode": "excitation", "random_heading": False}
    with caplog.at_level(logging.WARNING):
        found = evaluate(f"solution:{path}", motions=str(short), config=config).summary()
    assert "the episode differs from the solution of short at step 3; the tracker continues" in caplog.text
    assert found["success"].mean == 1.0
    assert found["mpjpe"].mean < 40.0


def test_what_does_not_fit_is_refused(solution, short, tmp_path):
    path = solution.save(tmp_path / "solution.npz")
    with pytest.raises(PolicyError, match="no solution of the motion 'run'"):
        evaluate(f"solution:{path}", motions="run", config={"action_mode": "excitation"})
    with pytest.raises(PolicyError, match=r"action_mode='excitation'.*the task has 'length'"):
        evaluate(f"solution:{path}", motions=str(short), config={"action_mode": "length"})
    with pytest.raises(PolicyError, match="no such file"):
        evaluate("solution:nowhere.npz", motions=str(short))


def test_a_file_comes_back(solution, tmp_path):
    again = Solution.load(solution.save(tmp_path / "a.npz"))
    for field in dataclasses.fields(solution):
        assert np.array_equal(getattr(again, field.name), getattr(solution, field.name)), field.name


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"actions": np.zeros((4, 80), dtype=np.float32)}, r"moments must be float64 \(4, 14\)"),
        ({"actions": np.zeros((14, 80))}, "actions must be float32"),
        ({"qpos": None}, "the arrays must be"),
        ({"solution_format": np.array(9)}, "solution_format must be 1, given 9"),
        ({"metadata": np.frombuffer(b"{", dtype=np.uint8)}, "metadata is damaged"),
        ({"metadata": np.frombuffer(b'{"motion": 1}', dtype=np.uint8)}, "metadata is damaged"),
    ],
)
def test_damaged_files_name_what_is_wrong(solution, tmp_path, damage, message):
    path = solution.save(tmp_path / "a.npz")
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays.update({key: value for key, value in damage.items() if value is not None})
    for key, value in damage.items():
        if value is None:
            del arrays[key]
    np.savez_compressed(path, **arrays)
    with pytest.raises(ControlError, match=message):
        Solution.load(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ControlError, match="not a solution"):
        Solution.load(path)


def test_from_the_command_line(short, tmp_path, capsys):
    out = tmp_path / "new" / "s.npz"
    assert cli.main(["track", str(short), "--out", str(out), "--mode", "length", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["metrics"]["frame_coverage"] == 1.0
    assert {"mpjpe", "success", "activation"} <= first["metrics"].keys()
    before = out.read_bytes()
    assert cli.main(["track", str(short), "--out", str(out), "--mode", "length"]) == 0
    assert out.read_bytes() == before  # kept
    assert "to the end" in capsys.readouterr().out
    assert cli.main(["track", "walk", "run", "--out", str(out)]) == 2
    assert "--out must be a folder" in capsys.readouterr().err


def test_the_shipped_solution_walks_the_shipped_walk():
    """`python -m kinesis_env.making.solutions` makes it anew after a change of the clip."""
    known = shipped_solution(load_motions("walk")[0].digest)
    assert known is not None
    assert known.metrics["frame_coverage"] == 1.0
    assert known.metrics["mpjpe"] < 30.0
    assert known.metrics["worst"] < 150.0
    if known.exact:
        trace = run_demo("walk")
        assert trace.is_success
        assert trace.mpjpe == pytest.approx(known.metrics["mpjpe"], abs=1e-9)


def test_where_a_motion_is_lost_the_search_goes_far_back_and_ends(monkeypatch):
    """A body that is lost in the twentieth step of every attempt: as many attempts as may be made, and no more."""
    advance = search._Search._advance

    def lost_at_twenty(self):
        step = advance(self)
        return step | {"mean": 1.0} if len(self._steps) == 20 else step

    monkeypatch.setattr(search._Search, "_advance", lost_at_twenty)
    monkeypatch.setattr(search, "FALLS", 2)
    motion = trim(load_motions("walk")[0], 0.5, 1.5)
    found = track(motion)
    assert len(found.actions) == 20
    assert found.metrics["retries"] == 2 * 19  # 20 and 35 steps back, as far as there are steps
    monkeypatch.setattr(search, "DISCARDED", -1)  # none may be discarded
    assert track(motion).metrics["retries"] == 0.0
