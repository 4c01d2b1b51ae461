"""Small recordings of a walk in every format, made from the shipped generator's walk."""

import pickle

import numpy as np

from kinesis_env import rotations
from kinesis_env.motions import LANDMARKS, MotionLibrary
from kinesis_env.motions.formats.smpl import LANDMARK_JOINTS
from kinesis_env.motions.gait.gait import walk
from kinesis_env.motions.retargeting.landmarks import landmarks_of

#: Rotation vector that turns SMPL's axes (x left, y up, z forward) to x forward, y left, z up.
UPRIGHT = rotations.to_rotvec(rotations.from_matrix(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])))


def walking_qpos(rate=60.0, seconds=3.0):
    """qpos of several strides of the walk, at any rate."""
    motion = walk()
    stride = motion.qpos[-1, 0] - motion.qpos[0, 0]
    times = np.arange(int(seconds * rate) + 1) / rate
    laps, phase = np.divmod(times, motion.duration)
    qpos = MotionLibrary([motion]).lookup([0], phase[None]).qpos[0].copy()
    qpos[:, 0] += laps * stride
    return qpos


def landmarks(qpos):
    """The landmarks (T, 10, 3) of this body."""
    return landmarks_of(qpos)


def walking_points(rate=60.0, seconds=3.0, scale=1.0):
    return scale * landmarks(walking_qpos(rate, seconds))


CMU = {
    "hip_r": "RightUpLeg",
    "knee_r": "RightLeg",
    "ankle_r": "RightFoot",
    "toe_r": "RightToeBase",
    "hip_l": "LeftUpLeg",
    "knee_l": "LeftLeg",
    "ankle_l": "LeftFoot",
    "toe_l": "LeftToeBase",
    "spine": "Spine",
    "neck": "Neck",
}
FAMILIES = {
    "cmu": CMU,
    "mixamo": {key: f"mixamorig:{name}" for key, name in CMU.items()},
    "mixamo without colon": {key: f"mixamorig{name}" for key, name in CMU.items()},
    "rigify": {
        **{f"hip_{s}": f"DEF-thigh.{s.upper()}" for s in "rl"},
        **{f"knee_{s}": f"DEF-shin.{s.upper()}" for s in "rl"},
        **{f"ankle_{s}": f"DEF-foot.{s.upper()}" for s in "rl"},
        **{f"toe_{s}": f"DEF-toe.{s.upper()}" for s in "rl"},
        "spine": "DEF-spine",
        "neck": "DEF-spine.004",
    },
    "lafan": {**CMU, "toe_r": "RightToe", "toe_l": "LeftToe"},
    "biped": {
        **{f"hip_{s}": f"Bip01 {s.upper()} Thigh" for s in "rl"},
        **{f"knee_{s}": f"Bip01 {s.upper()} Calf" for s in "rl"},
        **{f"ankle_{s}": f"Bip01 {s.upper()} Foot" for s in "rl"},
        **{f"toe_{s}": f"Bip01 {s.upper()} Toe0" for s in "rl"},
        "spine": "Bip01 Spine",
        "neck": "Bip01 Neck",
    },
    "bandai": {
        **{f"hip_{s}": f"UpperLeg_{s.upper()}" for s in "rl"},
        **{f"knee_{s}": f"LowerLeg_{s.upper()}" for s in "rl"},
        **{f"ankle_{s}": f"Foot_{s.upper()}" for s in "rl"},
        **{f"toe_{s}": f"Toes_{s.upper()}" for s in "rl"},
        "spine": "Spine",
        "neck": "Neck",
    },
    "seventeen": {
        **{f"hip_{s}": f"{n}UpperLeg" for s, n in (("r", "Right"), ("l", "Left"))},
        **{f"knee_{s}": f"{n}LowerLeg" for s, n in (("r", "Right"), ("l", "Left"))},
        **{f"ankle_{s}": f"{n}Foot" for s, n in (("r", "Right"), ("l", "Left"))},
        **{f"toe_{s}": f"{n}Toes" for s, n in (("r", "Right"), ("l", "Left"))},
        "spine": "Spine",
        "neck": "Neck",
    },
    "smpl": {
        **{f"hip_{s}": f"{s.upper()}_Hip" for s in "rl"},
        **{f"knee_{s}": f"{s.upper()}_Knee" for s in "rl"},
        **{f"ankle_{s}": f"{s.upper()}_Ankle" for s in "rl"},
        **{f"toe_{s}": f"{s.upper()}_Foot" for s in "rl"},
        "spine": "Spine1",
        "neck": "Neck",
    },
    "hips": {
        **{f"hip_{s}": f"{n}Hip" for s, n in (("r", "Right"), ("l", "Left"))},
        **{f"knee_{s}": f"{n}Knee" for s, n in (("r", "Right"), ("l", "Left"))},
        **{f"ankle_{s}": f"{n}Ankle" for s, n in (("r", "Right"), ("l", "Left"))},
        **{f"toe_{s}": f"{n}Toe" for s, n in (("r", "Right"), ("l", "Left"))},
        "spine": "Chest",
        "neck": "Neck",
    },
}
_TO_FILE = {"y": [1, 2, 0], "z": [0, 1, 2]}


def write_bvh(path, *, rate=60.0, unit=0.01, up="y", names=None, static_root=False, seconds=3.0, newline="\n"):
    """A walk as BVH: every joint has position channels and no turn."""
    names = names or CMU
    points = walking_points(rate, seconds)[..., _TO_FILE[up]] / unit
    at = {key: points[:, i] for i, key in enumerate(LANDMARKS)}
    hips = 0.5 * (at["hip_r"] + at["hip_l"])
    columns, lines = [], ["HIERARCHY"]

    def channels(values):
        columns.append(np.concatenate((values, np.zeros((len(values), 3))), axis=1))
        return "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"

    def joint(kind, name, values, children):
        lines.extend((f"{kind} {name}", "{", "OFFSET {:.6f} {:.6f} {:.6f}".format(*values.mean(axis=0))))
        lines.append(channels(values))
        children()
        lines.append("}")

    def chain(keys, parent):
        if not keys:
            lines.extend(("End Site", "{", "OFFSET 0 0 1", "}"))
            return
        joint("JOINT", names[keys[0]], at[keys[0]] - parent, lambda: chain(keys[1:], at[keys[0]]))

    def body():
        for side in "rl":
            chain([f"{part}_{side}" for part in ("hip", "knee", "ankle", "toe")], hips)
        chain(["spine", "neck"], hips)

    if static_root:
        joint("ROOT", "Scene", np.zeros_like(hips), lambda: joint("JOINT", "Hips", hips, body))
    else:
        joint("ROOT", "Hips", hips, body)
    table = np.concatenate(columns, axis=1)
    lines += ["MOTION", f"Frames: {len(table)}", f"Frame Time: {1 / rate:.7f}"]
    lines += [" ".join(f"{value:.5f}" for value in row) for row in table]
    path.write_bytes((newline.join(lines) + newline).encode())
    return path


def amass_arrays(rate=120.0, seconds=3.0, columns=156):
    """A walk as rotations of SMPL joints: hips and knees bend as those of the walk."""
    qpos = walking_qpos(rate, seconds)
    poses = np.zeros((len(qpos), columns))
    poses[:, :3] = UPRIGHT
    for joint, column, sign in ((2, 7, -1), (5, 10, 1), (8, 11, -1), (1, 14, -1), (4, 17, 1), (7, 18, -1)):
        poses[:, 3 * joint] = sign * qpos[:, column]
    return {"poses": poses, "trans": qpos[:, :3].copy(), "gender": np.array("neutral"), "betas": np.zeros(16)}


def write_amass(path, *, rate=120.0, key="mocap_framerate", **options):
    np.savez(path, **amass_arrays(rate, **options), **{key: np.array(rate)})
    return path


def smpl_joints(points):
    """Joints (T, 22, 3), y up, with the landmarks where they belong."""
    joints = np.repeat(points.mean(axis=1, keepdims=True), 22, axis=1)
    for i, name in enumerate(LANDMARKS):
        joints[:, LANDMARK_JOINTS[name]] = points[:, i]
    joints[:, 0] = 0.5 * (joints[:, 1] + joints[:, 2])
    return joints[..., [1, 2, 0]]


def write_results(path, samples=2, protocol=4):
    """A walk as text-to-motion models write it."""
    joints = smpl_joints(walking_points(20.0, 3.0)).astype(np.float32)
    content = {
        "motion": np.stack([np.moveaxis(joints, 0, 2)] * samples),
        "text": [f"a person walks, take {i}" for i in range(samples)],
        "lengths": np.full(samples, len(joints) - 1),
        "num_samples": samples,
    }
    header = np.lib.format.header_data_from_array_1_0(np.empty((), dtype=object))
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        box = np.empty((), dtype=object)
        box[()] = content
        pickle.dump(box, stream, protocol=protocol)
    return path


#: Names of markers, by what they mark, of sets that labs use; {s} and {S} are the side.
MARKER_SETS = {
    "Plug-in Gait": "{S}ASI {S}PSI {S}KNE {S}KNM {S}ANK {S}MED {S}TOE {S}HEE C7",
    "Plug-in Gait with a subject": "Bob:{S}ASI Bob:{S}PSI Bob:{S}KNE Bob:{S}MKNE Bob:{S}ANK Bob:{S}MMA Bob:{S}TOE "
    "Bob:{S}HEE Bob:C7",
    "OpenSim": "{S}.ASIS {S}.PSIS {S}.Knee.Lat {S}.Knee.Med {S}.Ankle.Lat {S}.Ankle.Med {S}.MT2 {S}.Heel Neck",
    "Rajagopal": "{S}ASI {S}PSI {S}LFC {S}MFC {S}LMAL {S}MMAL {S}TOE {S}CAL C7",
    "OpenCap": "{S}.ASIS_study {S}.PSIS_study {s}_knee_study {s}_mknee_study {s}_ankle_study {s}_mankle_study "
    "{s}_toe_study {s}_calc_study C7_study",
    "Qualisys": "{S}_IAS {S}_IPS {S}_FLE {S}_FME {S}_FAL {S}_TAM {S}_FM2 {S}_FCC CV7",
}


def markers(qpos, names=MARKER_SETS["Plug-in Gait"], unit=0.001):
    """Markers of a body by name, whose joint centers are its landmarks; hips to a few millimeters."""
    at = {key: landmarks(qpos)[:, i] for i, key in enumerate(LANDMARKS)}
    right, ahead, up = (rotations.rotate(qpos[:, 3:7], np.eye(3)[i] * sign) for i, sign in ((1, -1), (0, 1), (2, 1)))
    width, depth = 0.24, 0.15
    middle = 0.5 * (at["hip_r"] + at["hip_l"]) + (0.24 * depth + 0.0099) * ahead + (0.30 * width + 0.0109) * up
    found = {}
    for sign, side in ((1.0, "r"), (-1.0, "l")):
        knee, ankle, toe = at[f"knee_{side}"], at[f"ankle_{side}"], at[f"toe_{side}"]
        places = (
            middle + 0.5 * sign * width * right,
            middle + 0.3 * sign * width * right - depth * ahead,
            knee + 0.05 * sign * right,
            knee - 0.05 * sign * right,
            ankle + 0.036 * sign * right,
            ankle - 0.036 * sign * right,
            toe,
            ankle - 0.06 * ahead - 0.05 * up,
        )
        for name, place in zip(names.split(), places, strict=False):
            found[name.format(s=side, S=side.upper())] = place
    found[names.split()[-1]] = at["neck"]
    return {name: place / unit for name, place in found.items()}


def write_trc(path, *, rate=100.0, seconds=2.0, unit=("mm", 0.001), names=MARKER_SETS["Plug-in Gait"], change=None):
    """A walk as TRC, y up; ``change`` is called with the table of each marker."""
    placed = markers(walking_qpos(rate, seconds), names, unit[1])
    placed = {name: place[:, _TO_FILE["y"]] for name, place in placed.items()}
    if change is not None:
        change(placed)
    frames = len(next(iter(placed.values())))
    lines = [f"PathFileType\t4\t(X/Y/Z)\t{path.name}"]
    lines += ["DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"]
    lines += [f"{rate:g}\t{rate:g}\t{frames}\t{len(placed)}\t{unit[0]}\t{rate:g}\t1\t{frames}"]
    lines += ["Frame#\tTime\t" + "\t\t\t".join(placed), "\t\t" + "\t".join(f"{a}{i + 1}" for i in range(len(placed))
              for a in "XYZ"), ""]  # fmt: skip
    for frame in range(frames):
        cells = [str(frame + 1), f"{frame / rate:.5f}"]
        for place in placed.values():
            cells += [f"{value:.5f}" if np.isfinite(value) else "" for value in place[frame]]
        lines.append("\t".join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path
