import json

import numpy as np
import pytest

from kinesis_env.cli.main import main
from kinesis_env.errors import MotionError
from kinesis_env.motions import load_motions
from kinesis_env.motions.datasets import generate
from kinesis_env.motions.datasets.generation import recipes
from kinesis_env.motions.retargeting.quality import inspect

HOURS = 0.02


def test_the_benchmark_has_its_size_and_every_skill_in_both_splits():
    wanted = list(recipes())
    assert sum(recipe.frames for recipe in wanted) == 205_200
    assert min(recipe.frames for recipe in wanted) >= 30
    train, test = ({recipe.skill for recipe in wanted if recipe.split == split} for split in ("train", "test"))
    assert train == test
    assert len(train) == 8
    assert 0.08 < sum(recipe.split == "test" for recipe in wanted) / len(wanted) < 0.13


def test_generating_is_reproducible_resumable_and_loads(tmp_path, monkeypatch):
    seen = []
    made = generate(tmp_path / "a", hours=HOURS, jobs=1, on_progress=lambda *row: seen.append(row))
    assert made.frames == 2160
    assert [row[0] for row in seen] == list(range(1, len(seen) + 1))
    gone = next((tmp_path / "a").rglob("locomotion-00001.npz"))
    gone.unlink()
    (gone.parent / "locomotion-00002.npz").write_bytes(b"half")
    again = generate(tmp_path / "a", hours=HOURS, jobs=1)
    assert 1 <= again.made <= 2
    assert again.checksum == made.checksum
    monkeypatch.setenv("KINESIS_DATA", str(tmp_path / "a"))
    motions = load_motions("kinesis-locomotion-v0:train")
    assert len(motions) == made.clips["train"]
    assert all(inspect(motion).flags == () for motion in motions)
    manifest = json.loads((made.folder / "manifest.json").read_text())
    assert manifest["checksum"] == made.checksum
    assert sum(clip["frames"] for clip in manifest["clips"]) == made.frames
    with pytest.raises(MotionError, match=r"contains a set with hours=0.02 and seed=0, given hours=0.02 and seed=1"):
        generate(tmp_path / "a", hours=HOURS, seed=1)
    with pytest.raises(MotionError, match="no split 'validation'; the splits are train, test"):
        load_motions("kinesis-locomotion-v0:validation")


def test_another_seed_gives_other_motions():
    first, second = (next(recipes(0.01, seed)) for seed in (0, 1))
    assert first.plan != second.plan
    assert next(recipes(5.0, 0)).plan == first.plan


def test_what_is_missing_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KINESIS_DATA", str(tmp_path))
    with pytest.raises(MotionError, match="to make it, run: kinesis-env generate"):
        load_motions("kinesis-locomotion-v0:test")


def test_the_command(tmp_path, capsys):
    assert main(["generate", "--hours", "0.002", "--out", str(tmp_path), "--jobs", "1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["frames"] == 216
    assert main(["generate", "--hours", "-1", "--out", str(tmp_path)]) == 2
    assert "generate: hours must be from 0.001 to 100, given -1.0" in capsys.readouterr().err


def test_frames_are_at_the_control_rate():
    recipe = next(recipes(0.01))
    motion = recipe.motion(0)
    assert motion.fps == 30.0
    assert len(motion) == recipe.frames
    assert np.isfinite(motion.rows).all()
