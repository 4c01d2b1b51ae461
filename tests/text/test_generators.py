"""Generators: folders of results, functions, plug-ins, and how one is named."""

from __future__ import annotations

import importlib.metadata

import numpy as np
import pytest

from kinesis_env.errors import MotionError, MotionFormatError, PromptError
from kinesis_env.motions import Motion, load_motions, trim
from kinesis_env.text import (
    BuiltinTextToMotion,
    CallableTextToMotion,
    FolderTextToMotion,
    TextToMotion,
    generators,
    text_to_motion,
)
from tests.motions.sources import smpl_joints, walking_points, write_results


def walker(seed=0, seconds=2.0):
    """Joints (T, 22, 3) of a made-up walk at 20 frames per second, y up."""
    return smpl_joints(walking_points(rate=20.0, seconds=seconds + 0.5 * seed))


def joints_of(prompt, *, seed, duration):
    return walker(seed) if duration is None else walker(seconds=duration)


class Plug:
    def generate(self, prompt, *, seed=0, duration=None):
        motion = load_motions("walk")[0].replace(name=f"plug-{seed}", caption=prompt)
        return motion if duration is None else trim(motion, 0.0, duration)


def test_all_of_them_are_generators():
    for generator in (BuiltinTextToMotion(), CallableTextToMotion(joints_of), Plug()):
        assert isinstance(generator, TextToMotion)
    assert not isinstance(joints_of, TextToMotion)


def test_joints_of_a_function_become_a_motion():
    generator = CallableTextToMotion(joints_of)
    motion = generator.generate("a person walks", seed=1)
    assert motion.fps == 30.0
    assert motion.duration == pytest.approx(2.5, abs=0.1)
    assert motion.caption == "a person walks"
    assert "seed 1" in " ".join(motion.notes)
    assert motion.qpos[-1, 0] > 1.0  # forward is +x, whatever way the joints are turned
    assert generator.generate("a person walks", seed=1).digest == motion.digest
    assert generator.generate("a person walks", duration=1.5).duration == pytest.approx(1.5, abs=0.1)
    fast = CallableTextToMotion(joints_of, source_fps=40.0).generate("x")
    assert fast.duration == pytest.approx(1.0, abs=0.1)


def test_a_function_may_return_a_motion():
    walk = load_motions("walk")[0]
    motion = CallableTextToMotion(lambda *_, **__: walk.replace(caption="")).generate("stroll")
    assert motion.caption == "stroll"
    assert np.array_equal(motion.qpos, walk.qpos)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (np.zeros((40, 21, 3)), r"must return joints \(T, 22, 3\), but returned shape \(40, 21, 3\)"),
        (np.zeros((40, 22, 3)), "legs must be 0.2 to 2.5 m long, given 0 m"),
        (np.full((40, 22, 3), np.nan), "NaN"),
        ("joints", "must return joints, but returned str"),
        (walker()[:1], "needs 2 to 240000 frames"),
    ],
)
def test_what_is_no_body_is_said(made, message):
    with pytest.raises(MotionFormatError, match=message):
        CallableTextToMotion(lambda *_, **__: made).generate("walk")


def test_seeds_durations_and_prompts_are_checked():
    for generator in (BuiltinTextToMotion(), CallableTextToMotion(joints_of)):
        with pytest.raises(PromptError, match="seed must be a whole number from 0, given -1"):
            generator.generate("walk", seed=-1)
        with pytest.raises(PromptError, match=r"duration must be from 0.5 to 120 s, given 0\.1"):
            generator.generate("walk", duration=0.1)
        with pytest.raises(PromptError, match="has no words"):
            generator.generate(" . ")
        with pytest.raises(PromptError, match="at most 1200 characters"):
            generator.generate("walk " * 400)
    with pytest.raises(MotionError, match="callable with a prompt"):
        CallableTextToMotion(3)


def test_a_folder_of_results_is_found_by_caption_and_by_name(tmp_path):
    write_results(tmp_path / "results.npy")
    load_motions("walk")[0].replace(caption="Someone is walking.").save(tmp_path / "easy_walk.npz")
    np.save(tmp_path / "000012.npy", walker())
    (tmp_path / "000012.txt").write_text(
        "a man strolls#a/DET man/NOUN#0.0#0.0\nhe walks along#x#0#0\n", encoding="utf-8"
    )
    generator = FolderTextToMotion(tmp_path)
    assert "Someone is walking." in generator.prompts
    motion = generator.generate("someone is  walking")
    assert np.array_equal(motion.qpos, load_motions("walk")[0].qpos)
    assert np.array_equal(generator.generate("easy walk").qpos, motion.qpos)
    strolls = generator.generate("A man strolls")
    assert strolls.caption == "A man strolls"
    assert np.array_equal(strolls.qpos, generator.generate("he walks along").qpos)
    assert generator.generate("a man strolls", duration=1.0).duration == pytest.approx(1.0)
    caption = next(text for text in generator.prompts if "results" not in text and "man" not in text)
    assert isinstance(generator.generate(caption), Motion)
    with pytest.raises(PromptError, match=r"no motion for the prompt 'jump'.*the motions are"):
        generator.generate("jump")


def test_the_seed_chooses_among_motions_of_the_same_caption(tmp_path):
    for number in range(3):
        np.save(tmp_path / f"{number}.npy", walker(number))
        (tmp_path / f"{number}.txt").write_text("a person walks", encoding="utf-8")
    generator = FolderTextToMotion(tmp_path)
    durations = [generator.generate("a person walks", seed=seed).duration for seed in range(4)]
    assert len(set(durations[:3])) == 3
    assert durations[3] == durations[0]


def test_captions_beside_features_as_in_humanml3d(tmp_path):
    (tmp_path / "new_joints").mkdir()
    (tmp_path / "texts").mkdir()
    np.save(tmp_path / "new_joints" / "M1.npy", walker())
    (tmp_path / "texts" / "M1.txt").write_text("the figure ambles#the#0#0\n", encoding="utf-8")
    assert FolderTextToMotion(tmp_path / "new_joints").generate("the figure ambles").duration > 1.5


def test_folders_that_are_none(tmp_path):
    with pytest.raises(MotionError, match="no such folder"):
        FolderTextToMotion(tmp_path / "none")
    with pytest.raises(MotionError, match="no text-to-motion results; the file types are"):
        FolderTextToMotion(tmp_path)
    (tmp_path / "bad.npy").write_bytes(b"nothing")
    with pytest.raises(MotionFormatError, match=r"bad\.npy"):
        FolderTextToMotion(tmp_path)


def test_generators_by_name(tmp_path, monkeypatch):
    assert isinstance(text_to_motion("builtin"), BuiltinTextToMotion)
    assert text_to_motion("builtin", fps=60.0).generate("stop").fps == 60.0
    np.save(tmp_path / "walk.npy", walker())
    assert isinstance(text_to_motion(f"folder:{tmp_path}"), FolderTextToMotion)
    here = "tests.text.test_generators"
    assert isinstance(text_to_motion(f"{here}:joints_of"), CallableTextToMotion)
    assert isinstance(text_to_motion(f"{here}:Plug"), Plug)
    plug = Plug()
    assert text_to_motion(plug) is plug
    point = importlib.metadata.EntryPoint("plug", f"{here}:Plug", generators.ENTRY_POINT_GROUP)
    monkeypatch.setattr(generators, "entry_points", lambda group: [point] if group == point.group else [])
    assert text_to_motion("plug").generate("walk", seed=3).name == "plug-3"
    with pytest.raises(
        PromptError, match=r"unknown generator 'mdm'; the generators are 'builtin', 'folder:PATH', .*'plug'"
    ):
        text_to_motion("mdm")


@pytest.mark.parametrize("name", ["no.such.module:f", "tests.support:nothing", "tests..:f"])
def test_generators_that_cannot_be_loaded(name):
    with pytest.raises(PromptError, match="cannot be loaded"):
        text_to_motion(name)


def test_what_is_no_generator():
    with pytest.raises(PromptError, match="a generator must have generate"):
        text_to_motion("tests.support:ENV_ID")
