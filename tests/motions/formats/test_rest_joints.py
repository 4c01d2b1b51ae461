import numpy as np
import pytest

from kinesis_env.cli import main as cli
from kinesis_env.errors import MotionFormatError
from kinesis_env.motions import load_motions
from kinesis_env.motions.formats.smpl import mean_shape, read_rest_joints
from tests.motions import sources


@pytest.mark.parametrize("kind", ["npy", "csv", "txt"])
def test_rest_joints_from_a_file(kind, tmp_path):
    rest = 1.1 * np.concatenate((mean_shape().rest, np.ones((2, 3))))
    path = tmp_path / f"rest.{kind}"
    if kind == "npy":
        np.save(path, rest)
    elif kind == "csv":
        rows = [f"{name},{x},{y},{z}" for name, (x, y, z) in zip("abcdefghijklmnopqrstuvwx", rest, strict=True)]
        path.write_text("\n".join(["joint,x,y,z", *rows]))
    else:
        np.savetxt(path, rest)
    np.testing.assert_allclose(read_rest_joints(path), rest)


def test_own_rest_joints_scale_the_person(tmp_path):
    sources.write_amass(tmp_path / "walk_poses.npz", seconds=1.2)
    np.save(tmp_path / "rest.npy", 1.2 * mean_shape().rest)
    reports = []
    for extra in ([], ["--rest-joints", str(tmp_path / "rest.npy")]):
        out = tmp_path / f"out{len(extra)}"
        assert cli.main(["convert", str(tmp_path / "walk_poses.npz"), "--out", str(out), "--jobs", "1", *extra]) == 0
        (motion,) = load_motions(out)
        reports.append(next(note for note in motion.notes if note.startswith("segments scaled")))
    scales = [float(note.split("legs times ")[1].split(")")[0]) for note in reports]
    assert scales[0] / scales[1] == pytest.approx(1.2, abs=0.03)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b"1 2 3\n", "J >= 22"), (b"a b c\n" * 30, "not rest joints"), (b"1 2\n" * 30, "J >= 22"),
     (b"nan 1 2\n" * 30, "finite"), (b"1 2 3\n4 5\n" * 30, "not rest joints"), (b"\xff\xfe" * 40, "not rest joints")],
)  # fmt: skip
def test_what_are_no_rest_joints(content, message, tmp_path):
    path = tmp_path / "rest.txt"
    path.write_bytes(content)
    with pytest.raises(MotionFormatError, match=message):
        read_rest_joints(path)


def test_pickled_rest_joints_are_refused(tmp_path):
    np.save(tmp_path / "rest.npy", np.array([[object()] * 3] * 24), allow_pickle=True)
    with pytest.raises(MotionFormatError, match="rest joints"):
        read_rest_joints(tmp_path / "rest.npy")
