import json
import shutil

import gymnasium
import numpy as np
import pytest

import kinesis_env  # noqa: F401
from kinesis_env.cli import main as cli
from kinesis_env.errors import MotionError, RenderingError
from kinesis_env.motions import Motion, MotionLibrary, load_motions
from kinesis_env.motions.datasets import ConvertOptions, convert, kit, prepare_download
from kinesis_env.motions.datasets import conversion as module
from kinesis_env.motions.pack import PACK
from tests.motions import sources
from tests.motions.formats.test_hostile_files import CASES


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    sources.write_bvh(folder / "walk.bvh", seconds=1.5)
    sources.write_amass(folder / "stroll_poses.npz", seconds=1.5)
    np.save(folder / "joints.npy", sources.smpl_joints(sources.walking_points(20.0, 2.0)))
    sources.write_results(folder / "results.npy")
    (folder / "again").mkdir()
    sources.write_bvh(folder / "again" / "walk.bvh", seconds=1.2)
    return folder


@pytest.fixture
def recordings(originals, tmp_path):
    shutil.copytree(originals, tmp_path / "in")
    return tmp_path / "in"


def test_a_folder_of_every_format(recordings, tmp_path, capsys):
    out = tmp_path / "library"
    assert cli.main(["convert", str(recordings), "--out", str(out), "--jobs", "1", "--json"]) == 0
    outcomes = json.loads(capsys.readouterr().out)
    assert {outcome["status"] for outcome in outcomes} == {"written"}
    names = {path.name for path in out.glob("*.npz")}
    assert names == {
        "again_walk.npz", "in_walk.npz", "stroll_poses.npz", "joints.npz", "results-1.npz", "results-2.npz", PACK
    }  # fmt: skip
    assert all(report["error_mean"] < 20 for outcome in outcomes for report in outcome["reports"].values())
    motions = load_motions(out)
    assert len(motions) == 6
    assert {motion.caption for motion in motions} >= {"a person walks, take 0"}
    env = gymnasium.make("Kinesis-Imitate-v0", motions=str(out))
    env.reset(seed=0)
    env.step(env.action_space.sample())
    env.close()


def test_a_second_run_redoes_nothing(recordings, tmp_path, monkeypatch):
    out = tmp_path / "library"
    first = convert([recordings], out, jobs=1)
    stamps = {path: path.stat().st_mtime_ns for path in out.iterdir()}

    def never(*_):
        raise AssertionError("converted again")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_run", never)
        second = convert([recordings], out, jobs=1)
    assert [outcome.status for outcome in second] == ["unchanged"] * len(first)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == stamps
    assert [dict(outcome.reports) for outcome in second] == [dict(outcome.reports) for outcome in first]
    # Another content, another option or a lost motion is done again, and only that.
    sources.write_bvh(recordings / "walk.bvh", seconds=1.0)
    (out / "joints.npz").unlink()
    third = convert([recordings], out, jobs=1)
    assert sorted(outcome.status for outcome in third) == ["unchanged"] * 3 + ["written"] * 2
    assert {o.status for o in convert([recordings], out, ConvertOptions(fps=50), jobs=1)} == {"written"}
    (out / ".convert.json").write_text("{broken")
    assert {o.status for o in convert([recordings], out, jobs=1)} == {"written"}


def test_failures_do_not_stop_the_rest(recordings, tmp_path, capsys):
    for name in ("half.npz", "empty.bvh", "nan.npz"):
        CASES[name][0](recordings / name)
    out = tmp_path / "library"
    assert cli.main(["convert", str(recordings), "--out", str(out), "--jobs", "2"]) == 1
    shown = capsys.readouterr()
    assert "3 failed, 5 written" in shown.out
    for name in ("half.npz", "empty.bvh", "nan.npz"):
        assert str(recordings / name) in shown.err
    assert len(load_motions(out)) == 6
    assert not [
        path
        for path in out.iterdir()
        if path.name.startswith(".") and path.name[1:8] not in (".conver", "convert", "library")
    ]


def test_what_is_flagged_is_kept_out(tmp_path, capsys):
    points = sources.walking_points(20.0, 3.0)
    points[..., 2] += 0.2 * points[:, :1, 0]
    np.save(tmp_path / "stairs.npy", sources.smpl_joints(points))
    out = tmp_path / "out"
    assert cli.main(["convert", str(tmp_path / "stairs.npy"), "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "1 kept out" in shown.out
    assert "stairs: stairs or slopes" in shown.err
    assert not list(out.glob("*.npz"))
    assert cli.main(["convert", str(tmp_path / "stairs.npy"), "--out", str(out), "--keep-bad"]) == 0
    assert [path.name for path in sorted(out.glob("[!.]*.npz"))] == ["stairs.npz"]
    assert cli.main(["convert", str(tmp_path / "stairs.npy"), "--out", str(out)]) == 0
    assert not list(out.glob("[!.]*.npz"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interruption_keeps_what_is_done(recordings, tmp_path, jobs):
    out = tmp_path / "library"

    def stop(done, _total, _outcome):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert([recordings], out, jobs=jobs, on_progress=stop)
    written = {path.name for path in out.glob("[!.]*.npz")}
    outcomes = convert([recordings], out, jobs=1)
    kept = {name for outcome in outcomes if outcome.status == "unchanged" for name in outcome.outputs}
    # With several processes some more may have come to an end; nothing that was written is done again.
    assert kept == written
    assert len(kept) >= 2
    assert {outcome.status for outcome in outcomes} <= {"unchanged", "written"}
    assert jobs > 1 or sum(outcome.status == "written" for outcome in outcomes) == 3


def test_two_files_of_one_name_from_two_runs(recordings, tmp_path):
    out = tmp_path / "library"
    convert([recordings / "walk.bvh"], out)
    (outcome,) = convert([recordings / "again" / "walk.bvh"], out)
    assert outcome.outputs == ("walk-2.npz",)
    assert [o.status for o in convert([recordings / "again" / "walk.bvh"], out)] == ["unchanged"]
    with pytest.raises(MotionError, match="no motion file"):
        convert([out.parent / "in" / "nothing"], out) if (out.parent / "in" / "nothing").mkdir() is None else None
    with pytest.raises(MotionError, match="fps must be above 0"):
        convert([recordings], out, ConvertOptions(fps=-1))


def test_a_joint_map_from_the_command_line(tmp_path, capsys):
    names = {key: f"bone{i}" for i, key in enumerate(sources.LANDMARKS)}
    path = sources.write_bvh(tmp_path / "odd.bvh", names=names, seconds=1.0)
    path.write_text(path.read_text().replace("OFFSET", "OFFSET 0 0 0 #"))  # nor does the shape tell
    (tmp_path / "map.yaml").write_text("\n".join(f"{key}: {name}" for key, name in names.items()))
    options = ["convert", str(tmp_path / "odd.bvh"), "--out", str(tmp_path / "out")]
    assert cli.main(options) == 1
    assert "hip_r: ?" in capsys.readouterr().err
    known = ["--joint-map", str(tmp_path / "map.yaml")]
    assert cli.main([*options, *known]) == 0
    assert cli.main(["inspect", str(tmp_path / "odd.bvh")]) == 2
    assert cli.main(["inspect", str(tmp_path / "odd.bvh"), *known]) == 0


def test_inspect(recordings, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    plot = tmp_path / "new" / "walk.png"
    assert cli.main(["inspect", str(recordings / "walk.bvh"), "--plot", str(plot)]) == 0
    shown = capsys.readouterr().out
    for label in (
        "tracked-body error",
        "limb direction error",
        "sole penetration",
        "stance foot slip",
        "fastest joint",
    ):
        assert label in shown
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert cli.main(["inspect", str(recordings / "results.npy"), "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in entries] == ["results-1", "results-2"]
    assert cli.main(["inspect", "walk"]) == 0
    assert cli.main(["inspect", str(tmp_path / "none.bvh")]) == 2


def test_the_pack_is_used_only_while_it_is_true(recordings, tmp_path):
    out = tmp_path / "library"
    convert([recordings], out, jobs=1)
    packed = load_motions(out)
    assert packed[0].qpos.base is not None
    (out / PACK).rename(out / "aside")
    single = load_motions(out)
    (out / "aside").rename(out / PACK)
    assert [motion.digest for motion in packed] == [motion.digest for motion in single]
    library = MotionLibrary(packed)
    assert np.shares_memory(library._rows, packed[0].qpos)
    assert np.array_equal(library.lookup([1], [0.1]).qpos, MotionLibrary(single).lookup([1], [0.1]).qpos)
    # A file that is gone, and a pack that is damaged.
    (out / "joints.npz").unlink()
    assert len(load_motions(out)) == len(packed) - 1
    (out / PACK).write_bytes((out / PACK).read_bytes()[:1000])
    assert len(load_motions(out)) == len(packed) - 1


@pytest.fixture
def amass(tmp_path, monkeypatch):
    """A miniature AMASS: a few clips of each split, at two rates."""
    monkeypatch.setenv(kit.DATA_VARIABLE, str(tmp_path / "data"))
    chosen = [*kit.clips("train")[:3], *kit.clips("test")[:2]]
    for i, clip in enumerate(chosen):
        folder = tmp_path / "AMASS" / "KIT" / clip.subject
        folder.mkdir(parents=True, exist_ok=True)
        sources.write_amass(folder / f"{clip.file}_poses.npz", rate=(100.0, 120.0)[i % 2], seconds=1.2)
    return tmp_path / "AMASS", chosen


def test_kit_locomotion(amass, capsys):
    folder, chosen = amass
    assert cli.main(["prepare", "kit-locomotion", "--amass", str(folder), "--jobs", "1"]) == 1
    shown = capsys.readouterr()
    assert "train: 3 written of 975 clips" in shown.out
    assert "test: 2 written of 109 clips" in shown.out
    assert "train: 972 clips are missing:" in shown.err
    assert kit.clips("train")[10].name in shown.err
    motions = load_motions("kit-locomotion:test")
    assert {motion.name for motion in motions} == {clip.name for clip in chosen[3:]}
    assert all(motion.duration == pytest.approx(1.2, abs=0.04) for motion in motions)
    assert len(load_motions("kit-locomotion")) == 5
    manifest = json.loads((kit.data_folder() / "kit-locomotion" / "test" / "clips.json").read_text())
    assert set(manifest["skills"]) == {clip.name for clip in chosen[3:]}
    assert len(manifest["missing"]) == 107
    env = gymnasium.make("Kinesis-Imitate-v0", motions="kit-locomotion:test")
    env.reset(seed=0)
    env.close()
    with pytest.raises(MotionError, match="the splits are train, test"):
        load_motions("kit-locomotion:valid")


def test_kit_locomotion_without_amass(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(kit.DATA_VARIABLE, str(tmp_path / "data"))
    with pytest.raises(MotionError) as caught:
        load_motions("kit-locomotion:test")
    assert len(str(caught.value).splitlines()) == 3
    assert "https://amass.is.tue.mpg.de" in str(caught.value)
    assert cli.main(["prepare", "kit-locomotion", "--amass", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert not (tmp_path / "data").exists()


def test_files_of_others_in_a_folder_are_passed_over(tmp_path):
    sources.write_bvh(tmp_path / "walk.bvh", rate=30.0, seconds=1.5)
    (tmp_path / "metadata.csv").write_text("clip,seconds\nwalk,1.5\n")
    (tmp_path / "cache.pkl").write_bytes(b"\x80\x04N.")
    assert [outcome.status for outcome in convert([tmp_path], tmp_path / "out", jobs=1)] == ["written"]
    assert [motion.name for motion in load_motions(tmp_path)] == ["walk"]


def test_versions_of_the_split(amass, capsys):
    sizes = {version: tuple(len(kit.clips(part, version)) for part in kit.SPLITS) for version in kit.VERSIONS}
    assert sizes == {"2025": (975, 109), "icra2026": (946, 108), "musclemimic": (972, 108)}
    first = {part: {clip.name for clip in kit.clips(part)} for part in kit.SPLITS}
    for version in kit.VERSIONS[1:]:
        train, test = ({clip.name for clip in kit.clips(part, version)} for part in kit.SPLITS)
        assert not train & test
        assert len(test & first["train"]) == 3
        assert kit.split_of(test) == f"kit-locomotion@{version}:test" or version == "musclemimic"
    assert kit.split_of(first["test"]) == "kit-locomotion@2025:test"
    assert kit.split_of([]) is None
    folder, _chosen = amass
    assert cli.main(["prepare", "kit-locomotion@icra2026", str(folder), "--jobs", "1", "--json"]) == 1
    train, test = json.loads(capsys.readouterr().out)
    assert train["written"] + test["written"] <= 5
    assert str(kit.data_folder() / "kit-locomotion@icra2026" / "test") == test["folder"]
    assert len(load_motions("kit-locomotion@icra2026")) == train["written"] + test["written"]
    with pytest.raises(MotionError, match="prepare kit-locomotion@musclemimic FOLDER"):
        load_motions("kit-locomotion@musclemimic:test")
    with pytest.raises(MotionError, match="kit-locomotion@2025, kit-locomotion@icra2026"):
        load_motions("kit-locomotion@2030:test")


def test_downloads(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(kit.DATA_VARIABLE, str(tmp_path / "data"))
    folder = tmp_path / "lafan1"
    folder.mkdir()
    sources.write_bvh(folder / "walk1_subject1.bvh", rate=30.0, seconds=1.5)
    sources.write_bvh(folder / "walk1_subject5.bvh", rate=30.0, seconds=1.5)
    sources.write_bvh(folder / "other.bvh", rate=30.0, seconds=1.5)
    (folder / "run1_subject2.bvh").write_text("HIERARCHY")
    with pytest.raises(MotionError, match=r"github.com/ubisoft.*prepare lafan1 FOLDER"):
        load_motions("lafan1")
    assert cli.main(["prepare", "lafan1", str(folder), "--jobs", "1"]) == 1
    shown = capsys.readouterr()
    assert "train: 1 failed, 1 written of 2 clips" in shown.out
    assert "run1_subject2" in shown.err
    assert [motion.name for motion in load_motions("lafan1:test")] == ["walk1_subject5"]
    manifest = json.loads((kit.data_folder() / "lafan1" / "train" / "clips.json").read_text())
    assert (manifest["found"], manifest["of"], manifest["other_files"], manifest["written"]) == (3, 77, 1, 1)
    assert list(manifest["rejected"]) == ["run1_subject2"]
    cli.main(["prepare", "lafan1", str(folder), "--jobs", "1"])
    assert "1 unchanged" in capsys.readouterr().out
    for name in ("100style", "cmu", "bones-seed"):
        with pytest.raises(MotionError, match=f"none of {name}|no BVH file"):
            prepare_download(name, tmp_path / "data")
    assert cli.main(["prepare", "nothing", str(folder)]) == 2


def test_the_split_and_its_skills():
    assert (len(kit.clips("train")), len(kit.clips("test"))) == (975, 109)
    assert not {clip.name for clip in kit.clips("train")} & {clip.name for clip in kit.clips("test")}
    assert set(kit.skill_counts()) == set(kit.SKILLS)
    assert min(kit.skill_counts().values()) > 50
    for file, skill in (
        ("WalkingStraightBackwards04", "backward"),
        ("walking_run03", "run"),
        ("WalkInClockwiseCircle07_1", "gradual turn"),
        ("LeftTurn03", "turn in place"),
        ("walk_with_handrail_left02", "walk"),
    ):
        assert kit.skill_of(file) == skill
    assert all(isinstance(motion, Motion) for motion in load_motions("walk"))


def test_inspect_records_a_video(tmp_path, capsys):
    pytest.importorskip("imageio_ffmpeg", reason="the extra 'video' is not installed")
    from kinesis_env.motions import trim

    (walk,) = load_motions("walk")
    trim(walk, 0.0, 0.4).save(tmp_path / "short.npz")
    film = tmp_path / "short.mp4"
    try:
        code = cli.main(["inspect", str(tmp_path / "short.npz"), "--video", str(film)])
    except RenderingError as error:
        pytest.skip(f"no OpenGL here: {error}")
    assert code == 0
    import imageio_ffmpeg

    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(film))
    assert (frames, seconds) == (13, pytest.approx(13 / 30, abs=0.02))
    assert [path.name for path in tmp_path.iterdir() if "short" in path.name and path.suffix == ".mp4"] == [film.name]
