"""The same walk in every dialect of SMPL, and joint positions in every shape."""

import pickle

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions import read_motion
from kinesis_env.motions.formats import ReadOptions, detect, read_recordings
from tests.motions import sources

RATE = 30.0


def only(path, **options):
    (recording,) = read_recordings(path, ReadOptions(**options))
    return recording


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Poses (T, 24, 3), the path, and the points that AMASS's names give."""
    arrays = sources.amass_arrays(RATE, 2.0, columns=72)
    path = tmp_path_factory.mktemp("amass") / "walk.npz"
    np.savez(path, poses=arrays["poses"], trans=arrays["trans"], mocap_framerate=RATE)
    return arrays["poses"].reshape(-1, 24, 3), arrays["trans"], only(path).points


def matrices(poses):
    return Rotation.from_rotvec(poses.reshape(-1, 3)).as_matrix().reshape(*poses.shape, 3)


def six(poses, rows=True):
    turned = matrices(poses) if rows else np.swapaxes(matrices(poses), -1, -2)
    return turned[..., :2, :].reshape(*poses.shape[:2], 6)


def six_in_turn(poses):
    return matrices(poses)[..., :2].reshape(*poses.shape[:2], 6)


def padded(poses, joints):
    return np.concatenate((poses, np.zeros((len(poses), max(joints - 24, 0), 3))), axis=1)[:, :joints]


def flat(poses):
    return poses.reshape(len(poses), -1)


def quats(poses, last):
    q = Rotation.from_rotvec(poses.reshape(-1, 3)).as_quat(scalar_first=not last)
    return q.reshape(*poses.shape[:2], 4)


NAMED = {
    "GVHMR": lambda p, t: {"global_orient": p[:, 0], "body_pose": flat(p[:, 1:22]), "transl": t, "fps": RATE},
    "GVHMR, global beside camera": lambda p, t: {
        "smpl_params_incam": {"global_orient": p[:, 0] * 0, "body_pose": flat(p[:, 1:22]), "transl": t * 0},
        "smpl_params_global": {"global_orient": p[:, 0], "body_pose": flat(p[:, 1:22]), "transl": t},
        "K_fullimg": np.eye(3),
    },
    "ROMP, SMPLify-X": lambda p, t: {
        "global_orient": p[:, :1], "body_pose": p[:, 1:], "transl": t[:, None], "betas": np.zeros((1, 10))},
    "matrices": lambda p, t: {"global_orient": matrices(p[:, :1]), "body_pose": matrices(p[:, 1:]), "transl": t},
    "one array of matrices": lambda p, t: {"poses": matrices(p), "trans": t, "fps": RATE},
    "quaternions, real part first": lambda p, t: {"poses": quats(p, False), "trans": t, "fps": RATE},
    "quaternions, real part last": lambda p, t: {"poses": quats(p, True), "trans": t, "fps": RATE},
    "WHAM": lambda p, t: {0: {"pose_world": flat(p), "trans_world": t, "pose": flat(p) * 0, "trans": t * 0,
                              "betas": np.zeros((len(p), 10)), "frame_ids": np.arange(len(p))}},
    "AIST++": lambda p, t: {"smpl_poses": flat(p), "smpl_trans": 93.7 * t, "smpl_scaling": np.array([93.7]),
                            "smpl_loss": 0.1},
    "stage-ii": lambda p, t: {
        "poses": flat(padded(p, 55)), "trans": t, "root_orient": p[:, 0], "pose_body": flat(p[:, 1:22]),
        "pose_hand": np.zeros((len(p), 90)), "mocap_frame_rate": RATE, "betas": np.zeros(16),
        "surface_model_type": np.array("smplx"), "gender": np.array("male")},
    "stage-ii pickle": lambda p, t: {"fullpose": flat(padded(p, 55)), "trans": t, "frame_rate": RATE,
                                     "stageii_debug_details": {"a": [1, 2]}},
    "63 columns and a root": lambda p, t: {"root_orient": p[:, 0], "pose_body": flat(p[:, 1:22]), "trans": t,
                                           "mocap_frame_rate": RATE},
    "66 columns": lambda p, t: {"poses": flat(p[:, :22]), "trans": t, "fps": RATE},
    "69 columns": lambda p, t: {"poses": flat(p[:, :23]), "trans": t, "fps": RATE},
    "69 columns without the root": lambda p, t: {"poses": flat(p[:, 1:]), "global_orient": p[:, 0], "trans": t,
                                                 "fps": RATE},
    "75 columns": lambda p, t: {"poses": flat(padded(p, 25)), "trans": t, "fps": RATE},
    "156 columns": lambda p, t: {"poses": flat(padded(p, 52)), "trans": t, "fps": RATE},
    "147 columns": lambda p, t: {"poses": flat(padded(p, 49)), "trans": t, "fps": RATE},
    "159 columns": lambda p, t: {"poses": flat(padded(p, 53)), "trans": t, "fps": RATE},
    "162 columns": lambda p, t: {"poses": flat(padded(p, 54)), "trans": t, "fps": RATE},
    "MDM smpl_params": lambda p, t: {
        "motion": np.zeros((25, 6, len(p))), "thetas": np.moveaxis(six(p), 0, 2), "root_translation": t.T,
        "vertices": np.zeros((5, 3, len(p))), "faces": np.zeros((2, 3), int), "text": "walk", "length": len(p)},
    "time between frames": lambda p, t: {"poses": flat(p), "trans": t, "mocap_framerate": 1 / RATE},
    "degrees": lambda p, t: {"poses": np.rad2deg(flat(p)), "trans": t, "fps": RATE},
    "path in centimeters": lambda p, t: {"poses": flat(p), "trans": 100 * t, "fps": RATE},
    "path in millimeters": lambda p, t: {"poses": flat(p), "trans": 1000 * t, "fps": RATE},
    "path a tenth": lambda p, t: {"poses": flat(p), "trans": 0.1 * t, "fps": RATE},
}  # fmt: skip


def write(path, content):
    if path.suffix == ".npz":
        np.savez(path, **content)
    elif path.suffix == ".npy":
        np.save(path, content, allow_pickle=True)
    else:
        path.write_bytes(pickle.dumps(content))
    return path


@pytest.mark.parametrize("dialect", NAMED)
@pytest.mark.parametrize("suffix", [".npz", ".npy", ".pkl"])
def test_dialects(tmp_path, walk, dialect, suffix):
    poses, trans, right = walk
    content = NAMED[dialect](poses, trans)
    if suffix == ".npz" and any(isinstance(key, int) or isinstance(value, dict) for key, value in content.items()):
        content = {str(key): np.array(value, dtype=object) if isinstance(value, dict) else value
                   for key, value in content.items()}  # fmt: skip
    path = write(tmp_path / f"walk{suffix}", content)
    assert detect(path) == "amass"
    recording = only(path)
    moved = recording.points - recording.points[0, 0] + right[0, 0]
    assert np.abs(moved - right).max() < (1e-4 if "path" not in dialect else 0.005)
    usual = {"AIST++": 60.0, "MDM smpl_params": 20.0}.get(dialect, RATE)
    assert recording.rate == pytest.approx(usual)


ROWS = {
    "path behind, 75": lambda p, t: np.concatenate((flat(p), t), axis=1),
    "path before, 75": lambda p, t: np.concatenate((t, flat(p)), axis=1),
    "path behind, 69": lambda p, t: np.concatenate((flat(p[:, :22]), t), axis=1),
    "path behind, 159": lambda p, t: np.concatenate((flat(padded(p, 52)), t), axis=1),
    "path behind, 168": lambda p, t: np.concatenate((flat(padded(p, 55)), t), axis=1),
    "six numbers, 147": lambda p, t: np.concatenate((flat(six(p)), t), axis=1),
    "six numbers before, 147": lambda p, t: np.concatenate((t, flat(six(p))), axis=1),
    "six numbers, columns": lambda p, t: np.concatenate((flat(six(p, rows=False)), t), axis=1),
    "six numbers in turn": lambda p, t: np.concatenate((flat(six_in_turn(p)), t), axis=1),
    "six numbers, 135": lambda p, t: np.concatenate((flat(six(p[:, :22])), t), axis=1),
    "Motion-X, 322": lambda p, t: np.concatenate(
        (flat(padded(p, 55)), np.zeros((len(p), 144)), t, np.zeros((len(p), 10))), axis=1
    ),
}


@pytest.mark.parametrize("rows", ROWS)
def test_rows_of_rotations_and_path(tmp_path, walk, rows):
    poses, trans, right = walk
    np.save(tmp_path / "walk.npy", ROWS[rows](poses, trans).astype(np.float32))
    moved = only(tmp_path / "walk.npy").points
    assert np.abs(moved - moved[0, 0] + right[0, 0] - right).max() < 1e-4


def test_without_a_root_says_so(tmp_path, walk):
    poses, trans, _ = walk
    for joints in (22, 24):
        np.savez(tmp_path / "walk.npz", poses=flat(poses[:, 1:joints]), trans=trans, fps=RATE)
        with pytest.raises(MotionFormatError, match="must also contain the orientation of the root"):
            only(tmp_path / "walk.npz")


def test_two_people(tmp_path, walk):
    poses, trans, _ = walk
    person = {"pose": flat(poses), "trans": trans}
    path = write(tmp_path / "two.pkl", {0: person, 3: person})
    assert [recording.name for recording in read_recordings(path)] == ["two-1", "two-2"]


def test_a_list_of_frames(tmp_path, walk):
    poses, trans, right = walk
    frames = [
        {"global_orient": p[:1], "body_pose": p[1:22].reshape(1, -1), "transl": t[None], "betas": np.zeros((1, 10))}
        for p, t in zip(poses, trans, strict=True)
    ]
    moved = only(write(tmp_path / "frames.pkl", frames)).points
    assert np.abs(moved - right).max() < 1e-4


def test_a_path_that_no_unit_explains(tmp_path, walk):
    poses, trans, _ = walk
    np.savez(tmp_path / "walk.npz", poses=flat(poses), trans=4.4 * trans, mocap_framerate=RATE)
    with pytest.raises(MotionFormatError, match=r"the hips travel 4\.\d times as far as the feet walk"):
        only(tmp_path / "walk.npz")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"qpos": np.zeros((5, 30)), "qvel": np.zeros((5, 29)), **{f"a{i}": np.zeros(3) for i in range(100)}},
         r"states of another MuJoCo model.*qpos \(5, 30\).*'poses' and 'trans'.*'joints|joints need an array"),
        ({"split_points": np.zeros(2), "qpos": np.zeros((5, 30)), "qvel": np.zeros((5, 29)), "njnt": np.array(3)},
         "loco-mujoco"),
        ({"foo": np.zeros((5, 30))}, r"foo \(5, 30\)"),
    ],
)  # fmt: skip
def test_archives_that_nothing_recognises(tmp_path, content, says):
    np.savez(tmp_path / "odd.npz", **content)
    with pytest.raises(MotionFormatError, match=says) as caught:
        read_motion(tmp_path / "odd.npz")
    assert len(str(caught.value)) < 2000


class Joblib:
    def __reduce__(self):
        return (print, ("no",))


def test_pickles_of_others_are_refused_with_the_next_step(tmp_path):
    data = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)R."
    (tmp_path / "wham.pkl").write_bytes(data)
    with pytest.raises(MotionFormatError, match="written by joblib"):
        read_motion(tmp_path / "wham.pkl")
    (tmp_path / "code.pkl").write_bytes(pickle.dumps(Joblib()))
    with pytest.raises(MotionFormatError, match="refused"):
        read_motion(tmp_path / "code.pkl")
    (tmp_path / "gvhmr.pt").write_bytes(b"PK")
    with pytest.raises(MotionFormatError, match="PyTorch"):
        read_motion(tmp_path / "gvhmr.pt")


def joints_of(rate=20.0, seconds=2.0):
    return sources.smpl_joints(sources.walking_points(rate, seconds))


def kit_of(joints, left_first=True):
    out = np.zeros((len(joints), 21, 3))
    legs = ((1, 4, 7, 10), (2, 5, 8, 11))
    for first, leg in zip((11, 16), legs if left_first else legs[::-1], strict=False):
        out[:, first : first + 4] = joints[:, leg]
        out[:, first + 4] = joints[:, leg[3]] + (0, 0, 0.05)
    out[:, 0], out[:, 1], out[:, 2], out[:, 3], out[:, 4] = (joints[:, i] for i in (0, 3, 6, 12, 15))
    return out


def more(joints, count):
    return np.concatenate((joints, np.repeat(joints[:, -1:], count - joints.shape[1], axis=1)), axis=1)


SHAPES = {
    "(T, 22, 3)": lambda j: j,
    "(1, T, 22, 3)": lambda j: j[None],
    "(T, 24, 3)": lambda j: more(j, 24),
    "(T, 52, 3)": lambda j: more(j, 52),
    "(T, 55, 3)": lambda j: more(j, 55),
    "(22, 3, T)": lambda j: np.moveaxis(j, 0, 2),
    "(1, 22, 3, T)": lambda j: np.moveaxis(j, 0, 2)[None],
    "(1, 1, 22, 3, T)": lambda j: np.moveaxis(j, 0, 2)[None, None],
    "(1, 1, T, 22, 3)": lambda j: j[None, None],
    "(1, T, 66)": lambda j: j.reshape(1, len(j), 66),
    "(T, 66)": lambda j: j.reshape(len(j), 66),
    "(T, 72)": lambda j: more(j, 24).reshape(len(j), 72),
    "mm": lambda j: 1000 * j,
    "KIT-ML": lambda j: 1000 * kit_of(j),
    "KIT-ML, right leg first": lambda j: 1000 * kit_of(j, left_first=False),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_joint_arrays(tmp_path, shape):
    joints = joints_of()
    np.save(tmp_path / "right.npy", joints)
    np.save(tmp_path / "walk.npy", SHAPES[shape](joints).astype(np.float32))
    right, read = only(tmp_path / "right.npy"), only(tmp_path / "walk.npy")
    assert np.abs(read.points - right.points).max() < 1e-4
    assert read.rate == pytest.approx(12.5 if "KIT" in shape else 20.0)


@pytest.mark.parametrize(
    ("count", "right", "left", "spine", "neck"),
    [
        (25, (16, 17, 18, 19), (12, 13, 14, 15), 1, 2),  # Kinect
        (25, (9, 10, 11, 22), (12, 13, 14, 19), None, 1),  # OpenPose
        (32, (22, 23, 24, 25), (18, 19, 20, 21), 1, 3),  # Azure Kinect
    ],
)
def test_joints_of_cameras(tmp_path, count, right, left, spine, neck):
    points = sources.walking_points(30.0, 2.0)
    joints = np.repeat(points.mean(axis=1, keepdims=True), count, axis=1)
    joints[:, [*right, *left, neck]] = points[:, [0, 1, 2, 3, 4, 5, 6, 7, 9]]
    if spine is not None:
        joints[:, spine] = points[:, 8]
    np.save(tmp_path / "walk.npy", joints[..., [1, 2, 0]])
    shown = [i for i in range(10) if i != 8 or spine is not None]
    assert np.abs(only(tmp_path / "walk.npy").points - points)[:, shown].max() < 1e-6


@pytest.mark.parametrize("name", ["joints", "posed_joints", "xyz", "my_array"])
@pytest.mark.parametrize("suffix", [".npz", ".npy", ".pkl"])
def test_named_joint_arrays(tmp_path, name, suffix):
    joints = joints_of(30.0)
    np.save(tmp_path / "right.npy", joints)
    path = write(tmp_path / f"named{suffix}", {name: joints, "fps": 30.0, "other": np.zeros(3)})
    read = only(path)
    assert np.abs(read.points - only(tmp_path / "right.npy").points).max() < 1e-6
    assert read.rate == pytest.approx(30.0)


def test_several_samples(tmp_path):
    joints = joints_of()
    for array in (np.stack([joints] * 3), np.moveaxis(np.stack([joints] * 3), 1, 3)):
        np.save(tmp_path / "three.npy", array)
        assert [recording.name for recording in read_recordings(tmp_path / "three.npy")] == [
            "three-1", "three-2", "three-3"]  # fmt: skip


def test_what_is_no_joint_array(tmp_path):
    np.save(tmp_path / "h36m.npy", np.ones((9, 17, 3)))
    with pytest.raises(MotionFormatError, match=r"21, 22, 24.*given .*\(9, 17, 3\).*no toes"):
        only(tmp_path / "h36m.npy")
    np.save(tmp_path / "huge.npy", np.zeros((20_000, 2, 22, 3), dtype=np.float16))
    with pytest.raises(MotionFormatError):
        only(tmp_path / "huge.npy")
