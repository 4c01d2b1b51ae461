from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from kinesis_env.cli.main import main
from kinesis_env.errors import ConfigError, TraceError
from kinesis_env.model import Muscles
from kinesis_env.motions import change_speed, load_motions
from kinesis_env.registration import ENV_IDS
from kinesis_env.regression import checking as compare
from kinesis_env.regression.playback import STATES
from kinesis_env.regression.reward_trace import kept
from kinesis_env.simulation import Simulation
from kinesis_env.testing import RewardTrace, check, record, shipped_traces

IMITATE = "Kinesis-Imitate-v0"
#: Reasons that no episode can end for in an id's default configuration.
IMPOSSIBLE = {"Kinesis-Direction-v0": {"reached"}}


@pytest.fixture(scope="module")
def trace():
    return record(IMITATE, seed=3, steps=5)


def test_every_id_has_a_trace():
    assert set(shipped_traces()) == set(ENV_IDS)


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_shipped_traces_hold(env_id):
    report = check(shipped_traces()[env_id])
    assert report.ok, report
    # Trajectories agree over versions of MuJoCo, too: drift would be no failure, but there is none.
    assert not report.drift, report


@pytest.mark.parametrize("env_id", ENV_IDS)
def test_shipped_traces_meet_every_end(env_id):
    import gymnasium

    trace = RewardTrace.load(shipped_traces()[env_id])
    reasons = set(gymnasium.make(env_id).unwrapped.task.reasons) - IMPOSSIBLE.get(env_id, set())
    assert trace.reached() == reasons | {"truncated"}
    assert [part["action_mode"] for part in trace.meta["parts"]] == ["length", "excitation"]
    assert shipped_traces()[env_id].stat().st_size < 500_000


def test_rewards_of_a_trace_add_up(trace):
    terms = [number for number, name in enumerate(trace.figures) if name.startswith("reward_")]
    total = trace.simulated[:, trace.figures.index("reward")]
    np.testing.assert_allclose(trace.simulated[:, terms].sum(axis=1), total, atol=1e-12)
    assert (total[~trace.lived] == 0).all()


def test_there_and_back(trace, tmp_path):
    read = RewardTrace.load(trace.save(tmp_path / "trace.npz"))
    assert read.meta == trace.meta
    for key in ("actions", "lived", "start", "played", "simulated"):
        assert np.array_equal(getattr(read, key), getattr(trace, key))
    again = kept(trace.states)
    assert all(np.array_equal(read.states[key], again[key]) for key in STATES)
    assert (
        record(IMITATE, seed=3, steps=5).save(tmp_path / "again.npz").read_bytes()
        == (tmp_path / "trace.npz").read_bytes()
    )


def test_a_failure_says_where(trace):
    report = check(trace, {"rewards": {"energy": {"weight": 0.2}}}, terms_only=True)
    finding = report.failures[0]
    assert (finding.stage, finding.figure, finding.part) == ("terms", "reward_energy", "action_mode=length")
    assert finding.got == pytest.approx(2 * finding.expected)
    assert finding.began_step == 1
    steps, rows = trace.played.shape[2:]
    energies = trace.played[0, trace.figures.index("reward_energy")]
    step, row = finding.step - 1, [e["name"] for e in trace.meta["episodes"]].index(finding.row)
    assert energies[step, row] == finding.expected
    assert 0 < finding.differing <= steps * rows
    text = str(report)
    assert "FAILED" in text
    assert f"step {finding.step}, row {finding.row!r}: expected {finding.expected:.12g}" in text
    assert "began at step 1" in text


def test_a_change_of_the_physics_fails_on_the_same_mujoco_and_drifts_on_another(trace, monkeypatch):
    original = Simulation.step

    def stronger(simulation, action, rows=None):
        original(simulation, action, rows)
        simulation.qvel[:] *= 1.0001

    monkeypatch.setattr(Simulation, "step", stronger)
    report = check(trace)
    assert {finding.stage for finding in report.failures} == {"simulation"}
    assert not report.drift
    versions = {**compare.installed_versions(), "mujoco": "9.9"}
    monkeypatch.setattr(compare, "installed_versions", lambda: versions)
    report = check(trace)
    assert report.ok
    assert {finding.stage for finding in report.drift} == {"simulation"}
    assert "mujoco was" in " ".join(report.notes)
    assert "drift: reward" in str(report)


def test_a_change_of_the_servo_is_seen_by_the_simulation_only(trace, monkeypatch):
    original = Muscles.command
    monkeypatch.setattr(
        Muscles, "command", lambda muscles, action: original(muscles, action - 0.01 * muscles.closed_loop)
    )
    report = check(trace)
    assert {(finding.stage, finding.part) for finding in report.failures} == {("simulation", "action_mode=length")}


def test_other_motions_and_starts_are_named(trace, tmp_path):
    change_speed(load_motions("walk")[0], 0.95).replace(name="walk").save(tmp_path / "walk.npz")
    report = check(trace, {"motions": str(tmp_path)}, terms_only=True)
    assert {"start", "reward_position", "reward_velocity"} <= {finding.figure for finding in report.failures}
    assert any("motions have changed" in note for note in report.notes)
    with pytest.raises(TraceError, match="cannot be run here: unknown motion 'walk'"):
        check(trace, {"motions": "run"}, terms_only=True)


def test_a_text_of_info_that_changed_is_a_failure(trace):
    texts = [[{**text, "clip": "amble"} for text in part] for part in trace.meta["texts"]]
    report = check(RewardTrace(**{**vars(trace), "meta": {**trace.meta, "texts": texts}}), terms_only=True)
    assert {(finding.figure, finding.expected, finding.got) for finding in report.failures} == {
        ("clip", "amble", "walk")
    }


def test_terms_of_ones_own_and_conditions_are_pinned(motions):
    own = {
        "motions": motions,
        "fatigue": True,
        "mass_scale": [0.9, 1.1],
        "rewards": {"all": {"weight": 1.0, "term": "tests.regression.test_checking:sees_all"}},
    }
    trace = record(IMITATE, steps=4, **own)
    assert "reward_all" in trace.figures
    with pytest.raises(TraceError, match="--trust") as caught:
        check(trace)
    assert "rewards 'all'" in str(caught.value)
    report = check(trace, trust=True)
    assert report.ok, report
    assert report.worst["terms"] < 1e-12


def sees_all(context):
    seen = (context.muscle_force, context.foot_force, context.activation, context.excitation.mean(axis=1))
    return 1e-3 * sum(part.sum(axis=1) for part in seen) + context.time


def test_a_term_that_is_gone_is_a_failure(trace):
    figures = [*trace.figures]
    figures[figures.index("tracking_error")] = "nearness"
    old = RewardTrace(**{**vars(trace), "meta": {**trace.meta, "figures": figures}})
    report = check(old, terms_only=True)
    assert {finding.figure for finding in report.failures} == {"nearness"}
    assert np.isnan(report.failures[0].got)


def test_impossible_recordings():
    with pytest.raises(TraceError, match="from 1 to 600, given 0"):
        record(IMITATE, steps=0)
    with pytest.raises(TraceError, match="cannot be created"):
        record("Kinesis-Fly-v0")
    with pytest.raises(TraceError, match=r"needs an environment of this package|cannot be created"):
        record("CartPole-v1")
    with pytest.raises(TraceError, match="JSON"):
        record(IMITATE, motions=object())
    with pytest.raises(ConfigError, match="unexpected keyword argument 'lookahed'"):
        record(IMITATE, lookahed=1)


def broken(tmp_path, trace, **changes):
    path = trace.save(tmp_path / "trace.npz")
    with np.load(path) as archive:
        arrays = {**archive}
    arrays |= changes
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"played": None}, "the arrays must be"),
        ({"played": np.zeros(3)}, r"played must be numbers of shape"),
        ({"meta": np.frombuffer(b"{", dtype=np.uint8)}, "meta is not JSON"),
        ({"meta": np.frombuffer(b"[]", dtype=np.uint8)}, "meta must be a mapping, given list"),
        ({"meta": np.frombuffer(b'{"format_version": 9}', dtype=np.uint8)}, "format_version must be 1, given 9"),
        ({"meta": np.frombuffer(b'{"format_version": 1}', dtype=np.uint8)}, "env_id must be str, given None"),
        ({"lived": np.array([object()])}, "must be plain numbers|more than"),
    ],
)
def test_damaged_traces(changes, message, tmp_path, trace):
    with pytest.raises(TraceError, match=message):
        RewardTrace.load(broken(tmp_path, trace, **changes))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more"),
        ({"parts": [1, 2]}, "parts must be mappings"),
        ({"episodes": [{}] * 8}, "episodes must be 8 mappings with names"),
        ({"figures": ["reward", "x"]}, "figures must be names, with reward, terminated"),
        ({"reasons": []}, "reasons must be names"),
        ({"texts": []}, "texts must be 8 mappings for each part"),
        ({"texts": [[1] * 8] * 2}, "texts must be 8 mappings for each part"),
    ],
)
def test_traces_with_damaged_words(change, message, tmp_path, trace):
    meta = np.frombuffer(json.dumps({**trace.meta, **change}).encode(), dtype=np.uint8)
    with pytest.raises(TraceError, match=message):
        RewardTrace.load(broken(tmp_path, trace, meta=meta))


def test_reasons_that_differ_are_told_by_name(trace):
    report = check(trace, {"termination_distance": 1e-6}, terms_only=True)
    finding = next(finding for finding in report.failures if finding.figure == "termination_reason")
    assert (finding.expected, finding.got) == ("", "tracking_lost")
    assert "expected '', got 'tracking_lost'" in str(report)


def test_files_that_are_no_traces(tmp_path, trace):
    with pytest.raises(TraceError, match="no such file"):
        RewardTrace.load(tmp_path / "absent.npz")
    whole = trace.save(tmp_path / "trace.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TraceError, match=r"half.npz"):
        RewardTrace.load(tmp_path / "half.npz")
    with pytest.raises(TraceError, match=r"must end in .npz"):
        trace.save(tmp_path / "trace.json")
    not_finite = RewardTrace(**{**vars(trace), "start": np.full_like(trace.start, np.nan)})
    with pytest.raises(TraceError, match="start has a value that is not finite"):
        RewardTrace.load(not_finite.save(tmp_path / "nan.npz"))


def test_commands(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "mine.yaml"
    config.write_text("rewards: {energy: {weight: 0.3}}\n", encoding="utf-8")
    assert main(["regress", "record", IMITATE, "--out", "t.npz", "--config", "mine.yaml", "--steps", "4"]) == 0
    assert "tracking_lost" in capsys.readouterr().out
    assert main(["regress", "check", "t.npz"]) == 0
    assert "Kinesis-Imitate-v0: ok" in capsys.readouterr().out
    config.write_text("rewards: {energy: {weight: 0.31}}\n", encoding="utf-8")
    assert main(["regress", "check", "t.npz", "--json", "--plot", "t.png"]) == 1
    report = json.loads(capsys.readouterr().out)[0]
    assert {finding["figure"] for finding in report["failures"]} == {"reward_energy", "reward"}
    assert (tmp_path / "t.png").stat().st_size > 10_000
    assert not (tmp_path / "MUJOCO_LOG.TXT").exists()
    shutil.copy("t.npz", "u.npz")
    assert main(["regress", "check", "t.npz", "u.npz", "--plot", "t.png"]) == 2
    assert "--plot takes one trace" in capsys.readouterr().err
    assert main(["regress", "check", "absent.npz"]) == 2
    assert main(["regress", "record", IMITATE, "--out", "v.npz", "--set", "lookahead=2", "--steps", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["keywords"] == {"lookahead": 2}
