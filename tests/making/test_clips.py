import hashlib
from collections import Counter

import numpy as np
import pytest
import yaml

from kinesis_env.cli.main import main
from kinesis_env.errors import MotionError
from kinesis_env.making.clips import SHIPPED, build_clips
from kinesis_env.motions import CLIPS, Motion, load_motions, manifest, mirror, selected_names, shipped_names
from kinesis_env.motions.datasets import SKILLS
from kinesis_env.motions.gait.gait import walk
from kinesis_env.motions.retargeting.quality import inspect


@pytest.fixture(scope="module")
def shipped():
    return {name: Motion.load(CLIPS / f"{name}.npz") for name in shipped_names()}


def test_the_shipped_clips_are_what_the_command_makes(tmp_path, shipped):
    files = build_clips(tmp_path)
    assert [path.stem for path in files[:-1]] == [clip.name for clip in SHIPPED]
    for path in files[:-1]:
        made, there = Motion.load(path), shipped[path.stem]
        np.testing.assert_allclose(made.qpos, there.qpos, atol=1e-4)
        np.testing.assert_allclose(made.body_pos, there.body_pos, atol=1e-4)
        assert made.metadata() == there.metadata()
    assert yaml.safe_load(files[-1].read_text())["clips"][0]["name"] == "walk"


def test_the_walk_is_the_published_cycle(shipped):
    np.testing.assert_allclose(shipped["walk"].qpos, walk().qpos, atol=1e-5)


def test_the_manifest_fits_the_clips(shipped):
    entries = manifest()
    assert sorted(entry["name"] for entry in entries) == list(shipped_names())
    for entry in entries:
        motion = shipped[entry["name"]]
        assert entry["sha256"] == hashlib.sha256((CLIPS / f"{entry['name']}.npz").read_bytes()).hexdigest()
        assert (entry["caption"], entry["source"], entry["frames"]) == (motion.caption, motion.source, len(motion))
        assert entry["speed"] == pytest.approx(inspect(motion).speed, abs=1e-3)


def test_there_are_enough_of_every_skill_in_both_splits():
    assert len(manifest()) >= 40
    assert sum(path.stat().st_size for path in CLIPS.iterdir()) < 4e6
    counts = Counter((entry["skill"], entry["split"]) for entry in manifest())
    skills = {*SKILLS, "standing", "starting", "stopping"}
    assert {skill for skill, _ in counts} == skills
    assert all(counts[skill, split] for skill in skills for split in ("train", "test"))


def test_no_shipped_clip_is_flagged_or_sinks_or_slides(shipped):
    for name, motion in shipped.items():
        report = inspect(motion)
        assert report.flags == (), name
        assert report.penetration < 3, name
        assert report.stance_slip < 0.025, name
        assert report.peak_joint_speed < 14, name
        assert (report.flight > 0.03) == ("run" in name), name


def test_left_and_right_are_mirror_images(shipped):
    for name in ("turn-in-place-90-left", "circle-left", "sidestep-left"):
        mirrored = mirror(shipped[name])
        np.testing.assert_allclose(mirrored.qpos, shipped[name.replace("left", "right")].qpos, atol=1e-3)


def test_selections():
    assert {motion.name for motion in load_motions("walk*")} == {n for n in shipped_names() if n.startswith("walk")}
    turns = selected_names("skill:turn")
    assert {"circle-left", "turn-in-place-90-left"} < set(turns)
    assert selected_names("skill:gradual turn") == [name for name in turns if "turn-in-place" not in name]
    train, test = selected_names("split:train"), selected_names("split:test")
    assert sorted(train + test) == list(shipped_names())
    assert [motion.name for motion in load_motions("split:test")] == test
    assert selected_names("walk") is None
    with pytest.raises(MotionError, match=r"no shipped motion has the skill 'jump'; the choices are backward, gradual"):
        load_motions("skill:jump")


def test_a_shipped_name_can_be_inspected(capsys):
    assert main(["inspect", "run-steady"]) == 0
    assert "2.80 m/s" in capsys.readouterr().out
