"""Motions out again, and back."""

import numpy as np
import pytest

from kinesis_env.cli import main as cli
from kinesis_env.errors import MotionError
from kinesis_env.evaluation import read_episode
from kinesis_env.motions import LANDMARKS, export_motion, load_motions, read_motion
from kinesis_env.motions.formats import read_recordings
from tests.motions import sources

CLIPS = ["walk", "turn-in-place-360-left", "run", "sidestep-left"]


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("kind", ["mot", "csv"])
def test_angles_come_back(tmp_path, clip, kind):
    (motion,) = load_motions(clip)
    path = tmp_path / f"{clip}.{kind}"
    export_motion(motion, path)
    (recording,) = read_recordings(path)
    assert np.abs(recording.angles - motion.qpos[:, 7:]).max() < 1e-6
    assert np.abs(recording.root_pos - motion.qpos[:, :3]).max() < 1e-6
    assert np.abs(np.abs(np.einsum("ti,ti->t", recording.root_quat, motion.qpos[:, 3:7])) - 1).max() < 1e-9
    assert recording.rate == pytest.approx(motion.fps, rel=1e-6)
    export_motion(motion.replace(start=4.5), path)
    assert read_recordings(path)[0].times[0] == pytest.approx(4.5)


@pytest.mark.parametrize("clip", CLIPS)
def test_bvh_comes_back(tmp_path, clip):
    (motion,) = load_motions(clip)
    export_motion(motion, tmp_path / "clip.bvh")
    (recording,) = read_recordings(tmp_path / "clip.bvh")
    off = np.linalg.norm(recording.points - sources.landmarks(motion.qpos), axis=-1).max(axis=0)
    knees = [LANDMARKS.index(f"knee_{side}") for side in "rl"]
    assert np.delete(off, knees).max() < 2e-4
    assert off[knees].max() < 0.006  # the hinge of a knee is not at the origin of the shank
    assert recording.rest is not None
    legs = [i for i, name in enumerate(LANDMARKS) if name not in ("spine", "neck")]
    again = sources.landmarks(read_motion(tmp_path / "clip.bvh", fps=motion.fps).qpos)[:, legs]
    at = sources.landmarks(motion.qpos)[:, legs]
    assert np.linalg.norm(np.diff(again, axis=0).sum(axis=0) - np.diff(at, axis=0).sum(axis=0), axis=-1).max() < 0.1


def test_the_command(tmp_path, capsys):
    for kind in ("mot", "bvh", "csv"):
        assert cli.main(["export", "walk", "--to", kind, "--out", str(tmp_path / f"w.{kind}")]) == 0
        assert (tmp_path / f"w.{kind}").is_file()
    assert cli.main(["export", "walk*", "--to", "mot", "--out", str(tmp_path / "many")]) == 0
    assert len(list((tmp_path / "many").glob("*.mot"))) > 5
    assert cli.main(["export", "nothing", "--to", "mot", "--out", str(tmp_path / "x.mot")]) == 2
    with pytest.raises(MotionError, match="'mot', 'bvh', 'csv'"):
        export_motion(load_motions("walk")[0], tmp_path / "walk.fbx")
    capsys.readouterr()


def test_an_episode(tmp_path, capsys):
    recorded = tmp_path / "episodes"
    assert cli.main(["evaluate", "zero", "--motions", "walk-short", "--seeds", "1", "--record", str(recorded),
                     "--keep", str(tmp_path / "kept")]) == 0  # fmt: skip
    (episode,) = recorded.rglob("*.npz")
    assert cli.main(["export", str(episode), "--to", "mot", "--out", str(tmp_path / "episode.mot")]) == 0
    (recording,) = read_recordings(tmp_path / "episode.mot")
    arrays = read_episode(episode).arrays
    assert np.abs(recording.angles - arrays["qpos"][:, 7:]).max() < 1e-6
    assert recording.times[-1] == pytest.approx(arrays["time"][-1] - arrays["time"][0], abs=1e-6)
    capsys.readouterr()
