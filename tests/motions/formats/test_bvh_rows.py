"""BVH files whose rows, header or path are not what they should be."""

import numpy as np
import pytest

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions import LANDMARKS, export_motion, load_motions, read_motion
from kinesis_env.motions.export import States
from kinesis_env.motions.formats.bvh import read_bvh
from tests.motions import sources


@pytest.fixture
def walk(tmp_path):
    """A file of 61 rows: its lines up to the rows, its rows, and what is read of it."""
    path = sources.write_bvh(tmp_path / "walk.bvh", rate=30.0, seconds=2.0)
    lines = path.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Frame Time")) + 1
    return lines[:at], lines[at:], read_bvh(path).points


def read(tmp_path, head, rows, **options):
    path = tmp_path / "changed.bvh"
    path.write_text("\n".join([*head, *rows]) + "\n")
    return read_bvh(path, **options)


def test_more_and_fewer_rows_than_announced(tmp_path, walk):
    head, rows, right = walk
    for kept, points in ((rows + rows[-1:], 62), (rows[:40], 40)):
        recording = read(tmp_path, head, kept)
        assert len(recording.points) == points
        assert any(f"61 frames, the file has {points}" in note for note in recording.notes)
        assert np.abs(recording.points[:40] - right[:40]).max() < 1e-6


@pytest.mark.parametrize("keep", [0.1, 0.6, 0.95])
def test_a_last_row_that_is_cut(tmp_path, walk, keep):
    head, rows, right = walk
    recording = read(tmp_path, head, [*rows[:-1], rows[-1][: int(keep * len(rows[-1]))].rsplit(" ", 1)[0]])
    assert np.abs(recording.points - right[:-1]).max() < 1e-6
    assert any("the last row has" in note for note in recording.notes)


@pytest.mark.parametrize("width", [5, 17, 33])
def test_wrapped_rows(tmp_path, walk, width):
    head, rows, right = walk
    wrapped = []
    for row in rows:
        words = row.split()
        wrapped += [" ".join(words[i : i + width]) for i in range(0, len(words), width)]
    recording = read(tmp_path, head, wrapped)
    assert np.abs(recording.points - right).max() < 1e-6
    assert any("wrapped" in note for note in recording.notes)


def test_a_row_that_is_wrong_inside_the_file(tmp_path, walk):
    head, rows, _ = walk
    for wrong in (rows[30] + " 1.0", rows[30].rsplit(" ", 1)[0]):
        with pytest.raises(MotionFormatError, match=rf"line {len(head) + 31}: \d+ values for \d+ channels"):
            read(tmp_path, head, [*rows[:30], wrong, *rows[31:]])


def test_decimal_commas(tmp_path, walk):
    head, rows, right = walk
    commas = [line.replace(".", ",") for line in [*head, *rows]]
    assert np.abs(read(tmp_path, commas, []).points - right).max() < 1e-6


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(tmp_path, walk, encoding):
    head, rows, right = walk
    path = tmp_path / "walk.bvh"
    path.write_bytes("\r\n".join([*head, *rows]).encode(encoding))
    assert np.abs(read_bvh(path).points - right).max() < 1e-6
    assert read_motion(path).duration == pytest.approx(2.0)


def test_frame_times(tmp_path, walk):
    head, rows, _ = walk

    def rate(text, **options):
        return read(tmp_path, [*head[:-1], f"Frame Time: {text}"], rows, **options).rate

    assert rate("33.3333") == pytest.approx(30.0, rel=1e-4)
    assert rate("0.033333") == pytest.approx(30.0, rel=1e-12)
    assert rate("0.0083333") == pytest.approx(120.0, rel=1e-12)
    assert rate("0.0333667") == pytest.approx(29.97, rel=1e-5)
    with pytest.raises(MotionFormatError, match=r"frames per second.*--source-fps"):
        rate("120")
    assert rate("120", fps=120.0) == pytest.approx(120.0)
    assert rate("0", fps=30.0) == pytest.approx(30.0)


@pytest.mark.parametrize("factor", [0.01, 0.1, 10.0, 100.0, 0.0254, 2.54])
def test_a_path_in_another_unit(tmp_path, walk, factor):
    head, rows, right = walk
    table = np.array([row.split() for row in rows], dtype=float)
    table[:, :3] *= factor
    recording = read(tmp_path, head, [" ".join(f"{value:.6f}" for value in row) for row in table])
    moved = recording.points - recording.points[:1, :1]
    assert np.abs(moved - (right - right[:1, :1])).max() < 0.03
    assert any("another unit than the body" in note for note in recording.notes)


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_squats_with_a_path_in_another_unit(tmp_path, factor):
    """Nobody travels; the hips sink by what the legs bend."""
    motion = load_motions("stand")[0]
    qpos = np.repeat(motion.qpos[:1], 90, axis=0)
    bend = 0.6 * (1 - np.cos(2 * np.pi * np.arange(90) / 45.0))
    for side in (7, 14):
        qpos[:, side], qpos[:, side + 3], qpos[:, side + 4] = bend / 2, bend, bend / 2
    toes = sources.landmarks(qpos)[:, LANDMARKS.index("toe_r"), 2]
    qpos[:, 2] -= toes - toes[0]
    export_motion(States(qpos, np.zeros((90, 20)), 30.0), tmp_path / "right.bvh")
    lines = (tmp_path / "right.bvh").read_text().splitlines()
    table = np.array([line.split() for line in lines[-90:]], dtype=float)
    table[:, :3] *= factor
    recording = read(tmp_path, lines[:-90], [" ".join(f"{value:.6f}" for value in row) for row in table])
    right = read_bvh(tmp_path / "right.bvh").points
    moved = recording.points - recording.points[:1, :1]
    assert np.abs(moved - (right - right[:1, :1])).max() < 0.02


def test_left_handed_axes(tmp_path):
    """Positions and joints of a file whose x points to the other side."""
    motion = load_motions("curve-90-left")[0]
    points = sources.landmarks(motion.qpos)
    joints = sources.smpl_joints(points)
    np.save(tmp_path / "right.npy", joints)
    np.save(tmp_path / "mirrored.npy", joints * (-1, 1, 1))
    right, mirrored = (read_motion(tmp_path / name) for name in ("right.npy", "mirrored.npy"))
    assert np.abs(right.qpos - mirrored.qpos).max() < 1e-6
    assert any("left-handed" in note for note in mirrored.notes)
    assert not any("left-handed" in note for note in right.notes)


def test_rotations_in_radians(tmp_path):
    motion = load_motions("walk-easy")[0]
    export_motion(motion, tmp_path / "degrees.bvh")
    lines = (tmp_path / "degrees.bvh").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Frame Time")) + 1
    table = np.array([line.split() for line in lines[at:]], dtype=float)
    table[:, 3:] = np.deg2rad(table[:, 3:])
    recording = read(tmp_path, lines[:at], [" ".join(f"{value:.7f}" for value in row) for row in table])
    assert np.abs(recording.points - read_bvh(tmp_path / "degrees.bvh").points).max() < 1e-3
    assert any("read as radians" in note for note in recording.notes)
    table[:, :3] = table[0, :3]  # nobody walks: as the format says
    recording = read(tmp_path, lines[:at], [" ".join(f"{value:.7f}" for value in row) for row in table])
    assert not any("radians" in note for note in recording.notes)


def test_a_body_in_place_is_left_in_place(tmp_path, walk):
    head, rows, _ = walk
    table = np.array([row.split() for row in rows], dtype=float)
    table[:, [0, 2]] = table[0, [0, 2]] + 0.5 * np.random.default_rng(0).normal(size=(len(table), 2))
    recording = read(tmp_path, head, [" ".join(f"{value:.6f}" for value in row) for row in table])
    assert not any("another unit" in note for note in recording.notes)


def test_joints_of_one_name(tmp_path, walk):
    head, rows, _right = walk
    text = "\n".join(head).replace("JOINT LeftToeBase", "JOINT Toe").replace("JOINT RightToeBase", "JOINT Toe")
    with pytest.raises(MotionFormatError, match="Toe, but 2 joints have this name"):
        read(tmp_path, text.splitlines(), rows, joint_map={"toe_r": "Toe"})
    # Without a map, the end of each foot's chain is its toes.
    assert np.isfinite(read(tmp_path, text.splitlines(), rows).points).all()
