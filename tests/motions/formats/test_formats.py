import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinesis_env.errors import MotionError, MotionFormatError
from kinesis_env.motions import LANDMARKS, load_motions, read_motion
from kinesis_env.motions.formats import ReadOptions, detect, read_recordings
from kinesis_env.motions.formats.amass import read_amass
from kinesis_env.motions.formats.axes import upright
from kinesis_env.motions.formats.bvh import read_bvh
from kinesis_env.motions.formats.humanml3d import decode_features, read_humanml3d
from kinesis_env.motions.formats.smpl import mean_shape
from kinesis_env.motions.formats.text_results import read_text_results
from kinesis_env.motions.retargeting.quality import inspect
from tests.motions import sources

AT = {name: i for i, name in enumerate(LANDMARKS)}


def only(recordings):
    """The one recording of a file."""
    (recording,) = recordings
    return recording


def flat(points):
    """Points from the first pelvis, heading aside: distances and heights are the same in any axes."""
    return points - points[:1, :1] * (1, 1, 1)


@pytest.mark.parametrize("family", sources.FAMILIES)
def test_bvh_joint_names(tmp_path, family):
    recording = read_bvh(sources.write_bvh(tmp_path / "walk.bvh", names=sources.FAMILIES[family]))
    assert np.abs(flat(recording.points) - flat(sources.walking_points())).max() < 1e-4


@pytest.mark.parametrize("unit", [1.0, 0.01, 0.0254, 0.0254 / 0.45, 0.001])
@pytest.mark.parametrize("up", ["y", "z"])
def test_bvh_units_and_axes(tmp_path, unit, up):
    recording = read_bvh(sources.write_bvh(tmp_path / "walk.bvh", unit=unit, up=up))
    assert np.abs(flat(recording.points) - flat(sources.walking_points())).max() < 1e-4
    assert recording.rate == pytest.approx(60.0, rel=1e-4)


def test_bvh_spaces_before_colons(tmp_path):
    path = sources.write_bvh(tmp_path / "walk.bvh")
    path.write_text(path.read_text().replace("Frames:", "Frames :").replace("Frame Time:", "Frame Time :"))
    assert read_bvh(path).rate == pytest.approx(60.0, rel=1e-4)


def test_bvh_motion_on_a_child_of_the_root(tmp_path):
    recording = read_bvh(sources.write_bvh(tmp_path / "walk.bvh", static_root=True, newline="\r\n"))
    assert np.abs(flat(recording.points) - flat(sources.walking_points())).max() < 1e-4


def write_chain(path, table, rate=24.0):
    """A body of straight legs, 0.9 m from hips to feet, facing z, y up: rows of the hips' place and five turns about x.

    The turns are those of hips, both thighs and both shanks [deg].
    """
    lines = ["HIERARCHY", "ROOT Hips", "{", "OFFSET 0 0 0"]
    lines.append("CHANNELS 4 Xposition Yposition Zposition Xrotation")
    for side, sign in (("Right", -1), ("Left", 1)):
        offsets = ((sign * 0.1, 0, 0), (0, -0.45, 0), (0, -0.4, 0), (0, -0.05, 0.15))
        for part, offset in zip(("UpLeg", "Leg", "Foot", "ToeBase"), offsets, strict=True):
            lines += [f"JOINT {side}{part}", "{", "OFFSET {} {} {}".format(*offset)]
            lines.append("CHANNELS 1 Xrotation" if part in ("UpLeg", "Leg") else "CHANNELS 0")
        lines += ["}"] * 4
    lines += ["JOINT Spine", "{", "OFFSET 0 0.1 0", "CHANNELS 0", "JOINT Neck", "{", "OFFSET 0 0.4 0", "CHANNELS 0"]
    lines += ["}"] * 3
    # In the order of the file: hips, right thigh, right shank, left thigh, left shank.
    lines += ["MOTION", f"Frames: {len(table)}", f"Frame Time: {1 / rate:.6f}"]
    lines += [" ".join(f"{value:.5f}" for value in row) for row in table]
    path.write_text("\n".join(lines) + "\n")
    return path


def strides(frames=48, rate=24.0):
    """Rows for :func:`write_chain`: legs that swing by 25 degrees."""
    phase = 2 * np.pi * np.arange(frames) / rate
    rows = np.zeros((frames, 8))
    rows[:, 1], rows[:, 2] = 0.9, 1.0 * np.arange(frames) / rate
    rows[:, 4], rows[:, 6] = 25 * np.sin(phase), -25 * np.sin(phase)
    rows[:, 5] = rows[:, 7] = 15.0
    return rows


@pytest.mark.parametrize("held", [1, 3])
@pytest.mark.parametrize("place", [(0.0, 0.0, 0.0), (0.0, 0.9, -1.0)])
def test_bvh_frames_of_the_hierarchys_own_pose_are_left_out(tmp_path, held, place):
    rows = strides()
    pose = np.zeros((held, 8))
    pose[:, :3] = place
    alone = read_bvh(write_chain(tmp_path / "alone.bvh", rows))
    after = read_bvh(write_chain(tmp_path / "after.bvh", np.concatenate((pose, rows))))
    assert len(alone.times) == len(rows)
    assert np.array_equal(after.points, alone.points)
    assert any("left out" in note for note in after.notes)
    # A motion that sets out from that pose without a jump is whole.
    rows[:, :3] -= rows[0, :3]
    rows[:, 3:] *= np.linspace(0, 1, len(rows))[:, None]
    assert len(read_bvh(write_chain(tmp_path / "smooth.bvh", rows)).times) == len(rows)


@pytest.mark.parametrize("turn", [-90.0, 90.0])
def test_bvh_a_body_that_lies_is_not_taken_for_another_axis(tmp_path, turn):
    rows = strides()
    rows[:, 1], rows[:, 2], rows[:, 3] = 0.15, 0.0, turn
    rows[:, 4:] *= 0.1
    path = write_chain(tmp_path / "lying.bvh", rows)
    assert np.ptp(read_bvh(path).points[..., 2]) < 0.6
    assert any(flag.startswith("lying") for flag in inspect(read_motion(path)).flags)


def test_bvh_joint_map(tmp_path):
    names = {key: f"bone{i}" for i, key in enumerate(LANDMARKS)}
    path = sources.write_bvh(tmp_path / "walk.bvh", names=names)
    right = flat(sources.walking_points())
    by_shape = read_bvh(path)
    assert np.abs(flat(by_shape.points) - right).max() < 1e-4
    assert any("by the shape" in note and "knee_r is bone1" in note for note in by_shape.notes)
    recording = read_bvh(path, joint_map=names)
    assert np.abs(flat(recording.points) - right).max() < 1e-4
    with pytest.raises(MotionFormatError, match="nothing"):
        read_bvh(path, joint_map={**names, "toe_r": "nothing"})
    with pytest.raises(
        MotionFormatError, match="gives bone1 to hip_r and to knee_r; each landmark needs its own joint"
    ):
        read_bvh(path, joint_map={**names, "hip_r": "bone1"})


def test_bvh_what_is_not_known_asks_for_a_whole_map(tmp_path):
    names = {key: f"bone{i}" for i, key in enumerate(LANDMARKS)} | {"neck": "Neck", "knee_l": "LeftKnee"}
    path = sources.write_bvh(tmp_path / "walk.bvh", names=names)
    text = path.read_text()
    path.write_text(text.replace("JOINT bone1", "JOINT bone1x").replace("OFFSET", "OFFSET 0 0 0 #"))
    with pytest.raises(MotionFormatError, match=r"(?s)--joint-map MAP.yaml.*knee_r: \?\n.*neck: Neck\n.*bone1x"):
        read_bvh(path)


@pytest.mark.parametrize("order", ["XYZ", "ZYX", "YXZ", "ZXY"])
def test_bvh_channel_orders(tmp_path, order):
    """Turns of hips and knees against scipy's intrinsic Euler angles."""
    rng = np.random.default_rng(0)
    angles = rng.uniform(-25, 25, (5, 3, 3))
    legs = ""
    for side, x in (("Right", -10), ("Left", 10)):
        turn = "".join(f" {axis}rotation" for axis in order)
        legs += (
            f"JOINT {side}UpLeg {{ OFFSET {x} 0 0\n CHANNELS 3{turn}\n"
            f"JOINT {side}Leg {{ OFFSET 0 -40 0\n CHANNELS 3{turn}\n"
            f"JOINT {side}Foot {{ OFFSET 0 -40 0\n CHANNELS 3{turn}\n End Site {{ OFFSET 0 -4 13\n }} }} }} }}\n"
        )
    rotation = "".join(f" {axis}rotation" for axis in order)
    text = (
        f"HIERARCHY\nROOT Hips\n{{\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition{rotation}\n{legs}"
        f"JOINT Spine\n{{\nOFFSET 0 10 0\nCHANNELS 3{rotation}\nEnd Site\n{{\nOFFSET 0 30 0\n}}\n}}\n}}\nMOTION\n"
        "Frames: 5\nFrame Time: 0.1\n"
    )
    for row in angles:
        values = [0, 90, 0, *row[0], *row[1], *row[2], *[0] * 3, *row[1], *row[2], *[0] * 3, *[0] * 3]
        text += " ".join(f"{value:.8f}" for value in values) + "\n"
    path = tmp_path / "turns.bvh"
    path.write_text(text)
    points = read_bvh(path).points
    for row, frame in zip(angles, points, strict=True):
        hips, thigh, shank = (Rotation.from_euler(order, turn, degrees=True) for turn in row)
        place = np.array([0, 90, 0]) + hips.apply([-10, 0, 0])
        for part, moved in (
            ("hip_r", np.zeros(3)),
            ("knee_r", (hips * thigh).apply([0, -40, 0])),
            ("ankle_r", (hips * thigh * shank).apply([0, -40, 0])),
        ):
            place = place + moved
            assert np.allclose(frame[AT[part]], 0.01 * place[[2, 0, 1]], atol=1e-6), part


@pytest.mark.parametrize("rate", [30.0, 59.94, 100.0, 119.99999, 120.0])
def test_amass_keeps_true_time(tmp_path, rate):
    """Never every third frame called 30 Hz: duration and speed stay, whatever the rate."""
    path = sources.write_amass(tmp_path / "walk_poses.npz", rate=rate)
    motion = read_motion(path)
    assert motion.duration == pytest.approx(3.0, abs=0.04)
    distance = np.ptp(sources.walking_qpos(60.0, 3.0)[:, 0])
    leg = 0.805 / (0.3768 + 0.4003)
    assert np.linalg.norm(np.ptp(motion.qpos[:, :2], axis=0)) == pytest.approx(leg * distance, rel=0.06)


@pytest.mark.parametrize(("columns", "key"), [(72, "mocap_framerate"), (156, "mocap_frame_rate"), (165, "fps")])
def test_amass_columns_and_keys(tmp_path, columns, key):
    path = sources.write_amass(tmp_path / "walk_poses.npz", columns=columns, key=key)
    assert detect(path) == "amass"
    recording = read_recordings(path)[0]
    assert recording.rate == pytest.approx(120.0)
    rest = mean_shape().standing
    thigh = np.linalg.norm(recording.points[:, AT["knee_r"]] - recording.points[:, AT["hip_r"]], axis=1)
    assert np.allclose(thigh, np.linalg.norm(rest[AT["knee_r"]] - rest[AT["hip_r"]]))
    # A flexed hip brings the knee forward.
    swing = (recording.points[:, AT["knee_r"]] - recording.points[:, AT["hip_r"]])[:, 0]
    assert np.corrcoef(swing, sources.walking_qpos(120.0)[:, 7])[0, 1] > 0.99


def test_amass_rest_joints_and_split_poses(tmp_path):
    path = sources.write_amass(tmp_path / "walk.npz")
    rest = 1.1 * mean_shape().rest
    tall, mean = only(read_amass(path, rest_joints=rest)).points, only(read_amass(path)).points
    shank = np.linalg.norm(tall[0, AT["ankle_l"]] - tall[0, AT["knee_l"]])
    assert shank == pytest.approx(1.1 * np.linalg.norm(mean[0, AT["ankle_l"]] - mean[0, AT["knee_l"]]))
    with pytest.raises(MotionError, match="rest_joints"):
        only(read_amass(path, rest_joints=rest[:5]))
    arrays = sources.amass_arrays()
    split = {"root_orient": arrays["poses"][:, :3], "pose_body": arrays["poses"][:, 3:66], "trans": arrays["trans"]}
    np.savez(tmp_path / "split.npz", **split, mocap_frame_rate=120.0)
    assert np.array_equal(only(read_amass(tmp_path / "split.npz")).points, mean)


def features_of(joints, half, path):
    """The features (T, 263) that decode to joints whose root turns by ``half`` and moves along ``path``."""
    cosine, sine = np.cos(2 * half), np.sin(2 * half)

    def into(vector, c, s):
        return np.stack((c * vector[..., 0] + s * vector[..., 1], -s * vector[..., 0] + c * vector[..., 1]), axis=-1)

    out = np.zeros((len(joints), 263))
    out[:-1, 0] = np.diff(half)
    out[:-1, 1:3] = into(np.diff(path, axis=0), cosine[1:], sine[1:])
    out[:, 3] = joints[:, 0, 1]
    local = joints[:, 1:].copy()
    local[..., [0, 2]] = into(local[..., [0, 2]] - path[:, None], cosine[:, None], sine[:, None])
    out[:, 4:67] = local.reshape(len(joints), 63)
    return out


@pytest.mark.parametrize("turn", [(0, -np.pi / 2, 0), (0, np.pi / 2, 0), (np.pi / 2, 0, 0)])
def test_amass_and_humanml3d_tell_lying_from_another_axis(tmp_path, turn):
    """On the back, on the face and on a side, against a walk in a file whose other axis is up."""
    upright_points = sources.walking_points(20.0, 3.0) * (0.0, 1.0, 1.0)
    lying = Rotation.from_rotvec(turn).apply(upright_points.reshape(-1, 3)).reshape(upright_points.shape)
    hips = lying[:, [AT["hip_r"], AT["hip_l"]]].mean(axis=1, keepdims=True)
    np.save(tmp_path / "lying.npy", sources.smpl_joints(lying - hips + (0, 0, 0.15)))
    assert any(flag.startswith("lying") for flag in inspect(read_motion(tmp_path / "lying.npy")).flags)
    np.save(tmp_path / "walk.npy", sources.smpl_joints(sources.walking_points(20.0, 3.0))[..., [2, 0, 1]])
    assert read_motion(tmp_path / "walk.npy").qpos[-1, 0] > 1
    arrays = sources.amass_arrays(20.0)
    whole = Rotation.from_rotvec(turn) * Rotation.from_rotvec(arrays["poses"][:, :3])
    arrays["poses"][:, 3:] *= 0.3
    arrays["poses"][:, :3], arrays["trans"] = whole.as_rotvec(), np.zeros((len(arrays["trans"]), 3)) + (1, 2, 0.15)
    np.savez(tmp_path / "lying.npz", **arrays, mocap_framerate=20.0)
    assert any(flag.startswith("lying") for flag in inspect(read_motion(tmp_path / "lying.npz")).flags)


def test_amass_with_y_up(tmp_path):
    arrays = sources.amass_arrays(20.0)
    np.savez(tmp_path / "z.npz", **arrays, mocap_framerate=20.0)
    turn = Rotation.from_rotvec((-np.pi / 2, 0, 0))
    whole = turn * Rotation.from_rotvec(arrays["poses"][:, :3])
    arrays["poses"][:, :3], arrays["trans"] = whole.as_rotvec(), turn.apply(arrays["trans"])
    np.savez(tmp_path / "y.npz", **arrays, mocap_framerate=20.0)
    z, y = (read_motion(tmp_path / name) for name in ("z.npz", "y.npz"))
    assert np.abs(z.qpos - y.qpos).max() < 1e-6


def test_humanml3d_short_gaps_are_filled(tmp_path):
    joints = sources.smpl_joints(sources.walking_points(20.0, 3.0))
    whole = joints.copy()
    joints[7:9] = np.nan
    np.save(tmp_path / "gap.npy", joints)
    np.save(tmp_path / "whole.npy", whole)
    gap, direct = (only(read_humanml3d(tmp_path / name)) for name in ("gap.npy", "whole.npy"))
    assert np.abs(gap.points - direct.points).max() < 0.1
    assert any("2 frames filled" in note for note in gap.notes)


def test_humanml3d_features_decode_to_the_joints(tmp_path):
    joints = sources.smpl_joints(sources.walking_points(20.0, 3.0))
    joints[..., [0, 2]] -= joints[:1, :1, [0, 2]]
    half = np.concatenate(([0.0], np.cumsum(np.random.default_rng(0).normal(0, 0.05, len(joints) - 1))))
    features = features_of(joints, half, joints[:, 0, [0, 2]])
    assert np.abs(decode_features(features) - joints).max() < 1e-12
    np.save(tmp_path / "features.npy", features.astype(np.float32))
    np.save(tmp_path / "joints.npy", joints)
    decoded, direct = (only(read_humanml3d(tmp_path / name)) for name in ("features.npy", "joints.npy"))
    assert np.abs(decoded.points - direct.points).max() < 1e-5
    assert direct.rate == pytest.approx(20.0)
    assert upright(direct.points)[0] == "+z"
    with pytest.raises(MotionError, match="263"):
        decode_features(features[:, :100])
    np.save(tmp_path / "normalized.npy", (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-3))
    with pytest.raises(MotionFormatError, match="normalized"):
        only(read_humanml3d(tmp_path / "normalized.npy"))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_text_results(tmp_path, protocol):
    path = sources.write_results(tmp_path / "results.npy", samples=2, protocol=protocol)
    assert detect(path) == "text-results"
    recordings = read_text_results(path)
    assert [recording.name for recording in recordings] == ["results-1", "results-2"]
    assert recordings[1].caption == "a person walks, take 1"
    assert len(recordings[0].times) == 60
    motions = load_motions(path)
    assert [motion.caption for motion in motions] == ["a person walks, take 0", "a person walks, take 1"]
    with pytest.raises(MotionError, match="2 motions"):
        read_motion(path)


def test_text_results_of_different_lengths_and_of_one_sample(tmp_path):
    joints = sources.smpl_joints(sources.walking_points(20.0, 3.0))
    several = np.empty(2, dtype=object)
    several[:] = [joints[:40], np.moveaxis(joints, 0, 2)]
    for motion in (several, list(several)):
        np.save(tmp_path / "results.npy", {"motion": motion, "lengths": [40, 30]}, allow_pickle=True)
        assert [len(recording.times) for recording in read_text_results(tmp_path / "results.npy")] == [40, 30]
    for motion in (joints, np.moveaxis(joints, 0, 2)):
        content = {"motion": motion, "text": "walk", "lengths": 50}
        np.save(tmp_path / "single.npy", content, allow_pickle=True)
        (recording,) = read_text_results(tmp_path / "single.npy")
        assert (recording.caption, len(recording.times)) == ("walk", 50)


def test_format_overrides_the_extension(tmp_path):
    path = sources.write_bvh(tmp_path / "walk.txt")
    assert detect(path) == "bvh"
    assert read_recordings(path, ReadOptions(format="bvh", fps=30.0))[0].rate == pytest.approx(30.0)
    with pytest.raises(MotionFormatError, match="endheader"):
        read_recordings(path, ReadOptions(format="opensim"))
    with pytest.raises(MotionError, match="the formats are opensim, bvh"):
        read_recordings(path, ReadOptions(format="fbx"))
