"""No motion is lost to another of the same name, however files come together."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from kinesis_env.motions import load_motions
from kinesis_env.motions.datasets import conversion
from kinesis_env.motions.datasets.conversion import convert
from kinesis_env.motions.datasets.file_names import safe_name
from kinesis_env.motions.pack import PACK
from tests.motions import sources


def names(folder):
    return sorted(path.stem for path in folder.glob("*.npz") if not path.name.startswith("."))


def all_there(outcomes, out):
    outputs = [name for outcome in outcomes for name in outcome.outputs]
    assert len(set(outputs)) == len(outputs)
    assert all((out / name).is_file() for name in outputs)
    assert sorted(motion.name for motion in load_motions(out)) == names(out)
    return outputs


def test_samples_and_a_file_of_a_sample_s_name(tmp_path):
    sources.write_results(tmp_path / "a.npy")
    sources.write_bvh(tmp_path / "a-1.bvh")
    out = tmp_path / "out"
    outputs = all_there(convert([tmp_path / "a.npy", tmp_path / "a-1.bvh"], out, jobs=1), out)
    assert len(outputs) == 3
    assert {outcome.status for outcome in convert([tmp_path / "a.npy", tmp_path / "a-1.bvh"], out)} == {"unchanged"}


def test_two_runs_with_numbered_names(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    sources.write_bvh(tmp_path / "one" / "x.bvh")
    sources.write_bvh(tmp_path / "two" / "x.bvh", seconds=1.5)
    sources.write_bvh(tmp_path / "two" / "x-2.bvh", seconds=1.2)
    out = tmp_path / "out"
    first = convert([tmp_path / "one" / "x.bvh"], out)
    second = convert([tmp_path / "two" / "x.bvh", tmp_path / "two" / "x-2.bvh"], out)
    assert len(all_there([*first, *second], out)) == 3


def test_a_file_that_is_there_and_of_nobody_stays(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    kept = load_motions("walk")[0].replace(name="mine").save(out / "x.npz").read_bytes()
    sources.write_bvh(tmp_path / "x.bvh")
    (outcome,) = convert([tmp_path / "x.bvh"], out)
    assert outcome.outputs == ("x-2.npz",)
    assert (out / "x.npz").read_bytes() == kept


def test_two_processes_into_one_folder(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            sources.write_bvh(tmp_path / folder / f"x{number}.bvh", seconds=1.0 + number)
    commands = [
        [sys.executable, "-m", "kinesis_env", "convert", str(tmp_path / folder), "--out", str(tmp_path / "out")]
        for folder in ("one", "two")
    ]
    running = [subprocess.Popen([*command, "--jobs", "1"]) for command in commands]
    assert [run.wait() for run in running] == [0, 0]
    assert len(names(tmp_path / "out")) == 6


@pytest.mark.parametrize("content", ["[]", '{"a": 5}', '{"a": {"digest": "", "status": "x"}}', "{", None])
def test_a_damaged_index_is_only_a_slower_run(tmp_path, content):
    sources.write_bvh(tmp_path / "x.bvh")
    out = tmp_path / "out"
    convert([tmp_path / "x.bvh"], out)
    (out / ".convert.json").unlink()
    if content is None:
        (out / ".convert.json").mkdir()
    else:
        (out / ".convert.json").write_text(content)
    (outcome,) = convert([tmp_path / "x.bvh"], out)
    assert (outcome.status, outcome.outputs) == ("written", ("x.npz",))


def test_any_exception_of_a_file_is_its_own(tmp_path, monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError("a reader's fault")

    sources.write_bvh(tmp_path / "x.bvh")
    monkeypatch.setattr(conversion, "read_motions", fails)
    (outcome,) = convert([tmp_path / "x.bvh"], tmp_path / "out")
    assert outcome.status == "failed"
    assert "ZeroDivisionError: a reader's fault; this was not expected: please report it" in outcome.reasons[0]


def test_long_names_are_cut_in_bytes(tmp_path):
    assert len(safe_name("字" * 82).encode()) <= 150
    sources.write_bvh(tmp_path / ("字" * 82 + ".bvh"))
    (outcome,) = convert([tmp_path / ("字" * 82 + ".bvh")], tmp_path / "out")
    assert outcome.status == "written"


def test_a_pack_is_of_the_content_and_checked(tmp_path, caplog):
    walk, run = load_motions(["walk", "run"])
    walk = walk.replace(name="m")
    walk.save(tmp_path / "m.npz")
    conversion.write_pack(tmp_path, [tmp_path / "m.npz"])
    (packed,) = load_motions(tmp_path)
    assert packed.digest == walk.digest
    # Another content of the same size and time.
    about = (tmp_path / "m.npz").stat()
    run.replace(name="m").save(tmp_path / "m.npz")
    with (tmp_path / "m.npz").open("ab") as stream:
        stream.truncate(max(about.st_size, (tmp_path / "m.npz").stat().st_size))
    os.utime(tmp_path / "m.npz", ns=(about.st_atime_ns, about.st_mtime_ns))
    assert load_motions(tmp_path)[0].digest == run.replace(name="m").digest
    # A pack whose frames no motion has.
    conversion.write_pack(tmp_path, [tmp_path / "m.npz"])
    with np.load(tmp_path / PACK) as file:
        arrays = dict(file)
    arrays["rows"] = arrays["rows"].copy()
    arrays["rows"][3, 12] = 99.0
    with (tmp_path / PACK).open("wb") as stream:
        np.savez(stream, **arrays)
    assert load_motions(tmp_path)[0].digest == run.replace(name="m").digest
    assert "damaged and not used" in caplog.text
